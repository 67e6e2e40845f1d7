"""What a person says of channels is used at once, unless somebody relies on them as they are."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from emgstudio.core.errors import EmgError
from emgstudio.devices.stream import Stream
from emgstudio.devices.worker import DeviceWorker
from emgstudio.session import channel_map
from emgstudio.session.muscles import muscle_names
from emgstudio.session.sensors import ChannelNote
from emgstudio.session.session import Session
from emgstudio.session.state import ChannelsDescribed
from emgstudio.session.tapping import Place, TapAssignment, TapWatch
from tests.flow.session.sampled_time import SampledTime

Wait = Callable[..., None]
VM = ChannelNote("VM", "Vastus medialis", "left")


@pytest.fixture
def session(tmp_path: Path, made_time: SampledTime) -> Iterator[Session]:
    with Session(tmp_path / "settings") as made:
        made_time.connect(made, "sim:clean?rate=1000")
        yield made


def of(session: Session) -> tuple[DeviceWorker, Stream]:
    worker = next(iter(session.devices.values()))
    return worker, worker.streams[0]


def notes(*first: ChannelNote) -> tuple[ChannelNote, ...]:
    return channel_map.padded(first, 4)


def test_a_map_is_used_at_once_and_told(session: Session) -> None:
    worker, stream = of(session)
    session.outbox.drain()
    assert channel_map.store_map(session, worker, stream, notes(VM, ChannelNote(used=False)))
    first, second, *_ = stream.info.channels
    assert (first.name, first.site, first.side) == ("VM", "Vastus medialis", "left")
    assert (second.name, second.used) == ("EMG 2", False)
    assert ChannelsDescribed(worker.device_id) in session.outbox.drain()
    assert worker.as_the_device_says(stream).channels[0].name == "EMG 1"
    assert channel_map.store_map(session, worker, stream, ())
    assert stream.info == worker.as_the_device_says(stream)


def test_a_recording_keeps_its_names_and_the_next_has_the_new_ones(
    session: Session, tmp_path: Path
) -> None:
    worker, stream = of(session)
    session.start_recording(tmp_path)
    assert channel_map.needed_by(session, worker) == "a recording"
    assert not channel_map.store_map(session, worker, stream, notes(VM, ChannelNote(used=False)))
    assert stream.info.channels[0].name == "EMG 1"
    first = session.stop_recording()
    session.start_recording(tmp_path)
    second = session.stop_recording()
    assert first is not None
    assert second is not None
    before, after = (session.open_recording(folder).main.info for folder in (first, second))
    assert [c.name for c in before.channels][:2] == ["EMG 1", "EMG 2"]
    assert [c.name for c in after.channels][:2] == ["VM", "EMG 2"]
    assert [c.used for c in after.channels] == [True, False, True, True]


def test_what_is_wrong_is_said_at_the_field(session: Session, wait_until: Wait) -> None:
    worker, stream = of(session)
    found = channel_map.problems(session, worker, stream, notes(ChannelNote("EMG 2")))
    assert [(p.channel, p.field, p.grave) for p in found] == [(0, "name", True), (1, "name", True)]
    assert "Two channels are named “EMG 2”." in found[0].text
    assert "channel 2 has it too" in found[0].hint
    assert "channel 1 has it too" in found[1].hint
    with pytest.raises(EmgError):
        channel_map.store_map(session, worker, stream, notes(ChannelNote("x"), ChannelNote("x")))

    twice = notes(VM, ChannelNote("b", "vastus medialis", "left"), ChannelNote("c", VM.site))
    found = channel_map.problems(session, worker, stream, twice)
    assert [(p.channel, p.field, p.grave) for p in found] == [
        (0, "site", False),
        (1, "site", False),
    ]
    assert "this one and channel 2" in found[0].text

    unused = notes(VM, ChannelNote("b", VM.site, VM.side, used=False))
    assert channel_map.problems(session, worker, stream, unused) == ()

    channel_map.store_map(session, worker, stream, notes(VM))
    session.connect("sim:hum")
    wait_until(lambda: len(session.streams) == 2)
    other = list(session.devices.values())[1]
    found = channel_map.problems(session, other, other.streams[0], notes(VM))
    assert "this one and VM of Demo: Four muscles, good signal" in found[0].text


def test_four_sensors_are_assigned_by_taps_in_twenty_seconds_of_signal(
    session: Session, made_time: SampledTime
) -> None:
    worker, stream = of(session)
    worker.perform("rest")
    places = [Place(name, "left") for name in muscle_names()[:4]]
    given = TapAssignment(places)
    watch = TapWatch(stream.info.rate, stream.info.n_channels)
    reader = stream.clean.reader()
    begin = stream.clean.head
    tapped = 0

    def step() -> bool:
        nonlocal tapped
        chunk = reader.take()
        for tap in watch.feed(chunk.data, chunk.valid):
            if tap.clear:
                given.give(tap.channels[0])
        if watch.listening and tapped == given.done and tapped < 4:
            worker.act("tap", {"channel": (3, 1, 4, 2)[tapped]})
            tapped += 1
        return given.place is None

    made_time.until(step)
    assert (stream.clean.head - begin) / stream.info.rate < 20.0
    assert given.assigned == {2: places[0], 0: places[1], 3: places[2], 1: places[3]}
    channel_map.store_map(session, worker, stream, given.notes(notes()))
    assert stream.info.channels[2].site == places[0].site
