"""What of a recorded signal is looked at or measured; the recording itself stays as it is."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, replace
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

from emgstudio.core.types import ConditionSpec, FloatSamples
from emgstudio.dsp.conditioner import badge
from emgstudio.dsp.envelope import moving_rms
from emgstudio.dsp.hum_removal import BLOCK_S, MARGIN_S, remove_hum
from emgstudio.dsp.recorded import conditioned, settle_s

Floats = NDArray[np.float64]

ENVELOPE_S = 0.1
BLOCKS_KEPT = 6


class Shown(StrEnum):
    """The last step of a view."""

    RAW = "raw"
    CONDITIONED = "conditioned"
    RECTIFIED = "rectified"
    ENVELOPE = "envelope"


@dataclass(frozen=True, slots=True)
class SignalView:
    """``heartbeat_out`` and ``hum_out`` are taken out before filtering, of all but raw."""

    shown: Shown = Shown.RAW
    heartbeat_out: bool = False
    hum_out: bool = False

    def applied(self, spec: ConditionSpec) -> ConditionSpec:
        """``spec`` with what this view changes; hum that is taken out needs no notch."""
        notch = None if self.hum_out else spec.notch_hz
        return replace(spec, ecg=spec.ecg or self.heartbeat_out, notch_hz=notch)

    def recipe(self, spec: ConditionSpec, rate: float) -> str:
        """What is done, in words, at ``rate`` Hz."""
        if self.shown is Shown.RAW:
            return "raw"
        hum = [f"hum taken out in blocks of {BLOCK_S:g} s"] if self.hum_out else []
        last = {Shown.RECTIFIED: ["rectified"], Shown.ENVELOPE: [f"moving RMS {ENVELOPE_S:g} s"]}
        return ", ".join([*hum, badge(self.applied(spec), rate), *last.get(self.shown, [])])

    def before_rectifying(self) -> SignalView:
        """The same with its sign, as amplitude and frequency are measured."""
        signed = self.shown in (Shown.RECTIFIED, Shown.ENVELOPE)
        return replace(self, shown=Shown.CONDITIONED) if signed else self


class RecordedView:
    """Stretches of a recorded stream as ``view`` shows them.

    ``read(start, stop)`` gives samples ``(n, channels)`` in channel units, NaN where
    lost, of a stream of ``samples`` at ``rate`` Hz. A stretch looks the same whatever
    was asked for before, up to how filters settle.
    """

    def __init__(
        self,
        read: Callable[[int, int], FloatSamples],
        samples: int,
        rate: float,
        spec: ConditionSpec,
        view: SignalView,
    ) -> None:
        self._read = read
        self._samples = samples
        self._rate = rate
        self._view = view
        self._spec = view.applied(spec)
        self._without_hum: OrderedDict[int, FloatSamples] = OrderedDict()

    def stretch(self, start: int, stop: int) -> FloatSamples:
        """Samples ``[start, stop)``, cut at the ends of the recording."""
        start, stop = max(0, start), min(stop, self._samples)
        if self._view.shown is Shown.RAW or stop <= start:
            return self._read(start, stop)
        reach = round(ENVELOPE_S * self._rate) if self._view.shown is Shown.ENVELOPE else 0
        begin = max(0, start - reach - round(settle_s(self._spec, self._rate) * self._rate))
        end = min(self._samples, stop + reach)
        x = self._hum_out(begin, end) if self._view.hum_out else self._read(begin, end)
        valid = ~np.asarray(np.isnan(x).any(axis=1))
        out = conditioned(x, valid, self._spec, self._rate)
        if self._view.shown is Shown.RECTIFIED:
            out = np.abs(out)
        elif self._view.shown is Shown.ENVELOPE:
            rms = moving_rms(out, self._rate, ENVELOPE_S, centred=True).astype(np.float32)
            rms[~valid] = np.nan
            out = rms
        return out[start - begin : stop - begin]

    def _hum_out(self, start: int, stop: int) -> FloatSamples:
        """From whole blocks on a grid of their own, so that panning changes nothing."""
        length = round(BLOCK_S * self._rate)
        last = max(0, self._samples // length - 1)
        first_block = min(start // length, last)
        parts = [self._block(k, last, length) for k in range(first_block, self._last(stop, length))]
        whole = parts[0] if len(parts) == 1 else np.concatenate(parts)
        at = first_block * length
        return whole[start - at : stop - at]

    def _last(self, stop: int, length: int) -> int:
        return max(1, min(-(-stop // length), self._samples // length))

    def _block(self, k: int, last: int, length: int) -> FloatSamples:
        if k not in self._without_hum:
            # The end, shorter than a block, belongs to the block before it.
            start, stop = k * length, self._samples if k == last else (k + 1) * length
            # With what lies beside a block its ends are as clean as its middle.
            margin = round(MARGIN_S * self._rate)
            begin, end = max(0, start - margin), min(self._samples, stop + margin)
            x = self._read(begin, end)
            missing = np.isnan(x)
            clean = remove_hum(_bridged(x, missing), self._rate).samples.astype(np.float32)
            clean[missing] = np.nan
            self._without_hum[k] = clean[start - begin : stop - begin]
            while len(self._without_hum) > BLOCKS_KEPT:
                self._without_hum.popitem(last=False)
        self._without_hum.move_to_end(k)
        return self._without_hum[k]


def _bridged(x: FloatSamples, missing: NDArray[np.bool_]) -> Floats:
    """``x`` with straight lines where samples are missing; zeros where all are."""
    out = x.astype(np.float64)
    n = np.arange(len(x))
    for k in np.flatnonzero(missing.any(axis=0)):
        there = ~missing[:, k]
        known = n[there], out[there, k]
        out[:, k] = np.interp(n, *known) if there.any() else 0.0
    return out
