"""What links to other programs' libraries share: they speak the framed protocol."""

from __future__ import annotations

import json
import threading
from abc import ABC, abstractmethod
from collections.abc import Sequence

from emgstudio.core.clock import host_time
from emgstudio.core.types import StreamInfo, new_id
from emgstudio.devices.drivers.framed import info_to_json
from emgstudio.devices.frames import Kind, encode_json
from emgstudio.devices.link import LinkLost

POLL_S = 0.004


class BridgeLink(ABC):
    """A link to a library that has samples; a FramedDriver is at its other side.

    Each opening is a device that was switched on anew. A subclass opens and
    closes the library's end and gives out frames.
    """

    def __init__(self) -> None:
        self._answers = bytearray()
        self._streaming = False
        self._open = False
        self._pause = threading.Event()

    @abstractmethod
    def connect(self) -> None:
        """Reach the other program or device; raises as :meth:`Link.open` does."""

    @abstractmethod
    def describe(self) -> tuple[str, Sequence[StreamInfo]]:
        """A title and the streams, once connected."""

    @abstractmethod
    def begin(self) -> None:
        """Let samples flow; raises LinkLost."""

    @abstractmethod
    def frames(self) -> bytes:
        """Frames of what has come since the last call, b"" for nothing; raises LinkLost."""

    @abstractmethod
    def disconnect(self) -> None:
        """Let go; may be called twice."""

    def open(self) -> None:
        self.close()
        self.connect()
        self._open = True

    def close(self) -> None:
        self._open = self._streaming = False
        self._answers.clear()
        self.disconnect()

    def write(self, data: bytes) -> None:
        self._check()
        for line in data.splitlines():
            self._obey(json.loads(line)["do"])

    def read(self, timeout_s: float) -> bytes:
        self._check()
        deadline = host_time() + timeout_s
        while True:
            data, self._answers = bytes(self._answers), bytearray()
            if self._streaming:
                data += self.frames()
            left = deadline - host_time()
            if data or left <= 0.0:
                return data
            self._pause.wait(min(POLL_S, left))

    def _obey(self, command: str) -> None:
        match command:
            case "hello":
                title, streams = self.describe()
                hello = {
                    "title": title,
                    "boot": new_id(),
                    "gestures": [],
                    "streams": [info_to_json(info) for info in streams],
                }
                self._answers += encode_json(Kind.HELLO, hello)
            case "start":
                if not self._streaming:
                    self.begin()
                    self._streaming = True
            case "stop":
                self._streaming = False

    def _check(self) -> None:
        if not self._open:
            raise LinkLost("The connection is closed.")
