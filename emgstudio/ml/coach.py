"""What to tell a person about their repetitions: hints, pairs that look alike, a verdict.

Hints come from activity inside the hold and from leaving one repetition out,
never from a classifier that has seen the repetition it judges.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from statistics import median
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from emgstudio.ml.gestures import REST, gesture_title
from emgstudio.ml.holds import Hold
from emgstudio.ml.report import (
    REDO_BELOW,
    HeldOut,
    Light,
    confusion,
    light,
    wilson,
)

Problem = Literal["dropped", "none", "soft", "late", "early", "strong", "weak", "wrong"]
Take = tuple[str, str, int]
"""Recording, gesture, repetition."""

LOST_SOME, LOST_MUCH = 0.02, 0.20
SOFT_BELOW = 2.0
LATE_S, LATE_SHARE = 1.0, 1.0 / 3.0
HELD_SHARE, BARELY_HELD = 0.7, 0.35
STRONG, WEAK = 2.0, 0.5
DOUBTFUL_BELOW = 0.5
GOOD_FROM = 0.7
OTHERS_NEEDED = 2


@dataclass(frozen=True, slots=True)
class Hint:
    """One thing to say about one repetition; ``redo``: offer a new take, never take it away.

    ``other`` is the gesture that a "wrong" one looks like.
    """

    recording: str
    gesture: str
    repetition: int
    problem: Problem
    redo: bool
    sentence: str
    other: str = ""

    @property
    def take(self) -> Take:
        """Which repetition it is about."""
        return self.recording, self.gesture, self.repetition


@dataclass(frozen=True, slots=True)
class Verdict:
    """How many of the ``tried`` repetitions were ``right`` when left out, with a 95 % interval."""

    right: int
    tried: int
    low: float
    high: float
    sentence: str
    worst: tuple[str, str] | None
    """The gesture most often wrong and what it is taken for."""


@dataclass(frozen=True, slots=True)
class Pair:
    """How well two gestures are told apart when repetitions are left out.

    ``confused`` is the share of windows of either that were taken for the other.
    ``half_distance`` h is half the distance of their scores in standard
    deviations: of two gestures alone about Φ(−h) would be wrong.
    """

    a: str
    b: str
    confused: float
    half_distance: float
    light: Light
    advice: str


def hold_hints(hold: Hold, before: Sequence[Hold] = ()) -> tuple[Hint, ...]:
    """What to say about a hold, most important first; ``before`` are its gesture's other takes."""
    return tuple(
        Hint(hold.recording, hold.gesture, hold.repetition, problem, redo, sentence)
        for problem, redo, sentence in _of_hold(hold, before)
    )


def recognition_hints(held: HeldOut) -> tuple[Hint, ...]:
    """Movements that a classifier trained on the other repetitions took for something else."""
    hints = []
    for take, rows in _takes(held).items():
        recording, gesture, repetition = take
        winners = held.winners[rows]
        recall = float((winners == held.truth[rows]).mean())
        if gesture == REST or recall >= DOUBTFUL_BELOW:
            continue
        counts = np.bincount(winners, minlength=len(held.classes))
        counts[held.classes.index(gesture)] = 0
        other = held.classes[int(counts.argmax())]
        redo = recall < REDO_BELOW
        looks = "looked like" if redo else "looked partly like"
        hints.append(
            Hint(recording, gesture, repetition, "wrong", redo,
                 f"This {gesture_title(gesture)} {looks} {gesture_title(other)}.", other)
        )  # fmt: skip
    return tuple(hints)


def all_hints(holds: Sequence[Hold], held: HeldOut | None) -> Mapping[Take, Hint]:
    """The one hint to show for each repetition that has any; those to redo come before others."""
    found: list[Hint] = []
    for hold in holds:
        same = [h for h in holds if h.gesture == hold.gesture and h is not hold]
        found += hold_hints(hold, same)
    if held is not None:
        # What a classifier recognises without having seen it cannot be that bad.
        good = {take for take, recall in _recalls(held).items() if recall >= GOOD_FROM}
        found = [replace(h, redo=h.redo and h.take not in good) for h in found]
        found += recognition_hints(held)
    chosen: dict[Take, Hint] = {}
    for hint in sorted(found, key=lambda h: not h.redo):
        chosen.setdefault(hint.take, hint)
    return chosen


def verdict(held: HeldOut) -> Verdict:
    """The first line of a check; a repetition is right if most of its windows are."""
    right, tried = 0, 0
    for rows in _takes(held).values():
        counts = np.bincount(held.winners[rows], minlength=len(held.classes))
        right += int(counts.argmax() == held.truth[rows][0])
        tried += 1
    if not tried:
        return Verdict(0, 0, 0.0, 1.0, "Record every movement at least twice.", None)
    low, high = wilson(right / tried, tried)
    worst = _worst(held)
    sentence = f"{right} of {tried} right"
    if worst is not None:
        # Most windows of every take are right, and still too many are not.
        often = "sometimes taken" if right == tried else "taken"
        sentence += f"; {gesture_title(worst[0])} is {often} for {gesture_title(worst[1])}"
    return Verdict(right, tried, low, high, sentence + ".", worst)


def separability(held: HeldOut) -> tuple[Pair, ...]:
    """Every pair of gestures, the worst first."""
    classes, truth, winners = held.classes, held.truth, held.winners
    pairs = []
    for i, a in enumerate(classes):
        for j in range(i + 1, len(classes)):
            of_a, of_b = truth == i, truth == j
            if not of_a.any() or not of_b.any():
                continue
            taken = np.concatenate([winners[of_a] == j, winners[of_b] == i])
            confused = float(taken.mean())
            lamp = light(1.0 - confused)
            advice = "" if lamp == "green" else _advice(a, classes[j], confused)
            pairs.append(Pair(a, classes[j], confused, _half(held, i, j), lamp, advice))
    return tuple(sorted(pairs, key=lambda p: (-p.confused, p.half_distance)))


def _of_hold(hold: Hold, before: Sequence[Hold]) -> Iterator[tuple[Problem, bool, str]]:
    if hold.lost > LOST_SOME:
        yield "dropped", hold.lost > LOST_MUCH, f"The sensor lost {hold.lost:.0%} of this hold."
    if hold.onset_s is None:
        # What was not received cannot be called not done.
        if hold.lost <= LOST_MUCH:
            yield "none", True, "I did not see a movement. Try again?"
        return
    if hold.onset_s > LATE_S:
        much = hold.onset_s > max(LATE_S, LATE_SHARE * hold.seconds)
        yield "late", much, f"Late by {hold.onset_s:.1f} s. Begin as soon as you see the cue."
    elif hold.active < HELD_SHARE and hold.release_s > 0:
        yield "early", hold.active < BARELY_HELD, "Let go early. Hold until the cue ends."
    if hold.strength < SOFT_BELOW:
        yield "soft", False, "Hardly more than rest. A little stronger, please."
    usual = [h.strength for h in before if h.onset_s is not None]
    if len(usual) >= OTHERS_NEEDED:
        times = hold.strength / median(usual)
        if times > STRONG:
            yield "strong", False, f"{times:.1f} times as strong as the others."
        elif times < WEAK:
            yield "weak", False, "Less than half as strong as the others."


def _takes(held: HeldOut) -> dict[Take, NDArray[np.int64]]:
    """Rows of every repetition that was tested."""
    takes: dict[Take, list[int]] = {}
    d = held.dataset
    columns = (d.recording.tolist(), d.y.tolist(), d.repetition.tolist())
    for row, take in enumerate(zip(*columns, strict=True)):
        takes.setdefault(take, []).append(row)
    return {take: np.array(rows) for take, rows in takes.items()}


def _recalls(held: HeldOut) -> dict[Take, float]:
    right = held.winners == held.truth
    return {take: float(right[rows].mean()) for take, rows in _takes(held).items()}


def _worst(held: HeldOut) -> tuple[str, str] | None:
    """The gesture that is least recognised and its most frequent mistake, if it is not green."""
    counts = confusion(held.truth, held.winners, len(held.classes))
    seen = counts.sum(axis=1)
    recalls = np.where(seen > 0, np.diag(counts) / np.maximum(seen, 1), 1.0)
    i = int(recalls.argmin())
    if light(float(recalls[i])) == "green":
        return None
    wrong = counts[i].copy()
    wrong[i] = 0
    return held.classes[i], held.classes[int(wrong.argmax())]


def _half(held: HeldOut, i: int, j: int) -> float:
    """Half the distance of two gestures along the difference of their scores, in deviations."""
    difference = held.scores[:, i] - held.scores[:, j]
    of_a, of_b = difference[held.truth == i], difference[held.truth == j]
    of_a, of_b = of_a[np.isfinite(of_a)], of_b[np.isfinite(of_b)]
    if len(of_a) < 2 or len(of_b) < 2:
        return 0.0
    spread = float(np.sqrt((of_a.var() + of_b.var()) / 2.0))
    return float(of_a.mean() - of_b.mean()) / (2.0 * spread) if spread > 0 else 0.0


def _advice(a: str, b: str, confused: float) -> str:
    times = max(1, round(10 * confused))
    if REST in (a, b):
        other = b if a == REST else a
        return f"{gesture_title(other)} and rest look alike {times} of 10 times: hold it stronger."
    return (
        f"{gesture_title(a)} and {gesture_title(b)} look alike {times} of 10 times: "
        "make them more different, merge them, or leave one out."
    )
