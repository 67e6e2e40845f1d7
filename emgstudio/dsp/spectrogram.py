"""Streaming spectrogram on an absolute grid of frames."""

from __future__ import annotations

from math import isfinite
from typing import Any

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

from emgstudio.core.types import Mask, Samples
from emgstudio.dsp.spectrum import hann

Floats = NDArray[np.float64]

# Far below any noise, in V as in µV: keeps the dB of a flat line finite.
SMALLEST_DENSITY = 1e-30
WINDOW_S = 0.256
HOP_S = 0.032


class Spectrogram:
    """Densities of overlapping Hann windows, computed once per frame as samples arrive.

    Frame k covers samples ``k * hop`` to ``k * hop + length``, counted from
    the stream's first sample, wherever the reading began: pictures made at
    different moments agree. Windows are filled up with zeros to ``nfft``, the power
    of two from ``padding`` times their length up: finer lines, no finer resolution.
    """

    def __init__(
        self,
        rate: float,
        channels: int,
        *,
        window_s: float = WINDOW_S,
        hop_s: float = HOP_S,
        highest_hz: float = 500.0,
        padding: int = 2,
    ) -> None:
        self.rate = rate
        self.length = max(4, round(window_s * rate))
        self.hop = max(1, round(hop_s * rate))
        self.nfft = 1 << (padding * self.length - 1).bit_length()
        frequencies = np.fft.rfftfreq(self.nfft, 1.0 / rate).astype(np.float64)
        self.frequencies = frequencies[frequencies <= highest_hz]
        taper = hann(self.length)
        self._taper = taper * np.sqrt(2.0 / (rate * np.sum(taper**2)))
        # Zero and half the rate have no twin at a negative frequency.
        lonely = (self.frequencies == 0) | (self.frequencies >= rate / 2)
        self._lonely = np.flatnonzero(lonely)
        self._channels = channels
        self.restart(0)

    def restart(self, first: int) -> None:
        """The next sample given is sample ``first`` of the stream; the past is forgotten."""
        self.next_frame = -(-first // self.hop)
        self._position = first
        # Channels first: each transform then reads one piece of memory (a third faster).
        self._tail = np.empty((self._channels, 0))

    def frame_time(self, frame: int) -> float:
        """Middle of a frame's window in seconds since the stream's first sample."""
        return (frame * self.hop + self.length / 2) / self.rate

    def process(self, x: Samples, valid: Mask | None = None) -> Floats:
        """Frames completed by the next samples ``x (n, channels)``, ``(k, frequencies, channels)``.

        In dB re 1 unit²/Hz; the first is number ``next_frame`` as it was
        before the call. A frame that touches a row not ``valid (n,)`` or not
        finite is NaN.
        """
        levels: Floats = decibels(self.densities(x, valid))
        return levels.transpose(0, 2, 1)

    def densities(self, x: Samples, valid: Mask | None = None) -> Floats:
        """The same frames in unit²/Hz, ``(k, channels, frequencies)``, never zero."""
        new = np.asarray(x, np.float64)
        # A sum is the cheapest sight of a NaN, and mostly there is none.
        if not isfinite(float(new.sum())) or not (valid is None or valid.all()):
            missing = np.asarray(~np.isfinite(new).all(axis=1))
            if valid is not None:
                missing |= ~valid
            new = np.where(missing[:, None], np.nan, new)
        skip = max(0, self.next_frame * self.hop - self._position)
        buffer = np.concatenate([self._tail, new[min(skip, len(new)) :].T], axis=1)
        self._position += len(new)
        count = max(0, (buffer.shape[1] - self.length) // self.hop + 1)
        self.next_frame += count
        self._tail = buffer[:, count * self.hop :].copy()
        return self._transformed(buffer, count)

    def _transformed(self, buffer: Floats, count: int) -> Floats:
        """Densities of the first ``count`` windows of ``buffer (channels, n)``."""
        if count == 0:
            return np.empty((0, self._channels, len(self.frequencies)))
        if count == 1:
            # The usual case of a live picture; making a view costs a fifth of the transform.
            windows = buffer[None, :, : self.length]
        else:
            every = sliding_window_view(buffer, self.length, axis=1)[:, :: self.hop]
            windows = every[:, :count].transpose(1, 0, 2)
        tapered = windows - np.add.reduce(windows, axis=2, keepdims=True) / self.length
        tapered *= self._taper
        spectra = np.fft.rfft(tapered, self.nfft, axis=2)[:, :, : len(self.frequencies)]
        power: Floats = np.square(spectra.real)
        power += np.square(spectra.imag)
        power[:, :, self._lonely] /= 2.0
        power += SMALLEST_DENSITY
        return power


def decibels(density: NDArray[Any]) -> NDArray[Any]:
    """Densities of a :class:`Spectrogram` in unit²/Hz as dB re 1 unit²/Hz."""
    return np.asarray(10.0 * np.log10(density))
