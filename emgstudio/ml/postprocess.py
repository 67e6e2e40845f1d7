"""From posteriors to what the hand should do: sticky filter or smoothing, trust, majority vote."""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Sequence
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


SMALLEST = 1e-9

FAST = PostprocessSpec(votes=1, smoothing=0.5)
BALANCED = PostprocessSpec(votes=1, stay=0.98)
STEADY = PostprocessSpec(votes=1, stay=0.98, evidence=0.25)


class Postprocess:
    """Runs a spec over posteriors whose columns are ``classes``."""

    def __init__(self, spec: PostprocessSpec, classes: Sequence[str]) -> None:
        self.spec = spec
        self.classes = tuple(classes)
        self._votes: deque[str] = deque(maxlen=max(1, spec.votes))
        self._average: Floats | None = None
        self._held = REST

    def reset(self) -> None:
        """Forget the past: after a gap it says nothing about now."""
        self._votes.clear()
        self._average = None
        self._held = REST

    def step(self, probabilities: Floats) -> tuple[str, float, bool]:
        """(gesture, confidence, rejected) after one more row of posteriors ``(k,)``.

        The confidence is the (smoothed) posterior of the gesture returned.
        ``rejected``: the winner was not trusted and the last trusted gesture is
        held, rest if there is none.
        """
        average = self._average = self._smoothed(np.asarray(probabilities, np.float64))
        best = int(average.argmax())
        trusted = bool(average[best] >= self.spec.min_confidence)
        if trusted:
            self._votes.append(self.classes[best])
            self._held = self._winner()
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

    def _winner(self) -> str:
        counts = Counter(self._votes)
        most = max(counts.values())
        # Of equals the newest wins, so that a change is not held up longer than it must.
        return next(g for g in reversed(self._votes) if counts[g] == most)
