"""Why is a sensor missing? What the program can look at by itself, in plain words."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from emgstudio.core.errors import EmgError
from emgstudio.core.extras import install_line
from emgstudio.devices.links.serial import permission_command
from emgstudio.devices.search import SeenPort

State = Literal["good", "check", "stop", "unknown"]
SERIAL_GROUPS = ("dialout", "uucp")
PROCESSES = Path("/proc")


@dataclass(frozen=True, slots=True)
class Check:
    """One thing that was looked at: how it is, what to do, and a command that does it."""

    state: State
    text: str
    hint: str = ""
    command: str = ""


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What the checks look at. ``heard`` are advertisers, ``connected`` ports open here.

    ``radio_problem`` is why the air could not be searched, ``searched`` whether it was.
    """

    ports: tuple[SeenPort, ...] = ()
    connected: tuple[str, ...] = ()
    radio_problem: EmgError | None = None
    searched: bool = False
    heard: int = 0
    lsl: bool = False


def look(
    around: Surroundings,
    may_open: Callable[[str], bool] | None = None,
    users: Callable[[str], Sequence[str]] | None = None,
    group: Callable[[], str] | None = None,
) -> tuple[Check, ...]:
    """Everything that was looked at, in the order in which a person would."""
    ports = [
        _port(port, around, may_open or permitted, users or programs_at) for port in around.ports
    ]
    return (
        _ports(around),
        *ports,
        *_group((group or missing_group)()),
        _radio(around),
        _programs(around),
    )


def _ports(around: Surroundings) -> Check:
    usb = [port for port in around.ports if port.vendor is not None]
    if usb:
        many = "port is" if len(usb) == 1 else "ports are"
        return Check("good", f"{len(usb)} USB {many} there.")
    if around.ports:
        return Check(
            "check",
            "There are ports, but none of them is at USB.",
            "A sensor at a cable shows up as a USB port: see the cable below.",
        )
    return Check(
        "check",
        "There is no serial port.",
        "If the sensor has a cable: many cables only charge, so try another one; plug it "
        "straight into the computer; on Windows and macOS boards with a CH340 or CP210x chip "
        "need its driver.",
    )


def _port(
    port: SeenPort,
    around: Surroundings,
    may_open: Callable[[str], bool],
    users: Callable[[str], Sequence[str]],
) -> Check:
    named = f"{port.name} ({port.title})" if port.title else port.name
    if port.name in around.connected:
        return Check("good", f"{named} is connected in this program.")
    if not may_open(port.name):
        return Check(
            "stop",
            f"No permission for {named}.",
            "Add your user to the group dialout and sign in again.",
            permission_command(),
        )
    others = users(port.name)
    if others:
        return Check(
            "stop",
            f"{named} is used by {', '.join(others)}.",
            "Close that program: a port can be open in one program only.",
        )
    return Check("good", f"{named} may be opened.")


def _group(missing: str) -> tuple[Check, ...]:
    if not missing:
        return ()
    return (
        Check(
            "check",
            f"Your user is not in the group {missing}, which may use serial ports.",
            "Add it, then sign out and in again.",
            permission_command(),
        ),
    )


def _radio(around: Surroundings) -> Check:
    if around.radio_problem is not None:
        problem = around.radio_problem
        return Check("stop", problem.message, problem.hint)
    if not around.searched:
        return Check("unknown", "Bluetooth was not searched yet.", "Press “Search again”.")
    if around.heard:
        many = "device was" if around.heard == 1 else "devices were"
        return Check("good", f"Bluetooth works: {around.heard} {many} heard.")
    return Check(
        "check",
        "Bluetooth works, but nobody advertises.",
        "A sensor that is connected to a phone or another program is silent: end that "
        "connection. Switch it off and on, charge it, bring it within two metres.",
    )


def _programs(around: Surroundings) -> Check:
    if around.lsl:
        return Check("good", "Streams of other programs (LSL) are looked for.")
    return Check(
        "unknown",
        "Streams of other programs (LSL) are not looked for.",
        "Only needed for sensors whose maker's program sends them on.",
        install_line("emgstudio[lsl]"),
    )


def permitted(port: str) -> bool:
    """Whether this user may open a port, as far as the system says without opening it."""
    if sys.platform == "win32" or not Path(port).exists():
        return True
    return os.access(port, os.R_OK | os.W_OK)


def programs_at(port: str) -> tuple[str, ...]:
    """Other programs of this user that have a port open; only Linux tells."""
    if not sys.platform.startswith("linux"):
        return ()
    wanted = os.path.realpath(port)
    found = set()
    for process in PROCESSES.glob("[0-9]*"):
        if process.name == str(os.getpid()):
            continue
        try:
            links = [os.readlink(fd) for fd in (process / "fd").iterdir()]
            if wanted in links:
                found.add((process / "comm").read_text("utf-8").strip())
        except OSError:
            # Another user's program, or one that ended meanwhile.
            continue
    return tuple(sorted(found))


def missing_group() -> str:
    """The group for serial ports that this user is not in; "" if there is none to join."""
    if not sys.platform.startswith("linux"):
        return ""
    import grp

    if os.geteuid() == 0:
        return ""
    for name in SERIAL_GROUPS:
        try:
            group = grp.getgrnam(name)
        except KeyError:
            continue
        return "" if group.gr_gid in os.getgroups() else name
    return ""
