"""The mean step of walking: where cycles begin, and what each muscle does in them."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from emgstudio.core.errors import EmgError
from emgstudio.core.types import Source
from emgstudio.dsp.analyses.gait import (
    MOSTLY,
    POINTS,
    Cycles,
    active_share,
    cycles,
    gait_measures,
    heel_strikes,
    timing_measures,
    turning_points,
)
from emgstudio.dsp.envelope import linear_envelope
from emgstudio.session.therapy.figure import Figure
from emgstudio.session.therapy.measuring import Found
from emgstudio.session.therapy.muscle_signal import MuscleSignal
from emgstudio.session.therapy.recorded_exercise import RecordedExercise
from emgstudio.storage.recording import RecordedStream, Recording

Floats = NDArray[np.float64]

STEP_WORDS = ("foot", "heel", "step", "stride", "contact")
SWITCH_WORDS = ("foot", "heel", "switch", "fsr")
ANGLE_WORDS = ("angle", "gonio", "knee", "imu", "acc")
PLAIN_MARK = "mark"
LEAST_MARKS = 3
ENVELOPE_HZ = 6.0


def event_channel(
    recording: Recording, muscles: Sequence[str]
) -> tuple[RecordedStream, str] | None:
    """The channel that tells steps: a foot switch, else a joint's angle or a motion sensor."""
    for words in (SWITCH_WORDS, ANGLE_WORDS):
        for stream in recording.streams.values():
            for channel in stream.info.channels:
                about = f"{channel.name} {channel.kind} {channel.site}".casefold()
                if channel.name not in muscles and any(word in about for word in words):
                    return stream, channel.name
    return None


def step_events(exercise: RecordedExercise) -> tuple[Floats, str]:
    """Beginnings of cycles in s of recording time within the work phases, and what told them.

    Marks come first, then a foot switch, then an angle or motion sensor. EmgError for none.
    """
    marks = _marks(exercise)
    if len(marks) >= LEAST_MARKS:
        return marks, "steps by marks"
    muscles = [muscle.channel for muscle in exercise.plan.muscles]
    found = event_channel(exercise.recording, muscles)
    if found is None:
        raise EmgError(
            "No channel and no marks tell where steps begin: "
            "record a foot switch or a motion sensor, or mark each step (M)."
        )
    stream, name = found
    if name in exercise.extra:
        assert exercise.samples is not None
        x = exercise.samples[:, len(muscles) + exercise.extra.index(name)]
    else:
        column = [channel.name for channel in stream.info.channels].index(name)
        x = stream.physical(0, stream.samples)[:, column]
    signal = np.asarray(x, np.float64)
    if any(word in name.casefold() for word in SWITCH_WORDS):
        events, how = heel_strikes(signal, stream.rate), f"steps by the foot switch {name}"
    else:
        events, how = turning_points(signal, stream.rate), f"cycles by the peaks of {name}"
    return _in_work(exercise, stream.start_s + events), how


def _marks(exercise: RecordedExercise) -> Floats:
    """What triggers or people marked as steps; plain marks where nothing is called a step."""
    points = [
        a for a in exercise.recording.annotations
        if a.start == a.stop and a.track != "quality" and a.source is not Source.CUE
    ]  # fmt: skip
    named = [a.start for a in points if any(w in a.label.casefold() for w in STEP_WORDS)]
    plain = [a.start for a in points if a.label == PLAIN_MARK]
    return _in_work(exercise, np.array(sorted(named or plain)))


def _in_work(exercise: RecordedExercise, events: Floats) -> Floats:
    inside = np.zeros(len(events), bool)
    for part in exercise.works:
        inside |= (events >= part.start) & (events <= part.stop)
    return np.asarray(events[inside])


def measure_cycles(signal: MuscleSignal, events: Floats, told_by: str, found: Found) -> None:
    """Add the muscle's mean cycle and its timing; ``events`` in s of recording time.

    EmgError for fewer than two whole cycles.
    """
    exercise = signal.exercise
    stream, rate = exercise.stream, signal.rate
    at = (events - stream.start_s) * stream.rate / rate
    envelope = linear_envelope(signal.x[:, None], rate, cutoff_hz=ENVELOPE_HZ)[:, 0]
    references = exercise.references
    unit = exercise.unit if references else signal.unit
    if references:
        envelope = 100.0 * envelope / float(references[signal.muscle]["value"])
    made = cycles(envelope, rate, at)
    how = f"{told_by}; rectified, low-pass {ENVELOPE_HZ:g} Hz both ways; {signal.recipe}"
    found.measures += gait_measures(signal.name, unit, made, how)
    bursts = signal.bursts
    share = active_share(bursts.samples, rate, made)
    found.measures += timing_measures(
        signal.name, share, f"{told_by}; {bursts.recipe}", bursts.doubts
    )
    found.figures.append(cycle_figure(signal.name, unit, made, share))


def cycle_figure(name: str, unit: str, made: Cycles, share: Floats) -> Figure:
    """The mean cycle with its SD, and where in it the muscle is active."""
    count = int(made.typical.sum())
    several = count > 1
    mean = made.mean
    edges = np.flatnonzero(np.diff(share >= MOSTLY, prepend=False, append=False))
    ends = np.minimum(edges, POINTS - 1).reshape(-1, 2).tolist()
    return Figure(
        name,
        np.linspace(0.0, 100.0, POINTS), mean, "% of the cycle", unit,
        low=np.maximum(mean - made.sd, 0.0) if several else None,
        high=mean + made.sd if several else None,
        about=f"mean and SD of {count} cycles; shaded: active",
        spans=tuple((float(on), float(off)) for on, off in ends),
    )  # fmt: skip
