"""A look at the beginning of a file of another program, before it is imported."""

from __future__ import annotations

import zipfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

import numpy as np
from numpy.typing import NDArray

from emgstudio.core.errors import EmgError
from emgstudio.storage.importers.bids_tables import check_samples
from emgstudio.storage.importers.binary import BINARY_SUFFIXES, read_binary
from emgstudio.storage.importers.delimited import rate_from_time
from emgstudio.storage.importers.dialect import (
    Columns,
    Dialect,
    find_columns,
    find_dialect,
    likely_label,
    read_head,
)
from emgstudio.storage.importers.foreign import Foreign
from emgstudio.storage.importers.imported import known_unit
from emgstudio.storage.importers.known_text import program_of, read_known_text

ROWS = 8
RATE_TO_BE_GIVEN = 1.0
DELIMITERS = {"\t": "tabs", ";": "semicolons", ",": "commas", None: "spaces"}


@dataclass(frozen=True, slots=True)
class Preview:
    """What a file seems to hold. Columns are counted from 0.

    ``named`` tells whether the file names its columns. ``rows`` are the first lines
    as text; ``rate`` in Hz and ``unit`` are None when the file does not tell them.
    ``label`` and ``repetition`` are guesses, and ``choosable`` is False for a file
    that names its labels itself.
    """

    summary: str
    columns: tuple[str, ...]
    named: bool
    rows: tuple[tuple[str, ...], ...]
    rate: float | None
    unit: str | None
    label: int | None
    repetition: int | None
    time: int | None
    choosable: bool


def preview(file: Path) -> Preview:
    """Read the beginning of ``file``. Raises EmgError when nothing can be made of it."""
    if not file.is_file():
        raise EmgError(f'There is no file "{file}".', "Check the name.")
    suffix = file.suffix.lower()
    if suffix in BINARY_SUFFIXES:
        return _binary(file, suffix)
    return _archive(file) if suffix == ".npz" else _text(file)


def _text(file: Path) -> Preview:
    head = read_head(file)
    program = program_of(head)
    if program is not None and (known := read_known_text(file, head)) is not None:
        return _of_foreign(file, known, f"{program} recording")
    check_samples(file, head)
    dialect = find_dialect(head, file.name)
    columns = find_columns(dialect, head, None, None)
    names = tuple(dialect.name(k) for k in range(dialect.fields))
    rows = [row for row in map(dialect.split, head[dialect.skip :]) if len(row) == dialect.fields]
    label = columns.label if columns.label is not None else likely_label(dialect, head, columns)
    parted = DELIMITERS.get(dialect.delimiter, "")
    header = "with a header" if dialect.names else "without a header"
    return Preview(
        f"{len(names)} columns parted by {parted}, {header}",
        names,
        bool(dialect.names),
        tuple(tuple(row) for row in rows[:ROWS]),
        _rate(dialect, head, columns),
        next((u for k in columns.samples if (u := dialect.unit(k)) is not None), None),
        label,
        columns.repetition,
        columns.time,
        choosable=True,
    )


def _rate(dialect: Dialect, head: Sequence[str], columns: Columns) -> float | None:
    try:
        return rate_from_time(dialect, head, columns)
    except EmgError:
        return None


def _binary(file: Path, suffix: str) -> Preview:
    """Of a file without a sampling rate, too: a person gives it before the import."""
    foreign = read_binary(file, rate=RATE_TO_BE_GIVEN if suffix == ".mat" else None)
    return _of_foreign(file, foreign, f"{suffix[1:].upper()} file")


def _of_foreign(file: Path, foreign: Foreign, what: str) -> Preview:
    streams = [stream.info for stream in foreign.streams]
    if not streams:
        raise EmgError(f'"{file.name}" holds no samples.', "Check the file.")
    rates = {info.rate for info in streams}
    known = len(rates) == 1 and rates != {RATE_TO_BE_GIVEN}
    channels = tuple(channel for info in streams for channel in info.channels)
    parts = [f"{what}, {len(channels)} channels"]
    if len(streams) > 1:
        told = ", ".join(f"{info.name} at {info.rate:.6g} Hz" for info in streams)
        parts.append(f"{len(streams)} streams ({told})")
    parts.append(f"{len(foreign.annotations)} labels")
    return Preview(
        ", ".join(parts),
        tuple(channel.name for channel in channels),
        True,
        (),
        rates.pop() if known else None,
        known_unit(channels[0].unit),
        None,
        None,
        None,
        choosable=False,
    )


def _archive(file: Path) -> Preview:
    try:
        with np.load(file, allow_pickle=False) as archive:
            emg = _first_rows(archive, "emg")
            small = {key: archive[key] for key in ("fs", "unit") if key in archive.files}
            keys = tuple(archive.files)
    except (OSError, ValueError, EOFError, KeyError, zipfile.BadZipFile) as error:
        raise EmgError(
            f'"{file.name}" cannot be read as an npz file with an array “emg”.',
            "It may be damaged, hold other arrays, or Python objects, which are refused.",
        ) from error
    if emg.ndim != 2:
        raise EmgError(f'“emg” in "{file.name}" is no table of (samples, channels).')
    fs = float(small["fs"].reshape(-1)[0]) if "fs" in small else float("nan")
    unit = str(small["unit"].reshape(-1)[0]) if "unit" in small else ""
    labels = "labels from “label”" if "label" in keys else "no labels"
    return Preview(
        f"numpy archive, {emg.shape[1]} channels, {labels}",
        tuple(f"EMG {k + 1}" for k in range(emg.shape[1])),
        False,
        tuple(tuple(f"{value:g}" for value in row) for row in emg.tolist()),
        fs if np.isfinite(fs) and fs > 0 else None,
        known_unit(unit),
        None,
        None,
        None,
        choosable=False,
    )


def _first_rows(archive: Any, key: str) -> NDArray[Any]:
    """The first rows of an array, without reading all of it."""
    with archive.zip.open(f"{key}.npy") as member:
        shape, fortran, dtype = _header(member)
        if len(shape) != 2 or fortran or dtype.kind not in "iuf":
            return np.asarray(archive[key])[:ROWS]
        count = min(ROWS, shape[0])
        data = member.read(count * shape[1] * dtype.itemsize)
    return np.frombuffer(data, dtype).reshape(count, shape[1])


def _header(member: IO[bytes]) -> tuple[tuple[int, ...], bool, np.dtype[Any]]:
    version = np.lib.format.read_magic(member)
    if version == (1, 0):
        return np.lib.format.read_array_header_1_0(member)
    return np.lib.format.read_array_header_2_0(member)
