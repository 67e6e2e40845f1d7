"""What an exercise lets be heard, fed once a frame with what the client's picture is fed with."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

from emgstudio.core.errors import EmgError
from emgstudio.core.settings import Sounds
from emgstudio.devices.audio import SoundOutput
from emgstudio.dsp.tones import Cue, Voices
from emgstudio.session.therapy.exercise import Part, Phase
from emgstudio.session.therapy.run import TherapyRun

CUES = {Phase.PREPARE: Cue.READY, Phase.WORK: Cue.WORK, Phase.REST: Cue.REST, Phase.DONE: Cue.DONE}


class ExerciseSound:
    """Opens the loudspeaker when something is to be heard for the first time.

    ``wanted`` tells the settings as they are now. Where nothing can be heard ``problem``
    says why; nothing ever waits for it.
    """

    def __init__(self, wanted: Callable[[], Sounds]) -> None:
        self._wanted = wanted
        self._output: SoundOutput | None = None
        self._run: TherapyRun | None = None
        self._part: Part | None = None
        self._reached = 0

    @property
    def problem(self) -> EmgError | None:
        """Why nothing can be heard; None while all is well or nothing was tried."""
        return self._output.problem if self._output is not None else None

    @property
    def voices(self) -> Voices | None:
        """What plays, None before it is open and without sound."""
        player = self._output.player if self._output is not None else None
        return player if isinstance(player, Voices) else None

    def follow(self, run: TherapyRun) -> None:
        """One frame of a run: the effort as it is, and a cue for a part that has just begun."""
        wanted, exercise = self._wanted(), run.exercise
        if run is not self._run:
            self._run, self._part, self._reached = run, None, len(exercise.repetitions)
        part, done = exercise.part, exercise.repetitions
        heard = [CUES[part.phase]] if part != self._part else []
        if len(done) > self._reached and done[-1].success:
            heard.append(Cue.SUCCESS)
        self._part, self._reached = part, len(done)
        if heard and wanted.cues and not wanted.muted:
            self._hear(heard)
        if wanted.tone and not wanted.muted and self._output is None:
            self._open()
        if (voices := self.voices) is not None:
            working = part.phase is Phase.WORK and not exercise.paused
            voices.volume = 0.0 if wanted.muted else wanted.volume / 100.0
            voices.share = run.effort if wanted.tone and working else math.nan

    def hush(self) -> None:
        """Silence at once: a pause, or the end."""
        if (voices := self.voices) is not None:
            voices.hush()

    def close(self) -> None:
        """Let the loudspeaker go; may be called twice."""
        if self._output is not None:
            self._output.stop()

    def _hear(self, cues: Sequence[Cue]) -> None:
        if self._output is None:
            self._open()
        # While it opens cues are left out: a late one would mislead.
        if (voices := self.voices) is not None:
            for cue in cues:
                voices.play(cue)

    def _open(self) -> None:
        self._output = SoundOutput(Voices)
        self._output.start()
