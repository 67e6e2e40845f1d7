"""CSV files with a JSON beside them, MAT files of version 5, and NPZ archives."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np

from emgstudio.core.errors import EmgError
from emgstudio.storage.exporters.content import Content, ExportStream
from emgstudio.storage.exporters.edf import ascii_text
from emgstudio.storage.pyramid import Reports

# A variable of a MAT file of version 5 holds less than 2 GB.
MAT_BYTES = 2**31 - 2**20
MAT_HEADING = b"MATLAB 5.0 MAT-file, made by EMG Studio"
MAT_HEADING_BYTES = 116


def write_csv(
    content: Content, stream: ExportStream, file: Path, progress: Reports | None = None
) -> list[str]:
    """One line per sample: time in seconds, then each channel with its unit in the heading.

    Numbers have a point, nine significant digits bring back the same float32; a
    lost sample leaves its fields empty.
    """
    names = [f"{_field(c.name)} [{c.unit}]" for c in stream.info.channels]
    row = 0
    with file.open("x", encoding="utf-8", newline="\n") as out:
        out.write(",".join(["time [s]", *names]) + "\n")
        for block in stream.blocks(progress, f"Writing {file.name}"):
            times = (row + np.arange(len(block))) / stream.rate
            there = np.isfinite(block.sum(axis=1)).tolist()
            empty = "," * block.shape[1]
            for time, values, good in zip(times.tolist(), block.tolist(), there, strict=True):
                rest = "," + ",".join([f"{v:.9g}" for v in values]) if good else empty
                out.write(f"{time:.6f}{rest}\n")
            row += len(block)
    file.with_suffix(".json").write_text(
        json.dumps(stream_facts(content, stream), indent=2, ensure_ascii=False) + "\n", "utf-8"
    )
    lost = sum(hole.stop - hole.start for hole in stream.holes)
    return [f"{stream.name}: {lost} lost samples have empty fields"] if lost else []


def write_mat(content: Content, file: Path, progress: Reports | None = None) -> list[str]:
    """A struct for each stream (``data`` is samples × channels) and one for the labels.

    Raises EmgError when a stream is too long for version 5 of the format.
    """
    from scipy.io import savemat

    values: dict[str, Any] = {}
    for stream in content.streams:
        if stream.samples * stream.info.n_channels * 4 > MAT_BYTES:
            raise EmgError(
                f"“{stream.name}” is too long for a MAT file of version 5.",
                "Export a shorter span, or choose NPZ or BDF.",
            )
        facts = stream_facts(content, stream)
        values[_variable(stream.name)] = {
            "data": stream.whole(progress, f"Reading {stream.name}"),
            "rate_hz": stream.rate,
            "start_s": stream.start_s - content.zero_s,
            "channels": np.array([c.name for c in stream.info.channels], object),
            "units": np.array([c.unit for c in stream.info.channels], object),
            "device": facts["device"],
            "conditioning": stream.recipe,
        }
    labels = content.annotations
    values["labels"] = {
        "onset_s": np.array([a.start for a in labels]),
        "duration_s": np.array([a.duration for a in labels]),
        "text": np.array([a.label for a in labels], object),
        "track": np.array([a.track for a in labels], object),
        "repetition": np.array([a.repetition for a in labels]),
    }
    savemat(file, values, do_compression=False, oned_as="column")
    with file.open("r+b") as made:
        # scipy writes the day and the platform there.
        made.write(MAT_HEADING.ljust(MAT_HEADING_BYTES))
    return ["lost samples are NaN"] if any(s.holes for s in content.streams) else []


def write_npz(
    content: Content, stream: ExportStream, file: Path, progress: Reports | None = None
) -> list[str]:
    """Arrays without Python objects: ``emg`` float32, ``fs``, channel names and units, labels."""
    labels = content.of_stream(stream)
    np.savez(
        file,
        emg=stream.whole(progress, f"Reading {stream.name}"),
        fs=np.float64(stream.rate),
        unit=np.array(stream.info.channels[0].unit),
        channel_names=np.array([c.name for c in stream.info.channels]),
        channel_units=np.array([c.unit for c in stream.info.channels]),
        subject=np.array(content.about.subject),
        conditioning=np.array(stream.recipe),
        label_onset_s=np.array([a.start for a in labels], float),
        label_duration_s=np.array([a.duration for a in labels], float),
        label_text=np.array([a.label for a in labels], np.str_),
        label_track=np.array([a.track for a in labels], np.str_),
        label_repetition=np.array([a.repetition for a in labels], np.int64),
    )
    return [f"{stream.name}: lost samples are NaN"] if stream.holes else []


def stream_facts(content: Content, stream: ExportStream) -> dict[str, Any]:
    """What a reader must know of a stream to use its numbers."""
    about = content.about
    facts: dict[str, Any] = {
        "stream": stream.name,
        "rate_hz": stream.rate,
        "start_s": stream.start_s - content.zero_s,
        "samples": stream.samples,
        "lost": [[h.start, h.stop, h.estimated] for h in stream.holes],
        "conditioning": stream.recipe,
        "device": about.devices[stream.name],
        "simulated": stream.info.simulated,
        "channels": [
            {"name": c.name, "unit": c.unit, "kind": c.kind, "site": c.site, "side": c.side}
            for c in stream.info.channels
        ],
    }
    if about.serials[stream.name]:
        facts["device_id"] = about.serials[stream.name]
    return facts


def _field(text: str) -> str:
    return text.replace(",", " ").replace('"', "'").replace("\n", " ")


def _variable(name: str) -> str:
    """A name that MATLAB takes for a variable."""
    word = "".join(c if c.isalnum() else "_" for c in ascii_text(name))[:40]
    return word if word[:1].isalpha() else f"stream_{word}"
