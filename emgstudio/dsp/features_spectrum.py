"""Features of frequency: moments of the periodogram, bands over time, wavelet packets."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from emgstudio.dsp.feature_windows import (
    SMALLEST_AMPLITUDE,
    Feature,
    Floats,
    Windows,
    per_channel,
    per_number,
)

LOWEST_HZ, HIGHEST_HZ, HIGHEST_SHARE = 15.0, 450.0, 0.48
BANDS, STFT_BANDS, STFT_PARTS, RELATIVE_BANDS = 8, 4, 3, 6
PACKET_LEVELS = 3
# Daubechies 1988, the orthonormal filter with four vanishing moments.
DB4 = np.array([
    0.23037781330885523, 0.7148465705525415, 0.6308807679295904, -0.02798376941698385,
    -0.18703481171888114, 0.030841381835986965, 0.032883011666982945, -0.010597401784997278,
])  # fmt: skip
PAIR = np.stack([DB4, DB4[::-1] * (-1.0) ** np.arange(len(DB4))], axis=1)


def _log(power: Floats) -> Floats:
    return np.asarray(np.log(np.maximum(power, SMALLEST_AMPLITUDE**2)))


def _mean_frequency(w: Windows) -> Floats:
    return np.asarray((w.spectrum @ w.frequencies) / w.spectrum_total)


def _median_frequency(w: Windows) -> Floats:
    below = np.cumsum(w.spectrum, axis=-1)
    place = (below < below[..., -1:] / 2.0).sum(axis=-1)
    return np.asarray(w.frequencies[np.minimum(place, len(w.frequencies) - 1)])


def _peak_frequency(w: Windows) -> Floats:
    return np.asarray(w.frequencies[w.spectrum.argmax(axis=-1)])


def _moment(order: int) -> Callable[[Windows], Floats]:
    def compute(w: Windows) -> Floats:
        return np.asarray(_log((w.spectrum @ w.frequencies**order) / w.x.shape[-1] ** 2))

    return compute


def _variance_of_frequency(w: Windows) -> Floats:
    mean = _mean_frequency(w)
    return np.asarray((w.spectrum @ w.frequencies**2) / w.spectrum_total - mean * mean)


def _total(w: Windows) -> Floats:
    return _log(w.spectrum.sum(-1) / w.x.shape[-1] ** 2)


def _edges(w: Windows, bands: int) -> Floats:
    top = min(HIGHEST_HZ, HIGHEST_SHARE * w.rate)
    return np.linspace(min(LOWEST_HZ, top / 2.0), top, bands + 1)


def _in_bands(power: Floats, frequencies: Floats, edges: Floats) -> Floats:
    """Sums of ``power (…, f)`` between edges, ``(…, bands)``; 0 where a band holds none."""
    member = (frequencies >= edges[:-1, None]) & (frequencies < edges[1:, None])
    return np.asarray(power @ member.T.astype(np.float64))


def _bands(w: Windows) -> Floats:
    taper = np.hanning(w.x.shape[-1])
    f = np.fft.rfft(w.x * taper, axis=-1)
    power = (f.real * f.real + f.imag * f.imag) / (taper @ taper)
    hz = np.asarray(np.fft.rfftfreq(w.x.shape[-1], 1.0 / w.rate), np.float64)
    return _log(_in_bands(power, hz, _edges(w, BANDS))).reshape(len(w.x), -1)


def _stft(w: Windows) -> Floats:
    """Log power of bands in three half-overlapping parts of the window."""
    length = w.x.shape[-1]
    part = max(2, length // 2)
    hop = max(1, (length - part) // (STFT_PARTS - 1))
    parts = sliding_window_view(w.x, part, axis=-1)[..., : (STFT_PARTS - 1) * hop + 1 : hop, :]
    taper = np.hanning(part) if part > 2 else np.ones(part)
    f = np.fft.rfft(parts * taper, axis=-1)
    power = (f.real * f.real + f.imag * f.imag) / (taper @ taper)
    hz = np.asarray(np.fft.rfftfreq(part, 1.0 / w.rate), np.float64)
    out = _log(_in_bands(power, hz, _edges(w, STFT_BANDS)))
    full = np.zeros((*w.x.shape[:2], STFT_PARTS, STFT_BANDS))
    full[:, :, : out.shape[2]] = out
    return full.reshape(len(w.x), -1)


def _relative_bands(w: Windows) -> Floats:
    edges = np.linspace(0.0, w.rate / 2.0, RELATIVE_BANDS + 1)
    edges[-1] *= 1.0 + 1e-9
    shares = _in_bands(w.spectrum, w.frequencies, edges) / w.spectrum_total[..., None]
    return shares.reshape(len(w.x), -1)


def wavelet_packets(x: Floats, levels: int = PACKET_LEVELS) -> Floats:
    """Energies ``(…, 2**levels)`` of the packets of ``x (…, n)``, from low to high frequency.

    Daubechies' filter of four moments, the window taken as periodic after it is filled
    up with zeros to a multiple of ``2**levels``; energies then sum to that of ``x``.
    """
    filters, step = _packet_filters(levels), 2**levels
    n = x.shape[-1]
    whole = n + -n % step
    around = np.zeros((*x.shape[:-1], whole + len(filters) - step))
    around[..., :n] = x
    for first in range(whole, around.shape[-1], whole):
        last = min(first + whole, around.shape[-1])
        around[..., first:last] = around[..., : last - first]
    pieces = sliding_window_view(around, len(filters), axis=-1)[..., ::step, :]
    # One product of matrices: a third of the time that level after level takes.
    packets = filters.T @ np.ascontiguousarray(pieces).reshape(-1, len(filters)).T
    packets = packets.reshape(step, *pieces.shape[:-1])
    return np.asarray(np.moveaxis(np.vecdot(packets, packets), 0, -1))


@lru_cache(maxsize=4)
def _packet_filters(levels: int) -> Floats:
    """What all levels together do to the samples, ``(taps, 2**levels)``, by frequency."""
    filters = [np.ones(1)]
    for level in range(levels):
        spread = np.zeros(((len(DB4) - 1) * 2**level + 1, 2))
        spread[:: 2**level] = PAIR
        # A high-pass branch mirrors the order of frequencies of what is below it.
        filters = [
            np.convolve(f, spread[:, (k + half) % 2])
            for k, f in enumerate(filters)
            for half in (0, 1)
        ]
    return np.stack(filters, axis=1)


def _packet_energies(w: Windows) -> Floats:
    return _log(wavelet_packets(w.x) / w.x.shape[-1]).reshape(len(w.x), -1)


_OSKOEI = "Oskoei and Hu 2008, IEEE Trans Biomed Eng 55:1956"
_PHINYOMARK = "Phinyomark et al. 2012, Expert Syst Appl 39:7420"

ROWS = (
    Feature("mnf", "Mean frequency", _OSKOEI, _mean_frequency, per_channel),
    Feature("mdf", "Median frequency", _OSKOEI, _median_frequency, per_channel),
    Feature("pkf", "Peak frequency", _PHINYOMARK, _peak_frequency, per_channel),
    Feature("ttp", "Log total power", _PHINYOMARK, _total, per_channel),
    Feature("sm1", "Log spectral moment 1", _PHINYOMARK, _moment(1), per_channel),
    Feature("sm2", "Log spectral moment 2", _PHINYOMARK, _moment(2), per_channel),
    Feature("sm3", "Log spectral moment 3", _PHINYOMARK, _moment(3), per_channel),
    Feature("vcf", "Variance of frequency", _PHINYOMARK, _variance_of_frequency, per_channel),
    Feature("bands", "Log power in 8 bands", "periodogram with a Hann taper, 15–450 Hz", _bands,
            per_number(BANDS)),
    Feature("stft", "Log power in 4 bands × 3 times", "Englehart et al. 1999, Med Eng Phys 21:431",
            _stft, per_number(STFT_BANDS * STFT_PARTS)),
    Feature("dftr", "Relative power in 6 bands", "He et al. 2015, J Neural Eng 12:046005",
            _relative_bands, per_number(RELATIVE_BANDS)),
    Feature("wpe", "Log wavelet packet energies", "Englehart et al. 1999, Med Eng Phys 21:431",
            _packet_energies, per_number(2**PACKET_LEVELS)),
)  # fmt: skip
