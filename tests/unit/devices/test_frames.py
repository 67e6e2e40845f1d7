"""The framed protocol survives whatever a wire does to it."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from emgstudio.devices.frames import COUNTER_MODULUS, FrameReader, Kind, encode, encode_json


def in_pieces(data: bytes, cuts: list[int]) -> list[bytes]:
    edges = sorted({0, len(data), *(c % (len(data) + 1) for c in cuts)})
    return [data[a:b] for a, b in pairwise(edges)]


def some_frames(count: int) -> bytes:
    rng = np.random.default_rng(count)
    return b"".join(
        encode(Kind.SAMPLES, rng.bytes(32), counter=8 * k, samples=8) for k in range(count)
    )


@given(st.lists(st.integers(0, 10_000), max_size=40))
def test_cut_anywhere_gives_the_same_frames(cuts: list[int]) -> None:
    data = some_frames(12)
    reader = FrameReader()
    frames = [frame for piece in in_pieces(data, cuts) for frame in reader.feed(piece)]
    assert frames == FrameReader().feed(data)
    assert [frame.counter for frame in frames] == list(range(0, 96, 8))
    assert reader.garbage == reader.damaged == 0


@given(
    st.lists(st.binary(max_size=60), min_size=6, max_size=6),
    st.lists(st.integers(0, 10_000), max_size=10),
)
def test_garbage_between_frames_hides_none(garbage: list[bytes], cuts: list[int]) -> None:
    frames = [encode(Kind.SAMPLES, bytes([k] * 20), counter=k, samples=5) for k in range(6)]
    data = b"".join(g + f for g, f in zip(garbage, frames, strict=True))
    reader = FrameReader()
    got = [frame for piece in in_pieces(data, cuts) for frame in reader.feed(piece)]
    assert [frame.counter for frame in got] == list(range(6))


@given(st.integers(0, 5), st.integers(0, 10_000), st.integers(1, 255))
def test_a_damaged_byte_costs_one_frame_only(victim: int, place: int, flip: int) -> None:
    frames = [encode(Kind.SAMPLES, bytes(range(40)), counter=k, samples=5) for k in range(7)]
    broken = bytearray(frames[victim])
    broken[place % len(broken)] ^= flip
    frames[victim] = bytes(broken)
    got = FrameReader().feed(b"".join(frames))
    assert [frame.counter for frame in got] == [k for k in range(7) if k != victim]


@given(st.integers(0, 5), st.integers(1, 1000))
def test_a_torn_frame_costs_one_frame_only(victim: int, missing: int) -> None:
    frames = [encode(Kind.SAMPLES, bytes(range(40)), counter=k, samples=5) for k in range(7)]
    whole = frames[victim]
    frames[victim] = whole[: len(whole) - 1 - missing % (len(whole) - 1)]
    got = FrameReader().feed(b"".join(frames))
    assert [frame.counter for frame in got] == [k for k in range(7) if k != victim]


def test_a_length_that_is_not_true_does_not_swallow_what_follows() -> None:
    good = encode(Kind.SAMPLES, b"12345678", counter=3, samples=2)
    lying = bytearray(good)
    lying[10:14] = (1 << 21).to_bytes(4, "little")
    assert [f.counter for f in FrameReader().feed(bytes(lying) + good)] == [3]


def test_counters_wrap_and_json_travels() -> None:
    data = encode(Kind.SAMPLES, b"", counter=COUNTER_MODULUS + 5) + encode_json(Kind.END, {"a": 1})
    sample, end = FrameReader().feed(data)
    assert sample.counter == 5
    assert end.json() == {"a": 1}
