"""Appends one stream to its sample file and its index."""

from __future__ import annotations

import hashlib
import logging
import os
import uuid
import zlib
from collections import deque
from collections.abc import Callable
from pathlib import Path
from typing import Any

from emgstudio.core.errors import EmgError
from emgstudio.core.files import sync_data
from emgstudio.core.types import Samples, StreamInfo
from emgstudio.storage.format import (
    INDEX_SUFFIX,
    Flag,
    IndexHeader,
    disk_type,
    pack_record,
    sample_suffix,
)
from emgstudio.storage.pyramid_writer import PyramidWriter

log = logging.getLogger(__name__)

# A block is what one checksum covers, so what one bad sector costs.
BLOCK_S = 1.0
LONGEST_GAP = 2**32 - 1


class AppendedFile:
    """A new file that only grows, with its SHA-256 kept as it is synced.

    One thread may sync while another writes: a slow disk then keeps no sample waiting.
    """

    def __init__(self, path: Path) -> None:
        flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0)
        try:
            self._handle = os.open(path, flags, 0o644)
        except FileExistsError:
            raise EmgError(
                f'"{path}" exists already.', "A recording never writes over another."
            ) from None
        self.path = path
        self.bytes = 0
        self._hash = hashlib.sha256()
        self._unhashed: deque[memoryview] = deque()
        self._open = True

    def write(self, data: bytes | memoryview) -> None:
        """Raises OSError when the disk refuses; part of ``data`` may then be in the file."""
        view = memoryview(data).cast("B")
        while len(view):
            done = os.write(self._handle, view)
            # Hashing takes as long as all else together, so it waits for the next sync.
            self._unhashed.append(view[:done])
            self.bytes += done
            view = view[done:]

    def sync(self) -> None:
        self._hash_written()
        sync_data(self._handle)

    def close(self) -> None:
        if self._open:
            self._open = False
            os.close(self._handle)

    @property
    def checksum(self) -> dict[str, Any]:
        """Size and SHA-256 as they stand in checksums.json."""
        self._hash_written()
        return {"bytes": self.bytes, "sha256": self._hash.hexdigest()}

    def _hash_written(self) -> None:
        while self._unhashed:
            self._hash.update(self._unhashed.popleft())


class StreamWriter:
    """One stream of a recording on disk; one thread writes, one at a time may sync meanwhile.

    ``samples`` counts those from file sample 0 on, ``lost`` ones included.
    Every method may raise OSError; what was indexed before stays readable. With
    ``overview`` the sidecar of minima and maxima grows beside; its trouble stops nothing.
    """

    def __init__(
        self, folder: Path, stem: str, info: StreamInfo, *, overview: bool = False
    ) -> None:
        self.info = info
        self.stream_id = uuid.uuid4()
        self.samples = 0
        self.lost = 0
        self._type = disk_type(info.dtype)
        self._block = max(1, round(BLOCK_S * info.rate))
        self.data = AppendedFile(folder / (stem + sample_suffix(info.dtype)))
        self.index = AppendedFile(folder / (stem + INDEX_SUFFIX))
        header = IndexHeader(self.stream_id, info.n_channels, info.dtype, info.rate)
        self.index.write(header.pack())
        self._overview = PyramidWriter(self.data.path, info) if overview else None

    @property
    def bytes(self) -> int:
        beside = self._overview.size if self._overview is not None else 0
        return self.data.bytes + self.index.bytes + beside

    def append(self, data: Samples, host_ns: int) -> None:
        """Write raw ``(n, channels)`` samples; ``host_ns`` is when the first was taken."""
        if data.ndim != 2 or data.shape[1] != self.info.n_channels:
            raise ValueError(f"{self.info.name}: {data.shape} is not (n, {self.info.n_channels})")
        for at in range(0, len(data), self._block):
            part = data[at : at + self._block].astype(self._type, "C", "same_kind", copy=False)
            later = round(at / self.info.rate * 1e9)
            raw = part.tobytes()
            self.data.write(raw)
            self._note(len(part), zlib.crc32(raw), host_ns + later, Flag(0))
        self._beside(lambda overview: overview.append(data))

    def skip(self, count: int, host_ns: int, flags: Flag) -> None:
        """Note ``count`` lost samples: they take room in time, not in the sample file."""
        lost = count
        while count > 0:
            part = min(count, LONGEST_GAP)
            self._note(part, 0, host_ns, Flag.GAP | flags)
            self.lost += part
            count -= part
        self._beside(lambda overview: overview.skip(lost))

    def sync(self) -> None:
        """Samples first, then the index.

        Records that are written meanwhile may reach the disk before their samples do; a
        power cut there is found by the samples' CRC. The overview is synced when it is whole.
        """
        self.data.sync()
        self.index.sync()

    def close_samples(self) -> None:
        self.data.close()
        self.index.close()

    def close(self) -> None:
        """Close everything; an overview that was not finished will be built anew."""
        self.close_samples()
        self._beside(lambda overview: overview.close())

    def finish_overview(self) -> None:
        """Make the overview whole; the recording is complete with or without it."""
        self._beside(lambda overview: overview.finish(self.stream_id.bytes))

    def _beside(self, work: Callable[[PyramidWriter], None]) -> None:
        overview = self._overview
        if overview is None:
            return
        try:
            work(overview)
        except OSError as error:
            # It can be built from the samples at any time, which matter more.
            log.info("the overview %s is given up: %s", overview.path, error)
            self._overview = None
            overview.abandon()

    def _note(self, count: int, samples_crc: int, host_ns: int, flags: Flag) -> None:
        self.index.write(pack_record(self.samples, count, samples_crc, max(0, host_ns), int(flags)))
        self.samples += count
