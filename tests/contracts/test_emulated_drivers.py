"""What every driver of a real device must do, proven against its emulator."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.testing import assert_array_equal

from emgstudio.core.options import option_fields
from emgstudio.core.types import SampleBlock
from emgstudio.devices.driver import Item
from emgstudio.devices.link import LinkLost
from emgstudio.devices.registry import DeviceKind
from tests.contracts.emulated import PACKETS, connected, each, in_arrays, started, usual_wire
from tests.stepped_time import SteppedTime

pytestmark = pytest.mark.usefixtures("stepped_time")
# Longer than any driver waits for an answer.
STANDSTILL_S = 15.0


@each
def test_it_says_what_it_is(kind: DeviceKind) -> None:
    assert kind.key.isidentifier()
    assert kind.title
    assert kind.examples
    for field in option_fields(kind.options):
        assert field.label
        assert field.type in (bool, int, float, str)


@each
def test_streams_are_described(kind: DeviceKind) -> None:
    run = started(kind)
    assert run.driver.name
    assert len({info.name for info in run.infos}) == len(run.infos)
    for info in run.infos:
        assert info.rate > 0
        assert info.channels
        assert len({c.name for c in info.channels}) == info.n_channels
        assert all(c.unit and c.scale for c in info.channels)
    for item in run.decoded(usual_wire(kind)[:50]):
        if isinstance(item, SampleBlock):
            info = next(i for i in run.infos if i.name == item.stream)
            assert item.data.shape[1] == info.n_channels
            assert item.data.dtype == info.dtype


@each
def test_a_program_that_stood_still_finds_the_answers_that_came(
    kind: DeviceKind, stepped_time: SteppedTime, monkeypatch: pytest.MonkeyPatch
) -> None:
    driver, link, _ = connected(kind)
    write, read = link.write, link.read
    asked = [True]

    def write_and_note(data: bytes) -> None:
        write(data)
        asked.append(True)

    def read_and_stand_still(timeout_s: float) -> bytes:
        if not asked:
            return read(timeout_s)
        asked.clear()
        data = read(0.0)
        stepped_time.wait(STANDSTILL_S)
        return data

    monkeypatch.setattr(link, "write", write_and_note)
    monkeypatch.setattr(link, "read", read_and_stand_still)
    infos = driver.start(link)
    assert [info.channels for info in infos] == [info.channels for info in started(kind).infos]


@each
def test_the_signal_comes_through(kind: DeviceKind) -> None:
    run = started(kind)
    signal = run.signal(usual_wire(kind))
    assert not np.isnan(signal).any(), "nothing was lost"
    assert len(signal) >= PACKETS / 2 - 2
    assert (signal.std(axis=0) > 0).any()


@each
def test_two_of_a_kind_decode_side_by_side(kind: DeviceKind) -> None:
    run = started(kind)
    one, two = run.fresh(), run.fresh()
    wire = usual_wire(kind)[:200]
    first: list[Item] = []
    second: list[Item] = []
    for k, (data, host) in enumerate(wire):
        first += one.feed(data, host)
        if k >= 100:
            second += two.feed(*wire[k - 100])
    assert_array_equal(in_arrays(first, run.infos)[run.main], run.signal(wire))
    assert_array_equal(in_arrays(second, run.infos)[run.main], run.signal(wire[:100]))


@each
def test_two_of_a_kind_are_connected_at_once(kind: DeviceKind) -> None:
    devices = [connected(kind), connected(kind)]
    infos = [driver.start(link) for driver, link, _ in devices]
    assert infos[0] == infos[1]
    items: list[list[Item]] = [[], []]
    while not all(any(isinstance(i, SampleBlock) for i in own) for own in items):
        for own, (driver, link, _) in zip(items, devices, strict=True):
            own += driver.feed(link.read(0.01), link.now)
    # One that goes takes nothing from the other.
    driver, link, _ = devices[0]
    driver.stop(link)
    link.close()
    driver, link, _ = devices[1]
    items[1] += driver.feed(link.read(0.2), link.now)
    assert not np.isnan(in_arrays(items[1], infos[1])[infos[1][0].name]).any()
    link.close()


@each
def test_it_stops_twice_and_starts_again(kind: DeviceKind) -> None:
    driver, link, _ = connected(kind)
    infos = driver.start(link)
    driver.stop(link)
    driver.stop(link)
    link.close()
    link.close()
    link.open()
    assert driver.start(link) == infos
    link.close()


@each
def test_a_cable_pulled_while_reading_is_a_lost_link(kind: DeviceKind) -> None:
    driver, link, _ = connected(kind)
    infos = driver.start(link)
    driver.feed(link.read(0.2), link.now)
    link.unplug()
    with pytest.raises(LinkLost):
        link.read(0.05)
    with pytest.raises(LinkLost):
        driver.start(link)
    link.plug()
    link.open()
    assert driver.start(link) == infos
    items: list[Item] = []
    while not any(isinstance(item, SampleBlock) for item in items):
        items += driver.feed(link.read(0.05), link.now)
    link.close()
