"""Goes through a cue script and labels the running recording when each cue was really seen.

A cue begins when its screen was painted, not when it was due: whoever shows it calls
``painted``. Until then its time does not run.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Literal

from emgstudio.core.types import Annotation, Source
from emgstudio.ml.gestures import REST
from emgstudio.session.calibration import REPLACED_TRACK
from emgstudio.session.cue_script import CueScript, ScriptCue, script_to_json
from emgstudio.storage.recorder import Recorder

SCRIPT_TRACK = "script"
META = "cue_scripts"
# A screen that was not painted for so long is covered, minimised or on a display that is off.
UNSEEN_S = 1.0

Kind = Literal["lead", "cue", "pause", "done"]


@dataclass(frozen=True, slots=True)
class ScriptStep:
    """One picture of the screen; ``number`` counts cues from 1, ``repetition`` those of a label."""

    kind: Kind
    seconds: float = 0.0
    cue: ScriptCue | None = None
    number: int = 0
    repetition: int = 0


@dataclass(frozen=True, slots=True)
class ScriptView:
    """What to show now. ``fraction`` of the step has gone by; ``unseen`` asks for a screen."""

    step: int
    kind: Kind
    cue: ScriptCue | None
    number: int
    total: int
    remaining_s: float
    fraction: float
    following: str
    paused: bool
    unseen: bool


class CueScriptRun:
    """One run through a script, pulled forward by ``advance`` at every frame.

    A cue is on the disk as a moment from its onset and becomes a span when what follows was
    painted. One that is interrupted is kept in the track ``replaced`` and shown
    again. ``perform`` tells a simulated person what is asked for.
    """

    def __init__(
        self,
        recorder: Recorder,
        script: CueScript,
        perform: Callable[[str], None] = lambda _name: None,
    ) -> None:
        script.check()
        self.script = script.with_seed()
        self.recorder = recorder
        self._perform = perform
        self.steps = _steps(self.script)
        self._step = 0
        self._seen: float | None = None
        self._due: float | None = None
        self._paused = False
        self._stopped = False
        self._open: Annotation | None = None

    @property
    def finished(self) -> bool:
        """True when every cue was shown, or the run was stopped."""
        return self._stopped or self.steps[self._step].kind == "done"

    @property
    def stopped(self) -> bool:
        """True when somebody ended it early."""
        return self._stopped

    @property
    def paused(self) -> bool:
        return self._paused

    def start(self, host: float) -> None:
        """Write into the recording what is going to be shown, seed included, and begin."""
        at = self.recorder.time_of(host)
        script = self.script
        shown = [step.cue.name for step in self.steps if step.kind == "cue" and step.cue]
        entry = script_to_json(script) | {"started_s": at, "shown": shown}
        before = self.recorder.meta.get(META, [])
        self.recorder.update_meta({META: [*before, entry]})
        note = f"{script.order} order, seed {script.seed}, {script.count} cues"
        self._add(Annotation(at, at, f"script {script.name}", note=note))
        self._due = host

    def advance(self, host: float) -> None:
        """Move on when the time of what was seen is over."""
        if self.finished or self._paused or self._seen is None:
            return
        end = self._seen + self.steps[self._step].seconds
        if host >= end:
            self._go(self._step + 1, host)

    def painted(self, step: int, host: float) -> None:
        """The picture of ``step`` (see :class:`ScriptView`) was painted at ``host``, once or more.

        Only the first time counts. Raises EmgError when the label cannot be saved.
        """
        if step != self._step or self._seen is not None or self._paused or self._stopped:
            return
        if self._due is not None and host < self._due:
            # Word of an earlier painting of the same step, from before a pause.
            return
        self._seen = host
        at = self.recorder.time_of(host)
        self._close(at)
        now = self.steps[step]
        if now.kind == "cue" and now.cue is not None:
            note = f"cue {now.number} of {self.script.count}"
            self._open = self._add(
                Annotation(at, at, now.cue.name, note=note, repetition=now.repetition)
            )
        self._perform(now.cue.name if now.cue is not None else REST)

    def pause(self, host: float) -> None:
        """Hold; the cue that is on is shown again afterwards."""
        if not self._paused and not self.finished:
            self._paused = True
            self._interrupt(host)
            self._perform(REST)

    def resume(self, host: float) -> None:
        """Go on, with the interrupted cue from its beginning."""
        if self._paused:
            self._paused = False
            self._go(self._step, host)

    def stop(self, host: float) -> None:
        """End early; what was shown so far is kept. Twice is fine."""
        if self._stopped:
            return
        if self._open is not None and self.steps[self._step].kind == "done":
            # Nobody saw the end of the last cue: it is where it was due.
            self._close(self.recorder.time_of(self._due if self._due is not None else host))
        elif not self.finished:
            self._interrupt(host)
        self._stopped = True
        self._perform("")

    def view(self, host: float) -> ScriptView:
        """What to show at ``host``."""
        step = self.steps[self._step]
        gone = 0.0 if self._seen is None else max(0.0, host - self._seen)
        late = self._due is not None and host - self._due > UNSEEN_S
        return ScriptView(
            step=self._step,
            kind=step.kind,
            cue=step.cue,
            number=step.number,
            total=self.script.count,
            remaining_s=max(0.0, step.seconds - gone),
            fraction=min(1.0, gone / step.seconds) if step.seconds else 0.0,
            following=self._following(),
            paused=self._paused,
            unseen=late and self._seen is None and not self._paused and not self.finished,
        )

    def _go(self, step: int, host: float) -> None:
        self._step, self._seen, self._due = step, None, host

    def _following(self) -> str:
        later = self.steps[self._step + 1 :]
        return next((s.cue.text or s.cue.name for s in later if s.kind == "cue" and s.cue), "")

    def _close(self, at: float) -> None:
        begun, self._open = self._open, None
        if begun is not None:
            self.recorder.annotations.change(begun.moved(begun.start, at), undoable=False)

    def _interrupt(self, host: float) -> None:
        begun, self._open = self._open, None
        if begun is not None:
            cut = begun.moved(begun.start, self.recorder.time_of(host))
            note = f"{cut.note}, interrupted"
            self.recorder.annotations.change(
                replace(cut, track=REPLACED_TRACK, note=note), undoable=False
            )

    def _add(self, made: Annotation) -> Annotation:
        made = replace(made, track=SCRIPT_TRACK, source=Source.CUE)
        self.recorder.annotations.add(made, undoable=False)
        return made


def _steps(script: CueScript) -> tuple[ScriptStep, ...]:
    steps = [ScriptStep("lead", script.lead_s)] if script.lead_s > 0 else []
    seen: Counter[str] = Counter()
    for number, cue in enumerate(script.sequence(), start=1):
        if number > 1 and script.pause_s > 0:
            steps.append(ScriptStep("pause", script.pause_s, number=number - 1))
        seen[cue.name] += 1
        steps.append(ScriptStep("cue", cue.duration_s, cue, number, seen[cue.name]))
    return (*steps, ScriptStep("done", number=script.count))
