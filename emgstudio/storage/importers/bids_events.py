"""The table of events that a BIDS dataset keeps beside a data file: its labels."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator
from pathlib import Path

from emgstudio.core.types import Annotation
from emgstudio.storage.importers.foreign import labels_from
from emgstudio.storage.importers.imported import LABEL_TRACK

SUFFIX = "_events.tsv"
NOT_KNOWN = "n/a"
# Columns that say what an event was, the best first.
TEXTS = ("trial_type", "value", "event", "description")
# One table of events is for all devices that recorded at a time.
OF_ONE_DEVICE = re.compile(r"_(?:recording|acq)-[A-Za-z0-9]+")


def is_events(first_line: str) -> bool:
    """Whether a table with this first line is one of events, not of samples."""
    return first_line.rstrip("\r\n").split("\t")[:2] == ["onset", "duration"]


def events_beside(file: Path) -> tuple[list[Annotation], list[str]]:
    """Labels of the events table of a data file ``…_emg.edf``, and a sentence for each table.

    Both are empty where there is none. Rows without a number as onset are passed over
    and counted in the sentence.
    """
    table = next((path for path in _places(file) if path.is_file()), None)
    if table is None:
        return [], []
    lines = table.read_text("utf-8-sig", "replace").splitlines()
    if not lines or not is_events(lines[0]):
        return [], [f"“{table.name}” holds no onsets and durations; its labels were left out."]
    rows = list(csv.DictReader(lines, delimiter="\t", quoting=csv.QUOTE_NONE))
    read = [(_number(row["onset"]), _number(row["duration"]) or 0.0, _text(row)) for row in rows]
    good = [(onset, length, text) for onset, length, text in read if onset is not None]
    onsets, lengths, texts = zip(*good, strict=True) if good else ((), (), ())
    tracks = [LABEL_TRACK if length > 0 else "markers" for length in lengths]
    labels = labels_from(onsets, lengths, texts, tracks, [0] * len(good), table.name)
    passed = len(rows) - len(good)
    left = f"; {passed} without an onset were left out" if passed else ""
    return labels, [f"Labels are those of “{table.name}”{left}."]


def _places(file: Path) -> Iterator[Path]:
    """Where the table may lie: beside the file, or above it for all that is below."""
    stem = file.stem.rsplit("_", 1)
    if len(stem) < 2 or not file.stem.startswith("sub-"):
        return
    for name in dict.fromkeys((stem[0], OF_ONE_DEVICE.sub("", stem[0]))):
        for folder in (file.parent, file.parent.parent):
            yield folder / f"{name}{SUFFIX}"


def _number(text: str | None) -> float | None:
    try:
        value = float(text or "")
    except ValueError:
        return None
    return value if abs(value) < 1e9 else None


def _text(row: dict[str, str | None]) -> str:
    told = (row.get(name) for name in TEXTS)
    return next((text for text in told if text and text != NOT_KNOWN), "event")
