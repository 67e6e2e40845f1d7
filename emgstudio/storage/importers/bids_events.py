"""The table of events that a BIDS dataset keeps beside a data file: its labels."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from pathlib import Path

from emgstudio.core.errors import EmgError
from emgstudio.core.types import Annotation
from emgstudio.storage.importers.foreign import labels_from
from emgstudio.storage.importers.imported import LABEL_TRACK

SUFFIX = "_events.tsv"
NOT_KNOWN = "n/a"
# What else lies in a dataset and holds no samples, by its first columns.
TABLES = {
    ("onset", "duration"): "events",
    ("name", "x", "y"): "electrodes",
    ("name", "type", "units"): "channels",
    ("participant_id",): "participants",
    ("filename", "acq_time"): "scans",
}
# Columns that say what an event was, the best first.
TEXTS = ("trial_type", "value", "event", "description")
# Folders of a dataset above which tables may lie that hold for all that is below.
INSIDE = re.compile(r"emg|eeg|ieeg|sub-\w+|ses-\w+")


def table_of(first_line: str) -> str | None:
    """What a table of a dataset with this first line is about; None where it may hold samples."""
    names = tuple(first_line.lstrip("\ufeff").rstrip("\r\n").split("\t"))
    return next((what for head, what in TABLES.items() if names[: len(head)] == head), None)


def check_samples(file: Path, head: Sequence[str]) -> None:
    """Raise EmgError where the first lines of a text file are those of a dataset's other tables."""
    about = table_of(head[0] if head else "")
    if about is not None:
        raise EmgError(
            f'"{file.name}" is a table of {about} and holds no samples.',
            "Import the data file of the dataset (.edf or .bdf); its events come with it.",
        )


def events_beside(file: Path) -> tuple[list[Annotation], list[str]]:
    """Labels of the events table of a data file ``…_emg.edf``, and a sentence for each table.

    Both are empty where there is none. Rows without a number as onset are passed over
    and counted in the sentence.
    """
    table = next(_tables(file), None)
    if table is None:
        return [], []
    try:
        lines = table.read_text("utf-8-sig", "replace").splitlines()
    except OSError as error:
        return [], [f"“{table.name}” cannot be read ({error.strerror}); its labels were left out."]
    if not lines or table_of(lines[0]) != "events":
        return [], [f"“{table.name}” holds no onsets and durations; its labels were left out."]
    names = lines[0].split("\t")
    rows = [dict(zip(names, line.split("\t"), strict=False)) for line in lines[1:] if line.strip()]
    read = [(_number(row.get("onset")), _length(row), _text(row)) for row in rows]
    good = [(onset, length, text) for onset, length, text in read if onset is not None]
    onsets, lengths, texts = zip(*good, strict=True) if good else ((), (), ())
    tracks = [LABEL_TRACK if length > 0 else "markers" for length in lengths]
    labels = labels_from(onsets, lengths, texts, tracks, [0] * len(good), table.name)
    passed = len(rows) - len(good)
    left = f"; {passed} without an onset were left out" if passed else ""
    return labels, [f"Labels are those of “{table.name}”{left}."]


def _tables(file: Path) -> Iterator[Path]:
    """Tables of events that hold for the file, the nearest and most particular first.

    One whose name tells nothing that the file's name does not tell holds for it
    (BIDS, inheritance principle).
    """
    if not file.stem.startswith("sub-"):
        return
    about = set(file.stem.split("_")[:-1])
    folder = file.resolve().parent
    while True:
        found = [p for p in folder.glob(f"*{SUFFIX}") if p.is_file() and _parts(p) <= about]
        yield from sorted(found, key=lambda path: (-len(_parts(path)), path.name))
        if INSIDE.fullmatch(folder.name) is None:
            return
        folder = folder.parent


def _parts(table: Path) -> set[str]:
    return set(table.name.removesuffix(SUFFIX).split("_"))


def _number(text: str | None) -> float | None:
    try:
        value = float(text or "")
    except ValueError:
        return None
    return value if abs(value) < 1e9 else None


def _length(row: dict[str, str]) -> float:
    return max(0.0, _number(row.get("duration")) or 0.0)


def _text(row: dict[str, str]) -> str:
    told = (row.get(name) for name in TEXTS)
    return next((text for text in told if text and text != NOT_KNOWN), "event")
