"""Writes the overview of a stream while it is recorded, so that nothing has to be built after.

The finest level grows in the sidecar behind a head of zeros; the coarser levels and
the head follow when the recording ends. A sidecar that a crash has cut off
has no head, so that nobody takes it for whole, and is built anew.
"""

from __future__ import annotations

import os
from itertools import pairwise
from pathlib import Path

import numpy as np

from emgstudio.core.files import sync_data
from emgstudio.core.types import Samples, StreamInfo
from emgstudio.storage.format import PYRAMID_SUFFIX, disk_type
from emgstudio.storage.pyramid import (
    CHUNK,
    FACTORS,
    HEADER_BYTES,
    coarser,
    empty_blocks,
    header,
    lowest_level,
)

BLOCK = FACTORS[0]


class PyramidWriter:
    """Told every sample and every gap in order, then finished or given up.

    Any method may raise OSError; the caller gives the overview up then and goes on.
    """

    def __init__(self, data_path: Path, info: StreamInfo) -> None:
        self.path = data_path.with_suffix(PYRAMID_SUFFIX)
        self._type = disk_type(info.dtype)
        self._channels = info.n_channels
        self._block_bytes = 2 * info.n_channels * self._type.itemsize
        self._samples = 0
        self._blocks = 0
        self._lost: list[tuple[int, int]] = []
        # Reduced a second at a time: that costs a third of doing it with every append.
        self._waiting: list[Samples] = []
        self._rows_waiting = 0
        # The block that is not full yet: its rows that are there.
        self._begun: list[Samples] = []
        self._in_block = 0
        flags = os.O_RDWR | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0)
        self._handle: int | None = os.open(self.path, flags, 0o644)
        self._write(bytes(HEADER_BYTES))

    @property
    def size(self) -> int:
        """Bytes in the file so far."""
        return HEADER_BYTES + self._blocks * self._block_bytes

    def append(self, data: Samples) -> None:
        """Raw ``(n, channels)`` samples that follow on what was told before."""
        self._samples += len(data)
        # A copy: the ring's rows are overwritten some time.
        self._waiting.append(np.array(data))
        self._rows_waiting += len(data)
        if self._rows_waiting >= CHUNK:
            self.flush()

    def flush(self) -> None:
        """Write what was appended, as far as it fills blocks."""
        if not self._waiting:
            return
        data = self._waiting[0] if len(self._waiting) == 1 else np.concatenate(self._waiting)
        self._waiting, self._rows_waiting = [], 0
        if self._in_block:
            missing = BLOCK - self._in_block
            self._begin(data[:missing])
            data = data[missing:]
        whole = len(data) - len(data) % BLOCK
        if whole:
            part = data[:whole]
            self._write_blocks(lowest_level(part, np.ones(whole, bool)))
        if len(data) > whole:
            self._begin(data[whole:])

    def skip(self, count: int) -> None:
        """``count`` samples are lost."""
        self.flush()
        at = self._samples
        if self._lost and sum(self._lost[-1]) == at:
            at, before = self._lost.pop()
            self._lost.append((at, before + count))
        else:
            self._lost.append((at, count))
        self._samples += count
        if self._in_block:
            filled = min(count, BLOCK - self._in_block)
            self._in_block += filled
            count -= filled
            self._close_full_block()
        empty = count // BLOCK
        while empty > 0:
            part = min(empty, CHUNK)
            self._write_blocks(empty_blocks(part, self._channels, self._type))
            empty -= part
        self._in_block += count % BLOCK

    def finish(self, stream_id: bytes) -> None:
        """Write the last block, the coarser levels and, when they are on the disk, the head."""
        if self._handle is None or not self._samples:
            self.abandon()
            return
        self.flush()
        if self._in_block:
            self._write_blocks(self._block_begun())
        for level in self._coarser_levels():
            self._write(level.tobytes())
        sync_data(self._handle)
        os.lseek(self._handle, 0, os.SEEK_SET)
        self._write(header(stream_id, self._samples, self._lost))
        sync_data(self._handle)
        self._close()

    def abandon(self) -> None:
        """Give it up: half an overview is of no use. May be called twice."""
        if self._handle is not None:
            self._close()
            self.path.unlink(missing_ok=True)

    def close(self) -> None:
        """Let go without a head; what is there is built anew when it is wanted."""
        self._close()

    def _begin(self, rows: Samples) -> None:
        self._begun.append(rows)
        self._in_block += len(rows)
        self._close_full_block()

    def _close_full_block(self) -> None:
        if self._in_block == BLOCK:
            self._write_blocks(self._block_begun())

    def _block_begun(self) -> Samples:
        rows, self._begun, self._in_block = self._begun, [], 0
        if not rows:
            return empty_blocks(1, self._channels, self._type)
        together = np.concatenate(rows)
        return lowest_level(together, np.ones(len(together), bool))

    def _coarser_levels(self) -> list[Samples]:
        """All but the finest level, read back in parts: an hour of 16 channels takes 20 ms."""
        handle = self._handle
        assert handle is not None
        second = []
        step = CHUNK // BLOCK
        for at in range(0, self._blocks, step):
            count = min(step, self._blocks - at)
            os.lseek(handle, HEADER_BYTES + at * self._block_bytes, os.SEEK_SET)
            raw = _read(handle, count * self._block_bytes)
            part = np.frombuffer(raw, self._type).reshape(count, 2, self._channels)
            second.append(coarser(part, FACTORS[1] // FACTORS[0]))
        os.lseek(handle, 0, os.SEEK_END)
        levels = [np.concatenate(second)]
        for finer, factor in pairwise(FACTORS[1:]):
            levels.append(coarser(levels[-1], factor // finer))
        return levels

    def _write_blocks(self, blocks: Samples) -> None:
        self._write(blocks.astype(self._type, copy=False).tobytes())
        self._blocks += len(blocks)

    def _write(self, data: bytes) -> None:
        if self._handle is None:
            return
        rest = memoryview(data)
        while len(rest):
            rest = rest[os.write(self._handle, rest) :]

    def _close(self) -> None:
        if self._handle is not None:
            os.close(self._handle)
            self._handle = None


def _read(handle: int, size: int) -> bytes:
    parts = []
    while size > 0:
        part = os.read(handle, size)
        if not part:
            raise OSError("the overview is shorter than what was written to it")
        parts.append(part)
        size -= len(part)
    return b"".join(parts)
