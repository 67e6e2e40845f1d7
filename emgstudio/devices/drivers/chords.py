"""Upside Down Labs boards with Chords firmware: BioAmp amplifiers at an Arduino, Pico or ESP32.

Sources: upsidedownlabs/Chords-Arduino-Firmware, Chords-Python (chords_serial.py).
Described in docs/devices/chords.md.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from emgstudio.core.errors import EmgError
from emgstudio.core.options import option
from emgstudio.core.types import MICROVOLT, Channel, StreamInfo
from emgstudio.devices.answers import Answers
from emgstudio.devices.backlog import Backlog
from emgstudio.devices.counting import WrappedCounter
from emgstudio.devices.driver import Driver, Item
from emgstudio.devices.drivers.chords_packets import HEAD, ChordsReader, channel_numbers
from emgstudio.devices.link import Link, LinkLost, set_baud
from emgstudio.devices.rows import Rows

BAUDS = (230400, 115200)
# The firmware takes a command only when nothing has come for 1 s, and an Uno
# that was reset by opening the port wakes 2 s later.
ANSWER_S = 1.5
TRIES = 3
FIRST_PACKET_S = 3.0
PIN_UNIT = "mV"


@dataclass(frozen=True, slots=True)
class Board:
    """What a board measures: channels, sampling rate in Hz, bits, reference in volts."""

    channels: int
    rate: float
    bits: int
    vref: float


BOARDS = {
    **dict.fromkeys(("UNO-R3", "UNO-CLONE", "GENUINO-UNO"), Board(6, 250.0, 10, 5.0)),
    **dict.fromkeys(("NANO-CLONE", "NANO-CLASSIC"), Board(8, 250.0, 10, 5.0)),
    **dict.fromkeys(("MEGA-2560-R3", "MEGA-2560-CLONE"), Board(16, 250.0, 10, 5.0)),
    "UNO-R4": Board(6, 500.0, 14, 5.0),
    "STM32F4-BLACK-PILL": Board(8, 500.0, 12, 3.3),
    "STM32G4-CORE-BOARD": Board(16, 500.0, 12, 3.3),
    "GIGA-R1": Board(6, 500.0, 16, 3.3),
    **dict.fromkeys(("RPI-PICO-RP2040", "NPG-LITE"), Board(3, 500.0, 12, 3.3)),
}
KNOWN_NAME = "({})\r?\n".format("|".join(sorted(BOARDS, key=len, reverse=True))).encode()
ANY_NAME = rb"(?<![ -~])([A-Z][A-Z0-9]+(?:-[A-Z0-9]+)+)\r?\n"


@dataclass(frozen=True)
class ChordsOptions:
    """What the board itself does not know: the amplifier in front of it."""

    gain: float = option(
        0.0,
        "Amplifier gain",
        minimum=0.0,
        maximum=1e6,
        doc="Of the BioAmp board, from its page. 0 keeps millivolts at the board's pin.",
    )
    vref: float = option(
        0.0, "Reference voltage", unit="V", minimum=0.0, maximum=5.5,
        doc="0 takes what the board usually has: 5 V or 3.3 V.",
    )  # fmt: skip
    channels: int = option(
        0, "Channels", minimum=0, maximum=16, words={0: "all"}, doc="The first so many."
    )
    baud: int = option(
        0, "Baud rate", choices=(0, *BAUDS), words={0: "automatic"}, doc="Automatic tries both."
    )
    reset: bool = option(
        True, "Reset when opened", doc="Off leaves boards running that reset when a port is opened."
    )


class ChordsDriver(Driver):
    """Asks the board for its name and decodes its packets; see :class:`Driver`.

    ``repeated`` counts packets that came twice or stepped back, ``garbage``
    bytes that belonged to no packet.
    """

    key = "chords"
    title = "Chords board (Upside Down Labs)"
    Options = ChordsOptions
    options: ChordsOptions

    def __init__(self, options: ChordsOptions) -> None:
        super().__init__(options)
        self._begin(BOARDS["UNO-R3"], b"")

    def _begin(self, board: Board, early: bytes) -> None:
        self._board = board
        self._channels = min(self.options.channels or board.channels, board.channels)
        self._reader = ChordsReader(board.channels)
        self._counter = WrappedCounter(256, board.rate)
        self._backlog = Backlog()
        self._rows = Rows("EMG", "int32")
        self._early = early

    @property
    def repeated(self) -> int:
        return self._counter.repeated

    @property
    def garbage(self) -> int:
        return self._reader.garbage

    def start(self, link: Link) -> tuple[StreamInfo, ...]:
        answers = Answers(link)
        name = self._board_name(link, answers)
        board = BOARDS[name]
        self.name = f"Chords {name}"
        link.write(b"START\n")
        found = answers.match(re.escape(HEAD), FIRST_PACKET_S)
        if found is None:
            raise LinkLost(f"The board {name} does not start to send.", "Press its reset button.")
        self._begin(board, HEAD + answers.rest)
        return (self._info(),)

    def _board_name(self, link: Link, answers: Answers) -> str:
        seen = b""
        for baud in TRIES * ((self.options.baud,) if self.options.baud else BAUDS):
            set_baud(link, baud)
            # While it streams, whatever it hears only stops it; then it listens.
            link.write(b"WHORU\n")
            found = answers.match(KNOWN_NAME, ANSWER_S)
            if found:
                return found[1].decode("ascii")
            other = answers.match(ANY_NAME, 0.0)
            seen = other[1] if other else seen
        if seen:
            raise EmgError(
                f"This board calls itself '{seen.decode('ascii')}', which is not in the table.",
                "Its rate and number of channels are not known; please report it.",
            )
        raise LinkLost(
            "No board with Chords firmware answers here.",
            "Is the firmware on it, and its serial monitor closed?",
        )

    def stop(self, link: Link) -> None:
        link.write(b"STOP\n")

    def feed(self, data: bytes, host: float) -> list[Item]:
        packets = self._reader.feed(self._backlog.take(self._early + data, host))
        self._early = b""
        index, kept = self._counter.place(packets[:, 2].tolist(), host)
        numbers = channel_numbers(packets[kept])[:, : self._channels]
        return [*self._rows.place(index, numbers)]

    def _info(self) -> StreamInfo:
        board = self._board
        vref = self.options.vref or board.vref
        top = float((1 << board.bits) - 1)
        if self.options.gain:
            scale = 1e6 * vref / (1 << board.bits) / self.options.gain
            # The amplifier's output rests at half of its supply.
            unit, offset = MICROVOLT, -scale * (1 << (board.bits - 1))
        else:
            unit, scale, offset = PIN_UNIT, 1e3 * vref / (1 << board.bits), 0.0
        channels = tuple(
            Channel(f"A{k}", unit, scale, offset, rails=(0.0, top)) for k in range(self._channels)
        )
        return StreamInfo("EMG", board.rate, channels, "int32", self.name)
