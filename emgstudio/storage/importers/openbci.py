"""Imports recordings of the OpenBCI GUI (text, versions 4 to 6).

The layout is that of https://docs.openbci.com/Software/OpenBCISoftware/GUIDocs.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from emgstudio.core.errors import EmgError
from emgstudio.core.types import (
    ARBITRARY_UNIT,
    MICROVOLT,
    Annotation,
    Channel,
    Source,
    StreamInfo,
)
from emgstudio.storage.importers.counter import Counted, counted
from emgstudio.storage.importers.dialect import Dialect, find_dialect, rate_in_remarks
from emgstudio.storage.importers.foreign import Foreign, ForeignStream
from emgstudio.storage.importers.held import held_remarks
from emgstudio.storage.importers.imported import checked_rate
from emgstudio.storage.importers.lines import table
from emgstudio.storage.pyramid import Reports

ACCELEROMETER = ("x", "y", "z")


def is_openbci(head: Sequence[str]) -> bool:
    """Whether the first line is that of the OpenBCI GUI."""
    return bool(head) and head[0].startswith("%OpenBCI Raw E")


def read_openbci(file: Path, head: Sequence[str], progress: Reports | None = None) -> Foreign:
    """Exg channels in µV, the accelerometer in g and further inputs that are not all zero.

    The sample index tells lost and repeated rows, the marker column gives labels.
    Raises EmgError when more than 5 % of the lines are bad or the header lacks the rate.
    """
    dialect = find_dialect(head, file.name)
    rate = checked_rate(rate_in_remarks(head))
    exg = _channels(head)
    if dialect.fields < exg + 4:
        raise EmgError(
            f'"{file.name}" speaks of {exg} channels, but its lines have {dialect.fields} fields.',
            "It may be cut off; save it again in the OpenBCI GUI.",
        )
    others = range(exg + 4, _text_begins(head, dialect))
    data = table(file, dialect, [*range(exg + 4), *others], progress)
    there = np.asarray(np.isfinite(data).all(axis=1))
    begun = _begin(data[:, 1 : exg + 1], there)
    there[:begun] = False
    # A Cyton counts to 255; a Ganglion's and a Daisy's index is not a plain counter.
    board = next((line for line in head if line.startswith("%Board")), "")
    cyton = "Daisy" not in board and "Ganglion" not in board
    axis = counted(data[:, 0], there, 256) if cyton else counted(np.zeros(len(data)), there)
    streams = [
        _stream(file, "EMG", data[:, 1 : exg + 1], rate, _exg(exg), axis),
        _stream(file, "ACC", data[:, exg + 1 : exg + 4], rate, _acc(), axis),
    ]
    labels: list[Annotation] = []
    names = [dialect.name(k) for k in others]
    more = []
    for k, name in enumerate(names, exg + 4):
        if name.lower().startswith("marker"):
            labels = _markers(data[:, k], rate, axis, file.name)
        elif not name.lower().startswith("timestamp") and data[there, k].any() and dialect.names:
            more.append(k)
    if more:
        channels = [Channel(names[k - exg - 4], ARBITRARY_UNIT, kind="MISC") for k in more]
        streams.append(_stream(file, "AUX", data[:, more], rate, channels, axis))
    remarks = axis.remarks("The board's")
    remarks += held_remarks(data[axis.rows, exg + 1 : exg + 4], rate, "the accelerometer")
    if begun:
        rows = "1 empty row" if begun == 1 else f"{begun} empty rows"
        remarks.append(f"{rows} at the beginning left out.")
    return Foreign(streams, labels, remarks=remarks)


def _exg(count: int) -> list[Channel]:
    return [Channel(f"EMG {k}", MICROVOLT) for k in range(1, count + 1)]


def _acc() -> list[Channel]:
    return [Channel(f"ACC {axis}", "g", kind="ACC") for axis in ACCELEROMETER]


def _stream(
    file: Path,
    name: str,
    data: NDArray[np.float64],
    rate: float,
    channels: Sequence[Channel],
    axis: Counted,
) -> ForeignStream:
    info = StreamInfo(name, rate, tuple(channels), "float32", f"file {file.name}")
    return ForeignStream(info, 0.0, axis.samples, lambda: axis.pieces(data.astype(np.float32)))


def _markers(
    column: NDArray[np.float64], rate: float, axis: Counted, author: str
) -> list[Annotation]:
    marked = np.flatnonzero(column[axis.rows])
    return [
        Annotation(at / rate, at / rate, f"marker {value:g}", source=Source.DEVICE, author=author)
        for at, value in zip(
            axis.places[marked].tolist(), column[axis.rows][marked].tolist(), strict=True
        )
    ]


def _channels(head: Sequence[str]) -> int:
    for line in head:
        if line.startswith("%Number of channels"):
            digits = line.partition("=")[2].strip()
            if digits.isdigit() and 0 < int(digits) <= 64:
                return int(digits)
    raise EmgError(
        "The header does not tell the number of channels.",
        "Expected is a line “%Number of channels = 8”, as the OpenBCI GUI writes it.",
    )


def _text_begins(head: Sequence[str], dialect: Dialect) -> int:
    """The first column that is no number: the time of day, with colons."""
    rows = (dialect.split(line) for line in head[dialect.skip :])
    return min(
        (k for row in rows for k, field in enumerate(row) if ":" in field), default=dialect.fields
    )


def _begin(exg: NDArray[np.float64], there: NDArray[np.bool_]) -> int:
    """Rows before the board spoke: the program fills them with zeros."""
    spoke = (exg != 0).any(axis=1) & there
    return int(np.argmax(spoke)) if spoke.any() else 0
