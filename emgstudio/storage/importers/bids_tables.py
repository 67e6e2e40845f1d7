"""The tables that a BIDS dataset keeps beside or above a data file: which hold for it."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Sequence
from pathlib import Path

from emgstudio.core.errors import EmgError

NOT_KNOWN = "n/a"
# What else lies in a dataset and holds no samples, by its first columns.
TABLES = {
    ("onset", "duration"): "events",
    ("name", "x", "y"): "electrodes",
    ("name", "type", "units"): "channels",
    ("participant_id",): "participants",
    ("filename", "acq_time"): "scans",
}
# Folders of a dataset above which tables may lie that hold for all that is below.
INSIDE = re.compile(r"emg|eeg|ieeg|sub-\w+|ses-\w+")
# Numbers beyond it are none that a recording can be long.
FAR = 1e9

Row = dict[str, str]


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


def nearest(file: Path, suffix: str) -> Path | None:
    """The table that holds for a data file ``…_emg.edf``, such as ``…_events.tsv``."""
    return next(_tables(file, suffix), None)


def rows_of(table: Path) -> tuple[list[str], list[Row]]:
    """The names of the columns and the rows that are not empty; both empty for no text.

    Cells that a row lacks are missing from it, those beyond the columns are left out. Raises
    OSError.
    """
    # splitlines would also part a cell at a form feed or a Unicode line separator.
    lines = re.split(r"\r\n|\n|\r", table.read_text("utf-8-sig", "replace"))
    names = [name.strip() for name in lines[0].split("\t")]
    rows = [line.split("\t") for line in lines[1:] if line.strip()]
    return names, [dict(zip(names, map(str.strip, row), strict=False)) for row in rows]


def cell(row: Row, name: str) -> str:
    """What stands in a column, empty where nothing is known."""
    text = row.get(name, "")
    return "" if text.lower() == NOT_KNOWN else text


def number(row: Row, name: str) -> float | None:
    """The number in a column, None where there is none that can be."""
    try:
        value = float(row.get(name, ""))
    except ValueError:
        return None
    return value if math.isfinite(value) and abs(value) < FAR else None


def _tables(file: Path, suffix: str) -> Iterator[Path]:
    """Tables that hold for the file, the nearest and most particular first.

    One whose name tells nothing that the file's name does not tell holds for it
    (BIDS, inheritance principle).
    """
    if not file.stem.startswith("sub-"):
        return
    about = set(file.stem.split("_")[:-1])
    folder = file.resolve().parent
    while True:
        try:
            found = [
                p for p in folder.glob(f"*{suffix}") if p.is_file() and _parts(p, suffix) <= about
            ]
        except OSError:
            return
        yield from sorted(found, key=lambda path: (-len(_parts(path, suffix)), path.name))
        if INSIDE.fullmatch(folder.name) is None:
            return
        folder = folder.parent


def _parts(table: Path, suffix: str) -> set[str]:
    return set(table.name.removesuffix(suffix).split("_"))
