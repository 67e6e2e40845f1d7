"""The computer's loudspeaker: PortAudio by the optional ``sounddevice``, on its own thread."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from emgstudio.core.errors import EmgError
from emgstudio.devices.optional import optional_module

log = logging.getLogger(__name__)

# M-14 of the messages.
UNAVAILABLE = "Sound is not available on this computer. Visual cues are used."
JOIN_S = 10.0


class Player(Protocol):
    """What is played: ``render(n)`` gives ``(n,)`` samples within ±1."""

    def render(self, n: int) -> NDArray[np.float32]: ...


class SoundOutput:
    """Plays ``make(rate)`` once it is open; nobody waits for it and nothing stops without it.

    Opening goes on beside (drivers take seconds); then ``player`` is there, or ``problem``
    says why not.
    """

    def __init__(self, make: Callable[[float], Player]) -> None:
        self.player: Player | None = None
        self.problem: EmgError | None = None
        self._make = make
        self._stream: Any = None
        self._refusal: type[Exception] = OSError
        self._thread = threading.Thread(target=self._open, name="sound")

    def start(self) -> None:
        """Begin to open the loudspeaker; returns at once."""
        self._thread.start()

    @property
    def opening(self) -> bool:
        """Whether it is not known yet if there will be sound."""
        return self._thread.is_alive()

    def stop(self) -> None:
        """Let the loudspeaker go; may be called twice."""
        if self._thread.ident is not None:
            self._thread.join(JOIN_S)
        stream, self._stream = self._stream, None
        if stream is not None:
            try:
                stream.close()
            except self._refusal as error:
                log.info("the loudspeaker did not close: %s", error)

    def _open(self) -> None:
        try:
            library = optional_module("sounddevice", "sound", "Sound")
            self._refusal = library.PortAudioError
            try:
                self._play_on(library)
            except self._refusal as error:
                raise EmgError(f"The loudspeaker says: {error}") from error
        except EmgError as error:
            log.info("no sound: %s", error)
            self._give_up(EmgError(UNAVAILABLE, f"{error.message} {error.hint}".strip()))
        except Exception as error:
            log.exception("the loudspeaker could not be opened")
            self._give_up(EmgError(UNAVAILABLE, str(error)))

    def _play_on(self, library: Any) -> None:
        rate = float(library.query_devices(kind="output")["default_samplerate"])
        player = self._make(rate)
        self._stream = library.OutputStream(
            samplerate=rate, channels=1, dtype="float32", latency="low", callback=self._fill
        )
        self.player = player
        self._stream.start()

    def _give_up(self, problem: EmgError) -> None:
        self.player, self.problem = None, problem

    def _fill(self, out: NDArray[np.float32], frames: int, _time: object, _status: object) -> None:
        """Called by PortAudio for the next ``frames``."""
        player = self.player
        try:
            out[:, 0] = player.render(frames) if player is not None else 0.0
        except Exception as error:
            out.fill(0.0)
            if self.problem is None:
                log.exception("the sound failed")
                self.problem = EmgError(UNAVAILABLE, str(error))
