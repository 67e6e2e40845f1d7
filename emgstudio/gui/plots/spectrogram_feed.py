"""Pulls what is new out of a stream's clean ring and keeps the frames of its spectrogram."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from emgstudio.core.ring import Chunk
from emgstudio.dsp.spectrogram import Spectrogram
from emgstudio.gui.plots.feed import ROWS_AT_ONCE, Streaming

Powers = NDArray[np.float32]

HIGHEST_HZ = 500.0
MORE_THAN_THE_WINDOW = 3
WELL_RESOLVED = 2
# How far one can look back: as far as the traces, within so much memory, never less than the ring.
KEPT_S = 300.0
KEPT_BYTES = 16e6


class SpectrogramFeed:
    """Densities of chosen ``channels`` in unit²/Hz, computed once per frame.

    Frames are kept for a while, at least as long as the ring keeps their samples,
    so that one can look back without a transform. ``computed`` counts them.
    """

    def __init__(self, stream: Streaming, channels: tuple[int, ...], seconds: float) -> None:
        self.stream = stream
        self.channels = channels
        self._columns = np.array(channels)
        self.seconds = seconds
        self.computed = 0
        self.frames = self._new()
        lines = len(self.frames.frequencies)
        affordable = KEPT_BYTES / (4 * len(channels) * lines) * self.hop / self.rate
        kept_s = max(seconds, stream.clean.capacity / self.rate, min(KEPT_S, affordable))
        count = int(kept_s * self.rate / self.hop) + MORE_THAN_THE_WINDOW
        self._expected = 0
        self._powers: Powers = np.empty((count, len(channels), lines), np.float32)
        self._restart(stream.clean.head)

    @property
    def rate(self) -> float:
        return self.stream.info.rate

    @property
    def hop(self) -> int:
        return self.frames.hop

    @property
    def length(self) -> int:
        return self.frames.length

    @property
    def empty(self) -> bool:
        """Whether there is no frame yet since the reading began."""
        return self.next_frame <= self._first

    @property
    def next_frame(self) -> int:
        """The first frame that is not there yet."""
        return self.frames.next_frame

    @property
    def waiting(self) -> int:
        """How many samples there are that have not been looked at."""
        return self.stream.clean.head - self._reader.position

    def pull(self) -> bool:
        """Transform what is new; False when so much was missed that the past was dropped."""
        ring = self.stream.clean
        late = ring.head - self._reader.position > self.seconds * self.rate
        if late:
            self._restart(ring.head)
        while (new := ring.head - self._reader.position) > 0:
            chunk = self._reader.take(min(ROWS_AT_ONCE, new))
            if not len(chunk):
                break
            if chunk.first != self._expected:
                self.frames.restart(chunk.first)
                self._first = self.frames.next_frame
            self._expected = chunk.stop
            self._keep(self.frames, chunk)
        return not late

    def reach_back(self, sample: int) -> None:
        """Transform frames from about ``sample`` on that were not computed in their time.

        Nothing happens where the ring no longer holds their samples.
        """
        ring = self.stream.clean
        hop, first = self.hop, self._first
        oldest = max(sample, ring.tail, 0, (self.next_frame - len(self._powers)) * hop)
        wanted = -(-oldest // hop)
        if wanted >= first:
            return
        past, stop = self._new(), (first - 1) * hop + self.length
        for at in range(wanted * hop, stop, ROWS_AT_ONCE):
            chunk = ring.read(at, min(at + ROWS_AT_ONCE, stop))
            if at == wanted * hop or chunk.first != at:
                # The writer may have overtaken the oldest samples meanwhile.
                past.restart(chunk.first)
                self._first = past.next_frame
            self._keep(past, chunk)

    def powers(self, start: int, stop: int) -> Powers:
        """Frames ``[start, stop)`` as ``(k, channels, lines)``, not to be changed; NaN for none."""
        newest, count = self.next_frame, len(self._powers)
        oldest = max(self._first, newest - count)
        at = start % count
        if oldest <= start and stop <= newest and at + stop - start <= count:
            return self._powers[at : at + stop - start]
        number = np.arange(start, stop)
        found: Powers = self._powers[number % count]
        here = (number >= oldest) & (number < newest)
        if not here.all():
            found[~here] = np.nan
        return found

    def _new(self) -> Spectrogram:
        # Lanes of many channels have fewer rows than even unpadded windows have lines.
        padding = 2 if len(self.channels) <= WELL_RESOLVED else 1
        return Spectrogram(self.rate, len(self.channels), highest_hz=HIGHEST_HZ, padding=padding)

    def _restart(self, head: int) -> None:
        ring = self.stream.clean
        at = max(0, ring.tail, head - int(self.seconds * self.rate) - self.length)
        self._reader = ring.reader(at)
        self._expected = at
        self.frames.restart(at)
        self._first = self.frames.next_frame

    def _keep(self, frames: Spectrogram, chunk: Chunk) -> None:
        began = frames.next_frame
        new = frames.densities(chunk.data.take(self._columns, axis=1), chunk.valid)
        self.computed += len(new)
        count = len(self._powers)
        kept = new[-count:]
        at = (began + len(new) - len(kept)) % count
        until_end = min(len(kept), count - at)
        self._powers[at : at + until_end] = kept[:until_end]
        self._powers[: len(kept) - until_end] = kept[until_end:]
