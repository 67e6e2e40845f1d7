"""The bytes of a recording: names, index header and index records (docs/file-format.md)."""

from __future__ import annotations

import re
import struct
import uuid
import zlib
from dataclasses import dataclass
from enum import IntFlag
from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from emgstudio.core.errors import EmgError
from emgstudio.core.types import SampleType

VERSION = 1
MAGIC = b"EMGINDEX"
SESSION_FILE = "session.json"
EVENTS_FILE = "events.jsonl"
READINGS_FILE = "readings.jsonl"
CHECKSUMS_FILE = "checksums.json"
INDEX_SUFFIX = ".idx"
PYRAMID_SUFFIX = ".pyr"
TORN_SUFFIX = ".torn"
SNAPSHOT_SUFFIX = ".snapshot"

RECORDING = "recording"
FINISHED = "finished"

_HEADER = struct.Struct("<8sHHI16s8sd12xI")
_RECORD = struct.Struct("<QIIQI")
_CRC = struct.Struct("<I")
HEADER_BYTES = _HEADER.size
RECORD_BYTES = _RECORD.size + _CRC.size
RECORD_TYPE = np.dtype(
    [
        ("first", "<u8"),
        ("count", "<u4"),
        ("samples_crc", "<u4"),
        ("host_ns", "<u8"),
        ("flags", "<u4"),
        ("crc", "<u4"),
    ]
)
_ON_DISK: dict[SampleType, tuple[str, str]] = {
    "int16": ("<i2", ".i16"),
    "int32": ("<i4", ".i32"),
    "float32": ("<f4", ".f32"),
}


class Flag(IntFlag):
    """What an index record says beside its numbers; a record without GAP has samples."""

    GAP = 1
    ESTIMATED = 2
    RECORDER_LOST = 4


@dataclass(frozen=True, slots=True)
class IndexHeader:
    """The first 64 bytes of an index: enough to read the samples without session.json."""

    stream_id: uuid.UUID
    channels: int
    dtype: SampleType
    rate: float

    def pack(self) -> bytes:
        body = _HEADER.pack(
            MAGIC,
            VERSION,
            RECORD_BYTES,
            self.channels,
            self.stream_id.bytes,
            self.dtype.encode(),
            self.rate,
            0,
        )[: -_CRC.size]
        return body + _CRC.pack(zlib.crc32(body))

    @classmethod
    def unpack(cls, data: bytes) -> IndexHeader:
        """Raises EmgError when the bytes are damaged or from a newer version."""
        if len(data) < HEADER_BYTES or data[:8] != MAGIC:
            raise EmgError("This is not the index of a recording.")
        fields = _HEADER.unpack(data[:HEADER_BYTES])
        _, version, _, channels, stream_id, dtype, rate, crc = fields
        if crc != zlib.crc32(data[: HEADER_BYTES - _CRC.size]):
            raise EmgError("The head of the recording's index is damaged.", "Run recover on it.")
        if version > VERSION:
            raise EmgError(
                f"This file is from a newer EMG Studio (index format {version}).",
                "Update EMG Studio to open it.",
            )
        name = dtype.rstrip(b"\0").decode()
        return cls(uuid.UUID(bytes=stream_id), channels, name, rate)


def pack_record(first: int, count: int, samples_crc: int, host_ns: int, flags: int) -> bytes:
    """One 32-byte index record with its own CRC."""
    body = _RECORD.pack(first, count, samples_crc, host_ns, flags)
    return body + _CRC.pack(zlib.crc32(body))


def records_good(records: NDArray[Any]) -> NDArray[np.bool_]:
    """Which records carry the right CRC; an hour (36 000 records) takes a few ms.

    A CRC is linear in the bits of its message, so the CRC of all records at
    once is the XOR of one table look-up per byte position.
    """
    if not len(records):
        return np.zeros(0, bool)
    tables, empty = _crc_tables()
    columns = np.ascontiguousarray(records).view(np.uint8).reshape(len(records), RECORD_BYTES)
    crc = np.full(len(records), empty, np.uint32)
    for position, table in enumerate(tables):
        crc ^= table[columns[:, position]]
    good: NDArray[np.bool_] = crc == records["crc"]
    return good


@cache
def _crc_tables() -> tuple[NDArray[np.uint32], int]:
    size = _RECORD.size
    empty = zlib.crc32(bytes(size))
    tables = np.empty((size, 256), np.uint32)
    for position in range(size):
        message = bytearray(size)
        for value in range(256):
            message[position] = value
            tables[position, value] = zlib.crc32(message) ^ empty
    return tables, empty


def disk_type(dtype: SampleType) -> np.dtype[Any]:
    """The little-endian type of the numbers in a sample file."""
    if dtype not in _ON_DISK:
        raise EmgError(
            f"Samples of type '{dtype}' cannot be stored.", f"Use {', '.join(_ON_DISK)}."
        )
    return np.dtype(_ON_DISK[dtype][0])


def sample_suffix(dtype: SampleType) -> str:
    """The ending of a sample file's name."""
    return _ON_DISK[dtype][1]


def file_name(text: str, fallback: str) -> str:
    """``text`` as a name that every file system takes: letters, digits, ``-`` and ``_``."""
    name = re.sub(r"[^A-Za-z0-9_-]+", "-", text).strip("-")[:60]
    return name or fallback
