"""From posteriors to what the hand should do: smoothing, trust, majority vote."""

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
    """Steadiness against speed. Smoothing comes first, then trust, then the vote.

    ``smoothing`` is the weight of the past in an exponential average of the
    posteriors; 0 switches it off. It beats a vote at equal delay (learning.md §1.6).
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
        if self._average is None or self.spec.smoothing == 0:
            self._average = np.asarray(probabilities, np.float64)
        else:
            past = self.spec.smoothing
            self._average = past * self._average + (1.0 - past) * probabilities
        best = int(self._average.argmax())
        trusted = bool(self._average[best] >= self.spec.min_confidence)
        if trusted:
            self._votes.append(self.classes[best])
            self._held = self._winner()
        known = self._held in self.classes
        confidence = float(self._average[self.classes.index(self._held)]) if known else 0.0
        return self._held, confidence, not trusted

    def _winner(self) -> str:
        counts = Counter(self._votes)
        most = max(counts.values())
        # Of equals the newest wins, so that a change is not held up longer than it must.
        return next(g for g in reversed(self._votes) if counts[g] == most)
