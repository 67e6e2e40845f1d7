"""The loudspeaker: without the library, without a device, and with a library that plays."""

from __future__ import annotations

import sys
from collections.abc import Callable
from types import ModuleType
from typing import Any

import numpy as np
import pytest

from emgstudio.devices.audio import UNAVAILABLE, SoundOutput
from emgstudio.dsp.tones import Voices

Wait = Callable[..., None]


class PortAudioError(Exception):
    """As sounddevice names it."""


class Library(ModuleType):
    """Stands in for sounddevice, which a test machine need not have."""

    def __init__(self, *, device: bool) -> None:
        super().__init__("sounddevice")
        self.PortAudioError = PortAudioError
        self.device = device
        self.streams: list[Any] = []

    def query_devices(self, kind: str) -> dict[str, float]:
        if not self.device:
            raise PortAudioError("Error querying device -1")
        return {"default_samplerate": 44_100.0}

    def OutputStream(self, **how: Any) -> Any:
        library = self

        class Stream:
            def __init__(self) -> None:
                self.how, self.started, self.closed = how, False, False
                library.streams.append(self)

            def start(self) -> None:
                self.started = True

            def close(self) -> None:
                self.closed = True

        return Stream()


@pytest.fixture
def library(monkeypatch: pytest.MonkeyPatch) -> Library:
    made = Library(device=True)
    monkeypatch.setitem(sys.modules, "sounddevice", made)
    return made


def opened(wait_until: Wait) -> SoundOutput:
    output = SoundOutput(Voices)
    output.start()
    wait_until(lambda: not output.opening)
    return output


def test_without_the_library_one_sentence_says_so(
    monkeypatch: pytest.MonkeyPatch, wait_until: Wait
) -> None:
    monkeypatch.setitem(sys.modules, "sounddevice", None)
    output = opened(wait_until)
    assert output.problem is not None
    assert output.problem.message == UNAVAILABLE
    assert "emgstudio[sound]" in output.problem.hint
    assert output.player is None
    output.stop()
    output.stop()


def test_without_a_device_it_says_what_the_driver_says(library: Library, wait_until: Wait) -> None:
    library.device = False
    output = opened(wait_until)
    assert output.problem is not None
    assert "device -1" in output.problem.hint
    output.stop()


def test_what_is_rendered_is_played_at_the_devices_own_rate(
    library: Library, wait_until: Wait
) -> None:
    output = opened(wait_until)
    assert output.problem is None
    assert isinstance(output.player, Voices)
    (stream,) = library.streams
    assert stream.how["samplerate"] == output.player.rate == 44_100.0
    output.player.share = 1.0
    out = np.full((4410, 1), 7.0, np.float32)
    stream.how["callback"](out, 4410, None, None)
    assert 0.1 < np.abs(out).max() < 1.0
    output.stop()
    assert stream.closed


@pytest.mark.logs_warnings
def test_a_fault_while_playing_is_silence_and_a_sentence(
    library: Library, wait_until: Wait
) -> None:
    class Broken:
        def render(self, n: int) -> np.ndarray:
            raise ValueError("broken")

    output = SoundOutput(lambda _rate: Broken())
    output.start()
    wait_until(lambda: not output.opening)
    out = np.ones((64, 1), np.float32)
    for _ in range(2):
        library.streams[0].how["callback"](out, 64, None, None)
    assert not out.any()
    assert output.problem is not None
    output.stop()
