"""Writes running streams to files, so that a crash or a full disk costs at most a second."""

from __future__ import annotations

import logging
import shutil
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path
from typing import Any

from emgstudio.core.clock import Clock, host_time
from emgstudio.core.errors import EmgError
from emgstudio.core.markers import MarkerLog
from emgstudio.core.outbox import Outbox
from emgstudio.core.readings import ReadingLog
from emgstudio.core.ring import Reader, Ring
from emgstudio.core.types import Annotation, ConditionSpec, Gap, Level, Source, StreamInfo
from emgstudio.storage.annotations import AnnotationLog
from emgstudio.storage.disk_space import (
    Ballast,
    DiskPolicy,
    DiskWatch,
    bytes_per_second,
    free_bytes,
    is_full,
    write_test,
)
from emgstudio.storage.disk_sync import DiskSync
from emgstudio.storage.format import Flag
from emgstudio.storage.intake import Intake
from emgstudio.storage.new_session import NewSession, new_folder
from emgstudio.storage.readings import ReadingsIntake

log = logging.getLogger(__name__)

ROUND_S = 0.1
SYNC_EVERY_S = 1.0
SAVE_EVERY_S = 10.0
SLOW_S = 2.0
BACKLOG_S = 10.0
SAY_SLOW_EVERY_S = 60.0
# A disconnected sensor is worth a label; the odd lost packet is in the index anyway.
LABELLED_GAP_S = 0.25


@dataclass(frozen=True)
class SourceStream:
    """A stream to be recorded.

    ``gaps`` tells the device's own gaps and ``markers`` its own labels, if it knows any;
    ``readings`` are the device's, the same for all its streams. A stream that is not ``paced``
    (a recording played fast) keeps its nominal rate: the host's clock says nothing about it.
    """

    info: StreamInfo
    reader: Reader
    clock: Clock
    condition: ConditionSpec
    gaps: Callable[[], Sequence[Gap]] | None = None
    markers: MarkerLog | None = None
    paced: bool = True
    readings: ReadingLog | None = None


class RecorderState(StrEnum):
    """Where a recording is; the last three are final."""

    IDLE = "idle"
    RECORDING = "recording"
    STOPPING = "stopping"
    FINISHED = "finished"
    FAILED = "failed"
    DISK_FULL = "disk_full"


@dataclass(frozen=True, slots=True)
class RecorderStatus:
    """What a front end shows: seconds recorded, bytes on disk, samples lost.

    ``saved_ago_s`` is the age of what the disk itself has, ``disk_left_s`` the
    recording time until the reserve, ``slow`` whether the disk is late.
    """

    state: RecorderState
    seconds: float
    bytes: int
    lost: int
    saved_ago_s: float
    disk_left_s: float
    slow: bool


class Recorder:
    """Records ``sources`` into a new session folder inside ``folder`` on a thread of its own.

    ``meta`` may hold title, subject (a pseudonym) and author; all else is kept
    as it is. Annotations may be added from any thread between start and stop.
    """

    def __init__(
        self,
        folder: Path,
        sources: Sequence[SourceStream],
        meta: Mapping[str, Any],
        outbox: Outbox,
        policy: DiskPolicy | None = None,
    ) -> None:
        self.folder = Path(folder)
        self._sources = tuple(sources)
        self._meta = dict(meta)
        self._outbox = outbox
        self._policy = policy or DiskPolicy()
        self._state = RecorderState.IDLE
        self._wake = threading.Event()
        self._stop = threading.Event()
        self._thread: threading.Thread | None = None
        self._session: NewSession | None = None
        self._intakes: list[Intake] = []
        self._ended: float | None = None
        self._saved = 0.0
        self._slow_until = self._said_slow = float("-inf")

    def start(self) -> None:
        """Test the folder, create the session and begin.

        Raises EmgError when the folder cannot be written or the disk is nearly full.
        """
        if self._state is not RecorderState.IDLE:
            raise RuntimeError("a recorder records once")
        if not self._sources:
            raise EmgError("There is nothing to record.", "Connect a device first.")
        created, host_s = datetime.now(UTC), host_time()
        write_test(self.folder)
        try:
            self._begin(created, self._origin(host_s))
        except OSError as error:
            raise EmgError(
                f'Folder cannot be written: "{self.folder}" ({error.strerror}).',
                "Recording has not started. Choose another folder.",
            ) from error
        self._state = RecorderState.RECORDING
        self._thread = threading.Thread(target=self._run, name="recorder")
        self._thread.start()

    def stop(self) -> Path:
        """Write what is left, finish the session and return its folder; may be called twice."""
        if self._thread is None:
            raise RuntimeError("the recorder was not started")
        self._stop.set()
        self._wake.set()
        self._thread.join()
        return self.path

    @property
    def path(self) -> Path:
        """The session folder."""
        return self._new.folder

    @property
    def annotations(self) -> AnnotationLog:
        """The labels of this recording."""
        return self._new.annotations

    @property
    def meta(self) -> Mapping[str, Any]:
        """What session.json says beside what every recording has."""
        return self._new.meta

    def update_meta(self, meta: Mapping[str, Any]) -> None:
        """Put other values into session.json, on the disk a round later. Any thread."""
        self._new.update_meta(meta)
        self._saved = float("-inf")

    def time_of(self, host: float) -> float:
        """Recording time in seconds at a host time."""
        return host - self._new.host_s

    def now(self) -> float:
        """Recording time now; it stands still once the recording has ended."""
        return self.time_of(host_time() if self._ended is None else self._ended)

    @property
    def status(self) -> RecorderStatus:
        """How it goes; any thread may ask at any time."""
        if self._session is None:
            return RecorderStatus(self._state, 0.0, 0, 0, 0.0, float("inf"), False)
        now = host_time()
        return RecorderStatus(
            state=self._state,
            seconds=self.now(),
            bytes=self._session.bytes,
            lost=sum(stream.writer.lost for stream in self._session.streams),
            saved_ago_s=max(0.0, (self._ended or now) - self._sync.synced),
            disk_left_s=self._watch.left_s,
            slow=now < self._slow_until or now - self._sync.synced > SYNC_EVERY_S + SLOW_S,
        )

    def written(self, ring: Ring) -> int:
        """The index up to which a ring is in its file, 0 if it is not recorded. Any thread."""
        return next((i.written for i in self._intakes if i.ring is ring), 0)

    def records(self, ring: Ring) -> bool:
        """Whether a ring is recorded."""
        return any(intake.ring is ring for intake in self._intakes)

    @property
    def _new(self) -> NewSession:
        if self._session is None:
            raise RuntimeError("the recorder was not started")
        return self._session

    def _begin(self, created: datetime, host_s: float) -> None:
        if free_bytes(self.folder) < self._policy.reserve_bytes:
            raise EmgError(
                f'The disk of "{self.folder}" is nearly full.',
                "Recording has not started. Choose another folder or free some space.",
            )
        subject, title = (str(self._meta.get(key, "")) for key in ("subject", "title"))
        path = new_folder(self.folder, created, subject, title)
        self._ballast = Ballast(path, self._policy.ballast_bytes)
        session = NewSession(
            path,
            [(source.info, source.condition) for source in self._sources],
            self._meta,
            host_s=host_s,
            created=created,
            on_saved=self._wake.set,
            make_room=self._ballast.release,
            overview=True,
        )
        try:
            self._ballast.fill()
        except OSError:
            session.abandon()
            shutil.rmtree(path)
            raise
        self._intakes = [
            Intake(
                source.reader,
                source.clock,
                stream,
                host_s,
                gaps=source.gaps,
                markers=source.markers,
                paced=source.paced,
            )
            for source, stream in zip(self._sources, session.streams, strict=True)
        ]
        told = {s.info.device_id: s.readings for s in self._sources if s.readings is not None}
        self._readings = ReadingsIntake(told, session.readings, host_s)
        pace = bytes_per_second(source.info for source in self._sources)
        self._watch = DiskWatch(path, self._policy, pace, self._outbox)
        self._saved = host_time()
        self._sync = DiskSync(session, self._say_refused)
        self._session = session

    def _origin(self, now: float) -> float:
        """Recording time 0: now, or the first sample that waits to be recorded if it is older."""
        firsts = [s.clock.time(s.reader.position) for s in self._sources if s.paced]
        return min([now, *(t for t in firsts if now - 60.0 < t < now)])

    def _run(self) -> None:
        ended_by, state = "stop", RecorderState.FINISHED
        try:
            while not self._stop.is_set():
                self._wake.wait(ROUND_S)
                if not self._round():
                    ended_by, state = "disk full", RecorderState.DISK_FULL
                    self._say_full()
                    break
            self._state = RecorderState.STOPPING
            self._take_all()
        except OSError as error:
            ended_by, state = self._refused(error)
        except Exception as error:
            log.exception("the recorder failed")
            ended_by, state = "fault", RecorderState.FAILED
            self._outbox.notice(
                Level.ERROR,
                f"Recording stopped because of a fault in the program: {error}",
                "Everything up to here is saved. Details are in the log.",
                "recorder",
            )
        self._ended = host_time()
        self._state = self._finish(ended_by, state)

    def _round(self) -> bool:
        """One turn of the thread; False when the disk has only its reserve left."""
        # Cleared only when it was seen: what is asked for in between is the next round's.
        if asked := self._wake.is_set():
            self._wake.clear()
        began = host_time()
        self._sync.check()
        self._take_all()
        due = began - self._sync.synced >= SYNC_EVERY_S and not self._sync.busy
        save = began - self._saved >= SAVE_EVERY_S or self._first_samples()
        if save:
            self._saved = began
            self._update_lines()
        if asked or due or save:
            self._sync.ask(save=save)
        took = max(host_time() - began, self._sync.took_s)
        if took > SLOW_S:
            self._say_slow(f"The disk is slow: saving took {took:.0f} s.")
        return not self._watch.must_stop(began, self._new.bytes)

    def _first_samples(self) -> bool:
        """Whether a stream has samples but session.json does not know yet when they began."""
        return any(s.writer.samples and s.line is None for s in self._new.streams)

    def _take_all(self) -> None:
        for intake in self._intakes:
            if intake.backlog_s > BACKLOG_S:
                self._say_slow(f"The disk is slow: {intake.backlog_s:.0f} s wait to be saved.")
            for at_s, stop_s, flags in intake.take():
                self._tell_gap(intake, at_s, stop_s, flags)
            self._sync.add(intake.labels(), "Labels of the device")
        self._readings.take()

    def _tell_gap(self, intake: Intake, at_s: float, stop_s: float, flags: Flag) -> None:
        ours = bool(flags & Flag.RECORDER_LOST)
        if not ours and stop_s - at_s < LABELLED_GAP_S:
            return
        name = intake.stream.writer.info.name
        why = "the computer was too slow" if ours else "not received from the device"
        if ours:
            self._outbox.notice(
                Level.ERROR,
                f"{stop_s - at_s:.2f} s of “{name}” could not be saved in time.",
                "The gap is marked; recording continues. Close other programs.",
                "recorder",
            )
        label = Annotation(at_s, stop_s, "lost", "device", Source.DEVICE, note=f"{name}: {why}")
        # Should the disk refuse it, the gap is in the index all the same.
        self._sync.add([label], tell=False)

    def _update_lines(self) -> None:
        for intake in self._intakes:
            intake.update_line()

    def _finish(self, ended_by: str, state: RecorderState) -> RecorderState:
        self._ballast.release()
        try:
            for intake in self._intakes:
                for at_s, stop_s, flags in intake.end():
                    self._tell_gap(intake, at_s, stop_s, flags)
            self._update_lines()
            self._sync.stop()
            if state is RecorderState.FINISHED:
                self._sync.check()
            self._new.finish(ended_by)
            self._sync.synced = host_time()
        except Exception as error:
            log.exception("the session could not be finished")
            self._outbox.notice(
                Level.ERROR,
                f"The recording could not be finished ({error}).",
                "Its samples are on the disk; recover it when the disk is available again.",
                "recorder",
            )
            self._sync.stop()
            self._new.abandon()
            return RecorderState.FAILED if state is RecorderState.FINISHED else state
        return state

    def _refused(self, error: OSError) -> tuple[str, RecorderState]:
        if is_full(error):
            self._say_full()
            return "disk full", RecorderState.DISK_FULL
        log.info("the disk refused: %s", error)
        self._outbox.notice(
            Level.ERROR,
            f"Recording stopped: the disk reports “{error.strerror}”.",
            "Everything saved up to here is kept. Check the disk and record to another folder.",
            "recorder",
        )
        return "disk error", RecorderState.FAILED

    def _say_refused(self, error: EmgError) -> None:
        self._outbox.notice(Level.ERROR, error.message, error.hint, "recorder")

    def _say_full(self) -> None:
        self._outbox.notice(
            Level.ERROR,
            "The disk is full: recording stopped.",
            "Everything up to here is saved. Free some space or choose another folder.",
            "recorder",
        )

    def _say_slow(self, text: str) -> None:
        now = host_time()
        self._slow_until = now + BACKLOG_S
        if now - self._said_slow > SAY_SLOW_EVERY_S:
            self._said_slow = now
            hint = "Recording continues. Close other programs or use a faster disk."
            self._outbox.notice(Level.WARNING, text, hint, "recorder")
