import json
import logging
import os
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from emgstudio.core.clock import Clock, host_time
from emgstudio.core.errors import EmgError
from emgstudio.core.outbox import Outbox
from emgstudio.core.ring import Ring
from emgstudio.core.types import (
    Annotation,
    Channel,
    ConditionSpec,
    Gap,
    Level,
    Notice,
    Source,
    StreamInfo,
)
from emgstudio.storage import recorder as module
from emgstudio.storage.disk_space import DiskPolicy
from emgstudio.storage.format import Flag
from emgstudio.storage.recorder import Recorder, RecorderState, SourceStream
from emgstudio.storage.recording import Recording
from emgstudio.storage.recovery import find_unfinished, recover, verify
from emgstudio.storage.writer import AppendedFile

WaitUntil = Callable[..., None]
SMALL = DiskPolicy(reserve_bytes=0, ballast_bytes=100_000)


class Feed:
    """A stream that a test writes by hand."""

    def __init__(self, name: str = "emg", rate: float = 1000.0, ring_s: float = 20.0) -> None:
        self.info = StreamInfo(name, rate, (Channel("a"), Channel("b")), "int32", "hand")
        self.ring = Ring(round(ring_s * rate), 2, np.int32)
        self.clock = Clock(rate)
        self.gaps: list[Gap] = []

    def source(self) -> SourceStream:
        reader = self.ring.reader()
        return SourceStream(
            self.info, reader, self.clock, ConditionSpec(low_hz=10.0), lambda: self.gaps
        )

    def write(self, count: int) -> None:
        first = self.ring.head
        self.ring.write(np.arange(first, first + count)[:, None] * np.array([1, -1]))
        self.clock.update(self.ring.head - 1, host_time())

    def skip(self, count: int, *, estimated: bool = False) -> None:
        self.gaps.append(Gap(self.info.name, self.ring.head, count, estimated))
        self.ring.skip(count)


@pytest.fixture
def outbox() -> Outbox:
    return Outbox()


@pytest.fixture
def start(tmp_path: Path, outbox: Outbox) -> Iterator[Callable[..., Recorder]]:
    running: list[Recorder] = []

    def started(*feeds: Feed, policy: DiskPolicy = SMALL, **meta: Any) -> Recorder:
        recorder = Recorder(tmp_path, [feed.source() for feed in feeds], meta, outbox, policy)
        recorder.start()
        running.append(recorder)
        return recorder

    yield started
    for recorder in running:
        recorder.stop()


def notices(outbox: Outbox) -> list[Notice]:
    return [item for item in outbox.drain() if isinstance(item, Notice)]


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
        "events.jsonl",
        "session.json",
    ]


def test_two_streams_lie_in_one_recording_time(
    start: Callable[..., Recorder], wait_until: WaitUntil
) -> None:
    emg, imu = Feed("emg", 1000.0), Feed("IMU 1", 100.0)
    recorder = start(emg, imu)
    begun = recorder.now()
    emg.write(100)
    wait_until(lambda: recorder.now() > begun + 0.3)
    late = recorder.now()
    imu.write(10)
    recording = Recording.open(recorder.stop())
    streams = recording.streams
    assert list(streams) == ["emg", "IMU 1"]
    assert streams["emg"].start_s == pytest.approx(begun - 0.1, abs=0.1)
    assert streams["IMU 1"].start_s == pytest.approx(late - 0.1, abs=0.1)
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
    assert label.start == pytest.approx(recording.main.time_of(220), abs=0.02)
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
        assert paused.wait(5.0)
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


def test_labels_are_on_the_disk_before_add_returns_and_flush_the_samples(
    start: Callable[..., Recorder], wait_until: WaitUntil, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "SYNC_EVERY_S", 1e9)
    feed = Feed()
    recorder = start(feed)
    feed.write(100)
    before = recorder._synced
    recorder.annotations.add(Annotation(0.0, 0.0, "mark"))
    assert [a.label for a in Recording.open(recorder.path).annotations] == ["mark"]
    wait_until(lambda: recorder._synced > before)
    assert recorder.status.saved_ago_s < 1.0


def test_session_json_tells_of_a_running_recording(
    start: Callable[..., Recorder], wait_until: WaitUntil, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "SAVE_EVERY_S", 0.2)
    feed = Feed()
    recorder = start(feed)
    feed.write(300)

    def entry() -> Any:
        return json.loads((recorder.path / "session.json").read_text())["streams"][0]

    wait_until(lambda: entry()["start_s"] is not None)
    wait_until(lambda: entry()["samples"] == 300)
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
    status = recorder.status
    assert (status.state, status.lost, status.slow) == ("recording", 0, False)
    assert 0 < status.seconds < 30
    wait_until(lambda: recorder.status.disk_left_s < float("inf"))
    assert recorder.time_of(host_time()) == pytest.approx(recorder.now(), abs=0.05)
    recorder.stop()
    assert recorder.status.seconds == recorder.now() == recorder.status.seconds


def test_a_folder_that_cannot_be_written_is_refused_before_recording(
    tmp_path: Path, outbox: Outbox
) -> None:
    (tmp_path / "file").write_text("")
    recorder = Recorder(tmp_path / "file", [Feed().source()], {}, outbox, SMALL)
    with pytest.raises(EmgError, match="Folder cannot be written") as caught:
        recorder.start()
    assert "Recording has not started" in caught.value.hint
    assert recorder.status.state is RecorderState.IDLE
    with pytest.raises(EmgError, match="nothing to record"):
        Recorder(tmp_path, [], {}, outbox, SMALL).start()
    full = DiskPolicy(reserve_bytes=10**18)
    with pytest.raises(EmgError, match="nearly full"):
        Recorder(tmp_path, [Feed().source()], {}, outbox, full).start()
    assert [p.name for p in tmp_path.iterdir()] == ["file"]


def test_the_reserve_stops_cleanly(
    start: Callable[..., Recorder],
    outbox: Outbox,
    wait_until: WaitUntil,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    feed = Feed()
    recorder = start(feed)
    feed.write(1000)
    wait_until(lambda: recorder.status.bytes > 8000)
    monkeypatch.setattr("emgstudio.storage.disk_space.free_bytes", lambda _: -1)
    monkeypatch.setattr("emgstudio.storage.disk_space.LOOK_EVERY_S", 0.0)
    wait_until(lambda: recorder.status.state is RecorderState.DISK_FULL)
    path = recorder.stop()
    assert verify(path).ok
    assert Recording.open(path).meta["ended_by"] == "disk full"
    assert notices(outbox)[-1].text == "The disk is full: recording stopped."


@pytest.mark.parametrize("part", [0, 1, 17])
def test_a_write_that_the_disk_cuts_short_leaves_an_exact_prefix(
    start: Callable[..., Recorder],
    outbox: Outbox,
    wait_until: WaitUntil,
    monkeypatch: pytest.MonkeyPatch,
    part: int,
) -> None:
    feed = Feed()
    recorder = start(feed)
    feed.write(700)
    wait_until(lambda: recorder.status.bytes > 5600)
    real = AppendedFile.write

    def cut(self: AppendedFile, data: bytes) -> None:
        if self.path.suffix == ".i32":
            real(self, data[:part])
            raise OSError(28, "No space left on device")
        real(self, data)

    monkeypatch.setattr(AppendedFile, "write", cut)
    feed.write(300)
    wait_until(lambda: recorder.status.state is RecorderState.DISK_FULL)
    path = recorder.stop()
    recording = Recording.open(path)
    assert recording.main.samples == 700
    assert verify(path).ok
    torn = path / "emg.i32.torn"
    assert (torn.stat().st_size if torn.exists() else 0) == part
    assert not (path / ".ballast").exists()


@pytest.mark.usefixtures("caplog")
@pytest.mark.parametrize("kind", ["bug", "disk"])
def test_a_fault_ends_in_failed_with_everything_before_saved(
    start: Callable[..., Recorder],
    outbox: Outbox,
    wait_until: WaitUntil,
    monkeypatch: pytest.MonkeyPatch,
    kind: str,
) -> None:
    feed = Feed()
    recorder = start(feed)
    feed.write(700)
    wait_until(lambda: recorder.status.bytes > 5600)
    error = RuntimeError("a bug") if kind == "bug" else OSError(5, "Input/output error")

    def broken(_: Recorder) -> bool:
        raise error

    monkeypatch.setattr(Recorder, "_round", broken)
    wait_until(lambda: recorder.status.state is RecorderState.FAILED)
    path = recorder.stop()
    assert Recording.open(path).main.samples == 700
    assert verify(path).ok
    (notice,) = notices(outbox)
    assert notice.level is Level.ERROR
    assert ("a bug" if kind == "bug" else "Input/output error") in notice.text


def test_a_recording_that_cannot_be_finished_is_left_to_recovery(
    start: Callable[..., Recorder],
    outbox: Outbox,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    feed = Feed()
    recorder = start(feed)
    feed.write(700)

    def refused(*_: object) -> None:
        raise OSError(5, "Input/output error")

    with monkeypatch.context() as patch:
        patch.setattr("emgstudio.storage.new_session.write_json", refused)
        path = recorder.stop()
    assert recorder.status.state is RecorderState.FAILED
    assert "could not be finished" in notices(outbox)[-1].text
    assert any(r.levelno == logging.ERROR for r in caplog.records)
    assert find_unfinished(path.parent) == [path]
    assert recover(path).lost_s == 0.0
    assert Recording.open(path).main.samples == 700


def test_a_slow_disk_is_seen_and_said_once(
    start: Callable[..., Recorder],
    outbox: Outbox,
    wait_until: WaitUntil,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    feed = Feed()
    monkeypatch.setattr(module, "SLOW_S", -1.0)
    recorder = start(feed)
    feed.write(100)
    wait_until(lambda: recorder.status.slow)
    recorder.stop()
    (notice,) = notices(outbox)
    assert notice.level is Level.WARNING
    assert notice.text.startswith("The disk is slow: saving took")


def test_a_backlog_is_said(start: Callable[..., Recorder], outbox: Outbox) -> None:
    feed = Feed()
    recorder = start(feed)
    feed.write(15_000)
    path = recorder.stop()
    assert [n.text for n in notices(outbox)] == ["The disk is slow: 15 s wait to be saved."]
    assert Recording.open(path).main.samples == 15_000


def test_the_files_are_new_and_synced(
    start: Callable[..., Recorder], wait_until: WaitUntil, monkeypatch: pytest.MonkeyPatch
) -> None:
    synced: list[str] = []
    real = AppendedFile.sync

    def watched(self: AppendedFile) -> None:
        synced.append(self.path.suffix)
        real(self)

    monkeypatch.setattr(AppendedFile, "sync", watched)
    monkeypatch.setattr(module, "SYNC_EVERY_S", 0.1)
    feed = Feed()
    recorder = start(feed)
    feed.write(10)
    wait_until(lambda: len(synced) >= 4)
    assert synced[:4] == [".i32", ".idx", ".i32", ".idx"]
    with pytest.raises(EmgError, match="never writes over"):
        AppendedFile(recorder.path / "emg.i32")
    assert os.path.getsize(recorder.path / ".ballast") == SMALL.ballast_bytes
