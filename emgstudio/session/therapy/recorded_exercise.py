"""The samples and labels of a recorded exercise, read once, as analyses need them."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from emgstudio.core.errors import EmgError
from emgstudio.core.tasks import Progress
from emgstudio.core.types import Annotation, FloatSamples, Mask
from emgstudio.dsp.conditioner import Conditioner, effective, sections
from emgstudio.dsp.envelope import moving_rms
from emgstudio.dsp.filters import zero_phase
from emgstudio.dsp.recorded import LiveAgain, conditioned
from emgstudio.session.therapy.plan import Plan
from emgstudio.session.therapy.run import PAUSE, REST, SKIPPED, TRACK, WORK
from emgstudio.storage.recording import RecordedStream, Recording

Floats = NDArray[np.float64]

# Levels are judged in these steps, as they are live.
STEP_S = 1 / 30
LEVEL_RATE = 30.0
BLOCK_S = 60.0


@dataclass(frozen=True, slots=True)
class Part:
    """A work phase or a rest, ``start`` to ``stop`` in s of recording time."""

    start: float
    stop: float
    work: bool
    step: str = ""

    @property
    def seconds(self) -> float:
        return self.stop - self.start


@dataclass(frozen=True)
class RecordedExercise:
    """``levels (m, muscles)`` every 1/30 s as they were live; per cent where there are references.

    ``samples (n, columns)`` are physical and unfiltered: the muscles first, then ``extra``
    channels; None unless they were asked for. ``there (n,)`` tells what is not lost.
    """

    plan: Plan
    about: Mapping[str, Any]
    recording: Recording
    stream: RecordedStream
    labels: tuple[Annotation, ...]
    levels: Floats
    samples: FloatSamples | None
    there: Mask
    extra: tuple[str, ...] = ()

    @property
    def unit(self) -> str:
        """Of the levels."""
        return str(self.about.get("unit", ""))

    @property
    def recipe(self) -> str:
        """Of the levels."""
        return str(self.about.get("recipe", ""))

    @property
    def rate(self) -> float:
        """Measured sampling rate in Hz: it ties samples to labels."""
        return self.stream.rate

    @property
    def references(self) -> Sequence[Mapping[str, Any]]:
        """One for each muscle, or none."""
        return list(self.about.get("references", ()))

    @property
    def parts(self) -> tuple[Part, ...]:
        """Work phases and rests in order; moments that never became a span are left out."""
        return tuple(
            Part(a.start, a.stop, a.label == WORK, str(note_of(a).get("step", "")))
            for a in self.labels
            if a.label in (WORK, REST) and a.stop > a.start
        )

    @property
    def works(self) -> tuple[Part, ...]:
        return tuple(part for part in self.parts if part.work)

    @property
    def whole(self) -> Part:
        """From the beginning of the first part to the end of the last; EmgError for none."""
        if not self.parts:
            raise EmgError("There is neither work nor rest in the exercise.")
        return Part(self.parts[0].start, max(part.stop for part in self.parts), work=False)

    @property
    def filter_words(self) -> str:
        """What ``clean`` is."""
        spec = effective(self.stream.condition, self.stream.info.rate)
        return spec.summary() + ("" if spec.ecg else ", zero-phase")

    def clean(self, muscle: int) -> Floats:
        """Conditioned samples ``(n,)`` of a muscle, NaN where lost and in pauses.

        Without lag: order 2 forwards and backwards; causal where the heartbeat is taken out.
        """
        assert self.samples is not None
        rate, spec = self.stream.info.rate, self.stream.condition
        x = self.samples[:, muscle : muscle + 1]
        if effective(spec, rate).ecg:
            out = conditioned(x, self.there, spec, rate)[:, 0].astype(np.float64)
        else:
            out = _both_ways(x, self.there, sections(replace(spec, order=2), rate))
        self._blank_pauses(out)
        return out

    def one_way(self, muscle: int, *, backward: bool = False) -> Floats:
        """As ``clean``, but filtered causally, or causally from the end; 0 where lost.

        One edge of each burst is as sharp as it was recorded.
        """
        assert self.samples is not None
        rate = self.stream.info.rate
        spec = replace(self.stream.condition, order=2, ecg=False)
        x, there = self.samples[:, muscle : muscle + 1], self.there
        if backward:
            out = Conditioner(spec, rate, 1).process64(x[::-1], there[::-1])[::-1, 0].copy()
        else:
            out = Conditioner(spec, rate, 1).process64(x, there)[:, 0]
        out[~there] = math.nan
        self._blank_pauses(out)
        return np.nan_to_num(out)

    def _blank_pauses(self, out: Floats) -> None:
        for pause in (a for a in self.labels if a.label == PAUSE):
            out[self.stream.sample_at(pause.start) : self.stream.sample_at(pause.stop)] = math.nan

    def during(self, part: Part, x: Floats) -> Floats:
        """The stretch of ``x (n, …)``, a value per sample, that lies within a part."""
        return x[self.stream.sample_at(part.start) : self.stream.sample_at(part.stop)]


def note_of(annotation: Annotation) -> dict[str, Any]:
    """What the exercise wrote beside a label; empty for what it did not write."""
    try:
        found = json.loads(annotation.note or "{}")
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}


def read_exercise(
    recording: Recording,
    plan: Plan,
    about: Mapping[str, Any],
    progress: Progress | None,
    *,
    samples: bool,
    extra: Sequence[str] = (),
) -> RecordedExercise:
    """Read every sample once: levels as live, and with ``samples`` what analyses need, too.

    ``extra`` are names of further channels of the same stream; parts that were skipped are no
    parts. EmgError when a channel of the plan is missing, or a reference effort is 0.
    """
    stream = stream_of(recording, str(about.get("stream", "")))
    names = [channel.name for channel in stream.info.channels]
    try:
        columns = [names.index(name) for name in (*(m.channel for m in plan.muscles), *extra)]
    except ValueError as error:
        raise EmgError(
            "The recording lacks a channel of its plan.", "It may be damaged."
        ) from error
    total = stream.samples
    there = np.zeros(total, bool)
    kept = np.empty((total, len(columns)), np.float32) if samples else None

    def read(start: int, stop: int) -> tuple[FloatSamples, Mask]:
        data, valid = stream.raw(start, stop)
        x = stream.info.to_physical(data, valid)
        there[start:stop] = valid
        if kept is not None:
            kept[start:stop] = x[:, columns]
        return x, valid

    again = LiveAgain(read, stream.condition, stream.info.rate, stream.info.n_channels, 0, total)
    levels = _levels(again, there, columns[: len(plan.muscles)], stream, plan, progress)
    references = [float(r["value"]) for r in about.get("references", ())]
    if any(not value > 0.0 for value in references):
        raise EmgError(
            "A reference effort of this session is 0, so nothing is a per cent of it.",
            "Repeat the session with a reference effort that was heard.",
        )
    if references:
        levels = 100.0 * levels / np.array(references)
    begin = float(about.get("from_s", 0.0))
    labels = tuple(
        a for a in recording.annotations
        if a.track == TRACK and a.start >= begin and not note_of(a).get(SKIPPED)
    )  # fmt: skip
    return RecordedExercise(
        plan, about, recording, stream, labels, levels, kept, there, tuple(extra)
    )


def stream_of(recording: Recording, name: str) -> RecordedStream:
    """The stream that an exercise ran on. EmgError when it is not there."""
    for stream in recording.streams.values():
        if stream.info.name == name:
            return stream
    raise EmgError(f"{recording.path.name} has no stream “{name}”.", "It may be damaged.")


def _levels(
    again: LiveAgain,
    there: Mask,
    columns: Sequence[int],
    stream: RecordedStream,
    plan: Plan,
    progress: Progress | None,
) -> Floats:
    """``(m, muscles)`` in the unit of the signal."""
    nominal, total = stream.info.rate, stream.samples
    length = max(1, round(plan.level_s * nominal))
    each = max(1, round(BLOCK_S * nominal))
    tail = np.empty((0, len(columns)))
    parts: list[Floats] = []
    # Labels are in recording time, so the measured rate says which sample was the newest.
    steps = np.arange(0, total / stream.rate, STEP_S)
    places = np.minimum(np.floor(steps * stream.rate), total - 1).astype(np.int64)
    for begin in range(0, total, each):
        stop = min(total, begin + each)
        x = again.upto(stop)[:, columns].astype(np.float64)
        x[~there[begin:stop]] = math.nan
        whole = np.concatenate([tail, x])
        levels = moving_rms(whole, nominal, plan.level_s, centred=False)[len(tail) :]
        parts.append(levels[places[(places >= begin) & (places < stop)] - begin])
        tail = whole[-length:]
        if progress is not None:
            progress.report(stop / total, f"Reading {stream.info.name}")
    return np.concatenate(parts) if parts else np.empty((0, len(columns)))


def _both_ways(x: FloatSamples, valid: Mask, design: Floats) -> Floats:
    """``x (n, 1)`` filtered without lag between gaps; ``(n,)``, NaN where samples are lost."""
    out = np.full(len(x), math.nan)
    there = valid & np.isfinite(x[:, 0])
    edges = np.flatnonzero(np.diff(there, prepend=False, append=False))
    for start, stop in edges.reshape(-1, 2):
        out[start:stop] = zero_phase(design, x[start:stop])[:, 0]
    return out
