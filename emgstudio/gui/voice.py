"""Short texts spoken by the computer's own voice: Qt's, which is an optional extra."""

from __future__ import annotations

from typing import Any, Protocol

from PySide6.QtCore import QLocale

from emgstudio.core.errors import EmgError
from emgstudio.devices.optional import optional_module

# For tests of Qt itself; it is silent.
MOCK = "mock"
NO_VOICE = "There is no voice on this computer. A bell rings instead."
ENGINE_HINT = "Install one: on Linux speech-dispatcher, elsewhere in the system's settings."


class Speaker(Protocol):
    """What can speak. Nobody ever waits for it."""

    @property
    def problem(self) -> EmgError | None:
        """Why nothing is heard, None while all is well."""

    def say(self, text: str, *, after: bool = False) -> None:
        """Begin to speak now, breaking off what is being said, or ``after`` it."""

    def hush(self) -> None:
        """Silence at once."""

    def set_volume(self, share: float) -> None:
        """0 to 1."""


class Voice:
    """The first real engine that Qt knows, in English where it can.

    Raises EmgError where Qt's part for speech is not installed or knows no engine.
    """

    def __init__(self) -> None:
        library = optional_module("PySide6.QtTextToSpeech", "speech", "Speaking")
        engines = [e for e in library.QTextToSpeech.availableEngines() if e != MOCK]
        if not engines:
            raise EmgError(NO_VOICE, ENGINE_HINT)
        self._library = library
        self._speech: Any = library.QTextToSpeech(engines[0])
        ours = QLocale.Language.English
        english = [x for x in self._speech.availableLocales() if x.language() == ours]
        # What it is set to may be one already, and the better one.
        if english and self._speech.locale().language() != ours:
            self._speech.setLocale(english[0])

    @property
    def problem(self) -> EmgError | None:
        """An engine may fail at once, or later: its program ended, its device is gone."""
        if self._speech.state() != self._library.QTextToSpeech.State.Error:
            return None
        return EmgError(NO_VOICE, f"It says: {self._speech.errorString()}. {ENGINE_HINT}")

    def say(self, text: str, *, after: bool = False) -> None:
        """Begin to speak now, breaking off what is being said, or ``after`` it."""
        (self._speech.enqueue if after else self._speech.say)(text)

    def hush(self) -> None:
        """Silence at once."""
        self._speech.stop()

    def set_volume(self, share: float) -> None:
        """0 to 1."""
        self._speech.setVolume(share)
