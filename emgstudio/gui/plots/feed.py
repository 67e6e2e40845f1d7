"""Pulls what is new out of a stream's rings and keeps the pixel columns of one view of it."""

from __future__ import annotations

from enum import StrEnum
from math import ceil
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from emgstudio.core.ring import Chunk, Ring
from emgstudio.core.types import FloatSamples, Mask, Samples, StreamInfo
from emgstudio.dsp.columns import Columns, Span
from emgstudio.dsp.envelope import MovingRms

ROWS_AT_ONCE = 8192
ENVELOPE_S = 0.1


class View(StrEnum):
    """Which form of the signal is shown."""

    RAW = "raw"
    CONDITIONED = "conditioned"
    ENVELOPE = "envelope"
    RECTIFIED = "rectified"
    PERCENT = "percent"

    @property
    def from_zero(self) -> bool:
        """Never negative: drawn from the lane's floor upwards."""
        return self in (View.RECTIFIED, View.ENVELOPE, View.PERCENT)

    @property
    def label(self) -> str:
        """The view in words."""
        return "%MVC" if self is View.PERCENT else self.value

    @property
    def smoothed(self) -> bool:
        """A moving RMS over ``ENVELOPE_S``."""
        return self in (View.ENVELOPE, View.PERCENT)

    def unit(self, unit: str) -> str:
        """The unit of what is shown of a channel in ``unit``."""
        return "%" if self is View.PERCENT else unit


class Streaming(Protocol):
    """The part of a device's stream that a picture needs."""

    @property
    def info(self) -> StreamInfo: ...
    @property
    def raw(self) -> Ring: ...
    @property
    def clean(self) -> Ring: ...


class Form:
    """Turns rows of a stream's rings into what a view shows, chunk after chunk.

    ``references (channels,)`` are what 100 % is, per channel, for ``View.PERCENT``.
    """

    def __init__(
        self, stream: Streaming, view: View, references: NDArray[np.floating] | None = None
    ) -> None:
        self.stream = stream
        self.view = view
        self.ring = stream.raw if view is View.RAW else stream.clean
        self._rails = _rails(stream.info, stream.raw.dtype)
        # Between these no channel is at its rails.
        self._inside = (-np.inf, np.inf)
        if self._rails is not None:
            self._inside = float(self._rails[0].max()), float(self._rails[1].min())
        channels = stream.info.n_channels
        self._per_cent = np.full(channels, np.nan, np.float32)
        if references is not None:
            known = np.asarray(references, float) > 0
            self._per_cent[known] = 100.0 / np.asarray(references, float)[known]
        self.begin()

    def begin(self) -> None:
        """The next rows do not follow those before."""
        rate, channels = self.stream.info.rate, self.stream.info.n_channels
        self._envelope = MovingRms(ENVELOPE_S, rate, channels)

    @property
    def before(self) -> int:
        """How many rows ahead of those wanted the view needs for them to be right."""
        return self._envelope.length if self.view.smoothed else 0

    def shown(self, chunk: Chunk) -> FloatSamples:
        """Physical values ``(n, channels)``, NaN where lost."""
        if self.view is View.RAW:
            return self.stream.info.to_physical(chunk.data, chunk.valid)
        x: FloatSamples = chunk.data
        if self.view.smoothed:
            x = self._envelope.process(x, chunk.valid).astype(np.float32)
            if self.view is View.PERCENT:
                x *= self._per_cent
        elif self.view is View.RECTIFIED:
            x = np.abs(x)
        if not chunk.valid.all():
            x[~chunk.valid] = np.nan
        return x

    def clipped(self, chunk: Chunk) -> Mask | None:
        """Samples at the converter's rails, whatever the view shows of them."""
        if self._rails is None:
            return None
        low, high = self._rails
        if self.ring is self.stream.raw:
            raw, valid = chunk.data, chunk.valid
        else:
            same = self.stream.raw.read(chunk.first, chunk.stop)
            if len(same) != len(chunk):
                return None
            raw, valid = same.data, same.valid
        least, most = self._inside
        if np.maximum.reduce(raw, axis=None) < most and np.minimum.reduce(raw, axis=None) > least:
            return None
        clipped: Mask = ((raw <= low) | (raw >= high)) & valid[:, None]
        return clipped


class TraceFeed:
    """Columns of one ``form`` of a stream: ``seconds`` of signal in ``width`` columns.

    With ``until`` nothing from that sample index on is taken: a frozen picture.
    ``samples_read`` counts rows taken from the ring the view is made of.
    """

    def __init__(self, form: Form, seconds: float, width: int, until: int | None = None) -> None:
        self.form = form
        self.seconds = seconds
        self.until = until
        info = form.stream.info
        self.columns = Columns(width, info.n_channels, info.rate * seconds / width)
        self.samples_read = 0
        self._restart()

    @property
    def rate(self) -> float:
        return self.form.stream.info.rate

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
            self.columns.feed(chunk.first, self.form.shown(chunk), self.form.clipped(chunk))
        return max(start, self.columns.oldest), self.columns.head

    def _stop(self) -> int:
        head = self.form.ring.head
        return head if self.until is None else min(head, self.until)

    def _restart(self) -> None:
        ring = self.form.ring
        wanted = self._stop() - int(self.seconds * self.rate)
        at = max(0, ring.tail, wanted)
        self._reader = ring.reader(at)
        self.columns.restart(at)
        self.form.begin()


def stretch(form: Form, start: int, stop: int, per_column: float) -> Span:
    """Columns ``[start, stop)`` straight from the samples that the ring still holds.

    Fewer at the front when the ring has lost them, at the end when they are not yet there.
    """
    form.begin()
    info, ring = form.stream.info, form.ring
    room = stop - start + ceil(2 / per_column) + 4
    columns = Columns(room, info.n_channels, per_column)
    # One sample ahead of the first column: where its left edge lies is interpolated.
    at = max(0, ring.tail, int(start * per_column) - 1 - form.before)
    columns.restart(at)
    end = min(ring.head, ceil(stop * per_column) + 1)
    while at < end:
        chunk = ring.read(at, min(at + ROWS_AT_ONCE, end))
        if not len(chunk):
            break
        columns.feed(chunk.first, form.shown(chunk), form.clipped(chunk))
        at = chunk.stop
    return columns.span(max(start, ceil(columns.began_at / per_column)), stop)


def _rails(info: StreamInfo, dtype: np.dtype[Any]) -> tuple[NDArray[Any], NDArray[Any]] | None:
    """Lowest and highest raw numbers per channel, None where nobody can say any.

    Who does not say is taken to clip where 16-bit numbers end.
    """
    if dtype != np.int16 and all(channel.rails is None for channel in info.channels):
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
