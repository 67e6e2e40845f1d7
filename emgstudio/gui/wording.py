"""Numbers as people read them."""

from __future__ import annotations

import math
from datetime import datetime


def clock_time(seconds: float) -> str:
    """``75.2`` → ``1:15``, ``3675`` → ``1:01:15``."""
    whole = max(0, int(seconds))
    hours, minutes = whole // 3600, whole // 60 % 60
    if hours:
        return f"{hours}:{minutes:02d}:{whole % 60:02d}"
    return f"{minutes}:{whole % 60:02d}"


def span(seconds: float) -> str:
    """A length of time, coarse: ``41 h``, ``12 min``, ``8 s``, ``0.4 s``."""
    if not math.isfinite(seconds):
        return "–"
    if seconds >= 100 * 86400:
        return "> 100 d"
    if seconds >= 72 * 3600:
        return f"{seconds / 86400:.0f} d"
    if seconds >= 2 * 3600:
        return f"{seconds / 3600:.0f} h"
    if seconds >= 120:
        return f"{seconds / 60:.0f} min"
    return f"{seconds:.0f} s" if seconds >= 9.95 else f"{seconds:.1f} s"


def spoken_span(seconds: float) -> str:
    """The same for a screen reader: ``41 hours``."""
    if not math.isfinite(seconds):
        return "unknown"
    words = {"d": "days", "h": "hours", "min": "minutes", "s": "seconds"}
    number, _, unit = span(seconds).replace("> ", "more than ").rpartition(" ")
    return f"{number} {words[unit]}"


def size(count: float) -> str:
    """Bytes: ``3.4 MB``."""
    for unit in ("B", "kB", "MB"):
        if count < 999.5:
            return f"{count:.0f} {unit}" if count >= 99.5 or unit == "B" else f"{count:.1f} {unit}"
        count /= 1000
    return f"{count:.1f} GB"


def rate(hertz: float) -> str:
    """A sampling rate: ``1999.8``, ``1000``."""
    return f"{hertz:.1f}".removesuffix(".0")


def milliseconds(seconds: float) -> str:
    """``0.058`` → ``58 ms``; whole seconds from one second on."""
    if not math.isfinite(seconds):
        return "–"
    return f"{seconds * 1000:.0f} ms" if seconds < 1 else span(seconds)


def percent(fraction: float) -> str:
    """``0.0012`` → ``0.12 %``."""
    return f"{fraction * 100:.2f} %"


def when(moment: datetime, now: datetime) -> str:
    """A date as people say it."""
    days = (now.date() - moment.date()).days
    if days == 0:
        return f"today, {moment:%H:%M}"
    if days == 1:
        return f"yesterday, {moment:%H:%M}"
    return f"{moment:%Y-%m-%d, %H:%M}"
