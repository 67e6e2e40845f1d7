"""OT Bioelettronica Muovi and Muovi+: wireless probes that connect to this computer."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

from numpy.typing import NDArray

from emgstudio.core.options import option
from emgstudio.core.types import ARBITRARY_UNIT, MICROVOLT, Channel, SampleBlock, StreamInfo
from emgstudio.devices.driver import Item
from emgstudio.devices.drivers.otb import STEP_UV, RowDriver, RowLayout, Triggers, quaternion
from emgstudio.devices.link import Link, LinkLost

PORT = 54321
EMG_RATE = 2000.0
EEG_RATE = 500.0
# W, X, Y, Z, buffer and trigger, counter.
EXTRA = 6
PATIENCE_S = 20.0
GO = 1
MODES = {"monopolar": 0, "half the channels": 1, "test": 3}
HINT = "Close OT BioLab+ and other programs that talk to the probe, then try again."


@dataclass(frozen=True, slots=True)
class MuoviOptions:
    """What a person can choose about a Muovi."""

    probe: str = option("Muovi", "Probe", choices=("Muovi", "Muovi+"))
    signal: str = option(
        "EMG", "Signal", choices=("EMG", "EEG"), doc="EMG: 2000 Hz, 16 bit. EEG: 500 Hz, 24 bit."
    )
    mode: str = option("monopolar", "Mode", choices=tuple(MODES))

    @property
    def rate(self) -> float:
        """Samples per second."""
        return EMG_RATE if self.signal == "EMG" else EEG_RATE

    @property
    def inputs(self) -> int:
        """Electrodes that the probe has."""
        return 64 if self.probe == "Muovi+" else 32


def control_byte(options: MuoviOptions) -> int:
    """The command that sets the probe up, without the bit that lets it stream."""
    return int(options.signal == "EMG") << 3 | MODES[options.mode] << 1


def layouts(options: MuoviOptions) -> tuple[RowLayout, ...]:
    """How rows may look; whether mode 1 halves them is told in two ways, so the rows decide."""
    width = 2 if options.signal == "EMG" else 3
    counts = [options.inputs + EXTRA]
    if MODES[options.mode] == 1:
        counts.append(options.inputs // 2 + EXTRA)
    return tuple(RowLayout(n, width, n - 1) for n in counts)


class MuoviDriver(RowDriver):
    """Decodes the rows of one probe: EMG, orientation, trigger and counter."""

    key: ClassVar[str] = "muovi"
    title: ClassVar[str] = "OT Bioelettronica Muovi"
    Options: ClassVar[type] = MuoviOptions

    def __init__(self, options: Any) -> None:
        super().__init__(options)
        self.name = options.probe
        self._inputs = 0
        self._triggers = Triggers(options.signal)

    def start(self, link: Link) -> tuple[StreamInfo, ...]:
        options: MuoviOptions = self.options
        link.write(bytes([control_byte(options) | GO]))
        layout = self.await_rows(link, layouts(options), options.rate, PATIENCE_S)
        if layout is None:
            raise LinkLost(
                f"No {options.probe} has connected to this computer.",
                "Join the probe's Wi-Fi with this computer, and let the firewall accept "
                f"connections to port {PORT}.",
            )
        self._inputs = layout.channels - EXTRA
        self._triggers = Triggers(options.signal)
        self._infos = self._describe(layout)
        return self._infos

    def _describe(self, layout: RowLayout) -> tuple[StreamInfo, ...]:
        options: MuoviOptions = self.options
        # Full rows in mode 1 mean another gain, and the sources disagree on which.
        known = MODES[options.mode] != 1 or self._inputs < options.inputs
        unit, scale = (MICROVOLT, STEP_UV) if known else (ARBITRARY_UNIT, 1.0)
        limit = 1 << (8 * layout.width - 1)
        channels = tuple(
            Channel(str(n + 1), unit, scale, kind=options.signal, rails=(-limit, limit - 1))
            for n in range(self._inputs)
        )
        device = options.probe
        signal = StreamInfo(options.signal, options.rate, channels, layout.dtype, device)
        return signal, quaternion(options.rate, device)

    def split(self, first: int, rows: NDArray[Any]) -> list[Item]:
        n = self._inputs
        # The top bit of the column before the counter is the trigger, the rest the buffer.
        return [
            SampleBlock(self.options.signal, first, rows[:, :n]),
            SampleBlock("QUAT", first, rows[:, n : n + 4].astype("int16")),
            *self._triggers.feed(first, rows[:, n + 4] < 0),
        ]

    def stop(self, link: Link) -> None:
        link.write(bytes([control_byte(self.options)]))
