"""OT Bioelettronica Quattrocento: up to 384 electrodes over an Ethernet cable."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

from numpy.typing import NDArray

from emgstudio.core.options import option
from emgstudio.core.types import Channel, SampleBlock, StreamInfo
from emgstudio.devices.driver import Item
from emgstudio.devices.drivers.otb import RowDriver, RowLayout, Triggers
from emgstudio.devices.link import Link, LinkLost

HOST = "169.254.1.10"
PORT = 23456
HINT = (
    "Is it switched on, with its cable in this computer? The address of its web page is "
    f"{HOST}; the computer needs one that begins with 169.254."
)
ANSWER_S = 5.0
RATES = (512, 2048, 5120, 10240)
INPUTS = (96, 192, 288, 384)
AUX = 16
# Counter, trigger, three others, buffer…: eight columns after the analog inputs.
EXTRA = 8
HIGH_PASS = {"0.7 Hz": 0, "10 Hz": 1, "100 Hz": 2, "200 Hz": 3}
LOW_PASS = {"130 Hz": 0, "500 Hz": 1, "900 Hz": 2, "4400 Hz": 3}
MODES = {"monopolar": 0, "differential": 1, "bipolar": 2}
# 5 V in 2^16 steps: behind a gain of 150, and behind 0.5 for the analog inputs.
STEP_UV = 5e6 / (1 << 16) / 150.0
AUX_STEP_V = 5.0 / (1 << 16) / 0.5
RAILS = (-(1 << 15), (1 << 15) - 1)
SETTINGS_BYTES = 40
CONNECTORS = 12
ALWAYS = 0x80
# Sampled at 10 240 Hz and decimated inside: less alias than sampling slowly.
DECIMATE = 0x40
GO = 0x01


@dataclass(frozen=True, slots=True)
class QuattrocentoOptions:
    """What a person can choose about a Quattrocento."""

    channels: int = option(
        384,
        "Electrodes",
        choices=INPUTS,
        doc="96: IN 1–2, MULTIPLE IN 1. 192: IN 1–4, MULTIPLE IN 1–2. 288 and 384 go on so.",
    )
    rate: int = option(2048, "Sampling rate", unit="Hz", choices=RATES)
    mode: str = option("monopolar", "Mode", choices=tuple(MODES))
    high_pass: str = option("10 Hz", "High-pass", choices=tuple(HIGH_PASS))
    low_pass: str = option("500 Hz", "Low-pass", choices=tuple(LOW_PASS))


def crc8(data: bytes) -> int:
    """CRC-8 with the polynomial 0x8C, lowest bit first, beginning at 0."""
    crc = 0
    for byte in data:
        for bit in range(8):
            odd = (crc ^ (byte >> bit)) & 1
            crc = (crc >> 1) ^ (0x8C if odd else 0)
    return crc


def settings(options: QuattrocentoOptions, go: bool) -> bytes:
    """The 40 bytes that set everything; without ``go`` it stops."""
    first = ALWAYS
    if go:
        rate, inputs = RATES.index(options.rate), INPUTS.index(options.channels)
        first |= DECIMATE | rate << 3 | inputs << 1 | GO
    filters = HIGH_PASS[options.high_pass] << 4 | LOW_PASS[options.low_pass] << 2
    connector = bytes([0, 0, filters | MODES[options.mode]])
    # No analog output: its source, gain and channel stay 0.
    body = bytes([first, 0, 0]) + connector * CONNECTORS
    return body + bytes([crc8(body)])


class QuattrocentoDriver(RowDriver):
    """Decodes the rows of a Quattrocento: EMG, analog inputs, trigger and counter."""

    key: ClassVar[str] = "quattrocento"
    title: ClassVar[str] = "OT Bioelettronica Quattrocento"
    Options: ClassVar[type] = QuattrocentoOptions

    def __init__(self, options: Any) -> None:
        super().__init__(options)
        self.name = "Quattrocento"
        self._triggers = Triggers("EMG")

    def start(self, link: Link) -> tuple[StreamInfo, ...]:
        options: QuattrocentoOptions = self.options
        link.write(settings(options, go=True))
        total = options.channels + AUX + EXTRA
        layout = RowLayout(total, 2, total - EXTRA, big_endian=False)
        if self.await_rows(link, (layout,), options.rate, ANSWER_S) is None:
            raise LinkLost("The Quattrocento sends nothing.", "Switch it off and on again.")
        self._triggers = Triggers("EMG")
        self._infos = self._describe()
        return self._infos

    def _describe(self) -> tuple[StreamInfo, ...]:
        options: QuattrocentoOptions = self.options
        emg = tuple(
            Channel(str(n + 1), scale=STEP_UV, rails=RAILS) for n in range(options.channels)
        )
        aux = tuple(
            Channel(f"AUX {n + 1}", "V", AUX_STEP_V, kind="AUX", rails=RAILS) for n in range(AUX)
        )
        rate = float(options.rate)
        return (
            StreamInfo("EMG", rate, emg, "int16", self.name),
            StreamInfo("AUX", rate, aux, "int16", self.name),
        )

    def split(self, first: int, rows: NDArray[Any]) -> list[Item]:
        n = self.options.channels
        return [
            SampleBlock("EMG", first, rows[:, :n]),
            SampleBlock("AUX", first, rows[:, n : n + AUX]),
            *self._triggers.feed(first, rows[:, n + AUX + 1] != 0),
        ]

    def stop(self, link: Link) -> None:
        link.write(settings(self.options, go=False))
