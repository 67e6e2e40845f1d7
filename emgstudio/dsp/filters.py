"""Filter design as second-order sections, and the zero-phase filter for offline use.

Frequencies in Hz, rates in samples/s. Numpy only: scipy.signal takes two seconds to
import, for which no first connection and no first look at a recording has to wait.
"""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray

from emgstudio.dsp.block_filter import BlockFilter, of_sections

Floats = NDArray[np.float64]
Complex = NDArray[np.complex128]
Sections = NDArray[np.float64]

# Up to this share of the rate an edge can be held: nearer to half the rate the
# bilinear transform squeezes the whole roll-off into a few Hz.
HIGHEST_EDGE = 0.45
# A pole whose imaginary part is smaller is real; the others come in pairs.
REAL = 1e-12


def butterworth(
    low_hz: float | None, high_hz: float | None, rate: float, *, order: int
) -> Sections:
    """Butterworth sections ``(s, 6)``: band-pass, high-pass (no high) or low-pass (no low).

    ``order`` is the order of each edge of one pass. No edge gives no sections. By the
    bilinear transform with warped edges (Oppenheim and Schafer, Discrete-Time Signal
    Processing). Each section passes the middle of the band with gain 1, the sharpest
    comes last.
    """
    low, high = (np.tan(np.pi * f / rate) if f is not None else None for f in (low_hz, high_hz))
    angles = np.pi * (2.0 * np.arange(order) + 1.0 + order) / (2.0 * order)
    poles = np.exp(1j * angles)
    if low is not None and high is not None:
        half = poles * (high - low) / 2.0
        apart = np.sqrt(half * half - low * high)
        poles, zeros, middle = np.append(half + apart, half - apart), (1.0, -1.0), low * high
    elif low is not None:
        poles, zeros, middle = low / poles, (1.0, 1.0), np.inf
    elif high is not None:
        poles, zeros, middle = high * poles, (-1.0, -1.0), 0.0
    else:
        return np.empty((0, 6))
    angle = 2.0 * np.arctan(np.sqrt(middle))
    pairs = _pairs((1.0 + poles) / (1.0 - poles))
    return np.array([_section(pair, zeros, angle) for pair in pairs])


def _pairs(poles: Complex) -> list[Complex]:
    """Poles two by two, each with its conjugate; one real pole may be left alone."""
    upper = [np.array([p, p.conjugate()]) for p in poles if p.imag > REAL]
    real = np.sort(poles[np.abs(poles.imag) <= REAL])
    parts = [real[i : i + 2] for i in range(0, len(real), 2)]
    return sorted([*upper, *parts], key=lambda pair: float(np.abs(pair).max()))


def _section(poles: Complex, zeros: tuple[float, float], angle: float) -> Floats:
    """Coefficients ``(6,)`` with these poles, as many of the zeros, and gain 1 at ``angle``."""
    above, below = np.zeros(3), np.zeros(3)
    above[: len(poles) + 1] = np.poly(zeros[: len(poles)])
    below[: len(poles) + 1] = np.poly(poles).real
    turn = np.exp(-1j * angle * np.arange(3))
    return np.concatenate([above * np.abs((below @ turn) / (above @ turn)), below])


def notches(mains_hz: float, rate: float, *, multiples: Iterable[int], q: float) -> Sections:
    """One notch section for each of the ``multiples`` of ``mains_hz``.

    Every notch is ``mains_hz / q`` wide at −3 dB, the harmonics too. A harmonic
    whose notch would reach half the rate is left out.
    """
    rows = []
    for multiple in multiples:
        if multiple * mains_hz + mains_hz / q >= rate / 2:
            continue
        gain = 1.0 / (1.0 + np.tan(np.pi * mains_hz / q / rate))
        turn = -2.0 * np.cos(2.0 * np.pi * multiple * mains_hz / rate)
        rows.append([gain, gain * turn, gain, 1.0, gain * turn, 2.0 * gain - 1.0])
    return np.array(rows).reshape(-1, 6)


def settled_state(sections: Sections) -> Floats:
    """State ``(2 s,)`` of the sections after an endless input of 1."""
    states, level = np.empty((len(sections), 2)), 1.0
    for state, (b0, b1, b2, a0, a1, a2) in zip(states, sections, strict=True):
        out = level * (b0 + b1 + b2) / (a0 + a1 + a2)
        state[1] = b2 * level - a2 * out
        state[0] = b1 * level - a1 * out + state[1]
        level = out
    return states.reshape(-1)


def zero_phase(sections: Sections, x: NDArray[np.floating]) -> Floats:
    """``x (n, channels)`` filtered forwards and backwards: twice the order, −6 dB at the edges.

    ``x`` must be free of NaN. At both ends the signal is continued turned about its last
    sample, as scipy's sosfiltfilt does; too short a signal by as much as there is.
    """
    whole = np.array(x, np.float64)
    if len(sections) == 0 or len(whole) == 0:
        return whole
    padding = min(3 * (2 * len(sections) + 1), len(whole) - 1)
    before, after = whole[padding:0:-1], whole[-2 : -padding - 2 : -1]
    padded = np.concatenate([2.0 * whole[0] - before, whole, 2.0 * whole[-1] - after])
    blocks = BlockFilter(of_sections(sections))
    settled = settled_state(sections)[:, None]
    for _ in range(2):
        done, _ = blocks.run(padded, settled * padded[0])
        padded = done[::-1]
    return np.ascontiguousarray(padded[padding : len(padded) - padding])


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
