"""Takes the heartbeat out of trunk muscles' EMG, sample by sample, while it streams.

Beats are found by a matched filter that learns the heart's own shape in every
channel; of each beat an average of earlier ones, fitted in time and size, is
subtracted (docs/decisions/0013-heartbeat.md says what else was tried).
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from emgstudio.dsp.heart_shape import Shape, first_shape

Floats = NDArray[np.float64]

# Slower signals, and those without a high-pass, still hold the slow waves of the heart.
LOWEST_RATE = 150.0
LOWEST_EDGE_HZ = 5.0
# Where the heart is sought: most of a beat lies here and little of a muscle.
SEARCH_HZ = (7.0, 32.0)
SEARCH_RATE = 250.0
HOP_S = 0.010
# A beat as the filters leave it, seconds around the moment that it is found at.
BEFORE_S, AFTER_S = 0.050, 0.130
SEEN_S, SURE_S = 0.028, 0.012
# No heart beats faster than 180 a minute for long.
REFRACTORY_S = 0.33
# At this share of the learnt beat, and this far above the noise, it is one.
LEAST_GAIN, MOST_GAIN, LEAST_SNR = 0.5, 2.5, 4.5
LOST_AFTER_S = 6.0
BEATS_KEPT = 20_000
NOISE_S = 0.2
# A heart is known by its rhythm: so many of the last intervals lie this near to their median,
# or to twice or three times that where beats were missed. Bursts of a muscle do not.
STEADY_OF, STEADY_LEAST, STEADY_WITHIN = 7, 5, 0.15


class Rows:
    """The newest rows of a signal, found by their index since it began."""

    def __init__(self, kept: int, channels: int) -> None:
        self._kept = kept
        self._rows = np.zeros((max(4 * kept, 1024), channels))
        self._begin = 0
        self.head = 0

    def append(self, x: Floats) -> None:
        """``x (n, channels)`` follows what is there."""
        for at in range(0, len(x), self._kept):
            part = x[at : at + self._kept]
            used = self.head - self._begin
            if used + len(part) > len(self._rows):
                self._rows[: self._kept] = self._rows[used - self._kept : used]
                self._begin = self.head - self._kept
                used = self._kept
            self._rows[used : used + len(part)] = part
            self.head += len(part)

    def read(self, start: int, stop: int) -> Floats:
        """A view of rows ``[start, stop)``, which must be among those kept."""
        return self._rows[start - self._begin : stop - self._begin]


@dataclass(frozen=True, slots=True)
class Beat:
    """What is subtracted from row ``first`` on: ``wave (n, channels)``; ``at`` is the beat."""

    at: int
    first: int
    wave: Floats


class HeartbeatRemover:
    """Subtracts the heartbeat from a high-passed signal, chunk by chunk.

    Rows come out unmoved but ``delay`` rows late at most: a beat must be seen
    before its beginning can be taken out. Any cutting into chunks gives the
    same result. It takes five seconds and some beats to learn; until then the
    signal passes as it is.
    """

    def __init__(self, rate: float, channels: int) -> None:
        self.rate = rate
        self._every = max(1, int(rate / SEARCH_RATE))
        self._hop = self._every * max(1, round(HOP_S * rate / self._every))
        self._before, self._after = round(BEFORE_S * rate), round(AFTER_S * rate)
        seen = self._every * round(SEEN_S * rate / self._every)
        self._sure = max(1, round(SURE_S * rate / self._every))
        self._held = self._before + seen + self._sure * self._every
        self.delay = self._held + self._hop
        self._y = Rows(self._held + self._before + self._after + 4 * self._hop, channels)
        slow_rate = rate / self._every
        self._slow = Rows(round(LOST_AFTER_S * slow_rate), channels)
        self._match = Rows(round(slow_rate), 1)
        self._waiting = Rows(2 * self._hop, channels)
        self._reach = (round(BEFORE_S * slow_rate), seen // self._every)
        self._sought: Floats | None = None
        self._noise = np.zeros(channels)
        self._shape = Shape(rate, self._before, self._after, self._held - self._before, channels)
        self._beats: list[Beat] = []
        self.steady: deque[int] = deque(maxlen=BEATS_KEPT)
        """Rows of the newest beats that came in rhythm, oldest first."""
        self._found: deque[int] = deque(maxlen=1 + STEADY_OF)
        self._unlearnt: list[int] = []
        self._last = self._last_steady = -(10**9)
        self._next_try = self._slow_count(LOST_AFTER_S)
        self._hopped = 0
        self._given = 0

    @property
    def learnt(self) -> bool:
        """Whether the heart's shape is known and beats are being taken out."""
        return self._sought is not None and self._shape.known

    def process(self, y: Floats, slow: Floats) -> Floats:
        """The rows that are finished after ``y (n, channels)`` came, float64.

        ``slow`` is the same signal within ``SEARCH_HZ``.
        """
        out = []
        at = 0
        while at < len(y):
            room = slice(at, at + self._hopped + self._hop - self._y.head)
            self._y.append(y[room])
            self._waiting.append(slow[room])
            at += len(y[room])
            if self._y.head == self._hopped + self._hop:
                self._step(self._hopped, self._y.head)
                self._hopped = self._y.head
                out.append(self._give(self._hopped - self._held))
        return np.concatenate(out) if out else np.empty((0, y.shape[1]))

    def finish(self) -> Floats:
        """The rows still held, as far as beats are known; the next chunk follows them."""
        return self._give(self._y.head)

    def _give(self, stop: int) -> Floats:
        start, stop = self._given, max(self._given, stop)
        out = self._y.read(start, stop).copy()
        for beat in self._beats:
            a, b = max(start, beat.first), min(stop, beat.first + len(beat.wave))
            if a < b:
                out[a - start : b - start] -= beat.wave[a - beat.first : b - beat.first]
        self._beats = [b for b in self._beats if b.first + len(b.wave) > stop]
        self._given = stop
        return out

    def _step(self, start: int, stop: int) -> None:
        """Look at rows ``[start, stop)``, one hop: everything happens at hops, never at chunks."""
        new = self._waiting.read(start, stop)[:: self._every]
        self._slow.append(new)
        self._learn(stop)
        self._follow_noise()
        if self._sought is not None:
            self._seek(len(new))
        lost = self._slow.head * self._every - self._last_steady > LOST_AFTER_S * self.rate
        if lost and self._slow.head >= self._next_try:
            self._begin_anew()

    def _follow_noise(self) -> None:
        """Mean square between beats, of what lies far enough back to know of every beat."""
        stop = self._slow.head - self._reach[0] - self._reach[1] - self._sure
        start = stop - self._hop // self._every
        if start < 0 or abs(start * self._every - self._last) < self._after:
            return
        power = np.square(self._slow.read(start, stop)).mean(axis=0)
        share = self._hop / self.rate / NOISE_S
        self._noise += share * (power - self._noise)

    def _seek(self, count: int) -> None:
        """Run the matched filter over what is new and take what stands out as a beat."""
        assert self._sought is not None
        before, after = self._reach
        shape = self._sought / np.maximum(self._noise, 1e-12)
        energy = float((self._sought * shape).sum())
        head = self._slow.head
        for place in range(head - count - after, head - after):
            seen = self._slow.read(place - before, place + after)
            self._match.append(np.array([[float((seen * shape).sum()) / energy]]))
            top = self._match.head - 1 - self._sure
            self._judge(top, place - self._sure, energy)

    def _judge(self, top: int, place: int, energy: float) -> None:
        """Whether the match at ``top``, of slow row ``place``, is a beat."""
        if top < self._sure:
            return
        near = self._match.read(top - self._sure, top + self._sure + 1)[:, 0]
        gain = near[self._sure]
        strong = LEAST_GAIN <= gain <= MOST_GAIN and gain * energy**0.5 > LEAST_SNR
        at = place * self._every
        if strong and gain >= near.max() and at - self._last > REFRACTORY_S * self.rate:
            self._last = at
            self._unlearnt.append(at)
            self._found.append(at)
            if not self._is_steady():
                return
            self._last_steady = at
            self.steady.append(at)
            wave = self._shape.fitted(self._y, at)
            if wave is not None:
                self._beats.append(Beat(at, at - self._before, wave))

    def _is_steady(self) -> bool:
        """Whether the newest beats came as a heart's do."""
        apart = np.diff(np.array(self._found))
        if len(apart) < STEADY_LEAST:
            return False
        turns = apart / np.median(apart)
        off = np.abs(turns / np.clip(np.rint(turns), 1, 3) - 1.0)
        return bool(np.count_nonzero(off < STEADY_WITHIN) >= STEADY_LEAST)

    def _learn(self, stop: int) -> None:
        """Average the beats that have come to their end into the shapes."""
        while self._unlearnt and self._unlearnt[0] + self._after + self._hop <= stop:
            at = self._unlearnt.pop(0)
            self._shape.learn(self._y.read(at - self._before, at + self._after))
            if self._sought is not None:
                place = at // self._every
                seen = self._slow.read(place - self._reach[0], place + self._reach[1])
                weight = 0.1 / (1.0 + self._noise / np.square(self._sought).max(axis=0).clip(1e-12))
                self._sought += weight * (seen - self._sought)

    def _begin_anew(self) -> None:
        """Seek a heart in the last seconds without knowing its shape."""
        self._next_try = self._slow.head + self._slow_count(1.0)
        recent = self._slow.read(self._slow.head - self._slow_count(LOST_AFTER_S), self._slow.head)
        found = first_shape(recent, self.rate / self._every, *self._reach)
        if found is not None:
            self._sought, self._noise = found
            self._shape.forget()
            self._match = Rows(self._slow_count(1.0), 1)
            self._last = -(10**9)
            self._found.clear()
            self._unlearnt.clear()
            self._next_try += self._slow_count(LOST_AFTER_S)

    def _slow_count(self, seconds: float) -> int:
        return round(seconds * self.rate / self._every)
