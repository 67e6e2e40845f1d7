"""What is going on in a Session, as small frozen values."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from emgstudio.devices.worker import DeviceState


@dataclass(frozen=True, slots=True)
class SessionState:
    """Independent parts: one may record while decoding."""

    devices: tuple[tuple[str, DeviceState], ...]
    recording: bool
    decoding: bool
    calibrating: bool


@dataclass(frozen=True, slots=True)
class RecordingChanged:
    """A recording began or ended."""

    path: Path
    running: bool


@dataclass(frozen=True, slots=True)
class DecodingChanged:
    """The decoder began or ended."""

    running: bool


@dataclass(frozen=True, slots=True)
class ChannelsDescribed:
    """What a person says of a device's channels is in use: its streams have other names now."""

    device_id: str
