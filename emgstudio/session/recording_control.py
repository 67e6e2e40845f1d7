"""Starting, labelling and finishing the recording of a session."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from emgstudio.core.clock import host_time
from emgstudio.core.errors import EmgError
from emgstudio.core.paths import recordings_folder
from emgstudio.core.types import Annotation, Source
from emgstudio.devices.stream import Stream
from emgstudio.session.channel_map import use_maps
from emgstudio.session.cue_script import CueScript
from emgstudio.session.cue_script_run import CueScriptRun
from emgstudio.session.label_sets import LabelSets
from emgstudio.session.recording_marks import RecordingMarks
from emgstudio.session.reference import recorded_references
from emgstudio.session.sources import recorded_sources
from emgstudio.session.state import RecordingChanged
from emgstudio.session.triggers import Triggers
from emgstudio.session.video import USUAL_BYTES_PER_S, CameraRecorder
from emgstudio.session.written import wait_until_written
from emgstudio.storage.disk_space import DiskPolicy, bytes_per_second
from emgstudio.storage.recorder import Recorder
from emgstudio.storage.recovery import find_unfinished

if TYPE_CHECKING:
    from emgstudio.session.session import Session

log = logging.getLogger(__name__)


class RecordingControl:
    """The running recording of a session, if there is one; ``recorded`` are its streams."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self.recorder: Recorder | None = None
        self.recorded: tuple[Stream, ...] = ()
        self.script: CueScriptRun | None = None
        self.camera: CameraRecorder | None = None
        self._camera_pace = USUAL_BYTES_PER_S
        self.triggers = Triggers(lambda: self.recorder, session.outbox)

    @cached_property
    def marks(self) -> RecordingMarks:
        """What a person labels while it runs, with the label set that was used last."""
        return RecordingMarks(self, LabelSets().get(self._session.settings.recording.label_set))

    @property
    def folder(self) -> Path:
        """Where recordings go at present."""
        return Path(self._session.settings.recording.folder or recordings_folder())

    @property
    def running(self) -> Recorder:
        """The recorder of the running recording. Raises EmgError when none runs."""
        if self.recorder is None:
            raise EmgError(
                "Nothing is being recorded.", "Start a recording; labels are stored with it."
            )
        return self.recorder

    def start(
        self,
        folder: Path | None = None,
        *,
        title: str = "",
        subject: str = "",
        from_first_sample: bool = False,
        about: Mapping[str, Any] | None = None,
    ) -> Path:
        """See :meth:`emgstudio.session.session.Session.start_recording`."""
        session = self._session
        if self.recorder is not None:
            raise EmgError("A recording is already running.", "Stop it before you start another.")
        workers = session.devices.values()
        for worker in workers:
            use_maps(session, worker)
        streams = session.streams
        if not streams:
            raise EmgError("Nothing streams yet.", "Connect a device, then start the recording.")
        sources = recorded_sources(workers, from_first_sample)
        author = session.settings.recording.author
        meta: dict[str, Any] = {
            "title": title,
            "subject": subject or session.client,
            "author": author,
        }
        if electrodes := session.settings.recording.electrodes.strip():
            meta["electrodes"] = electrodes
        meta |= about or {}
        meta |= recorded_references(session.references, workers)
        if self.triggers.about:
            meta["triggers"] = self.triggers.about
        recorder = Recorder(folder or self.folder, sources, meta, session.outbox)
        recorder.start()
        self.recorder, self.recorded = recorder, streams
        session.quality.recording_starts(recorder)
        self._start_camera(recorder)
        session.outbox.post(RecordingChanged(recorder.path, running=True))
        return recorder.path

    def stop(self) -> Path | None:
        """Finish the running recording and return its folder; None if none runs."""
        session, recorder = self._session, self.recorder
        if recorder is None:
            return None
        self.stop_script()
        self._end_spans()
        if self.camera is not None:
            self.camera.stop()
            self._camera_pace = self.camera.bytes_per_s or self._camera_pace
            self.camera = None
        session.quality.recording_ends()
        path = recorder.stop()
        self.recorder, self.recorded = None, ()
        session.outbox.post(RecordingChanged(path, running=False))
        return path

    def whole_until_now(self) -> Callable[[], None]:
        """What a task calls before it reads the running recording: its samples come a little later.

        It returns when all up to now is in the file, as far as a sensor still sends it within
        10 s; at once where nothing runs any more.
        """
        recorder, session = self.recorder, self._session
        if recorder is None:
            return lambda: None
        now = recorder.now()
        sources = [
            (w, s) for w in session.devices.values() for s in w.streams if s in self.recorded
        ]

        def wait() -> None:
            for worker, stream in sources:
                wait_until_written(recorder, worker, stream, now)

        return wait

    def annotate(
        self,
        label: str,
        *,
        start: float | None = None,
        stop: float | None = None,
        note: str = "",
        track: str = "markers",
        source: Source = Source.USER,
        repetition: int = 0,
    ) -> Annotation:
        """See :meth:`emgstudio.session.session.Session.annotate`."""
        recorder = self.running
        begin = recorder.now() if start is None else start
        annotation = Annotation(
            begin,
            begin if stop is None else stop,
            label,
            track=track,
            source=source,
            note=note,
            repetition=repetition,
        )
        recorder.annotations.add(annotation)
        return annotation

    def undo(self) -> str | None:
        """Take back the last label; returns what was undone."""
        return self.marks.undo() if self.recorder else None

    def redo(self) -> str | None:
        """Bring back what was undone last; returns what it was."""
        return self.recorder.annotations.redo() if self.recorder else None

    def start_script(self, script: CueScript) -> CueScriptRun:
        """Go through a cue script, in a new recording when none runs.

        Somebody must show it and call ``advance`` and ``painted``. Raises EmgError when
        the script cannot run, another one does, or nothing streams.
        """
        script.check()
        if self.script is not None and not self.script.finished:
            raise EmgError("A cue script is already running.", "Stop it first.")
        if self.recorder is None:
            self.start(title=script.name)
        run = CueScriptRun(self.running, script, self._perform)
        run.start(host_time())
        self.script = run
        return run

    def stop_script(self) -> None:
        """End a cue script; what it has shown so far is kept. Twice is fine."""
        run = self.script
        if run is None or run.stopped:
            return
        try:
            run.stop(host_time())
        except EmgError as error:
            log.info("the last cue keeps no end: %s", error)

    def disk_left_s(self, free_bytes: int | None) -> float | None:
        """Recording time that a disk with so much room takes, with the camera if one is chosen.

        As the recorder itself knows it while one runs; None while nothing streams, and
        where the room is not known.
        """
        if self.recorder is not None:
            return self.recorder.status.disk_left_s
        pace = bytes_per_second(stream.info for stream in self._session.streams)
        if not pace or free_bytes is None:
            return None
        if self._session.settings.recording.camera.strip():
            pace += self._camera_pace
        return max(0, free_bytes - DiskPolicy().reserve_bytes) / pace

    def unfinished(self) -> list[Path]:
        """Recordings that a crash or power cut left unfinished, not the running one."""
        running = self.recorder.path if self.recorder else None
        return [path for path in find_unfinished(self.folder) if path != running]

    def _start_camera(self, recorder: Recorder) -> None:
        source = self._session.settings.recording.camera.strip()
        if source:
            self.camera = CameraRecorder(source, recorder, self._session.outbox)
            self.camera.start()

    def _perform(self, gesture: str) -> None:
        """Simulated persons do what is shown."""
        for worker in self._session.devices.values():
            if gesture in worker.gestures or (not gesture and worker.gestures):
                worker.perform(gesture)

    def _end_spans(self) -> None:
        try:
            self.marks.end_all()
        except EmgError as error:
            # A recording that the disk has ended takes no more labels; they stay as moments.
            log.info("spans that were going on keep no end: %s", error)
