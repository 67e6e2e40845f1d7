"""False activations: movements that are recognised while none is meant."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

from emgstudio.core.types import Decision
from emgstudio.ml.gestures import REST
from emgstudio.session.calibration_test import LONGEST_STEP_S

IDLE_S = 60.0
SECONDS_PER_HOUR = 3600.0


@dataclass(frozen=True, slots=True)
class Activation:
    """One movement that nobody meant; times in s from the beginning."""

    gesture: str
    start_s: float
    duration_s: float


@dataclass(frozen=True, slots=True)
class IdleResult:
    """What was recognised in ``watched_s`` seconds of decisions, of which ``rest_s`` rest."""

    watched_s: float
    rest_s: float
    activations: tuple[Activation, ...]

    @property
    def per_hour(self) -> float | None:
        """False activations per hour, None where nothing was watched."""
        if self.watched_s <= 0:
            return None
        return len(self.activations) * SECONDS_PER_HOUR / self.watched_s

    @property
    def interval(self) -> tuple[float, float]:
        """95 % interval of :attr:`per_hour`, exact for counts (Garwood 1936)."""
        from scipy.special import gammaincinv

        if self.watched_s <= 0:
            return 0.0, float("inf")
        n = len(self.activations)
        low = float(gammaincinv(n, 0.025)) if n else 0.0
        high = float(gammaincinv(n + 1, 0.975))
        hours = self.watched_s / SECONDS_PER_HOUR
        return low / hours, high / hours

    @property
    def steadiness(self) -> float | None:
        """Share of the time in which rest was recognised."""
        return self.rest_s / self.watched_s if self.watched_s > 0 else None

    @property
    def by_gesture(self) -> tuple[tuple[str, int], ...]:
        """How often each movement was recognised, the most frequent first."""
        return tuple(Counter(a.gesture for a in self.activations).most_common())


class IdleTest:
    """Counts for ``seconds`` of decisions; has no clock of its own.

    An activation begins where a movement follows rest or another movement. Silence of the
    sensor is not watched time, nor are the first ``break_s``: who pressed the button
    must let go of it.
    """

    def __init__(self, seconds: float = IDLE_S, break_s: float = 0.0) -> None:
        self.seconds, self.break_s = seconds, break_s
        self.result: IdleResult | None = None
        self.gesture = REST
        self._began: float | None = None
        self._last: float | None = None
        self._watched = self._rest = 0.0
        self._found: list[Activation] = []

    @property
    def done(self) -> float:
        """How much of the test is over, 0–1."""
        return min(1.0, self._watched / self.seconds)

    @property
    def activations(self) -> int:
        """How many there were so far."""
        return len(self._found)

    @property
    def found(self) -> tuple[Activation, ...]:
        """What was counted so far."""
        return tuple(self._found)

    @property
    def watching(self) -> bool:
        """False in the break at the beginning."""
        return self._last is not None

    @property
    def watched_s(self) -> float:
        """Seconds that count."""
        return self._watched

    def interrupt(self) -> None:
        """What comes next is not watched, and then goes on after another break."""
        self._began = self._last = None

    def advance(self, now: float, decisions: Iterable[Decision] = ()) -> bool:
        """Go on to host time ``now`` with the decisions since; True when it has ended."""
        if self.result is not None:
            return False
        if self._last is None:
            self._began = now if self._began is None else self._began
            if now - self._began >= self.break_s:
                self._last = now
            return False
        for decision in decisions:
            self._count(decision)
            if self._watched >= self.seconds:
                self.result = IdleResult(self._watched, self._rest, tuple(self._found))
                return True
        return False

    def _count(self, decision: Decision) -> None:
        if self._last is None or decision.time <= self._last:
            return
        step = min(decision.time - self._last, LONGEST_STEP_S)
        self._last = decision.time
        begun = self._watched
        self._watched += step
        if decision.gesture == REST:
            self._rest += step
        elif decision.gesture != self.gesture:
            self._found.append(Activation(decision.gesture, begun, step))
        else:
            found = self._found[-1]
            self._found[-1] = Activation(found.gesture, found.start_s, found.duration_s + step)
        self.gesture = decision.gesture
