"""Whether two sessions of a client may be compared, and what nobody wrote down of that."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from emgstudio.session.therapy.placement import places_of
from emgstudio.session.therapy.results import TherapyResult

ELECTRODES, PLACEMENT = "electrodes", "placement"


@dataclass(frozen=True, slots=True)
class Difference:
    """``changed`` is known to be another; ``untold`` stands in only one of both sessions."""

    changed: tuple[str, ...] = ()
    untold: tuple[str, ...] = ()

    @property
    def words(self) -> str:
        """What is not the same; "" where nothing is known to be."""
        if self.changed:
            *some, last = self.changed
            return f"{', '.join(some)} and {last} changed" if some else f"{last} changed"
        if self.untold:
            return f"{' and '.join(self.untold)} are noted for only one of both sessions"
        return ""

    @property
    def meaning(self) -> str:
        """What follows from it."""
        if self.changed:
            return "not comparable with the sessions before"
        return "comparable only if they were the same" if self.untold else ""


SAME = Difference()


def conditions(result: TherapyResult, muscle: str) -> dict[str, str]:
    """What must be the same for a measure of ``muscle``: of the places only its own."""
    found = dict(result.comparable)
    found[PLACEMENT] = _place(result, muscle)
    return found


def difference(before: Mapping[str, str], now: Mapping[str, str]) -> Difference:
    """Between the conditions of two sessions.

    Electrodes are written down by people: once left out, they have not changed by that.
    """
    other = [key for key in now if before.get(key, "") != now[key]]
    untold = [k for k in other if k == ELECTRODES and not (now[k] and before.get(k))]
    return Difference(tuple(k for k in other if k not in untold), tuple(untold))


def told_until_now(before: Mapping[str, str], now: Mapping[str, str]) -> dict[str, str]:
    """The conditions to compare the next session with: electrodes as they were last told."""
    return {**now, ELECTRODES: now.get(ELECTRODES) or before.get(ELECTRODES, "")}


def _place(result: TherapyResult, muscle: str) -> str:
    """The rule of one muscle; a further muscle, or another channel, has moved no electrode."""
    recorded = result.comparable.get(PLACEMENT, "")
    starts = {m.words: recorded.find(f"{m.words} on {m.channel}") for m in result.plan.muscles}
    start = starts.get(muscle, -1)
    if start < 0:
        return places_of(recorded)
    channel = next(m.channel for m in result.plan.muscles if m.words == muscle)
    ends = [at for at in starts.values() if at > start]
    own = recorded[start + len(f"{muscle} on {channel}") : min(ends, default=len(recorded))]
    return places_of(own.strip("; "))
