"""The part of a recording that leaves: streams as they shall be seen, labels that may be read."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace

import numpy as np

from emgstudio.core.errors import EmgError
from emgstudio.core.types import Annotation, ConditionSpec, FloatSamples, Mask, StreamInfo
from emgstudio.dsp.conditioner import effective
from emgstudio.dsp.envelope import MovingRms
from emgstudio.dsp.recorded import LiveAgain, settle_s
from emgstudio.storage.exporters.deidentify import Anonymous, anonymous
from emgstudio.storage.exporters.request import ExportRequest, ExportView
from emgstudio.storage.pyramid import Reports
from emgstudio.storage.recording import RecordedStream, Recording

BLOCK = 1 << 16


@dataclass(frozen=True, slots=True)
class Hole:
    """Samples ``[start, stop)`` of an exported stream that were lost."""

    start: int
    stop: int
    estimated: bool


class ExportStream:
    """Samples ``first`` … ``stop`` of a recorded stream, in channel units, NaN where lost."""

    def __init__(self, stream: RecordedStream, name: str, request: ExportRequest) -> None:
        self._stream = stream
        self._view = request.view
        self.name = name
        self.info: StreamInfo = stream.info
        self.rate = stream.rate
        self._condition = request.condition or stream.condition
        self._envelope_s = request.envelope_s
        begin, end = request.start_s, request.stop_s
        self.first = 0 if begin is None else stream.sample_at(begin)
        self.stop = stream.samples if end is None else stream.sample_at(end)
        self.samples = max(0, self.stop - self.first)
        self.start_s = stream.time_of(self.first)

    @property
    def condition(self) -> ConditionSpec | None:
        """The filter that was applied, None for raw."""
        if self._view is ExportView.RAW:
            return None
        return effective(self._condition, self.rate)

    @property
    def recipe(self) -> str:
        """What was done to the samples, in words."""
        done = self.condition
        if done is None:
            return "raw samples, not filtered"
        text = f"{done.summary()}, Butterworth order {done.order}, causal"
        if self._view is ExportView.ENVELOPE:
            text += f"; moving RMS {self._envelope_s * 1000:g} ms"
        return text

    @property
    def holes(self) -> tuple[Hole, ...]:
        """What is missing between first and stop, counted from first."""
        cut = [
            Hole(
                max(gap.at, self.first) - self.first,
                min(gap.at + gap.count, self.stop) - self.first,
                gap.estimated,
            )
            for gap in self._stream.gaps
        ]
        return tuple(hole for hole in cut if hole.start < hole.stop)

    def blocks(self, progress: Reports | None = None, text: str = "") -> Iterator[FloatSamples]:
        """The samples in order as float32 ``(n, channels)``."""
        filtered = None if self._view is ExportView.RAW else self._filters()
        if filtered is not None:
            self._filtered(filtered, self.first)
        for start in range(self.first, self.stop, BLOCK):
            if progress is not None:
                progress.report((start - self.first) / max(1, self.samples), text)
            end = min(start + BLOCK, self.stop)
            if filtered is None:
                yield self._stream.physical(start, end)
            else:
                yield self._filtered(filtered, end)

    def whole(self, progress: Reports | None = None, text: str = "") -> FloatSamples:
        """All samples at once."""
        parts = list(self.blocks(progress, text))
        empty = np.empty((0, self.info.n_channels), np.float32)
        return np.concatenate(parts) if parts else empty

    def _filters(self) -> tuple[LiveAgain, MovingRms | None]:
        rms = None
        if self._view is ExportView.ENVELOPE:
            rms = MovingRms(self._envelope_s, self.rate, self.info.n_channels)
        lead = max(0, self.first - round(settle_s(self._condition, self.rate) * self.rate))
        channels = self.info.n_channels
        end = self._stream.samples
        return LiveAgain(self._read, self._condition, self.rate, channels, lead, end), rms

    def _read(self, start: int, stop: int) -> tuple[FloatSamples, Mask]:
        raw, valid = self._stream.raw(start, stop)
        return self.info.to_physical(raw), valid

    def _filtered(self, filters: tuple[LiveAgain, MovingRms | None], stop: int) -> FloatSamples:
        live, rms = filters
        start = live.at
        out = live.upto(stop)
        if rms is not None:
            out = rms.process(out).astype(np.float32)
        out[~self._stream.raw(start, stop)[1]] = np.nan
        return out


@dataclass(frozen=True, slots=True)
class Content:
    """Everything that an exporter writes.

    Times of ``annotations`` are seconds since ``zero_s`` of recording time, the
    start of the first stream. ``hed`` are the HED strings of labels that leave as they are,
    ``hed_kept_back`` those of labels whose text stays behind.
    """

    request: ExportRequest
    streams: tuple[ExportStream, ...]
    annotations: tuple[Annotation, ...]
    about: Anonymous
    duration_s: float
    zero_s: float
    hed: Mapping[str, str] = field(default_factory=dict)
    hed_kept_back: int = 0

    def of_stream(self, stream: ExportStream) -> tuple[Annotation, ...]:
        """The labels with times since the start of ``stream``; its holes as ``BAD_gap``."""
        shift = stream.start_s - self.zero_s
        moved = [a.moved(a.start - shift, a.stop - shift) for a in self.annotations]
        holes = [
            Annotation(
                hole.start / stream.rate,
                hole.stop / stream.rate,
                "BAD_gap",
                track="gaps",
                note="length estimated" if hole.estimated else "",
                id=f"gap{number}",
            )
            for number, hole in enumerate(stream.holes, 1)
        ]
        return tuple(sorted([*moved, *holes], key=lambda a: (a.start, a.stop)))


def content_of(recording: Recording, request: ExportRequest) -> Content:
    """What ``request`` asks for. Raises EmgError when there is nothing of it."""
    unknown = [name for name in request.streams if name not in recording.streams]
    if unknown:
        raise EmgError(
            f"The recording has no stream “{unknown[0]}”.",
            f"It has: {', '.join(recording.streams)}.",
        )
    wanted = request.streams or tuple(recording.streams)
    streams = tuple(ExportStream(recording.streams[n], n, request) for n in wanted)
    streams = tuple(stream for stream in streams if stream.samples)
    if not streams:
        raise EmgError("There are no samples to export.", "Choose a longer span.")
    zero = min(stream.start_s for stream in streams)
    end = max(stream.start_s + stream.samples / stream.rate for stream in streams)
    about = anonymous(recording, request)
    cut = request.start_s is not None or request.stop_s is not None
    inside = [
        replace(a, start=max(a.start, zero), stop=min(a.stop, end)) if cut else a
        for a in about.annotations
        if not cut or (a.stop >= zero and a.start < end)
    ]
    moved = tuple(a.moved(a.start - zero, a.stop - zero) for a in inside)
    hed, kept_back = _hed(recording, request, about, {a.id for a in inside})
    return Content(request, streams, moved, about, end - zero, zero, hed, kept_back)


def _hed(
    recording: Recording, request: ExportRequest, about: Anonymous, inside: set[str]
) -> tuple[dict[str, str], int]:
    """HED strings of the labels inside, and how many stay behind with the text of theirs.

    What was imported with the recording gives way to what ``request`` says.
    """
    known = recording.meta.get("hed")
    tags = {str(k): str(v) for k, v in known.items()} if isinstance(known, dict) else {}
    tags |= dict(request.hed)
    pairs = [
        (old.label, new.label)
        for old, new in zip(recording.annotations, about.annotations, strict=True)
        if old.id in inside
    ]
    # A made-up “label 1” must not get the tags of a real label of that name.
    made_up = {new for old, new in pairs if old != new}
    told = {old for old, new in pairs if old == new} - made_up
    there = {old for old, _ in pairs if old in tags}
    return {label: tags[label] for label in sorted(there & told)}, len(there - told)


def free_word(word: str, taken: set[str], between: str = "") -> str:
    """``word``, or with a number from 2 behind it when that is in ``taken``, which it joins.

    Upper and lower case are one, as they are to some disks.
    """
    name, number = word, 2
    while name.lower() in taken:
        name, number = f"{word}{between}{number}", number + 1
    taken.add(name.lower())
    return name
