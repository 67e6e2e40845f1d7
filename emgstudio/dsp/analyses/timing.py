"""When muscles act: bursts, their order, reaction to a cue, time to relax."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from emgstudio.dsp.measure import Measure
from emgstudio.dsp.onset import Detector, Interval

Floats = NDArray[np.float64]

# Faster is a guess, slower a miss.
ANTICIPATED_S = 0.1
MISSED_S = 1.5
UNSURE_DB = 10.0


def sharp_bursts(
    detector: Detector, forward: Floats, backward: Floats, rate: float, rest: Interval
) -> tuple[Interval, ...]:
    """Bursts whose two edges are not smeared by the filter of the signal.

    ``forward (n,)`` was filtered causally, ``backward (n,)`` the same from its end on: a
    causal filter rings after a strong burst, a zero-phase one before it, too (onsets of
    bursts 30 dB above rest then come 13 ms early at 1000 Hz, instead of 3). So the onset is
    that of ``forward``, the offset that of ``backward``. EmgError as the detector raises it.
    """
    n = len(forward)
    ahead = detector.detect(forward, rate, rest)
    turned = detector.detect(
        np.ascontiguousarray(backward[::-1]), rate, Interval(n - rest.stop, n - rest.start)
    )
    behind = [Interval(n - b.stop, n - b.start) for b in reversed(turned)]
    found: list[Interval] = []
    for burst in ahead:
        same = [b.stop for b in behind if b.start < burst.stop and b.stop > burst.start]
        stop = min(max(same), burst.stop) if same else burst.stop
        if stop > burst.start:
            found.append(Interval(burst.start, stop))
    return tuple(found)


@dataclass(frozen=True, slots=True)
class Reactions:
    """Times from cue to onset in s; ``anticipated`` and ``missed`` cues are only counted."""

    seconds: Floats
    anticipated: int
    missed: int


def reactions(cues: Floats, onsets: Floats, offsets: Floats) -> Reactions:
    """The first onset after each cue; all in s and ascending, onsets and offsets in pairs.

    An onset within 0.1 s, or a muscle that is active at the cue already, is an anticipation;
    none within 1.5 s a miss.
    """
    seconds: list[float] = []
    anticipated = missed = 0
    for cue in cues.tolist():
        after = onsets[(onsets >= cue) & (onsets <= cue + MISSED_S)]
        if ((onsets < cue) & (offsets > cue)).any():
            anticipated += 1
        elif not len(after):
            missed += 1
        elif after[0] - cue < ANTICIPATED_S:
            anticipated += 1
        else:
            seconds.append(float(after[0] - cue))
    return Reactions(np.array(seconds), anticipated, missed)


def reaction_measures(
    channel: str, found: Reactions, recipe: str, doubts: tuple[str, ...] = ()
) -> tuple[Measure, ...]:
    """Number, median and interquartile range in ms; what was left out stands in the flags."""
    flags = ["device latency not removed", *doubts]
    if found.anticipated:
        flags.append(f"{found.anticipated} before {ANTICIPATED_S * 1000:g} ms left out")
    if found.missed:
        flags.append(f"{found.missed} without a reaction within {MISSED_S:g} s")
    if not len(found.seconds):
        flags.append("no reaction could be timed")
    ms = found.seconds * 1000.0
    middle = float(np.median(ms)) if len(ms) else math.nan
    spread = float(np.subtract(*np.percentile(ms, [75, 25]))) if len(ms) else math.nan
    rows = (
        ("reactions", float(len(ms)), "1"), ("reaction time", middle, "ms"),
        ("reaction time, IQR", spread, "ms"),
    )  # fmt: skip
    return tuple(Measure(channel, n, v, u, recipe, tuple(flags)) for n, v, u in rows)


def unsure(snr_db: float) -> tuple[str, ...]:
    """What to say where automatic onsets are to be checked by a person (Kowalski 2021)."""
    return () if not snr_db < UNSURE_DB else (f"signal to noise {snr_db:.0f} dB: please check",)


def activity(
    channel: str, bursts: Sequence[Interval], samples: int, rate: float, recipe: str, snr_db: float
) -> tuple[Measure, ...]:
    """Number of bursts, their median duration and the share of the time that is active."""
    flags = (*unsure(snr_db), *(() if bursts else ("no activity was found",)))
    lengths = np.array([b.stop - b.start for b in bursts]) / rate
    middle = float(np.median(lengths)) if len(lengths) else math.nan
    rows = (
        ("bursts", float(len(lengths)), "1"), ("burst duration", middle, "s"),
        ("active time", 100.0 * float(lengths.sum()) * rate / samples, "%"),
    )  # fmt: skip
    return tuple(Measure(channel, n, v, u, recipe, flags) for n, v, u in rows)


def order(first: Sequence[tuple[str, float]]) -> tuple[str, ...]:
    """Names of muscles from the first to the last onset in s; those without one are left out."""
    return tuple(n for n, at in sorted(first, key=lambda pair: pair[1]) if math.isfinite(at))


def rise_time(envelope: Floats, rate: float, burst: Interval) -> float:
    """From 10 to 90 % of the burst's plateau (its median) above the level at its onset, in s."""
    part = envelope[burst.start : burst.stop]
    if len(part) < 3:
        return math.nan
    base, plateau = float(part[0]), float(np.median(part))
    low, high = (base + share * (plateau - base) for share in (0.1, 0.9))
    if plateau <= base:
        return math.nan
    return float(np.argmax(part >= high) - np.argmax(part >= low)) / rate


@dataclass(frozen=True, slots=True)
class Relaxations:
    """Times from the cue to relax to the offset in s.

    ``before`` muscles were quiet at the cue already, ``never`` ones still active at the end
    of the rest; both are only counted.
    """

    seconds: Floats
    before: int
    never: int


def relaxations(
    rests: Sequence[tuple[float, float]], onsets: Floats, offsets: Floats
) -> Relaxations:
    """What the burst that runs at the beginning of each of ``rests`` (start, stop) does; in s."""
    seconds: list[float] = []
    before = never = 0
    for cue, end in rests:
        running = offsets[(onsets < cue) & (offsets > cue)]
        if not len(running):
            before += 1
        elif running[0] >= end:
            never += 1
        else:
            seconds.append(float(running[0] - cue))
    return Relaxations(np.array(seconds), before, never)


def relaxation_measures(
    channel: str, found: Relaxations, recipe: str, doubts: tuple[str, ...]
) -> tuple[Measure, ...]:
    """Median time to relax in s; what was left out stands in the flags."""
    flags = [*doubts]
    if found.before:
        flags.append(f"{found.before} let go before the cue")
    if found.never:
        flags.append(f"{found.never} did not relax within the rest")
    if not len(found.seconds):
        flags.append("no rest could be timed")
    middle = float(np.median(found.seconds)) if len(found.seconds) else math.nan
    how = f"median from the cue to the offset; {recipe}"
    return (Measure(channel, "time to relax", middle, "s", how, tuple(flags)),)
