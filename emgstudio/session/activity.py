"""When the muscles of a recording were active: the onset detector over a whole recording.

The recording is read in pieces, so that an hour needs no more memory than minutes.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from emgstudio.core.errors import EmgError
from emgstudio.core.tasks import Progress
from emgstudio.core.types import ConditionSpec, FloatSamples, Mask
from emgstudio.dsp.onset import PAUSE_S, Detector, Interval, WhitenedDoubleThreshold
from emgstudio.dsp.recorded import LiveAgain, settle_s
from emgstudio.storage.recording import RecordedStream

Floats = NDArray[np.float64]

PIECE_S = 60.0
# A detector settles in this time after the beginning of a piece.
LEAD_S = 1.0
# Muscles at rest have a tone that comes and goes. Taken from the quietest second, it counted
# as activity (158 stretches for 100 contractions); so rest is learnt where it is loud.
REST_S = 1.0
BLOCK_S = 0.1
LOUD_REST = 0.9
REST_VARIES_DB = 6.0
APART_DB = 4.0
# Between movements muscles rest less than before the first one (10 dB in recordings of others).
# A piece whose rest is so much louder has a rest of its own; others share the quietest, which
# is the steadier measure. With more than 12 dB the person was never at rest there.
OWN_REST, STILL_REST = 8.0, 16.0
CELL_S = 0.010
SMOOTHED_CELLS = 5
# An edge is where the muscle's own signal is 2.2 times as strong as the rest. Lower down the
# tone of resting muscles moves the end: median 27 ms late with 2 (benchmarks/labels.py).
EDGE_POWER = 5.0
# What the live filter is late around 80 Hz, where most of the signal is.
FILTER_DELAY_S = 0.006
EDGE_WITHIN_S = 0.3


@dataclass(frozen=True)
class Activity:
    """What is active when; channels are columns of the stream.

    ``intervals`` are samples of the stream, per channel. ``power (cells, channels)``
    is the mean square in cells of 10 ms over that of the rest around.
    """

    rate: float
    channels: tuple[int, ...]
    intervals: tuple[tuple[Interval, ...], ...]
    power: Floats
    recipe: str

    def together(self, how: str) -> tuple[Interval, ...]:
        """When "any" or "all" of the channels are active; pauses below 100 ms are closed."""
        edges: list[tuple[int, int]] = []
        for runs in self.intervals:
            edges += [(run.start, 1) for run in runs] + [(run.stop, -1) for run in runs]
        needed = 1 if how == "any" else len(self.channels)
        found: list[Interval] = []
        count = begun = 0
        for at, by in sorted(edges):
            before, count = count, count + by
            if before < needed <= count:
                begun = at
            elif count < needed <= before:
                found.append(Interval(begun, at))
        return self._refined(_closed(found, PAUSE_S * self.rate), slice(None))

    def alone(self, place: int) -> tuple[Interval, ...]:
        """When the channel at this place of ``channels`` is active."""
        return self._refined(self.intervals[place], slice(place, place + 1))

    @cached_property
    def _over_rest(self) -> Floats:
        """Smoothed power over that of the rest, less the rest itself ``(cells, channels)``."""
        known = np.nan_to_num(self.power - 1.0)
        window = np.full(SMOOTHED_CELLS, 1.0 / SMOOTHED_CELLS)
        return np.stack([np.convolve(column, window, "same") for column in known.T], axis=1)

    def _refined(self, runs: Sequence[Interval], which: slice) -> tuple[Interval, ...]:
        """The detector finds that there is a burst; where it begins and ends is told here.

        The channels' pattern in the burst is fitted to each moment, so that all of them
        tell where the muscle's own signal stands out of the rest on the clearest.
        """
        made: list[Interval] = []
        for k, run in enumerate(runs):
            pattern = np.maximum(self.levels(run.start, run.stop)[which] - 1.0, 0.0)
            if not pattern.max() > EDGE_POWER:
                made.append(run)
                continue
            own = self._over_rest[:, which] @ pattern * (pattern.max() / (pattern @ pattern))
            first = made[-1].stop if made else 0
            last = runs[k + 1].start if k + 1 < len(runs) else len(own) * CELL_S * self.rate
            found = self._edges(own, run, int(first), int(last))
            made.append(found if found.stop > found.start else run)
        return tuple(made)

    def _edges(self, own: Floats, run: Interval, first: int, last: int) -> Interval:
        size, reach = CELL_S * self.rate, EDGE_WITHIN_S * self.rate
        begin, end = (max(first, run.start - reach), min(last, run.stop + reach))
        above = own[int(begin / size) : max(int(end / size), int(begin / size) + 1)] >= EDGE_POWER
        offset = int(begin / size)
        inside = np.flatnonzero(
            above[int(run.start / size) - offset :][: int((run.stop - run.start) / size)]
        )
        if not len(inside):
            return run
        low = int(inside[0]) + int(run.start / size) - offset
        high = int(inside[-1]) + int(run.start / size) - offset
        while low > 0 and above[low - 1]:
            low -= 1
        while high + 1 < len(above) and above[high + 1]:
            high += 1
        return Interval(self._crossing(own, offset + low), self._crossing(own, offset + high + 1))

    def _crossing(self, own: Floats, cell: int) -> int:
        """The sample between the middles of ``cell`` and the one before where the edge lies."""
        before, after = own[max(0, cell - 1)], own[min(cell, len(own) - 1)]
        share = (EDGE_POWER - before) / (after - before) if before != after else 0.5
        middle = cell - 0.5 + min(1.0, max(0.0, float(share)))
        return max(0, round((middle * CELL_S - FILTER_DELAY_S) * self.rate))

    def levels(self, start: int, stop: int) -> Floats:
        """Mean square over the rest's, per channel, within samples ``[start, stop)``."""
        size = CELL_S * self.rate
        first = min(int(start / size), len(self.power) - 1)
        cells = self.power[first : max(first + 1, int(stop / size))]
        known = np.isfinite(cells)
        return np.asarray(
            np.where(known, cells, 0.0).sum(axis=0) / np.maximum(1, known.sum(axis=0))
        )

    def confidence(self, start: int, stop: int) -> float:
        """The share of the power that is not rest, on the clearest channel: 0.9 is 10 dB.

        Below 10 dB automatic onsets are to be checked by a person (Kowalski 2021).
        """
        clearest = float(self.levels(start, stop).max())
        return max(0.0, 1.0 - 1.0 / clearest) if clearest > 0 else 0.0


def find_activity(
    stream: RecordedStream,
    *,
    bad: Sequence[tuple[int, int]],
    progress: Progress,
    detector: Detector | None = None,
) -> Activity:
    """Activity on every used channel of ``stream``, conditioned as it was recorded.

    ``bad`` are samples that nobody shall look at. Raises EmgError when no channel
    is used or has any rest, Cancelled through ``progress``.
    """
    used = detector or WhitenedDoubleThreshold()
    columns = stream.info.used_columns
    if not columns:
        raise EmgError(
            "Every channel of this recording is set as not used.",
            "Label by hand; Review › About says where that comes from.",
        )
    rate = stream.info.rate
    runs: list[list[Interval]] = [[] for _ in columns]
    cells: list[Floats] = []
    here: list[Floats] = []
    quiet = [_Rest() for _ in columns]
    for at, x in _pieces(stream, stream.condition, columns, progress):
        lead = min(at, round(LEAD_S * rate))
        for first, last in bad:
            x[max(0, first - at + lead) : max(0, last - at + lead)] = np.nan
        fresh = _cells(x[lead:], rate)
        for k, rest in enumerate(quiet):
            for run in _found(x[:, k].astype(np.float64), rate, rest, used):
                start, stop = max(run.start - lead, 0) + at, run.stop - lead + at
                if stop > at:
                    runs[k].append(Interval(start, stop))
        cells.append(fresh)
        here.append(np.array([rest.here for rest in quiet]))
    if not any(rest.power for rest in quiet):
        raise EmgError(
            "No channel has any rest, so that activity cannot be told from it.",
            "Label by hand, or record a few seconds at rest.",
        )
    return Activity(
        rate,
        tuple(columns),
        tuple(_closed(found, PAUSE_S * rate) for found in runs),
        _over_rest(cells, here, np.array([rest.power for rest in quiet])),
        used.recipe,
    )


def edges_between(stream: RecordedStream, start: int, stop: int, *, progress: Progress) -> Floats:
    """Onsets and offsets on any channel between two samples, in seconds of recording time.

    For snapping: empty where the detector has no rest to learn from.
    """
    begin = max(0, start - round(settle_s(stream.condition, stream.info.rate) * stream.info.rate))
    found: list[float] = []
    for at, x in _pieces(stream, stream.condition, stream.info.used_columns, progress, begin, stop):
        lead = min(at - begin, round(LEAD_S * stream.info.rate))
        for k in range(x.shape[1]):
            rest, rate = _Rest(), stream.info.rate
            for run in _found(x[:, k].astype(np.float64), rate, rest, WhitenedDoubleThreshold()):
                found += [stream.time_of(edge + at - lead) for edge in (run.start, run.stop)]
    inside = (t for t in found if stream.time_of(start) < t < stream.time_of(stop))
    return np.array(sorted(inside))


def cell_power(
    stream: RecordedStream, start_s: float, stop_s: float, *, progress: Progress
) -> tuple[float, Floats]:
    """Power of the conditioned signal, ``(cells of CELL_S, used channels)``, between two times.

    With when the first cell begins, in s of recording time.
    """
    rate, columns = stream.info.rate, stream.info.used_columns
    settling = round(settle_s(stream.condition, rate) * rate)
    start, stop = stream.sample_at(start_s), stream.sample_at(stop_s)
    begin = max(0, start - settling)
    cells = [
        _cells(x[min(at - begin, round(LEAD_S * rate)) :], rate)
        for at, x in _pieces(stream, stream.condition, columns, progress, begin, stop)
    ]
    nothing = np.empty((0, len(columns)))
    return stream.time_of(begin), np.concatenate(cells) if cells else nothing


@dataclass
class _Rest:
    """What a channel's rest is like: its least power so far, that of here, and an example."""

    power: float = 0.0
    here: float = 0.0
    samples: Floats | None = None


def _pieces(
    stream: RecordedStream,
    spec: ConditionSpec,
    columns: Sequence[int],
    progress: Progress,
    begin: int = 0,
    end: int | None = None,
) -> Iterable[tuple[int, FloatSamples]]:
    """(first new sample, conditioned ``(n, channels)``); each begins up to 1 s earlier."""
    info = stream.info
    stop_all = stream.samples if end is None else min(end, stream.samples)
    masks: dict[int, Mask] = {}

    def read(start: int, stop: int) -> tuple[FloatSamples, Mask]:
        raw, valid = stream.raw(start, stop)
        masks[start] = valid
        return info.to_physical(raw), valid

    live = LiveAgain(read, spec, info.rate, info.n_channels, begin, stop_all)
    size = round(PIECE_S * info.rate)
    lead = np.empty((0, len(columns)), np.float32)
    there = np.empty(0, bool)
    for at in range(begin, stop_all, size):
        progress.report((at - begin) / (stop_all - begin), "Looking for activity")
        stop = min(at + size, stop_all)
        x = live.upto(stop).take(np.array(columns, np.intp), axis=1)
        there = np.concatenate([there, *(masks.pop(key) for key in sorted(masks))])
        x[~there[: len(x)]] = np.nan
        there = there[len(x) :]
        x = np.concatenate([lead, x])
        lead = x[-min(len(x), round(LEAD_S * info.rate)) :].copy()
        yield at, x


def _found(x: Floats, rate: float, rest: _Rest, detector: Detector) -> tuple[Interval, ...]:
    """Activity of one channel in one piece; ``rest`` is brought up to date."""
    here = typical_rest(x, rate)
    if here is not None:
        stretch, power = here
        if not rest.power or power < STILL_REST * rest.power:
            rest.samples = x[stretch.start : stretch.stop].copy()
            rest.power = min(power, rest.power) if rest.power else power
            rest.here = power
    if rest.samples is None:
        return ()
    shift = len(rest.samples)
    whole = np.concatenate([rest.samples, np.nan_to_num(x)])
    found = detector.detect(whole, rate, Interval(0, shift))
    return tuple(
        Interval(max(0, run.start - shift), run.stop - shift) for run in found if run.stop > shift
    )


def typical_rest(x: Floats, rate: float) -> tuple[Interval, float] | None:
    """A loud second (or half) of the rest in ``x (n,)``, and the mean power of all rest.

    Tenths of a second are told into rest and activity by their power in dB (Otsu 1979,
    IEEE Trans Syst Man Cybern 9:62); without two clear kinds all count as rest. None
    where no half second in a row is rest without lost samples.
    """
    size = round(BLOCK_S * rate)
    count = len(x) // size
    power = x[: count * size].reshape(count, size).var(axis=1)
    known = np.isfinite(power) & (power > 0)
    if not known.any():
        return None
    db = np.full(count, np.inf)
    db[known] = 10 * np.log10(power[known])
    quiet = db <= _between(np.sort(db[known]))
    # What lies beside activity has some of it.
    quiet &= db <= np.median(db[quiet & known]) + REST_VARIES_DB
    for blocks in (round(REST_S / BLOCK_S), round(REST_S / BLOCK_S / 2)):
        if count < blocks:
            continue
        views = np.lib.stride_tricks.sliding_window_view(quiet, blocks)
        whole = np.flatnonzero(views.all(axis=1))
        if len(whole):
            sums = np.cumsum(np.concatenate([[0.0], np.where(quiet, power, 0.0)]))
            order = whole[np.argsort(sums[whole + blocks] - sums[whole])]
            at = int(order[int(LOUD_REST * (len(order) - 1))]) * size
            return Interval(at, at + blocks * size), float(np.mean(power[quiet]))
    return None


def _between(db: Floats) -> float:
    """The level that parts sorted values into two kinds best, infinite if they are one."""
    n = np.arange(1, len(db))
    if not len(n):
        return np.inf
    below = np.cumsum(db)[:-1] / n
    above = (db.sum() - np.cumsum(db)[:-1]) / (len(db) - n)
    best = int(np.argmax(n * (len(db) - n) * np.square(above - below)))
    return float(db[best]) if above[best] - below[best] > APART_DB else np.inf


def _over_rest(cells: Sequence[Floats], here: Sequence[Floats], least: Floats) -> Floats:
    """Power ``(cells, channels)`` of all pieces over that of their rest."""
    over = []
    for part, own in zip(cells, here, strict=True):
        rest = np.where(own > OWN_REST * least, own, least)
        over.append(part / np.where(rest > 0, rest, np.inf))
    return np.concatenate(over)


def _cells(x: FloatSamples, rate: float) -> Floats:
    """Mean square in cells of 10 ms ``(cells, channels)``, NaN where nothing is known."""
    edges = np.round(np.arange(0, len(x) / rate, CELL_S) * rate).astype(np.int64)
    edges = edges[edges < len(x)]
    square = np.square(x, dtype=np.float64)
    counts = np.diff(np.append(edges, len(x)))[:, None]
    return np.asarray(np.add.reduceat(square, edges, axis=0) / counts)


def _closed(runs: Iterable[Interval], pause: float) -> tuple[Interval, ...]:
    """Runs in order with short pauses closed."""
    made: list[Interval] = []
    for run in sorted(runs, key=lambda r: r.start):
        if made and run.start - made[-1].stop < pause:
            made[-1] = Interval(made[-1].start, max(made[-1].stop, run.stop))
        else:
            made.append(run)
    return tuple(made)
