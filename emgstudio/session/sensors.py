"""What is remembered of each sensor: that it is isolated, and where its channels sit."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from emgstudio.core.errors import EmgError
from emgstudio.core.types import Channel, StreamInfo
from emgstudio.devices.address import EMULATED, DeviceUri
from emgstudio.devices.driver import Driver
from emgstudio.session.entry_file import EntryFile

log = logging.getLogger(__name__)

FILE = "sensors.json"
SIDES = ("", "left", "right")
# Schemes of devices at a cable; what is inside the computer or on the air is apart from it.
CABLES = ("serial",)
# Schemes whose addresses stand for one sensor each.
SENSORS = ("serial", "ble", "tcp")


@dataclass(frozen=True, slots=True)
class ChannelNote:
    """What a person says of one channel; empty is as the device says."""

    name: str = ""
    site: str = ""
    side: str = ""
    used: bool = True


def place_of(uri: str) -> str:
    """The address without options, under which a sensor is remembered."""
    parsed = DeviceUri.parse(uri)
    return str(parsed.with_options({}))


def isolation_unknown(uri: str, driver: Driver) -> bool:
    """Whether a person must see to it that nobody is wired to the mains through this device."""
    parsed = DeviceUri.parse(uri)
    at_cable = parsed.scheme in CABLES and parsed.target != EMULATED
    return at_cable and driver.isolated is not True


class SensorBook:
    """Kept in one file of the settings folder; an unreadable one counts as empty and is kept."""

    def __init__(self, folder: Path) -> None:
        self._file = EntryFile(folder / FILE, "sensors", "What was said about this sensor")

    def confirmed(self, uri: str) -> bool:
        """Whether somebody said that this device runs on batteries or through an isolator."""
        return self._entry(uri).get("isolated") is True

    def confirm(self, uri: str) -> None:
        """Somebody says so. Raises EmgError when it cannot be stored."""
        self._change(uri, {"isolated": True})

    def keep_options(self, uri: str) -> None:
        """Take the options of this address for the sensor's own from now on.

        Simulated persons have none of their own. Raises EmgError when they cannot be stored.
        """
        parsed = DeviceUri.parse(uri)
        kept = self._entry(uri).get("options", {})
        if parsed.scheme in SENSORS and parsed.options != kept:
            self._change(uri, {"options": parsed.options})

    def with_kept_options(self, uri: str) -> str:
        """The address with the options that are kept for it, where it says none itself."""
        parsed, kept = DeviceUri.parse(uri), self._entry(uri).get("options")
        if parsed.options or not isinstance(kept, dict):
            return uri
        return str(parsed.with_options({str(k): str(v) for k, v in kept.items()}))

    def notes(self, uri: str, stream: str) -> tuple[ChannelNote, ...]:
        """The channel map of a stream, in order; may be shorter than the stream is wide."""
        streams = self._entry(uri).get("channels")
        stored = streams.get(stream) if isinstance(streams, dict) else None
        return tuple(_note(one) for one in stored) if isinstance(stored, list) else ()

    def set_notes(self, uri: str, stream: str, notes: Sequence[ChannelNote]) -> None:
        """Store a channel map; see session.channel_map for when it is used.

        Raises EmgError when it cannot be stored or two channels have one name.
        """
        names = [note.name for note in notes if note.name]
        double = next((name for name in names if names.count(name) > 1), None)
        if double is not None:
            raise EmgError(f"Two channels are named “{double}”.", "Give each a name of its own.")
        streams = self._entry(uri).get("channels")
        kept = streams if isinstance(streams, dict) else {}
        self._change(uri, {"channels": {**kept, stream: [asdict(note) for note in notes]}})

    def described(self, uri: str, info: StreamInfo) -> StreamInfo:
        """The stream with names, muscles and sides of the map; samples stay what they are."""
        notes = self.notes(uri, info.name)
        if not notes:
            return info
        padded = (*notes, *(ChannelNote() for _ in range(info.n_channels)))
        channels = tuple(
            _described(c, note) for c, note in zip(info.channels, padded, strict=False)
        )
        if len({c.name for c in channels}) < len(channels):
            log.info("the channel map of %s gives one name twice; not used", uri)
            return info
        return replace(info, channels=channels)

    def _change(self, uri: str, what: Mapping[str, Any]) -> None:
        self._file.keep(place_of(uri), {**self._entry(uri), **what})

    def _entry(self, uri: str) -> dict[str, Any]:
        return self._file.entry(place_of(uri))


def _described(channel: Channel, note: ChannelNote) -> Channel:
    return replace(
        channel,
        name=note.name or channel.name,
        site=note.site or channel.site,
        side=note.side or channel.side,
        used=note.used and channel.used,
    )


def _note(stored: object) -> ChannelNote:
    if not isinstance(stored, dict):
        return ChannelNote()
    texts = {name: str(stored.get(name, "")) for name in ("name", "site", "side")}
    return ChannelNote(**texts, used=stored.get("used") is not False)
