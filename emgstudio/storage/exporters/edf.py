"""EDF+ and BDF+ files, one for each stream.

Samples become whole numbers of 16 or 24 bits; holes are filled with zeros and
marked ``BAD_gap``, since few programs read the discontinuous variants.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from emgstudio.core.errors import EmgError
from emgstudio.core.types import MICROVOLT, Annotation
from emgstudio.storage.exporters.content import Content, ExportStream
from emgstudio.storage.exporters.edf_file import EdfFile, Head, Signal, Tal
from emgstudio.storage.pyramid import Reports

PADDING = "BAD_padding"
LABEL_LENGTH = 16
# The header has 8 characters for a number; one is kept for the sign of the lower end.
NUMBER_LENGTH = 7
# A record is at most this long, so that a reader's buffer holds it (EDF+ asks for 61 440 bytes).
RECORD_BYTES = 61_440
_ASCII = str.maketrans({"µ": "u", "μ": "u", "°": "deg", "Ω": "Ohm", "²": "2", "–": "-", "′": "'"})
_TO_MICROVOLT = {"V": 1e6, "mV": 1e3, "nV": 1e-3, MICROVOLT: 1.0}


@dataclass(frozen=True, slots=True)
class Records:
    """``samples`` of each channel in a record of ``duration``; ``rate`` is what a reader sees."""

    samples: int
    duration: Decimal

    @property
    def rate(self) -> float:
        return self.samples / float(self.duration)


def records_for(rate: float, channels: int, bits: int) -> Records:
    """The record whose length, in 8 characters, comes nearest to whole samples at ``rate`` Hz."""
    most = max(1, min(round(rate), RECORD_BYTES // (channels * bits // 8)))
    least = max(1, most // 10)
    choices = [_record(samples, rate) for samples in range(most, least - 1, -1)]
    return min(choices, key=lambda r: (round(abs(r.rate / rate - 1), 10), -r.samples))


def _record(samples: int, rate: float) -> Records:
    text = f"{samples / rate:.6f}"[:8].rstrip("0").rstrip(".")
    return Records(samples, Decimal(text or "0") or Decimal("0.000001"))


def write_edf(
    content: Content, stream: ExportStream, file: Path, bits: int, progress: Reports | None = None
) -> list[str]:
    """Write one stream with its labels; returns what a person should know of the file.

    ``bits`` is 16 (EDF+) or 24 (BDF+). Raises EmgError when the format cannot
    hold the stream.
    """
    records = records_for(stream.rate, stream.info.n_channels, bits)
    count = -(-stream.samples // records.samples)
    factors = np.array([_TO_MICROVOLT.get(c.unit, 1.0) for c in stream.info.channels])
    ends = [_range_end(value) for value in _largest(stream, progress) * factors]
    padding = count * records.samples - stream.samples
    with file.open("xb") as out:
        edf = EdfFile(
            out,
            _head(content, stream),
            [
                Signal(name, _unit(channel.unit), end, _prefiltering(stream))
                for name, channel, end in zip(
                    signal_labels(stream), stream.info.channels, ends, strict=True
                )
            ],
            [_tal(label) for label in (*content.of_stream(stream), *_padding(stream, padding))],
            bits=bits,
            samples=records.samples,
            duration=records.duration,
            count=count,
        )
        steps = factors * edf.top / np.array([float(end) for end in ends])
        rest = np.empty((0, stream.info.n_channels), np.int64)
        for block in stream.blocks(progress, f"Writing {file.name}"):
            digital = np.nan_to_num(np.rint(block * steps)).astype(np.int64)
            rest = _write_whole(edf, np.concatenate([rest, digital]), records.samples)
        if padding:
            _write_whole(edf, np.pad(rest, ((0, padding), (0, 0))), records.samples)
    return _remarks(stream, records, [float(end) / edf.top for end in ends], padding)


def _write_whole(edf: EdfFile, digital: NDArray[np.int64], samples: int) -> NDArray[np.int64]:
    """Write the whole records of ``digital`` and return what is left over."""
    whole = len(digital) // samples * samples
    for start in range(0, whole, samples):
        edf.write(digital[start : start + samples])
    return digital[whole:]


def _head(content: Content, stream: ExportStream) -> Head:
    about = content.about
    begin = about.created + timedelta(seconds=stream.start_s)
    return Head(
        _plain(about.subject),
        _plain(about.devices[stream.name]),
        # The header has no time zone: it is meant to tell the time of the place.
        begin.astimezone() if content.request.identified else None,
    )


def _padding(stream: ExportStream, samples: int) -> list[Annotation]:
    end = stream.samples / stream.rate
    return [Annotation(end, end + samples / stream.rate, PADDING)] if samples else []


def signal_labels(stream: ExportStream) -> list[str]:
    """ASCII names of at most 16 characters, each once."""
    taken: list[str] = []
    for number, channel in enumerate(stream.info.channels, 1):
        name = ascii_text(channel.name)[:LABEL_LENGTH].strip() or f"ch {number}"
        if name in taken:
            ending = f" {number}"
            name = name[: LABEL_LENGTH - len(ending)] + ending
        taken.append(name)
    return taken


def ascii_text(text: str) -> str:
    """Text with the field's signs spelled in ASCII, others left out."""
    return text.translate(_ASCII).encode("ascii", "ignore").decode()


def _largest(stream: ExportStream, progress: Reports | None) -> NDArray[np.float64]:
    """The largest magnitude of each channel."""
    largest = np.zeros(stream.info.n_channels)
    for block in stream.blocks(progress, "Looking for the range"):
        there = block[np.isfinite(block).all(axis=1)]
        if len(there):
            np.maximum(largest, np.abs(there).max(axis=0), out=largest)
    if not np.isfinite(largest).all():
        raise EmgError(f"“{stream.name}” holds numbers that are not finite.", "Export it as NPZ.")
    return largest


def _range_end(largest: float) -> str:
    """The smallest number of seven characters that is not below ``largest``."""
    if largest <= 0:
        return "1"
    for decimals in range(5, -1, -1):
        step = 10.0**-decimals
        text = f"{np.ceil(largest / step) * step:.{decimals}f}"
        if len(text) <= NUMBER_LENGTH and float(text) >= largest:
            return text
    raise EmgError(
        f"A value of {largest:g} is too large for an EDF or BDF header.", "Export it as NPZ."
    )


def _unit(unit: str) -> str:
    return "uV" if unit in _TO_MICROVOLT else ascii_text(unit)[:8]


def _plain(text: str) -> str:
    """A word for a header field: no spaces."""
    return ascii_text(text).strip().replace(" ", "_")[:40]


def _prefiltering(stream: ExportStream) -> str:
    done = stream.condition
    if done is None:
        return "none (raw)"
    parts = []
    if done.low_hz:
        parts.append(f"HP:{done.low_hz:g}Hz")
    if done.high_hz:
        parts.append(f"LP:{done.high_hz:g}Hz")
    if done.notch_hz:
        parts.append(f"N:{done.notch_hz:g}Hz")
    return " ".join(parts) or "none"


def _tal(label: Annotation) -> Tal:
    duration = None if label.is_event else label.duration
    return Tal(label.start, duration, label.label)


def _remarks(
    stream: ExportStream, records: Records, steps: Sequence[float], padding: int
) -> list[str]:
    worst = int(np.argmax(steps))
    said = [
        f"{stream.name}: values in steps of {steps[worst]:.3g} "
        f"{_unit(stream.info.channels[worst].unit)} or finer, {records.rate:.7g} Hz"
    ]
    if padding:
        said.append(f"{stream.name}: the last {padding} samples are padding, marked {PADDING}")
    if stream.holes:
        lost = sum(hole.stop - hole.start for hole in stream.holes)
        said.append(f"{stream.name}: {lost} lost samples are written as 0, marked BAD_gap")
    return said
