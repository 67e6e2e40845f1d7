"""How each sensor's streams are looked at: the filter of the clean view and the thresholds."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from emgstudio.core.errors import EmgError
from emgstudio.core.outbox import Outbox
from emgstudio.core.types import ConditionSpec, Level, StreamInfo
from emgstudio.dsp.conditioner import badge
from emgstudio.session.entry_file import EntryFile
from emgstudio.session.sensors import place_of
from emgstudio.storage.session_file import condition_from_json

FILE = "views.json"
Floats = NDArray[np.float64]


class ViewBook:
    """Kept in one file of the settings folder; an unreadable one counts as empty and is kept."""

    def __init__(self, folder: Path) -> None:
        self._file = EntryFile(folder / FILE, "sensors", "How this sensor is looked at")

    def condition(self, uri: str, stream: str) -> ConditionSpec | None:
        """The filter that a person left on; None where nobody ever changed it."""
        stored = self._entry(uri, stream).get("filter")
        if not isinstance(stored, dict):
            return None
        try:
            return condition_from_json(stored)
        except (TypeError, ValueError):
            return None

    def keep_condition(self, uri: str, stream: str, spec: ConditionSpec) -> None:
        """Begin with this filter the next time. Raises EmgError when it cannot be stored."""
        if self.condition(uri, stream) != spec:
            self._change(uri, stream, {"filter": asdict(spec)})

    def thresholds(self, uri: str, info: StreamInfo) -> Floats:
        """The threshold of each channel in its unit, NaN for none; known again by its name."""
        stored = self._entry(uri, info.name).get("thresholds")
        kept = stored if isinstance(stored, dict) else {}
        found = (_level(kept.get(c.name), c.unit) for c in info.channels)
        return np.array(list(found), np.float64)

    def keep_thresholds(self, uri: str, info: StreamInfo, levels: Floats) -> None:
        """Keep ``levels (channels,)``, NaN for none. Raises EmgError when they cannot be stored."""
        kept = {
            channel.name: {"level": float(level), "unit": channel.unit}
            for channel, level in zip(info.channels, levels, strict=True)
            if math.isfinite(level)
        }
        self._change(uri, info.name, {"thresholds": kept})

    def _entry(self, uri: str, stream: str) -> dict[str, Any]:
        entry = self._file.entry(place_of(uri)).get(stream)
        return entry if isinstance(entry, dict) else {}

    def _change(self, uri: str, stream: str, what: Mapping[str, Any]) -> None:
        streams = self._file.entry(place_of(uri))
        changed = {**streams, stream: {**self._entry(uri, stream), **what}}
        self._file.keep(place_of(uri), changed)


def _level(stored: object, unit: str) -> float:
    if not isinstance(stored, dict) or stored.get("unit") != unit:
        return math.nan
    level = stored.get("level")
    return float(level) if isinstance(level, int | float) and level > 0 else math.nan


def kept_condition(book: ViewBook, outbox: Outbox, uri: str, info: StreamInfo) -> ConditionSpec:
    """The filter that a stream begins with; one that a person left on or off is told."""
    usual = ConditionSpec()
    kept = book.condition(uri, info.name)
    if kept is None or kept == usual:
        return usual
    try:
        words = badge(kept, info.rate)
    except EmgError as error:
        outbox.notice(
            Level.WARNING,
            f"The filter that was kept for {info.name} of {info.device} cannot be used.",
            str(error),
            "filter",
        )
        return usual
    outbox.notice(
        Level.INFO,
        f"The filter of {info.name} of {info.device} is as you left it: {words}.",
        "It can be changed in Live; recordings keep the raw signal.",
        "filter",
    )
    return kept
