"""The simulated device's options and driver."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from emgstudio.core.options import option
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
    ppm: float = option(0.0, "Clock error", unit="ppm", minimum=-900_000.0, maximum=1_000_000.0)


class SimulatedDriver(FramedDriver):
    """Talks to the simulated device."""

    key: ClassVar[str] = "sim"
    title: ClassVar[str] = "Simulated device"
    Options: ClassVar[type] = SimulatedOptions

    @property
    def paced(self) -> bool:
        return bool(self.options.speed == 1.0)
