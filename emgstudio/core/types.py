"""The frozen values that cross rooms and threads.

Sample arrays are always ``(n_samples, n_channels)``. Raw samples are the
device's own numbers; ``StreamInfo.to_physical`` turns them into channel units.
"""

from __future__ import annotations

import uuid
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

Samples = NDArray[Any]
FloatSamples = NDArray[np.float32]
Mask = NDArray[np.bool_]

MICROVOLT = "µV"
ARBITRARY_UNIT = "a.u."

SampleType = Literal["int16", "int32", "float32"]


@dataclass(frozen=True, slots=True)
class Channel:
    """One column of a stream: ``physical = raw * scale + offset`` in ``unit``.

    ``rails`` are the smallest and largest raw number the converter can give,
    so that clipping can be seen; None where the maker does not say. A channel
    that is not ``used`` is recorded like all others, but a person looks past it.
    """

    name: str
    unit: str = MICROVOLT
    scale: float = 1.0
    offset: float = 0.0
    kind: str = "EMG"
    site: str = ""
    side: str = ""
    rails: tuple[float, float] | None = None
    used: bool = True


@dataclass(frozen=True, slots=True)
class StreamInfo:
    """What a stream is, fixed from connect to disconnect. ``rate`` in Hz."""

    name: str
    rate: float
    channels: tuple[Channel, ...]
    dtype: SampleType
    device: str
    device_id: str = ""
    simulated: bool = False

    @property
    def n_channels(self) -> int:
        return len(self.channels)

    @property
    def used_columns(self) -> tuple[int, ...]:
        """The columns that a person does not look past, in order."""
        return tuple(k for k, channel in enumerate(self.channels) if channel.used)

    @property
    def scale(self) -> NDArray[np.float32]:
        return np.array([c.scale for c in self.channels], np.float32)

    @property
    def offset(self) -> NDArray[np.float32]:
        return np.array([c.offset for c in self.channels], np.float32)

    def to_physical(self, raw: Samples, valid: Mask | None = None) -> FloatSamples:
        """Raw ``(n, channels)`` in channel units; rows that are not valid become NaN."""
        out = raw.astype(np.float32)
        out *= self.scale
        out += self.offset
        if valid is not None and not valid.all():
            out[~valid] = np.nan
        return out


@dataclass(frozen=True, slots=True)
class SampleBlock:
    """Consecutive raw samples of one stream; ``first`` counts since the stream began."""

    stream: str
    first: int
    data: Samples


@dataclass(frozen=True, slots=True)
class Gap:
    """``count`` samples from index ``at`` that the device lost; never closed up."""

    stream: str
    at: int
    count: int
    estimated: bool = False


@dataclass(frozen=True, slots=True)
class Reading:
    """A slow value beside the streams: battery in %, impedance in kΩ, signal strength in dBm."""

    key: str
    value: float
    unit: str
    channel: int | None = None

    @property
    def name(self) -> str:
        """The key, with the channel (from 1) where it is about one."""
        return self.key if self.channel is None else f"{self.key} {self.channel + 1}"


@dataclass(frozen=True, slots=True)
class Marker:
    """A label that comes from the device itself: a trigger, a button, a replayed annotation.

    ``at`` is a sample index of the stream, ``count`` its length in samples, 0
    for an event.
    """

    stream: str
    at: int
    count: int
    label: str
    track: str = "device"
    repetition: int = 0


class Source(StrEnum):
    """Who made an annotation."""

    USER = "user"
    CUE = "cue"
    MODEL = "model"
    DEVICE = "device"


def new_id() -> str:
    """A short identifier, unique for all practical purposes."""
    return uuid.uuid4().hex[:12]


@dataclass(frozen=True, slots=True)
class Annotation:
    """A labelled span in seconds of recording time; an event when start == stop.

    ``channels`` is None for all channels. ``repetition`` counts from 1 within a
    label; 0 means that it is not part of a repeated protocol. ``recipe`` says how
    a program found it.
    """

    start: float
    stop: float
    label: str
    track: str = "markers"
    source: Source = Source.USER
    author: str = ""
    note: str = ""
    channels: tuple[int, ...] | None = None
    confidence: float | None = None
    repetition: int = 0
    reviewed: bool = False
    id: str = field(default_factory=new_id)
    recipe: str = ""

    @property
    def duration(self) -> float:
        return self.stop - self.start

    @property
    def is_event(self) -> bool:
        return self.stop <= self.start

    def moved(self, start: float, stop: float) -> Annotation:
        """The same annotation at another place; edges are put in order."""
        return replace(self, start=min(start, stop), stop=max(start, stop))


@dataclass(frozen=True, slots=True)
class ConditionSpec:
    """How the clean view is made from raw; frequencies in Hz, None switches a step off.

    Butterworth of ``order``, causal. The upper edge is dropped where the
    sampling rate cannot hold it (see dsp.conditioner). Notches are at
    ``notch_hz`` and its multiples up to ``notch_harmonics``, or at those in
    ``notch_at`` alone. ``ecg`` takes the heartbeat out last (see dsp.ecg).
    """

    low_hz: float | None = 20.0
    high_hz: float | None = 450.0
    order: int = 4
    notch_hz: float | None = None
    notch_harmonics: int = 3
    notch_q: float = 30.0
    ecg: bool = False
    notch_at: tuple[int, ...] = ()

    def __post_init__(self) -> None:
        # JSON has no tuples; a list would make two equal conditions differ.
        object.__setattr__(self, "notch_at", tuple(self.notch_at))

    @property
    def notch_multiples(self) -> tuple[int, ...]:
        """The multiples of ``notch_hz`` that are taken out."""
        return self.notch_at or tuple(range(1, self.notch_harmonics + 1))

    def summary(self) -> str:
        """What is on, in a few words, for badges and reports."""
        parts = []
        if self.low_hz and self.high_hz:
            parts.append(f"{self.low_hz:g}–{self.high_hz:g} Hz")
        elif self.low_hz:
            parts.append(f"> {self.low_hz:g} Hz")
        elif self.high_hz:
            parts.append(f"< {self.high_hz:g} Hz")
        if self.notch_hz:
            parts.append(f"notch {self.notch_hz:g} Hz")
        if self.ecg:
            parts.append("heartbeat out")
        return ", ".join(parts) or "no filter"


@dataclass(frozen=True, slots=True)
class WindowSpec:
    """Sliding windows: length and step in seconds."""

    length_s: float = 0.2
    step_s: float = 0.05

    def samples(self, rate: float) -> tuple[int, int]:
        """Length and step in samples at ``rate`` Hz, at least one each."""
        return max(1, round(self.length_s * rate)), max(1, round(self.step_s * rate))


@dataclass(frozen=True, slots=True)
class FeatureSpec:
    """Names of rows of the feature table (dsp.features), in order.

    ``thresholds`` per channel, in channel units, are for rows that count; empty means 0.
    """

    names: tuple[str, ...] = ("logcov", "logcov_diff", "logtd", "ar4")
    thresholds: tuple[float, ...] = ()


@dataclass(frozen=True, slots=True)
class Decision:
    """What the decoder says at one hop.

    ``time`` is the host time of the newest sample used, ``latency_s`` what went
    by from then until the decision was ready. ``proportional`` is 0–1.
    ``rejected`` means that the raw winner was not trusted and the last
    trusted gesture was held.
    """

    time: float
    index: int
    gesture: str
    confidence: float
    raw_gesture: str
    probabilities: tuple[float, ...]
    proportional: float
    latency_s: float
    rejected: bool = False


class Level(StrEnum):
    """How loud a notice is."""

    INFO = "info"
    WARNING = "warning"
    ERROR = "error"


@dataclass(frozen=True, slots=True)
class Notice:
    """Something a person should read: what happened and what to do."""

    level: Level
    text: str
    hint: str = ""
    source: str = ""
