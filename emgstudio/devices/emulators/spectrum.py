"""White noise shaped to the surface EMG spectrum, as a filter that streams.

The closed form is fh⁴f² / ((f²+fl²)(f²+fh²)²) (Shwedyk, Balasubramanian & Scott,
"A nonstationary model for the electromyogram", IEEE Trans Biomed Eng 24:417-424,
1977). The digital filter keeps the poles of the closed form and its zero at 0 Hz
exactly; the rest of the wanted magnitude, which is smooth, becomes a short
minimum-phase numerator. So the spectrum in hertz is the same at every sampling
rate, without the warping of the bilinear transform and without aliasing.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from emgstudio.dsp.block_filter import BlockFilter, of_ratio

FloatArray = NDArray[np.float64]

LOW_HZ = 55.0
HIGH_HZ = 110.0
NUMERATOR_TAPS = 14
GRID = 4096


def emg_psd(frequency: FloatArray, low_hz: float, high_hz: float) -> FloatArray:
    """The closed form, scaled so that its integral from 0 to infinity is 1 (1/Hz)."""
    squared = np.square(frequency)
    shape = high_hz**4 * squared / ((squared + low_hz**2) * (squared + high_hz**2) ** 2)
    return shape / _closed_integral(low_hz, high_hz)


def _closed_integral(low: float, high: float) -> float:
    # Partial fractions of f²/((f²+l²)(f²+h²)²), integrated from 0 to infinity.
    return float(high**4 * np.pi / (4.0 * high * (low + high) ** 2))


def design(rate: float, low_hz: float, high_hz: float) -> tuple[FloatArray, FloatArray]:
    """Numerator and denominator; white noise of variance 1 in gives RMS 1 out.

    RMS is 1 for the whole closed form: what lies above rate/2 is missing, as
    behind a perfect anti-alias filter.
    """
    poles = np.exp(-2.0 * np.pi * np.array([low_hz, high_hz, high_hz]) / rate)
    denominator = np.asarray(np.poly(poles), np.float64)
    angle = np.pi * (np.arange(GRID) + 0.5) / GRID
    z = np.exp(-1j * angle)
    wanted = emg_psd(angle * rate / (2.0 * np.pi), low_hz, high_hz) * rate / 2.0
    pole_part = np.abs(np.polyval(denominator[::-1], z)) ** 2
    rest = wanted * pole_part / np.abs(1.0 - z) ** 2
    numerator = np.convolve(_minimum_phase(rest)[:NUMERATOR_TAPS], [1.0, -1.0])
    return numerator, denominator


def _minimum_phase(power: FloatArray) -> FloatArray:
    """Impulse response whose squared magnitude is ``power`` at the mid-bin angles."""
    log_magnitude = 0.5 * np.log(power)
    quefrency = np.arange(4 * NUMERATOR_TAPS)
    angle = np.pi * (np.arange(GRID) + 0.5) / GRID
    cepstrum = 2.0 / GRID * np.cos(np.outer(quefrency, angle)) @ log_magnitude
    cepstrum[0] /= 2.0
    # Exponential of a power series, term by term (Oppenheim & Schafer, ch. on cepstra).
    response = np.zeros(NUMERATOR_TAPS)
    response[0] = np.exp(cepstrum[0])
    for n in range(1, NUMERATOR_TAPS):
        k = np.arange(1, n + 1)
        response[n] = np.sum(k / n * cepstrum[k] * response[n - k])
    return response


class EmgShaper:
    """Filters columns of white noise; the spectrum may be squeezed while it runs."""

    def __init__(self, rate: float, columns: int) -> None:
        self._rate = rate
        self._squeeze = 0.0
        self._state = np.zeros((NUMERATOR_TAPS, columns))
        self.squeeze(1.0)

    def squeeze(self, factor: float) -> None:
        """Multiply both corner frequencies by ``factor``, as slower fibres do."""
        if abs(factor - self._squeeze) < 0.002:
            return
        self._squeeze = factor
        self._filter = BlockFilter(of_ratio(*design(self._rate, LOW_HZ * factor, HIGH_HZ * factor)))

    def process(self, white: FloatArray) -> FloatArray:
        """Shaped ``(n, columns)``; goes on where the last call ended."""
        shaped, self._state = self._filter.run(white, self._state)
        return shaped
