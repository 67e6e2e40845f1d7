"""Minima and maxima of blocks of samples in a sidecar file, so that any zoom draws at once."""

from __future__ import annotations

import os
import struct
import zlib
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, BinaryIO, Protocol

import numpy as np
from numpy.typing import NDArray

from emgstudio.core.errors import EmgError
from emgstudio.core.types import Mask, Samples
from emgstudio.storage.format import PYRAMID_SUFFIX, disk_type
from emgstudio.storage.index import Index

FACTORS = (16, 128, 1024, 8192, 65536)
MAGIC = b"EMGPYRA1"
_HEADER = struct.Struct("<8s16sQQI")
HEADER_BYTES = _HEADER.size
CHUNK = FACTORS[-1]

Raw = Callable[[int, int], tuple[Samples, Mask]]


class Reports(Protocol):
    """What long work tells about itself (core.tasks.Progress); raises Cancelled to end it."""

    def report(self, fraction: float, text: str = "") -> None: ...


class Pyramid:
    """A sidecar that fits its recording; made by :func:`build_pyramid`."""

    def __init__(self, levels: list[Samples]) -> None:
        self._levels = levels

    @classmethod
    def open(cls, data_path: Path, index: Index) -> Pyramid | None:
        """The sidecar beside a sample file; None if there is none that fits it."""
        path = data_path.with_suffix(PYRAMID_SUFFIX)
        try:
            size = path.stat().st_size
            with path.open("rb") as file:
                head = file.read(HEADER_BYTES)
        except OSError:
            return None
        dtype, channels = disk_type(index.header.dtype), index.header.channels
        sizes = [blocks_in(index.samples, f) * 2 * channels * dtype.itemsize for f in FACTORS]
        if head != _header_of(index) or size != HEADER_BYTES + sum(sizes) or not index.samples:
            return None
        levels, at = [], HEADER_BYTES
        for factor, bytes_there in zip(FACTORS, sizes, strict=True):
            shape = (blocks_in(index.samples, factor), 2, channels)
            levels.append(np.memmap(path, dtype, "r", offset=at, shape=shape))
            at += bytes_there
        return cls(list(levels))

    def level_for(self, samples_per_column: float) -> int | None:
        """The coarsest level with at least two blocks per column; None when none is that fine."""
        fitting = [k for k, factor in enumerate(FACTORS) if 2 * factor <= samples_per_column]
        return fitting[-1] if fitting else None

    def min_max(
        self, level: int, edges: NDArray[np.float64]
    ) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Raw minima and maxima ``(columns, channels)`` between edges in samples, NaN if empty."""
        blocks = self._levels[level]
        at = np.clip(np.floor(edges / FACTORS[level]).astype(np.int64), 0, len(blocks))
        # The last, shorter block belongs to whoever asks for the last sample.
        if edges[-1] > (len(blocks) - 1) * FACTORS[level]:
            at[-1] = len(blocks)
        part = blocks[at[0] : at[-1]]
        return _between(part[:, 0], part[:, 1], at - at[0])


def min_max_between(
    data: Samples, valid: Mask, edges: NDArray[np.int64]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Minima and maxima ``(columns, channels)`` of raw rows between edges, NaN where empty."""
    lows, highs = _without_missing(data, valid)
    return _between(lows, highs, np.clip(edges, 0, len(data)))


def _between(
    lows: Samples, highs: Samples, at: NDArray[np.int64]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    shape = (len(at) - 1, lows.shape[1])
    low, high = np.full(shape, np.nan), np.full(shape, np.nan)
    filled = np.flatnonzero(at[1:] > at[:-1])
    if len(filled):
        low[filled] = np.minimum.reduceat(lows[: at[-1]], at[:-1][filled], axis=0)
        high[filled] = np.maximum.reduceat(highs[: at[-1]], at[:-1][filled], axis=0)
        empty = low > high
        low[empty] = high[empty] = np.nan
    return low, high


def build_pyramid(data_path: Path, index: Index, raw: Raw, progress: Reports | None) -> None:
    """Write the sidecar whole or not at all. Raises EmgError, or Cancelled by ``progress``."""
    path = data_path.with_suffix(PYRAMID_SUFFIX)
    temporary = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    try:
        try:
            with temporary.open("wb") as file:
                _write_levels(file, index, raw, progress)
            os.replace(temporary, path)
        finally:
            temporary.unlink(missing_ok=True)
    except OSError as error:
        raise EmgError(
            f"The overview of the recording could not be saved ({error.strerror}).",
            "Zooming out will be slower; nothing is lost.",
        ) from error


def _write_levels(file: BinaryIO, index: Index, raw: Raw, progress: Reports | None) -> None:
    dtype, channels = disk_type(index.header.dtype), index.header.channels
    block_bytes = 2 * channels * dtype.itemsize
    begins = [HEADER_BYTES]
    for factor in FACTORS[:-1]:
        begins.append(begins[-1] + blocks_in(index.samples, factor) * block_bytes)
    file.write(_header_of(index))
    for start in range(0, index.samples, CHUNK):
        if progress is not None:
            progress.report(start / index.samples, "Preparing the overview")
        stop = min(index.samples, start + CHUNK)
        level = lowest_level(*raw(start, stop))
        for k, factor in enumerate(FACTORS):
            if k:
                level = coarser(level, factor // FACTORS[k - 1])
            file.seek(begins[k] + start // factor * block_bytes)
            file.write(level.astype(dtype, copy=False).tobytes())


def lowest_level(data: Samples, valid: Mask) -> Samples:
    """``(blocks, 2, channels)`` of the first factor; an empty block has minimum > maximum."""
    lows, highs = _without_missing(data, valid)
    rest = -len(data) % FACTORS[0]
    if rest:
        # Padding with the last row changes neither minimum nor maximum.
        lows = np.concatenate([lows, np.repeat(lows[-1:], rest, axis=0)])
        highs = np.concatenate([highs, np.repeat(highs[-1:], rest, axis=0)])
    return np.stack([_reduced(np.minimum, lows), _reduced(np.maximum, highs)], axis=1)


def _without_missing(data: Samples, valid: Mask) -> tuple[Samples, Samples]:
    """The rows for minima and for maxima, with what is missing put out of their way."""
    if valid.all() and data.dtype.kind != "f":
        return data, data
    low, high = _extremes(data.dtype)
    missing = ~valid[:, None] | np.isnan(data) if data.dtype.kind == "f" else ~valid
    lows, highs = data.copy(), data.copy()
    lows[missing], highs[missing] = high, low
    return lows, highs


def _reduced(extreme: np.ufunc, rows: Samples) -> Samples:
    """Blocks of 16 rows to one by halving, many times faster than reducing a middle axis."""
    channels = rows.shape[1]
    while len(rows) and rows.shape[1] < FACTORS[0] * channels:
        rows = rows.reshape(-1, 2 * rows.shape[1])
    width = rows.shape[1] if len(rows) else channels
    while width > channels:
        width //= 2
        rows = extreme(rows[:, :width], rows[:, width : 2 * width])
    return rows


def coarser(level: Samples, factor: int) -> Samples:
    """``factor`` blocks of a level in one; the last one may be of fewer."""
    at = np.arange(0, len(level), factor)
    low = np.minimum.reduceat(level[:, 0], at, axis=0)
    high = np.maximum.reduceat(level[:, 1], at, axis=0)
    return np.stack([low, high], axis=1)


def empty_blocks(count: int, channels: int, dtype: np.dtype[Any]) -> Samples:
    """Blocks of which no sample is there: minimum > maximum."""
    low, high = _extremes(dtype)
    blocks = np.empty((count, 2, channels), dtype)
    blocks[:, 0], blocks[:, 1] = high, low
    return blocks


def _extremes(dtype: np.dtype[Any]) -> tuple[float, float]:
    if dtype.kind == "f":
        return -np.inf, np.inf
    about = np.iinfo(dtype)
    return about.min, about.max


def blocks_in(samples: int, factor: int) -> int:
    """How many blocks of ``factor`` samples there are, the last one maybe shorter."""
    return -(-samples // factor)


def header(stream_id: bytes, samples: int, lost: Sequence[tuple[int, int]]) -> bytes:
    """Identity of what the sidecar was made from; ``lost`` are first sample and count."""
    crc = zlib.crc32(repr(list(lost)).encode())
    return _HEADER.pack(MAGIC, stream_id, samples, len(lost), crc)


def _header_of(index: Index) -> bytes:
    lost = [(x.at, x.count) for x in index.lost]
    return header(index.header.stream_id.bytes, index.samples, lost)
