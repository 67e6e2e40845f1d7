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
from emgstudio.session.trigger_sources import SerialTriggers, trigger_source
from emgstudio.session.triggers import Triggers, TriggerState
from emgstudio.storage.disk_space import DiskPolicy
from emgstudio.storage.recorder import Recorder
from tests.flow.storage.feed import Feed

Wait = Callable[..., None]
pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="needs pseudo terminals")


@pytest.fixture
def recorder(tmp_path: Path) -> Iterator[Recorder]:
    policy = DiskPolicy(reserve_bytes=0, ballast_bytes=100_000)
    made = Recorder(tmp_path, [Feed().source()], {}, Outbox(), policy)
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


def test_lines_are_put_together_from_pieces(port):
    ours, name = port
    source = trigger_source(f"lines:{name}?baud=9600")
    source.open()
    os.write(ours, b"stim A\r\nsti")
    found = []
    for _ in range(100):
        found += source.read(0.1)
        if found:
            break
    os.write(ours, b"m B\n\n")
    for _ in range(100):
        found += source.read(0.1)
        if len(found) == 2:
            break
    source.close()
    assert [trigger.label for trigger in found] == ["stim A", "stim B"]


def test_a_line_that_never_ends_does_not_fill_the_memory():
    source = SerialTriggers("lines:x", "x", 9600, lines=True)
    assert source._lines_in(b"x" * 5000) == ["x" * 200]
    assert source._begun == b""


def test_a_source_that_is_not_there_says_so_once_and_comes_back(
    triggers, recorder, port, wait_until, tmp_path
):
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


def test_markers_of_another_program_keep_its_times(triggers, recorder, wait_until):
    try:
        import pylsl
    except (ImportError, RuntimeError) as error:
        pytest.skip(f"pylsl or its library is not installed: {error}")
    # This computer alone: a test neither asks nor answers the network.
    pylsl.set_config_content("[multicast]\nResolveScope = machine\n")
    name = f"triggers {uuid.uuid4().hex[:8]}"
    outlet = pylsl.StreamOutlet(pylsl.StreamInfo(name, "Markers", 1, 0.0, "string", name))
    triggers.use([f"lsl:{name}"])
    wait_until(lambda: triggers.statuses[0].state is TriggerState.LISTENING)
    assert outlet.wait_for_consumers(30.0)
    # What happened before the recording began is not in it.
    wait_until(lambda: recorder.now() > 0.5)
    sent = host_time() - 0.2
    outlet.push_sample(["flash"], pylsl.local_clock() - 0.2)
    wait_until(lambda: labels(recorder) == ["flash"])
    (made,) = recorder.annotations.items
    # Two looks at two clocks; the arrival itself is 0.2 s later at least.
    assert made.start == pytest.approx(recorder.time_of(sent), abs=0.1)


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
