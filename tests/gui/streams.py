"""A stream that a test fills itself, with known samples."""

from __future__ import annotations

import numpy as np

from emgstudio.core.ring import Ring
from emgstudio.core.types import Channel, StreamInfo


class HandStream:
    """Rings for a trace canvas; ``push`` writes the next samples, ``lose`` skips some."""

    def __init__(self, channels: int = 4, rate: float = 1000.0, seconds: float = 60.0) -> None:
        made = tuple(
            Channel(f"Muscle {i + 1}", scale=0.5, rails=(-2000.0, 2000.0)) for i in range(channels)
        )
        self.info = StreamInfo("EMG", rate, made, "int16", "Hand")
        capacity = int(rate * seconds)
        self.raw = Ring(capacity, channels, np.int16)
        self.clean = Ring(capacity, channels, np.float32)
        self.random = np.random.default_rng(7)

    def push(self, x: np.ndarray) -> None:
        """Samples in µV ``(n, channels)``; both rings get the same."""
        raw = np.clip(np.round(x / 0.5), -2000, 2000).astype(np.int16)
        self.raw.write(raw)
        self.clean.write((raw * 0.5).astype(np.float32))

    def push_noise(self, n: int, level: float = 60.0) -> np.ndarray:
        """Random samples, returned as they were written."""
        x = self.random.normal(0, level, (n, self.info.n_channels))
        x = np.round(x / 0.5) * 0.5
        self.push(x)
        return x

    def lose(self, n: int) -> None:
        """``n`` samples that the device lost."""
        self.raw.skip(n)
        self.clean.skip(n)
