"""Suggested labels for a recording: from activity, cues, labelled examples or a classifier.

Nothing is stored here: what comes back are annotations that a person accepts or rejects.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from functools import cached_property, partial
from pathlib import Path

from emgstudio.core.tasks import Progress
from emgstudio.core.types import Annotation, Source
from emgstudio.core.words import several
from emgstudio.dsp.onset import Interval
from emgstudio.session.activity import Activity, find_activity
from emgstudio.storage.recording import RecordedStream, Recording

AUTHOR = "EMG Studio"
# A burst that is hardly stronger than rest is no suggestion: 6 dB.
LEAST_CONFIDENCE = 0.75
SHORTEST_S = 0.1


class Suggester(StrEnum):
    """Where suggestions come from."""

    ACTIVITY = "activity"
    CUES = "cues"
    ALIKE = "alike"
    MODEL = "model"


class Together(StrEnum):
    """Which channels have to be active."""

    ANY = "any"
    ALL = "all"
    EACH = "each"


@dataclass(frozen=True, slots=True)
class Wish:
    """What shall be suggested, for which track.

    ``label`` is given to activity; ``model`` is the folder of a saved classifier.
    """

    suggester: Suggester
    track: str
    label: str = "active"
    together: Together = Together.ANY
    model: Path | None = None


@dataclass(frozen=True, slots=True)
class Suggested:
    """Suggestions, what was found in a sentence, and all onsets and offsets in seconds."""

    annotations: tuple[Annotation, ...]
    said: str
    edges: tuple[float, ...] = ()


@dataclass(frozen=True)
class Material:
    """What suggestions are made of: the recording's labels as they are now, and its activity.

    ``look`` finds the activity, which takes a while: what cannot be is refused before.
    """

    stream: RecordedStream
    labels: tuple[Annotation, ...]
    wish: Wish
    look: Callable[[], Activity]

    @cached_property
    def activity(self) -> Activity:
        """When the muscles were active."""
        return self.look()

    def suggestion(
        self,
        run: Interval,
        label: str,
        confidence: float,
        recipe: str,
        channels: tuple[int, ...] | None = None,
    ) -> Annotation:
        """A suggestion over samples of the stream."""
        return Annotation(
            self.stream.time_of(run.start),
            self.stream.time_of(run.stop),
            label,
            self.wish.track,
            Source.MODEL,
            AUTHOR,
            channels=channels,
            confidence=round(min(1.0, confidence), 3),
            recipe=recipe,
        )


def suggest(
    path: Path, wish: Wish, labels: Sequence[Annotation], *, progress: Progress
) -> Suggested:
    """Look through the recording at ``path``; ``labels`` are its annotations as they are now.

    Bad data is left out. Raises EmgError when there is nothing to go by, Cancelled
    through ``progress``.
    """
    makers: dict[Suggester, Callable[[Material, Progress], Suggested]] = {
        Suggester.ACTIVITY: from_activity,
        Suggester.CUES: _from_cues,
        Suggester.ALIKE: _from_examples,
        Suggester.MODEL: _from_model,
    }
    with Recording.open(path) as recording:
        stream = recording.main
        bad = [
            (stream.sample_at(a.start), stream.sample_at(a.stop))
            for a in labels
            if a.track == "bad" and not a.is_event
        ]
        look = partial(find_activity, stream, bad=bad, progress=progress)
        material = Material(stream, tuple(labels), wish, look)
        found = makers[wish.suggester](material, progress)
        runs = material.activity.together("any")
        edges = {stream.time_of(at) for run in runs for at in (run.start, run.stop)}
    edges |= {at for a in found.annotations for at in (a.start, a.stop)}
    return replace(found, edges=tuple(sorted(edges)))


def from_activity(material: Material, _progress: Progress) -> Suggested:
    """One suggestion for each stretch of activity on any, all, or each of the channels."""
    activity, wish = material.activity, material.wish
    recipe = f"onset detector, {wish.together} channel: {activity.recipe}"
    if wish.together is Together.ALL:
        recipe = f"onset detector, all channels: {activity.recipe}"
    runs: list[tuple[Interval, tuple[int, ...] | None]] = []
    if wish.together is Together.EACH:
        for place, column in enumerate(activity.channels):
            runs += [(run, (column,)) for run in activity.alone(place)]
    else:
        runs = [(run, None) for run in activity.together(wish.together)]
    runs = [(run, c) for run, c in runs if run.stop - run.start >= SHORTEST_S * activity.rate]
    made = []
    for run, channels in sorted(runs, key=lambda pair: pair[0].start):
        sure = activity.confidence(run.start, run.stop)
        if channels is not None:
            level = activity.levels(run.start, run.stop)[activity.channels.index(channels[0])]
            sure = max(0.0, 1.0 - 1.0 / level) if level > 0 else 0.0
        if sure >= LEAST_CONFIDENCE:
            made.append(material.suggestion(run, wish.label, sure, recipe, channels))
    clear = sum(a.confidence is not None and a.confidence >= 0.9 for a in made)
    return Suggested(
        tuple(made), f"{several(len(made), 'stretch', 'stretches')} of activity, {clear} clear"
    )


def _from_cues(material: Material, progress: Progress) -> Suggested:
    from emgstudio.session.suggest_cues import from_cues

    return from_cues(material, progress)


def _from_examples(material: Material, progress: Progress) -> Suggested:
    from emgstudio.session.suggest_alike import from_examples

    return from_examples(material, progress)


def _from_model(material: Material, progress: Progress) -> Suggested:
    from emgstudio.session.suggest_model import from_model

    return from_model(material, progress)
