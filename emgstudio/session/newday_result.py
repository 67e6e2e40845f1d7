"""What one hold of each movement shows on another day, and the models that can be used today.

Every model that is offered is judged on the same halves of the holds; what was learnt from
a hold is judged on the half that was not learnt from.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from statistics import fmean, median
from typing import Literal

import numpy as np

from emgstudio.core.errors import EmgError
from emgstudio.core.types import Annotation, Samples
from emgstudio.dsp.windows import sliding
from emgstudio.ml.dataset import LabelledSamples
from emgstudio.ml.gestures import REST, gesture_title
from emgstudio.ml.model import GestureModel
from emgstudio.ml.newday import (
    FEWEST_CHANNELS,
    DayCheck,
    check_day,
    find_turn,
    new_dataset,
    recentred,
    turned,
    updated,
)
from emgstudio.ml.report import light
from emgstudio.ml.trainer import TRIM_END_S, TRIM_START_S

MANY_BAD = 2
NO_TRIM = {"trim_start_s": 0.0, "trim_end_s": 0.0}
# Less than this in either direction is how people differ from day to day anyway.
GAIN_TOLD = 1.5

Kind = Literal["updated", "turned", "recentred", "as it was"]
OFFER_WORDS: dict[Kind, str] = {
    "updated": "Updated",
    "turned": "Only turned",
    "recentred": "Adapted without labels",
    "as it was": "As it was",
}


@dataclass(frozen=True, slots=True)
class Offer:
    """A model for today, and which share of each movement's windows it recognises, 0–1."""

    kind: Kind
    model: GestureModel
    recalls: Mapping[str, float]

    @property
    def score(self) -> float:
        """Mean over the movements, 0–1."""
        return fmean(self.recalls.values())

    @property
    def words(self) -> str:
        """``Updated: 93 %``"""
        return f"{OFFER_WORDS[self.kind]}: {_percent(self.score)}"


@dataclass(frozen=True, slots=True)
class MovementToday:
    """A movement's share before and with the model that is looked at, 0–1, and its lamp."""

    gesture: str
    before: float
    now: float
    light: str

    @property
    def words(self) -> str:
        """``Pinch 60 % → 92 %``"""
        return f"{gesture_title(self.gesture)}  {_percent(self.before)} → {_percent(self.now)}"


@dataclass(frozen=True, slots=True)
class Finding:
    """Something about how the sensor sits: ``level`` is good, check or stop."""

    level: str
    words: str


@dataclass(frozen=True, slots=True)
class DayResult:
    """What the day showed. ``offers`` come best first; the untouched old model is one of them."""

    offers: tuple[Offer, ...]
    check: DayCheck

    @property
    def best(self) -> Offer:
        """What is advised."""
        return self.offers[0]

    @property
    def old(self) -> Offer:
        """The model of the other day, untouched."""
        return self.offer("as it was")

    def offer(self, kind: str) -> Offer:
        """The offer of that kind. Raises KeyError when there is none."""
        for offer in self.offers:
            if offer.kind == kind:
                return offer
        raise KeyError(kind)

    @property
    def words(self) -> str:
        """``The old model: 78 %. Updated: 93 %.``"""
        old, best = self.old, self.best
        if best is old:
            return f"The old model is the better one: {_percent(old.score)}. It stays as it is."
        return f"The old model: {_percent(old.score)}. {best.words}."

    def movements(self, kind: str) -> tuple[MovementToday, ...]:
        """Each movement before and with the offer of that kind, by name."""
        before, now = self.old.recalls, self.offer(kind).recalls
        return tuple(
            MovementToday(name, before[name], now[name], light(now[name])) for name in sorted(now)
        )

    def weak(self, kind: str) -> tuple[str, ...]:
        """Movements below three in four with the offer of that kind."""
        today = self.movements(kind)
        return tuple(m.gesture for m in today if m.light == "red" and m.gesture != REST)

    def advice(self, kind: str) -> str:
        """What to do next with the offer of that kind, "" if all is well."""
        weak = self.weak(kind)
        if len(weak) > MANY_BAD:
            mark = str(self.old.model.provenance.get("mark", ""))
            sat = f" It sat: {mark}." if mark else ""
            return (
                "Check the sensor's position first: many movements are not recognised."
                f"{sat} Then again, or a full calibration."
            )
        if weak:
            names = ", ".join(gesture_title(name) for name in weak)
            return f"Not reliable yet: {names}. Redo that one, or calibrate in full."
        return ""

    @property
    def findings(self) -> tuple[Finding, ...]:
        """How the sensor sits today: turn, electrodes without or with far too much signal, gain."""
        found = [*self._electrodes()]
        turn = self._turn()
        if turn is not None:
            found.append(turn)
        return tuple(found)

    def _turn(self) -> Finding | None:
        turn, names = self.check.turn, self.old.model.channels
        if not turn.distances:
            return None
        if not turn.steps and self.check.dead:
            silent = ", ".join(self.check.dead)
            return Finding(
                "check", f"Without {silent} it cannot be told whether the band is turned."
            )
        if not turn.steps:
            return Finding("good", "The band is not turned.")
        count = "one electrode" if abs(turn.steps) == 1 else f"{abs(turn.steps)} electrodes"
        return Finding(
            "check",
            f"The band is turned by {count}: {names[-turn.steps % len(names)]} sits where "
            f"{names[0]} was. Corrected.",
        )

    def _electrodes(self) -> list[Finding]:
        check, gains = self.check, list(self.check.gains.values())
        if not gains:
            return []
        if 2 * len(check.dead) > len(gains):
            return [Finding("stop", "Hardly any signal: is the sensor on the arm?")]
        found = []
        if check.dead:
            names = ", ".join(check.dead)
            found.append(Finding("stop", f"Hardly any signal on {names}: press it on, then again."))
        # Where most are much louder the sensor is, not the contact of each.
        if check.noisy and 2 * len(check.noisy) <= len(gains):
            names = ", ".join(check.noisy)
            found.append(Finding("check", f"Far more signal on {names}: check the contact."))
        usual = median(gains)
        if max(usual, 1.0 / usual) > GAIN_TOLD:
            words = f"The signals are {usual:.1f} times as strong as on the day of the model."
            found.append(Finding("check", words))
        return found or [Finding("good", "Every electrode hears as it did.")]


def update_day(model: GestureModel, part: LabelledSamples, *, recentre: bool = False) -> DayResult:
    """Check how the sensor sits, and compare models, with today's holds, one per movement.

    ``recentre`` offers the model adapted without labels too. Raises EmgError when nothing
    of the day can be used.
    """
    halves = _halves(part, model)
    whole = replace(part, annotations=tuple(a for half in halves for a in half.annotations))
    check = _checked(model, part)
    today = turned(model, check.turn) if check.turn.steps else model

    def crossed(learn: Callable[[LabelledSamples], GestureModel]) -> Mapping[str, float]:
        first, second = halves
        return _recalls([(learn(second), first), (learn(first), second)])

    def adapted(half: LabelledSamples) -> GestureModel:
        return recentred(today, _windows(today, half, half.annotations, 0.0))

    def learnt(half: LabelledSamples) -> GestureModel:
        return updated(today, [half], **NO_TRIM)

    trim = {"trim_start_s": TRIM_START_S, "trim_end_s": TRIM_END_S}
    offers = [Offer("updated", updated(today, [part], **trim), crossed(learnt))]
    if today is not model:
        offers.append(Offer("turned", today, crossed(lambda _half: today)))
    if recentre:
        offers.append(Offer("recentred", adapted(whole), crossed(adapted)))
    offers.append(Offer("as it was", model, crossed(lambda _half: model)))
    # Sorting keeps the order of equals: what has seen today is to be preferred.
    return DayResult(tuple(sorted(offers, key=lambda offer: -offer.score)), check)


def _checked(model: GestureModel, part: LabelledSamples) -> DayCheck:
    """The turn from the movements alone, of which rest tells little; gains from everything."""
    known = [a for a in part.annotations if a.label in model.classes and not a.is_event]
    moving = [a for a in known if a.label != REST]
    few = len(model.channels) < FEWEST_CHANNELS or not moving
    turn = None if few else find_turn(model, _windows(model, part, moving, TRIM_START_S))
    return check_day(model, _windows(model, part, known, TRIM_START_S), turn)


def _windows(
    model: GestureModel, part: LabelledSamples, labels: Sequence[Annotation], skipped_s: float
) -> Samples:
    """Windows ``(w, length, channels)`` of the spans without their first ``skipped_s`` seconds.

    Of each span as much as of the shortest; which movement it was is not told.
    """
    length, step = model.window_samples
    shortest = min((a.stop - a.start for a in labels), default=0.0) - skipped_s
    starts = [a.start + skipped_s for a in labels]
    pieces = [
        part.samples[round(start * part.rate) : round((start + shortest) * part.rate)]
        for start in starts
    ]
    cut = [np.asarray(sliding(p, length, step)) for p in pieces if len(p) >= length]
    if not cut:
        raise EmgError("The holds are too short to look at.", "Try again, holding each movement.")
    return np.concatenate(cut)


def _halves(part: LabelledSamples, model: GestureModel) -> tuple[LabelledSamples, LabelledSamples]:
    """Each label, trimmed, cut in two; windows of the two halves share no sample."""
    known = [a for a in part.annotations if a.label in model.classes and not a.is_event]
    if not known:
        raise EmgError("Nothing was recorded today.", "Try again, holding each movement.")
    cuts = [
        (a, a.start + TRIM_START_S, (a.start + TRIM_START_S + a.stop - TRIM_END_S) / 2)
        for a in known
    ]
    return (
        replace(part, annotations=tuple(a.moved(start, middle) for a, start, middle in cuts)),
        replace(
            part, annotations=tuple(a.moved(middle, a.stop - TRIM_END_S) for a, _s, middle in cuts)
        ),
    )


def _recalls(tested: Sequence[tuple[GestureModel, LabelledSamples]]) -> Mapping[str, float]:
    """Share of windows recognised, by gesture, over all the pairs of a model and what it sees."""
    hits: dict[str, list[float]] = {}
    for model, part in tested:
        seen = new_dataset(model, [part], **NO_TRIM)
        right = model.lda.predict(seen.x) == seen.y
        for gesture in seen.classes:
            hits.setdefault(gesture, []).extend(right[seen.y == gesture].astype(float).tolist())
    return {gesture: fmean(values) for gesture, values in hits.items()}


def _percent(share: float) -> str:
    return "–" if math.isnan(share) else f"{share * 100:.0f} %"
