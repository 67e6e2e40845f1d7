"""Filter design as second-order sections, and the zero-phase filter for offline use.

Frequencies in Hz, rates in samples/s. scipy.signal takes a second to import,
so it is imported where it is first needed.
"""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Sections = NDArray[np.float64]

# Up to this share of the rate an edge can be held: nearer to half the rate the
# bilinear transform squeezes the whole roll-off into a few Hz.
HIGHEST_EDGE = 0.45


def load_filters() -> None:
    """Import now what filtering needs: a second at first, in which no device should stream."""
    import scipy.signal  # noqa: F401


def butterworth(
    low_hz: float | None, high_hz: float | None, rate: float, *, order: int
) -> Sections:
    """Butterworth sections ``(s, 6)``: band-pass, high-pass (no high) or low-pass (no low).

    ``order`` is the order of each edge of one pass. No edge gives no sections.
    """
    from scipy.signal import butter

    if low_hz is not None and high_hz is not None:
        edges, kind = [low_hz, high_hz], "bandpass"
    elif low_hz is not None:
        edges, kind = [low_hz], "highpass"
    elif high_hz is not None:
        edges, kind = [high_hz], "lowpass"
    else:
        return np.empty((0, 6))
    cutoff = edges if len(edges) == 2 else edges[0]
    return np.asarray(butter(order, cutoff, kind, fs=rate, output="sos"))


def notches(mains_hz: float, rate: float, *, multiples: Iterable[int], q: float) -> Sections:
    """One notch section for each of the ``multiples`` of ``mains_hz``.

    Every notch is ``mains_hz / q`` wide at −3 dB, the harmonics too. A harmonic
    whose notch would reach half the rate is left out.
    """
    from scipy.signal import iirnotch

    rows = []
    for multiple in multiples:
        if multiple * mains_hz + mains_hz / q >= rate / 2:
            continue
        b, a = iirnotch(multiple * mains_hz, q * multiple, fs=rate)
        rows.append(np.concatenate([b, a]))
    return np.array(rows).reshape(-1, 6)


def settled_state(sections: Sections) -> Floats:
    """State ``(s, 2)`` of the sections after an endless input of 1 (zero rows for no sections)."""
    from scipy.signal import sosfilt_zi

    if len(sections) == 0:
        return np.empty((0, 2))
    return np.asarray(sosfilt_zi(sections))


def zero_phase(sections: Sections, x: NDArray[np.floating]) -> Floats:
    """``x (n, channels)`` filtered forwards and backwards: twice the order, −6 dB at the edges.

    ``x`` must be free of NaN. Too short a signal is padded with as much as there is.
    """
    from scipy.signal import sosfiltfilt

    if len(sections) == 0 or len(x) == 0:
        return np.asarray(x, np.float64).copy()
    # As scipy's own default, which raises on signals shorter than this.
    padding = min(3 * (2 * len(sections) + 1), len(x) - 1)
    return np.asarray(sosfiltfilt(sections, np.asarray(x, np.float64), axis=0, padlen=padding))


def corrected_cutoff(cutoff_hz: float, *, passes: int, order: int) -> float:
    """Design cut-off of a low-pass that is −3 dB at ``cutoff_hz`` after ``passes`` passes.

    Robertson & Dowling 2003; Winter 2009. Analogue approximation: good well below half the rate.
    """
    return float(cutoff_hz / (2.0 ** (1.0 / passes) - 1.0) ** (1.0 / (2 * order)))


def gain_db(sections: Sections, frequencies: Floats, rate: float) -> Floats:
    """Gain in dB of the sections at ``frequencies (f,)`` in Hz; no less than −300 dB."""
    z = np.exp(-2j * np.pi * frequencies / rate)
    powers = np.stack([np.ones_like(z), z, z * z])
    above, below = sections[:, :3] @ powers, sections[:, 3:] @ powers
    gain = np.abs(np.prod(above / below, axis=0))
    return np.asarray(20.0 * np.log10(np.maximum(gain, 1e-15)))
