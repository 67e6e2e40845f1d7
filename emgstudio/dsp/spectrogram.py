"""Streaming spectrogram on an absolute grid of frames."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from emgstudio.core.types import Mask, Samples
from emgstudio.dsp.spectrum import density
from emgstudio.dsp.windows import sliding

Floats = NDArray[np.float64]

# Far below any noise, in V as in µV: keeps the dB of a flat line finite.
SMALLEST_DENSITY = 1e-30


class Spectrogram:
    """Densities of overlapping Hann windows, computed once per frame as samples arrive.

    Frame k covers samples ``k * hop`` to ``k * hop + length``, counted from
    the stream's first sample, wherever the reading began: pictures made at
    different moments agree. ``nfft`` is the power of two from twice the window up.
    """

    def __init__(
        self,
        rate: float,
        channels: int,
        *,
        window_s: float = 0.256,
        hop_s: float = 0.032,
        highest_hz: float = 500.0,
    ) -> None:
        self.rate = rate
        self.length = max(4, round(window_s * rate))
        self.hop = max(1, round(hop_s * rate))
        self.nfft = 1 << (2 * self.length - 1).bit_length()
        frequencies = np.fft.rfftfreq(self.nfft, 1.0 / rate).astype(np.float64)
        self.frequencies = frequencies[frequencies <= highest_hz]
        self._channels = channels
        self.restart(0)

    def restart(self, first: int) -> None:
        """The next sample given is sample ``first`` of the stream; the past is forgotten."""
        self.next_frame = -(-first // self.hop)
        self._position = first
        self._tail = np.empty((0, self._channels))

    def frame_time(self, frame: int) -> float:
        """Middle of a frame's window in seconds since the stream's first sample."""
        return (frame * self.hop + self.length / 2) / self.rate

    def process(self, x: Samples, valid: Mask | None = None) -> Floats:
        """Frames completed by the next samples ``x (n, channels)``, ``(k, frequencies, channels)``.

        In dB re 1 unit²/Hz; the first is number ``next_frame`` as it was
        before the call. A frame that touches a row not ``valid (n,)`` or not
        finite is NaN.
        """
        new = np.asarray(x, np.float64)
        missing = np.asarray(~np.isfinite(new).all(axis=1))
        if valid is not None:
            missing |= ~valid
        if missing.any():
            new = np.where(missing[:, None], np.nan, new)
        skip = max(0, self.next_frame * self.hop - self._position)
        buffer = np.concatenate([self._tail, new[min(skip, len(new)) :]])
        self._position += len(new)
        windows = sliding(buffer, self.length, self.hop)
        self.next_frame += len(windows)
        used = len(windows) * self.hop
        self._tail = buffer[used:].copy()
        power = density(windows, self.rate, self.nfft)[:, : len(self.frequencies)]
        return np.asarray(10.0 * np.log10(np.maximum(power, SMALLEST_DENSITY)))
