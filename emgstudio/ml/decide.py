"""From one conditioned window to a decision: the same steps live and on recordings."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from emgstudio.core.types import Decision, FloatSamples, Samples
from emgstudio.ml.dataset import amplitude
from emgstudio.ml.gestures import REST
from emgstudio.ml.lda import Floats
from emgstudio.ml.model import GestureModel
from emgstudio.ml.postprocess import Postprocess, PostprocessSpec

# A posterior that the rest gate does not argue with.
SURE = 0.8


class Decider:
    """A model and its memory of the last decisions."""

    def __init__(self, model: GestureModel, spec: PostprocessSpec | None = None) -> None:
        self.model = model
        self.spec = spec or model.postprocess
        self._post = Postprocess(self.spec, model.classes)
        self._ramp = Ramp(self.spec, model.window_samples[1] / model.rate)

    def reset(self) -> None:
        """Forget what came before."""
        self._post.reset()
        self._ramp.reset()

    def step(self, window: Samples, index: int, time: float) -> Decision | None:
        """Decide on ``window (length, channels)`` whose last sample is ``index`` at ``time``.

        None, and the past forgotten, if a number in it is not finite. The
        latency is left at 0.
        """
        if not np.isfinite(window).all():
            self.reset()
            return None
        model = self.model
        row = model.features_of(window[None])
        probabilities = model.lda.predict_proba(row)[0]
        gated = self._gated(probabilities, window)
        # What the gate takes for rest is known: the weak end of a hold looks like nothing learnt.
        winner = self._post.classes[int(gated.argmax())]
        gesture, confidence, rejected = self._post.step(
            gated, unknown=self._unknown(row, winner), sureness=model.sureness
        )
        return Decision(
            time=time,
            index=index,
            gesture=gesture,
            confidence=confidence,
            raw_gesture=self._post.classes[int(probabilities.argmax())],
            probabilities=tuple(probabilities.tolist()),
            proportional=self._ramp.step(gesture, model.effort(gesture, window)),
            latency_s=0.0,
            rejected=rejected,
        )

    def _unknown(self, row: Floats, gesture: str) -> bool:
        """Whether features ``(1, d)`` look like nothing learnt; rest is never refused."""
        if self.spec.refuse <= 0 or gesture == REST:
            return False
        limit = self.model.limit(gesture, self.spec.refuse)
        return bool(self.model.lda.unfamiliarity(row)[0] > limit)

    def _gated(self, probabilities: Floats, window: Samples) -> Floats:
        """Rest for sure where the window is as weak as rest and nothing is sure."""
        model = self.model
        gate = self.spec.rest_gate * model.rest_amplitude
        if gate <= 0 or REST not in model.classes or probabilities.max() >= SURE:
            return probabilities
        if float(amplitude(window[None])[0]) >= gate:
            return probabilities
        resting = np.zeros_like(probabilities)
        resting[model.classes.index(REST)] = 1.0
        return resting


class Ramp:
    """Strength that grows after every change of gesture, with dead band and gain.

    A wrong decision is then over before it moves much (Simon et al. 2011, IEEE Trans
    Biomed Eng 58:2459: decision-based velocity ramp).
    """

    def __init__(self, spec: PostprocessSpec, hop_s: float) -> None:
        self.spec = spec
        self._hop_s = hop_s
        self._gesture, self._since_s = REST, 0.0

    def reset(self) -> None:
        """Begin from rest."""
        self._gesture, self._since_s = REST, 0.0

    def step(self, gesture: str, effort: float) -> float:
        """The strength 0–1 to use for ``effort`` 0–1 of the decided gesture."""
        self._since_s = self._since_s + self._hop_s if gesture == self._gesture else self._hop_s
        self._gesture = gesture
        strength = min(1.0, effort * self.spec.gain)
        if strength <= self.spec.dead_band:
            return 0.0
        strength = (strength - self.spec.dead_band) / (1.0 - self.spec.dead_band)
        return (
            strength * min(1.0, self._since_s / self.spec.ramp_s) if self.spec.ramp_s else strength
        )


def rest_decision(model: GestureModel, index: int, time: float) -> Decision:
    """What is decided when nothing can be."""
    return Decision(
        time=time,
        index=index,
        gesture=REST,
        confidence=0.0,
        raw_gesture=REST,
        probabilities=(0.0,) * len(model.classes),
        proportional=0.0,
        latency_s=0.0,
    )


def decide_recording(model: GestureModel, samples: FloatSamples) -> Iterator[Decision]:
    """Decisions on conditioned ``samples (n, channels)``, NaN in gaps, as the decoder makes them.

    ``time`` is in seconds from sample 0. Windows with a gap have no decision.
    """
    length, hop = model.window_samples
    decider = Decider(model)
    for end in range(-(-length // hop) * hop, len(samples) + 1, hop):
        decision = decider.step(samples[end - length : end], end - 1, (end - 1) / model.rate)
        if decision:
            yield decision
