"""Kinds of devices on the network: those that this computer calls and those that call it."""

from __future__ import annotations

from typing import Any

from emgstudio.core.options import options_from_text
from emgstudio.devices.address import DeviceUri
from emgstudio.devices.driver import Driver
from emgstudio.devices.drivers import muovi, quattrocento, sessantaquattro, trigno
from emgstudio.devices.emulators.otb import (
    MuoviEmulator,
    QuattrocentoEmulator,
    SessantaquattroEmulator,
)
from emgstudio.devices.emulators.trigno import TrignoEmulator
from emgstudio.devices.kinds import DeviceKind, MakeEmulator
from emgstudio.devices.link import Link
from emgstudio.devices.links.replay import RecordingOpener
from emgstudio.devices.links.tcp import TcpBundle, TcpLink, TcpServerLink, host_and_port

EVERYWHERE = "0.0.0.0"


def calling_kind(
    driver: type[Driver], emulator: MakeEmulator, *, host: str, port: int, hint: str
) -> DeviceKind:
    """A device that is called at ``tcp:HOST:PORT``; its own address stands in for a missing one."""

    def make(uri: DeviceUri, _opener: RecordingOpener | None) -> tuple[Driver, Link]:
        options: Any = options_from_text(driver.Options, uri.options)
        link = TcpLink(*host_and_port(uri.target or host, port), hint)
        return driver(options), link

    return DeviceKind(
        "tcp", driver, make, (f"tcp:{host}:{port}?driver={driver.key}",), emulator=emulator
    )


def called_kind(
    driver: type[Driver], emulator: MakeEmulator, *, port: int, hint: str
) -> DeviceKind:
    """A device that calls this computer; ``tcp:ADDRESS:PORT`` is where it is waited for."""

    def make(uri: DeviceUri, _opener: RecordingOpener | None) -> tuple[Driver, Link]:
        options: Any = options_from_text(driver.Options, uri.options)
        link = TcpServerLink(*host_and_port(uri.target or EVERYWHERE, port), hint)
        return driver(options), link

    examples = (f"tcp:{EVERYWHERE}:{port}?driver={driver.key}",)
    return DeviceKind("tcp", driver, make, examples, emulator=emulator, calls=True)


def _make_trigno(uri: DeviceUri, _opener: RecordingOpener | None) -> tuple[Driver, Link]:
    options = options_from_text(trigno.TrignoOptions, uri.options)
    host, port = host_and_port(uri.target or trigno.HOST, trigno.PORT)
    ports = [port, *(port + step for step in trigno.PORTS[options.sensors])]
    return trigno.TrignoDriver(options), TcpBundle(host, ports, trigno.HINT)


NETWORK_KINDS: tuple[DeviceKind, ...] = (
    called_kind(muovi.MuoviDriver, MuoviEmulator, port=muovi.PORT, hint=muovi.HINT),
    called_kind(
        sessantaquattro.SessantaquattroDriver,
        SessantaquattroEmulator,
        port=sessantaquattro.PORT,
        hint=sessantaquattro.HINT,
    ),
    calling_kind(
        quattrocento.QuattrocentoDriver,
        QuattrocentoEmulator,
        host=quattrocento.HOST,
        port=quattrocento.PORT,
        hint=quattrocento.HINT,
    ),
    DeviceKind(
        "tcp",
        trigno.TrignoDriver,
        _make_trigno,
        (f"tcp:{trigno.HOST}:{trigno.PORT}?driver=trigno",),
        emulator=TrignoEmulator,
    ),
)
