"""Peak to peak, RMS and mean of every channel between two cursors, from the samples themselves."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from emgstudio.gui.plots.amplitude import amount, signed
from emgstudio.gui.plots.feed import ENVELOPE_S, ROWS_AT_ONCE, Form, View


@dataclass(frozen=True, slots=True)
class Measured:
    """One channel between two cursors; NaN where no sample is left."""

    channel: int
    name: str
    unit: str
    peak_to_peak: float
    rms: float
    mean: float
    samples: int
    lost: int

    @property
    def text(self) -> str:
        """The same in two short lines."""
        if not self.samples:
            return "no samples"
        return f"p-p {amount(self.peak_to_peak, self.unit)}\nRMS {amount(self.rms, self.unit)}"


@dataclass(frozen=True, slots=True)
class Measurement:
    """What lies between ``start_s`` and ``stop_s`` of stream time; ``recipe`` says of what.

    ``complete`` is False when the ring no longer held all of the samples.
    """

    start_s: float
    stop_s: float
    rows: tuple[Measured, ...]
    recipe: str
    complete: bool

    @property
    def seconds(self) -> float:
        return self.stop_s - self.start_s

    def of(self, channel: int) -> Measured | None:
        """The row of one channel."""
        return next((row for row in self.rows if row.channel == channel), None)

    def text(self) -> str:
        """A table for the clipboard, tabs between columns."""
        lines = [
            f"{self.start_s:.4f} s to {self.stop_s:.4f} s, {self.seconds:.4f} s; {self.recipe}",
            "channel\tunit\tpeak-to-peak\tRMS\tmean\tsamples\tlost",
        ]
        lines += [
            f"{r.name}\t{r.unit}\t{r.peak_to_peak:.6g}\t{r.rms:.6g}\t{r.mean:.6g}"
            f"\t{r.samples}\t{r.lost}"
            for r in self.rows
        ]
        return "\n".join(lines)


def measure(
    form: Form, channels: Sequence[int], start: float, stop: float, note: str
) -> Measurement:
    """Measure ``channels`` from sample index ``start`` to ``stop``, either order, both included.

    ``note`` says what the signal went through before, e.g. "20–450 Hz".
    """
    low, high = sorted((round(start), round(stop)))
    info, rate = form.stream.info, form.stream.info.rate
    count, lost, known = np.zeros(len(channels)), 0, 0
    total, squares = np.zeros(len(channels)), np.zeros(len(channels))
    least, most = np.full(len(channels), np.inf), np.full(len(channels), -np.inf)
    form.begin()
    at = max(0, form.ring.tail, low - form.before)
    while at <= high:
        chunk = form.ring.read(at, min(at + ROWS_AT_ONCE, high + 1))
        if not len(chunk):
            break
        x = form.shown(chunk)[max(0, low - chunk.first) :, list(channels)].astype(np.float64)
        at = chunk.stop
        seen = np.isfinite(x)
        known += len(x)
        lost += int((~chunk.valid[max(0, low - chunk.first) :]).sum())
        count += seen.sum(axis=0)
        total += np.where(seen, x, 0.0).sum(axis=0)
        squares += np.where(seen, x * x, 0.0).sum(axis=0)
        if len(x):
            least = np.fmin(least, np.fmin.reduce(x, axis=0))
            most = np.fmax(most, np.fmax.reduce(x, axis=0))
    number = np.where(count > 0, count, np.nan)
    spread = np.where(count > 0, most - least, np.nan)
    rms, mean = np.sqrt(squares / number), total / number
    rows = tuple(
        Measured(
            c,
            info.channels[c].name,
            form.view.unit(info.channels[c].unit),
            float(spread[i]),
            float(rms[i]),
            float(mean[i]),
            int(count[i]),
            lost,
        )
        for i, c in enumerate(channels)
    )
    complete = known == high - low + 1
    return Measurement(low / rate, high / rate, rows, recipe(form.view, note, rate), complete)


def recipe(view: View, note: str, rate: float) -> str:
    """What was measured, in words that another person can repeat it from."""
    words = {
        View.RAW: "raw signal, offset included",
        View.CONDITIONED: f"conditioned signal ({note or 'as the filter was set'})",
        View.RECTIFIED: f"rectified conditioned signal ({note or 'as the filter was set'})",
        View.ENVELOPE: f"moving RMS, {ENVELOPE_S * 1000:g} ms, causal ({note or 'filtered'})",
        View.PERCENT: f"moving RMS, {ENVELOPE_S * 1000:g} ms, causal, in % of the reference",
    }
    return f"{words[view]}, {signed(rate)} Hz, every sample; RMS = root of the mean square"


def between(seconds: float) -> str:
    """The time between two cursors, and the frequency it would be a period of."""
    text = f"Δt {seconds * 1000:.1f} ms" if seconds < 1 else f"Δt {seconds:.3f} s"
    return f"{text} ({1 / seconds:.3g} Hz)" if seconds > 0 else text
