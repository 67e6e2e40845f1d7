"""What the program itself can do about a quality lamp."""

from __future__ import annotations

from dataclasses import replace
from typing import Protocol

from emgstudio.core.types import ConditionSpec
from emgstudio.devices.stream import Stream
from emgstudio.devices.worker import DeviceWorker
from emgstudio.session.quality import ChannelQuality

TRUNK_LOW_HZ = 30.0
# A device that sent something this long ago is awake.
AWAKE_S = 1.0


class Acting(Protocol):
    """What of a session is needed; :class:`emgstudio.session.session.Session` has it all."""

    def set_condition(self, stream: Stream, spec: ConditionSpec) -> None:
        """Change the filter; raises EmgError while a classifier needs its own."""

    def device_of(self, stream: Stream) -> DeviceWorker | None:
        """The device that a stream comes from."""


def act(session: Acting, stream: Stream, action: str, quality: ChannelQuality) -> str:
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
    if action == "wake":
        return _wake(session.device_of(stream), quality)
    return ""


def _wake(device: DeviceWorker | None, quality: ChannelQuality) -> str:
    if device is None:
        return ""
    age = device.last_packet_age
    if age is not None and age < AWAKE_S:
        return (
            f"{device.title} is awake and sends; only {quality.name} stands still: "
            "press its electrode on and look at its plug."
        )
    return device.wake()
