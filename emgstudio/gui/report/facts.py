"""Everything that stands in a report, gathered before anything is drawn."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from emgstudio.core.errors import EmgError
from emgstudio.core.tasks import PartProgress, Progress
from emgstudio.core.types import Annotation, FloatSamples
from emgstudio.dsp.spectrogram import Spectrogram as StreamingSpectrogram
from emgstudio.session.quality_log import OVERRIDE, TRACK
from emgstudio.session.therapy.judging import Repetition
from emgstudio.session.therapy.plan import META
from emgstudio.session.therapy.report import in_one_sentence, methods_line, trends
from emgstudio.session.therapy.results import TherapyResult, is_therapy, therapy_result
from emgstudio.session.therapy.run import PAUSE
from emgstudio.session.therapy.trend import Trend
from emgstudio.storage.recording import RecordedStream, Recording

# Shown before and after the best repetition.
AROUND_S = 0.5
# Of a longer one no spectrogram is made: on paper it would show nothing.
LONGEST_SPECTROGRAM_S = 60.0
MOST_COLUMNS = 900
NOTHING = "There is no therapy session to report."

# The label that the placement page leaves.
STARTED_ANYWAY = "started anyway"

Floats = NDArray[np.float64]
Known = Callable[[str, Progress], Sequence[TherapyResult]]


@dataclass(frozen=True, slots=True)
class Spectrogram:
    """Levels ``db (frames, frequencies)`` re 1 unit²/Hz, NaN where samples are lost.

    From ``start`` to ``stop`` s of recording time, from 0 to ``top_hz``.
    """

    db: Floats
    start: float
    stop: float
    top_hz: float


@dataclass(frozen=True, slots=True)
class RawStretch:
    """Lowest and highest sample ``(columns,)`` in ``unit`` in equal parts of ``[start, stop)`` s.

    NaN where samples are lost.
    """

    start: float
    stop: float
    low: FloatSamples
    high: FloatSamples
    unit: str
    spectrogram: Spectrogram | None = None


@dataclass(frozen=True, slots=True)
class Doubt:
    """A quality lamp that was lit: for how long in all, how often, and on which channels."""

    code: str
    times: int
    seconds: float
    channels: str


@dataclass(frozen=True)
class Facts:
    """The sessions of one client, oldest first; the last one has its envelopes.

    ``raw`` is the best repetition of its first muscle, None without one. ``lost`` is the share
    of lost samples, 0 to 1; ``pauses`` how many there were and their seconds.
    """

    results: tuple[TherapyResult, ...]
    raw: RawStretch | None
    doubts: tuple[Doubt, ...]
    overrides: tuple[str, ...]
    lost: float
    left_out: int = 0
    pauses: tuple[int, float] = (0, 0.0)

    @property
    def newest(self) -> TherapyResult:
        return self.results[-1]

    @property
    def before(self) -> TherapyResult | None:
        """The session before, if there is one."""
        return self.results[-2] if len(self.results) > 1 else None

    @property
    def simulated(self) -> bool:
        """Whether any of the numbers comes from simulated signals."""
        return any(result.simulated for result in self.results)

    @property
    def sentence(self) -> str:
        return in_one_sentence(self.newest, self.before)

    @property
    def methods(self) -> str:
        return methods_line(self.newest)

    @cached_property
    def trends(self) -> tuple[Trend, ...]:
        """Those with at least two sessions."""
        return tuple(t for t in trends(self.results) if len(t.points) > 1)


def gather(
    paths: Sequence[Path],
    progress: Progress,
    known: Known | None = None,
    also: Sequence[str] = (),
) -> Facts:
    """Compute what ``paths``, recordings of one client, reached.

    ``known`` gives results of a client, by code, that need not be computed again, ``also``
    are measures that the protocol does not name.
    EmgError when none is a therapy session. Raises Cancelled through ``progress``.
    """
    sessions, client = _therapy_of(paths)
    if not sessions:
        raise EmgError(
            "There is no therapy session to report.",
            "Reports are made of sessions with a protocol.",
        )
    names = {path.name for path in sessions[:-1]}
    kept = known(client, PartProgress(progress, 0, 2)) if known is not None and names else ()
    older = {result.path.name: result for result in kept if result.path.name in names}
    half = PartProgress(progress, 1, 2) if kept else progress
    wanted = [path for path in sessions if path.name not in older]
    found = [
        therapy_result(path, PartProgress(half, number, len(wanted)), also)
        for number, path in enumerate(wanted)
    ]
    return facts_of([*older.values(), *found], left_out=len(paths) - len(sessions))


def facts_of(results: Sequence[TherapyResult], *, left_out: int = 0) -> Facts:
    """The same from results that were computed already; those of several clients are refused."""
    if not results:
        raise EmgError(NOTHING, "Name at least one recording.")
    ordered = sorted(results, key=lambda result: result.when)
    clients = {result.client for result in ordered}
    if len(clients) > 1:
        raise EmgError(
            f"The recordings are of {len(clients)} clients.", "A report is about one client."
        )
    newest = ordered[-1]
    with Recording.open(newest.path) as recording:
        name = recording.meta[META].get("stream")
        streams = recording.streams.values()
        stream = next((s for s in streams if s.info.name == name), recording.main)
        return Facts(
            tuple(ordered),
            _raw(stream, newest),
            _doubts(recording.annotations),
            _overrides(recording.annotations),
            stream.lost / stream.samples if stream.samples else 0.0,
            left_out,
            _pauses(recording.annotations),
        )


def best_repetition(result: TherapyResult) -> Repetition | None:
    """That with the largest mean of the first muscle."""
    known = [r for r in result.repetitions if not math.isnan(r.mean[0])]
    return max(known, key=lambda r: r.mean[0], default=None)


def _therapy_of(paths: Sequence[Path]) -> tuple[list[Path], str]:
    """Those with a protocol, oldest first, and whose the newest is."""
    found = []
    for path in paths:
        with Recording.open(path) as recording:
            if is_therapy(recording):
                found.append((str(recording.meta["created"]), path, recording.subject))
    found.sort(key=lambda one: one[0])
    return [path for _, path, _ in found], found[-1][2] if found else ""


def _raw(stream: RecordedStream, result: TherapyResult) -> RawStretch | None:
    best = best_repetition(result)
    if best is None:
        return None
    start = stream.sample_at(best.start - AROUND_S)
    stop = stream.sample_at(best.stop + AROUND_S)
    if stop - start < 2:
        return None
    channel = [c.name for c in stream.info.channels].index(result.plan.muscles[0].channel)
    low, high = stream.min_max(start, stop, min(MOST_COLUMNS, stop - start))
    if not np.isfinite(low[:, channel]).any():
        return None
    return RawStretch(
        stream.time_of(start),
        stream.time_of(stop),
        low[:, channel],
        high[:, channel],
        stream.info.channels[channel].unit,
        _spectrogram(stream, start, stop, channel),
    )


def _spectrogram(stream: RecordedStream, start: int, stop: int, channel: int) -> Spectrogram | None:
    """None of what is too short or too long for a picture."""
    if stop - start > LONGEST_SPECTROGRAM_S * stream.rate:
        return None
    made = StreamingSpectrogram(stream.info.rate, 1)
    db = made.process(stream.physical(start, stop)[:, channel : channel + 1])[:, :, 0]
    if len(db) < 2:
        return None
    half = made.hop / 2 / stream.info.rate
    begin = stream.time_of(start) + made.frame_time(0) - half
    end = stream.time_of(start) + made.frame_time(len(db) - 1) + half
    return Spectrogram(db, begin, end, float(made.frequencies[-1]))


def _overrides(labels: Sequence[Annotation]) -> tuple[str, ...]:
    """Where somebody went on although lamps warned: what they said."""
    found = []
    for one in labels:
        if one.label == OVERRIDE:
            found.append(one.note or one.label)
        elif one.label == STARTED_ANYWAY:
            found.append(f"{one.label}; electrodes: {one.note}" if one.note else one.label)
    return tuple(found)


def _pauses(labels: Sequence[Annotation]) -> tuple[int, float]:
    spans = [one for one in labels if one.label == PAUSE and one.stop > one.start]
    return len(spans), sum(one.stop - one.start for one in spans)


def _doubts(labels: Sequence[Annotation]) -> tuple[Doubt, ...]:
    """One for each lamp that was lit, the longest first."""
    found: dict[str, list[Annotation]] = {}
    for one in labels:
        if one.track == TRACK and one.label != OVERRIDE:
            found.setdefault(one.label, []).append(one)
    doubts = [
        Doubt(
            code,
            len(spans),
            sum(s.stop - s.start for s in spans),
            ", ".join(dict.fromkeys(n for s in spans for n in s.note.split(", ") if n)),
        )
        for code, spans in found.items()
    ]
    return tuple(sorted(doubts, key=lambda d: -d.seconds))
