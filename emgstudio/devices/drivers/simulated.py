"""The simulated device's options and driver."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

from emgstudio.core.options import option
from emgstudio.devices.actions import Action, Deed
from emgstudio.devices.drivers.framed import FramedDriver


@dataclass(frozen=True, slots=True)
class SimulatedOptions:
    """What a person can choose about the simulated device."""

    person: str = option("A", "Person", choices=("A", "B", "C", "D"))
    rate: float = option(1000.0, "Sampling rate", unit="Hz", minimum=200.0, maximum=4000.0)
    channels: int = option(0, "Channels", minimum=0, maximum=64, words={0: "as the scenario has"})
    seed: int = option(
        1, "Seed", minimum=0, maximum=2**31, doc="Changes chance only, not the person."
    )
    gain: float = option(1.0, "Gain", minimum=0.01, maximum=100.0)
    noise: float = option(1.0, "Noise", minimum=0.0, maximum=100.0, doc="1 is 3 µV.")
    speed: float = option(
        1.0, "Speed", minimum=0.0, maximum=50.0, doc="1 is real time, 0 as fast as is safe."
    )
    fault_at: float = option(
        -1.0, "Fault from", unit="s", minimum=-1.0, words={-1.0: "as the scenario has it"}
    )
    fault_s: float = option(
        0.0,
        "Fault for",
        unit="s",
        minimum=0.0,
        words={0.0: "to the end"},
        doc="Counts only where the fault's beginning is given.",
    )
    ppm: float = option(0.0, "Clock error", unit="ppm", minimum=-900_000.0, maximum=1_000_000.0)


@dataclass(frozen=True, slots=True)
class TapChoice:
    """Which electrode is tapped."""

    channel: int = option(1, "Channel", minimum=1, maximum=64)


IDENTIFY = Action("identify", "Which one is it?", "All of its channels jump for a moment.")
TAP = Action("tap", "Tap an electrode", "As if a finger tapped the sensor.", TapChoice)


class SimulatedDriver(FramedDriver):
    """Talks to the simulated device."""

    key: ClassVar[str] = "sim"
    title: ClassVar[str] = "Simulated device"
    Options: ClassVar[type] = SimulatedOptions

    @property
    def paced(self) -> bool:
        return bool(self.options.speed == 1.0)

    @property
    def actions(self) -> tuple[Action, ...]:
        return (IDENTIFY, TAP)

    def act(self, key: str, values: Mapping[str, Any]) -> Deed:
        if key == IDENTIFY.key:
            channels = list(range(self.channels))
            return Deed(tap(channels), f"All channels of {self.name} jump now.")
        if key == TAP.key:
            number = TapChoice(**values).channel
            return Deed(tap([number - 1]), f"Electrode {number} of {self.name} was tapped.")
        return super().act(key, values)


def tap(channels: list[int]) -> bytes:
    """The command that lets somebody tap these electrodes, counted from 0."""
    return json.dumps({"do": "tap", "channels": channels}).encode() + b"\n"
