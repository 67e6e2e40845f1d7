"""EMG-BIDS 1.11 datasets: a BDF+ file per stream with the sidecars that the standard asks for."""

from __future__ import annotations

import json
from datetime import timedelta
from pathlib import Path
from typing import Any

from emgstudio.core.words import several
from emgstudio.storage.exporters.bids_electrodes import (
    CHANNEL_COLUMNS,
    NOT_KNOWN,
    channels_tsv,
    electrodes_tsv,
    has_electrodes,
    kind_of,
    placement,
    space_of,
)
from emgstudio.storage.exporters.content import Content, ExportStream, free_word
from emgstudio.storage.exporters.edf import write_edf
from emgstudio.storage.exporters.labels import events_description, events_tsv
from emgstudio.storage.pyramid import Reports

BIDS_VERSION = "1.11.1"
# The vocabulary that HED strings are read with.
HED_VERSION = "8.4.0"
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
        _text(place / f"{base}_channels.tsv", channels_tsv(stream))
        _json(place / f"{base}_channels.json", CHANNEL_COLUMNS)
        if has_electrodes(stream):
            space = space_of(stream)
            _text(place / f"{subject}{entity}_electrodes.tsv", electrodes_tsv(stream))
            _json(place / f"{subject}_space-{space.label}_coordsystem.json", space.definition)
        _text(place / f"{base}_events.tsv", events_tsv(content.of_stream(stream)))
        _json(place / f"{base}_events.json", events_description(content.hed))
        begin = content.about.created + timedelta(seconds=stream.start_s)
        rows.append(f"emg/{base}_emg.bdf\t{begin.strftime('%Y-%m-%dT%H:%M:%S.%fZ')}")
    scans = "filename\tacq_time\n" + "\n".join(rows) + "\n"
    _text(folder / subject / f"{subject}_scans.tsv", scans)
    _text(folder / "participants.tsv", f"participant_id\n{subject}\n")
    _json(folder / "dataset_description.json", _dataset(content))
    _text(folder / "README.md", _readme(content))
    return said + _of_hed(content)


def _of_hed(content: Content) -> list[str]:
    said = []
    if content.hed:
        told = several(len(content.hed), "label")
        said.append(
            f"HED tags of {told} are as they stand in the label set, for the "
            f"vocabulary {HED_VERSION}; whether they are valid was not checked"
        )
    if content.hed_kept_back:
        behind = several(content.hed_kept_back, "label")
        said.append(f"HED tags of {behind} stay behind with the text")
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
        **({"HEDVersion": HED_VERSION} if content.hed else {}),
    }


def _sidecar(content: Content, stream: ExportStream, task: str) -> dict[str, Any]:
    kinds = [kind_of(channel) for channel in stream.info.channels]
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
    return {
        "TaskName": task,
        **placement(stream),
        "EMGReference": "Not recorded: as the device is wired.",
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
