"""The tables of an EMG-BIDS dataset that say what each channel is and where its electrodes sat."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from emgstudio.core.types import Channel
from emgstudio.storage.exporters.content import ExportStream
from emgstudio.storage.exporters.edf import signal_labels

NOT_KNOWN = "n/a"
# What BIDS calls the kinds of our channels; MISC for what it has no word for.
TYPES = {"EMG": "EMG", "ACCEL": "ACCEL", "GYRO": "GYRO", "MAGN": "MAGN", "TRIG": "TRIG"}
UNITS = {"a.u.": NOT_KNOWN, "°/s": "deg/s"}
RING = "forearm ring"

CHANNEL_COLUMNS = {
    "side": {"Description": "The side of the body that the electrode is on: left or right."},
}


@dataclass(frozen=True, slots=True)
class Space:
    """A coordinate system: the ``label`` that files and tables know it by, and its definition."""

    label: str
    units: str
    description: str

    @property
    def definition(self) -> dict[str, Any]:
        """What stands in coordsystem.json."""
        return {
            "EMGCoordinateSystem": "Other",
            "EMGCoordinateUnits": self.units,
            "EMGCoordinateSystemDescription": self.description,
        }


UNMEASURED = Space(
    "unmeasured",
    NOT_KNOWN,
    "No positions were measured. Each row is one sensor (a pair of contacts or one contact); "
    "the muscle that it was placed on is named in channels.tsv where somebody said it.",
)
ARMBAND = Space(
    "armband",
    "percent",
    "The device's own system: x is the way around the armband from its first sensor in the "
    "order of the channels, taken as evenly spaced; y is along the limb, and one band has one "
    "place. Where on the forearm the first sensor sat was not measured.",
)


def kind_of(channel: Channel) -> str:
    """What BIDS calls this kind of channel."""
    return TYPES.get(channel.kind.upper(), "MISC")


def space_of(stream: ExportStream) -> Space:
    """The coordinate system that the electrodes of a stream are told in."""
    sites = {channel.site for channel in _electrodes(stream)}
    return ARMBAND if sites == {RING} else UNMEASURED


def has_electrodes(stream: ExportStream) -> bool:
    """Whether a stream has channels that are at a muscle."""
    return bool(_electrodes(stream))


def channels_tsv(stream: ExportStream) -> str:
    """A row for each channel, in the order of the data file."""
    done = stream.condition
    edges = (None, None, None) if done is None else (done.low_hz, done.high_hz, done.notch_hz)
    filters = [f"{hertz:g}" if hertz else NOT_KNOWN for hertz in edges]
    rows: list[Iterable[str]] = [
        (
            *("name", "type", "units", "signal_electrode", "reference", "group", "target_muscle"),
            *("placement_scheme", "placement_description", "interelectrode_distance"),
            *("low_cutoff", "high_cutoff", "notch", "sampling_frequency", "status", "side"),
        )
    ]
    group = space_of(stream).label
    for label, channel in zip(signal_labels(stream), stream.info.channels, strict=True):
        unit = "uV" if channel.unit in ("µV", "mV", "V", "nV") else channel.unit
        emg = kind_of(channel) == "EMG"
        place = f"{channel.side} {channel.site}".strip()
        rows.append(
            (
                *(label, kind_of(channel), UNITS.get(unit, unit) or NOT_KNOWN),
                *((label, NOT_KNOWN, group) if emg else (NOT_KNOWN,) * 3),
                channel.site or NOT_KNOWN,
                *("other" if emg else NOT_KNOWN, place or NOT_KNOWN, NOT_KNOWN, *filters),
                *(f"{stream.rate:.9g}", "good" if channel.used else "bad"),
                channel.side or NOT_KNOWN,
            )
        )
    return table(rows)


def electrodes_tsv(stream: ExportStream) -> str:
    """A row for each sensor at a muscle, named as in channels.tsv.

    Whole devices have rows where their single contacts are not known, as the
    specification has it for sensors of two contacts.
    """
    space = space_of(stream)
    rows: list[Iterable[str]] = [("name", "x", "y", "z", "coordinate_system", "group")]
    labels = [
        label
        for label, channel in zip(signal_labels(stream), stream.info.channels, strict=True)
        if kind_of(channel) == "EMG"
    ]
    for number, label in enumerate(labels):
        around = (f"{100 * number / len(labels):g}", "0", NOT_KNOWN)
        place = around if space is ARMBAND else (NOT_KNOWN,) * 3
        rows.append((label, *place, space.label, space.label))
    return table(rows)


def placement(stream: ExportStream) -> dict[str, str]:
    """How electrodes were placed, for the sidecar of the data file."""
    if any(channel.site for channel in _electrodes(stream)):
        return {"EMGPlacementScheme": "ChannelSpecific"}
    said = "Where the electrodes were placed was not recorded."
    return {"EMGPlacementScheme": "Other", "EMGPlacementSchemeDescription": said}


def table(rows: Iterable[Iterable[str]]) -> str:
    """Rows as tab-separated text; white space within a cell becomes one space."""
    return "".join("\t".join(" ".join(cell.split()) for cell in row) + "\n" for row in rows)


def _electrodes(stream: ExportStream) -> list[Channel]:
    return [channel for channel in stream.info.channels if kind_of(channel) == "EMG"]
