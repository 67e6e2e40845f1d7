"""Recording when folder, disk or program fail."""

import logging
import os
import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from emgstudio.core.errors import EmgError
from emgstudio.core.outbox import Outbox
from emgstudio.core.types import (
    Level,
)
from emgstudio.storage import recorder as module
from emgstudio.storage.disk_space import DiskPolicy
from emgstudio.storage.recorder import Recorder, RecorderState
from emgstudio.storage.recording import Recording
from emgstudio.storage.recovery import find_unfinished, recover, verify
from emgstudio.storage.writer import AppendedFile
from tests.flow.storage.feed import SMALL, Feed, notices

WaitUntil = Callable[..., None]


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


def test_d9_the_reserve_stops_cleanly_and_the_recording_is_valid(
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


def test_samples_reach_the_file_while_the_disk_keeps_a_sync_waiting(
    start: Callable[..., Recorder],
    outbox: Outbox,
    wait_until: WaitUntil,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    waiting, ready = threading.Event(), threading.Event()
    real = AppendedFile.sync

    def stuck(self: AppendedFile) -> None:
        waiting.set()
        assert ready.wait(60.0)
        real(self)

    monkeypatch.setattr(AppendedFile, "sync", stuck)
    monkeypatch.setattr(module, "SLOW_S", 0.05)
    feed = Feed()
    recorder = start(feed)
    try:
        feed.write(300)
        assert waiting.wait(60.0)
        feed.write(700)
        feed.skip(400)
        feed.write(100)
        data = recorder.path / "emg.i32"
        wait_until(lambda: data.stat().st_size == 1100 * 8)
        wait_until(lambda: recorder.status.slow)
        # As after a kill: all of it can be read, though nothing of it was synced.
        assert Recording.open(recorder.path).main.samples == 1500
        wait_until(lambda: recorder._said_slow > 0)
    finally:
        ready.set()
    path = recorder.stop()
    assert verify(path).ok
    assert [a.label for a in Recording.open(path).annotations] == ["lost"]
    (notice,) = notices(outbox)
    assert notice.text.startswith("The disk is slow: saving took")


def test_a_sync_that_the_disk_refuses_ends_the_recording(
    start: Callable[..., Recorder],
    outbox: Outbox,
    wait_until: WaitUntil,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    real = AppendedFile.sync
    calls: list[str] = []

    def refused_once(self: AppendedFile) -> None:
        calls.append(self.path.name)
        if len(calls) == 1:
            raise OSError(5, "Input/output error")
        real(self)

    monkeypatch.setattr(AppendedFile, "sync", refused_once)
    feed = Feed()
    recorder = start(feed)
    feed.write(700)
    wait_until(lambda: recorder.status.state is RecorderState.FAILED)
    assert Recording.open(recorder.stop()).main.samples == 700
    assert "Input/output error" in notices(outbox)[0].text


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
