"""Device addresses (URIs) and the devices that this program knows."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import parse_qsl, quote

from emgstudio.core.errors import EmgError
from emgstudio.core.options import options_from_text
from emgstudio.devices.driver import Driver
from emgstudio.devices.drivers.replay import ReplayDriver, ReplayOptions
from emgstudio.devices.drivers.simulated import SimulatedDriver, SimulatedOptions
from emgstudio.devices.emulators.scenarios import scenario, scenarios
from emgstudio.devices.emulators.sensor import SensorSetup
from emgstudio.devices.link import Link
from emgstudio.devices.links.replay import RecordingOpener, ReplayLink
from emgstudio.devices.links.simulated import SimulatedLink


@dataclass(frozen=True, slots=True)
class DeviceUri:
    """``scheme:target?name=value&…``, for example ``sim:gestures?person=B&rate=2000``.

    The target is taken as it is (a path may hold blanks and percent signs);
    values of the query are percent-decoded.
    """

    scheme: str
    target: str
    query: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def parse(cls, text: str) -> DeviceUri:
        """Raises EmgError when ``text`` is not a device address."""
        scheme, colon, rest = text.strip().partition(":")
        if not colon or not scheme.isidentifier():
            raise EmgError(
                f"'{text}' is not a device address.", "It looks like sim:gestures or replay:PATH."
            )
        target, mark, query = rest.rpartition("?")
        if not mark or (query and "=" not in query):
            target, query = rest, ""
        pairs = parse_qsl(query, keep_blank_values=True)
        if len(dict(pairs)) != len(pairs):
            raise EmgError(f"An option is given twice in '{text}'.")
        return cls(scheme.lower(), target, dict(pairs))

    def __str__(self) -> str:
        query = "&".join(f"{name}={quote(value, safe='/:')}" for name, value in self.query.items())
        return f"{self.scheme}:{self.target}" + (f"?{query}" if query else "")


@dataclass(frozen=True, slots=True)
class FoundDevice:
    """Something that can be connected now."""

    uri: str
    title: str
    detail: str


MakeDevice = Callable[[DeviceUri, RecordingOpener | None], tuple[Driver, Link]]


@dataclass(frozen=True, slots=True)
class DeviceKind:
    """One scheme of addresses: the driver class and how device and link are made."""

    scheme: str
    title: str
    driver: type[Driver]
    make: MakeDevice
    find: Callable[[], list[FoundDevice]]
    examples: tuple[str, ...]

    @property
    def options(self) -> type:
        """The options class that forms are made from."""
        return self.driver.Options


def _make_simulated(uri: DeviceUri, _opener: RecordingOpener | None) -> tuple[Driver, Link]:
    options = options_from_text(SimulatedOptions, uri.query)
    chosen = scenario(uri.target)
    setup = SensorSetup(
        rate=options.rate,
        channels=options.channels or chosen.channels,
        person=options.person,
        seed=options.seed,
        gain=options.gain,
        noise=options.noise,
    )
    driver = SimulatedDriver(options)
    driver.name = f"Demo: {chosen.title}"
    return driver, SimulatedLink(chosen, setup, options.speed, options.ppm)


def _find_simulated() -> list[FoundDevice]:
    return [FoundDevice(f"sim:{s.key}", s.title, s.detail) for s in scenarios().values()]


def _make_replay(uri: DeviceUri, opener: RecordingOpener | None) -> tuple[Driver, Link]:
    options = options_from_text(ReplayOptions, uri.query)
    if not uri.target:
        raise EmgError("Which recording shall be played?", "Give its folder: replay:PATH.")
    if opener is None:
        raise EmgError("Recordings cannot be played here.")
    path = Path(uri.target).expanduser()
    driver = ReplayDriver(options)
    driver.name = f"Replay of {path.name}"
    return driver, ReplayLink(path, opener, options.speed, options.loop)


def _find_nothing() -> list[FoundDevice]:
    return []


DRIVERS: tuple[DeviceKind, ...] = (
    DeviceKind(
        "sim",
        SimulatedDriver.title,
        SimulatedDriver,
        _make_simulated,
        _find_simulated,
        ("sim:gestures", "sim:clean?rate=2000&channels=16", "sim:gestures?person=B&seed=3"),
    ),
    DeviceKind(
        "replay",
        ReplayDriver.title,
        ReplayDriver,
        _make_replay,
        _find_nothing,
        ("replay:PATH", "replay:PATH?speed=0", "replay:PATH?loop=1"),
    ),
)


def device_kind(scheme: str) -> DeviceKind:
    """The kind behind a scheme; raises EmgError when there is none."""
    for kind in DRIVERS:
        if kind.scheme == scheme:
            return kind
    known = ", ".join(f"{kind.scheme}:" for kind in DRIVERS)
    raise EmgError(f"There is no device kind '{scheme}:'.", f"Known: {known}.")


def open_device(uri: str, recording_opener: RecordingOpener | None = None) -> tuple[Driver, Link]:
    """Driver and link for an address; nothing is connected yet.

    Raises EmgError when the address, a name in it or an option is not known.
    """
    parsed = DeviceUri.parse(uri)
    return device_kind(parsed.scheme).make(parsed, recording_opener)


def find_devices() -> list[FoundDevice]:
    """Everything that can be connected without typing an address."""
    return [device for kind in DRIVERS for device in kind.find()]
