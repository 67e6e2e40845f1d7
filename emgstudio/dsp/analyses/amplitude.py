"""Amplitude of a stretch: RMS, ARV, iEMG, peak of the smoothed signal, and %MVC."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from emgstudio.dsp.envelope import moving_rms
from emgstudio.dsp.measure import Measure

Floats = NDArray[np.float64]


def rms(x: Floats) -> float:
    """Root mean square of ``x (n,)`` in its unit; NaN rows are left out, NaN without any."""
    there = x[np.isfinite(x)]
    return float(np.sqrt(np.mean(np.square(there)))) if len(there) else math.nan


def arv(x: Floats) -> float:
    """Average rectified value of ``x (n,)`` in its unit; NaN rows are left out.

    It falls with the sampling rate (Afsharipour et al. 2015), so RMS is to be preferred.
    """
    there = x[np.isfinite(x)]
    return float(np.mean(np.abs(there))) if len(there) else math.nan


def iemg(x: Floats, rate: float) -> float:
    """Integrated EMG of ``x (n,)`` at ``rate`` Hz, in its unit times seconds; NaN rows count 0."""
    return float(np.nansum(np.abs(x)) / rate)


def amplitudes(
    channel: str, unit: str, x: Floats, rate: float, condition: str, *, window_s: float
) -> tuple[Measure, ...]:
    """RMS, ARV, iEMG and peak of the conditioned ``x (n,)``.

    The peak is that of the centred moving RMS over ``window_s``, never of the raw signal.
    ``condition`` says the filter, for the recipe.
    """
    lost = int((~np.isfinite(x)).sum())
    flags = (f"{lost} samples lost",) if lost else ()
    smooth = moving_rms(x[:, None], rate, window_s, centred=True)
    peak = float(np.nanmax(smooth)) if np.isfinite(smooth).any() else math.nan
    rows = (
        ("RMS", rms(x), unit, "root mean square"),
        ("ARV", arv(x), unit, "average rectified value"),
        ("iEMG", iemg(x, rate), f"{unit}·s", "integral of the rectified signal"),
        ("peak", peak, unit, f"largest moving RMS over {window_s * 1000:g} ms"),
    )
    return tuple(Measure(channel, n, v, u, f"{how}; {condition}", flags) for n, v, u, how in rows)
