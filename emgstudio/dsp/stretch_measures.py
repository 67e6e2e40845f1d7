"""What is measured over a selected stretch: each value with its unit, its recipe and its doubts."""

from __future__ import annotations

import csv
import io
import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from emgstudio.core.errors import EmgError
from emgstudio.core.types import FloatSamples, StreamInfo
from emgstudio.dsp.analyses.unit_shape import LOWEST_RATE, unit_shape
from emgstudio.dsp.measure import Measure
from emgstudio.dsp.onset import (
    Interval,
    WhitenedDoubleThreshold,
    quietest,
    signal_to_noise_db,
)
from emgstudio.dsp.spectrum import spectrum

Floats = NDArray[np.float64]

LONGEST_S = 60.0
# Onsets need rest: it is looked for so far on either side of the stretch.
AROUND_S = 5.0
REST_S = 1.0
LEAST_SPECTRUM_S = 1.0
UNSURE_BELOW_DB = 10.0
MICROVOLTS = {"µV": 1.0, "mV": 1e3, "V": 1e6}
NAMES = ("duration", "RMS", "ARV", "peak", "peak-to-peak", "MDF", "MNF", "onset", "offset")
ABOUT = {
    "duration": "of the selection",
    "RMS": "root mean square about the mean",
    "ARV": "average rectified value about the mean (MAV)",
    "peak": "largest distance from the mean",
    "peak-to-peak": "largest minus smallest",
}


@dataclass(frozen=True, slots=True)
class StretchMeasures:
    """All measures of samples from ``start_s`` to ``stop_s`` of recording time."""

    start_s: float
    stop_s: float
    rows: tuple[Measure, ...]

    def of(self, channel: str, name: str) -> Measure:
        """The measure of a channel by its name. KeyError if there is none."""
        for row in self.rows:
            if (row.channel, row.name) == (channel, name):
                return row
        raise KeyError((channel, name))

    def flags(self, channel: str) -> tuple[str, ...]:
        """Each doubt about a channel once."""
        found = [f for row in self.rows if row.channel == channel for f in row.flags]
        return tuple(dict.fromkeys(found))

    def table(self, delimiter: str = "\t") -> str:
        """A row per value, with a head; numbers with a decimal point."""
        out = io.StringIO()
        rows = csv.writer(out, delimiter=delimiter, lineterminator="\n")
        rows.writerow(
            ["channel", "measure", "value", "unit", "start_s", "stop_s", "recipe", "flags"]
        )
        for row in self.rows:
            value = "" if math.isnan(row.value) else f"{row.value:.6g}"
            if row.name in ("onset", "offset") and value:
                value = f"{row.value:.4f}"
            span = (f"{self.start_s:.6f}", f"{self.stop_s:.6f}")
            flags = "; ".join(row.flags)
            rows.writerow([row.channel, row.name, value, row.unit, *span, row.recipe, flags])
        return out.getvalue()


def stretch_measures(
    info: StreamInfo,
    read: Callable[[int, int], FloatSamples],
    filtered: Callable[[int, int], FloatSamples],
    span: tuple[int, int],
    *,
    time_of: Callable[[float], float],
    recipe: str,
    filtered_recipe: str,
    clipped: Sequence[int] = (),
) -> StretchMeasures:
    """Measure samples ``span`` of every channel of ``info``.

    ``read`` gives what amplitude and spectrum are taken of, ``filtered`` what onsets are
    found in, both ``(n, channels)`` in channel units, NaN where lost, cut at the ends
    of the recording. ``clipped`` counts samples at the converter's ends per channel.
    EmgError for an empty stretch and one beyond a minute.
    """
    start, stop = span
    seconds = (stop - start) / info.rate
    if stop <= start:
        raise EmgError("Nothing is selected.", "Drag over the signals first.")
    if seconds > LONGEST_S:
        raise EmgError(f"{seconds:.1f} s. Measures are for up to {LONGEST_S:g} s.")
    x = read(start, stop).astype(np.float64)
    begin = max(0, start - round(AROUND_S * info.rate))
    around = filtered(begin, stop + round(AROUND_S * info.rate)).astype(np.float64)
    times = (time_of(start), time_of(stop))
    rows: list[Measure] = []
    for k, channel in enumerate(info.channels):
        doubts = _doubts(x[:, k], clipped[k] if k < len(clipped) else 0)
        rows.append(_row(channel.name, "duration", seconds, "s", ABOUT["duration"], ()))
        rows += _amplitudes(channel.name, channel.unit, x[:, k], recipe, doubts)
        rows += _frequencies(channel.name, x[:, k], info.rate, recipe, doubts)
        inside = Interval(start - begin, stop - begin)
        if info.rate >= LOWEST_RATE and channel.unit in MICROVOLTS:
            rows += unit_shape(channel.name, MICROVOLTS[channel.unit] * x[:, k], info.rate, recipe)
        rows += _activity(
            channel.name, around[:, k], info.rate, inside, begin, time_of, filtered_recipe
        )
    return StretchMeasures(*times, tuple(rows))


def _row(
    channel: str, name: str, value: float, unit: str, recipe: str, flags: Sequence[str]
) -> Measure:
    return Measure(channel, name, float(value), unit, recipe, tuple(flags))


def _doubts(x: Floats, clipped: int) -> list[str]:
    lost = int(np.isnan(x).sum())
    flags = [f"{lost} samples lost"] if lost else []
    return [*flags, f"{clipped} samples clipped"] if clipped else flags


def _amplitudes(
    channel: str, unit: str, x: Floats, recipe: str, flags: Sequence[str]
) -> list[Measure]:
    there = x[~np.isnan(x)]
    centred = there - there.mean() if len(there) else there
    values = (
        (
            float(np.sqrt(np.mean(np.square(centred)))),
            float(np.abs(centred).mean()),
            float(np.abs(centred).max()),
            float(np.ptp(there)),
        )
        if len(there)
        else (math.nan,) * 4
    )
    return [
        _row(channel, name, value, unit, f"{ABOUT[name]}; {recipe}", flags)
        for name, value in zip(NAMES[1:5], values, strict=True)
    ]


def _frequencies(
    channel: str, x: Floats, rate: float, recipe: str, doubts: Sequence[str]
) -> list[Measure]:
    flags = list(doubts)
    if len(x) < LEAST_SPECTRUM_S * rate:
        flags.append(f"shorter than {LEAST_SPECTRUM_S:g} s")
    median = mean = math.nan
    how = f"Welch, Hann windows of up to 1 s, 20–450 Hz; {recipe}"
    if len(x) >= 2:
        found = spectrum(x[:, None], rate)
        median, mean = float(found.median_hz[0]), float(found.mean_hz[0])
        if found.reason:
            flags.append(found.reason)
    return [
        _row(channel, "MDF", median, "Hz", f"median frequency: {how}", flags),
        _row(channel, "MNF", mean, "Hz", f"mean frequency: {how}", flags),
    ]


def _activity(
    channel: str,
    x: Floats,
    rate: float,
    inside: Interval,
    begin: int,
    time_of: Callable[[float], float],
    recipe: str,
) -> list[Measure]:
    """Onset of the first and offset of the last activity within the stretch."""
    detector = WhitenedDoubleThreshold()
    how = f"{detector.recipe}, rest: quietest {REST_S:g} s within {AROUND_S:g} s; {recipe}"
    flags: list[str] = []
    onset = offset = math.nan
    try:
        rest = quietest(x, rate, REST_S)
        active = detector.detect(np.nan_to_num(x), rate, rest)
        here = [a for a in active if a.start < inside.stop and a.stop > inside.start]
        if here:
            first, last = here[0], here[-1]
            snr = signal_to_noise_db(np.nan_to_num(x), rest, here)
            if snr < UNSURE_BELOW_DB:
                flags.append(f"look at it: {snr:.0f} dB over rest")
            if first.start < inside.start:
                flags.append("active before the selection")
            else:
                onset = time_of(begin + first.start)
            if last.stop > inside.stop:
                flags.append("active after the selection")
            else:
                offset = time_of(begin + last.stop)
        else:
            flags.append("no activity found")
    except EmgError as error:
        flags.append(error.message)
    return [
        _row(channel, "onset", onset, "s", f"first activity: {how}", flags),
        _row(channel, "offset", offset, "s", f"end of the last activity: {how}", flags),
    ]
