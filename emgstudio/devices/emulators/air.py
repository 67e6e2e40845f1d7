"""Emulated Bluetooth devices in the air: what a host's Bluetooth sees of a GattEmulator."""

from __future__ import annotations

from dataclasses import dataclass

from emgstudio.core.clock import host_time
from emgstudio.devices.emulators.gatt import GattEmulator
from emgstudio.devices.frames import Frame, FrameReader, encode
from emgstudio.devices.gatt import GattTable, Record
from emgstudio.devices.link import LinkLost


@dataclass(slots=True)
class Radio:
    """How a device behaves on the radio, apart from what it says.

    ``refusal`` makes it refuse to be connected, ``hangs`` never answer.
    """

    rssi: int = -60
    advertising: bool = True
    connect_s: float = 0.02
    refusal: str = ""
    hangs: bool = False


class AirDevice:
    """One emulator as a Bluetooth host deals with it; used by one thread at a time."""

    def __init__(self, emulator: GattEmulator, radio: Radio | None = None) -> None:
        self.emulator = emulator
        self.radio = radio or Radio()
        self.connected = False
        self._reader = FrameReader()
        self._heard: list[Frame] = []
        self._ticket = 0

    @property
    def table(self) -> GattTable:
        return self.emulator.table

    @property
    def address(self) -> str:
        return self.table.address

    def connect(self) -> None:
        """The host's controller has connected."""
        self._reader = FrameReader()
        self._heard = []
        self.connected = True
        self.emulator.opened(host_time())

    def disconnect(self) -> None:
        """The link is gone, whoever ended it."""
        self.connected = False
        self.emulator.halt()

    def request(self, kind: Record, number: int, data: bytes = b"") -> bytes:
        """Read, write or subscribe; gives the value that was read. Raises LinkLost."""
        self._ticket += 1
        self.emulator.receive(encode(kind, data, number, self._ticket))
        self._listen()
        answer = b""
        for frame in self._heard:
            if frame.kind == Record.VALUE and frame.counter == self._ticket:
                answer = frame.payload
        return answer

    def notifications(self) -> list[tuple[int, bytes]]:
        """What it has notified by now, as (characteristic number, payload). Raises LinkLost."""
        self._listen()
        heard, self._heard = self._heard, []
        return [(f.stream, f.payload) for f in heard if f.kind == Record.NOTIFIED]

    def _listen(self) -> None:
        if not self.connected:
            raise LinkLost("not connected")
        self._heard += self._reader.feed(self.emulator.due(host_time()))
