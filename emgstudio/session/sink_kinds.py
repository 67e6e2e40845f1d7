"""Where decisions can go: UDP, OSC, a serial port, the Lab Streaming Layer, keys, a file."""

from __future__ import annotations

import errno
import json
import logging
import socket
import struct
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Any
from urllib.parse import SplitResult, parse_qs, quote, unquote, urlencode, urlsplit

from emgstudio.core.errors import EmgError
from emgstudio.core.options import option, option_fields
from emgstudio.devices.optional import optional_module
from emgstudio.session.sink_keyboard import (
    EXAMPLE,
    Keyboard,
    KeyboardPlace,
    check_keyboard,
    write_keyboard,
)
from emgstudio.session.sink_message import Message, Sink

log = logging.getLogger(__name__)

OSC_PATH = "/emgstudio/decision"
SERIAL_BAUD, SERIAL_TIMEOUT_S = 115_200, 0.2
LSL_NAME = "EMG Studio control"
HEADER = "time_s,gesture,strength,confidence,rejected,latency_ms\n"


@dataclass(frozen=True, slots=True)
class SinkKind:
    """One row of the registry; ``example`` is an address that works.

    ``place`` holds the options of an address, ``write`` makes the address of them.
    ``here``: it acts on the program in front, and must not act on this one.
    """

    key: str
    title: str
    example: str
    open: Callable[[SplitResult, Mapping[str, str]], Sink]
    place: type
    write: Callable[[Any], str]
    here: bool = False


FORMATS = ("json", "text")


@dataclass(frozen=True, slots=True)
class UdpPlace:
    """Where packets go."""

    host: str = option("127.0.0.1", "Computer", doc="Its name or number; 127.0.0.1 is this one.")
    port: int = option(5005, "Port", minimum=1, maximum=65535)
    format: str = option(
        "json", "Format", choices=FORMATS, doc="json holds everything, text is “fist,0.520”."
    )


@dataclass(frozen=True, slots=True)
class OscPlace:
    """Where messages of Open Sound Control go."""

    host: str = option("127.0.0.1", "Computer", doc="Its name or number; 127.0.0.1 is this one.")
    port: int = option(9000, "Port", minimum=1, maximum=65535)
    path: str = option(OSC_PATH, "Address in the program")


@dataclass(frozen=True, slots=True)
class SerialPlace:
    """The port of a microcontroller."""

    port: str = option("", "Port", doc="For example COM4 or /dev/ttyACM0.")
    baud: int = option(SERIAL_BAUD, "Speed", unit="baud", minimum=300, maximum=4_000_000)


@dataclass(frozen=True, slots=True)
class LslPlace:
    """The stream that other programs look for."""

    name: str = option(LSL_NAME, "Name of the stream")


@dataclass(frozen=True, slots=True)
class FilePlace:
    """A file that is not there yet."""

    path: str = option("", "New file", doc="Its whole path, for example /home/me/decisions.csv.")


class _Datagrams:
    """UDP packets made by ``encode``."""

    def __init__(self, address: SplitResult, encode: Callable[[Message], bytes]) -> None:
        host, port = _host_and_port(address)
        found = socket.getaddrinfo(host, port, type=socket.SOCK_DGRAM)[0]
        family, kind, _, _, to = found
        self._to: Any = to
        self._socket = socket.socket(family, kind)
        self._socket.setblocking(False)
        self._encode = encode

    def send(self, message: Message) -> None:
        try:
            self._socket.sendto(self._encode(message), self._to)
        except ConnectionRefusedError:
            # Some systems tell that nobody listens yet; who does later gets the next one.
            return

    def close(self) -> None:
        self._socket.close()


class _Serial:
    def __init__(self, address: SplitResult, options: Mapping[str, str]) -> None:
        import serial

        self._place = unquote(address.netloc + address.path)
        if not self._place:
            raise EmgError("The serial port is missing.", "Write for example serial:COM4.")
        baud = options.get("baud", str(SERIAL_BAUD))
        if not baud.isascii() or not baud.isdigit():
            raise EmgError(f"“{baud}” is no speed in baud.", f"Write for example {SERIAL_BAUD}.")
        try:
            self._port = serial.serial_for_url(
                self._place, baudrate=int(baud), write_timeout=SERIAL_TIMEOUT_S
            )
        except (ValueError, serial.SerialException) as error:
            raise _serial_trouble(self._place, error) from error

    def send(self, message: Message) -> None:
        import serial

        try:
            self._port.write(message.line().encode())
        except serial.SerialTimeoutException as error:
            raise EmgError(
                f"{self._place} takes no more bytes.", "Is the program in the controller running?"
            ) from error
        except serial.SerialException as error:
            raise EmgError(
                f"{self._place} has gone while sending.", "Is the controller still plugged in?"
            ) from error

    def close(self) -> None:
        self._port.close()


def _serial_trouble(place: str, error: Exception) -> EmgError:
    """Why a port does not open, in words; the library's own are made for programmers."""
    log.info("serial port %s: %s", place, error)
    number = getattr(error, "errno", None)
    if number == errno.EACCES or "PermissionError" in str(error):
        return EmgError(
            f"{place} may not be opened.",
            "Close other programs that use it; on Linux, join the group dialout.",
        )
    if number == errno.EBUSY:
        return EmgError(f"{place} is used by another program.", "Close that program.")
    return EmgError(f"There is no serial port {place}.", "Is the controller plugged in?")


class _Lsl:
    def __init__(self, address: SplitResult, _options: Mapping[str, str]) -> None:
        lsl = optional_module("pylsl", "lsl", "Lab Streaming Layer")
        name = unquote(address.netloc + address.path).strip("/") or LSL_NAME
        info = lsl.StreamInfo(name, "Control", 3, lsl.IRREGULAR_RATE, lsl.cf_string, name)
        channels = info.desc().append_child("channels")
        for column in ("gesture", "strength", "confidence"):
            channels.append_child("channel").append_child_value("label", column)
        self._outlet: Any = lsl.StreamOutlet(info)

    def send(self, message: Message) -> None:
        self._outlet.push_sample(
            [message.gesture, f"{message.strength:.3f}", f"{message.confidence:.3f}"]
        )

    def close(self) -> None:
        self._outlet = None


class _File:
    def __init__(self, address: SplitResult, _options: Mapping[str, str]) -> None:
        path = Path(unquote(address.netloc + address.path))
        if path.exists() and path.stat().st_size:
            raise EmgError(f"“{path.name}” exists already.", "Choose a new file for decisions.")
        self._file = path.open("w", encoding="utf-8", newline="")
        self._file.write(HEADER)

    def send(self, message: Message) -> None:
        self._file.write(
            f"{message.time_s:.6f},{message.gesture},{message.strength:.4f},"
            f"{message.confidence:.4f},{int(message.rejected)},{1e3 * message.latency_s:.2f}\n"
        )
        self._file.flush()

    def close(self) -> None:
        self._file.close()


def osc_message(path: str, gesture: str, *numbers: float) -> bytes:
    """One Open Sound Control 1.0 message: a string and 32-bit floats."""

    def padded(text: str) -> bytes:
        raw = text.encode() + b"\0"
        return raw + b"\0" * (-len(raw) % 4)

    tags = padded(",s" + "f" * len(numbers))
    return padded(path) + tags + padded(gesture) + struct.pack(f">{len(numbers)}f", *numbers)


def _json(message: Message) -> bytes:
    return json.dumps(asdict(message), ensure_ascii=False).encode()


def _udp(address: SplitResult, options: Mapping[str, str]) -> Sink:
    encoders = (_json, lambda message: message.line().encode())
    formats: dict[str, Callable[[Message], bytes]] = dict(zip(FORMATS, encoders, strict=True))
    wanted = options.get("format", "json")
    if wanted not in formats:
        raise EmgError(f"There is no format “{wanted}”.", f"Choose one of {', '.join(formats)}.")
    return _Datagrams(address, formats[wanted])


def _osc(address: SplitResult, _options: Mapping[str, str]) -> Sink:
    path = unquote(address.path) if len(address.path) > 1 else OSC_PATH
    return _Datagrams(address, lambda m: osc_message(path, m.gesture, m.strength, m.confidence))


def _network(scheme: str, place: UdpPlace | OscPlace) -> str:
    return f"{scheme}://{place.host.strip()}:{place.port}"


def _write_udp(place: UdpPlace) -> str:
    return f"{_network('udp', place)}?{urlencode({'format': place.format})}"


def _write_osc(place: OscPlace) -> str:
    return f"{_network('osc', place)}/{quote(place.path.strip().strip('/'))}"


def _write_serial(place: SerialPlace) -> str:
    return f"serial:{quote(place.port.strip())}?{urlencode({'baud': place.baud})}"


def _write_lsl(place: LslPlace) -> str:
    return f"lsl:{quote(place.name.strip())}"


def _write_file(place: FilePlace) -> str:
    return f"file:{quote(place.path.strip())}"


SINKS: Mapping[str, SinkKind] = MappingProxyType(
    {
        kind.key: kind
        for kind in (
            SinkKind(
                "udp",
                "UDP packets",
                "udp://127.0.0.1:5005?format=json",
                _udp,
                UdpPlace,
                _write_udp,
            ),
            SinkKind(
                "osc",
                "Open Sound Control",
                f"osc://127.0.0.1:9000{OSC_PATH}",
                _osc,
                OscPlace,
                _write_osc,
            ),
            SinkKind(
                "serial",
                "Serial port",
                "serial:/dev/ttyACM0?baud=115200",
                _Serial,
                SerialPlace,
                _write_serial,
            ),
            SinkKind(
                "lsl",
                "Lab Streaming Layer",
                "lsl:EMG Studio control",
                _Lsl,
                LslPlace,
                _write_lsl,
            ),
            SinkKind(
                "keyboard",
                "Keys of this computer",
                f"keyboard:{EXAMPLE}?way=hold",
                Keyboard,
                KeyboardPlace,
                write_keyboard,
                here=True,
            ),
            SinkKind(
                "file",
                "Text file",
                "file:/home/me/decisions.csv",
                _File,
                FilePlace,
                _write_file,
            ),
        )
    }
)


def address_of(kind: SinkKind, place: Any) -> str:
    """The address that says what the options of ``kind.place`` say.

    Raises EmgError when something is missing or cannot be an address.
    """
    for field in option_fields(kind.place):
        if field.type is str and not getattr(place, field.name).strip():
            raise EmgError(f"{field.label} is missing.", f"It becomes for example {kind.example}.")
    address = kind.write(place)
    checked_address(address)
    return address


def checked_address(text: str) -> tuple[SinkKind, SplitResult, Mapping[str, str]]:
    """What an address says. Raises EmgError when it is none."""
    address = urlsplit(text.strip())
    kind = SINKS.get(address.scheme)
    if kind is None:
        examples = ", ".join(k.example for k in SINKS.values())
        raise EmgError(f"“{text}” is no place for decisions.", f"Write for example {examples}.")
    if kind.key in ("udp", "osc"):
        _host_and_port(address)
    options = {name: values[-1] for name, values in parse_qs(address.query).items()}
    if kind.key == "keyboard":
        check_keyboard(address, options)
    return kind, address, options


def _host_and_port(address: SplitResult) -> tuple[str, int]:
    try:
        port = address.port
    except ValueError:
        port = None
    if not address.hostname or port is None:
        raise EmgError(
            f"“{address.geturl()}” names no computer and port.", "Write for example 127.0.0.1:5005."
        )
    return address.hostname, port
