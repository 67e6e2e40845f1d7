"""Kinds of devices that come through other libraries, which are optional."""

from __future__ import annotations

from emgstudio.core.errors import EmgError
from emgstudio.core.options import options_from_text
from emgstudio.devices.address import DeviceUri
from emgstudio.devices.driver import Driver
from emgstudio.devices.drivers.brainflow import BrainFlowDriver, BrainFlowOptions
from emgstudio.devices.drivers.lsl import LslDriver, LslOptions
from emgstudio.devices.kinds import DeviceKind
from emgstudio.devices.link import Link
from emgstudio.devices.links.brainflow import BrainFlowLink
from emgstudio.devices.links.lsl import LslLink
from emgstudio.devices.links.replay import RecordingOpener


def _make_lsl(uri: DeviceUri, _opener: RecordingOpener | None) -> tuple[Driver, Link]:
    options = options_from_text(LslOptions, uri.options)
    return LslDriver(options), LslLink(uri.target, options.markers)


def _make_brainflow(uri: DeviceUri, _opener: RecordingOpener | None) -> tuple[Driver, Link]:
    options = options_from_text(BrainFlowOptions, uri.options)
    if not uri.target:
        raise EmgError("Which board?", "Its BrainFlow number or name: brainflow:CYTON_BOARD.")
    return BrainFlowDriver(options), BrainFlowLink(uri.target, options)


BRIDGE_KINDS: tuple[DeviceKind, ...] = (
    DeviceKind("lsl", LslDriver, _make_lsl, ("lsl:NAME", "lsl:")),
    DeviceKind(
        "brainflow",
        BrainFlowDriver,
        _make_brainflow,
        ("brainflow:-1", "brainflow:CYTON_BOARD?serial_port=/dev/ttyUSB0"),
    ),
)
