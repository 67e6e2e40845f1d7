"""What is known of a model without its numbers, and whether it was made for a stream."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from emgstudio.core.errors import EmgError
from emgstudio.core.types import Channel, ConditionSpec, StreamInfo
from emgstudio.core.words import several
from emgstudio.ml.report import TrainingReport

RATE_TOLERANCE = 0.005
AGAIN = "Choose another model, or calibrate with this device."
MAP = "Change that in the channel map, choose another model, or calibrate again."


class MadeForStream:
    """Knows the stream that it was made for: a model, and what its manifest tells of it."""

    __slots__ = ()
    rate: float
    channels: tuple[str, ...]
    units: tuple[str, ...]
    condition: ConditionSpec

    def check_stream(self, info: StreamInfo, condition: ConditionSpec | None = None) -> None:
        """Refuse a stream that the model was not made for.

        Raises
        ------
        EmgError
            Count, names or units of the used channels or the rate (by more than
            0.5 %) differ, or the stream is conditioned differently; says which.
        """
        used = tuple(channel for channel in info.channels if channel.used)
        self._check_choice(info.channels)
        if len(used) != len(self.channels):
            of_all = "" if len(used) == info.n_channels else f" in use, of {info.n_channels}"
            raise EmgError(
                f"Model made with {several(len(self.channels), 'channel')}, "
                f"this device has {len(used)}{of_all}.",
                MAP if {*self.channels} < {c.name for c in info.channels} else AGAIN,
            )
        self._check_channels(used)
        if abs(info.rate / self.rate - 1.0) > RATE_TOLERANCE:
            raise EmgError(
                f"Model made at {self.rate:g} Hz, this device samples at {info.rate:g} Hz.", AGAIN
            )
        if condition is not None and condition != self.condition:
            raise EmgError(
                f"Model made with the filter {self.condition.summary()}, "
                f"this stream is filtered with {condition.summary()}.",
                "Set the stream's filter to that of the model.",
            )

    def _check_choice(self, channels: tuple[Channel, ...]) -> None:
        """Refuse the same device with other channels in use; which, tells more than how many."""
        there = {channel.name: channel.used for channel in channels}
        if not set(self.channels) <= set(there) or len(set(there.values())) < 2:
            return
        for name in self.channels:
            if not there[name]:
                raise EmgError(
                    f"The model needs channel “{name}”, which is not in use on this device.", MAP
                )
        for name, used in there.items():
            if used and name not in self.channels:
                raise EmgError(
                    f"Channel “{name}” is in use on this device, the model was made without it.",
                    MAP,
                )

    def _check_channels(self, channels: tuple[Channel, ...]) -> None:
        names = tuple(c.name for c in channels)
        if names != self.channels:
            at = next(
                i for i, (a, b) in enumerate(zip(self.channels, names, strict=True)) if a != b
            )
            raise EmgError(
                f"Channel {at + 1} of the model is “{self.channels[at]}”, "
                f"on this device it is “{names[at]}”.",
                AGAIN,
            )
        for channel, unit in zip(channels, self.units, strict=True):
            if channel.unit != unit:
                raise EmgError(
                    f"Channel “{channel.name}” of the model is in {unit}, "
                    f"on this device it is in {channel.unit}.",
                    AGAIN,
                )


@dataclass(frozen=True, slots=True)
class ModelFacts(MadeForStream):
    """What the manifest of a saved model tells, as its :class:`GestureModel` would."""

    rate: float
    channels: tuple[str, ...]
    units: tuple[str, ...]
    condition: ConditionSpec
    classes: tuple[str, ...]
    report: TrainingReport
    provenance: Mapping[str, Any]
