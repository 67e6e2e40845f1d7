"""What keys do to annotations: pure functions from one version to the next."""

from __future__ import annotations

from dataclasses import replace

from emgstudio.core.types import Annotation, new_id

NUDGE_S = 0.010
FINE_NUDGE_S = 0.001
COARSE_NUDGE_S = 0.100


def nudged(item: Annotation, *, start: float = 0.0, stop: float = 0.0) -> Annotation:
    """Edges moved by seconds; an edge never passes the other one."""
    if item.is_event:
        return item.moved(item.start + start + stop, item.start + start + stop)
    new_start = min(max(0.0, item.start + start), item.stop)
    new_stop = max(item.stop + stop, new_start)
    return replace(item, start=new_start, stop=new_stop)


def with_edge_at(item: Annotation, time: float, *, first: bool) -> Annotation:
    """The first or last edge put at ``time``; past the other edge the two change places."""
    return item.moved(time, item.stop) if first else item.moved(item.start, time)


def shifted(item: Annotation, seconds: float) -> Annotation:
    """Both edges moved by seconds, not before the beginning."""
    by = max(seconds, -item.start)
    return replace(item, start=item.start + by, stop=item.stop + by)


def split(item: Annotation, time: float) -> tuple[Annotation, Annotation] | None:
    """Two halves that meet at ``time``, None when it lies outside. The first keeps the id."""
    if not item.start < time < item.stop:
        return None
    return replace(item, stop=time), replace(item, start=time, id=new_id())


def joined(item: Annotation, other: Annotation) -> Annotation:
    """One annotation over both and what is between."""
    return replace(item, start=min(item.start, other.start), stop=max(item.stop, other.stop))


def clock(seconds: float, decimals: int = 3) -> str:
    """Recording time as people read it: ``1:02:03.500``, ``2:03.5``, ``0:03.5`` below a minute."""
    sign = "-" if seconds < 0 else ""
    unit = 10**decimals
    ticks = round(abs(seconds) * unit)
    minutes, rest = divmod(ticks, 60 * unit)
    hours, minutes = divmod(minutes, 60)
    last = f"{rest / unit:0{3 + decimals if decimals else 2}.{decimals}f}"
    if hours:
        return f"{sign}{hours}:{minutes:02d}:{last}"
    return f"{sign}{minutes}:{last}"


def seconds_of(text: str) -> float | None:
    """Seconds from ``75.2``, ``1:15.2`` or ``0:01:15.2``; None if it is no time."""
    parts = text.strip().removesuffix("s").strip().replace(",", ".").split(":")
    if not 1 <= len(parts) <= 3:
        return None
    try:
        numbers = [float(part) for part in parts]
    except ValueError:
        return None
    return sum(n * 60.0**i for i, n in enumerate(reversed(numbers)))
