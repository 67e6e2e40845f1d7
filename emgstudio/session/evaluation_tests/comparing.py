"""Better, worse, or no clear change: one test against an earlier one, never by eye alone.

A change is clear where chance alone would make one as large in fewer than one in twenty
comparisons, all figures of a test together (Bonferroni). Shares: Fisher 1935; times and
rates of trials: permutation of the trials (Pitman 1937); counts in unequal times:
Przyborowski and Wilenski 1940.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np

CHANCE = 0.05
SHUFFLES = 4000
SEED = 0
Way = Literal["better", "worse", "unclear"]


@dataclass(frozen=True, slots=True)
class Compared:
    """One figure then and now; ``chance`` is how often chance alone makes such a change."""

    name: str
    then: str
    now: str
    way: Way
    chance: float

    @property
    def text(self) -> str:
        """``completion rate 70 % → 90 %``"""
        return f"{self.name} {self.then} → {self.now}"


@dataclass(frozen=True, slots=True)
class Comparison:
    """All figures that are compared, and what to think of them together."""

    figures: tuple[Compared, ...]

    @property
    def way(self) -> Way:
        """Unclear also where one figure got better and another one worse."""
        ways = {figure.way for figure in self.figures} - {"unclear"}
        return ways.pop() if len(ways) == 1 else "unclear"

    @property
    def words(self) -> str:
        """``Better: completion time 4.1 s → 3.0 s.``"""
        clear = [figure for figure in self.figures if figure.way != "unclear"]
        told = "; ".join(figure.text for figure in clear or self.figures)
        if self.way == "unclear":
            mixed = ", ".join(f"{f.name} {f.way}" for f in clear)
            return f"Mixed ({mixed}): {told}." if clear else f"No clear change: {told}."
        return f"{self.way.capitalize()}: {told}."


def compare(then: dict[str, Any], now: dict[str, Any]) -> Comparison:
    """Two tests of the same kind and settings, as :meth:`Done.to_json` gives them."""
    kind = now["kind"]
    if kind == "idle":
        return Comparison((_counts(then, now, CHANCE),))
    second = ("throughput", "bit/s", True) if kind == "fitts" else ("completed_s", "s", False)
    limit = CHANCE / 2
    found = [_share(then, now, limit), _trials(then, now, limit, *second)]
    return Comparison(tuple(figure for figure in found if figure is not None))


def fisher(hits: tuple[int, int], totals: tuple[int, int]) -> float:
    """Two-sided exact chance of shares as far apart as ``hits`` of ``totals``."""
    right, size, drawn = sum(hits), sum(totals), totals[0]
    ways = [
        math.comb(right, k) * math.comb(size - right, drawn - k)
        for k in range(max(0, drawn - size + right), min(right, drawn) + 1)
    ]
    seen = ways[hits[0] - max(0, drawn - size + right)]
    return sum(w for w in ways if w <= seen) / math.comb(size, drawn)


def permutation(first: Sequence[float], second: Sequence[float]) -> float:
    """Two-sided chance of means as far apart when trials are shuffled between both tests."""
    if not first or not second:
        return 1.0
    pool, n = np.array([*first, *second]), len(first)
    seen = abs(np.mean(first) - np.mean(second))
    rng = np.random.default_rng(SEED)
    shuffled = rng.permuted(np.tile(pool, (SHUFFLES, 1)), axis=1)
    apart = np.abs(shuffled[:, :n].mean(axis=1) - shuffled[:, n:].mean(axis=1))
    # The order that was seen is one of them.
    return float((1 + (apart >= seen - 1e-12).sum()) / (1 + SHUFFLES))


def rates(counts: tuple[int, int], times: tuple[float, float]) -> float:
    """Two-sided chance of counts as unequal in ``times`` if both had the same rate."""
    total, p = sum(counts), times[0] / sum(times)
    ways = [math.comb(total, k) * p**k * (1 - p) ** (total - k) for k in range(total + 1)]
    seen = ways[counts[0]] * (1 + 1e-9)
    return min(1.0, sum(w for w in ways if w <= seen))


def _share(then: dict[str, Any], now: dict[str, Any], limit: float) -> Compared:
    hits = [sum(bool(v) for v in _column(entry, "reached")) for entry in (then, now)]
    totals = [len(entry["rows"]) for entry in (then, now)]
    chance = fisher((hits[0], hits[1]), (totals[0], totals[1]))
    shares = [100 * h / max(1, t) for h, t in zip(hits, totals, strict=True)]
    words = [f"{share:.0f} %" for share in shares]
    way = _way(shares[0], shares[1], chance, limit, more_is_better=True)
    return Compared("completion rate", words[0], words[1], way, chance)


def _trials(
    then: dict[str, Any], now: dict[str, Any], limit: float,
    column: str, unit: str, more_is_better: bool,
) -> Compared | None:  # fmt: skip
    values = [[float(v) for v in _reached(entry, column)] for entry in (then, now)]
    if not values[0] or not values[1]:
        return None
    chance = permutation(values[0], values[1])
    means = [float(np.mean(v)) for v in values]
    name = "throughput" if column == "throughput" else "completion time"
    words = [f"{mean:.2f} {unit}" for mean in means]
    way = _way(means[0], means[1], chance, limit, more_is_better=more_is_better)
    return Compared(name, words[0], words[1], way, chance)


def _counts(then: dict[str, Any], now: dict[str, Any], limit: float) -> Compared:
    counts = (len(then["rows"]), len(now["rows"]))
    times = (_watched(then), _watched(now))
    chance = rates(counts, times)
    hours = [3600 * c / t for c, t in zip(counts, times, strict=True)]
    words = [f"{hour:.0f} per hour" for hour in hours]
    way = _way(hours[0], hours[1], chance, limit, more_is_better=False)
    return Compared("false activations", words[0], words[1], way, chance)


def _watched(entry: dict[str, Any]) -> float:
    return float(entry["settings"]["minutes"]) * 60.0


def _way(then: float, now: float, chance: float, limit: float, *, more_is_better: bool) -> Way:
    if chance >= limit or then == now:
        return "unclear"
    return "better" if (now > then) == more_is_better else "worse"


def _column(entry: dict[str, Any], name: str) -> list[Any]:
    at = entry["columns"].index(name)
    return [row[at] for row in entry["rows"]]


def _reached(entry: dict[str, Any], name: str) -> list[Any]:
    values = zip(_column(entry, name), _column(entry, "reached"), strict=True)
    return [value for value, reached in values if reached and value is not None]
