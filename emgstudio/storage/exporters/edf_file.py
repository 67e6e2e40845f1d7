"""Writes EDF+ and BDF+ files record by record, in constant memory.

After Kemp et al. 2003 (EDF+) and Biosemi's 24 bit variant. Why not edfio:
docs/decisions/0010-own-edf-writer.md.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import BinaryIO

import numpy as np
from numpy.typing import NDArray

MONTHS = ("JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC")
# The clock of the format's own library ticks at 100 ns.
TICK = Decimal("0.0000001")
# What the header says where no date may be known.
NO_DATE = "01.01.85"


@dataclass(frozen=True, slots=True)
class Signal:
    """One column: ``end`` is the physical value of the largest digital one, in ``unit``."""

    label: str
    unit: str
    end: str
    prefiltering: str


@dataclass(frozen=True, slots=True)
class Tal:
    """A time-stamped annotation; seconds since the file began, no duration for an event."""

    onset_s: float
    duration_s: float | None
    text: str


@dataclass(frozen=True, slots=True)
class Head:
    """What the file says of itself; text in ASCII without spaces. No ``started``, no date."""

    subject: str
    equipment: str
    started: datetime | None


class EdfFile:
    """Writes ``count`` records of ``samples`` values per signal and ``duration`` seconds each."""

    def __init__(
        self,
        out: BinaryIO,
        head: Head,
        signals: Sequence[Signal],
        tals: Sequence[Tal],
        *,
        bits: int,
        samples: int,
        duration: Decimal,
        count: int,
    ) -> None:
        self._out = out
        self._bits = bits
        self._samples = samples
        self._duration = duration
        self._signals = tuple(signals)
        self._texts = _spread([_encoded(tal) for tal in tals], count)
        widest = max(
            (len(_clock(k, duration)) + len(text) for k, text in enumerate(self._texts)), default=0
        )
        size = bits // 8
        self._annotation_samples = max(4, -(-widest // size))
        self._written = 0
        out.write(self._header(head, count))

    @property
    def top(self) -> int:
        """The largest digital value; the smallest is its negative."""
        return int(2 ** (self._bits - 1) - 1)

    def write(self, digital: NDArray[np.int64]) -> None:
        """The next record: ``(samples, signals)``."""
        if digital.shape != (self._samples, len(self._signals)):
            raise ValueError(f"a record of shape {digital.shape}")
        values = np.ascontiguousarray(digital.T.astype("<i4" if self._bits == 24 else "<i2"))
        raw = values.view(np.uint8).reshape(-1, 4 if self._bits == 24 else 2)
        self._out.write(raw[:, : self._bits // 8].tobytes())
        notes = _clock(self._written, self._duration) + self._texts[self._written]
        self._out.write(notes.ljust(self._annotation_samples * self._bits // 8, b"\0"))
        self._written += 1

    def _header(self, head: Head, count: int) -> bytes:
        kind = "BDF" if self._bits == 24 else "EDF"
        version = b"\xffBIOSEMI" if self._bits == 24 else b"0       "
        begin = head.started
        day = f"{begin.day:02}-{MONTHS[begin.month - 1]}-{begin.year}" if begin else "X"
        stamp = begin.strftime("%d.%m.%y%H.%M.%S") if begin else f"{NO_DATE}00.00.00"
        number = len(self._signals) + 1
        first = "".join(
            (
                _fixed(f"{head.subject or 'X'} X X X", 80),
                _fixed(f"Startdate {day} X X {head.equipment or 'X'}", 80),
                stamp,
                f"{256 * (number + 1):<8}",
                _fixed(f"{kind}+C", 44),
                f"{count:<8}",
                _fixed(str(self._duration), 8),
                f"{number:<4}",
            )
        )
        ends = [signal.end for signal in self._signals]
        lowest, top = -self.top - 1, self.top
        columns = (
            ([s.label for s in self._signals], f"{kind} Annotations", 16),
            ([""] * len(ends), "", 80),
            ([s.unit for s in self._signals], "", 8),
            ([f"-{end}" for end in ends], "-1", 8),
            (ends, "1", 8),
            ([str(-top)] * len(ends), str(lowest), 8),
            ([str(top)] * len(ends), str(top), 8),
            ([s.prefiltering for s in self._signals], "", 80),
            ([str(self._samples)] * len(ends), str(self._annotation_samples), 8),
            ([""] * len(ends), "", 32),
        )
        rest = "".join(
            "".join(_fixed(text, width) for text in [*texts, last])
            for texts, last, width in columns
        )
        return version + (first + rest).encode("ascii")


def _fixed(text: str, width: int) -> str:
    return text[:width].ljust(width)


def _clock(record: int, duration: Decimal) -> bytes:
    return f"+{_decimal(record * duration)}\x14\x14\0".encode()


def _encoded(tal: Tal) -> bytes:
    onset = Decimal(repr(tal.onset_s)).quantize(TICK)
    sign = "-" if onset < 0 else "+"
    length = "" if tal.duration_s is None else f"\x15{_decimal(Decimal(repr(tal.duration_s)))}"
    text = "".join(c if c >= " " and c != "\x7f" else " " for c in tal.text)
    return f"{sign}{_decimal(abs(onset))}{length}\x14{text}\x14\0".encode()


def _decimal(value: Decimal) -> str:
    text = f"{value.quantize(TICK):f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def _spread(texts: Sequence[bytes], count: int) -> list[bytes]:
    """The texts in order over ``count`` records, none of them much fuller than needed."""
    lengths = [len(text) for text in texts]
    room = max([*lengths, -(-sum(lengths) // max(1, count))], default=0)
    while True:
        records = [b""]
        for text in texts:
            if len(records[-1]) + len(text) > room:
                records.append(b"")
            records[-1] += text
        if len(records) <= count:
            return records + [b""] * (count - len(records))
        room += room // 4 + 1
