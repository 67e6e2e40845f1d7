"""Suggests what a saved classifier recognises, with edges where the muscles begin and end."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from emgstudio.core.errors import EmgError
from emgstudio.core.tasks import Progress
from emgstudio.core.types import Decision, StreamInfo
from emgstudio.dsp.onset import Interval
from emgstudio.ml.decide import decide_recording
from emgstudio.ml.gestures import REST
from emgstudio.ml.model import GestureModel
from emgstudio.ml.model_file import load_facts
from emgstudio.session.suggesting import Material, Suggested
from emgstudio.session.training import chosen, conditioned

SHORTEST_S = 0.25
BRIDGE_S = 0.25
SNAP_S = 0.3


@dataclass(frozen=True, slots=True)
class Classifier:
    """A saved classifier; ``problem`` says why it cannot be run over a recording."""

    path: Path
    problem: str = ""


def classifiers(paths: Iterable[Path], info: StreamInfo) -> list[Classifier]:
    """The saved classifiers at ``paths``, in this order, those first that were made for ``info``.

    Channels are known by name, unit and number, and the rate counts too.
    """
    found = []
    for path in paths:
        try:
            load_facts(path).check_stream(info)
        except EmgError as error:
            found.append(Classifier(path, error.message))
        else:
            found.append(Classifier(path))
    return sorted(found, key=lambda one: bool(one.problem))


@dataclass(slots=True)
class _Run:
    """A gesture that was decided several times in a row."""

    gesture: str
    first: int
    last: int
    sure: list[float]


def from_model(material: Material, progress: Progress) -> Suggested:
    """Runs of the same decision, rest left out.

    Raises EmgError when there is no model or it was made for another stream.
    """
    if material.wish.model is None:
        raise EmgError("No classifier is chosen.", "Save one in the Calibrate room, or choose one.")
    model = GestureModel.load(material.wish.model)
    stream = material.stream
    model.check_stream(stream.info)
    samples = chosen(conditioned(stream, model.condition), stream.info.used_columns)
    decisions = []
    for decision in decide_recording(model, samples):
        progress.report(decision.index / len(samples), "Recognising gestures")
        decisions.append(decision)
    length, hop = model.window_samples
    rate = stream.info.rate
    edges = sorted(at for run in material.activity.together("any") for at in (run.start, run.stop))
    recipe = f"classifier {material.wish.model.name}"
    bad = [a for a in material.labels if a.track == "bad"]
    made = []
    for run in _runs(decisions, hop, BRIDGE_S * rate):
        if run.last - run.first < SHORTEST_S * rate:
            continue
        # A decision speaks of its window's middle.
        span = Interval(
            _snapped(max(0, run.first - length // 2), edges, SNAP_S * rate),
            _snapped(run.last - length // 2, edges, SNAP_S * rate),
        )
        middle = material.stream.time_of((span.start + span.stop) // 2)
        if span.stop > span.start and not any(a.start <= middle < a.stop for a in bad):
            sure = sum(run.sure) / len(run.sure)
            made.append(material.suggestion(span, run.gesture, sure, recipe))
    names = sorted({a.label for a in made})
    return Suggested(tuple(made), f"{len(made)} gestures recognised ({', '.join(names) or 'none'})")


def _runs(decisions: Iterable[Decision], hop: int, bridge: float) -> list[_Run]:
    """Equal decisions in a row; a short interruption does not end a run."""
    runs: list[_Run] = []
    for decision in decisions:
        if decision.gesture == REST or decision.rejected:
            continue
        same = runs and runs[-1].gesture == decision.gesture
        if same and decision.index - runs[-1].last <= bridge + hop:
            runs[-1].last = decision.index
            runs[-1].sure.append(decision.confidence)
        else:
            runs.append(_Run(decision.gesture, decision.index, decision.index, []))
            runs[-1].sure.append(decision.confidence)
    return runs


def _snapped(sample: int, edges: Sequence[int], reach: float) -> int:
    """The nearest edge of activity within reach, else the sample itself."""
    at = bisect_left(edges, sample)
    near = [edge for edge in edges[max(0, at - 1) : at + 1] if abs(edge - sample) <= reach]
    return min(near, key=lambda edge: abs(edge - sample), default=sample)
