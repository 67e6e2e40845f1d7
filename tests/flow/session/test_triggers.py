"""Triggers of a serial port, of another program and of keys, into a recording."""

import os
import sys
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from emgstudio.core.clock import host_time
from emgstudio.core.errors import EmgError
from emgstudio.core.outbox import Outbox
from emgstudio.core.types import Level, Notice, Source
from emgstudio.session import trigger_sources
from emgstudio.session import triggers as trigger_module
from emgstudio.session.lsl_clock import lsl_ahead
from emgstudio.session.trigger_sources import SerialTriggers, trigger_source
from emgstudio.session.triggers import Triggers, TriggerState
from emgstudio.storage.disk_space import DiskPolicy
from emgstudio.storage.recorder import Recorder
from tests.flow.storage.feed import Feed
from tests.own_lsl import own_lsl

Wait = Callable[..., None]
# How long ago something was when it is told.
LATE_S = 10.0
# Far above what any of it takes.
GIVE_UP_S = 60.0
pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="needs pseudo terminals")


@pytest.fixture
def recorder(tmp_path: Path) -> Iterator[Recorder]:
    """It has been recording for a while: what happened before it began is not in it."""
    policy = DiskPolicy(reserve_bytes=0, ballast_bytes=100_000)
    feed = Feed()
    feed.clock.update(0, host_time() - 2 * LATE_S)
    made = Recorder(tmp_path, [feed.source()], {}, Outbox(), policy)
    made.start()
    yield made
    made.stop()


@pytest.fixture
def triggers(recorder: Recorder) -> Iterator[Triggers]:
    made = Triggers(lambda: recorder, Outbox())
    yield made
    made.stop()
    made.stop()


@pytest.fixture
def port() -> Iterator[tuple[int, str]]:
    """The writing end and the name of a port."""
    import tty

    ours, theirs = os.openpty()
    tty.setraw(theirs)
    yield ours, os.ttyname(theirs)
    os.close(theirs)
    os.close(ours)


def labels(recorder: Recorder) -> list[str]:
    return [a.label for a in recorder.annotations.items if a.track == "trigger"]


def test_bytes_of_a_port_become_labels_at_their_arrival(triggers, recorder, port, wait_until):
    ours, name = port
    triggers.use([f"bytes:{name}"])
    wait_until(lambda: triggers.statuses[0].state is TriggerState.LISTENING)
    before = host_time()
    os.write(ours, bytes([5, 0, 200]))
    wait_until(lambda: len(labels(recorder)) == 2)
    assert sorted(labels(recorder)) == ["200", "5"]
    for made in recorder.annotations.items:
        assert made.source is Source.DEVICE
        assert recorder.time_of(before) <= made.start <= recorder.now()
        assert "within about 16 ms" in made.note
    assert recorder.annotations.undo_text is None
    status = triggers.statuses[0]
    assert (status.count, status.last.label) == (2, "200")


def test_lines_are_put_together_from_pieces(port, wait_until):
    ours, name = port
    source = trigger_source(f"lines:{name}?baud=9600")
    source.open()
    os.write(ours, b"stim A\r\nsti")
    found = []

    def came(count: int) -> bool:
        found.extend(source.read(0.1))
        return len(found) == count

    wait_until(lambda: came(1))
    os.write(ours, b"m B\n\n")
    wait_until(lambda: came(2))
    source.close()
    assert [trigger.label for trigger in found] == ["stim A", "stim B"]


def test_a_line_that_never_ends_does_not_fill_the_memory():
    source = SerialTriggers("lines:x", "x", 9600, lines=True)
    assert source._lines_in(b"x" * 5000) == ["x" * 200]
    assert source._begun == b""


def test_a_source_that_is_not_there_says_so_once_and_comes_back(
    triggers, recorder, port, wait_until, tmp_path, monkeypatch
):
    monkeypatch.setattr(trigger_module, "AGAIN_AFTER_S", 0.05)
    link = tmp_path / "port"
    triggers.use([f"bytes:{link}"])
    wait_until(lambda: triggers.statuses[0].state is TriggerState.LOST)
    assert "There is no port" in triggers.statuses[0].trouble
    link.symlink_to(port[1])
    wait_until(lambda: triggers.statuses[0].state is TriggerState.LISTENING)
    os.write(port[0], bytes([7]))
    wait_until(lambda: labels(recorder) == ["7"])
    assert recorder.status.state == "recording"
    said = [n for n in triggers._outbox.drain() if isinstance(n, Notice)]
    assert [n.level for n in said] == [Level.WARNING, Level.INFO]
    assert "Recording goes on" in said[0].hint


def test_markers_of_another_program_keep_its_times(triggers, recorder, wait_until, monkeypatch):
    pylsl = own_lsl()
    for limit in ("FIND_S", "OPEN_S"):
        monkeypatch.setattr(trigger_sources, limit, GIVE_UP_S)
    name = f"triggers {uuid.uuid4().hex[:8]}"
    outlet = pylsl.StreamOutlet(pylsl.StreamInfo(name, "Markers", 1, 0.0, "string", name))
    triggers.use([f"lsl:{name}"])
    wait_until(lambda: triggers.statuses[0].state is TriggerState.LISTENING)
    assert outlet.wait_for_consumers(GIVE_UP_S)
    sent = host_time() - LATE_S
    outlet.push_sample(["flash"], sent + lsl_ahead(pylsl))
    wait_until(lambda: labels(recorder) == ["flash"])
    (made,) = recorder.annotations.items
    # As exactly as LSL compares two clocks on a busy computer, far from when it arrived.
    assert made.start == pytest.approx(recorder.time_of(sent), abs=LATE_S / 10)


def test_keys_of_a_foot_switch(triggers, recorder):
    triggers.key_pressed("PgDown", host_time())
    assert labels(recorder) == ["PgDown"]
    assert triggers.statuses[-1].count == 1


def test_without_a_recording_they_are_only_counted():
    triggers = Triggers(lambda: None, Outbox())
    triggers.key_pressed("PgDown", host_time())
    assert triggers.statuses[-1].count == 1


def test_when_the_recording_takes_no_more_labels_it_is_said(recorder):
    triggers = Triggers(lambda: recorder, Outbox())
    recorder.stop()
    triggers.key_pressed("PgDown", host_time())
    assert [n.level for n in triggers._outbox.drain()] == [Level.WARNING]


@pytest.mark.parametrize("address", ["sim:gestures", "bytes:", "nothing", "bytes:x?baud=fast"])
def test_an_address_that_is_none(address):
    with pytest.raises(EmgError):
        trigger_source(address)
