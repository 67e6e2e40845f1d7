"""What a person asks an export for, and what they are told when it is done."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path

from emgstudio.core.types import ConditionSpec


class ExportView(StrEnum):
    """Which signal leaves: as the device gave it, or as it is seen."""

    RAW = "raw"
    CONDITIONED = "conditioned"
    ENVELOPE = "envelope"


@dataclass(frozen=True, slots=True)
class ExportRequest:
    """``format`` is a key of :data:`FORMATS`; an empty ``streams`` means all of them.

    ``start_s`` and ``stop_s`` cut a span of recording time. ``condition`` is used
    for views other than raw, the stream's own filter without it. ``subject`` is
    the pseudonym to write, "01" if empty. ``texts`` lets label texts and notes out that are not
    in ``known_labels``; a text may hold a name, so it is off unless a person
    switches it on. ``identified`` leaves dates, serial numbers and the author. ``hed`` are
    pairs of a label and its HED string, for BIDS.
    """

    format: str
    streams: tuple[str, ...] = ()
    view: ExportView = ExportView.RAW
    condition: ConditionSpec | None = None
    envelope_s: float = 0.1
    start_s: float | None = None
    stop_s: float | None = None
    subject: str = ""
    task: str = ""
    identified: bool = False
    texts: bool = False
    known_labels: frozenset[str] = frozenset()
    mains_hz: float | None = None
    hed: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class ExportReport:
    """``files`` that were made, what was ``removed`` for privacy, and what to know of them."""

    folder: Path
    files: tuple[Path, ...]
    removed: tuple[str, ...] = ()
    remarks: tuple[str, ...] = ()
    recipe: Mapping[str, str] = field(default_factory=dict)
