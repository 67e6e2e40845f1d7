"""How the simulated person moves: own schedule or commands, reaction time, effort that varies."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

FloatArray = NDArray[np.float64]

REST = "rest"
# Someone who is told what to do does it a moment later.
REACTION_S = (0.15, 0.35)
RISE_S = 0.045
FALL_S = 0.06
EFFORT_SD = 0.2
PATTERN_SD = 0.22
WAVER_SD = 0.36
WAVER_S = 0.8
TONE = 0.008
TONE_S = 5.0
OBEDIENCE_S = 30.0


@dataclass(frozen=True, slots=True)
class Step:
    """One part of the person's own schedule."""

    action: str
    seconds: float


@dataclass(frozen=True, slots=True, eq=False)
class Intention:
    """How a movement is made this time: its pattern, how hard and how much off it is done."""

    pattern: FloatArray
    effort: float
    spread: FloatArray

    def at(self, strength: float) -> FloatArray:
        """Activations ``(muscles,)`` at the strength that is asked for."""
        return np.asarray(np.clip(self.pattern * (strength * self.effort) * self.spread, 0.0, 1.5))


@dataclass(frozen=True, slots=True)
class Tremor:
    """Rhythmic drive: neighbouring muscles take turns."""

    frequency_hz: float
    depth: float


class Performer:
    """Muscle activations, one vector per tick of ``tick_s`` seconds.

    Without commands the schedule goes round and round. After
    :meth:`command` commands rule until 30 s have passed without one.
    ``variation`` multiplies how much effort and pattern vary.
    """

    def __init__(
        self,
        actions: Mapping[str, FloatArray],
        begin_s: float,
        schedule: Sequence[Step],
        tick_s: float,
        rng: np.random.Generator,
        tremor: Tremor | None = None,
        variation: float = 1.0,
    ) -> None:
        self._actions = actions
        self._begin_s = begin_s
        self._schedule = schedule
        self._tick_s = tick_s
        self._rng = rng
        self._tremor = tremor
        self._variation = variation
        size = len(actions[REST])
        # Worked out once: hundreds of ticks pass in a second, each on a few numbers only.
        self._round_s = sum(step.seconds for step in schedule)
        self._rise, self._fall = -np.expm1(-tick_s / np.array([RISE_S, FALL_S]))
        self._waver_keeps = np.exp(-tick_s / WAVER_S)
        self._waver_fresh = WAVER_SD * variation * np.sqrt(1.0 - self._waver_keeps**2)
        self._tone_keeps = np.exp(-tick_s / TONE_S)
        self._tone_fresh = TONE * np.sqrt(1.0 - self._tone_keeps**2)
        self._now = 0.0
        self._obey_until = 0.0
        self._wanted: tuple[str, int] = (REST, -1)
        self._pending: tuple[float, Intention] | None = None
        nothing = np.zeros(size)
        self._intention = Intention(nothing, 1.0, nothing)
        self._strength = self._asked = 1.0
        self._aim: tuple[Intention, float] | None = None
        self._target = np.zeros(size)
        self._half = np.zeros(size)
        self._drive = np.zeros(size)
        self._waver = np.zeros(size)
        self._tone = np.zeros(size)
        self._orders = 0
        self._ordered: tuple[str, int] | None = None

    @property
    def effort(self) -> float:
        """The strongest activation now; 0 to about 1."""
        return float(self._drive.max())

    def command(self, gesture: str, strength: float) -> None:
        """Perform ``gesture`` after a reaction time; an unknown one is rest.

        The same gesture again only prolongs what is being done; another strength of it is
        followed at once, as somebody follows a bar with the eyes: so a ramp is many commands.
        """
        key = gesture if gesture in self._actions else REST
        if self._ordered is None or self._ordered[0] != key:
            self._orders += 1
            self._ordered = (key, self._orders)
        self._asked = max(0.0, strength)
        self._obey_until = self._now + OBEDIENCE_S

    def step(self) -> FloatArray:
        """Advance one tick; the activations ``(muscles,)`` at its end."""
        self._now += self._tick_s
        wanted = self._what_is_wanted()
        if wanted != self._wanted:
            self._wanted = wanted
            at = self._now + self._rng.uniform(*REACTION_S)
            self._pending = (at, self._intend(wanted[0]))
        if self._pending is not None and self._now >= self._pending[0]:
            self._intention = self._pending[1]
            self._pending = None
        if self._pending is None:
            self._strength = self._asked
        if self._aim != (aim := (self._intention, self._strength)):
            self._aim = aim
            self._target = self._intention.at(self._strength)
        self._follow()
        return self._with_variation()

    def _what_is_wanted(self) -> tuple[str, int]:
        if self._ordered is not None and self._now < self._obey_until:
            return self._ordered
        self._ordered, self._asked = None, 1.0
        at = self._now - self._begin_s
        if at < 0.0 or not self._schedule:
            return (REST, -1)
        turn, at = divmod(at, self._round_s)
        for number, step in enumerate(self._schedule):
            if at < step.seconds:
                return (step.action, -2 - int(turn) * len(self._schedule) - number)
            at -= step.seconds
        return (REST, -1)

    def _intend(self, action: str) -> Intention:
        pattern = self._actions[action]
        effort = float(np.exp(EFFORT_SD * self._variation * self._rng.standard_normal()))
        spread = np.exp(PATTERN_SD * self._variation * self._rng.standard_normal(len(pattern)))
        return Intention(pattern, effort, spread)

    def _follow(self) -> None:
        # Two lags in a row make the S-shaped rise of a real contraction.
        rising = self._target > self._drive
        share = np.where(rising, self._rise, self._fall)
        self._half += share * (self._target - self._half)
        self._drive += share * (self._half - self._drive)

    def _with_variation(self) -> FloatArray:
        fresh = self._rng.standard_normal(len(self._waver))
        self._waver = self._waver_keeps * self._waver + self._waver_fresh * fresh
        fresh = self._rng.standard_normal(len(self._tone))
        self._tone = self._tone_keeps * self._tone + self._tone_fresh * fresh
        drive = self._drive * np.maximum(0.0, 1.0 + self._waver)
        if self._tremor is not None:
            drive = drive * self._rhythm(self._tremor)
        return np.asarray(drive + np.abs(self._tone))

    def _rhythm(self, tremor: Tremor) -> FloatArray:
        phase = 2.0 * np.pi * tremor.frequency_hz * self._now
        turn = np.pi * (np.arange(len(self._drive)) % 2)
        burst = np.maximum(0.0, np.sin(phase + turn)) ** 1.5
        # 1.8 keeps the mean power of the bursts near that of a steady contraction.
        return np.asarray(1.0 - tremor.depth + tremor.depth * 1.8 * burst)
