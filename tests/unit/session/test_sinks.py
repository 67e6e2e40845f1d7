"""Decisions on their way to other programs, step by step and without a thread."""

import errno
import json
import socket
import struct
from dataclasses import dataclass
from pathlib import Path

import pytest
import serial

from emgstudio.core.errors import EmgError
from emgstudio.core.outbox import Outbox
from emgstudio.core.types import Decision, Notice
from emgstudio.session.sink_kinds import SINKS, address_of, checked_address, osc_message
from emgstudio.session.sink_message import Message
from emgstudio.session.sinks import RESTS_AT_END, DecisionSinks, Output, SinkState


@dataclass
class Decoding:
    latest: Decision | None = None


def decision(time, gesture="fist", strength=0.5):
    return Decision(time, 0, gesture, 0.9, gesture, (0.9, 0.1), strength, 0.02)


@pytest.fixture
def listener():
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as ours:
        ours.bind(("127.0.0.1", 0))
        ours.settimeout(30)
        yield ours


def port(listener):
    return listener.getsockname()[1]


def test_udp_gets_the_newest_and_rest_when_it_is_old(listener):
    decoding, outbox = Decoding(), Outbox()
    output = Output(f"udp://127.0.0.1:{port(listener)}", lambda: decoding, outbox)
    decoding.latest = decision(10.0, "open")
    decoding.latest = decision(10.0)
    output.step(10.03)
    assert json.loads(listener.recv(2000))["gesture"] == "fist"
    assert output.status.state is SinkState.SENDING
    assert output.status.latency_s == pytest.approx(0.03)
    for k in range(RESTS_AT_END + 2):
        output.step(11.0 + k)
    got = [json.loads(listener.recv(2000)) for _ in range(RESTS_AT_END)]
    assert {(m["gesture"], m["strength"]) for m in got} == {("rest", 0.0)}
    assert output.status.sent == 1 + RESTS_AT_END
    assert output.status.state is SinkState.RESTING
    decoding.latest = decision(20.0)
    output.step(20.0)
    assert json.loads(listener.recv(2000))["gesture"] == "fist"
    output.close(20.1)
    assert json.loads(listener.recv(2000))["gesture"] == "rest"
    output.close(20.2)
    assert output.status.state is SinkState.CLOSED


def test_osc_is_a_string_and_two_floats(listener):
    output = Output(
        f"osc://127.0.0.1:{port(listener)}/hand", lambda: Decoding(decision(1.0)), Outbox()
    )
    output.step(1.0)
    packet = listener.recv(2000)
    assert packet == osc_message("/hand", "fist", 0.5, 0.9)
    assert packet[:8] == b"/hand\0\0\0"
    assert packet[8:16] == b",sff\0\0\0\0"
    assert packet[16:24] == b"fist\0\0\0\0"
    assert struct.unpack(">2f", packet[24:]) == pytest.approx((0.5, 0.9))
    output.close(1.0)


def test_text_for_microcontrollers(listener):
    address = f"udp://127.0.0.1:{port(listener)}?format=text"
    output = Output(address, lambda: Decoding(decision(1.0)), Outbox())
    output.step(1.0)
    assert listener.recv(2000) == b"fist,0.500\n"
    output.close(1.0)


def test_a_file_has_every_decision_and_ends_with_rest(tmp_path):
    file = tmp_path / "a b.csv"
    output = Output(f"file:{tmp_path}/a%20b.csv", lambda: Decoding(decision(1.0)), Outbox())
    output.step(1.0)
    output.close(2.0)
    lines = file.read_text().splitlines()
    assert lines[1] == "1.000000,fist,0.5000,0.9000,0,20.00"
    assert len(lines) == 2 + RESTS_AT_END
    assert lines[-1].startswith("2.000000,rest,")


def test_what_fails_is_told_once_and_tried_again(tmp_path):
    outbox = Outbox()
    place = tmp_path / "later" / "d.csv"
    output = Output(f"file:{place}", lambda: Decoding(decision(1.0)), outbox)
    output.step(1.0)
    output.step(1.2)
    assert output.status.state is SinkState.FAILED
    assert "No such file" in output.status.problem
    output.step(1.4)
    notices = [item for item in outbox.drain() if isinstance(item, Notice)]
    assert len(notices) == 1
    place.parent.mkdir()
    output.step(1.9)
    assert not place.exists()
    output._latest = lambda: Decoding(decision(3.5))
    output.step(3.5)
    assert output.status.state is SinkState.SENDING
    assert output.status.problem == ""
    output.close(4.0)


@pytest.mark.parametrize("text", ["fist", "udp://nowhere", "osc://127.0.0.1:70000", "mail:me"])
def test_an_address_that_is_none_is_told(text):
    with pytest.raises(EmgError):
        checked_address(text)


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="only Linux has a disk always full")
def test_a_disk_that_stays_full_is_told_once_and_tried_again():
    outbox = Outbox()
    output = Output("file:/dev/full", lambda: Decoding(decision(100.0)), outbox)
    output.step(100.0)
    output._latest = lambda: Decoding(decision(103.0))
    output.step(103.0)
    assert output.status.state is SinkState.FAILED
    assert "No space left" in output.status.problem
    assert [type(item) for item in outbox.drain()] == [Notice]
    output.close(104.0)
    assert output.status.state is SinkState.CLOSED


def test_a_session_of_outputs_ends_with_rest(listener):
    decoding = Decoding()
    sinks = DecisionSinks(lambda: decoding, Outbox())
    address = f"udp://127.0.0.1:{port(listener)}"
    sinks.add(address)
    sinks.add(address)
    assert [s.address for s in sinks.statuses] == [address]
    assert json.loads(listener.recv(2000))["gesture"] == "rest"
    sinks.stop()
    sinks.stop()
    assert sinks.statuses == ()


def test_a_message_is_rest_unless_told_otherwise():
    assert Message().line() == "rest,0.000\n"


@pytest.mark.parametrize(
    ("key", "values", "address"),
    [
        ("udp", {}, "udp://127.0.0.1:5005?format=json"),
        ("osc", {"host": "arm.local", "path": "/a b"}, "osc://arm.local:9000/a%20b"),
        ("serial", {"port": "/dev/ttyACM0"}, "serial:/dev/ttyACM0?baud=115200"),
        ("lsl", {}, "lsl:EMG%20Studio%20control"),
        ("file", {"path": "/tmp/ä.csv"}, "file:/tmp/%C3%A4.csv"),
    ],
)
def test_a_form_becomes_an_address(key, values, address):
    kind = SINKS[key]
    assert address_of(kind, kind.place(**values)) == address
    assert checked_address(address)[0] is kind


def test_an_output_that_ended_can_be_added_again(tmp_path):
    file = tmp_path / "d.csv"
    sinks = DecisionSinks(lambda: None, Outbox())
    sinks.add(f"file:{file}")
    ended = sinks._outputs[f"file:{file}"]
    ended.stop()
    assert sinks.status(f"file:{file}").state is SinkState.CLOSED
    sinks.add(f"file:{file}")
    assert sinks._outputs[f"file:{file}"] is not ended
    sinks.stop()
    assert sinks.status(f"file:{file}") is None


@pytest.mark.parametrize(
    ("address", "words"),
    [
        ("serial:/dev/no-such-port", "There is no serial port /dev/no-such-port."),
        ("serial:", "The serial port is missing."),
        ("serial:COM4?baud=fast", "“fast” is no speed in baud."),
    ],
)
def test_a_serial_port_fails_in_our_words(address, words):
    output = Output(address, lambda: None, Outbox())
    output.step(0.0)
    assert output.status.state is SinkState.FAILED
    assert output.status.problem.startswith(words)
    output.close(0.1)


class Breaking:
    """The system's side of a port, with what may happen to it."""

    def __init__(self, error):
        self.error = error

    def write(self, _data):
        raise self.error

    def close(self):
        pass


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (serial.SerialTimeoutException("Write timeout"), "COM4 takes no more bytes."),
        (serial.SerialException("write failed: [Errno 5]"), "COM4 has gone while sending."),
    ],
)
def test_a_serial_port_that_breaks_is_told_in_our_words(monkeypatch, error, words):
    monkeypatch.setattr(serial, "serial_for_url", lambda *_args, **_how: Breaking(error))
    output = Output("serial:COM4", lambda: None, Outbox())
    output.step(0.0)
    assert output.status.problem.startswith(words)
    output.close(0.1)


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (serial.SerialException(errno.EACCES, "denied"), "COM4 may not be opened."),
        (serial.SerialException("PermissionError(13, 'x', None, 5)"), "COM4 may not be opened."),
        (serial.SerialException(errno.EBUSY, "busy"), "COM4 is used by another program."),
    ],
)
def test_a_serial_port_of_somebody_else_is_told_in_our_words(monkeypatch, error, words):
    def refuse(*_args, **_how):
        raise error

    monkeypatch.setattr(serial, "serial_for_url", refuse)
    output = Output("serial:COM4", lambda: None, Outbox())
    output.step(0.0)
    assert output.status.problem.startswith(words)
    output.close(0.1)
