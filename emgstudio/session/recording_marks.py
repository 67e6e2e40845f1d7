"""Labels that a person gives while the recording runs: moments, spans, scores and notes."""

from __future__ import annotations

from dataclasses import replace
from typing import Protocol

from emgstudio.core.clock import host_time
from emgstudio.core.errors import EmgError
from emgstudio.core.types import Annotation
from emgstudio.session.label_sets import Label, LabelKind, LabelSet
from emgstudio.storage.recorder import Recorder

MARK_TRACK = "markers"
SCORE_TRACK = "score"
NOTE_TRACK = "notes"
NOTE_LABEL = "note"
HIGHEST_SCORE = 10
# A key that is let go sooner was tapped, not held.
TAP_S = 0.35


class Running(Protocol):
    """Who knows the running recording."""

    @property
    def running(self) -> Recorder:
        """The recorder. Raises EmgError when none runs."""


class RecordingMarks:
    """Gives labels of a set to the running recording.

    A point label marks the moment of ``press``. A segment label begins there: held, it
    ends with ``release``; tapped, it stays on until the next press. It is on the
    disk as a moment from its beginning and becomes a span at its end, so that a
    crash in between keeps it. ``host`` is the host time of the key press, now without
    one. Every method raises EmgError when nothing is recorded.
    """

    def __init__(self, control: Running, labels: LabelSet) -> None:
        self._control = control
        self.labels = labels
        self._open: dict[str, Annotation] = {}
        self._pressed: dict[str, float] = {}
        # What undo takes back, oldest first: a span that began, or a label that is whole.
        self._done: list[str | None] = []

    @property
    def open(self) -> tuple[str, ...]:
        """The segments that have begun and not ended, oldest first."""
        return tuple(self._open)

    @property
    def begun(self) -> dict[str, float]:
        """Since when, in seconds of recording time, each of them goes on."""
        return {name: item.start for name, item in self._open.items()}

    def press(self, name: str, host: float | None = None) -> Annotation:
        """A key, button or finger goes down on a label; what was marked, begun or ended."""
        recorder = self._control.running
        at = host_time() if host is None else host
        label = self.labels.label(name) or Label(name, kind=LabelKind.POINT)
        if label.kind is LabelKind.POINT:
            return self._add(recorder, _at(recorder.time_of(at), name))
        if name in self._open:
            return self._end(recorder, name, at)
        for rival in self.labels.rivals(name) & self._open.keys():
            self._end(recorder, rival, at)
        begun = _at(recorder.time_of(at), name)
        recorder.annotations.add(begun, undoable=False)
        self._open[name] = begun
        self._pressed[name] = at
        self._done.append(name)
        return begun

    def release(self, name: str, host: float | None = None) -> Annotation | None:
        """It goes up again; the span that ended with it, None when nothing ended."""
        at = host_time() if host is None else host
        pressed = self._pressed.pop(name, None)
        if pressed is None or name not in self._open or at - pressed < TAP_S:
            return None
        return self._end(self._control.running, name, at)

    def score(self, value: int, host: float | None = None) -> Annotation:
        """Note how strong pain or effort is, 0 to 10, on the scale of the label set."""
        if not 0 <= value <= HIGHEST_SCORE:
            raise EmgError(f"{value} is not on the scale.", "Use 0 to 10.")
        recorder = self._control.running
        at = host_time() if host is None else host
        name = f"{self.labels.score or 'score'} {value}"
        return self._add(recorder, replace(_at(recorder.time_of(at), name), track=SCORE_TRACK))

    def note(self, text: str, host: float | None = None) -> Annotation:
        """Keep a few words with a moment."""
        if not text.strip():
            raise EmgError("The note is empty.", "Type a few words, then Enter.")
        recorder = self._control.running
        at = host_time() if host is None else host
        moment = _at(recorder.time_of(at), NOTE_LABEL)
        return self._add(recorder, replace(moment, track=NOTE_TRACK, note=text.strip()))

    def undo(self) -> str | None:
        """Take back the newest: a span that is still going on, else the last label."""
        recorder = self._control.running
        name = self._done.pop() if self._done else None
        if name is None or name not in self._open:
            return recorder.annotations.undo()
        self._pressed.pop(name, None)
        recorder.annotations.remove(self._open.pop(name).id, undoable=False)
        return f"Begin “{name}”"

    def end_all(self) -> None:
        """The recording ends: so does every span that goes on. Twice is fine."""
        recorder = self._control.running
        try:
            for name in self.open:
                self._end(recorder, name, host_time())
        finally:
            # What a full disk refuses is a moment for ever, and no part of the next recording.
            self._open.clear()
            self._pressed.clear()

    def use(self, labels: LabelSet) -> None:
        """Another set; spans that go on end."""
        if self._open:
            self.end_all()
        self.labels = labels

    def _end(self, recorder: Recorder, name: str, host: float) -> Annotation:
        begun = self._open.pop(name)
        self._pressed.pop(name, None)
        stop = max(begun.start, recorder.time_of(host))
        span = replace(_at(begun.start, name), stop=stop)
        if name in self._done:
            self._done.remove(name)
        # The span first: a crash between the two leaves both rather than none.
        self._add(recorder, span)
        recorder.annotations.remove(begun.id, undoable=False)
        return span

    def _add(self, recorder: Recorder, made: Annotation) -> Annotation:
        recorder.annotations.add(made)
        self._done.append(None)
        return made


def _at(time: float, label: str) -> Annotation:
    return Annotation(time, time, label, track=MARK_TRACK)
