"""From posteriors to what the hand should do: sticky filter or smoothing, trust, majority vote."""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from emgstudio.core.options import option
from emgstudio.ml.gestures import REST
from emgstudio.ml.lda import Floats


@dataclass(frozen=True, slots=True)
class PostprocessSpec:
    """Steadiness against speed. Filter or smoothing comes first, then trust, then the vote.

    ``stay`` is how probably a gesture goes on from one decision to the next, in a
    forward filter over the gestures; 0 switches it off. ``smoothing`` is the weight
    of the past in an exponential average of the posteriors instead. Both beat a
    vote at equal delay (docs/decisions/0017-sticky-filter.md).
    """

    votes: int = option(
        5, "Votes", minimum=1, maximum=25, doc="Decisions that vote; more is steadier and slower."
    )
    min_confidence: float = option(
        0.0, "Sureness", minimum=0.0, maximum=0.95, doc="Below it the last trusted gesture is held."
    )
    smoothing: float = option(
        0.0, "Smoothing", minimum=0.0, maximum=0.95, doc="Share of the past in the probabilities."
    )
    stay: float = option(
        0.0, "Stickiness", minimum=0.0, maximum=0.999, doc="How probably a gesture goes on."
    )
    evidence: float = option(
        0.5, "Weight of a window", minimum=0.05, maximum=1.0,
        doc="For the filter: overlapping windows tell less than each a whole new one.",
    )  # fmt: skip
    agree: int = option(
        1, "Agreeing decisions", minimum=1, maximum=10,
        doc="A change is made once so many decisions running ask for the same gesture.",
    )  # fmt: skip
    refuse: float = option(
        0.0, "Refuse unknown movements", minimum=0.0, maximum=0.3,
        doc="Share of known windows given up so that unknown movements do nothing.",
    )  # fmt: skip
    rest_gate: float = option(
        0.0, "Rest gate", minimum=0.0, maximum=3.0,
        doc="Below so many times the amplitude of rest, unsure windows are rest.",
    )  # fmt: skip
    ramp_s: float = option(
        0.0, "Ramp", unit="s", minimum=0.0, maximum=2.0,
        doc="How long after a change the strength grows to its full value.",
    )  # fmt: skip
    dead_band: float = option(
        0.0, "Dead band", minimum=0.0, maximum=0.5, doc="Strength below it is none."
    )
    gain: float = option(1.0, "Gain", minimum=0.2, maximum=5.0, doc="Of the strength.")


SMALLEST = 1e-9
# As long as a change of movement looks unknown, the last gesture goes on; then it is rest.
REFUSED_UNTIL_REST = 6

FAST = PostprocessSpec(votes=1, smoothing=0.5)
BALANCED = PostprocessSpec(votes=1, stay=0.98, evidence=0.4)
STEADY = PostprocessSpec(votes=1, stay=0.98, evidence=0.25)


class Postprocess:
    """Runs a spec over posteriors whose columns are ``classes``."""

    def __init__(self, spec: PostprocessSpec, classes: Sequence[str]) -> None:
        self.spec = spec
        self.classes = tuple(classes)
        self._votes: deque[str] = deque(maxlen=max(1, spec.votes))
        self._average: Floats | None = None
        self._held = REST
        self._asked, self._asked_times = REST, 0
        self._refused = 0

    def reset(self) -> None:
        """Forget the past: after a gap it says nothing about now."""
        self._votes.clear()
        self._average = None
        self._held = REST
        self._asked, self._asked_times = REST, 0
        self._refused = 0

    def step(
        self,
        probabilities: Floats,
        *,
        unknown: bool = False,
        sureness: Mapping[str, float] | None = None,
    ) -> tuple[str, float, bool]:
        """(gesture, confidence, rejected) after one more row of posteriors ``(k,)``.

        The confidence is the (smoothed) posterior of the gesture returned.
        ``rejected``: the winner was not trusted and the last trusted gesture is
        held, rest if there is none. ``unknown``: the window looks like nothing learnt;
        after six of them running it is rest. ``sureness`` adds to ``min_confidence``
        what a gesture that wins needs for itself.
        """
        if unknown:
            return self._refuse()
        self._refused = 0
        average = self._average = self._smoothed(np.asarray(probabilities, np.float64))
        best = int(average.argmax())
        # Of what wins after smoothing: the window alone may look like another gesture.
        own = (sureness or {}).get(self.classes[best], 0.0)
        trusted = bool(average[best] >= max(self.spec.min_confidence, own))
        if trusted:
            self._votes.append(self.classes[best])
            self._held = self._agreed(self._winner())
        known = self._held in self.classes
        confidence = float(average[self.classes.index(self._held)]) if known else 0.0
        return self._held, confidence, not trusted

    def _smoothed(self, new: Floats) -> Floats:
        """The posteriors with what came before; classes are equally probable at first."""
        before, spec = self._average, self.spec
        if spec.stay > 0 and len(new) > 1:
            even = np.full(len(new), 1.0 / len(new))
            known = even if before is None else before
            # What does not go on changes to any of the others.
            expected = spec.stay * known + (1.0 - spec.stay) * (1.0 - known) / (len(new) - 1)
            joint = expected * np.maximum(new, SMALLEST) ** spec.evidence
            return np.asarray(joint / joint.sum())
        if before is None or spec.smoothing == 0:
            return new
        return spec.smoothing * before + (1.0 - spec.smoothing) * new

    def _refuse(self) -> tuple[str, float, bool]:
        self._refused += 1
        if self._refused == REFUSED_UNTIL_REST:
            self._votes.clear()
            self._average, self._held = None, REST
        return self._held, 0.0, True

    def _agreed(self, winner: str) -> str:
        """``winner`` once enough decisions running ask for it, until then what was held."""
        self._asked_times = self._asked_times + 1 if winner == self._asked else 1
        self._asked = winner
        return winner if self._asked_times >= self.spec.agree else self._held

    def _winner(self) -> str:
        counts = Counter(self._votes)
        most = max(counts.values())
        # Of equals the newest wins, so that a change is not held up longer than it must.
        return next(g for g in reversed(self._votes) if counts[g] == most)
