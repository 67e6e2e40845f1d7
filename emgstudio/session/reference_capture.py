"""Leads a person through strong efforts and makes reference levels of them.

Time comes in with every call and samples are counted on the stream, so that a test
can play a whole session in no time.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from enum import StrEnum
from typing import Protocol

import numpy as np

from emgstudio.core.errors import EmgError
from emgstudio.core.ring import Chunk, Ring
from emgstudio.core.types import ConditionSpec, Mask, StreamInfo
from emgstudio.dsp.conditioner import effective
from emgstudio.session.reference import WINDOW_S, Method, Reference
from emgstudio.session.reference_trial import (
    BEST_TWO_DIFFER,
    RunningBest,
    Trial,
    best_two_differ,
    judged,
    measure_trial,
    rest_level,
)

LATE_S = 3.0


class Phase(StrEnum):
    """Where a capture is."""

    IDLE = "idle"
    READY = "ready"
    EFFORT = "effort"
    REST = "rest"
    DONE = "done"


@dataclass(frozen=True, slots=True)
class EffortPlan:
    """Times in seconds: get ready, build up, hold, rest between trials; and how many trials.

    ``practice`` efforts come first and count for nothing. After ``most`` efforts the
    capture ends whatever they gave.
    """

    ready_s: float = 3.0
    ramp_s: float = 1.0
    hold_s: float = 3.0
    rest_s: float = 30.0
    trials: int = 3
    most: int = 6
    practice: int = 0


# What a person chooses from; half a therapy session's time is not for waiting.
PACES: dict[str, EffortPlan] = {
    "Clinic: 3 trials, 20 s rest": EffortPlan(rest_s=20.0),
    "Practice, 3 trials, 30 s rest": EffortPlan(practice=1),
    "Research: practice, 3 trials, 60 s rest": EffortPlan(rest_s=60.0, practice=1),
}
IN_THE_CLINIC, USUAL = list(PACES)[:2]


@dataclass(frozen=True, slots=True)
class Step:
    """What a person is told now: phase, a word, seconds left (None: open) and the trial's number.

    Number 0 is practice. ``holding`` says that the effort is built up and to be held.
    """

    phase: Phase
    words: str
    remaining_s: float | None
    trial: int
    holding: bool = False


class CapturedStream(Protocol):
    """The part of a device's stream that a capture needs."""

    @property
    def info(self) -> StreamInfo: ...
    @property
    def raw(self) -> Ring: ...
    @property
    def clean(self) -> Ring: ...
    @property
    def condition(self) -> ConditionSpec: ...


class ReferenceCapture:
    """One capture of ``channels`` of a stream; call :meth:`advance` some times a second.

    With :attr:`Method.BEST_OF_TODAY` there is one open effort that :meth:`finish` ends.
    ``efforts`` holds a tuple of trials (one per channel) for each effort.
    """

    def __init__(
        self,
        stream: CapturedStream,
        channels: Sequence[int],
        method: Method,
        plan: EffortPlan | None = None,
    ) -> None:
        self.stream = stream
        self.channels = tuple(channels)
        self.method = method
        self.plan = plan or EffortPlan()
        self.phase = Phase.IDLE
        self.efforts: list[tuple[Trial, ...]] = []
        self._until = 0.0
        self._practised = 0
        self._first = 0
        self._best: RunningBest | None = None
        self._at = 0
        self._ready_from = 0
        self._condition = stream.condition

    @property
    def open_ended(self) -> bool:
        return self.method is Method.BEST_OF_TODAY

    def start(self, now: float) -> None:
        """Begin with "get ready"; best of today begins to watch at once."""
        self._condition = self.stream.condition
        if self.open_ended:
            self._best = RunningBest(self.stream.info.rate, len(self.channels))
            self._at = self.stream.clean.head
            self.phase = Phase.EFFORT
        else:
            self._get_ready(now)

    def advance(self, now: float) -> Phase:
        """Go on as far as time and samples allow; returns the phase."""
        if self.phase is Phase.READY and now >= self._until:
            self.phase, self._first = Phase.EFFORT, self.stream.clean.head
            self._until = now + self._effort_s
        elif self.phase is Phase.EFFORT and self._best is not None:
            self._watch()
        elif self.phase is Phase.EFFORT and self._complete(now):
            if self._practised < self.plan.practice:
                self._practised += 1
            else:
                self._add_effort()
            self._after_effort(now)
        elif self.phase is Phase.REST and now >= self._until:
            self._get_ready(now)
        return self.phase

    def go_on(self, now: float) -> None:
        """The next effort without further rest; after the last one, one more."""
        if self.phase in (Phase.REST, Phase.DONE) and not self.open_ended:
            self._get_ready(now)

    def finish(self) -> None:
        """No more efforts: a running one is dropped, an open one ends here."""
        if self.phase is Phase.EFFORT and self._best is not None:
            self._watch()
            best = self._best.best
            self.efforts = [
                tuple(
                    Trial(float(value), problems=() if np.isfinite(value) else ("nothing",))
                    for value in best
                )
            ]
        self.phase = Phase.DONE

    def use_anyway(self, effort: int, channel: int) -> None:
        """Count a trial although something is wrong; the reference will say so.

        ``channel`` is a place in ``channels``.
        """
        trials = list(self.efforts[effort])
        trials[channel] = replace(trials[channel], anyway=True)
        self.efforts[effort] = tuple(trials)

    def trials(self, channel: int) -> tuple[Trial, ...]:
        """The trials of one place in ``channels``, judged against each other."""
        return judged([effort[channel] for effort in self.efforts])

    def differ(self, channel: int) -> float | None:
        """By which share the best two trials differ where that is too much, else None."""
        share = best_two_differ(self.trials(channel))
        return share if share is not None and share > BEST_TWO_DIFFER else None

    def level(self) -> float:
        """The strongest level seen so far in an open effort over all channels; NaN before."""
        best = self._best.best if self._best is not None else np.full(1, np.nan)
        return float(np.nanmax(best)) if np.isfinite(best).any() else float("nan")

    def step(self, now: float) -> Step:
        """What to show now."""
        number = len(self.efforts) + 1 if self._practised >= self.plan.practice else 0
        if self.phase is Phase.READY:
            return Step(self.phase, "Relax and get ready", max(0.0, self._until - now), number)
        if self.phase is Phase.EFFORT and self.open_ended:
            return Step(self.phase, "Watching for the strongest moment", None, number, True)
        if self.phase is Phase.EFFORT:
            left = max(0.0, self._until - now)
            holding = left <= self.plan.hold_s
            strong = self.method is Method.MVC
            hold = "Hold as strong as you can – keep breathing" if strong else "Hold it steady"
            words = hold if holding else "Build up slowly"
            return Step(
                self.phase, words, left if holding else left - self.plan.hold_s, number, holding
            )
        if self.phase is Phase.REST:
            return Step(self.phase, "Relax", max(0.0, self._until - now), number)
        return Step(self.phase, "", None, number)

    def references(self, now: datetime | None = None) -> tuple[Reference, ...]:
        """The reference of each channel that has a trial that counts.

        EmgError when no channel has one.
        """
        when = (now or datetime.now(UTC)).astimezone(UTC).isoformat(timespec="seconds")
        made = []
        for place, number in enumerate(self.channels):
            used = [trial for trial in self.trials(place) if trial.used]
            if not used:
                continue
            channel = self.stream.info.channels[number]
            best = max(used, key=lambda trial: trial.value)
            made.append(
                Reference(
                    channel.name,
                    best.value,
                    channel.unit,
                    WINDOW_S,
                    self.method,
                    when,
                    best.problems,
                    effective(self._condition, self.stream.info.rate).summary(),
                    tuple(trial.value for trial in used),
                )
            )
        if not made:
            raise EmgError("No trial can be used.", "Do one more, or use one anyway.")
        return tuple(made)

    @property
    def _effort_s(self) -> float:
        return self.plan.ramp_s + self.plan.hold_s

    def _get_ready(self, now: float) -> None:
        self.phase, self._until = Phase.READY, now + self.plan.ready_s
        self._ready_from = self.stream.clean.head

    def _complete(self, now: float) -> bool:
        """Whether all samples of the effort are there, or so late that none will come."""
        arrived = self.stream.clean.head - self._first
        return arrived >= self._rows or now > self._until + LATE_S

    @property
    def _rows(self) -> int:
        return round(self._effort_s * self.stream.info.rate)

    def _add_effort(self) -> None:
        rate = self.stream.info.rate
        before = self._take(self._ready_from, self._first)
        during = self._take(self._first, self._first + self._rows)
        missing = self._rows - len(during)
        x = np.pad(during.data, ((0, missing), (0, 0)))
        valid = np.pad(during.valid, (0, missing))
        clipped = np.pad(self._clipped(during), ((0, missing), (0, 0)))
        rest = rest_level(before.data, before.valid, rate)
        self.efforts.append(measure_trial(x, valid, clipped, rate, rest))

    def _after_effort(self, now: float) -> None:
        counted = max(
            sum(trial.used for trial in self.trials(place)) for place in range(len(self.channels))
        )
        if counted >= self.plan.trials or len(self.efforts) >= self.plan.most:
            self.phase = Phase.DONE
        else:
            self.phase, self._until = Phase.REST, now + self.plan.rest_s

    def _watch(self) -> None:
        assert self._best is not None
        chunk = self._take(self._at, self.stream.clean.head)
        if chunk.first > self._at:
            # Overtaken: what is between counts as missing, so no window spans it.
            self._best = _go_on_after_loss(self._best, self.stream.info.rate)
        self._at = chunk.stop
        self._best.take(chunk.data, chunk.valid, self._clipped(chunk))

    def _take(self, start: int, stop: int) -> Chunk:
        chunk = self.stream.clean.read(start, stop)
        data = chunk.data.take(np.array(self.channels), axis=1)
        return Chunk(chunk.first, data, chunk.valid, chunk.lost)

    def _clipped(self, chunk: Chunk) -> Mask:
        """Which of these samples were at the converter's rails when they came."""
        found = np.zeros(chunk.data.shape, bool)
        raw = self.stream.raw.read(chunk.first, chunk.stop)
        if raw.first != chunk.first or len(raw) != len(chunk):
            return found
        for place, number in enumerate(self.channels):
            rails = self.stream.info.channels[number].rails
            if rails is not None:
                column = raw.data[:, number]
                found[:, place] = ((column <= rails[0]) | (column >= rails[1])) & raw.valid
        return found


def _go_on_after_loss(before: RunningBest, rate: float) -> RunningBest:
    after = RunningBest(rate, len(before.best))
    after.best = before.best
    return after
