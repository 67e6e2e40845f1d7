"""Sounds of an exercise as samples: a tone that follows effort, cues, a chime; no clicks."""

from __future__ import annotations

import math
from collections import deque
from dataclasses import dataclass
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

Mono = NDArray[np.float32]

LOW_HZ, HIGH_HZ = 220.0, 880.0
# Of the goal: where the tone is highest.
TOP = 1.2
# The tone has gone 95 % of the way to another effort after this.
GLIDE_S = 0.15
# From silence to full and back; shorter is heard as a click.
FADE_S = 0.01
TONE_GAIN, NOTE_GAIN = 0.2, 0.35


class Cue(StrEnum):
    """Short sounds, each at one moment of an exercise."""

    READY = "ready"
    WORK = "work"
    REST = "rest"
    SUCCESS = "success"
    DONE = "done"


# Notes of each: when in s, Hz, for how long in s. Work rises, rest falls; nothing says "wrong".
NOTES: dict[Cue, tuple[tuple[float, float, float], ...]] = {
    Cue.READY: ((0.0, 440.0, 0.18),),
    Cue.WORK: ((0.0, 523.25, 0.12), (0.11, 783.99, 0.22)),
    Cue.REST: ((0.0, 783.99, 0.12), (0.11, 523.25, 0.22)),
    Cue.SUCCESS: ((0.35, 1046.5, 0.5), (0.45, 1318.5, 0.5), (0.55, 1568.0, 0.6)),
    Cue.DONE: ((0.0, 523.25, 0.3), (0.15, 659.26, 0.3), (0.3, 783.99, 0.5)),
}


def pitch(share: float) -> float:
    """Frequency in Hz for an effort of ``share`` of the goal, 0 to 1.2, evenly in octaves."""
    place = min(max(share, 0.0), TOP) / TOP
    return float(LOW_HZ * (HIGH_HZ / LOW_HZ) ** place)


def cue_sound(cue: Cue, rate: float) -> Mono:
    """A cue as samples ``(n,)`` at ``rate`` Hz, beginning and ending in silence."""
    notes = NOTES[cue]
    whole = np.zeros(round(max(at + length for at, _, length in notes) * rate) + 1)
    for at, hertz, length in notes:
        n = round(length * rate)
        t = np.arange(n) / rate
        # A struck bell: up within the fade, then dying away.
        shape = np.minimum(1.0, t / FADE_S) * np.exp(-4.0 * t / length)
        shape *= np.minimum(1.0, (length - t) / FADE_S)
        first = round(at * rate)
        whole[first : first + n] += NOTE_GAIN * shape * np.sin(2.0 * np.pi * hertz * t)
    return whole.astype(np.float32)


@dataclass
class _Playing:
    samples: Mono
    at: int = 0

    def take(self, n: int) -> Mono:
        part = self.samples[self.at : self.at + n]
        self.at += n
        return part


class Voices:
    """What a loudspeaker gets: the tone and the cues mixed, in blocks of any size.

    ``share`` (of the goal; NaN for silence), ``volume`` (0 to 1), ``play`` and ``hush`` may be
    used from another thread than ``render``: values are single, cues wait in a queue.
    """

    def __init__(self, rate: float) -> None:
        self.rate = rate
        self.share = math.nan
        self.volume = 1.0
        self._orders: deque[Cue | None] = deque()
        self._playing: list[_Playing] = []
        self._phase = 0.0
        self._place = 0.0
        self._tone = 0.0
        self._loud = 0.0

    def play(self, cue: Cue) -> None:
        """Begin a cue with the next block."""
        self._orders.append(cue)

    def hush(self) -> None:
        """Silence within 10 ms: the tone fades, cues that play or wait are dropped."""
        self.share = math.nan
        self._orders.append(None)

    def render(self, n: int) -> Mono:
        """The next ``n`` samples, within ±1."""
        while self._orders:
            order = self._orders.popleft()
            if order is None:
                self._playing = [self._fading(p) for p in self._playing]
            else:
                self._playing.append(_Playing(cue_sound(order, self.rate)))
        mixed = self._render_tone(n)
        for playing in self._playing:
            part = playing.take(n)
            mixed[: len(part)] += part
        self._playing = [p for p in self._playing if p.at < len(p.samples)]
        # Loudness is heard about as the square of the slider.
        wanted = min(max(self.volume, 0.0), 1.0) ** 2
        loud = self._ramp(self._loud, wanted, n, 1.0)
        self._loud = float(loud[-1]) if n else self._loud
        return np.clip(mixed * loud, -1.0, 1.0).astype(np.float32)

    def _fading(self, playing: _Playing) -> _Playing:
        rest = playing.take(max(1, round(FADE_S * self.rate)))
        return _Playing(rest * np.linspace(1.0, 0.0, len(rest), dtype=np.float32))

    def _render_tone(self, n: int) -> NDArray[np.float64]:
        share = self.share
        sounding = share == share
        if not sounding and self._tone == 0.0:
            return np.zeros(n)
        wanted = min(max(share, 0.0), TOP) / TOP if sounding else self._place
        if sounding and self._tone == 0.0:
            # Nothing is heard yet, so there is nothing to glide from.
            self._place = wanted
        keep = math.exp(-3.0 / (GLIDE_S * self.rate))
        places = wanted + (self._place - wanted) * keep ** np.arange(1, n + 1)
        hertz = LOW_HZ * (HIGH_HZ / LOW_HZ) ** places
        phases = self._phase + np.cumsum(2.0 * np.pi * hertz / self.rate)
        gains = self._ramp(self._tone, TONE_GAIN if sounding else 0.0, n, TONE_GAIN)
        if n:
            self._place, self._tone = float(places[-1]), float(gains[-1])
            self._phase = float(phases[-1] % (2.0 * np.pi))
        return np.asarray(gains * np.sin(phases))

    def _ramp(self, start: float, stop: float, n: int, full: float) -> NDArray[np.float64]:
        """From where it is to where it should be, no faster than ``full`` in a fade."""
        step = full / max(1.0, FADE_S * self.rate)
        way = math.copysign(step, stop - start) * np.arange(1, n + 1)
        low, high = min(start, stop), max(start, stop)
        return np.clip(start + way, low, high)
