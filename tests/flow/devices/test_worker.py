"""The life of a device: states, losses, reconnection, bugs, and a quick end."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Iterator

import numpy as np
import pytest

from emgstudio.core.errors import EmgError
from emgstudio.core.types import Channel, Gap, Level, StreamInfo
from emgstudio.devices import worker as worker_module
from emgstudio.devices.driver import Driver
from emgstudio.devices.emulators.scenarios import scenario_from_json
from emgstudio.devices.emulators.sensor import SensorSetup
from emgstudio.devices.link import Link, LinkEnded, LinkLost
from emgstudio.devices.links.simulated import SimulatedLink
from emgstudio.devices.registry import open_device
from emgstudio.devices.worker import DeviceState
from tests.flow.devices.bench import Bench, FakeDriver, FakeLink, HandClock

Wait = Callable[..., None]


@pytest.fixture
def bench() -> Iterator[Callable[[Driver, Link], Bench]]:
    made: list[Bench] = []

    def make(driver: Driver, link: Link) -> Bench:
        made.append(Bench(driver, link))
        return made[-1]

    yield make
    for b in made:
        b.worker.stop()


@pytest.fixture
def fake(bench: Callable[[Driver, Link], Bench]) -> tuple[Bench, FakeLink, FakeDriver]:
    link, driver = FakeLink(), FakeDriver()
    return bench(driver, link), link, driver


def simulated(bench: Callable[[Driver, Link], Bench], uri: str) -> Bench:
    return bench(*open_device(uri))


def test_it_connects_in_the_background_and_streams(
    bench: Callable[[Driver, Link], Bench], wait_until: Wait, monkeypatch: pytest.MonkeyPatch
) -> None:
    driver, link = open_device("sim:gestures?rate=2000&channels=16")
    gate, opened = threading.Event(), link.open

    def open_when_let() -> None:
        assert gate.wait(60.0)
        opened()

    monkeypatch.setattr(link, "open", open_when_let)
    b = bench(driver, link)
    # Comes back although the device does not answer yet.
    b.worker.start()
    gate.set()
    wait_until(lambda: b.worker.streams and b.worker.streams[0].raw.head > 200)
    assert b.states() == ["opening", "identifying", "configuring", "streaming"]
    stream = b.worker.streams[0]
    assert stream.info.device_id == "dev-1"
    assert stream.lost == 0
    assert b.worker.simulated
    assert b.worker.title == "Demo: Armband, gestures"
    assert b.worker.last_packet_age is not None
    assert "fist" in b.worker.gestures


def test_it_stops_at_once_and_twice(
    bench: Callable[[Driver, Link], Bench], wait_until: Wait
) -> None:
    b = simulated(bench, "sim:clean")
    b.worker.start()
    wait_until(lambda: b.worker.state == DeviceState.STREAMING)
    b.worker.stop()
    assert b.states()[-1] == DeviceState.CLOSED
    b.worker.stop()
    assert b.states().count(DeviceState.CLOSED) == 1
    assert b.worker.streams[0].raw.head > 0


def test_it_stops_at_once_while_it_waits(
    bench: Callable[[Driver, Link], Bench],
    wait_until: Wait,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    # It waits for longer than stop() does.
    monkeypatch.setattr(worker_module, "FIRST_WAIT_S", 1000.0)
    link = FakeLink()
    link.opening = [LinkLost("not there")] * 20
    b = bench(FakeDriver(), link)
    b.worker.start()
    wait_until(lambda: b.worker.state == DeviceState.WAITING)
    b.worker.stop()
    assert b.worker.state == DeviceState.CLOSED
    assert link.opened == 1


def test_stopping_what_never_started_is_allowed(
    fake: tuple[Bench, FakeLink, FakeDriver],
) -> None:
    fake[0].worker.stop()
    assert fake[0].worker.state == DeviceState.IDLE


def test_performing_shows_in_the_signal(
    bench: Callable[[Driver, Link], Bench], wait_until: Wait
) -> None:
    b = simulated(bench, "sim:clean?speed=20")
    b.worker.start()
    wait_until(lambda: b.worker.streams)
    b.worker.perform("contract_3")
    ring = b.worker.streams[0].clean

    def seen() -> bool:
        newest = ring.latest(500).data
        size = newest.std(axis=0) if len(newest) else np.zeros(4)
        return bool(size.argmax() == 2 and size[2] > 60.0)

    wait_until(seen)


def test_a_lost_link_comes_back_into_the_same_streams_with_the_hole_at_its_true_length(
    clock: HandClock, bench: Callable[[Driver, Link], Bench], wait_until: Wait
) -> None:
    link = FakeLink()
    b = bench(FakeDriver(), link)
    b.worker.start()
    for _ in range(5):
        link.say(b"\x01")
    wait_until(lambda: b.worker.streams and b.worker.streams[0].received == 50)
    stream = b.worker.streams[0]
    link.say(LinkLost("out of reach"))
    wait_until(lambda: b.worker.state == DeviceState.WAITING)
    clock.now += 2.5
    b.worker.wake()
    link.say(b"\x02")
    wait_until(lambda: stream.received == 60)
    assert b.worker.streams == (stream,)
    # 2.5 s at 1 kHz, of which the last ten samples are there.
    assert stream.gaps == (Gap("EMG", 50, 2490, estimated=True),)
    assert stream.raw.head == stream.clean.head == 50 + 2500
    assert stream.raw.latest(10).data[:, 0].tolist() == [2] * 10
    wanted = ["streaming", "lost", "waiting", "opening", "identifying", "configuring", "streaming"]
    wait_until(lambda: b.states()[3:] == wanted)
    warned, told = b.notices()
    assert (warned.level, warned.text) == (Level.WARNING, "out of reach")
    assert "connected again" in told.text


def disconnecting(for_s: float) -> SimulatedLink:
    scenario = scenario_from_json(
        {
            "key": "short", "title": "Short", "detail": "", "layout": "separate", "channels": 2,
            "cycle": [], "hold_s": 1.0, "rest_s": 1.0,
            "faults": [{"kind": "disconnect", "start_s": 0.5, "for_s": for_s}],
        }
    )  # fmt: skip
    return SimulatedLink(scenario, SensorSetup(1000.0, 2, "A", 1, 1.0, 1.0))


def test_a_device_that_kept_counting_tells_the_hole_to_the_sample(
    clock: HandClock,
    bench: Callable[[Driver, Link], Bench],
    wait_until: Wait,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("emgstudio.devices.links.pace.host_time", clock)
    driver, _ = open_device("sim:disconnect")
    link = disconnecting(0.3)
    b = bench(driver, link)
    b.worker.start()
    wait_until(lambda: b.worker.state == DeviceState.CONFIGURING)
    clock.now += 0.6
    wait_until(lambda: b.worker.state == DeviceState.WAITING)
    stream = b.worker.streams[0]
    assert stream.raw.head == 512
    b.worker.wake()
    wait_until(lambda: b.states().count(DeviceState.WAITING) == 2)
    clock.now += 0.95
    b.worker.wake()
    wait_until(lambda: b.states().count(DeviceState.CONFIGURING) == 2)
    clock.now += 0.5
    wait_until(lambda: stream.received > 512)
    # Ticks of 16 samples: 96 of them were over after 1.55 s, when it was started again.
    assert stream.gaps == (Gap("EMG", 512, 1536 - 512),)
    assert link.dropped == stream.lost == 1536 - 512


def test_silence_is_a_stall_then_a_loss(
    clock: HandClock,
    bench: Callable[[Driver, Link], Bench],
    wait_until: Wait,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(worker_module, "STALL_S", 1.0)
    link = FakeLink()
    b = bench(FakeDriver(), link)
    b.worker.start()
    link.say(b"\x01")
    wait_until(lambda: b.worker.state == DeviceState.STREAMING)
    clock.now += 1.1
    wait_until(lambda: b.worker.state == DeviceState.STALLED)
    link.say(b"\x01")
    wait_until(lambda: b.worker.state == DeviceState.STREAMING)
    clock.now += worker_module.GIVE_UP_STALL_S + 1.1
    wait_until(lambda: b.worker.state == DeviceState.WAITING)
    assert b.states()[-5:] == ["streaming", "stalled", "streaming", "lost", "waiting"]
    assert link.opened == 1


def test_a_device_that_is_never_there_is_given_up(
    bench: Callable[[Driver, Link], Bench],
    wait_until: Wait,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(worker_module, "FIRST_WAIT_S", 0.001)
    monkeypatch.setattr(worker_module, "WAIT_GROWTH", 1.0)
    link = FakeLink()
    link.opening = [LinkLost("not there")] * 20
    b = bench(FakeDriver(), link)
    b.worker.start()
    wait_until(lambda: b.worker.state == DeviceState.CLOSED)
    assert link.opened == worker_module.TRIES
    assert "Gave up" in b.worker.state_text
    assert [n.level for n in b.notices()] == [Level.WARNING, Level.ERROR]


def test_what_a_person_must_mend_is_not_tried_again(
    fake: tuple[Bench, FakeLink, FakeDriver], wait_until: Wait
) -> None:
    b, link, _ = fake
    link.opening = [EmgError("No permission for /dev/x.", "Join the group dialout.")]
    b.worker.start()
    wait_until(lambda: b.worker.state == DeviceState.CLOSED)
    assert b.worker.state_text == "No permission for /dev/x. Join the group dialout."
    assert b.notices()[0].level == Level.ERROR
    assert (link.opened, link.closed) == (1, 1)


def test_an_end_in_order_is_told_and_not_tried_again(
    fake: tuple[Bench, FakeLink, FakeDriver], wait_until: Wait
) -> None:
    b, link, _ = fake
    b.worker.start()
    link.say(b"\x01")
    link.say(LinkEnded("The recording has ended."))
    wait_until(lambda: b.worker.state == DeviceState.CLOSED)
    assert b.worker.state_text == "The recording has ended."
    assert b.worker.streams[0].received == 10
    assert link.opened == 1
    assert b.notices()[0].level == Level.INFO


def test_a_bug_in_a_driver_is_a_notice_and_the_device_comes_back(
    fake: tuple[Bench, FakeLink, FakeDriver],
    wait_until: Wait,
    caplog: pytest.LogCaptureFixture,
) -> None:
    b, link, _ = fake
    b.worker.start()
    link.say(b"\x01")
    link.say(b"\xff")
    wait_until(lambda: link.opened == 2)
    link.say(b"\x01")
    wait_until(lambda: b.worker.state == DeviceState.STREAMING)
    assert b.notices()[0].level == Level.ERROR
    assert "a bug in the driver" in b.notices()[0].text
    assert any(r.levelno == logging.ERROR and r.exc_info for r in caplog.records)


def test_a_worker_that_dies_says_so(
    fake: tuple[Bench, FakeLink, FakeDriver],
    wait_until: Wait,
    caplog: pytest.LogCaptureFixture,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    b, _, _ = fake

    def broken() -> None:
        raise RuntimeError("a bug in the worker")

    monkeypatch.setattr(b.worker, "_connection", broken)
    b.worker.start()
    wait_until(lambda: b.worker.state == DeviceState.CLOSED)
    assert "a bug in the worker" in b.worker.state_text
    assert b.notices()[0].level == Level.ERROR
    assert caplog.records


def test_another_sampling_rate_after_a_loss_is_refused(
    fake: tuple[Bench, FakeLink, FakeDriver], wait_until: Wait
) -> None:
    b, link, driver = fake
    b.worker.start()
    link.say(b"\x01")
    wait_until(lambda: b.worker.state == DeviceState.STREAMING)
    driver.info = StreamInfo("EMG", 500.0, (Channel("a"),), "int16", "fake")
    link.say(LinkLost("gone"))
    wait_until(lambda: "came back with other" in b.worker.state_text)


def test_a_wrong_sampling_rate_is_told(
    bench: Callable[[Driver, Link], Bench],
    wait_until: Wait,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    link, driver = FakeLink(), FakeDriver()
    # Each ten samples come after 20 ms, whenever the worker gets to read them.
    monkeypatch.setattr(worker_module, "host_time", lambda: driver.first / 500.0)
    link.says = [b"\x01"] * 600
    b = bench(driver, link)
    b.worker.start()
    wait_until(lambda: b.worker.streams and b.worker.streams[0].received == 6000)
    (notice,) = b.notices()
    assert notice.text == "Fake sends 500 Hz instead of 1000 Hz."


def test_a_low_battery_is_told_once_for_each_limit(
    bench: Callable[[Driver, Link], Bench], wait_until: Wait, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(worker_module, "STALL_S", 0.3)
    monkeypatch.setattr(worker_module, "GIVE_UP_STALL_S", 1000.0)
    b = simulated(bench, "sim:battery?speed=50&channels=1")
    b.worker.start()

    def empty() -> bool:
        battery = b.worker.readings.get("battery")
        stalled = b.worker.state == DeviceState.STALLED
        return stalled and battery is not None and battery.value < 3.5

    wait_until(empty)
    texts = [n.text for n in b.notices()]
    assert len(texts) == 2
    assert "at 20 %" in texts[0] or "at 19 %" in texts[0]
    assert "at 5 %" in texts[1] or "at 4 %" in texts[1]


def test_nothing_is_lost_while_the_interpreter_is_busy(
    bench: Callable[[Driver, Link], Bench], wait_until: Wait
) -> None:
    b = simulated(bench, "sim:gestures?rate=2000&channels=16")
    b.worker.start()
    wait_until(lambda: b.worker.streams)
    stream = b.worker.streams[0]
    reader = stream.raw.reader(at=0)
    taken = 0

    def busy() -> bool:
        nonlocal taken
        sum(range(20_000))
        taken += len(reader.take())
        return taken >= 3000

    wait_until(busy)
    assert stream.lost == reader.lost == 0


@pytest.mark.parametrize("uri", ["serial:emulated?driver=cyton", "ble:emulated?driver=myo"])
def test_a_rehearsal_streams_and_is_never_taken_for_a_person(
    bench: Callable[[Driver, Link], Bench], wait_until: Wait, uri: str
) -> None:
    b = simulated(bench, uri)
    b.worker.start()
    wait_until(lambda: b.worker.state == DeviceState.STREAMING)
    assert b.worker.simulated
    assert all(stream.info.simulated for stream in b.worker.streams)
