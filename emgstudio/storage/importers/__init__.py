"""Turns files of other programs into ordinary finished recordings."""

from __future__ import annotations

from pathlib import Path

from emgstudio.core.errors import EmgError
from emgstudio.storage.importers.binary import BINARY_SUFFIXES, read_binary
from emgstudio.storage.importers.delimited import import_csv
from emgstudio.storage.importers.dialect import read_head
from emgstudio.storage.importers.foreign import import_foreign
from emgstudio.storage.importers.known_text import read_known_text
from emgstudio.storage.importers.npz import import_npz
from emgstudio.storage.importers.preview import Preview, preview
from emgstudio.storage.pyramid import Reports

TEXT_SUFFIXES = (".csv", ".tsv", ".txt", ".tab", ".dat")

PACKED_SUFFIXES = (".zip", ".gz", ".7z", ".rar", ".tar")

SUFFIXES = (*TEXT_SUFFIXES, ".npz", *BINARY_SUFFIXES)

__all__ = ["SUFFIXES", "Preview", "import_csv", "import_file", "import_npz", "preview"]


def import_file(
    file: Path,
    out: Path,
    *,
    rate: float | None = None,
    unit: str | None = None,
    label_column: str | None = None,
    repetition_column: str | None = None,
    progress: Reports | None = None,
) -> Path:
    """Import ``file`` into the new session folder ``out``, by the file's ending.

    ``rate`` in Hz; columns by name or by number from 1. Raises EmgError with a
    hint when the file cannot be used, Cancelled through ``progress``; then
    ``out`` is not made.
    """
    suffix = file.suffix.lower()
    if not file.is_file():
        raise EmgError(f'There is no file "{file}".', "Check the name.")
    if suffix == ".npz":
        if label_column or repetition_column:
            raise EmgError(
                "An npz file has no columns to choose.",
                "Its labels are read from the arrays “label” and “rep”.",
            )
        return import_npz(file, out, rate=rate, unit=unit, progress=progress)
    if suffix in TEXT_SUFFIXES:
        # Columns that a person chose make it a plain table, whoever wrote it.
        chosen = rate is not None or label_column or repetition_column
        known = None if chosen else read_known_text(file, read_head(file), progress)
        if known is not None:
            return import_foreign(known, file, out, progress)
        return import_csv(
            file,
            out,
            rate=rate,
            unit=unit,
            label_column=label_column,
            repetition_column=repetition_column,
            progress=progress,
        )
    if suffix in BINARY_SUFFIXES:
        return import_foreign(read_binary(file, rate=rate, unit=unit), file, out, progress)
    if suffix in PACKED_SUFFIXES:
        raise EmgError(
            f'"{file.name}" is a packed file.', "Unpack it first and import the files in it."
        )
    raise EmgError(
        f'"{file.name}" cannot be imported.',
        f"Known endings are {', '.join(SUFFIXES)}.",
    )
