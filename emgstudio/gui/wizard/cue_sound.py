"""The cues for the ear: a bell where a hold begins and ends, and what the page says, spoken."""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import TYPE_CHECKING

from PySide6.QtWidgets import QApplication, QCheckBox, QWidget

from emgstudio.core.errors import EmgError
from emgstudio.core.types import Level
from emgstudio.devices.audio import SoundOutput
from emgstudio.dsp.tones import Cue, Voices
from emgstudio.gui.voice import NO_VOICE, Speaker, Voice
from emgstudio.gui.widgets import large_target, row
from emgstudio.ml.gestures import gesture_title
from emgstudio.ml.protocol import CueView

if TYPE_CHECKING:
    from emgstudio.session.session import Session

log = logging.getLogger(__name__)
NAME = "calibrate"
# How often an engine that stopped is opened again: each takes a moment, and may say nothing.
TRIES = 3
TRIED = "It is tried again at the next pauses."
GONE = "The voice has not come back. The bell goes on."
GONE_HINT = "To try again, untick Voice and tick it."
BACK = "The voice is back."


def words_of(view: CueView) -> tuple[str, str]:
    """What to do, and which movement."""
    title = gesture_title(view.gesture) if view.gesture else ""
    following = gesture_title(view.next_gesture) if view.next_gesture else ""
    return {
        "ready": ("Ready", ""),
        "rest": ("Rest", "Let your arm be soft"),
        "countdown": ("Get ready", title),
        "hold": ("HOLD", title),
        "pause": ("Relax", f"Next: {following}" if following else ""),
        "paused": ("Paused", title or following),
        "done": ("All takes are recorded", ""),
    }[view.phase]


def spoken(view: CueView, effort: str = "") -> str:
    """The words of a moment, as few of them as can be said within it; "" says nothing.

    ``effort`` is how hard the take is meant to be.
    """
    word, title = words_of(view)
    if view.phase == "ready":
        return ""
    if view.phase == "countdown":
        return f"{title}, {effort}" if effort else title
    if view.phase in ("hold", "paused"):
        return word.capitalize()
    return f"{word}. {title}" if title else word


class CueSound:
    """Follows what a page shows, with what the person's settings let be heard.

    A new cue breaks off what is being said, so that the ear is never behind the eye.
    Where there is no voice that is said once, and the bell rings in its place. An engine
    that stops is opened again at the next pauses, and whenever the voice is asked for anew.
    """

    def __init__(self, session: Session, open_voice: Callable[[], Speaker] | None = None) -> None:
        self._session = session
        self._open_voice = open_voice or Voice
        self._voice: Speaker | None = None
        self._bell: SoundOutput | None = None
        self._silent = False
        self._tries = TRIES
        self._asked = False
        self._said = 0
        self._moment: tuple[str, str, int] | None = None
        self._on = False

    @property
    def speaks(self) -> bool:
        """Whether words are heard: asked for, not muted, and there is a voice."""
        return self._wanted("voice") and self._speaker() is not None

    def follow(self, view: CueView, effort: str = "", more: str = "") -> None:
        """A frame of the cues; ``more`` is said after the words of a new moment."""
        moment = (view.phase, view.gesture, view.repetition)
        before, self._moment = self._moment, moment
        was_on, self._on = self._on, self._wanted("bell") or self._wanted("voice")
        if was_on and not self._on:
            self.hush()
        asked, self._asked = self._asked, self._wanted("voice")
        if self._asked and not asked:
            self._open_again(TRIES)
        elif moment != before and view.phase in ("rest", "pause") and self._voice is not None:
            self._open_again(self._tries - 1)
        # To open a voice takes its time, which is not to be that of a cue.
        speaks = self.speaks
        if not self._on or moment == before:
            return
        phases = (view.phase, before[0] if before is not None else "")
        if "hold" in phases and (self._wanted("bell") or not speaks):
            self._ring(Cue.WORK if phases[0] == "hold" else Cue.REST)
        self.say(" ".join(part for part in (_ended(spoken(view, effort)), more) if part))

    def say(self, text: str, *, after: bool = False) -> None:
        """One more text that has appeared on the page, if words are wanted."""
        voice = self._speaker() if text and self._wanted("voice") else None
        if voice is not None:
            voice.set_volume(self._session.settings.sounds.volume / 100.0)
            voice.say(text, after=after)
            self._said += 1

    def hush(self) -> None:
        """Break off what is being said or rung."""
        if self._voice is not None:
            self._voice.hush()
        player = self._bell.player if self._bell is not None else None
        if isinstance(player, Voices):
            player.hush()

    def close(self) -> None:
        """Let voice and loudspeaker go; may be called twice."""
        self.hush()
        if self._bell is not None:
            self._bell.stop()

    def _wanted(self, which: str) -> bool:
        sounds = self._session.settings.sounds
        return bool(getattr(sounds, which)) and not sounds.muted

    def _speaker(self) -> Speaker | None:
        """The voice, opened the first time; None where there is none."""
        if self._silent:
            return None
        if self._voice is None:
            try:
                self._voice = self._open_voice()
            except EmgError as error:
                self._give_up(NO_VOICE, f"{error.message} {error.hint}".strip())
                return None
            self._said = 0
        problem = self._voice.problem
        if problem is not None:
            self._stopped(problem)
            return None
        if self._said and self._tries < TRIES:
            # It has spoken since, and nothing was wrong with that.
            self._tries = TRIES
            self._tell(BACK)
        return self._voice

    def _open_again(self, tries: int) -> None:
        """Forget a voice that failed, if ``tries`` are left; the next that is said opens it."""
        if self._silent and tries >= 0:
            self._silent, self._voice, self._tries = False, None, tries

    def _stopped(self, problem: EmgError) -> None:
        if self._tries == TRIES:
            self._give_up(NO_VOICE, f"{problem.hint} {TRIED}")
        elif self._tries == 0:
            self._give_up(GONE, GONE_HINT)
        else:
            self._give_up("", problem.hint)

    def _give_up(self, words: str, hint: str) -> None:
        """Be silent; ``words`` are "" where that was told before."""
        self._silent = True
        log.info("no voice: %s", hint)
        if words:
            self._tell(words, hint)

    def _tell(self, words: str, hint: str = "") -> None:
        self._session.outbox.notice(Level.INFO, words, hint, NAME)

    def _ring(self, cue: Cue) -> None:
        """Our own tone where the loudspeaker is open, else the system's bell."""
        if self._bell is None:
            self._bell = SoundOutput(Voices)
            self._bell.start()
        player = self._bell.player
        if isinstance(player, Voices) and self._bell.problem is None:
            player.volume = self._session.settings.sounds.volume / 100.0
            player.play(cue)
        else:
            QApplication.beep()


class CueSoundChoice(QWidget):
    """Bell and voice, as the person's settings have them; both are off at first."""

    def __init__(self, session: Session) -> None:
        super().__init__()
        self._session = session
        self.bell = QCheckBox("Bell")
        self.bell.setToolTip("A bell where a hold begins and where it ends")
        self.voice = QCheckBox("Voice")
        self.voice.setToolTip("What the page asks for is spoken, where this computer has a voice")
        for box in (self.bell, self.voice):
            box.setAccessibleName(f"Sound: {box.text()}")
            box.setAccessibleDescription(box.toolTip())
            box.toggled.connect(self._keep)
        large_target(self.bell, self.voice)
        self.setLayout(row(self.bell, self.voice))
        self.refresh()

    def refresh(self) -> None:
        """Show the settings as they are; while the sound is off (Ctrl+M) nothing is ticked."""
        sounds = self._session.settings.sounds
        for box, on in ((self.bell, sounds.bell), (self.voice, sounds.voice)):
            if box.isChecked() != (on and not sounds.muted):
                box.blockSignals(True)
                box.setChecked(on and not sounds.muted)
                box.blockSignals(False)

    def _keep(self) -> None:
        """What is ticked is heard, also after the sound was switched off."""
        settings, ticked = self._session.settings, (self.bell.isChecked(), self.voice.isChecked())
        muted = settings.sounds.muted and not any(ticked)
        values = {"bell": ticked[0], "voice": ticked[1], "muted": muted}
        try:
            self._session.update_settings(settings.changed("sounds", **values))
        except EmgError as error:
            self._session.outbox.notice(Level.WARNING, error.message, error.hint, NAME)


def _ended(words: str) -> str:
    return f"{words}." if words and words[-1] not in ".?!" else words
