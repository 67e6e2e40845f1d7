"""Signs of fatigue while a contraction is held: looked for every second, beside everything else."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from emgstudio.core.errors import EmgError
from emgstudio.core.tasks import Progress, Task, TaskState
from emgstudio.devices.stream import Stream
from emgstudio.dsp.analyses.fatigue import CLEAR_PERCENT, VARIED_PERCENT, Hold, Trend, hold
from emgstudio.dsp.spectrum import too_slow
from emgstudio.session.therapy.exercise import Part, Phase
from emgstudio.session.therapy.protocol import Kind, Protocol

# A part of this length is a hold; shorter ones are over before a trend can be seen.
HOLD_S = 15.0
# The way into the contraction is no part of it.
RAMP_S = 1.0
EVERY_S = 1.0
LONGEST_S = 60.0
# Half widths of the 95 % interval: who looks every second must be surer than who looks once.
SURE = 2.0
HELD = (Kind.UP, Kind.BAND, Kind.COMPARE, Kind.RECIPROCAL)

Submit = Callable[[str, Callable[[Progress], "Hold | None"]], "Task[Hold | None]"]


def is_hold(protocol: Protocol, part: Part) -> bool:
    """Whether a part asks for a steady contraction long enough for a trend."""
    held = protocol.kind in HELD or "fatigue" in protocol.measures
    return held and part.phase is Phase.WORK and HOLD_S <= part.seconds < float("inf")


@dataclass(frozen=True, slots=True)
class Tired:
    """What was seen: the median frequency's change in per cent per minute, after how long."""

    words: str
    percent_per_minute: float
    after_s: float

    @property
    def sentence(self) -> str:
        """Said to the operator, with the question that goes with it."""
        return (
            f"Signs of fatigue in {self.words}: the median frequency falls by "
            f"{-self.percent_per_minute:.0f} % per minute, the level does not. Rest now?"
        )


def looked_at(words: str, unit: str, x: NDArray[np.float64], rate: float) -> Hold | None:
    """The trends of a hold so far, None while it is too short. ``x (n,)`` conditioned."""
    try:
        return hold(words, unit, x, rate, "live")
    except EmgError:
        return None


def tired(words: str, found: Hold | None) -> Tired | None:
    """Whether a hold's trends say fatigue clearly enough to speak up while somebody works.

    Rising or steady amplitude with a falling median frequency (Luttmann et al. 2000), by at
    least 5 % per minute.
    """
    if found is None or found.median.per_minute > CLEAR_PERCENT:
        return None
    if found.varied_percent > VARIED_PERCENT:
        # Nobody holds steady: the frequency may follow the movement.
        return None
    median = found.median
    falls = median.slope + SURE * (median.high - median.slope) < 0
    lets_go = found.amplitude.clear and found.amplitude.slope < 0
    if not falls or lets_go or found.trend is Trend.RECOVERY:
        return None
    return Tired(words, median.per_minute, float(found.times[-1]))


class FatigueWatch:
    """Follows one channel of a stream through the holds of an exercise; says it once per hold.

    ``reason`` tells why nothing can be said at this sampling rate.
    """

    def __init__(self, stream: Stream, column: int, words: str, submit: Submit) -> None:
        self.reason = too_slow(stream.info.rate)
        self._stream, self._column, self._words = stream, column, words
        self._submit = submit
        self._first = -1
        self._looked = -float("inf")
        self._said = False
        self._task: Task[Hold | None] | None = None

    def begin(self) -> None:
        """A hold begins now, or goes on after a pause."""
        self._first, self._said = self._stream.clean.head, False

    def stop(self) -> None:
        """Nothing is held now."""
        self._first, self._task = -1, None

    def look(self, now: float) -> Tired | None:
        """One frame at host time ``now``; what was just found, once per hold."""
        if self._first < 0 or self._said or self.reason:
            return None
        task = self._task
        if task is not None:
            if not task.ended:
                return None
            self._task = None
            if task.state is TaskState.DONE and (found := tired(self._words, task.result())):
                self._said = True
                return found
        if now - self._looked >= EVERY_S:
            self._looked = now
            self._start()
        return None

    def _start(self) -> None:
        info, head = self._stream.info, self._stream.clean.head
        first = self._first + round(RAMP_S * info.rate)
        first = max(first, head - round(LONGEST_S * info.rate))
        chunk = self._stream.clean.read(first, head)
        x = chunk.data[:, self._column].astype(np.float64)
        x[~chunk.valid] = np.nan
        unit = info.channels[self._column].unit
        words, rate = self._words, info.rate
        self._task = self._submit("Fatigue", lambda _progress: looked_at(words, unit, x, rate))
