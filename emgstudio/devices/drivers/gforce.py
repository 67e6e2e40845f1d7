"""OYMotion gForce 100, Pro and EPN armbands: 8 channels of EMG, no counter, no volts published.

Protocol: OYMotion's gForceSDKPython and gForceSDKCXX, data profile. The byte
that could number packets is not documented for this profile, so loss is told by
time and marked as estimated.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from emgstudio.core.errors import EmgError
from emgstudio.core.options import option
from emgstudio.core.types import ARBITRARY_UNIT, Channel, Gap, Reading, SampleBlock, StreamInfo
from emgstudio.devices.answers import Patience
from emgstudio.devices.counting import Uncounted
from emgstudio.devices.driver import Item
from emgstudio.devices.drivers.gatt import ANSWER_TIMEOUT_S, Conversation, GattDriver

SERVICE = "0000ffd0-0000-1000-8000-00805f9b34fb"
COMMAND = "f000ffe1-0451-4000-b000-000000000000"
DATA = "f000ffe2-0451-4000-b000-000000000000"
GET_FIRMWARE, GET_BATTERY, SET_EMG, SET_STREAMS, MOTOR = 0x06, 0x08, 0x3F, 0x4F, 0x24
EMG_FLAG = 0x80
EMG_EVENT = 0x08
CHANNELS = 8
PACKET_BYTES = 128
FASTEST_12_BIT_HZ = 500
EMG_CONFIG = struct.Struct("<BHHBB")
FAILURES = {
    1: "does not support it",
    2: "does not accept the settings",
    3: "failed",
    4: "timed out",
}


@dataclass(frozen=True, slots=True)
class GforceOptions:
    """What a person can choose about a gForce."""

    rate: int = option(500, "Sampling rate", unit="Hz", choices=(250, 500, 650, 1000))
    bits: int = option(12, "Resolution", unit="bit", choices=(8, 12), doc="12 up to 500 Hz.")


class GforceDriver(GattDriver):
    """Speaks to a gForce armband."""

    key: ClassVar[str] = "gforce"
    title: ClassVar[str] = "gForce armband"
    Options: ClassVar[type] = GforceOptions
    services: ClassVar[tuple[str, ...]] = (SERVICE,)
    names: ClassVar[tuple[str, ...]] = ("gForce", "GForce")

    def __init__(self, options: GforceOptions) -> None:
        super().__init__(options)
        if options.bits == 12 and options.rate > FASTEST_12_BIT_HZ:
            raise EmgError(
                f"A gForce sends 12 bit up to {FASTEST_12_BIT_HZ} Hz only.",
                "Choose 8 bit, or a lower sampling rate.",
            )
        self._time = Uncounted(float(options.rate))
        self._next = 0
        self._data_number = -1
        self._battery: Reading | None = None

    def begin(self, talk: Conversation) -> tuple[StreamInfo, ...]:
        answers = talk.subscribe(COMMAND)
        firmware = self._ask(talk, answers, bytes((GET_FIRMWARE,)), "its firmware")
        charge = self._ask(talk, answers, bytes((GET_BATTERY,)), "its battery")
        self._battery = Reading("battery", float(charge[0]), "%") if charge else None
        rate, bits = self.options.rate, self.options.bits
        config = EMG_CONFIG.pack(SET_EMG, rate, (1 << CHANNELS) - 1, PACKET_BYTES, bits)
        self._ask(talk, answers, config, f"{rate} Hz with {bits} bit")
        self._ask(talk, answers, _streams(EMG_FLAG), "to stream EMG")
        self._data_number = talk.subscribe(DATA)
        # Older systems do not know how much their Bluetooth carries, so it is tried.
        talk.expect(self._data_number, PACKET_BYTES + 1)
        self._time = Uncounted(float(rate))
        self._next = 0
        version = ".".join(str(part) for part in firmware[:3])
        return (self._describe(f"{talk.table.name} (gForce, firmware {version})"),)

    def farewell(self) -> tuple[tuple[str, bytes], ...]:
        return ((COMMAND, _streams(0)),)

    def notified(self, number: int, payload: bytes, host: float) -> list[Item]:
        items: list[Item] = []
        if self._battery is not None:
            items.append(self._battery)
            self._battery = None
        if (
            number != self._data_number
            or len(payload) != PACKET_BYTES + 1
            or payload[0] != EMG_EVENT
        ):
            return items
        dtype = np.dtype(np.uint8 if self.options.bits == 8 else "<u2")
        data = np.frombuffer(payload, dtype, offset=1).reshape(-1, CHANNELS).astype(np.int16)
        lost = self._time.lost_before(len(data), host)
        if lost:
            # Whole packets get lost, so the estimate is brought to whole packets.
            lost = max(1, round(lost / len(data))) * len(data)
            items.append(Gap("EMG", self._next, lost, estimated=True))
            self._next += lost
        items.append(SampleBlock("EMG", self._next, data))
        self._next += len(data)
        return items

    def _ask(self, talk: Conversation, answers: int, command: bytes, what: str) -> bytes:
        """The armband's answer to a command, without result and command bytes."""
        talk.write(COMMAND, command)
        patience = Patience(ANSWER_TIMEOUT_S)
        while True:
            answer = talk.take(answers, patience)
            if len(answer) >= 2 and answer[1] == command[0]:
                break
        if answer[0]:
            why = FAILURES.get(answer[0], f"says {answer[0]:#04x}")
            raise EmgError(
                f"{talk.table.name} was asked for {what} and {why}.", "Choose other settings."
            )
        return answer[2:]

    def _describe(self, device: str) -> StreamInfo:
        levels = 1 << self.options.bits
        channels = tuple(
            Channel(
                f"EMG {k + 1}",
                ARBITRARY_UNIT,
                offset=-levels / 2.0,
                site="forearm ring",
                rails=(0.0, levels - 1.0),
            )
            for k in range(CHANNELS)
        )
        return StreamInfo("EMG", float(self.options.rate), channels, "int16", device)


def _streams(flags: int) -> bytes:
    return struct.pack("<BI", SET_STREAMS, flags)
