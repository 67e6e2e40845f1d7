"""What an unknown Bluetooth device offers and sends, so that a preset can be written for it."""

from __future__ import annotations

import json
import logging
import threading
from collections import deque
from dataclasses import dataclass

from emgstudio.core.clock import host_time
from emgstudio.core.errors import Cancelled, EmgError
from emgstudio.devices.frames import Frame, FrameReader, encode
from emgstudio.devices.gatt import GattTable, Record
from emgstudio.devices.link import Interruptible, Link

log = logging.getLogger(__name__)

READ_WAIT_S = 0.05
RATE_SPAN_S = 5.0
MOST_TIMES = 10_000
PAYLOADS_KEPT = 200
JOIN_TIMEOUT_S = 5.0


@dataclass(frozen=True, slots=True)
class SniffRow:
    """One characteristic: what may be done with it and what it sent.

    ``rate`` in notifications per second, ``shortest`` and ``longest`` in bytes;
    ``newest`` is the last payload or what reading gave.
    """

    service: str
    uuid: str
    properties: tuple[str, ...]
    count: int
    rate: float
    shortest: int
    longest: int
    newest: bytes


class _Heard:
    """What one characteristic sent."""

    def __init__(self) -> None:
        self.count = 0
        self.shortest = 0
        self.longest = 0
        self.newest = b""
        self.times: deque[float] = deque(maxlen=MOST_TIMES)
        self.payloads: deque[bytes] = deque(maxlen=PAYLOADS_KEPT)

    def add(self, payload: bytes, host: float) -> None:
        size = len(payload)
        self.shortest = size if self.count == 0 else min(self.shortest, size)
        self.longest = max(self.longest, size)
        self.count += 1
        self.newest = payload
        self.payloads.append(payload)
        self.times.append(host)

    def rate(self, host: float) -> float:
        times = [t for t in self.times if t > host - RATE_SPAN_S]
        if not times or times[-1] == times[0]:
            return 0.0
        # All that came at once with the first was sent before the time that is looked at began.
        return (len(times) - times.count(times[0])) / (times[-1] - times[0])


class SniffTable:
    """Sorts the records of a Bluetooth link by characteristic; pure."""

    def __init__(self) -> None:
        self._reader = FrameReader()
        self._heard: dict[int, _Heard] = {}
        self.table: GattTable | None = None
        # What was refused last, in words.
        self.refused = ""

    def feed(self, data: bytes, host: float) -> bytes:
        """Take what arrived at ``host`` seconds; gives what to write back, if anything."""
        return b"".join(self._take(frame, host) for frame in self._reader.feed(data))

    def rows(self, host: float) -> tuple[SniffRow, ...]:
        """One row for each characteristic, in the device's order."""
        characteristics = self.table.characteristics if self.table else ()
        rows = []
        for number, c in enumerate(characteristics):
            heard = self._heard.get(number, _Heard())
            rows.append(
                SniffRow(
                    c.service, c.uuid, c.properties, heard.count, heard.rate(host),
                    heard.shortest, heard.longest, heard.newest,
                )
            )  # fmt: skip
        return tuple(rows)

    def payloads(self, number: int) -> tuple[bytes, ...]:
        """The newest notifications of a characteristic, oldest first."""
        heard = self._heard.get(number)
        return tuple(heard.payloads) if heard is not None else ()

    def _take(self, frame: Frame, host: float) -> bytes:
        if frame.kind == Record.TABLE:
            self.table = GattTable.decode(frame.payload)
            return self._questions(self.table)
        if frame.kind == Record.NOTIFIED:
            self._heard.setdefault(frame.stream, _Heard()).add(frame.payload, host)
        elif frame.kind == Record.VALUE and frame.payload:
            self._heard.setdefault(frame.stream, _Heard()).newest = frame.payload
        elif frame.kind == Record.REFUSED:
            self.refused = str(json.loads(frame.payload)["text"])
        return b""

    def _questions(self, table: GattTable) -> bytes:
        """Read all that can be read and subscribe to all that sends."""
        out = b""
        for number, characteristic in enumerate(table.characteristics):
            if "read" in characteristic.properties:
                out += encode(Record.READ, b"", number, number)
            if characteristic.notifies:
                out += encode(Record.SUBSCRIBE, b"", number, number)
        return out


class BleSniffer:
    """Listens to a device in a thread of its own; ``text`` says how it goes."""

    def __init__(self, link: Link) -> None:
        self._link = link
        self._table = SniffTable()
        self._lock = threading.Lock()
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="sniff", daemon=False)
        self._commands: deque[tuple[int, bytes]] = deque()
        self.text = "Connecting…"

    @property
    def rows(self) -> tuple[SniffRow, ...]:
        with self._lock:
            return self._table.rows(host_time())

    @property
    def table(self) -> GattTable | None:
        return self._table.table

    @property
    def refused(self) -> str:
        """What the device refused last, "" for nothing."""
        return self._table.refused

    def payloads(self, number: int) -> tuple[bytes, ...]:
        """The newest notifications of a characteristic, oldest first."""
        with self._lock:
            return self._table.payloads(number)

    def start(self) -> None:
        """Begin; returns at once."""
        self._thread.start()

    def write(self, number: int, data: bytes) -> None:
        """Write to a characteristic: many sensors send only when told to."""
        self._commands.append((number, data))

    def stop(self) -> None:
        """Let the device go; may be called twice."""
        self._stop.set()
        if isinstance(self._link, Interruptible):
            self._link.interrupt()
        if self._thread.is_alive():
            self._thread.join(JOIN_TIMEOUT_S)

    def _run(self) -> None:
        try:
            self._link.open()
            self._listen()
            self.text = "Disconnected."
        except Cancelled:
            self.text = "Disconnected."
        except EmgError as error:
            self.text = str(error)
        except Exception as error:
            log.exception("sniffing failed")
            self.text = f"An unexpected error ended the connection ({error})."
        finally:
            self._link.close()

    def _listen(self) -> None:
        while not self._stop.is_set():
            data = self._link.read(READ_WAIT_S)
            if data:
                with self._lock:
                    questions = self._table.feed(data, host_time())
                self._link.write(questions)
                if self.table is not None:
                    self.text = f"Listening to {self.table.name}."
            while self._commands:
                number, command = self._commands.popleft()
                self._link.write(encode(Record.WRITE, command, number))
