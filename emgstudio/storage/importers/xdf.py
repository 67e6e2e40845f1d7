"""Imports XDF files as LSL's recorder writes them; string streams become labels."""

from __future__ import annotations

import contextlib
import io
import re
import struct
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from emgstudio.core.errors import EmgError
from emgstudio.core.types import Annotation, Channel, Samples, SampleType, Source, StreamInfo
from emgstudio.storage.importers.foreign import Foreign, ForeignStream, unit_of

_TYPES: dict[str, SampleType] = {"int8": "int16", "int16": "int16", "int32": "int32"}
_LASTING = re.compile(r"(.+) \(([0-9.]+(?:e-?[0-9]+)?) s\)$")
_UNITS = {"microvolts": "uV", "microvolt": "uV", "millivolts": "mV", "volts": "V"}
# What the library lets out when bytes are not as they should be (ParseError is a SyntaxError).
_DAMAGES = (
    OSError, ValueError, LookupError, EOFError, AttributeError, TypeError, SyntaxError,
    MemoryError, OverflowError, struct.error,
)  # fmt: skip
# A measured rate farther from the nominal one comes from a broken clock.
CREDIBLE = 0.02
# A pause of more than so many sample periods is a hole, shorter ones are jitter.
HOLE_SAMPLES = 4


def read_xdf(file: Path) -> Foreign:
    """What ``file`` holds, on the clock of the computer that recorded it.

    Raises EmgError when it is no XDF file or holds no samples.
    """
    streams = _load(file)
    signals = [s for s in streams if _count(s) and not _is_text(s) and _rate(s) > 0]
    texts = [s for s in streams if _count(s) and _is_text(s)]
    begins = [float(s["time_stamps"][0]) for s in (*signals, *texts)]
    zero = min(begins, default=0.0)
    remarks = []
    loose = [s for s in streams if _count(s) and not _is_text(s) and _rate(s) <= 0]
    if loose:
        names = ", ".join(_text(s, "name") for s in loose)
        remarks.append(f"Left out, because they have no sampling rate: {names}.")
    empty = sum(not _count(s) for s in streams)
    if empty:
        remarks.append(f"{empty} streams of the file are empty.")
    labels = [
        _label(str(row[0]), float(time) - zero, _text(stream, "name"))
        for stream in texts
        for time, row in zip(stream["time_stamps"], stream["time_series"], strict=True)
        if str(row[0]).strip()
    ]
    return Foreign([_stream(s, zero, file, remarks) for s in signals], labels, {}, remarks)


def _label(text: str, start: float, track: str) -> Annotation:
    """A marker; our own exporter writes how long a label lasts behind its text."""
    lasting = _LASTING.match(text)
    if lasting is None:
        return Annotation(start, start, text, track or "markers", Source.DEVICE)
    stop = start + float(lasting.group(2))
    return Annotation(start, stop, lasting.group(1), track or "markers", Source.DEVICE)


def _load(file: Path) -> list[dict[str, Any]]:
    import pyxdf

    try:
        # The library prints what it finds; a person reads our remarks instead.
        with contextlib.redirect_stdout(io.StringIO()), file.open("rb") as opened:
            streams, _ = pyxdf.load_xdf(opened, dejitter_timestamps=True)
    except _DAMAGES as error:
        raise EmgError(
            f'"{file.name}" cannot be read as XDF ({error}).',
            "It may be damaged or of another kind.",
        ) from error
    return list(streams)


def _stream(
    stream: Mapping[str, Any], zero: float, file: Path, remarks: list[str]
) -> ForeignStream:
    data = np.asarray(stream["time_series"])
    times = np.asarray(stream["time_stamps"], float)
    there = np.asarray(np.isfinite(data).all(axis=1))
    rate = _rate(stream)
    dtype = _TYPES.get(_text(stream, "channel_format"), "float32")
    places = _places(times, rate)
    if there.any():
        # Nothing is known before the first sample.
        first = int(np.argmax(there))
        data, times, places = data[first:], times[first:], places[first:] - places[first]
        there = there[first:]
    else:
        # A channel that never gave a number is no reason to lose the others.
        there[:] = True
    kind = _text(stream, "type") or "EMG"
    info = StreamInfo(
        _text(stream, "name") or "stream",
        rate,
        tuple(
            Channel(name, unit, kind="EMG" if kind.upper() in ("EMG", "EXG") else kind)
            for name, unit in _channels(stream, data.shape[1])
        ),
        dtype,
        f"file {file.name}",
    )

    def pieces() -> Iterator[Samples | int]:
        kept, at = places[there], 0
        breaks = np.flatnonzero(np.diff(kept) != 1) + 1
        for part, where in zip(np.split(data[there], breaks), np.split(kept, breaks), strict=True):
            if len(where) and where[0] > at:
                yield int(where[0]) - at
            yield part.astype(dtype)
            at = int(where[-1]) + 1 if len(where) else at

    remarks += _remarks(info, places[there], stream)
    return ForeignStream(info, float(times[0]) - zero, int(places[-1]) + 1, pieces)


def _remarks(info: StreamInfo, places: NDArray[np.int64], stream: Mapping[str, Any]) -> list[str]:
    """What is missing in a stream, and whose clock was not believed."""
    said = []
    steps = np.diff(places)
    if lost := int((steps - 1).sum()):
        holes = int((steps > 1).sum())
        where = "1 place" if holes == 1 else f"{holes} places"
        said.append(
            f"“{info.name}” lacks {lost} samples in {where}, {lost / info.rate:.3g} s in all; "
            "they are kept as lost."
        )
    measured = float(stream["info"].get("effective_srate") or 0.0)
    if measured > 0 and measured != info.rate:
        said.append(
            f"The time stamps of “{info.name}” tell {measured:.4g} Hz; "
            f"the {info.rate:g} Hz that its head tells were taken."
        )
    return said


def _places(times: NDArray[np.float64], rate: float) -> NDArray[np.int64]:
    """The sample number of each row: consecutive, but for holes at their true length."""
    steps = np.diff(times) * rate
    steps = np.where(steps > HOLE_SAMPLES, np.rint(steps), 1.0)
    return np.concatenate([[0], np.cumsum(steps)]).astype(np.int64)


def _channels(stream: Mapping[str, Any], count: int) -> list[tuple[str, str]]:
    try:
        found = stream["info"]["desc"][0]["channels"][0]["channel"]
        named = [(_first(c, "label"), _first(c, "unit")) for c in found]
    except (KeyError, IndexError, TypeError):
        named = []
    if len(named) != count:
        named = [("", "")] * count
    names: list[tuple[str, str]] = []
    for number, (label, unit) in enumerate(named, 1):
        taken = {name for name, _ in names}
        name = label if label and label not in taken else f"{label or 'channel'} {number}"
        names.append((name, unit_of(_UNITS.get(unit.lower(), unit))))
    return names


def _first(entry: Mapping[str, Any], key: str) -> str:
    value = entry.get(key) or [""]
    return str(value[0] or "")


def _text(stream: Mapping[str, Any], key: str) -> str:
    return _first(stream["info"], key)


def _count(stream: Mapping[str, Any]) -> int:
    return len(stream["time_stamps"])


def _rate(stream: Mapping[str, Any]) -> float:
    measured = stream["info"].get("effective_srate") or 0.0
    nominal = float(_text(stream, "nominal_srate") or 0.0)
    near = nominal > 0 and abs(float(measured) / nominal - 1) < CREDIBLE
    return float(measured) if near else nominal


def _is_text(stream: Mapping[str, Any]) -> bool:
    return _text(stream, "channel_format") == "string"
