"""What the program itself can do about a quality lamp."""

from __future__ import annotations

from dataclasses import replace
from typing import Protocol

from emgstudio.core.types import ConditionSpec
from emgstudio.devices.stream import Stream
from emgstudio.session.quality import ChannelQuality

TRUNK_LOW_HZ = 30.0


class Conditioning(Protocol):
    """Who changes the filter of a stream; raises EmgError while a classifier needs its own."""

    def set_condition(self, stream: Stream, spec: ConditionSpec) -> None: ...


def act(session: Conditioning, stream: Stream, action: str, quality: ChannelQuality) -> str:
    """Do what a lamp offers and say in one sentence what was done; "" if a room must do it.

    Recordings keep the raw signal whatever is filtered. Raises EmgError where the
    filter cannot be changed now.
    """
    now = stream.condition
    if action == "filter-hum":
        hertz = round(quality.measures["hum_hz"])
        session.set_condition(stream, replace(now, notch_hz=float(hertz)))
        return f"{hertz} Hz and its harmonics are filtered out of the clean view."
    if action == "trunk-filter":
        low = max(TRUNK_LOW_HZ, now.low_hz or 0.0)
        session.set_condition(stream, replace(now, low_hz=low))
        return f"The clean view begins at {low:g} Hz."
    return ""
