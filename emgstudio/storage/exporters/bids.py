"""EMG-BIDS 1.11 datasets: a BDF+ file per stream with the sidecars that the standard asks for."""

from __future__ import annotations

import json
from datetime import timedelta
from pathlib import Path
from typing import Any

from emgstudio.core.types import Channel
from emgstudio.storage.exporters.content import Content, ExportStream, free_word
from emgstudio.storage.exporters.edf import signal_labels, write_edf
from emgstudio.storage.exporters.labels import events_description, events_tsv
from emgstudio.storage.pyramid import Reports

BIDS_VERSION = "1.11.1"
NOT_KNOWN = "n/a"
# What BIDS calls the kinds of our channels; MISC for what it has no word for.
TYPES = {"EMG": "EMG", "ACCEL": "ACCEL", "GYRO": "GYRO", "MAGN": "MAGN", "TRIG": "TRIG"}
UNITS = {"a.u.": NOT_KNOWN, "°/s": "deg/s"}
STATEMENT = (
    "Recorded with EMG Studio, software for research and education. It is not a medical device."
)


def write_bids(content: Content, folder: Path, progress: Reports | None = None) -> list[str]:
    """Write a dataset with one subject and session into ``folder``, which must be empty."""
    subject = f"sub-{_word(content.about.subject) or '01'}"
    task = _word(content.request.task) or _word(content.about.title) or "recording"
    place = folder / subject / "emg"
    place.mkdir(parents=True)
    said: list[str] = []
    rows = []
    several = len(content.streams) > 1
    taken: set[str] = set()
    for stream in content.streams:
        entity = f"_recording-{free_word(_word(stream.name) or 'stream', taken)}" if several else ""
        base = f"{subject}_task-{task}{entity}"
        said += write_edf(content, stream, place / f"{base}_emg.bdf", 24, progress)
        _json(place / f"{base}_emg.json", _sidecar(content, stream, task))
        _text(place / f"{base}_channels.tsv", _channels(stream))
        _json(place / f"{base}_channels.json", _CHANNEL_COLUMNS)
        _text(place / f"{base}_events.tsv", events_tsv(content.of_stream(stream)))
        _json(place / f"{base}_events.json", events_description())
        begin = content.about.created + timedelta(seconds=stream.start_s)
        rows.append(f"emg/{base}_emg.bdf\t{begin.strftime('%Y-%m-%dT%H:%M:%S.%fZ')}")
    scans = "filename\tacq_time\n" + "\n".join(rows) + "\n"
    _text(folder / subject / f"{subject}_scans.tsv", scans)
    _text(folder / "participants.tsv", f"participant_id\n{subject}\n")
    _json(folder / "dataset_description.json", _dataset(content))
    _text(folder / "README.md", _readme(content))
    return said


def _dataset(content: Content) -> dict[str, Any]:
    name = content.about.title or "EMG recording"
    authors = [content.about.author] if content.about.author else ["EMG Studio user"]
    return {
        "Name": name,
        "BIDSVersion": BIDS_VERSION,
        "DatasetType": "raw",
        "License": "n/a",
        "Authors": authors,
        "GeneratedBy": [{"Name": "EMG Studio"}],
    }


def _sidecar(content: Content, stream: ExportStream, task: str) -> dict[str, Any]:
    kinds = [_type(channel) for channel in stream.info.channels]
    done = stream.condition
    filters: Any = NOT_KNOWN
    if done is not None:
        filters = {
            "Conditioning": {
                "description": stream.recipe,
                "low_hz": done.low_hz or NOT_KNOWN,
                "high_hz": done.high_hz or NOT_KNOWN,
                "notch_hz": done.notch_hz or NOT_KNOWN,
                "order": done.order,
            }
        }
    placed = any(channel.site for channel in stream.info.channels)
    scheme: dict[str, Any] = {"EMGPlacementScheme": "Other"}
    scheme["EMGPlacementSchemeDescription"] = (
        "The muscle under each electrode is named in channels.tsv."
        if placed
        else "Where the electrodes were placed was not recorded."
    )
    return {
        "TaskName": task,
        **scheme,
        "EMGReference": "Bipolar",
        "SamplingFrequency": stream.rate,
        "PowerLineFrequency": content.request.mains_hz or NOT_KNOWN,
        "SoftwareFilters": filters,
        "HardwareFilters": NOT_KNOWN,
        "RecordingType": "continuous",
        "RecordingDuration": stream.samples / stream.rate,
        "EMGChannelCount": kinds.count("EMG"),
        "MISCChannelCount": kinds.count("MISC"),
        "Manufacturer": content.about.devices[stream.name] or NOT_KNOWN,
        "TaskDescription": f"{STATEMENT} Conditioning of the samples: {stream.recipe}.",
    }


def _channels(stream: ExportStream) -> str:
    lines = ["name\ttype\tunits\ttarget_muscle\tside\tsampling_frequency\tstatus"]
    labels = signal_labels(stream)
    for label, channel in zip(labels, stream.info.channels, strict=True):
        unit = "uV" if channel.unit in ("µV", "mV", "V", "nV") else channel.unit
        row = (
            label,
            _type(channel),
            UNITS.get(unit, unit) or NOT_KNOWN,
            channel.site or NOT_KNOWN,
            channel.side or NOT_KNOWN,
            f"{stream.rate:.9g}",
            "good" if channel.used else "bad",
        )
        lines.append("\t".join(" ".join(item.split()) for item in row))
    return "\n".join(lines) + "\n"


_CHANNEL_COLUMNS = {
    "side": {"Description": "The side of the body that the electrode is on: left or right."},
}


def _type(channel: Channel) -> str:
    return TYPES.get(channel.kind.upper(), "MISC")


def _readme(content: Content) -> str:
    lines = [f"# {content.about.title or 'EMG recording'}", "", STATEMENT, ""]
    if content.about.simulated:
        lines += ["The signals are SIMULATED; no person was measured.", ""]
    lines += [f"- {stream.name}: {stream.recipe}" for stream in content.streams]
    if content.about.removed:
        lines += ["", "Taken out or replaced before the export:", ""]
        lines += [f"- {what}" for what in content.about.removed]
    return "\n".join(lines) + "\n"


def _word(text: str) -> str:
    """Letters and digits only, as a value of a BIDS entity."""
    return "".join(c for c in text if c.isascii() and c.isalnum())


def _json(file: Path, value: Any) -> None:
    _text(file, json.dumps(value, indent=2, ensure_ascii=False) + "\n")


def _text(file: Path, text: str) -> None:
    file.write_text(text, encoding="utf-8", newline="\n")
