"""Emulated devices at real ports: rehearse with a sensor that is not there."""

from __future__ import annotations

import argparse
import sys
import tempfile
import textwrap
import threading
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from emgstudio.cli.command import EXIT_OK, Command, positive_seconds, show
from emgstudio.core.clock import host_time
from emgstudio.core.errors import EmgError
from emgstudio.core.options import option_fields, options_from_text
from emgstudio.devices.address import DRIVER, EMULATED
from emgstudio.devices.emulators.air import AirDevice
from emgstudio.devices.emulators.emulator import Emulator, Faults, NoOptions, PacketEmulator
from emgstudio.devices.emulators.gatt import GattEmulator
from emgstudio.devices.emulators.private_bus import ADDRESS_VARIABLE, PrivateBus
from emgstudio.devices.emulators.pty_server import PtyServer
from emgstudio.devices.emulators.server import EmulatorServer
from emgstudio.devices.emulators.tcp import NetworkCaller, NetworkServer
from emgstudio.devices.emulators.tcp_server import Rfc2217Server, TcpServer
from emgstudio.devices.emulators.trigno import TrignoEmulator, TrignoServer
from emgstudio.devices.registry import DRIVERS, DeviceKind, DeviceUri

POLL_S = 0.2
BACK_AFTER_S = 5.0
# Choices that would look like punctuation.
QUOTED = (",", ";", " ")
KEY_WIDTH, OPTION_WIDTH, LINE_WIDTH = 16, 28, 100


def share(text: str) -> float:
    """A number from 0 to 1."""
    try:
        value = float(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"'{text}' is not a number") from None
    if not 0.0 <= value <= 1.0:
        raise argparse.ArgumentTypeError(f"{text} is not a share from 0 to 1")
    return value


def setting(text: str) -> tuple[str, str]:
    """``name=value`` taken apart."""
    name, equals, value = text.partition("=")
    if not name or not equals:
        raise argparse.ArgumentTypeError(f"'{text}' is not NAME=VALUE")
    return name, value


def _arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "key", nargs="?", help="which device; without it, all are listed with their options"
    )
    parser.add_argument(
        "--set", action="append", default=[], type=setting, metavar="NAME=VALUE", dest="settings",
        help="an option of this device, such as daisy=1; may be given several times",
    )  # fmt: skip
    parser.add_argument("--drop", type=share, default=0.0, metavar="P", help="lose this share")
    parser.add_argument("--corrupt", type=share, default=0.0, metavar="P", help="damage this share")
    parser.add_argument(
        "--drift", type=float, default=0.0, metavar="PPM", help="error of the device's clock"
    )
    parser.add_argument(
        "--disconnect-at", type=positive_seconds, metavar="S",
        help="pull the cable after S seconds of streaming, once",
    )  # fmt: skip
    parser.add_argument(
        "--back-after", type=positive_seconds, default=BACK_AFTER_S, metavar="S",
        help="plug it in again after S seconds (default %(default)g)",
    )  # fmt: skip
    parser.add_argument(
        "--tcp", type=int, metavar="PORT", help="serve socket://127.0.0.1:PORT, 0 for a free one"
    )
    parser.add_argument(
        "--rfc2217", type=int, metavar="PORT", help="the same with baud rate and control lines"
    )
    parser.add_argument("--seed", type=int, default=1, help="changes what is lost")
    parser.add_argument("--seconds", type=positive_seconds, metavar="S", help="end after S seconds")


def _emulate(arguments: argparse.Namespace) -> int:
    if arguments.key is None:
        return _list(arguments)
    kind = _kind(arguments.key)
    faults = Faults(
        arguments.drop,
        arguments.corrupt,
        arguments.drift,
        arguments.disconnect_at,
        seed=arguments.seed,
    )
    emulator = _emulator(kind, faults, dict(arguments.settings))
    if isinstance(emulator, GattEmulator):
        return _on_air(kind, emulator, arguments)
    with (
        tempfile.TemporaryDirectory(prefix="emgstudio-") as folder,
        _server(kind, emulator, Path(folder), arguments) as server,
    ):
        uri = _uri(kind, emulator, server.address)
        facts = {"key": kind.key, "uri": uri, "address": server.address}
        show(arguments, facts, f"{kind.title} is at\n  {uri}\nCtrl+C ends it.")
        sys.stdout.flush()
        _wait(arguments.seconds)
    if isinstance(emulator, PacketEmulator):
        _sum_up(emulator, arguments)
    return EXIT_OK


def _on_air(kind: DeviceKind, emulator: GattEmulator, arguments: argparse.Namespace) -> int:
    """A Bluetooth sensor in reach of an emulated BlueZ on a D-Bus of its own."""
    if sys.platform != "linux":
        raise EmgError(
            "A Bluetooth sensor can be emulated for other programs on Linux only.",
            f"Connect {kind.scheme}:{EMULATED}?driver={kind.key}: that works everywhere.",
        )
    from emgstudio.devices.emulators.fake_bluez import FakeBlueZThread

    with PrivateBus() as bus, FakeBlueZThread(AirDevice(emulator)):
        uri = _uri(kind, emulator, emulator.table.name)
        facts = {"key": kind.key, "uri": uri, "address": bus.address}
        show(
            arguments,
            facts,
            f"{kind.title} is on an emulated Bluetooth. Let a program find it with\n"
            f"  {ADDRESS_VARIABLE}={bus.address} emgstudio app\n"
            f"where it is\n  {uri}\nCtrl+C ends it.",
        )
        sys.stdout.flush()
        _wait(arguments.seconds)
    _sum_up(emulator, arguments)
    return EXIT_OK


def _sum_up(emulator: PacketEmulator, arguments: argparse.Namespace) -> None:
    if not arguments.json:
        print(f"Sent {emulator.sent} packets; {len(emulator.dropped)} did not arrive whole.")


def _list(arguments: argparse.Namespace) -> int:
    kinds = [kind for kind in DRIVERS if kind.emulator is not None]
    facts = {
        "devices": [
            {
                "key": kind.key,
                "scheme": kind.scheme,
                "title": kind.title,
                "options": {f.name: f.default for f in option_fields(_options_of(kind))},
            }
            for kind in kinds
        ]
    }
    show(arguments, facts, "\n".join(line for kind in kinds for line in _about(kind)))
    return EXIT_OK


def _about(kind: DeviceKind) -> list[str]:
    """A line for the device and some for each of its options."""
    lines = [f"{kind.key:<{KEY_WIDTH}} {kind.title}"]
    for field in option_fields(_options_of(kind)):
        default = int(field.default) if field.type is bool else field.default
        value = f"{default:g}" if field.type is float else f"{default}"
        text = f"--set {field.name}={value}"
        words = [field.label + (f" ({field.unit})" if field.unit else "")]
        if field.choices:
            words.append(", ".join(repr(c) if c in QUOTED else str(c) for c in field.choices))
        indent = " " * (KEY_WIDTH + OPTION_WIDTH)
        about = textwrap.fill(
            ": ".join(words),
            LINE_WIDTH,
            initial_indent=indent,
            subsequent_indent=indent,
            break_on_hyphens=False,
        )
        lines.append(f"{'':<{KEY_WIDTH}} {text:<{OPTION_WIDTH - 2}} {about.lstrip()}")
    return lines


def _options_of(kind: DeviceKind) -> type:
    return getattr(kind.emulator, "Options", NoOptions)


def _emulator(kind: DeviceKind, faults: Faults, settings: Mapping[str, str]) -> Emulator:
    """The device as the settings want it; raises EmgError for those that it does not have."""
    options: Any = options_from_text(_options_of(kind), settings)
    make: Any = kind.emulator
    made: Emulator = make(
        faults, **{f.name: getattr(options, f.name) for f in option_fields(type(options))}
    )
    return made


def _kind(key: str) -> DeviceKind:
    kinds = [kind for kind in DRIVERS if kind.emulator is not None]
    for kind in kinds:
        if kind.key == key:
            return kind
    known = ", ".join(dict.fromkeys(kind.key for kind in kinds))
    raise EmgError(f"There is no emulated device '{key}'.", f"Known: {known}.")


def _server(
    kind: DeviceKind, emulator: Emulator, folder: Path, arguments: argparse.Namespace
) -> EmulatorServer:
    back = arguments.back_after
    if kind.scheme == "tcp":
        port = arguments.tcp or int(DeviceUri.parse(kind.examples[0]).target.rpartition(":")[2])
        if isinstance(emulator, TrignoEmulator):
            return TrignoServer(emulator, arguments.tcp or 0, back)
        if kind.calls:
            return NetworkCaller(emulator, port, back)
        return NetworkServer(emulator, arguments.tcp or 0, back)
    if arguments.rfc2217 is not None:
        return Rfc2217Server(emulator, arguments.rfc2217, back)
    if arguments.tcp is not None or sys.platform == "win32":
        return TcpServer(emulator, arguments.tcp or 0, back)
    return PtyServer(emulator, folder / kind.key, back)


def _uri(kind: DeviceKind, emulator: Emulator, target: str) -> str:
    """What to connect; a network address has its scheme already."""
    target = target.removeprefix(f"{kind.scheme}:") if kind.scheme == "tcp" else target
    return str(DeviceUri(kind.scheme, target, {DRIVER: kind.key, **emulator.query}))


def _wait(seconds: float | None) -> None:
    """Until Ctrl+C, or for so long."""
    patience = threading.Event()
    deadline = host_time() + seconds if seconds else float("inf")
    try:
        while (left := deadline - host_time()) > 0.0:
            patience.wait(min(POLL_S, left))
    except KeyboardInterrupt:
        print()


COMMANDS = (
    Command("emulate", "be a sensor at a port, for rehearsing without one", _arguments, _emulate),
)
