"""XDF files as LSL's recorder writes them; all streams in one file, labels as a marker stream.

Written after the published description of the format, version 1.0.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO
from xml.sax.saxutils import escape

import numpy as np

from emgstudio.core.types import MICROVOLT
from emgstudio.storage.exporters.content import Content, ExportStream
from emgstudio.storage.pyramid import Reports

_HEADER, _STREAM_HEADER, _SAMPLES, _CLOCK_OFFSET, _STREAM_FOOTER = 1, 2, 3, 4, 6
ROWS_AT_ONCE = 4096


def write_xdf(content: Content, file: Path, progress: Reports | None = None) -> list[str]:
    """Write every stream and the labels; returns what a person should know of the file.

    Samples are float32 in channel units, NaN where they were lost; the first
    sample of each chunk carries its time in seconds since the first stream began.
    """
    with file.open("xb") as out:
        out.write(b"XDF:")
        _chunk(out, _HEADER, _xml("<info><version>1.0</version></info>"))
        for number, stream in enumerate(content.streams, 1):
            _chunk(out, _STREAM_HEADER, _id(number) + _xml(_stream_header(content, stream)))
        markers = len(content.streams) + 1
        _chunk(out, _STREAM_HEADER, _id(markers) + _xml(_marker_header()))
        for number, stream in enumerate(content.streams, 1):
            _write_samples(out, number, content, stream, progress)
        _write_markers(out, markers, content)
    said = ["samples are 32 bit floating point numbers; label times are their starts"]
    if any(stream.holes for stream in content.streams):
        said.append("lost samples are written as NaN")
    return said


def _write_samples(
    out: BinaryIO, number: int, content: Content, stream: ExportStream, progress: Reports | None
) -> None:
    begin = stream.start_s - content.zero_s
    row = 0
    for block in stream.blocks(progress, f"Writing {stream.name}"):
        for rows in _parts(block):
            time = struct.pack("<d", begin + row / stream.rate)
            first = b"\x08" + time + rows[:1].astype("<f4").tobytes()
            width = rows.shape[1] * 4
            rest = np.zeros((len(rows) - 1, width + 1), np.uint8)
            rest[:, 1:] = rows[1:].astype("<f4").view(np.uint8).reshape(len(rows) - 1, width)
            body = _id(number) + _count(len(rows)) + first + rest.tobytes()
            _chunk(out, _SAMPLES, body)
            row += len(rows)
    last = begin + max(0, row - 1) / stream.rate
    _end(out, number, begin, last, row)


def _write_markers(out: BinaryIO, number: int, content: Content) -> None:
    labels = content.annotations
    body = b"".join(
        b"\x08"
        + struct.pack("<d", label.start)
        + _string(_marker_text(label.label, label.duration))
        for label in labels
    )
    if labels:
        _chunk(out, _SAMPLES, _id(number) + _count(len(labels)) + body)
    first, last = (labels[0].start, labels[-1].start) if labels else (0.0, 0.0)
    _end(out, number, first, last, len(labels))


def _marker_text(label: str, duration: float) -> str:
    return f"{label} ({duration:.9g} s)" if duration > 0 else label


def _parts(block: np.ndarray) -> Iterator[np.ndarray]:
    for start in range(0, len(block), ROWS_AT_ONCE):
        yield np.ascontiguousarray(block[start : start + ROWS_AT_ONCE])


def _stream_header(content: Content, stream: ExportStream) -> str:
    about = content.about
    channels = "".join(
        f"<channel><label>{escape(c.name)}</label><unit>{_unit(c.unit)}</unit>"
        f"<type>{escape(c.kind)}</type></channel>"
        for c in stream.info.channels
    )
    return (
        f"<?xml version='1.0'?><info><name>{escape(stream.name)}</name>"
        f"<type>{escape(stream.info.channels[0].kind)}</type>"
        f"<channel_count>{stream.info.n_channels}</channel_count>"
        f"<nominal_srate>{stream.rate:.10g}</nominal_srate>"
        f"<channel_format>float32</channel_format>"
        f"<source_id>{escape(about.serials[stream.name])}</source_id><desc>"
        f"<manufacturer>{escape(about.devices[stream.name])}</manufacturer>"
        f"<conditioning>{escape(stream.recipe)}</conditioning>"
        f"<channels>{channels}</channels></desc></info>"
    )


def _marker_header() -> str:
    return (
        "<?xml version='1.0'?><info><name>labels</name><type>Markers</type>"
        "<channel_count>1</channel_count><nominal_srate>0</nominal_srate>"
        "<channel_format>string</channel_format><source_id></source_id><desc></desc></info>"
    )


def _end(out: BinaryIO, number: int, first: float, last: float, count: int) -> None:
    # All streams are on one clock already; readers expect it to be said.
    for moment in (first, last):
        _chunk(out, _CLOCK_OFFSET, _id(number) + struct.pack("<dd", moment, 0.0))
    _chunk(out, _STREAM_FOOTER, _id(number) + _xml(_footer(first, last, count)))


def _footer(first: float, last: float, count: int) -> str:
    return (
        f"<?xml version='1.0'?><info><first_timestamp>{first:.9f}</first_timestamp>"
        f"<last_timestamp>{last:.9f}</last_timestamp><sample_count>{count}</sample_count></info>"
    )


def _unit(unit: str) -> str:
    return "microvolts" if unit == MICROVOLT else escape(unit)


def _chunk(out: BinaryIO, tag: int, body: bytes) -> None:
    content = struct.pack("<H", tag) + body
    out.write(_count(len(content)) + content)


def _count(value: int) -> bytes:
    """A number with its own length in front, 1, 4 or 8 bytes."""
    if value < 0x100:
        return struct.pack("<BB", 1, value)
    if value < 0x1_0000_0000:
        return struct.pack("<BI", 4, value)
    return struct.pack("<BQ", 8, value)


def _string(text: str) -> bytes:
    raw = text.encode()
    return _count(len(raw)) + raw


def _id(number: int) -> bytes:
    return struct.pack("<I", number)


def _xml(text: str) -> bytes:
    return text.encode()
