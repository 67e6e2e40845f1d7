"""OT Bioelettronica Sessantaquattro and Sessantaquattro+: amplifiers that connect to us."""

from __future__ import annotations

import struct
from dataclasses import dataclass
from typing import Any, ClassVar

from numpy.typing import NDArray

from emgstudio.core.options import option
from emgstudio.core.types import ARBITRARY_UNIT, Channel, SampleBlock, StreamInfo
from emgstudio.devices.driver import Item
from emgstudio.devices.drivers.otb import STEP_UV, RowDriver, RowLayout, Triggers, quaternion
from emgstudio.devices.link import Link, LinkLost

PORT = 45454
PATIENCE_S = 20.0
GO = 1
HINT = "Close OT BioLab+ and other programs that talk to the amplifier, then try again."
CHANNELS = (8, 16, 32, 64)
RATES = (500, 1000, 2000, 4000)
MODES = {"monopolar": 0, "bipolar": 1, "differential": 2, "test": 7}
# The protocol names 4 columns after the electrodes, a Sessantaquattro+ sends 8; counter last.
EXTRAS = (8, 4, 6)
WITH_ORIENTATION = 6


@dataclass(frozen=True, slots=True)
class SessantaquattroOptions:
    """What a person can choose about a Sessantaquattro."""

    channels: int = option(64, "Channels", choices=CHANNELS)
    rate: int = option(2000, "Sampling rate", unit="Hz", choices=RATES)
    mode: str = option(
        "monopolar", "Mode", choices=tuple(MODES), doc="Bipolar halves the number of channels."
    )
    bits: int = option(16, "Resolution", unit="bit", choices=(16, 24))
    high_pass: bool = option(True, "High-pass in the amplifier", doc="At 1/190 of the rate.")

    @property
    def inputs(self) -> int:
        """Columns of electrodes."""
        return self.channels // 2 if self.mode == "bipolar" else self.channels


def control_word(options: SessantaquattroOptions, go: bool) -> bytes:
    """The two bytes that set everything; without ``go`` the amplifier stops and hangs up."""
    word = (
        RATES.index(options.rate) << 13
        | CHANNELS.index(options.channels) << 11
        | MODES[options.mode] << 8
        | int(options.bits == 24) << 7
        | int(options.high_pass) << 6
        | int(go) * GO
    )
    return struct.pack(">H", word)


def layouts(options: SessantaquattroOptions) -> tuple[RowLayout, ...]:
    """How rows may look: how many columns follow the electrodes is told by the counter."""
    width = options.bits // 8
    totals = [options.inputs + extra for extra in EXTRAS]
    return tuple(RowLayout(total, width, total - 1) for total in totals)


class SessantaquattroDriver(RowDriver):
    """Decodes the rows of one amplifier: EMG, auxiliary inputs, orientation, trigger."""

    key: ClassVar[str] = "sessantaquattro"
    title: ClassVar[str] = "OT Bioelettronica Sessantaquattro+"
    Options: ClassVar[type] = SessantaquattroOptions

    def __init__(self, options: Any) -> None:
        super().__init__(options)
        self._extra = 0
        self._triggers = Triggers("EMG")

    def start(self, link: Link) -> tuple[StreamInfo, ...]:
        options: SessantaquattroOptions = self.options
        link.write(control_word(options, go=True))
        layout = self.await_rows(link, layouts(options), options.rate, PATIENCE_S)
        if layout is None:
            raise LinkLost(
                "No Sessantaquattro has connected to this computer.",
                "Join its Wi-Fi, or write this computer's address on its web page, and let "
                f"the firewall accept connections to port {PORT}.",
            )
        self._extra = layout.channels - options.inputs
        self.name = "Sessantaquattro+" if self._extra == EXTRAS[0] else "Sessantaquattro"
        self._triggers = Triggers("EMG")
        self._infos = self._describe(layout)
        return self._infos

    @property
    def _aux(self) -> int:
        """Analog inputs after the electrodes; the others end with trigger and counter."""
        return self._extra - (WITH_ORIENTATION if self._oriented else 2)

    @property
    def _oriented(self) -> bool:
        return self._extra >= WITH_ORIENTATION

    def _describe(self, layout: RowLayout) -> tuple[StreamInfo, ...]:
        options: SessantaquattroOptions = self.options
        limit = 1 << (8 * layout.width - 1)
        emg = tuple(
            Channel(str(n + 1), scale=STEP_UV, rails=(-limit, limit - 1))
            for n in range(options.inputs)
        )
        aux = tuple(
            Channel(f"AUX {n + 1}", ARBITRARY_UNIT, kind="AUX", rails=(-limit, limit - 1))
            for n in range(self._aux)
        )
        infos = [StreamInfo("EMG", float(options.rate), emg, layout.dtype, self.name)]
        if aux:
            infos.append(StreamInfo("AUX", float(options.rate), aux, layout.dtype, self.name))
        if self._oriented:
            infos.append(quaternion(float(options.rate), self.name))
        return tuple(infos)

    def split(self, first: int, rows: NDArray[Any]) -> list[Item]:
        n = self.options.inputs
        aux = n + self._aux
        items: list[Item] = [SampleBlock("EMG", first, rows[:, :n])]
        if self._aux:
            items.append(SampleBlock("AUX", first, rows[:, n:aux]))
        if self._oriented:
            items.append(SampleBlock("QUAT", first, rows[:, aux : aux + 4].astype("int16")))
        return items + self._triggers.feed(first, rows[:, -2] < 0)

    def stop(self, link: Link) -> None:
        link.write(control_word(self.options, go=False))
