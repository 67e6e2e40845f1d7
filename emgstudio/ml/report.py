"""How well a recogniser will do, told honestly: on repetitions it was not trained on.

The score on its own training data is never reported; it was 4.7 points too
high where leaving one repetition out was off by 2.3 (22 people).
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any, Literal, Protocol

import numpy as np
from numpy.typing import NDArray

from emgstudio.core.types import WindowSpec
from emgstudio.ml.dataset import Dataset, Group, Names
from emgstudio.ml.gestures import gesture_title
from emgstudio.ml.lda import Floats, ShrunkLDA, softmax

Counts = NDArray[np.int64]
Light = Literal["green", "amber", "red", "untested"]

GREEN_FROM = 0.90
AMBER_FROM = 0.75
REDO_BELOW = 0.20
CONFIDENCE_Z = 1.959964


class Estimator(Protocol):
    """What a report needs of a classifier; ``scores`` are log posteriors up to a row constant."""

    @property
    def classes(self) -> tuple[str, ...]: ...
    def fit(self, x: Floats, y: Names) -> Any: ...
    def scores(self, x: Floats) -> Floats: ...


@dataclass(frozen=True, slots=True)
class RepetitionResult:
    """How one repetition was recognised by training on the others; ``redo`` advises a new take."""

    recording: str
    repetition: int
    windows: int
    recall: float
    redo: bool


@dataclass(frozen=True, slots=True)
class GestureResult:
    """One gesture: share of windows recognised with its 95 % interval, and what to think of it.

    ``taken_for`` is the gesture it is most often confused with, "" if none.
    """

    gesture: str
    windows: int
    recall: float | None
    low: float | None
    high: float | None
    taken_for: str
    light: Light
    verdict: str
    repetitions: tuple[RepetitionResult, ...]


@dataclass(frozen=True, slots=True)
class TrainingReport:
    """Leave-one-repetition-out result; fractions, None where nothing could be tested.

    ``confusion[i][j]`` counts windows of class i recognised as class j. ``figures`` are
    the :class:`~emgstudio.ml.metrics.Metrics` of the same windows, empty in older models.
    """

    classes: tuple[str, ...]
    confusion: tuple[tuple[int, ...], ...]
    accuracy: float | None
    balanced_accuracy: float | None
    gestures: tuple[GestureResult, ...]
    summary: str
    method: str = "leave one repetition out"
    figures: dict[str, Any] = field(default_factory=dict)

    def to_json(self) -> dict[str, Any]:
        """Plain lists, numbers and strings."""
        return asdict(self)

    @classmethod
    def from_json(cls, value: dict[str, Any]) -> TrainingReport:
        """What ``to_json`` gave, also after a trip through a JSON file."""
        gestures = [
            GestureResult(
                **{**g, "repetitions": tuple(RepetitionResult(**r) for r in g["repetitions"])}
            )
            for g in value["gestures"]
        ]
        return cls(
            **{
                **value,
                "classes": tuple(value["classes"]),
                "confusion": tuple(tuple(row) for row in value["confusion"]),
                "gestures": tuple(gestures),
            }
        )


@dataclass(frozen=True, slots=True)
class HeldOut:
    """Scores ``(n, k)`` of the rows of ``dataset`` by estimators that did not see their group.

    ``unfamiliar (n,)`` is how little each looked like anything learnt, None where the
    estimator cannot tell.
    """

    dataset: Dataset
    classes: tuple[str, ...]
    scores: Floats
    unfamiliar: Floats | None = None

    @property
    def truth(self) -> NDArray[np.int64]:
        """Column of the right class, ``(n,)``."""
        return np.searchsorted(np.array(self.classes), self.dataset.y).astype(np.int64)

    @property
    def winners(self) -> NDArray[np.int64]:
        """Column of the winning class, ``(n,)``."""
        return np.asarray(self.scores.argmax(axis=1), np.int64)


def confusion(truth: Sequence[int] | Counts, guess: Sequence[int] | Counts, k: int) -> Counts:
    """Counts ``(k, k)``: row = true class, column = recognised class."""
    flat = np.asarray(truth, np.int64) * k + np.asarray(guess, np.int64)
    return np.bincount(flat, minlength=k * k).reshape(k, k).astype(np.int64)


def accuracy(counts: Counts) -> float:
    """Share of all windows that were right; NaN for no windows."""
    total = int(counts.sum())
    return float(np.trace(counts) / total) if total else math.nan


def balanced_accuracy(counts: Counts) -> float:
    """Mean recall of the classes that occur; NaN for no windows."""
    rows = counts.sum(axis=1)
    seen = rows > 0
    return float((np.diag(counts)[seen] / rows[seen]).mean()) if seen.any() else math.nan


def wilson(share: float, count: float) -> tuple[float, float]:
    """95 % interval of a share seen in ``count`` independent trials (Wilson 1927)."""
    if count <= 0:
        return 0.0, 1.0
    z2 = CONFIDENCE_Z**2 / count
    centre = (share + z2 / 2) / (1 + z2)
    half = CONFIDENCE_Z / (1 + z2) * math.sqrt(share * (1 - share) / count + z2 / (4 * count))
    # Rounding must not put the interval beside the share it belongs to.
    return max(0.0, min(share, centre - half)), min(1.0, max(share, centre + half))


def hold_out(
    dataset: Dataset,
    make: Callable[[], Estimator],
    by: Group,
    folds: Iterable[tuple[Dataset, Dataset]] | None = None,
) -> HeldOut:
    """Score every group of ``dataset`` by an estimator trained on the other groups.

    Rows of a class that the other groups do not have cannot be scored and are left out.
    ``folds`` are those of ``dataset`` by that group, where they have features of their own.
    """
    classes = dataset.classes
    tested: list[Dataset] = []
    scores: list[Floats] = []
    unfamiliar: list[Floats] = []
    for train, held in folds if folds is not None else dataset.folds(by):
        known = np.isin(held.y, train.classes)
        if not known.any():
            continue
        held = held.only_classes(train.classes)
        estimator = make()
        estimator.fit(train.x, train.y)
        columns = np.searchsorted(np.array(classes), np.array(estimator.classes))
        fold = np.full((len(held), len(classes)), -np.inf)
        fold[:, columns] = estimator.scores(held.x)
        tested.append(held)
        scores.append(fold)
        if isinstance(estimator, ShrunkLDA):
            unfamiliar.append(estimator.unfamiliarity(held.x))
    if not tested:
        return HeldOut(dataset.nothing(), classes, np.empty((0, len(classes))))
    return HeldOut(
        Dataset.joined(tested),
        classes,
        np.concatenate(scores),
        np.concatenate(unfamiliar) if unfamiliar else None,
    )


def fit_temperature(held: HeldOut) -> float:
    """The temperature with the smallest negative log-likelihood of the truth (Guo et al. 2017).

    1 where nothing was held out. Searched from 0.5 to 500, to 3 %: the loss has
    one minimum only, being convex in 1 / temperature.
    """
    return temperature_of(held.scores, held.truth)


def temperature_of(scores: Floats, truth: NDArray[np.int64]) -> float:
    """As :func:`fit_temperature`, for scores ``(n, k)`` and the column that was right ``(n,)``."""
    if not len(truth):
        return 1.0
    rows = np.arange(len(truth))

    def best(candidates: Floats) -> float:
        losses = [
            -np.log(np.maximum(softmax(scores / t)[rows, truth], 1e-300)).mean() for t in candidates
        ]
        return float(candidates[int(np.argmin(losses))])

    coarse = np.geomspace(0.5, 500.0, 15)
    near = best(coarse)
    step = float(coarse[1] / coarse[0])
    return best(np.geomspace(near / step, near * step, 17))


def leave_one_repetition_out(
    dataset: Dataset,
    make: Callable[[], Estimator],
    window: WindowSpec,
    folds: Iterable[tuple[Dataset, Dataset]] | None = None,
) -> tuple[TrainingReport, HeldOut]:
    """Test each repetition on a classifier trained on the others.

    ``window`` says how far windows overlap: intervals count only as many
    windows as would fit side by side. ``folds`` as in :func:`hold_out`.
    """
    held = hold_out(dataset, make, "repetition", folds)
    counts = confusion(held.truth, held.winners, len(held.classes))
    gestures = tuple(_gesture(held, counts, i, window, dataset) for i in range(len(held.classes)))
    tested = len(held.dataset) > 0
    report = TrainingReport(
        classes=held.classes,
        confusion=tuple(tuple(int(n) for n in row) for row in counts),
        accuracy=accuracy(counts) if tested else None,
        balanced_accuracy=balanced_accuracy(counts) if tested else None,
        gestures=gestures,
        summary=_summary(gestures),
    )
    return report, held


def light(recall: float | None) -> Light:
    """Traffic light of a recall."""
    if recall is None:
        return "untested"
    if recall >= GREEN_FROM:
        return "green"
    return "amber" if recall >= AMBER_FROM else "red"


def _gesture(
    held: HeldOut, counts: Counts, i: int, window: WindowSpec, dataset: Dataset
) -> GestureResult:
    name = held.classes[i]
    windows = int(counts[i].sum())
    if not windows:
        trained = int((dataset.y == name).sum())
        verdict = f"{gesture_title(name)} was recorded only once and could not be tested."
        return GestureResult(name, trained, None, None, None, "", "untested", verdict, ())
    recall = float(counts[i, i] / windows)
    low, high = wilson(recall, max(1.0, windows * window.step_s / window.length_s))
    others = counts[i].copy()
    others[i] = 0
    taken_for = held.classes[int(others.argmax())] if others.any() else ""
    share = float(others.max() / windows)
    return GestureResult(
        gesture=name,
        windows=windows,
        recall=recall,
        low=low,
        high=high,
        taken_for=taken_for,
        light=light(recall),
        verdict=_verdict(name, recall, taken_for, share),
        repetitions=_repetitions(held, i),
    )


def _repetitions(held: HeldOut, i: int) -> tuple[RepetitionResult, ...]:
    right = held.winners == held.truth
    results = []
    rows = held.truth == i
    for recording in np.unique(held.dataset.recording[rows]).tolist():
        here = rows & (held.dataset.recording == recording)
        for repetition in np.unique(held.dataset.repetition[here]).tolist():
            these = here & (held.dataset.repetition == repetition)
            recall = float(right[these].mean())
            results.append(
                RepetitionResult(
                    recording, repetition, int(these.sum()), recall, recall < REDO_BELOW
                )
            )
    return tuple(results)


def _verdict(name: str, recall: float, taken_for: str, share: float) -> str:
    title = gesture_title(name)
    title = title[:1].upper() + title[1:]
    if recall >= GREEN_FROM:
        return f"{title} works reliably."
    missed, taken = max(1, round(10 * (1 - recall))), round(10 * share)
    other = gesture_title(taken_for)
    if taken >= max(1, missed - 1):
        return f"{title} is taken for {other} {taken} of 10 times."
    return f"{title} is missed {missed} of 10 times, most often for {other}."


def _summary(gestures: Sequence[GestureResult]) -> str:
    tested = [g for g in gestures if g.light != "untested"]
    if not tested:
        return "Not tested: record every gesture at least twice."
    good = sum(g.light == "green" for g in tested)
    if good == len(gestures):
        return f"All {good} gestures work reliably."
    worst = min(tested, key=lambda g: g.recall if g.recall is not None else 1.0)
    text = f"{good} of {len(gestures)} gestures work reliably."
    return text if worst.light == "green" else f"{text} {worst.verdict}"
