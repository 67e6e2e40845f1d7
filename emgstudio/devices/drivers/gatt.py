"""What all drivers of Bluetooth LE devices share: asking, subscribing, and sorting records."""

from __future__ import annotations

import json
from abc import abstractmethod
from dataclasses import replace
from typing import Any, ClassVar

from emgstudio.core.errors import EmgError
from emgstudio.core.types import Reading, StreamInfo
from emgstudio.devices.answers import Patience
from emgstudio.devices.driver import Driver, Item
from emgstudio.devices.frames import Frame, FrameReader, encode
from emgstudio.devices.gatt import GattTable, Record
from emgstudio.devices.link import Link, LinkLost

ANSWER_TIMEOUT_S = 5.0
FIRST_DATA_TIMEOUT_S = 5.0
NO_ANSWER = "does not answer"
NOTHING = "is connected but sends nothing"


class Conversation:
    """Questions to a device while it is set up; what it notifies meanwhile is kept in ``early``."""

    def __init__(self, link: Link) -> None:
        self._link = link
        self._ticket = 0
        self.reader = FrameReader()
        self.early: list[Frame] = []
        self.table = self._table()

    def has(self, uuid: str) -> bool:
        return self.table.number(uuid) is not None

    def number(self, uuid: str) -> int:
        """The characteristic's number; raises EmgError when the device has none such."""
        number = self.table.number(uuid)
        if number is None:
            raise EmgError(
                f"{self.table.name} is not the expected kind of device: "
                f"it has no characteristic {uuid}.",
                "Choose another driver, or look at what it offers with the sniff page.",
            )
        return number

    def read(self, uuid: str) -> bytes:
        """The characteristic's value."""
        return self._ask(Record.READ, self.number(uuid))

    def write(self, uuid: str, data: bytes, *, quick: bool = False) -> None:
        """Write and wait until the device has acknowledged; ``quick`` asks for no such thing."""
        self._ask(Record.WRITE_QUICK if quick else Record.WRITE, self.number(uuid), data)

    def subscribe(self, uuid: str) -> int:
        """Ask for notifications; gives the characteristic's number."""
        number = self.number(uuid)
        self._ask(Record.SUBSCRIBE, number)
        return number

    def send(self, uuid: str, data: bytes, *, quick: bool = False) -> None:
        """Write without waiting for an answer."""
        self._ticket += 1
        kind = Record.WRITE_QUICK if quick else Record.WRITE
        self._link.write(encode(kind, data, self.number(uuid), self._ticket))

    def listen(self, timeout_s: float) -> None:
        """Read the link once; notifications go to ``early``."""
        for frame in self.reader.feed(self._link.read(timeout_s)):
            if frame.kind == Record.NOTIFIED:
                self.early.append(frame)

    def first(self, number: int, patience: Patience | None = None, silence: str = NOTHING) -> bytes:
        """The first notification of a characteristic; it stays among ``early``.

        Raises LinkLost when none comes: it then ``silence``.
        """
        patience = patience or Patience(FIRST_DATA_TIMEOUT_S)
        while True:
            for frame in self.early:
                if frame.stream == number:
                    return frame.payload
            self._wait(patience, f"{self.table.name} {silence}.")

    def expect(self, number: int, size: int) -> None:
        """Wait for the first notification; raises EmgError when it is not ``size`` bytes long."""
        came = len(self.first(number))
        if came != size:
            raise EmgError(
                f"{self.table.name} sends {came} bytes at once instead of {size}.",
                f"This Bluetooth carries {self.table.mtu - 3}: use another adapter, "
                "or correct the options.",
            )

    def take(self, number: int, patience: Patience, silence: str = NO_ANSWER) -> bytes:
        """:meth:`first`, taken out of ``early``."""
        payload = self.first(number, patience, silence)
        at = next(k for k, frame in enumerate(self.early) if frame.stream == number)
        del self.early[at]
        return payload

    def _table(self) -> GattTable:
        patience = Patience(ANSWER_TIMEOUT_S)
        while patience.lasts():
            frames = self.reader.feed(self._link.read(0.05))
            for at, frame in enumerate(frames):
                if frame.kind == Record.TABLE:
                    self.early = [f for f in frames[at + 1 :] if f.kind == Record.NOTIFIED]
                    return GattTable.decode(frame.payload)
        raise LinkLost("The device does not say what it offers.", "Is it near?")

    def _ask(self, kind: Record, number: int, data: bytes = b"") -> bytes:
        self._ticket += 1
        self._link.write(encode(kind, data, number, self._ticket))
        patience = Patience(ANSWER_TIMEOUT_S)
        while True:
            answer = self._wait(patience, f"{self.table.name} {NO_ANSWER}.")
            if answer is not None:
                return answer

    def _wait(self, patience: Patience, silence: str) -> bytes | None:
        """Read once; the answer to the newest ticket if it came."""
        if not patience.lasts():
            raise LinkLost(silence, "Is it switched on, charged and near?")
        answer = None
        for frame in self.reader.feed(self._link.read(0.05)):
            if frame.kind == Record.NOTIFIED:
                self.early.append(frame)
            elif frame.counter == self._ticket and frame.kind == Record.VALUE:
                answer = frame.payload
            elif frame.counter == self._ticket and frame.kind == Record.REFUSED:
                reason = json.loads(frame.payload)
                failure = LinkLost if reason["lost"] else EmgError
                raise failure(reason["text"], reason["hint"])
        return answer


class GattDriver(Driver):
    """A driver of a Bluetooth LE device.

    ``services`` and ``names`` (beginnings of advertised names) tell whether an
    advertiser may be one. Subclasses set the device up in :meth:`begin` and
    decode in :meth:`notified`, which must not raise, whatever the payload.
    """

    services: ClassVar[tuple[str, ...]] = ()
    names: ClassVar[tuple[str, ...]] = ()

    def __init__(self, options: Any) -> None:
        super().__init__(options)
        self._reader = FrameReader()
        self._early: list[Frame] = []
        self._first: list[Item] = []
        self._table: GattTable | None = None

    @abstractmethod
    def begin(self, talk: Conversation) -> tuple[StreamInfo, ...]:
        """Identify and configure the device and let it stream; as :meth:`Driver.start`."""

    @abstractmethod
    def notified(self, number: int, payload: bytes, host: float) -> list[Item]:
        """Decode one notification of characteristic ``number``."""

    def farewell(self) -> tuple[tuple[str, bytes], ...]:
        """What to write, as (characteristic, data), to make the device be quiet."""
        return ()

    def start(self, link: Link) -> tuple[StreamInfo, ...]:
        talk = Conversation(link)
        if talk.table.name:
            self.name = talk.table.name
        infos = self.begin(talk)
        self._table, self._reader, self._early = talk.table, talk.reader, talk.early
        rssi = talk.table.rssi
        self._first = [] if rssi is None else [Reading("rssi", float(rssi), "dBm")]
        if talk.table.simulated:
            infos = tuple(replace(info, simulated=True) for info in infos)
        return infos

    def feed(self, data: bytes, host: float) -> list[Item]:
        items = self.first_items()
        for frame in self.frames(data):
            items += self.notified(frame.stream, frame.payload, host)
        return items

    def first_items(self) -> list[Item]:
        """What is known from connecting, once."""
        items, self._first = self._first, []
        return items

    def frames(self, data: bytes) -> list[Frame]:
        """The notifications that are complete now, those from the set-up first."""
        frames = self._early + self._reader.feed(data)
        self._early = []
        return [frame for frame in frames if frame.kind == Record.NOTIFIED]

    def stop(self, link: Link) -> None:
        for uuid, data in self.farewell() if self._table is not None else ():
            link.write(self.command(uuid, data))

    def command(self, uuid: str, data: bytes) -> bytes:
        """The bytes for the link that write ``data``; nobody waits for an answer.

        Raises EmgError before the device was connected, and where it has no such
        characteristic.
        """
        number = None if self._table is None else self._table.number(uuid)
        if number is None:
            raise EmgError(f"{self.name} cannot be told that now.", "Connect it first.")
        return encode(Record.WRITE, data, number)
