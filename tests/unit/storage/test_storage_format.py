import uuid
import zlib

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from emgstudio.core.errors import EmgError
from emgstudio.storage.format import (
    HEADER_BYTES,
    RECORD_BYTES,
    RECORD_TYPE,
    IndexHeader,
    disk_type,
    file_name,
    pack_record,
    records_good,
)

HEADER = IndexHeader(uuid.UUID(int=7), 16, "int16", 1925.926)


def test_the_header_is_64_bytes_and_reads_back() -> None:
    packed = HEADER.pack()
    assert len(packed) == HEADER_BYTES == 64
    assert IndexHeader.unpack(packed) == HEADER


@given(st.integers(0, 63), st.integers(1, 255))
def test_any_changed_byte_of_the_header_is_seen(position: int, change: int) -> None:
    packed = bytearray(HEADER.pack())
    packed[position] ^= change
    with pytest.raises(EmgError):
        IndexHeader.unpack(bytes(packed))


def test_a_newer_header_says_so() -> None:
    body = bytearray(HEADER.pack())[:-4]
    body[8] = 3
    with pytest.raises(EmgError, match=r"newer EMG Studio \(index format 3\)"):
        IndexHeader.unpack(bytes(body) + zlib.crc32(body).to_bytes(4, "little"))


def test_records_are_32_bytes_in_the_documented_order() -> None:
    packed = pack_record(1, 2, 3, 4, 5)
    assert len(packed) == RECORD_BYTES == RECORD_TYPE.itemsize == 32
    record = np.frombuffer(packed, RECORD_TYPE)[0]
    assert record.tolist() == (1, 2, 3, 4, 5, zlib.crc32(packed[:28]))


@given(st.lists(st.binary(min_size=32, max_size=32), max_size=20), st.data())
def test_checking_all_records_at_once_equals_one_by_one(
    raw: list[bytes], data: st.DataObject
) -> None:
    some = [
        r[:28] + zlib.crc32(r[:28]).to_bytes(4, "little") if data.draw(st.booleans()) else r
        for r in raw
    ]
    expected = [zlib.crc32(r[:28]) == int.from_bytes(r[28:], "little") for r in some]
    assert records_good(np.frombuffer(b"".join(some), RECORD_TYPE)).tolist() == expected


def test_types_that_are_not_stored_are_refused() -> None:
    assert disk_type("int32") == np.dtype("<i4")
    with pytest.raises(EmgError, match="float64"):
        disk_type("float64")  # type: ignore[arg-type]


def test_names_become_safe_for_every_file_system() -> None:
    assert file_name("Trigno: EMG/1 µ", "x") == "Trigno-EMG-1"
    assert file_name("µ", "stream1") == "stream1"
