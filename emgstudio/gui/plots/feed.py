"""Pulls what is new out of a stream's rings and keeps the pixel columns of one view of it."""

from __future__ import annotations

from enum import StrEnum
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from emgstudio.core.ring import Chunk, Ring
from emgstudio.core.types import FloatSamples, Mask, Samples, StreamInfo
from emgstudio.dsp.columns import Columns
from emgstudio.dsp.envelope import MovingRms

ROWS_AT_ONCE = 8192
ENVELOPE_S = 0.1


class View(StrEnum):
    """Which form of the signal is shown."""

    RAW = "raw"
    CONDITIONED = "conditioned"
    ENVELOPE = "envelope"


class Streaming(Protocol):
    """The part of a device's stream that a picture needs."""

    @property
    def info(self) -> StreamInfo: ...
    @property
    def raw(self) -> Ring: ...
    @property
    def clean(self) -> Ring: ...


class TraceFeed:
    """Columns of one ``view`` of ``stream``: ``seconds`` of signal in ``width`` columns.

    With ``until`` nothing from that sample index on is taken: a frozen picture.
    ``samples_read`` counts rows taken from the ring the view is made of.
    """

    def __init__(
        self,
        stream: Streaming,
        view: View,
        seconds: float,
        width: int,
        until: int | None = None,
    ) -> None:
        self.stream = stream
        self.view = view
        self.seconds = seconds
        self.until = until
        info = stream.info
        self.columns = Columns(width, info.n_channels, info.rate * seconds / width)
        self.samples_read = 0
        self._ring = stream.raw if view is View.RAW else stream.clean
        self._rails = _rails(info, stream.raw.dtype)
        self._reader = self._ring.reader()
        self._restart()

    @property
    def rate(self) -> float:
        return self.stream.info.rate

    @property
    def per_column(self) -> float:
        return self.columns.per_column

    def pull(self) -> tuple[int, int]:
        """Take what is new; the columns ``[start, stop)`` that became complete.

        Whoever comes later than a whole window gets the newest window only.
        """
        if self._stop() - self._reader.position > self.seconds * self.rate:
            self._restart()
        start = self.columns.head
        while (new := self._stop() - self._reader.position) > 0:
            chunk = self._reader.take(min(ROWS_AT_ONCE, new))
            if not len(chunk):
                break
            self.samples_read += len(chunk)
            self.columns.feed(chunk.first, self._shown(chunk), self._clipped(chunk))
        return max(start, self.columns.oldest), self.columns.head

    def _stop(self) -> int:
        head = self._ring.head
        return head if self.until is None else min(head, self.until)

    def _restart(self) -> None:
        wanted = self._stop() - int(self.seconds * self.rate)
        at = max(0, self._ring.tail, wanted)
        self._reader = self._ring.reader(at)
        self.columns.restart(at)
        self._envelope = MovingRms(ENVELOPE_S, self.rate, self.columns.channels)

    def _shown(self, chunk: Chunk) -> FloatSamples:
        if self.view is View.RAW:
            return self.stream.info.to_physical(chunk.data, chunk.valid)
        x: FloatSamples = chunk.data
        if self.view is View.ENVELOPE:
            x = self._envelope.process(x, chunk.valid).astype(np.float32)
        if not chunk.valid.all():
            x[~chunk.valid] = np.nan
        return x

    def _clipped(self, chunk: Chunk) -> Mask | None:
        """Samples at the converter's rails, whatever the view shows of them."""
        if self._rails is None:
            return None
        low, high = self._rails
        if self._ring is self.stream.raw:
            raw, valid = chunk.data, chunk.valid
        else:
            same = self.stream.raw.read(chunk.first, chunk.stop)
            if len(same) != len(chunk):
                return None
            raw, valid = same.data, same.valid
        if raw.max() < high.min() and raw.min() > low.max():
            return None
        clipped: Mask = ((raw <= low) | (raw >= high)) & valid[:, None]
        return clipped


def _rails(info: StreamInfo, dtype: np.dtype[Any]) -> tuple[NDArray[Any], NDArray[Any]] | None:
    """Lowest and highest raw numbers per channel, None where no channel says any."""
    if all(channel.rails is None for channel in info.channels):
        return None
    widest = _widest(dtype)
    rails: Samples = np.array([c.rails or widest for c in info.channels], float).T
    if np.issubdtype(dtype, np.integer):
        # Comparing whole numbers with whole numbers is several times cheaper.
        rails = np.clip(rails, *widest).astype(dtype)
    return rails[0], rails[1]


def _widest(dtype: np.dtype[Any]) -> tuple[float, float]:
    if np.issubdtype(dtype, np.integer):
        limits = np.iinfo(dtype)
        return float(limits.min), float(limits.max)
    return -np.inf, np.inf
