"""From bytes to sample blocks: indices, gaps, wraps, repeats."""

from __future__ import annotations

from collections import deque
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from emgstudio.core.types import Channel, Gap, Reading, SampleBlock, StreamInfo
from emgstudio.devices.driver import Item
from emgstudio.devices.drivers.framed import FramedDriver, info_from_json, info_to_json
from emgstudio.devices.drivers.simulated import SimulatedDriver, SimulatedOptions
from emgstudio.devices.frames import Kind, encode, encode_json
from emgstudio.devices.link import LinkLost

pytestmark = pytest.mark.usefixtures("stepped_time")

INFO = StreamInfo(
    "EMG", 1000.0, (Channel("a", scale=0.25, rails=(-32768.0, 32767.0)), Channel("b")), "int16", "x"
)


class ScriptedLink:
    """Answers what a test put in; remembers what was written."""

    def __init__(self, *answers: bytes) -> None:
        self.answers = deque(answers)
        self.written = b""

    def open(self) -> None: ...

    def close(self) -> None: ...

    def read(self, timeout_s: float) -> bytes:
        if not self.answers:
            raise LinkLost("no more in the script")
        return self.answers.popleft()

    def write(self, data: bytes) -> None:
        self.written += data


def hello(boot: str = "one", info: StreamInfo = INFO) -> bytes:
    about = {"title": "T", "boot": boot, "gestures": ["rest"], "streams": [info_to_json(info)]}
    return encode_json(Kind.HELLO, about)


def started(boot: str = "one") -> FramedDriver:
    driver = SimulatedDriver(SimulatedOptions())
    assert driver.start(ScriptedLink(hello(boot))) == (INFO,)
    return driver


def frame(first: int, count: int) -> bytes:
    rows = np.arange(first, first + count, dtype="<i8").astype("<i2")
    return encode(Kind.SAMPLES, np.stack([rows, -rows], 1).tobytes(), counter=first, samples=count)


def told(items: list[Item]) -> list[tuple[str, int, int]]:
    """Runs of samples and gaps as (kind, first, count), neighbours of one kind joined."""
    runs: list[tuple[str, int, int]] = []
    for item in items:
        assert isinstance(item, SampleBlock | Gap)
        if isinstance(item, Gap):
            run = ("gap", item.at, item.count)
        else:
            run = ("data", item.first, len(item.data))
            np.testing.assert_array_equal(
                item.data[:, 0], np.arange(run[1], run[1] + run[2]).astype(np.int16)
            )
        if runs and runs[-1][0] == run[0]:
            assert runs[-1][1] + runs[-1][2] == run[1]
            run = (run[0], runs[-1][1], runs[-1][2] + run[2])
            runs.pop()
        runs.append(run)
    return runs


def test_descriptions_travel() -> None:
    assert info_from_json(info_to_json(INFO)) == INFO
    older = info_to_json(INFO)
    for channel in older["channels"]:
        del channel["used"]
    assert info_from_json(older) == INFO


@given(
    st.lists(st.tuples(st.integers(1, 9), st.booleans()), min_size=1, max_size=30),
    st.lists(st.integers(0, 5000), max_size=20),
)
def test_drop_outs_are_counted_to_the_sample(
    packets: list[tuple[int, bool]], cuts: list[int]
) -> None:
    data, at, lost, pending = b"", 0, 0, 0
    for count, arrives in packets:
        if arrives:
            data += frame(at, count)
            lost, pending = lost + pending, 0
        else:
            pending += count
        at += count
    driver = started()
    edges = sorted({0, len(data), *(c % (len(data) + 1) for c in cuts)})
    items: list[Item] = []
    for a, b in pairwise(edges):
        items += driver.feed(data[a:b], 0.0)
    runs = told(items)
    assert sum(count for kind, _, count in runs if kind == "gap") == lost
    assert sum(count for _, _, count in runs) == at - pending


def test_repeats_and_steps_back_are_dropped_and_counted() -> None:
    driver = started()
    items = driver.feed(frame(0, 5) + frame(0, 5) + frame(5, 5) + frame(0, 5) + frame(10, 5), 0.0)
    assert told(items) == [("data", 0, 15)]
    assert driver.repeated == 2


def test_the_counter_is_unwrapped() -> None:
    driver = started()
    near = (1 << 32) - 4
    driver._next = [near]
    rows = np.zeros((8, 2), "<i2").tobytes()
    items = driver.feed(
        encode(Kind.SAMPLES, rows, counter=near, samples=8)
        + encode(Kind.SAMPLES, rows, counter=near + 11, samples=8),
        0.0,
    )
    assert [i.first for i in items if isinstance(i, SampleBlock)] == [near, near + 11]
    assert [i for i in items if isinstance(i, Gap)] == [Gap("EMG", near + 8, 3)]


def test_the_same_device_goes_on_counting_and_another_one_begins_again() -> None:
    driver = started()
    driver.feed(frame(0, 5), 0.0)
    driver.start(ScriptedLink(hello()))
    assert driver.continues
    assert told(driver.feed(frame(12, 5), 0.0)) == [("gap", 5, 7), ("data", 12, 5)]
    driver.start(ScriptedLink(hello(boot="two")))
    assert not driver.continues
    assert told(driver.feed(frame(0, 5), 0.0)) == [("data", 0, 5)]


def test_what_came_with_the_answer_is_not_lost() -> None:
    driver = SimulatedDriver(SimulatedOptions())
    driver.start(ScriptedLink(b"noise" + hello() + frame(0, 5)))
    assert told(driver.feed(frame(5, 5), 0.0)) == [("data", 0, 10)]


def test_readings_and_the_end() -> None:
    driver = started()
    reading = {"key": "battery", "value": 20.0, "unit": "%", "channel": None}
    items = driver.feed(encode_json(Kind.READING, reading), 0.0)
    assert items == [Reading("battery", 20.0, "%")]
    end = encode_json(Kind.END, {"samples": [9]})
    assert told(driver.feed(frame(0, 5) + end, 0.0)) == [("data", 0, 5), ("gap", 5, 4)]


def test_a_silent_device_is_lost() -> None:
    with pytest.raises(LinkLost):
        SimulatedDriver(SimulatedOptions()).start(ScriptedLink(b"nonsense"))
