"""Where external triggers come from: bytes or lines of a serial port, markers of another program.

A source is an address: ``bytes:/dev/ttyUSB0?baud=115200``, ``lines:COM4?baud=9600``
or ``lsl:NAME``.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Protocol

from emgstudio.core.clock import host_time
from emgstudio.core.errors import EmgError
from emgstudio.devices.address import DeviceUri
from emgstudio.devices.link import LinkLost
from emgstudio.devices.links.serial import SerialLink
from emgstudio.devices.optional import optional_module
from emgstudio.session.lsl_clock import lsl_ahead

BAUD = 115200
LONGEST_LABEL = 200
LONGEST_LINE = 4096
FIND_S = 1.0
OPEN_S = 3.0
# Adapters with an FTDI chip collect bytes for up to 16 ms where nothing can forbid it.
SERIAL_WITHIN_S = 0.016
# Two computers' LSL clocks agree to about this in a wired network; on one they are the same.
LSL_WITHIN_S = 0.002
# An LSL time further from its arrival than this is not from the same clock.
LSL_BELIEVED_S = 30.0


@dataclass(frozen=True, slots=True)
class Trigger:
    """Something happened at ``host`` seconds, told by ``source``, about ``within_s`` exact."""

    host: float
    label: str
    source: str
    within_s: float


class TriggerSource(Protocol):
    """One end that sends triggers. ``open`` and ``read`` raise EmgError when it is not there."""

    address: str

    def open(self) -> None: ...

    def read(self, timeout_s: float) -> list[Trigger]:
        """What has come; waits at most ``timeout_s``."""

    def close(self) -> None:
        """Twice is fine."""


def trigger_source(address: str) -> TriggerSource:
    """The source at an address. Raises EmgError when it is none."""
    parsed = DeviceUri.parse(address)
    if parsed.scheme in ("bytes", "lines") and parsed.target:
        baud = parsed.options.get("baud", str(BAUD))
        if not baud.isdecimal() or not int(baud):
            raise EmgError(f"“{baud}” is not a baud rate.", "Use a number such as 115200.")
        return SerialTriggers(str(parsed), parsed.target, int(baud), lines=parsed.scheme == "lines")
    if parsed.scheme == "lsl" and parsed.target:
        return LslTriggers(str(parsed), parsed.target)
    raise EmgError(
        f"“{address}” is not a source of triggers.",
        "It looks like bytes:/dev/ttyUSB0, lines:COM4?baud=9600 or lsl:NAME.",
    )


class SerialTriggers:
    """Every byte but 0 is a trigger named by its number, or every line is one named by its text.

    Parallel-port habits send 0 to take a code back; that is no event.
    """

    def __init__(self, address: str, port: str, baud: int, *, lines: bool) -> None:
        self.address = address
        self._link = SerialLink(port, baud, dtr=False)
        self._lines = lines
        self._begun = b""

    def open(self) -> None:
        self._begun = b""
        self._link.open()

    def read(self, timeout_s: float) -> list[Trigger]:
        data = self._link.read(timeout_s)
        if not data:
            return []
        host = host_time()
        labels = self._lines_in(data) if self._lines else [str(byte) for byte in data if byte]
        return [Trigger(host, label, self.address, SERIAL_WITHIN_S) for label in labels]

    def close(self) -> None:
        self._link.close()

    def _lines_in(self, data: bytes) -> list[str]:
        *whole, self._begun = (self._begun + data).replace(b"\r", b"\n").split(b"\n")
        if len(self._begun) > LONGEST_LINE:
            # Nobody ends this line: it is no text.
            whole.append(self._begun)
            self._begun = b""
        labels = (line.decode("utf-8", "replace").strip()[:LONGEST_LABEL] for line in whole)
        return [label for label in labels if label]


class LslTriggers:
    """The markers of another program; its own times are used where they can be believed."""

    def __init__(self, address: str, name: str) -> None:
        self.address = address
        self._name = name
        self._lsl: Any = None
        self._inlet: Any = None

    def open(self) -> None:
        lsl = self._lsl = optional_module("pylsl", "lsl", "Lab Streaming Layer")
        found = lsl.resolve_byprop("name", self._name, 1, FIND_S)
        if not found:
            raise LinkLost(
                f"No LSL stream named “{self._name}” is in this network.",
                "Start it in the other program.",
            )
        self._inlet = lsl.StreamInlet(found[0], recover=False)
        try:
            self._inlet.open_stream(OPEN_S)
        except (lsl.util.TimeoutError, lsl.util.LostError) as error:
            raise LinkLost(f"The LSL stream “{self._name}” does not answer.") from error

    def read(self, timeout_s: float) -> list[Trigger]:
        try:
            values, stamps = self._inlet.pull_chunk(timeout=timeout_s, max_samples=64)
        except self._lsl.util.LostError as error:
            raise LinkLost(
                f"The LSL stream “{self._name}” has ended.", "Start it again in its program."
            ) from error
        now = host_time()
        made = []
        for value, stamp in zip(values or (), stamps, strict=False):
            at = self._host_time(stamp, now)
            label = str(value[0]).strip()[:LONGEST_LABEL]
            if label:
                made.append(Trigger(at, label, self.address, LSL_WITHIN_S))
        return made

    def _host_time(self, stamp: float, arrived: float) -> float:
        """The sender's time on our clock; the arrival where the two clocks cannot be compared."""
        lsl = self._lsl
        try:
            ahead = self._inlet.time_correction(OPEN_S)
        except (lsl.util.TimeoutError, lsl.util.LostError):
            return arrived
        at: float = stamp + ahead - lsl_ahead(lsl)
        return at if -LSL_WITHIN_S <= arrived - at <= LSL_BELIEVED_S else arrived

    def close(self) -> None:
        inlet, self._inlet = self._inlet, None
        if inlet is not None:
            inlet.close_stream()
