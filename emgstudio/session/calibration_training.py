"""What a calibration taught: the model, and the evidence of every repetition that was left out."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from emgstudio.core.errors import EmgError
from emgstudio.core.tasks import Progress, Task
from emgstudio.core.types import Annotation
from emgstudio.ml.coach import Hint, Pair, Verdict, all_hints, separability, verdict
from emgstudio.ml.dataset import LabelledSamples
from emgstudio.ml.holds import Hold, holds_of
from emgstudio.ml.model import GestureModel
from emgstudio.ml.trainer import train_with_evidence
from emgstudio.session.calibration import Calibration
from emgstudio.session.calibration_person import CueStyle
from emgstudio.session.training import load_parts
from emgstudio.storage.recording import Recording

if TYPE_CHECKING:
    from emgstudio.session.session import Session


@dataclass(frozen=True, slots=True)
class Lesson:
    """A model, what to say about its repetitions, and which movements look alike, worst first."""

    model: GestureModel
    verdict: Verdict
    pairs: tuple[Pair, ...]
    hints: Mapping[tuple[str, int], Hint]


def learn(
    path: Path,
    *,
    progress: Progress,
    gestures: Collection[str] | None = None,
    renamed: Mapping[str, str] | None = None,
    style: CueStyle | None = None,
) -> Lesson:
    """Train from the takes of one recording; ``renamed`` movements count as others.

    ``style`` says how strongly each repetition was asked for: a strong one that was to
    be strong is no fault.

    Raises EmgError when there is too little to train from.
    """
    condition = Recording.open(path).main.condition
    parts, channels = load_parts([path], condition, progress)
    parts = [_chosen(part, gestures, renamed or {}) for part in parts]
    model, held = train_with_evidence(
        parts, channels=channels, condition=condition, progress=progress
    )
    hints = all_hints(_holds(parts[0], style or CueStyle(effort="same")), held)
    return Lesson(
        model,
        verdict(held),
        separability(held),
        {(gesture, repetition): hint for (_, gesture, repetition), hint in hints.items()},
    )


def begin_to_learn(
    session: Session,
    calibration: Calibration,
    *,
    gestures: Collection[str] | None = None,
    renamed: Mapping[str, str] | None = None,
) -> Task[Lesson]:
    """Train beside everything else from what a calibration has recorded so far."""

    def work(progress: Progress) -> Lesson:
        calibration.wait_until_written()
        return learn(
            calibration.path,
            progress=progress,
            gestures=gestures,
            renamed=renamed,
            style=calibration.style,
        )

    return session.tasks.submit("Training", work)


def _chosen(
    part: LabelledSamples, gestures: Collection[str] | None, renamed: Mapping[str, str]
) -> LabelledSamples:
    """Only these gestures, some under another name; repetitions of a merged one go on counting."""
    kept = [a for a in part.annotations if gestures is None or a.label in gestures]
    used: Counter[str] = Counter()
    for a in kept:
        if a.label not in renamed:
            used[a.label] = max(used[a.label], a.repetition)
    out: list[Annotation] = []
    for a in sorted(kept, key=lambda a: a.start):
        other = renamed.get(a.label)
        if other is None:
            out.append(a)
            continue
        used[other] += 1
        out.append(replace(a, label=other, repetition=used[other]))
    return replace(part, annotations=tuple(out))


def _holds(part: LabelledSamples, style: CueStyle) -> tuple[Hold, ...]:
    """What was done inside the holds, as strong as if all had been asked for alike.

    Nothing without a rest to compare with.
    """
    try:
        return tuple(
            replace(hold, strength=hold.strength / style.strength(hold.repetition))
            for hold in holds_of(part)
        )
    except EmgError:
        return ()
