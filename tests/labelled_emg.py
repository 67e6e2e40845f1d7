"""Made-up EMG with labels: noise whose strength per channel depends on the gesture."""

from __future__ import annotations

import numpy as np

from emgstudio.core.types import Annotation, Channel, ConditionSpec
from emgstudio.ml.dataset import LabelledSamples

RATE = 500.0
CHANNELS = tuple(Channel(f"E{i + 1}") for i in range(4))
CONDITION = ConditionSpec(20.0, 200.0)
GAINS = {
    "rest": (2, 2, 2, 2),
    "fist": (60, 15, 30, 8),
    "open": (10, 50, 8, 30),
    "pinch": (30, 30, 9, 9),
}


def burst(gesture: str, seconds: float, seed: int, rate: float = RATE) -> np.ndarray:
    """``(n, 4)`` µV of one held gesture."""
    noise = np.random.default_rng(seed).normal(size=(round(seconds * rate), 4))
    return (noise * GAINS[gesture]).astype(np.float32)


def recording(
    name: str = "a",
    *,
    repetitions: int = 3,
    seed: int = 0,
    hold_s: float = 2.0,
    session: str = "",
    subject: str = "",
    wrong: tuple[str, int, str] | None = None,
) -> LabelledSamples:
    """Every gesture ``repetitions`` times; ``wrong`` = (gesture, repetition, what was done)."""
    pieces, labels, at = [], [], 0.0
    for repetition in range(1, repetitions + 1):
        for gesture in GAINS:
            done = gesture
            if wrong and wrong[:2] == (gesture, repetition):
                done = wrong[2]
            pieces.append(burst(done, hold_s, seed * 1000 + len(pieces)))
            labels.append(Annotation(at, at + hold_s, gesture, "cue", repetition=repetition))
            at += hold_s
    return LabelledSamples(np.concatenate(pieces), RATE, tuple(labels), name, session, subject)
