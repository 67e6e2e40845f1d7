"""Cues a person through a plan and labels the running recording while they follow."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from emgstudio.core.clock import host_time
from emgstudio.core.errors import EmgError
from emgstudio.core.ring import Chunk
from emgstudio.core.types import Annotation, Source
from emgstudio.devices.stream import Stream
from emgstudio.devices.worker import DeviceWorker
from emgstudio.ml.gestures import REST
from emgstudio.ml.protocol import CueEvent, CuePlan, CueProtocol, CueView
from emgstudio.session.calibration_person import CueStyle
from emgstudio.session.written import wait_until_written
from emgstudio.storage.recorder import Recorder

if TYPE_CHECKING:
    from emgstudio.session.session import Session

RAMP_STEP = 0.04
CUE_TRACK = "cue"
REPLACED_TRACK = "replaced"


def begun_calibration(session: Session, plan: CuePlan, track: str) -> Calibration:
    """See :meth:`emgstudio.session.session.Session.start_calibration`."""
    if session.calibration is not None and not session.calibration.finished:
        raise EmgError("A calibration is already running.", "Finish or stop it first.")
    stream = session.main_stream
    device = session.device_of(stream) if stream is not None else None
    if device is None:
        raise EmgError("Nothing streams yet.", "Connect a device, then calibrate.")
    owns = session.recorder is None
    if owns:
        session.start_recording(title="calibration")
    calibration = Calibration(
        session.recording.running, device, plan, track=track, owns_recording=owns
    )
    try:
        calibration.start(host_time())
    except EmgError:
        # A full disk refuses the first label: what nobody asked for does not go on alone.
        if owns:
            session.stop_recording()
        raise
    return calibration


class Calibration:
    """One run through a cue plan; pulled forward by whoever shows the cues.

    The label of a hold is stored as soon as its cue is shown and gets its end
    when the cue ends, so that a crash between the two keeps it; undo takes back
    what a person did, never a cue. The take that a redo replaces is kept in the
    track ``replaced``.
    """

    def __init__(
        self,
        recorder: Recorder,
        device: DeviceWorker,
        plan: CuePlan,
        *,
        track: str,
        owns_recording: bool,
    ) -> None:
        self.recorder = recorder
        self.device = device
        self.plan = plan
        self.track = track
        self.owns_recording = owns_recording
        self.style = CueStyle(effort="same")
        self._protocol = CueProtocol(plan)
        self._open: Annotation | None = None
        self._stopped = False
        self._asked = 1.0

    @property
    def path(self) -> Path:
        """The recording that the labels go to."""
        return self.recorder.path

    @property
    def finished(self) -> bool:
        """True when every cue was shown, or the run was stopped."""
        return self._stopped or self._protocol.finished

    @property
    def stopped(self) -> bool:
        """True when somebody ended it early."""
        return self._stopped

    @property
    def takes(self) -> tuple[Annotation, ...]:
        """The complete labelled takes of this run so far, in time order."""
        return tuple(
            a for a in self.recorder.annotations.items if a.track == self.track and not a.is_event
        )

    def start(self, host: float) -> None:
        """Begin with the first phase at ``host`` seconds."""
        self._perform(REST)
        self._follow_all(self._protocol.start(host))

    def advance(self, host: float | None = None) -> None:
        """Move on to where the plan is now; call it at every frame."""
        if not self._stopped:
            now = host_time() if host is None else host
            self._follow_all(self._protocol.advance(now))
            self._follow_ramp(now)

    def view(self, host: float | None = None) -> CueView:
        """What to show now."""
        return self._protocol.view(host_time() if host is None else host)

    def pause(self) -> None:
        """Hold the plan; an unfinished take is dropped and repeated on resume."""
        self._follow_all(self._protocol.pause(host_time()))
        self._perform(REST)

    def resume(self) -> None:
        """Go on where it was paused."""
        self._follow_all(self._protocol.resume(host_time()))

    def redo(self, gesture: str, repetition: int) -> None:
        """Ask for one repetition again; the old take is kept aside."""
        self._protocol.redo(gesture, repetition)

    def add(self, gesture: str) -> int:
        """Ask for one repetition more than there are; returns its number."""
        return self._protocol.add(gesture)

    def replaced(self, gesture: str, repetition: int) -> tuple[Annotation, ...]:
        """The older takes of a repetition that were kept aside, in time order."""
        return tuple(
            a
            for a in self.recorder.annotations.items
            if a.track == REPLACED_TRACK and (a.label, a.repetition) == (gesture, repetition)
        )

    def bring_back(self, gesture: str, repetition: int) -> bool:
        """Use the newest older take again, the present one goes aside; again undoes it.

        False when there is no older one.
        """
        older = self.replaced(gesture, repetition)
        present = [a for a in self.takes if (a.label, a.repetition) == (gesture, repetition)]
        if not older or not present:
            return False
        self.recorder.annotations.change(
            replace(older[-1], track=self.track),
            *(replace(a, track=REPLACED_TRACK) for a in present),
            undoable=False,
        )
        return True

    @property
    def stream(self) -> Stream:
        """The stream that is learnt from."""
        return self.device.streams[0]

    def samples(self, start: float, stop: float) -> Chunk | None:
        """Conditioned samples ``(n, used channels)`` of a span of recording time.

        None while the last of them has not come yet.
        """
        stream = self.stream
        shift = self.recorder.time_of(0.0)
        first, last = (round(stream.clock.index(time - shift)) for time in (start, stop))
        if stream.clean.head < last:
            return None
        chunk = stream.clean.read(first, last)
        used = list(stream.info.used_columns)
        return replace(chunk, data=chunk.data[:, used])

    def stop(self, host: float) -> None:
        """End early (or after the last cue); an unfinished take is dropped."""
        if self._stopped:
            return
        if not self._protocol.finished:
            self._stopped = True
            self._drop_open()
        self._perform("")

    def wait_until_written(self) -> None:
        """Wait until every labelled sample is in the file, while the sensor sends."""
        end = max((a.stop for a in self.takes), default=0.0)
        wait_until_written(self.recorder, self.device, self.stream, end)

    def _follow_all(self, events: list[CueEvent]) -> None:
        for event in events:
            self._follow(event)

    def _follow(self, event: CueEvent) -> None:
        time = self.recorder.time_of(event.time)
        if event.kind == "begin":
            self._perform(event.gesture, self.style.strength_at(event.repetition, 0.0))
            self._open = Annotation(
                time,
                time,
                event.gesture,
                track=self.track,
                source=Source.CUE,
                repetition=event.repetition,
            )
            self.recorder.annotations.add(self._open, undoable=False)
        elif event.kind == "end":
            self._perform(REST)
            self._close_take(time)
        else:
            self._perform(REST)
            self._drop_open()

    def _follow_ramp(self, host: float) -> None:
        """A simulated person follows the zone that moves, in steps that cannot be seen."""
        take = self._open
        if take is None or take.label == REST or self.style.effort != "ramp":
            return
        strength = self.style.strength_at(take.repetition, self.view(host).fraction)
        if abs(strength - self._asked) >= RAMP_STEP:
            self._perform(take.label, strength)

    def _close_take(self, time: float) -> None:
        take = self._open
        if take is None:
            return
        self._open = None
        annotations = self.recorder.annotations
        older = [
            replace(a, track=REPLACED_TRACK)
            for a in self.takes
            if (a.label, a.repetition) == (take.label, take.repetition)
        ]
        annotations.change(take.moved(take.start, time), *older, undoable=False)

    def _drop_open(self) -> None:
        if self._open is not None:
            self.recorder.annotations.remove(self._open.id, undoable=False)
            self._open = None

    def _perform(self, gesture: str, strength: float = 1.0) -> None:
        self._asked = strength
        if gesture in self.device.gestures or (gesture == "" and self.device.gestures):
            self.device.perform(gesture, strength)
