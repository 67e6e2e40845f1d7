"""Imports the analog channels of C3D files of motion laboratories, with the package c3d."""

from __future__ import annotations

import struct
import warnings
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from emgstudio.core.errors import EmgError
from emgstudio.core.extras import install_line
from emgstudio.core.types import Annotation, Channel, Source, StreamInfo
from emgstudio.storage.importers.foreign import Foreign, ForeignStream, unit_of
from emgstudio.storage.importers.imported import checked_rate

# What the package raises when a file is cut off or its numbers cannot be.
DAMAGE = (
    OSError, EOFError, ValueError, TypeError, LookupError, AttributeError, AssertionError,
    struct.error,
)  # fmt: skip


def read_c3d(file: Path) -> Foreign:
    """Analog channels in the file's units as one stream, events as labels; markers are left out.

    Raises EmgError without the package c3d (``emgstudio[c3d]``), when it is no such
    file, and when it holds no analog channels.
    """
    try:
        import c3d
    except ImportError as error:
        raise EmgError(
            "C3D files are read with the package c3d, which is not installed.",
            f"Install it with: {install_line('emgstudio[c3d]')}",
        ) from error
    try:
        # It warns of what it mends; nothing here is left unread for it.
        with warnings.catch_warnings(), file.open("rb") as opened:
            warnings.simplefilter("ignore")
            reader = c3d.Reader(opened)
            data = _analog(reader)
            names = [_text(label) for label in reader.analog_labels][: data.shape[1]]
            units = _strings(reader, "ANALOG:UNITS")
            rate, zero = float(reader.analog_rate), (reader.first_frame - 1) / reader.point_rate
            events = _events(reader, zero, file.name)
            markers = int(reader.point_used)
    except DAMAGE as error:
        raise EmgError(
            f'"{file.name}" cannot be read as a C3D file ({error}).',
            "It may be damaged; save it again in the program that made it.",
        ) from error
    if not data.size:
        raise EmgError(
            f'"{file.name}" holds no analog channels, only {markers} markers.',
            "Export it again with the analog channels.",
        )
    moving = np.asarray(data.any(axis=0))
    channels = tuple(
        Channel(
            name or f"analog {k + 1}",
            unit_of(units[k] if k < len(units) else ""),
            kind="EMG" if "EMG" in name.upper() else "MISC",
            used=bool(moving[k]),
        )
        for k, name in enumerate(names)
    )
    info = StreamInfo("analog", checked_rate(rate), channels, "float32", f"file {file.name}")
    remarks = [f"{markers} markers of the motion capture were left out."] if markers else []
    if not moving.all():
        remarks.append(
            f"{int((~moving).sum())} of {len(channels)} channels are zero throughout: "
            "they are kept and marked as not used."
        )
    stream = ForeignStream(info, 0.0, len(data), lambda: iter([data]))
    return Foreign([stream], events, remarks=remarks)


def _analog(reader: Any) -> NDArray[np.float32]:
    """``(n_samples, n_channels)`` in physical units."""
    parts = [analog.T for _, _, analog in reader.read_frames(copy=True) if analog.size]
    if not parts:
        return np.zeros((0, 0), np.float32)
    return np.concatenate(parts).astype(np.float32)


def _events(reader: Any, zero_s: float, author: str) -> list[Annotation]:
    """Labelled moments in seconds after the first frame, as Vicon and others store them."""
    times, labels = reader.get("EVENT:TIMES"), _strings(reader, "EVENT:LABELS")
    contexts = _strings(reader, "EVENT:CONTEXTS")
    if times is None or not labels:
        return []
    # Minutes and seconds of each event, one column in the file, one row here.
    table = np.asarray(times.float_array, float).reshape(-1, 2)
    found = []
    for k, (minutes, seconds) in enumerate(table[: len(labels)].tolist()):
        context = contexts[k] if k < len(contexts) else ""
        at = 60.0 * minutes + seconds - zero_s
        text = f"{context} {labels[k]}".strip()
        found.append(Annotation(at, at, text, source=Source.DEVICE, author=author))
    return found


def _strings(reader: Any, name: str) -> list[str]:
    parameter = reader.get(name)
    return [] if parameter is None else [_text(text) for text in parameter.string_array]


def _text(text: Any) -> str:
    return str(text).strip().strip("\0").strip()
