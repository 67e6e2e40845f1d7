"""Moves each cue's label to where the muscles really began and ended."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from emgstudio.core.errors import EmgError
from emgstudio.core.tasks import Progress
from emgstudio.core.types import Annotation, Source
from emgstudio.dsp.change_point import Change, change_point
from emgstudio.dsp.onset import Interval
from emgstudio.ml.gestures import REST
from emgstudio.session.activity import CELL_S, FILTER_DELAY_S, Activity, Floats, cell_power
from emgstudio.session.suggesting import Material, Suggested
from emgstudio.storage.recording import RecordedStream

# Where a cue's contraction may begin: somebody moves early, or late.
EARLY_S, LATE_S = 0.3, 1.0
SHORTEST_S = 0.1
# How much before and behind those the levels are learnt from, and the least of each level.
AROUND_S, LEAST_S = 0.5, 0.08
# A shorter cue may be over before anybody moves: nothing is known of two levels then.
LEAST_CUE_S = 1.2
# Power changed by 3 dB, and a chance of one in e^20 for it to be noise.
LEAST_RATIO, LEAST_EVIDENCE = 2.0, 20.0
# A muscle fades: it is below twice its rest this much after its power changed most.
FADES_WITHIN_S = 0.25
# It is over where its amplitude is below 2.2 times that of rest, as for activity.
FADED_RATIO = 2.2**2


@dataclass(frozen=True, slots=True)
class Answer:
    """What somebody did on a cue, in samples, and how sure that is, 0–1."""

    span: Interval
    confidence: float


def from_cues(material: Material, _progress: Progress) -> Suggested:
    """Each cue moved to where the muscles really began and ended; says by how much."""
    cues = [
        a for a in material.labels if a.source is Source.CUE and not a.is_event and a.label != REST
    ]
    cues = [a for a in cues if a.track == "cue"] or cues
    if not cues:
        raise EmgError(
            "The recording has no cues.", "Use the onset detector, or record with a cue script."
        )
    activity = material.activity
    runs = activity.together("any")
    recipe = f"cue moved to where the power changed most, ended by {activity.recipe}"
    made: list[Annotation] = []
    shifts: list[tuple[float, float]] = []
    for cue in sorted(cues, key=lambda a: a.start):
        answer = answer_to(cue, activity, runs, material.stream)
        if answer is None:
            continue
        found = material.suggestion(answer.span, cue.label, answer.confidence, recipe)
        if made and made[-1].start < found.start < made[-1].stop:
            # Without a rest between two, the next one begins where the first one ends.
            made[-1] = replace(made[-1], stop=found.start)
        made.append(replace(found, repetition=cue.repetition))
        shifts.append((found.start - cue.start, found.stop - cue.stop))
    if not made:
        raise EmgError(
            "No muscle was active during the cues.", "Look at the signals: is it the right device?"
        )
    begin, end = np.median(np.array(shifts), axis=0) * 1000
    missed = len(cues) - len(made)
    silent = f"; {missed} had no activity" if missed else ""
    said = f"{len(made)} of {len(cues)} cues moved to the muscle: start {begin:+.0f} ms, "
    return Suggested(tuple(made), f"{said}end {end:+.0f} ms (medians){silent}")


def answer_to(
    cue: Annotation, activity: Activity, runs: Sequence[Interval], stream: RecordedStream
) -> Answer | None:
    """What was done on a cue; None where nothing was.

    The detector knows one rest for a minute. Between movements many muscles rest less than
    that: activity then seems to go on through it. So a cue, which knows where two levels are
    to be expected, is moved to where the power around it changed most; the detector's end is
    taken where it lies just behind, because muscles fade.
    """
    rate = stream.rate
    first, last = stream.sample_at(cue.start), stream.sample_at(cue.stop)
    detected = _detected(first, last, runs, rate)
    begin, end = _changes(first / rate, last / rate, activity)
    start = detected.start if detected is not None else None
    stop = detected.stop if detected is not None else None
    if begin is not None:
        start = _sample(begin, rate)
    if end is not None:
        changed = _sample(end, rate)
        fades = stop is not None and changed <= stop <= changed + FADES_WITHIN_S * rate
        stop = stop if fades else changed
    if start is None or stop is None or stop - start < SHORTEST_S * rate:
        return None
    sure = activity.confidence(start, stop)
    if begin is not None:
        sure = min(sure, 1.0 - 1.0 / begin.ratio)
    return Answer(Interval(start, stop), sure)


def _changes(start_s: float, stop_s: float, activity: Activity) -> tuple[Change | None, ...]:
    """Where the power changed around the two ends of a cue."""
    if stop_s - start_s < LEAST_CUE_S:
        return None, None
    middle = (start_s + stop_s) / 2
    spans = (
        (
            start_s - EARLY_S - AROUND_S,
            start_s - EARLY_S,
            min(start_s + LATE_S, middle),
            min(start_s + LATE_S + AROUND_S, stop_s),
        ),
        (
            max(stop_s - EARLY_S - AROUND_S, start_s),
            max(stop_s - EARLY_S, middle),
            stop_s + LATE_S,
            stop_s + LATE_S + AROUND_S,
        ),
    )
    return tuple(_clear_change(activity.power, span) for span in spans)


def _clear_change(power: Floats, span: tuple[float, ...]) -> Change | None:
    """Where the power changed most; ``span`` is in s: begin, earliest, latest, end."""
    at, low, high, end = (max(0, round(seconds / CELL_S)) for seconds in span)
    change = change_point(power[at:end], low - at, high - at, round(LEAST_S / CELL_S))
    if change is None or change.ratio < LEAST_RATIO or change.evidence < LEAST_EVIDENCE:
        return None
    return replace(change, at=change.at + at)


def ends_near(
    stream: RecordedStream, start_s: float, stop_s: float, *, progress: Progress
) -> tuple[float | None, float | None]:
    """Where the power changed most within 0.3 s of each of two times, on all channels together.

    In s of recording time; None for an end at which it did not change clearly.
    """
    reach, middle = EARLY_S, (start_s + stop_s) / 2
    first, power = cell_power(
        stream, start_s - reach - AROUND_S, stop_s + reach + AROUND_S, progress=progress
    )
    spans = (
        (start_s - reach - AROUND_S, start_s - reach, min(start_s + reach, middle), middle),
        (middle, max(stop_s - reach, middle), stop_s + reach, stop_s + reach + AROUND_S),
    )
    changes = []
    for begin, low, high, end in spans:
        inside = (max(begin, low - AROUND_S), low, high, min(end, high + AROUND_S))
        changes.append(_clear_change(power, (*(t - first for t in inside),)))
    cells = [None if change is None else change.at for change in changes]
    if cells[1] is not None:
        cells[1] += _fades_for(power, cells[1])
    start, stop = (None if k is None else first + k * CELL_S - FILTER_DELAY_S for k in cells)
    return start, stop


def _fades_for(power: Floats, at: int) -> int:
    """How many cells longer a muscle is above rest after its power changed most."""
    most = round(FADES_WITHIN_S / CELL_S)
    after = power[at + most :]
    if not np.isfinite(after).any(axis=0).all():
        return 0
    rest = np.nanmean(after, axis=0)
    if not np.all(rest > 0):
        return 0
    loud = np.nanmean(power[max(0, at - most) : at], axis=0)
    clearest = power[:, int(np.argmax(loud / rest))] / rest[int(np.argmax(loud / rest))]
    smooth = np.convolve(clearest[at : at + most + 2], np.ones(3) / 3, "valid")
    below = np.flatnonzero(smooth < FADED_RATIO)
    return int(below[0]) if len(below) else most


def _sample(change: Change, rate: float) -> int:
    return max(0, round((change.at * CELL_S - FILTER_DELAY_S) * rate))


def _detected(first: int, last: int, runs: Sequence[Interval], rate: float) -> Interval | None:
    """From the first to the last activity that began during a cue."""
    during = [run for run in runs if first - EARLY_S * rate <= run.start < last]
    if not during:
        # Still at it from before: only the end can be told.
        held = [run for run in runs if run.start < first and run.stop > first + SHORTEST_S * rate]
        during = [Interval(first, held[-1].stop)] if held else []
    if not during:
        return None
    stop = max(run.stop for run in during if run.start < last)
    return Interval(during[0].start, min(stop, round(last + LATE_S * rate)))
