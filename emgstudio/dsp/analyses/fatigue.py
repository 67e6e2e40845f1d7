"""What a held contraction does to the spectrum: slopes with confidence, JASA, Dimitrov's index."""

from __future__ import annotations

import math
from dataclasses import dataclass
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

from emgstudio.core.errors import EmgError
from emgstudio.dsp.measure import Measure
from emgstudio.dsp.spectrum import median_frequency, psd, too_slow

Floats = NDArray[np.float64]

WINDOW_S = 1.0
SPECTRUM_S = 0.5
BAND_HZ = (20.0, 450.0)
WINDOWS_LEAST = 10
# Per minute, of the beginning: what scatters by ± 3 without any fatigue is no change.
CLEAR_PERCENT = -5.0
# A window below this share of the median RMS is a pause of the effort, not a part of it.
PAUSED = 0.3
# Scatter of the RMS about its line, in per cent, above which nobody held steady.
VARIED_PERCENT = 25.0
# Single windows scatter too much for a ratio of the last to the first.
ENDS = 3
DIMITROV_HZ = (8.0, 500.0)
DIMITROV_RATE = 1000.0


class Trend(StrEnum):
    """What the trends of amplitude and median frequency say together (Luttmann et al. 2000)."""

    FORCE_UP = "force increase"
    FATIGUE = "fatigue"
    RECOVERY = "recovery"
    FORCE_DOWN = "force decrease"
    NONE = "no clear change"


@dataclass(frozen=True, slots=True)
class Line:
    """A straight line through values over time.

    ``slope`` in unit/s with its 95 % confidence interval ``low`` to ``high``;
    ``start`` is the value at time 0, ``per_minute`` the slope in per cent of it
    per minute; ``theil`` is the Theil–Sen slope, as a check.
    """

    slope: float
    low: float
    high: float
    start: float
    r2: float
    theil: float

    @property
    def per_minute(self) -> float:
        return 6000.0 * self.slope / self.start if self.start else math.nan

    @property
    def clear(self) -> bool:
        """Whether the interval leaves out 0."""
        return self.low > 0 or self.high < 0


def line(times: Floats, values: Floats) -> Line:
    """Least squares through ``values (n,)`` at ``times (n,)`` in s. EmgError for fewer than 3."""
    from scipy import stats

    there = np.isfinite(values)
    t, y = times[there], values[there]
    if len(t) < 3:
        raise EmgError("A trend needs at least three values.")
    fit = stats.linregress(t, y)
    half = float(stats.t.ppf(0.975, len(t) - 2) * fit.stderr)
    theil = float(stats.theilslopes(y, t)[0])
    slope = float(fit.slope)
    return Line(
        slope, slope - half, slope + half, float(fit.intercept), float(fit.rvalue**2), theil
    )


def dimitrov(frequencies: Floats, power: Floats, order: int = 5) -> float:
    """∫ f⁻¹P / ∫ f^order P over 8–500 Hz, in Hz^−(order+1) (Dimitrov et al. 2006).

    Its ratio to the first window of a hold is what is reported.
    """
    inside = (frequencies >= DIMITROV_HZ[0]) & (frequencies <= DIMITROV_HZ[1])
    f, p = frequencies[inside], power[inside]
    return float(np.trapezoid(p / f, f) / np.trapezoid(p * f**order, f))


def omega(frequencies: Floats, power: Floats) -> float:
    """Width of a spectrum by its place: √(M2/M0) / (M1/M0); 1 for a single line.

    Noise of a wide band, hum and artefacts of movement make it large (Sinderby et al. 1995).
    """
    m0, m1, m2 = (float(np.trapezoid(power * frequencies**k, frequencies)) for k in range(3))
    return math.sqrt(m2 / m0) / (m1 / m0) if m0 > 0 and m1 > 0 else math.nan


def jasa(amplitude: Line, median: Line) -> Trend:
    """Joint analysis of spectrum and amplitude; a slope within its confidence is none."""
    if not (amplitude.clear and median.clear):
        return Trend.NONE
    if amplitude.slope > 0:
        return Trend.FORCE_UP if median.slope > 0 else Trend.FATIGUE
    return Trend.RECOVERY if median.slope > 0 else Trend.FORCE_DOWN


@dataclass(frozen=True, slots=True)
class Hold:
    """A held contraction in windows of 1 s: ``times (w,)`` in s, RMS, MDF, Dimitrov's ratio.

    ``varied_percent`` is the scatter of the RMS about its line; a large one is no steady hold.
    """

    times: Floats
    rms: Floats
    median_hz: Floats
    dimitrov_ratio: Floats
    amplitude: Line
    median: Line
    trend: Trend
    measures: tuple[Measure, ...]
    varied_percent: float = 0.0

    @property
    def sentence(self) -> str:
        """What may be said of it."""
        clear = self.median.clear and self.median.per_minute <= CLEAR_PERCENT
        if clear and not (self.amplitude.clear and self.amplitude.slope < 0):
            falls = (
                f"The median frequency falls by {-self.median.per_minute:.0f} % per minute while "
                "the amplitude does not"
            )
            if self.varied_percent > VARIED_PERCENT:
                varied = f"the effort varied by {self.varied_percent:.0f} %"
                return f"{falls}; {varied}, so the movement may be the reason."
            return f"{falls}: signs of fatigue."
        return "No clear change of the median frequency."


def hold(channel: str, unit: str, x: Floats, rate: float, condition: str) -> Hold:
    """Trends over a steady contraction ``x (n,)``, conditioned, at ``rate`` Hz.

    Seconds with lost samples or without effort are left out. EmgError below 800 Hz and
    for fewer than ten whole windows.
    """
    if reason := too_slow(rate):
        raise EmgError(reason)
    length = round(WINDOW_S * rate)
    windows = [x[k : k + length] for k in range(0, len(x) - length + 1, length)]
    size = np.array([float(np.sqrt(np.mean(np.square(w)))) for w in windows])
    middle = float(np.nanmedian(size)) if np.isfinite(size).any() else 0.0
    whole = [k for k, r in enumerate(size.tolist()) if r > PAUSED * middle]
    if len(whole) < WINDOWS_LEAST:
        raise EmgError(
            f"A trend of fatigue needs {WINDOWS_LEAST} whole seconds, there are {len(whole)}.",
            "Hold the contraction longer.",
        )
    times = (np.array(whole) + 0.5) * WINDOW_S
    level = size[whole]
    spectra = [psd(windows[k][:, None], rate, window_s=SPECTRUM_S) for k in whole]
    median = np.array([median_frequency(f, p, *BAND_HZ)[0] for f, p in spectra])
    ratio = np.full(len(whole), math.nan)
    if rate >= DIMITROV_RATE:
        index = np.array([dimitrov(f, p[:, 0]) for f, p in spectra])
        ratio = index / np.median(index[:ENDS])
    lost = len(windows) - len(whole)
    flags = (f"{lost} of {len(windows)} seconds left out",) if lost else ()
    amplitude_line, median_line = line(times, level), line(times, median)
    scatter = level - amplitude_line.start - amplitude_line.slope * times
    varied = 100.0 * float(scatter.std() / level.mean())
    if varied > VARIED_PERCENT:
        flags = (*flags, f"the effort varied by {varied:.0f} %: no steady hold, take care")
    return Hold(
        times, level, median, ratio, amplitude_line, median_line,
        jasa(amplitude_line, median_line),
        _measures(
            channel, unit, amplitude_line, median_line, float(times[-1]), ratio, rate, condition,
            flags,
        ),
        varied,
    )  # fmt: skip


def _measures(
    channel: str,
    unit: str,
    amplitude: Line,
    median: Line,
    end_s: float,
    ratio: Floats,
    rate: float,
    condition: str,
    flags: tuple[str, ...],
) -> tuple[Measure, ...]:
    windows = "windows of 1 s"
    spectral = f"{windows}, Welch 0.5 s, {BAND_HZ[0]:g}–{BAND_HZ[1]:g} Hz; {condition}"
    told = f"95 % CI {median.low:.3g} to {median.high:.3g} Hz/s, R² {median.r2:.2f}; {spectral}"
    slow = () if rate >= DIMITROV_RATE else (f"not offered below {DIMITROV_RATE:g} Hz",)
    return (
        Measure(channel, "MDF slope", median.slope, "Hz/s", told, flags),
        Measure(channel, "MDF change", median.per_minute, "%/min", told, flags),
        Measure(channel, "MDF slope (Theil–Sen)", median.theil, "Hz/s", spectral, flags),
        Measure(channel, "MDF at the start", median.start, "Hz", spectral, flags),
        Measure(
            channel, "MDF at the end", median.start + median.slope * end_s, "Hz", spectral, flags
        ),
        Measure(
            channel, "RMS slope", amplitude.slope, f"{unit}/s", f"{windows}; {condition}", flags
        ),
        Measure(
            channel, "FInsm5 ratio", float(np.median(ratio[-ENDS:])), "1",
            f"Dimitrov, last {ENDS} to first {ENDS} windows, 8–500 Hz; {windows}; {condition}",
            flags + slow,
        ),
    )  # fmt: skip
