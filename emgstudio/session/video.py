"""Records a camera beside the signals: JPEG frames in one file and the time of each in another.

Both files only grow, so that a crash costs at most the last frame. The extra ``video`` is
needed; without it, or without a camera, one sentence says so and the recording goes on.
"""

from __future__ import annotations

import logging
import threading
from pathlib import Path
from typing import Any

from emgstudio.core.clock import host_time
from emgstudio.core.errors import EmgError
from emgstudio.core.outbox import Outbox
from emgstudio.core.types import Level
from emgstudio.devices.optional import optional_module
from emgstudio.storage.recorder import Recorder
from emgstudio.storage.writer import AppendedFile

log = logging.getLogger(__name__)

FRAMES_FILE = "camera.mjpeg"
TIMES_FILE = "camera.csv"
HEAD = b"frame,time_s,offset,bytes\n"
QUALITY = 85
# 30 pictures of 640 × 480 in a second, until a camera has shown what it gives.
USUAL_BYTES_PER_S = 1.5e6
SYNC_EVERY_S = 1.0
JOIN_S = 10.0
# A camera that gives nothing for so many reads in turn is gone.
EMPTY_READS = 50
EMPTY_WAIT_S = 0.05


class CameraRecorder:
    """Records ``source`` (a camera's number, a device file or an address) into a recording.

    A frame's time is when the camera handed it over, in recording time: exposure and
    transfer lie before it, usually 30 to 100 ms, and always about the same.
    ``bytes_per_s`` is what it wrote so far, 0 before the second frame.
    """

    def __init__(self, source: str, recorder: Recorder, outbox: Outbox) -> None:
        self._source = source
        self._recorder = recorder
        self._outbox = outbox
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="camera")
        self.frames = 0
        self._first = 0.0
        self.bytes_per_s = 0.0

    def start(self) -> None:
        """Begin; returns at once."""
        self._thread.start()

    def stop(self) -> None:
        """Write what is there and let go; may be called twice."""
        self._stop.set()
        if self._thread.ident is not None:
            self._thread.join(JOIN_S)

    @property
    def running(self) -> bool:
        """False before the start, after the end and when the camera is gone."""
        return self._thread.is_alive()

    def _run(self) -> None:
        try:
            cv2 = optional_module("cv2", "video", "A camera")
            capture = self._open(cv2)
            try:
                self._record(cv2, capture)
            finally:
                capture.release()
        except EmgError as error:
            self._say(error.message, error.hint)
        except OSError as error:
            log.info("the camera's file: %s", error)
            self._say(f"The video ends here: the disk reports “{error.strerror}”.", "")
        except Exception as error:
            log.exception("the camera failed")
            self._say(f"The video ends here because of a fault: {error}", "")

    def _open(self, cv2: Any) -> Any:
        number = self._source.isdecimal()
        capture = cv2.VideoCapture(int(self._source) if number else self._source)
        if not capture.isOpened():
            raise EmgError(
                f"There is no camera “{self._source}”.",
                "Plug it in, close other programs that use it, and start the next recording.",
            )
        return capture

    def _record(self, cv2: Any, capture: Any) -> None:
        folder = self._recorder.path
        frames, times = AppendedFile(folder / FRAMES_FILE), AppendedFile(folder / TIMES_FILE)
        try:
            times.write(HEAD)
            synced, empty = host_time(), 0
            while not self._stop.is_set():
                there, picture = capture.read()
                host = host_time()
                if not there:
                    empty += 1
                    if empty > EMPTY_READS:
                        raise EmgError(f"The camera “{self._source}” gives no more pictures.")
                    self._stop.wait(EMPTY_WAIT_S)
                    continue
                empty = 0
                self._write(cv2, frames, times, picture, host)
                if host - synced > SYNC_EVERY_S:
                    synced = host
                    frames.sync()
                    times.sync()
        finally:
            frames.close()
            times.close()

    def _write(
        self, cv2: Any, frames: AppendedFile, times: AppendedFile, picture: Any, host: float
    ) -> None:
        done, jpeg = cv2.imencode(".jpg", picture, [cv2.IMWRITE_JPEG_QUALITY, QUALITY])
        if not done:
            return
        at, raw = frames.bytes, jpeg.tobytes()
        # The frame first: a line never speaks of a picture that is not there.
        frames.write(raw)
        time = self._recorder.time_of(host)
        times.write(f"{self.frames},{time:.6f},{at},{len(raw)}\n".encode())
        self.frames += 1
        self._first = self._first if self.frames > 1 else time
        if time > self._first:
            self.bytes_per_s = frames.bytes / (time - self._first)

    def _say(self, text: str, hint: str) -> None:
        self._outbox.notice(
            Level.WARNING, text, f"The recording goes on without video. {hint}".strip(), "camera"
        )


def frame_times(folder: Path) -> list[tuple[float, int, int]]:
    """Recording time, offset and size of every whole frame of a recording; none without video."""
    path = folder / TIMES_FILE
    if not path.exists():
        return []
    there = (folder / FRAMES_FILE).stat().st_size
    found = []
    for line in path.read_text("ascii", "replace").splitlines()[1:]:
        parts = line.split(",")
        try:
            _, time, offset, size = int(parts[0]), float(parts[1]), int(parts[2]), int(parts[3])
        except (IndexError, ValueError):
            # The last line of a crash.
            continue
        if offset + size <= there:
            found.append((time, offset, size))
    return found
