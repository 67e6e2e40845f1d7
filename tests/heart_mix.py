"""Synthetic trunk EMG with a heartbeat in it, both parts known."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

# Seconds from the R peak, width, height of each wave.
HEARTS = {
    "usual": (
        (-0.17, 0.025, 0.10),
        (-0.03, 0.010, -0.12),
        (0.0, 0.011, 1.0),
        (0.03, 0.012, -0.22),
        (0.28, 0.05, 0.25),
    ),
    "narrow": (
        (-0.16, 0.02, 0.12),
        (-0.022, 0.006, -0.15),
        (0.0, 0.007, 1.0),
        (0.022, 0.008, -0.35),
        (0.25, 0.04, 0.3),
    ),
    "deep S": ((-0.16, 0.02, 0.08), (0.0, 0.010, 0.55), (0.028, 0.011, -0.9), (0.3, 0.06, -0.2)),
    "wide": ((-0.18, 0.025, 0.1), (0.0, 0.016, 0.8), (0.03, 0.014, 0.5), (0.3, 0.06, -0.3)),
}
BREATH_HZ = 0.25
BURST_S = 4.0


@dataclass(frozen=True)
class Mix:
    """``muscle`` and ``heart`` in µV ``(n, channels)``, rest rows, and R peaks in s."""

    muscle: Floats
    heart: Floats
    rest: NDArray[np.bool_]
    beats: Floats


def shaped_noise(n: int, channels: int, rate: float, rng: np.random.Generator) -> Floats:
    """Gaussian noise of 1 µV with the spectrum of surface EMG (Shwedyk 1977)."""
    f = np.fft.rfftfreq(n, 1 / rate)[:, None]
    shape = f / np.sqrt((f**2 + 60.0**2) * (f**2 + 120.0**2) ** 2)
    x = np.fft.irfft(np.fft.rfft(rng.standard_normal((n, channels)), axis=0) * shape, n, axis=0)
    return np.asarray(x / np.sqrt((x**2).mean(axis=0)))


def heart(
    n: int, rate: float, per_minute: float, shape: str, rng: np.random.Generator
) -> tuple[Floats, Floats]:
    """A heartbeat of height 1 ``(n,)`` that varies with the breath, and its R peaks in s."""
    t, out, beats, at = np.arange(n) / rate, np.zeros(n), [], 0.3
    while at < n / rate + 0.5:
        size = 1.0 + 0.1 * np.sin(2 * np.pi * BREATH_HZ * at)
        for off, width, height in HEARTS[shape]:
            first = max(0, int((at + off - 6 * width) * rate))
            rows = slice(first, max(first, int((at + off + 6 * width) * rate) + 1))
            out[rows] += size * height * np.exp(-0.5 * ((t[rows] - at - off) / width) ** 2)
        beats.append(at)
        uneven = 0.04 * rng.standard_normal() + 0.05 * np.sin(2 * np.pi * BREATH_HZ * at)
        at += 60.0 / per_minute * max(0.6, 1.0 + uneven)
    return out, np.array([b for b in beats if b < n / rate])


def mix(
    seconds: float,
    rate: float,
    *,
    channels: int = 2,
    per_minute: float = 75.0,
    shape: str = "usual",
    muscle_uv: float = 50.0,
    ratio: float = 2.0,
    noise_uv: float = 2.0,
    seed: int = 0,
) -> Mix:
    """Bursts of ``muscle_uv`` (2 s of 4 s) over noise; R peaks of ``ratio`` times that.

    ``muscle_uv`` 0 with ``ratio`` in µV is rest alone.
    """
    rng = np.random.default_rng(seed)
    n = round(seconds * rate)
    on = (np.arange(n) / rate) % BURST_S > BURST_S / 2
    edge = np.hanning(round(0.2 * rate))
    gate = np.convolve(on.astype(float), edge / edge.sum(), "same")[:, None]
    emg = muscle_uv * gate * shaped_noise(n, channels, rate, rng)
    emg += noise_uv * shaped_noise(n, channels, rate, rng)
    wave, beats = heart(n, rate, per_minute, shape, rng)
    sizes = rng.uniform(0.6, 1.2, channels) * (-1.0) ** np.arange(channels)
    height = ratio * (muscle_uv or 1.0)
    rest = gate[:, 0] < 1e-9
    return Mix(emg, height * wave[:, None] * sizes, rest, beats)
