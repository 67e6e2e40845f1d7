"""A camera beside the signals. A film stands for the camera: OpenCV reads both alike."""

import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest

from emgstudio.core.outbox import Outbox
from emgstudio.core.types import Level, Notice
from emgstudio.session import video
from emgstudio.session.session import Session
from emgstudio.session.video import (
    FRAMES_FILE,
    TIMES_FILE,
    USUAL_BYTES_PER_S,
    CameraRecorder,
    frame_times,
)
from emgstudio.storage.disk_space import DiskPolicy
from emgstudio.storage.recorder import Recorder
from emgstudio.storage.recovery import verify
from tests.flow.storage.feed import Feed

Wait = Callable[..., None]
FRAMES = 20


@pytest.fixture
def recorder(tmp_path: Path) -> Iterator[Recorder]:
    policy = DiskPolicy(reserve_bytes=0, ballast_bytes=100_000)
    made = Recorder(tmp_path / "recordings", [Feed().source()], {}, Outbox(), policy)
    made.start()
    yield made
    made.stop()


def said(outbox: Outbox) -> list[str]:
    notices = [item for item in outbox.drain() if isinstance(item, Notice)]
    assert all(notice.level is Level.WARNING for notice in notices)
    assert all("The recording goes on without video." in notice.hint for notice in notices)
    return [notice.text for notice in notices]


def test_every_frame_has_its_time_and_place(tmp_path, recorder, wait_until, monkeypatch):
    cv2 = pytest.importorskip("cv2")
    monkeypatch.setattr(video, "EMPTY_WAIT_S", 0.0)
    film = tmp_path / "film.avi"
    writer = cv2.VideoWriter(str(film), cv2.VideoWriter_fourcc(*"MJPG"), 25, (64, 48))
    for k in range(FRAMES):
        writer.write(np.full((48, 64, 3), 10 * k, np.uint8))
    writer.release()
    outbox = Outbox()
    camera = CameraRecorder(str(film), recorder, outbox)
    camera.start()
    wait_until(lambda: not camera.running)
    camera.stop()
    assert said(outbox) == [f"The camera “{film}” gives no more pictures."]
    path = recorder.stop()
    found = frame_times(path)
    times = [time for time, _, _ in found]
    assert len(found) == camera.frames == FRAMES
    assert times == sorted(times)
    # The file tells times to the microsecond.
    took_s = (path / FRAMES_FILE).stat().st_size / camera.bytes_per_s
    assert took_s == pytest.approx(times[-1] - times[0], abs=2e-6)
    assert all(0 <= time <= recorder.now() for time in times)
    raw = (path / FRAMES_FILE).read_bytes()
    for k, (_, offset, size) in enumerate(found):
        jpeg = np.frombuffer(raw[offset : offset + size], np.uint8)
        assert abs(float(cv2.imdecode(jpeg, cv2.IMREAD_GRAYSCALE).mean()) - 10 * k) < 3
    assert verify(path).ok
    (path / FRAMES_FILE).write_bytes(raw[:-1])
    assert not verify(path).ok


def test_no_camera_is_a_sentence_and_the_recording_goes_on(recorder, wait_until):
    pytest.importorskip("cv2")
    outbox = Outbox()
    camera = CameraRecorder("/nowhere", recorder, outbox)
    camera.start()
    wait_until(lambda: not camera.running)
    assert said(outbox) == ["There is no camera “/nowhere”."]
    assert recorder.status.state == "recording"
    assert frame_times(recorder.path) == []


def test_without_the_library_the_sentence_names_the_extra(recorder, wait_until, monkeypatch):
    monkeypatch.setitem(sys.modules, "cv2", None)
    outbox = Outbox()
    camera = CameraRecorder("0", recorder, outbox)
    camera.start()
    wait_until(lambda: not camera.running)
    camera.stop()
    assert said(outbox) == ["A camera needs the extra 'video', which is not installed."]


def test_before_a_recording_the_disk_time_reckons_with_the_camera(tmp_path, wait_until):
    gigabyte = 1_000_000_000 + DiskPolicy().reserve_bytes
    with Session(tmp_path) as session:
        assert session.recording.disk_left_s(gigabyte) is None
        session.connect("sim:gestures?rate=1000&channels=4")
        wait_until(lambda: session.main_stream is not None)
        alone = session.recording.disk_left_s(gigabyte)
        assert alone is not None
        session.update_settings(session.settings.changed("recording", camera="0"))
        assert session.recording.disk_left_s(gigabyte) == pytest.approx(
            1 / (1 / alone + USUAL_BYTES_PER_S / 1e9)
        )
        assert session.recording.disk_left_s(1000) == 0.0
        assert session.recording.disk_left_s(None) is None


def test_what_a_crash_cut_off_is_passed_over(tmp_path):
    (tmp_path / FRAMES_FILE).write_bytes(bytes(250))
    lines = "frame,time_s,offset,bytes\n0,0.100000,0,100\n1,0.140000,100,100\n2,0.18,200,100\n3,0.2"
    (tmp_path / TIMES_FILE).write_text(lines)
    assert frame_times(tmp_path) == [(0.1, 0, 100), (0.14, 100, 100)]
