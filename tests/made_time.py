"""Time that a test leads: it goes on only as far as everybody has followed, however slow they are.

In real time a thread that stands still for a second is a sensor that missed its cue, a hold
without a movement in it, a decision that came too late. Here nobody misses anything.
"""

from __future__ import annotations

import time
from abc import ABC, abstractmethod
from collections.abc import Callable

import pytest

from emgstudio.session.session import Session

LOOK_AGAIN_S = 0.0005
# Seconds of the world, far above what any of it takes.
FOLLOW_WITHIN_S = 60.0
GIVE_UP_S = 120.0
A_BIT = 1e-6


class MadeTime(ABC):
    """Stands where :mod:`emgstudio.core.clock` has ``time``; goes on by ``step_s`` at a time.

    While a task of one of the ``sessions`` runs it goes no faster than in the world.
    """

    step_s = 0.05

    def __init__(self, now: float = 1000.0) -> None:
        self.now = now
        self.sessions: list[Session] = []

    @abstractmethod
    def behind(self) -> str:
        """Who has not got as far as time has; "" when all have."""

    def perf_counter(self) -> float:
        """What the product takes for the host's clock."""
        return self.now

    def go(self, seconds: float) -> None:
        """Let so much time pass."""
        end = self.now + seconds
        while self.now < end - A_BIT:
            self.step()

    def until(self, condition: Callable[[], object]) -> None:
        """Let time pass until something is so; looked at in each step."""
        given_up = time.monotonic() + GIVE_UP_S
        while not condition():
            if time.monotonic() > given_up:
                pytest.fail(f"not within {GIVE_UP_S:.0f} s of the world: {condition}")
            self.step()

    def step(self) -> None:
        if any(session.tasks.tasks for session in self.sessions):
            time.sleep(self.step_s)
        self.now += self.step_s
        self.settle()

    def settle(self) -> None:
        """Wait until everybody has followed."""
        given_up = time.monotonic() + FOLLOW_WITHIN_S
        while behind := self.behind():
            if time.monotonic() > given_up:
                pytest.fail(f"{behind} did not follow within {FOLLOW_WITHIN_S:.0f} s")
            time.sleep(LOOK_AGAIN_S)
