"""Muscles for emulated devices: an EMG that repeats, so that every sample can be told."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from emgstudio.devices.emulators.spectrum import HIGH_HZ, LOW_HZ, emg_psd

PERIOD_S = 4.0
EFFORT_S = 2.0
NOISE_UV = 3.0


def repeating_emg(
    rate: float, channels: int, *, effort_uv: float = 120.0, seed: int = 1
) -> NDArray[np.float64]:
    """Microvolts of one 4 s period, ``(n, channels)``: 2 s of rest, 2 s of effort.

    ``effort_uv`` is the RMS at full effort; neighbouring channels take turns in
    being strong. The spectrum is that of :func:`emg_psd`.
    """
    n = round(PERIOD_S * rate)
    rng = np.random.default_rng(seed)
    frequency = np.fft.rfftfreq(n, 1.0 / rate).astype(np.float64)
    shape = np.sqrt(emg_psd(frequency, LOW_HZ, HIGH_HZ) * rate / 2.0)
    noise: NDArray[np.float64] = np.fft.irfft(
        np.fft.rfft(rng.standard_normal((n, channels)), axis=0) * shape[:, None], n, axis=0
    )
    time = np.arange(n) / rate
    effort = np.clip((time - (PERIOD_S - EFFORT_S)) / 0.2, 0.0, 1.0)
    effort *= np.clip((PERIOD_S - time) / 0.2, 0.0, 1.0)
    strength = effort_uv * (0.6 + 0.4 * np.cos(2.0 * np.pi * np.arange(channels) / 8.0))
    quiet: NDArray[np.float64] = NOISE_UV * rng.standard_normal((n, channels))
    quiet += noise * effort[:, None] * strength
    return quiet
