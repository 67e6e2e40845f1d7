"""What the button of a lamp does about a sensor that fell silent."""

from __future__ import annotations

from pathlib import Path

import pytest

from emgstudio.core.outbox import Outbox
from emgstudio.core.types import Channel, ConditionSpec, StreamInfo
from emgstudio.devices.registry import open_device
from emgstudio.devices.stream import Stream
from emgstudio.devices.worker import DeviceState, DeviceWorker
from emgstudio.dsp.quality_lamps import LampLevel
from emgstudio.session.quality import ChannelQuality
from emgstudio.session.quality_actions import act
from emgstudio.session.session import Session

STREAM = Stream(StreamInfo("EMG", 200.0, (Channel("EMG 3"),), "int16", "Band"), ConditionSpec())
STILL = ChannelQuality(2, "EMG 3", LampLevel.STOP)


class Wire:
    """A link that keeps what is written."""

    def __init__(self) -> None:
        self.written = b""

    def write(self, data: bytes) -> None:
        self.written += data


def worker(uri: str, state: DeviceState) -> DeviceWorker:
    driver, link = open_device(uri, lambda _path: None)
    made = DeviceWorker("one", uri, driver, link, Outbox(), ConditionSpec())
    made._say(state, "As the test says.")
    return made


def woken(device: DeviceWorker, session: Session) -> str:
    session._devices["one"] = device
    return act(session, STREAM, "wake", STILL)


@pytest.fixture
def session(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Session:
    made = Session(tmp_path)
    monkeypatch.setattr(made, "device_of", lambda _stream: made._devices["one"])
    return made


def test_a_silent_armband_is_asked_to_go_on(
    session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    device = worker("ble:emulated?driver=myo", DeviceState.STALLED)
    monkeypatch.setattr(device.driver, "nudge", lambda: b"go on")
    assert "asked to go on" in woken(device, session)
    wire = Wire()
    device._orders.carry_out(wire)
    assert wire.written == b"go on"


def test_a_lost_device_is_tried_again_at_once(session: Session) -> None:
    device = worker("ble:emulated?driver=myo", DeviceState.WAITING)
    assert "tried again now" in woken(device, session)
    assert device._hurry.is_set()


def test_who_cannot_be_woken_is_for_the_doctor(session: Session) -> None:
    assert woken(worker("sim:clean", DeviceState.STALLED), session) == ""
    assert woken(worker("sim:clean", DeviceState.CLOSED), session) == ""


def test_a_device_that_sends_is_awake_and_its_channel_is_named(
    session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(DeviceWorker, "last_packet_age", property(lambda _self: 0.1))
    said = woken(worker("sim:off", DeviceState.STREAMING), session)
    assert "is awake" in said
    assert "EMG 3" in said
