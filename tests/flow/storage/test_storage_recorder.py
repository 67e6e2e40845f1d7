"""Recording as it should go."""

import json
import threading
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from emgstudio.core.clock import host_time
from emgstudio.core.errors import EmgError
from emgstudio.core.outbox import Outbox
from emgstudio.core.types import (
    Annotation,
    Gap,
    Level,
    Marker,
    Source,
)
from emgstudio.storage import recorder as module
from emgstudio.storage.format import Flag
from emgstudio.storage.recorder import Recorder, RecorderState
from emgstudio.storage.recording import Recording
from emgstudio.storage.recovery import find_unfinished, recover, verify
from tests.flow.storage.feed import Feed, notices

WaitUntil = Callable[..., None]


def test_everything_between_start_and_stop_is_exact(
    start: Callable[..., Recorder], outbox: Outbox
) -> None:
    feed = Feed()
    feed.write(500)
    recorder = start(feed, title="grip", subject="P12", protocol="x")
    for count in (1, 99, 400, 2500):
        feed.write(count)
    path = recorder.stop()
    assert recorder.stop() == path
    assert path.name.endswith("Z_P12_grip")
    recording = Recording.open(path)
    raw, valid = recording.main.raw(0, 99_999)
    np.testing.assert_array_equal(raw[:, 0], np.arange(500, 3500))
    np.testing.assert_array_equal(raw[:, 1], -raw[:, 0])
    assert valid.all()
    assert (recording.state, recording.meta["protocol"]) == ("finished", "x")
    assert recording.main.condition.low_hz == 10.0
    assert recorder.status.state is RecorderState.FINISHED
    assert verify(path).ok
    assert find_unfinished(path.parent) == []
    assert notices(outbox) == []
    assert sorted(p.name for p in path.iterdir()) == [
        "checksums.json",
        "emg.i32",
        "emg.idx",
        "emg.pyr",
        "events.jsonl",
        "session.json",
    ]


def test_two_streams_lie_in_one_recording_time(start: Callable[..., Recorder]) -> None:
    emg, imu = Feed("emg", 1000.0), Feed("IMU 1", 100.0)
    recorder = start(emg, imu)
    begun = recorder.time_of(emg.host)
    imu.host = emg.host + 0.3
    emg.write(100)
    imu.write(10)
    recording = Recording.open(recorder.stop())
    streams = recording.streams
    assert list(streams) == ["emg", "IMU 1"]
    assert streams["emg"].start_s == pytest.approx(begun + 0.001, abs=1e-4)
    assert streams["IMU 1"].start_s == pytest.approx(begun + 0.3 + 0.01, abs=1e-4)
    assert (recording.path / "imu-1.i32").exists()


def test_the_devices_gaps_stay_gaps_and_long_ones_are_labelled(
    start: Callable[..., Recorder], outbox: Outbox, wait_until: WaitUntil
) -> None:
    feed = Feed()
    recorder = start(feed)
    feed.write(100)
    feed.skip(20)
    feed.write(100)
    feed.skip(300, estimated=True)
    wait_until(lambda: recorder.status.lost == 320)
    feed.skip(200, estimated=True)
    feed.write(100)
    recording = Recording.open(recorder.stop())
    assert recording.main.gaps == (Gap("emg", 100, 20), Gap("emg", 220, 500, estimated=True))
    (label,) = recording.annotations
    assert (label.label, label.track, label.source) == ("lost", "device", Source.DEVICE)
    assert label.duration == pytest.approx(0.5)
    assert label.start == pytest.approx(recording.main.time_of(220), abs=1e-3)
    assert notices(outbox) == []


def test_a_sensor_away_for_longer_than_the_ring_is_not_our_loss(
    start: Callable[..., Recorder], outbox: Outbox, wait_until: WaitUntil
) -> None:
    feed = Feed(ring_s=1.0)
    recorder = start(feed)
    feed.write(100)
    wait_until(lambda: recorder.status.bytes > 800)
    feed.skip(5000, estimated=True)
    feed.write(50)
    recording = Recording.open(recorder.stop())
    assert recording.main.samples == 5150
    assert [(x.at, x.count, x.flags) for x in recording.main.index.lost] == [
        (100, 5000, Flag.GAP | Flag.ESTIMATED)
    ]
    assert notices(outbox) == []
    assert recording.main.raw(5100, 5150)[0][0, 0] == 5100


def test_our_own_loss_is_told_marked_and_recording_goes_on(
    start: Callable[..., Recorder],
    outbox: Outbox,
    wait_until: WaitUntil,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    feed = Feed(ring_s=1.0)
    recorder = start(feed)
    feed.write(100)
    wait_until(lambda: recorder.status.bytes > 800)
    with monkeypatch.context() as patch:
        paused = threading.Event()
        patch.setattr(Recorder, "_round", lambda _: paused.set() or True)
        assert paused.wait(60.0)
        feed.write(700)
        feed.write(900)
    wait_until(lambda: recorder.status.lost == 600)
    feed.write(10)
    path = recorder.stop()
    stream = Recording.open(path).main
    assert [(x.at, x.count, x.flags) for x in stream.index.lost] == [
        (100, 600, Flag.GAP | Flag.RECORDER_LOST)
    ]
    assert stream.raw(700, 1710)[0][:, 0].tolist() == list(range(700, 1710))
    (notice,) = notices(outbox)
    assert notice.level is Level.ERROR
    assert "0.60 s of “emg” could not be saved in time" in notice.text
    (label,) = Recording.open(path).annotations
    assert (label.label, label.track) == ("lost", "device")
    assert recorder.status.state is RecorderState.FINISHED


@pytest.fixture
def asked_only(
    start: Callable[..., Recorder], wait_until: WaitUntil, monkeypatch: pytest.MonkeyPatch
) -> Recorder:
    """A recorder that syncs when it is asked to, and never again by itself."""
    monkeypatch.setattr(module, "SYNC_EVERY_S", 1e9)
    monkeypatch.setattr(module, "SAVE_EVERY_S", 1e9)
    feed = Feed()
    recorder = start(feed)
    feed.write(100)
    # The first samples are synced by themselves, once.
    wait_until(lambda: entry_of(recorder)["start_s"] is not None)
    return recorder


def test_labels_are_on_the_disk_before_add_returns_and_flush_the_samples(
    asked_only: Recorder, wait_until: WaitUntil
) -> None:
    recorder = asked_only
    before = recorder._sync.synced
    recorder.annotations.add(Annotation(0.0, 0.0, "mark"))
    assert [a.label for a in Recording.open(recorder.path).annotations] == ["mark"]
    wait_until(lambda: recorder._sync.synced > before)
    synced = recorder._sync.synced
    least = host_time() - synced
    told = recorder.status.saved_ago_s
    assert least <= told <= host_time() - synced


def test_a_sync_that_is_asked_for_as_a_round_begins_is_not_forgotten(
    asked_only: Recorder, wait_until: WaitUntil
) -> None:
    recorder = asked_only
    before = recorder._sync.synced

    class Late(threading.Event):
        left = 1

        def is_set(self) -> bool:
            was = super().is_set()
            if self.left:
                self.left = 0
                self.set()
            return was

    recorder._wake = Late()
    wait_until(lambda: recorder._sync.synced > before)


def entry_of(recorder: Recorder) -> dict[str, Any]:
    """What session.json says now about the only stream."""
    entry: dict[str, Any] = json.loads((recorder.path / "session.json").read_text())["streams"][0]
    return entry


def test_session_json_tells_of_a_running_recording(
    start: Callable[..., Recorder], wait_until: WaitUntil, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "SAVE_EVERY_S", 0.2)
    feed = Feed()
    recorder = start(feed)
    feed.write(300)
    wait_until(lambda: entry_of(recorder)["start_s"] is not None)
    wait_until(lambda: entry_of(recorder)["samples"] == 300)
    recording = Recording.open(recorder.path)
    assert (recording.state, recording.main.samples) == ("recording", 300)
    assert find_unfinished(recorder.folder) == []
    with pytest.raises(EmgError, match="is being recorded"):
        recover(recorder.path)


def test_status_and_time(start: Callable[..., Recorder], wait_until: WaitUntil) -> None:
    feed = Feed()
    recorder = start(feed)
    feed.write(1000)
    wait_until(lambda: recorder.status.bytes > 8000)
    before, status, after = recorder.now(), recorder.status, recorder.now()
    assert (status.state, status.lost, status.slow) == ("recording", 0, False)
    assert 0 < before <= status.seconds <= after
    wait_until(lambda: recorder.status.disk_left_s < float("inf"))
    before, now, after = host_time(), recorder.now(), host_time()
    assert recorder.time_of(before) <= now <= recorder.time_of(after)
    recorder.stop()
    assert recorder.status.seconds == recorder.now() == recorder.status.seconds


def test_labels_of_the_device_lie_at_their_samples(
    start: Callable[..., Recorder], wait_until: WaitUntil
) -> None:
    feed = Feed()
    feed.paced = False
    feed.write(500)
    for at, count, label in ((100, 200, "over"), (400, 300, "begun"), (600, 0, "button")):
        feed.markers.add(Marker("emg", at, count, label, "labels", 2))
    recorder = start(feed)
    feed.write(1000)
    feed.markers.add(Marker("emg", 1100, 200, "whole", "labels", 1))
    wait_until(lambda: len(recorder.annotations.items) == 3)
    assert recorder.annotations.undo() is None
    recording = Recording.open(recorder.stop())
    stream = recording.main
    found = {
        a.label: (stream.sample_at(a.start), stream.sample_at(a.stop), a.repetition, a.track)
        for a in recording.annotations
    }
    assert found == {
        "begun": (0, 200, 2, "labels"),
        "button": (100, 100, 2, "labels"),
        "whole": (600, 800, 1, "labels"),
    }
    assert all(a.source is Source.DEVICE for a in recording.annotations)


def test_what_is_played_fast_keeps_its_nominal_rate(start: Callable[..., Recorder]) -> None:
    feed = Feed()
    feed.paced = False
    recorder = start(feed)
    for _ in range(8):
        feed.write(1000)
    stream = Recording.open(recorder.stop()).main
    assert stream.samples == 8000
    assert stream.duration_s == pytest.approx(8.0)
    assert stream.start_s == 0.0
