"""Reference levels that make µV comparable: who reached what, how, and with which window.

CEDE's amplitude-normalisation matrix (Besomi et al. 2020, J. Electromyogr. Kinesiol. 53,
102438) asks for the method of every normalised number: here it is a part of the value.
"""

from __future__ import annotations

import logging
import math
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from enum import StrEnum
from pathlib import Path
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from emgstudio.core.errors import EmgError
from emgstudio.core.types import StreamInfo
from emgstudio.dsp.levels import rms_recipe
from emgstudio.session.entry_file import EntryFile
from emgstudio.session.sensors import place_of

log = logging.getLogger(__name__)

FILE = "references.json"
WINDOW_S = 0.5
ABOVE_PERCENT = 105.0
ABOVE_FOR_S = 0.5

Floats = NDArray[np.float64]


class Method(StrEnum):
    """What the person did to reach the value."""

    MVC = "mvc"
    SUBMAXIMAL = "submaximal"
    BEST_OF_TODAY = "best_of_today"

    @property
    def words(self) -> str:
        """What a person chooses."""
        return _TITLES[self]

    @property
    def percent_name(self) -> str:
        """What a share of it is called; only that of a maximum is %MVC."""
        return _PERCENT_NAMES[self]


_TITLES = {
    Method.MVC: "Maximum (MVC)",
    Method.SUBMAXIMAL: "Reference effort",
    Method.BEST_OF_TODAY: "Best of today",
}
_PERCENT_NAMES = {
    Method.MVC: "%MVC",
    Method.SUBMAXIMAL: "% of reference effort",
    Method.BEST_OF_TODAY: "% of today's best",
}


@dataclass(frozen=True, slots=True)
class Reference:
    """The reference level of one channel: the largest RMS over ``window_s`` in ``unit``.

    ``time`` is UTC in ISO 8601. ``quality`` holds what was wrong with a trial that was
    used anyway (codes of ``reference_trial.PROBLEMS``); empty is good. ``condition``
    says the filter, ``trials`` are the values of the trials that were used.
    """

    channel: str
    value: float
    unit: str
    window_s: float
    method: Method
    time: str
    quality: tuple[str, ...] = ()
    condition: str = ""
    trials: tuple[float, ...] = ()

    @property
    def recipe(self) -> str:
        """How the number was made, for reports."""
        return f"{self.method.words}, {rms_recipe(self.window_s, self.condition or 'no filter')}"


def check_comparable(references: Iterable[Reference]) -> None:
    """EmgError unless all have one window and one method: others are biased differently.

    The largest RMS of steady effort lies 56, 38, 21, 13 and 8 % too high for windows of
    50, 100, 250, 500 and 1000 ms.
    """
    found = list(references)
    windows = sorted({reference.window_s for reference in found})
    if len(windows) > 1:
        text = " and ".join(f"{window * 1000:g}" for window in windows)
        raise EmgError(
            f"These references were taken with different windows ({text} ms).",
            "Take them again with one window; their values must not be mixed.",
        )
    methods = {reference.method for reference in found}
    if len(methods) > 1:
        text = " and ".join(sorted(method.words for method in methods))
        raise EmgError(
            f"These references were taken in different ways ({text}).",
            "Take them again in one way; their values must not be mixed.",
        )


def reference_values(references: Sequence[Reference | None]) -> Floats:
    """Their values per channel, NaN where there is none."""
    return np.array([math.nan if r is None else r.value for r in references])


def percent(values: Floats, references: Sequence[Reference | None]) -> Floats:
    """``values (..., channels)`` in % of each channel's reference; NaN without one.

    Not limited at 100 and nothing subtracted: a rest level taken away would change what
    published thresholds mean.
    """
    return np.asarray(100.0 * values / reference_values(references))


def percent_name(references: Sequence[Reference | None]) -> str:
    """What the percentages of these channels are called; plain "%" where methods differ."""
    names = {r.method.percent_name for r in references if r is not None}
    return names.pop() if len(names) == 1 else "%"


class AboveReference:
    """Tells when effort stays above the reference: then that was not the maximum."""

    def __init__(self) -> None:
        self._since: float | None = None

    def update(self, level_percent: float, now: float) -> bool:
        """``level_percent`` of a 500 ms RMS at ``now`` seconds; True from 0.5 s above 105 % on."""
        if not level_percent > ABOVE_PERCENT:
            self._since = None
            return False
        self._since = now if self._since is None else self._since
        return now - self._since >= ABOVE_FOR_S


class ReferenceBook:
    """References per sensor, stream and channel name, in one file of the settings folder.

    An unreadable file counts as empty and is kept beside.
    """

    def __init__(self, folder: Path) -> None:
        self._file = EntryFile(folder / FILE, "sensors", "The reference")

    def of(self, uri: str, info: StreamInfo) -> tuple[Reference | None, ...]:
        """One entry per channel; None without a reference in the channel's unit."""
        stored = self._streams(uri).get(info.name)
        entries = stored if isinstance(stored, dict) else {}
        found = (_reference(c.name, entries.get(c.name)) for c in info.channels)
        return tuple(
            None if r is None or r.unit != c.unit else r
            for r, c in zip(found, info.channels, strict=True)
        )

    def store(self, uri: str, info: StreamInfo, references: Sequence[Reference]) -> None:
        """Keep these; older ones of the same channels are replaced.

        EmgError when the windows of the stream's channels would be mixed, or when it
        cannot be saved.
        """
        names = {reference.channel for reference in references}
        kept = [r for r in self.of(uri, info) if r is not None and r.channel not in names]
        by_window = {r.window_s: r for r in (*kept, *references)}
        if len(by_window) > 1:
            check_comparable(by_window.values())
        stored = self._streams(uri).get(info.name)
        entries = dict(stored) if isinstance(stored, dict) else {}
        entries |= {reference.channel: asdict(reference) for reference in references}
        self._save(uri, info.name, entries)

    def forget(self, uri: str, info: StreamInfo) -> None:
        """No channel of this stream has a reference any more."""
        self._save(uri, info.name, {})

    def _streams(self, uri: str) -> dict[str, Any]:
        return self._file.entry(place_of(uri))

    def _save(self, uri: str, stream: str, entries: dict[str, Any]) -> None:
        self._file.keep(place_of(uri), {**self._streams(uri), stream: entries})


class _Device(Protocol):
    @property
    def uri(self) -> str: ...
    @property
    def streams(self) -> Sequence[Any]: ...


def recorded_references(book: ReferenceBook, devices: Iterable[_Device]) -> dict[str, Any]:
    """What a recording keeps of the references of all streams; empty without any."""
    kept = [
        {"stream": stream.info.name, "device": stream.info.device, **asdict(reference)}
        for device in devices
        for stream in device.streams
        for reference in book.of(device.uri, stream.info)
        if reference is not None
    ]
    return {"references": kept} if kept else {}


def taken(reference: Reference, now: datetime) -> str:
    """When it was taken, in words; electrodes put on anew need a new one."""
    then = datetime.fromisoformat(reference.time).astimezone(now.tzinfo)
    days = (now.date() - then.date()).days
    if days == 0:
        return f"today {then:%H:%M}"
    return "yesterday" if days == 1 else f"{days} days ago"


def _reference(channel: str, stored: object) -> Reference | None:
    if not isinstance(stored, dict):
        return None
    try:
        value, window_s = float(stored["value"]), float(stored["window_s"])
        if not (0.0 < value < math.inf and 0.0 < window_s < math.inf):
            return None
        datetime.fromisoformat(stored["time"])
        return Reference(
            channel,
            value,
            str(stored["unit"]),
            window_s,
            Method(stored["method"]),
            stored["time"],
            tuple(map(str, stored.get("quality", ()))),
            str(stored.get("condition", "")),
            tuple(map(float, stored.get("trials", ()))),
        )
    except (KeyError, TypeError, ValueError) as error:
        log.info("a reference of %s is not readable: %r", channel, error)
        return None
