"""What a person can ask of a device arrives at its other end, and the stream goes on."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np
import pytest

from emgstudio.core.types import Level
from emgstudio.devices.drivers.simulated import tap
from emgstudio.devices.links.loopback import LoopbackLink
from emgstudio.devices.registry import open_device
from emgstudio.devices.worker import DeviceState, DeviceWorker
from tests.flow.devices.bench import Bench

Wait = Callable[..., None]
# What a busy machine is late by is not lost.
on_time = pytest.mark.usefixtures("clock")


@contextmanager
def streaming(uri: str, wait_until: Wait) -> Iterator[tuple[Bench, Any]]:
    """A running device and its emulator."""
    driver, link = open_device(uri)
    bench = Bench(driver, link)
    bench.worker.start()
    try:
        bench.until_received(0, wait_until)
        yield bench, link.emulator if isinstance(link, LoopbackLink) else None
    finally:
        bench.worker.stop()


def keys(worker: DeviceWorker) -> list[str]:
    return [action.key for action in worker.actions]


def told(bench: Bench) -> list[str]:
    return [notice.text for notice in bench.notices()]


def test_a_myo_vibrates(wait_until: Wait) -> None:
    with streaming("ble:emulated?driver=myo&vibrate=no", wait_until) as (bench, myo):
        assert keys(bench.worker) == ["identify", "vibrate"]
        bench.worker.act("identify")
        bench.worker.act("vibrate", {"length": "long"})
        wait_until(lambda: myo.vibrations == [2, 3])
        wait_until(lambda: any("vibrates: long" in text for text in told(bench)))
        before = bench.worker.streams[0].received
        wait_until(lambda: bench.worker.streams[0].received > before + 20)
    assert bench.worker.actions == ()


@on_time
def test_a_cyton_measures_one_electrode_and_stops(wait_until: Wait) -> None:
    with streaming("serial:emulated?driver=cyton", wait_until) as (bench, cyton):
        assert keys(bench.worker) == ["impedance", "test signal"]
        bench.worker.act("impedance", {"channel": 3, "side": "N"})
        wait_until(lambda: "impedance 3" in bench.worker.readings)
        assert [k for k in bench.worker.readings if "impedance" in k] == ["impedance 3"]
        kiloohm = bench.worker.readings["impedance 3"].value
        assert kiloohm == pytest.approx(cyton.electrode_ohm / 1e3, rel=0.25)
        assert cyton.lead_off == [k == 2 for k in range(16)]
        bench.worker.act("impedance", {"channel": 1, "side": "P"})
        wait_until(lambda: cyton.lead_off == [k == 0 for k in range(16)])
        assert "impedance off" in keys(bench.worker)
        bench.worker.act("impedance off")
        wait_until(lambda: not any(cyton.lead_off))
        wait_until(lambda: keys(bench.worker) == ["impedance", "test signal"])
    assert bench.worker.streams[0].lost == 0


def test_a_cyton_shows_its_test_signal_and_the_electrodes_again(wait_until: Wait) -> None:
    with streaming("serial:emulated?driver=cyton&gain=8", wait_until) as (bench, cyton):
        before = len(cyton.received)
        bench.worker.act("test signal", {"signal": "test fast"})
        wait_until(lambda: cyton.received[before:] == b"=")
        bench.worker.act("test signal", {"signal": "the electrodes"})
        wait_until(lambda: cyton.received.endswith(b"x8040100X"))
        assert cyton.received[before:].count(b"x") == 8


def test_a_letter_for_the_cyton_comes_back_as_a_marker(wait_until: Wait) -> None:
    with streaming("serial:emulated?driver=cyton&extras=markers", wait_until) as (bench, _):
        bench.worker.act("marker", {"letter": "Q"})
        log = bench.worker.streams[0].markers
        wait_until(lambda: [marker.label for marker in log.since(0)] == ["Q"])
        bench.worker.act("marker", {"letter": "  "})
        wait_until(lambda: any("one letter" in text for text in told(bench)))
        assert bench.worker.state is DeviceState.STREAMING


def test_a_channel_that_the_cyton_has_not_is_said(wait_until: Wait) -> None:
    with streaming("serial:emulated?driver=cyton", wait_until) as (bench, cyton):
        bench.worker.act("impedance", {"channel": 12, "side": "N"})
        wait_until(lambda: any(n.level is Level.WARNING for n in bench.notices()))
        assert "This board has no channel 12." in told(bench)
        assert not any(cyton.lead_off)


def test_a_ganglion_measures_and_comes_back_to_the_signal(wait_until: Wait) -> None:
    with streaming("ble:emulated?driver=ganglion", wait_until) as (bench, _):
        bench.worker.act("impedance")
        wait_until(lambda: "impedance 4" in bench.worker.readings)
        assert bench.worker.readings["impedance 1"].value == pytest.approx(5.0)
        assert keys(bench.worker)[0] == "impedance off"
        before = bench.worker.streams[0].received
        bench.worker.act("impedance off")
        wait_until(lambda: bench.worker.streams[0].received > before + 100)
        assert bench.worker.state is DeviceState.STREAMING


@on_time
def test_outputs_of_a_bitalino(wait_until: Wait) -> None:
    with streaming("serial:emulated?driver=bitalino", wait_until) as (bench, board):
        bench.worker.act("outputs", {"o1": False, "o2": True})
        wait_until(lambda: board.outputs == [0, 1])
        before = bench.worker.streams[0].received
        wait_until(lambda: bench.worker.streams[0].received > before + 100)
        assert bench.worker.streams[0].lost == 0


@on_time
def test_a_shimmer_says_its_battery_between_packets(wait_until: Wait) -> None:
    with streaming("serial:emulated?driver=shimmer3", wait_until) as (bench, _):
        bench.worker.readings = {}
        bench.worker.act("battery")
        wait_until(lambda: "battery voltage" in bench.worker.readings)
        assert bench.worker.streams[0].lost == 0


def test_a_tapped_electrode_of_the_simulated_device_jumps(wait_until: Wait) -> None:
    with streaming("sim:clean?noise=0.1", wait_until) as (bench, _):
        stream = bench.worker.streams[0]
        bench.worker.act("tap", {"channel": 3})

        def peaks() -> np.ndarray:
            data = stream.clean.read(0, stream.clean.head).data
            return np.abs(data).max(axis=0) if len(data) else np.zeros(4)

        wait_until(lambda: peaks()[2] > 500.0)
        assert peaks()[[0, 1, 3]].max() < 500.0
        assert tap([2]) == b'{"do": "tap", "channels": [2]}\n'


def test_what_nobody_offers_is_a_sentence(wait_until: Wait) -> None:
    with streaming("serial:emulated?driver=chords", wait_until) as (bench, _):
        assert bench.worker.actions == ()
        bench.worker.act("fly")
        wait_until(lambda: any("nothing called “fly”" in text for text in told(bench)))
