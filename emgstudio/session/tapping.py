"""Which sensor did somebody tap? The channel that jumps is the one.

The rule looks at windows of 50 ms: a channel jumps when its RMS is far above
what it seldom surpassed in its own last seconds. The strongest in the quarter of a second
from there on must stand out from all others, or nobody can say which it was;
and it must be over soon, or it was a muscle at work and no tap.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from emgstudio.core.types import FloatSamples, Mask
from emgstudio.session.sensors import ChannelNote

WINDOW_S = 0.05
LOOK_BACK_S = 3.0
LEARN_S = 0.75
# Usual is what is seldom surpassed: heartbeats belong to it.
USUAL_PERCENT = 95.0
JUMP = 5.0
CALM = 2.0
# A tap dies away; a muscle at work stays.
LEFT_AFTER = 0.1
# The skin takes neighbours along; a hand on two sensors is no answer.
STANDS_OUT = 2.5
EVENT_S = 0.25
LONGEST_S = 1.0
# A channel that is silent to the last bit would jump at anything.
LEAST_OF_USUAL = 0.5


@dataclass(frozen=True, slots=True)
class Tap:
    """Channels that jumped together, the strongest first; one alone is an answer.

    ``lasting`` is a jump that did not end as a tap does.
    """

    channels: tuple[int, ...]
    lasting: bool = False

    @property
    def clear(self) -> bool:
        """Whether it is known which channel was tapped."""
        return len(self.channels) == 1 and not self.lasting


class TapWatch:
    """Fed with consecutive samples of one stream, finds taps; ``rate`` in Hz.

    Only ``watched`` channels (all without it) count; a channel that is not used
    may be a wire that dangles.
    """

    def __init__(self, rate: float, channels: int, watched: Sequence[int] | None = None) -> None:
        self._length = max(2, round(WINDOW_S * rate))
        self._window_s = self._length / rate
        self._watched = np.zeros(channels, bool)
        self._watched[list(range(channels) if watched is None else watched)] = True
        self._rest: FloatSamples = np.zeros((0, channels), np.float32)
        self._usual: deque[NDArray[np.float64]] = deque(maxlen=round(LOOK_BACK_S / self._window_s))
        self._peak: NDArray[np.float64] | None = None
        self._since = 0
        self._calming = False

    @property
    def ready(self) -> bool:
        """Whether enough is known of the channels at rest."""
        return len(self._usual) * self._window_s >= LEARN_S

    @property
    def listening(self) -> bool:
        """Whether a tap would be noticed now: not right after another one."""
        return self.ready and self._peak is None and not self._calming

    def feed(self, data: FloatSamples, valid: Mask) -> list[Tap]:
        """Samples ``(n, channels)`` in channel units, rows that are not ``valid`` are missing."""
        taps: list[Tap] = []
        if not valid.all():
            # Beside a hole the filter swings, which is no tap.
            self._rest, self._peak = self._rest[:0], None
            self._calming, self._since = self.ready, 0
            data = data[len(valid) - int(np.argmin(valid[::-1])) :]
        data = np.concatenate((self._rest, data))
        whole = len(data) // self._length
        for k in range(whole):
            part = data[k * self._length : (k + 1) * self._length].astype(np.float64)
            tap = self._window(part.std(axis=0))
            taps += [tap] if tap else []
        self._rest = data[whole * self._length :]
        return taps

    def _window(self, rms: NDArray[np.float64]) -> Tap | None:
        if not self.ready:
            self._usual.append(rms)
            return None
        usual = np.percentile(self._usual, USUAL_PERCENT, axis=0)
        times = rms / np.maximum(usual, self._floor(usual))
        times[~self._watched] = 0.0
        strongest = float(times.max())
        if self._calming:
            self._since += 1
            if self._since * self._window_s > LONGEST_S:
                # What lasts is in the end what is usual.
                self._usual.append(rms)
            self._calming = strongest > CALM
            return None
        if self._peak is None:
            if strongest < JUMP:
                self._usual.append(rms)
                return None
            self._peak, self._since = times, 0
        self._since += 1
        seconds = self._since * self._window_s
        if seconds <= EVENT_S:
            self._peak = np.maximum(self._peak, times)
            return None
        lasting = strongest > max(CALM, LEFT_AFTER * float(self._peak.max()))
        if lasting and seconds < LONGEST_S:
            return None
        return self._verdict(self._peak, lasting=lasting)

    def _floor(self, usual: NDArray[np.float64]) -> float:
        alive = usual[self._watched & (usual > 0.0)]
        return LEAST_OF_USUAL * float(np.median(alive)) if len(alive) else 1e-9

    def _verdict(self, peak: NDArray[np.float64], *, lasting: bool) -> Tap:
        self._peak, self._calming, self._since = None, True, 0
        order = np.argsort(-peak)
        near = [int(k) for k in order if peak[k] >= max(JUMP, peak[order[0]] / STANDS_OUT)]
        return Tap(tuple(near), lasting)


@dataclass(frozen=True, slots=True)
class Place:
    """A muscle and the side of the body it is on, both as a person writes them."""

    site: str
    side: str = ""

    @property
    def words(self) -> str:
        """For sentences: "Vastus medialis left"."""
        return f"{self.site} {self.side}".strip()


class TapAssignment:
    """Places in the order in which their sensors are tapped, and which channel each one got."""

    def __init__(self, places: Sequence[Place]) -> None:
        self.places = tuple(places)
        self._given: list[int | None] = []

    @property
    def place(self) -> Place | None:
        """The place to be tapped now; None when all have had their turn."""
        return self.places[len(self._given)] if len(self._given) < len(self.places) else None

    @property
    def done(self) -> int:
        """How many places have had their turn."""
        return len(self._given)

    @property
    def assigned(self) -> dict[int, Place]:
        """The place of each channel that was tapped."""
        pairs = zip(self._given, self.places, strict=False)
        return {channel: place for channel, place in pairs if channel is not None}

    def give(self, channel: int) -> Place | None:
        """The channel sits at the place asked for; the place it already has, if any, instead."""
        taken = self.assigned.get(channel)
        if taken is None and self.place is not None:
            self._given.append(channel)
        return taken

    def skip(self) -> None:
        """There is no sensor at this place."""
        if self.place is not None:
            self._given.append(None)

    def back(self) -> bool:
        """Ask for the last place again; False at the first."""
        if not self._given:
            return False
        self._given.pop()
        return True

    def notes(self, before: Sequence[ChannelNote]) -> tuple[ChannelNote, ...]:
        """The channel map with what was tapped; a place that another channel had moves."""
        taken = set(self.assigned.values())
        freed = [
            replace(note, site="", side="") if Place(note.site, note.side) in taken else note
            for note in before
        ]
        for channel, place in self.assigned.items():
            freed[channel] = replace(freed[channel], site=place.site, side=place.side, used=True)
        return tuple(freed)
