"""OpenBCI Cyton and Cyton + Daisy over the USB dongle: 8 channels at 250 Hz or 16 at 125 Hz.

Sources: OpenBCI_Cyton_Library 3.1.2 (commands, packets), BrainFlow's cyton and
cyton_daisy drivers (pairing of Daisy packets), OpenBCI_GUI (impedance).
Described in docs/devices/cyton.md.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from emgstudio.core.errors import EmgError
from emgstudio.core.options import option
from emgstudio.core.types import MICROVOLT, Channel, Gap, SampleBlock, StreamInfo
from emgstudio.devices.actions import Action, Deed
from emgstudio.devices.answers import Answers
from emgstudio.devices.backlog import Backlog
from emgstudio.devices.counting import WrappedCounter
from emgstudio.devices.driver import Driver, Item
from emgstudio.devices.drivers.cyton_actions import (
    CHANNEL_KEYS,
    LEAD_OFF,
    TEST_SIGNALS,
    CytonActions,
    marker_command,
)
from emgstudio.devices.drivers.cyton_extras import EXTRAS, Extras
from emgstudio.devices.drivers.cyton_impedance import ImpedanceMeter
from emgstudio.devices.drivers.cyton_packets import PacketReader, Packets, channel_counts
from emgstudio.devices.link import Link, LinkLost
from emgstudio.devices.rows import Rows

PACKET_RATE = 250.0
REFERENCE_V = 4.5
FULL_SCALE = (1 << 23) - 1
GAINS = (1, 2, 4, 6, 8, 12, 24)
INPUTS = {"normal": b"0", "shorted": b"1", "bias": b"2", "supply": b"3", "temperature": b"4"}
OLDEST_FIRMWARE = 3
RESET_S = 5.0
ANSWER_S = 1.5
# The dongle answers for a board that it cannot reach.
ABOUT_BOARD = rb"OpenBCI.*?\$\$\$|Failure.*?\$\$\$"
# Tried from the first byte only: from each one, half a minute went by over 46 kB of another board.
ANYTHING_SAID = rb"\A.*?\$\$\$"


@dataclass(frozen=True)
class CytonOptions:
    """How the board measures; the same for all of its channels."""

    gain: int = option(24, "Gain", choices=GAINS)
    input: str = option(
        "normal",
        "Input",
        choices=(*INPUTS, *TEST_SIGNALS),
        doc="What the channels measure: the electrodes, or something to test the board with.",
    )
    srb2: bool = option(
        False,
        "Common reference on SRB2",
        doc="Off for muscles: each channel is the difference of its own two pins.",
    )
    bias: bool = option(True, "Drive the bias electrode", doc="Takes hum away; needs an electrode.")
    channels: int = option(
        0, "Channels", choices=(0, 8, 16), words={0: "all of the board"}, doc="16 needs a Daisy."
    )
    extras: str = option(
        "accelerometer",
        "Beside the channels",
        choices=tuple(EXTRAS),
        doc="Sent in the packets' six spare bytes.",
    )
    impedance: str = option(
        "off",
        "Measure impedance of",
        choices=tuple(LEAD_OFF),
        doc="Sends 6 nA through the electrodes on this side; not while recording muscles.",
    )


class CytonDriver(Driver):
    """Decodes the Cyton's packets; see :class:`Driver`.

    ``repeated`` counts packets that came twice or stepped back, ``garbage``
    bytes that belonged to no packet.
    """

    key = "cyton"
    title = "OpenBCI Cyton"
    Options = CytonOptions
    # On batteries, and the data come by radio.
    isolated = True
    options: CytonOptions

    def __init__(self, options: CytonOptions) -> None:
        super().__init__(options)
        self._daisy = False
        self._begin(b"")

    def _begin(self, early: bytes) -> None:
        self._reader = PacketReader()
        self._reader.expect(0)
        self._backlog = Backlog()
        self._counter = WrappedCounter(256, PACKET_RATE)
        self._odd: int | None = None
        self._half: tuple[int, NDArray[np.int32]] | None = None
        self._rows = Rows("EMG", "int32")
        self._extras: Extras = EXTRAS[self.options.extras]()
        self._actions = self._actions_now()
        self._meter = self._impedance_meter()
        self._early = early

    @property
    def repeated(self) -> int:
        return self._counter.repeated

    @property
    def garbage(self) -> int:
        return self._reader.garbage

    def start(self, link: Link) -> tuple[StreamInfo, ...]:
        answers = Answers(link)
        # A stream that an earlier program left running would drown the answers.
        link.write(b"s")
        link.write(b"v")
        text = self._about_board(link, answers)
        self._daisy = self._wants_daisy("Daisy" in text, link, answers)
        self.name = "OpenBCI Cyton + Daisy" if self._daisy else "OpenBCI Cyton"
        self._configure(link, answers)
        link.write(b"b")
        self._begin(answers.rest)
        return (self._emg_info(), *self._extras.infos(self.name))

    def _about_board(self, link: Link, answers: Answers) -> str:
        found = answers.match(ABOUT_BOARD, RESET_S)
        text = found.group().decode("latin-1") if found else ""
        if text.startswith("OpenBCI"):
            version = re.search(r"Firmware: v(\d+)", text)
            if version is None or int(version[1]) < OLDEST_FIRMWARE:
                raise EmgError(
                    "This Cyton's firmware is too old to be set up.",
                    "Update it to version 3 as docs.openbci.com describes.",
                )
            return text
        if not found:
            link.write(b"\xf0\x07")
            found = answers.match(rb"(Success|Failure).*?\$\$\$", ANSWER_S)
            text = found.group().decode("latin-1") if found else ""
        if not found:
            raise LinkLost(
                "No Cyton answers at this port.",
                "Is it the dongle's port, and is the dongle's switch on GPIO 6, not on RESET?",
            )
        if text.startswith("Success"):
            raise LinkLost(
                "The Cyton is in reach but does not answer.", "Switch the board off and on again."
            )
        raise LinkLost(
            "The Cyton's dongle is there, but the board does not answer.",
            "Switch the board to PC and bring it near. A fresh battery helps most often.",
        )

    def _wants_daisy(self, there: bool, link: Link, answers: Answers) -> bool:
        wanted = self.options.channels
        if wanted == 16 and not there:
            raise EmgError(
                "16 channels were asked for, but this Cyton has no Daisy board.",
                "Choose 8 channels, or plug the Daisy on while the board is off.",
            )
        if there and wanted == 8:
            link.write(b"c")
            answers.match(rb"\$\$\$", ANSWER_S)
            return False
        return there

    def _configure(self, link: Link, answers: Answers) -> None:
        options = self.options
        mode = EXTRAS[options.extras].mode
        if mode:
            self._ask(link, answers, b"/%d" % mode)
        lead_off = LEAD_OFF[options.impedance]
        for k, key in enumerate(CHANNEL_KEYS[: self._channel_count]):
            self._ask(link, answers, self._channel_setting(k))
            if options.impedance != "off":
                self._ask(link, answers, b"z%c%sZ" % (key, lead_off))
        if options.input in TEST_SIGNALS:
            self._ask(link, answers, TEST_SIGNALS[options.input])

    def _ask(self, link: Link, answers: Answers, command: bytes) -> None:
        link.write(command)
        found = answers.match(ANYTHING_SAID, ANSWER_S)
        if not found:
            raise LinkLost("The Cyton stopped answering while it was set up.")
        if b"Failure" in found.group():
            text = found.group().decode("latin-1").removesuffix("$$$").strip()
            raise LinkLost(f"The Cyton did not take a setting: {text}.")

    def stop(self, link: Link) -> None:
        link.write(b"s")

    def marker_command(self, letter: str) -> bytes:
        """Bytes for the link that put a one-letter marker into the stream (extras: markers)."""
        return marker_command(letter)

    @property
    def actions(self) -> tuple[Action, ...]:
        return self._actions.offered

    def act(self, key: str, values: Mapping[str, Any]) -> Deed:
        deed = self._actions.act(key, values)
        if deed is None:
            return super().act(key, values)
        self._meter = self._impedance_meter()
        return deed

    def _actions_now(self) -> CytonActions:
        count = self._channel_count
        settings = {k: self._channel_setting(k) for k in range(count)}
        made = CytonActions(count, settings, markers=self.options.extras == "markers")
        if self.options.impedance != "off":
            made.lead_off = dict.fromkeys(range(count), LEAD_OFF[self.options.impedance])
        return made

    def _channel_setting(self, channel: int) -> bytes:
        options = self.options
        return b"x%c0%d%s%d%d0X" % (
            CHANNEL_KEYS[channel],
            GAINS.index(options.gain),
            INPUTS.get(options.input, b"0"),
            options.bias,
            options.srb2,
        )

    @property
    def _channel_count(self) -> int:
        return 16 if self._daisy else 8

    @property
    def _rate(self) -> float:
        return PACKET_RATE / 2 if self._daisy else PACKET_RATE

    @property
    def _scale_uv(self) -> float:
        return REFERENCE_V / FULL_SCALE / self.options.gain * 1e6

    def _emg_info(self) -> StreamInfo:
        rails = (-(1 << 23), FULL_SCALE)
        channels = tuple(
            Channel(f"EMG {k + 1}", MICROVOLT, self._scale_uv, rails=rails)
            for k in range(self._channel_count)
        )
        return StreamInfo("EMG", self._rate, channels, "int32", self.name)

    def _impedance_meter(self) -> ImpedanceMeter | None:
        if not self._actions.lead_off:
            return None
        return ImpedanceMeter(
            self._rate, self._scale_uv * 1e-6, self._daisy, frozenset(self._actions.lead_off)
        )

    def feed(self, data: bytes, host: float) -> list[Item]:
        packets = self._reader.feed(self._backlog.take(self._early + data, host))
        self._early = b""
        index, packets = self._place(packets, host)
        if not len(index):
            return []
        rows = index // 2 if self._daisy else index
        return [
            *self._emg(index, channel_counts(packets)),
            *self._extras.feed(index, packets, rows),
        ]

    def _place(self, packets: Packets, host: float) -> tuple[NDArray[np.int64], Packets]:
        """The packets that are new, and their number since the stream began."""
        index, new = self._counter.place(packets[:, 1].tolist(), host)
        packets = packets[new]
        if self._daisy and self._odd is None and len(index):
            # The Daisy's halves go by the counter's parity, so the first number keeps it.
            self._odd = int(packets[0, 1]) % 2
        return index + (self._odd or 0), packets

    def _emg(self, index: NDArray[np.int64], counts: NDArray[np.int32]) -> list[Item]:
        if self._daisy:
            index, counts = self._pairs(index, counts)
        items: list[Item] = self._rows.place(index, counts)
        if self._meter:
            for item in tuple(items):
                if isinstance(item, SampleBlock):
                    items += self._meter.feed(item.data)
                elif isinstance(item, Gap):
                    self._meter.restart()
        return items

    def _pairs(
        self, index: NDArray[np.int64], counts: NDArray[np.int32]
    ) -> tuple[NDArray[np.int64], NDArray[np.int32]]:
        """Rows of 16 channels: channels 9–16 of an even packet, 1–8 of the odd one after it."""
        rows: list[int] = []
        halves: list[NDArray[np.int32]] = []
        for number, half in zip(index.tolist(), counts, strict=True):
            if number % 2 == 0:
                self._half = (number, half)
            elif self._half and self._half[0] == number - 1:
                rows.append(number // 2)
                halves.append(np.concatenate((half, self._half[1])))
        return np.array(rows, np.int64), np.array(halves, np.int32).reshape(-1, 16)
