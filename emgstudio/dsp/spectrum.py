"""Power spectral density by Welch's method, mean and median frequency."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from emgstudio.core.errors import EmgError
from emgstudio.core.types import Samples
from emgstudio.dsp.windows import sliding

Floats = NDArray[np.float64]

# Below this the band of EMG is cut off and mean and median frequency mislead.
LOWEST_RATE = 800.0


def hann(length: int) -> Floats:
    """Periodic Hann window, as scipy's ``get_window("hann", length)``."""
    return np.asarray(0.5 - 0.5 * np.cos(2.0 * np.pi * np.arange(length) / length))


def density(windows: Samples, rate: float, nfft: int) -> Floats:
    """One-sided densities ``(w, nfft // 2 + 1, channels)`` of ``windows (w, length, channels)``.

    In unit²/Hz; Hann window, the mean of each window taken away, zero-padded
    to ``nfft``. A window with a NaN gives NaN.
    """
    taper = hann(windows.shape[1])
    centred = windows - windows.mean(axis=1, keepdims=True, dtype=np.float64)
    spectra = np.fft.rfft(centred * taper[:, None], nfft, axis=1)
    power = (spectra.real**2 + spectra.imag**2) / (rate * np.sum(taper**2))
    power[:, 1 : (nfft + 1) // 2] *= 2.0
    return np.asarray(power)


def psd(x: Samples, rate: float, *, window_s: float = 1.0) -> tuple[Floats, Floats]:
    """Welch density of ``x (n, channels)``: frequencies ``(f,)`` in Hz and ``(f, channels)``.

    In unit²/Hz: Hann windows of ``window_s`` (all of x if shorter), 50 %
    overlap, constant detrend (Welch 1967). Windows with a NaN are left out;
    all NaN if none is whole. EmgError for fewer than two samples.
    """
    length = min(len(x), max(2, round(window_s * rate)))
    if length < 2:
        raise EmgError("A spectrum needs at least two samples.")
    windows = sliding(x, length, max(1, length - length // 2))
    whole = windows[np.asarray(np.isfinite(windows).all(axis=(1, 2)))]
    frequencies = np.fft.rfftfreq(length, 1.0 / rate).astype(np.float64)
    if len(whole) == 0:
        return frequencies, np.full((len(frequencies), x.shape[1]), np.nan)
    return frequencies, np.asarray(density(whole, rate, length).mean(axis=0))


def mean_frequency(frequencies: Floats, power: Floats, low_hz: float, high_hz: float) -> Floats:
    """Power-weighted mean frequency per channel in Hz within the band; NaN without power."""
    f, p = _band(frequencies, power, low_hz, high_hz)
    with np.errstate(invalid="ignore"):
        return np.asarray(np.trapezoid(f[:, None] * p, f, axis=0) / np.trapezoid(p, f, axis=0))


def median_frequency(frequencies: Floats, power: Floats, low_hz: float, high_hz: float) -> Floats:
    """Frequency per channel in Hz that halves the power within the band; NaN without power.

    Linear inside the bin: taking the bin's edge is up to one bin too low.
    """
    f, p = _band(frequencies, power, low_hz, high_hz)
    steps = (p[1:] + p[:-1]) / 2.0 * np.diff(f)[:, None]
    total = np.concatenate([np.zeros((1, p.shape[1])), np.cumsum(steps, axis=0)])
    found = [
        np.interp(column[-1] / 2.0, column, f) if column[-1] > 0 else np.nan for column in total.T
    ]
    return np.array(found)


def too_slow(rate: float) -> str:
    """Why a stream of ``rate`` Hz has no mean and median frequency; empty where it has."""
    if rate >= LOWEST_RATE:
        return ""
    return (
        f"Frequency analysis is off: this device samples at {rate:g} Hz, {LOWEST_RATE:g} Hz needed."
    )


@dataclass(frozen=True, slots=True)
class Spectrum:
    """Spectra of some seconds of signal, ``power (frequencies, channels)`` in unit²/Hz.

    ``mean_hz`` and ``median_hz (channels,)`` are NaN where there is no power, or for
    all channels because of ``reason``.
    """

    frequencies: Floats
    power: Floats
    mean_hz: Floats
    median_hz: Floats
    reason: str = ""


def spectrum(x: Samples, rate: float, *, low_hz: float = 20.0, high_hz: float = 450.0) -> Spectrum:
    """Welch spectra (:func:`psd`) of ``x (n, channels)`` with their mean and median frequency.

    Scatter of the two at constant effort for 1 s of signal: 4 and 6.5 Hz. EmgError for
    fewer than two samples.
    """
    frequencies, power = psd(x, rate)
    reason = too_slow(rate)
    if not reason and np.count_nonzero((frequencies >= low_hz) & (frequencies <= high_hz)) < 2:
        reason = "Frequency analysis needs a longer stretch of signal."
    if reason:
        none = np.full(x.shape[1], np.nan)
        return Spectrum(frequencies, power, none, none, reason)
    return Spectrum(
        frequencies,
        power,
        mean_frequency(frequencies, power, low_hz, high_hz),
        median_frequency(frequencies, power, low_hz, high_hz),
    )


def _band(
    frequencies: Floats, power: Floats, low_hz: float, high_hz: float
) -> tuple[Floats, Floats]:
    inside = (frequencies >= low_hz) & (frequencies <= high_hz)
    if np.count_nonzero(inside) < 2:
        raise EmgError(
            f"The spectrum has no two points between {low_hz:g} and {high_hz:g} Hz.",
            "Use longer windows or a wider band.",
        )
    return frequencies[inside], power[inside]
