"""Imports EDF, EDF+, BDF and BDF+ files; signals of one sampling rate become one stream."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np

from emgstudio.core.types import Annotation, Channel, Samples, Source, StreamInfo
from emgstudio.storage.importers.bids_channels import with_channels
from emgstudio.storage.importers.bids_events import with_events
from emgstudio.storage.importers.edf_file import EdfReader, EdfSignal, EdfText
from emgstudio.storage.importers.foreign import Foreign, ForeignStream, unit_of
from emgstudio.storage.importers.imported import LABEL_TRACK

# Written by our own exporter, see storage.exporters.
GAP, PADDING = "BAD_gap", "BAD_padding"
VALUES_AT_ONCE = 1 << 20


def read_edf(file: Path) -> Foreign:
    """What ``file`` holds. Raises EmgError with what is wrong and where."""
    reader = EdfReader(file)
    texts = reader.texts()
    groups: dict[int, list[EdfSignal]] = {}
    for signal in reader.signals:
        groups.setdefault(signal.samples, []).append(signal)
    names = _names(groups, reader)
    streams = [
        _stream(reader, signals, name, texts)
        for name, signals in zip(names, groups.values(), strict=True)
    ]
    streams, of_channels = with_channels(file, streams)
    lost = [_label(text, file) for text in texts if text.text in (GAP, PADDING)]
    own = [_label(text, file) for text in texts if text.text not in (GAP, PADDING)]
    events = with_events(file, own, lost)
    meta: dict[str, Any] = {"edf_subject": reader.subject, "edf_recording": reader.recording}
    if events.hed:
        meta["hed"] = events.hed
    remarks = [*_remarks(reader, groups), *of_channels, *events.said]
    return Foreign(streams, events.labels, meta, remarks, reader.started())


def _label(text: EdfText, file: Path) -> Annotation:
    return Annotation(
        text.onset_s,
        text.onset_s + text.duration_s,
        text.text,
        LABEL_TRACK if text.duration_s > 0 else "markers",
        Source.USER,
        author=file.name,
        reviewed=True,
    )


def _stream(
    reader: EdfReader, signals: Sequence[EdfSignal], name: str, texts: Sequence[EdfText]
) -> ForeignStream:
    rate = reader.rate(signals[0])
    info = StreamInfo(
        name,
        rate,
        tuple(
            Channel(
                label,
                unit_of(signal.unit),
                signal.scale,
                signal.offset,
                _kind(signal),
                rails=signal.rails,
            )
            for label, signal in zip(_distinct(signals), signals, strict=True)
        ),
        "int16" if reader.bits == 16 else "int32",
        f"file {reader.file.name}",
    )
    per_record = signals[0].samples
    starts = reader.record_starts()
    # Where each record begins on the stream's own count of samples.
    places = np.maximum.accumulate(
        np.maximum(np.rint((starts - (starts[0] if len(starts) else 0)) * rate), 0).astype(np.int64)
    )
    places = np.maximum(places, np.arange(len(places)) * per_record)
    end = int(places[-1]) + per_record if len(places) else 0
    begin_s = float(starts[0]) if len(starts) else 0.0
    marked = _marked(texts, begin_s, rate)
    cut = min([end, *(start for start, _, text in marked if text == PADDING)])
    lost = [(start, min(stop, cut)) for start, stop, text in marked if text == GAP]

    def pieces() -> Iterator[Samples | int]:
        at = 0
        step = max(1, VALUES_AT_ONCE // (per_record * len(signals)))
        for first, last in _runs(places, per_record, step):
            if places[first] > at:
                yield int(places[first]) - at
                at = int(places[first])
            data = np.stack([reader.digital(s, first, last) for s in signals], axis=1)
            yield from _without(data[: max(0, cut - at)], at, lost)
            at += len(data)

    return ForeignStream(info, begin_s, cut, pieces)


def _runs(places: np.ndarray, per_record: int, step: int) -> Iterator[tuple[int, int]]:
    """Stretches of records that follow on each other, at most ``step`` long."""
    breaks = np.flatnonzero(np.diff(places) != per_record) + 1
    edges = [0, *breaks.tolist(), len(places)]
    for begin, end in pairwise(edges):
        for first in range(begin, end, step):
            yield first, min(first + step, end)


def _without(data: Samples, at: int, lost: Sequence[tuple[int, int]]) -> Iterator[Samples | int]:
    """``data`` from sample ``at`` on, with what was marked as lost taken out."""
    done = 0
    for start, stop in lost:
        begin, end = max(start - at, done), min(stop - at, len(data))
        if begin >= end or data[begin:end].any():
            continue
        if begin > done:
            yield data[done:begin]
        yield end - begin
        done = end
    if done < len(data):
        yield data[done:]


def _marked(texts: Sequence[EdfText], begin_s: float, rate: float) -> list[tuple[int, int, str]]:
    return sorted(
        (
            round((text.onset_s - begin_s) * rate),
            round((text.onset_s + text.duration_s - begin_s) * rate),
            text.text,
        )
        for text in texts
        if text.text in (GAP, PADDING)
    )


def _names(groups: dict[int, list[EdfSignal]], reader: EdfReader) -> list[str]:
    if len(groups) == 1:
        return ["EMG"]
    return [f"{reader.rate(signals[0]):g} Hz" for signals in groups.values()]


def _distinct(signals: Sequence[EdfSignal]) -> list[str]:
    names: list[str] = []
    for number, signal in enumerate(signals, 1):
        names.append(signal.label if signal.label not in names else f"{signal.label} {number}")
    return names


def _kind(signal: EdfSignal) -> str:
    word = signal.label.lower()
    if word.startswith(("trig", "status", "sync")):
        return "TRIG"
    return "EMG" if unit_of(signal.unit) in ("µV", "mV", "V", "nV", "a.u.") else "MISC"


def _remarks(reader: EdfReader, groups: dict[int, list[EdfSignal]]) -> list[str]:
    said = []
    if len(groups) > 1:
        said.append(f"The file has {len(groups)} sampling rates; each became a stream.")
    if reader.torn:
        said.append(f"The last {reader.torn} bytes are not a whole record and were left out.")
    if reader.missing:
        said.append(f"The header promises {reader.missing} records more than the file has.")
    if reader.discontinuous:
        said.append("The recording has pauses; they are kept as lost samples.")
    return said
