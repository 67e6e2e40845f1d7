"""When muscles act: bursts, their order, reaction to a cue, time to relax."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from emgstudio.dsp.measure import Measure
from emgstudio.dsp.onset import Interval

Floats = NDArray[np.float64]

# Faster is a guess, slower a miss.
ANTICIPATED_S = 0.1
MISSED_S = 1.5
UNSURE_DB = 10.0


@dataclass(frozen=True, slots=True)
class Reactions:
    """Times from cue to onset in s; ``anticipated`` and ``missed`` cues are only counted."""

    seconds: Floats
    anticipated: int
    missed: int


def reactions(cues: Floats, onsets: Floats) -> Reactions:
    """The first onset after each cue, both in s and ascending.

    One within 0.1 s is an anticipation, none within 1.5 s a miss.
    """
    seconds: list[float] = []
    anticipated = missed = 0
    for cue in cues.tolist():
        after = onsets[(onsets >= cue) & (onsets <= cue + MISSED_S)]
        if not len(after):
            missed += 1
        elif after[0] - cue < ANTICIPATED_S:
            anticipated += 1
        else:
            seconds.append(float(after[0] - cue))
    return Reactions(np.array(seconds), anticipated, missed)


def reaction_measures(channel: str, found: Reactions, recipe: str) -> tuple[Measure, ...]:
    """Number, median and interquartile range in ms; what was left out stands in the flags."""
    flags = ["device latency not removed"]
    if found.anticipated:
        flags.append(f"{found.anticipated} before {ANTICIPATED_S * 1000:g} ms left out")
    if found.missed:
        flags.append(f"{found.missed} without a reaction within {MISSED_S:g} s")
    ms = found.seconds * 1000.0
    middle = float(np.median(ms)) if len(ms) else math.nan
    spread = float(np.subtract(*np.percentile(ms, [75, 25]))) if len(ms) else math.nan
    rows = (
        ("reactions", float(len(ms)), "1"), ("reaction time", middle, "ms"),
        ("reaction time, IQR", spread, "ms"),
    )  # fmt: skip
    return tuple(Measure(channel, n, v, u, recipe, tuple(flags)) for n, v, u in rows)


def activity(
    channel: str, bursts: Sequence[Interval], samples: int, rate: float, recipe: str, snr_db: float
) -> tuple[Measure, ...]:
    """Number of bursts, their median duration and the share of the time that is active."""
    flags = () if snr_db >= UNSURE_DB else (f"signal to noise {snr_db:.0f} dB: please check",)
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


def time_to_relax(offsets: Floats, cue_s: float) -> float:
    """From the cue to relax to the next offset in s, NaN without one."""
    after = offsets[offsets >= cue_s]
    return float(after[0] - cue_s) if len(after) else math.nan
