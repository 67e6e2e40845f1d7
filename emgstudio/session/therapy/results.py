"""What a recorded therapy session reached, computed from its samples and labels.

Reports, trends and the command line all read these numbers, so that they are the same.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from emgstudio.core.errors import EmgError
from emgstudio.core.tasks import Progress
from emgstudio.dsp.conditioner import effective
from emgstudio.dsp.measure import Measure
from emgstudio.session.therapy.figure import Figure
from emgstudio.session.therapy.judging import Repetition
from emgstudio.session.therapy.measuring import MEASURES, Found, measure_muscle, tell_order
from emgstudio.session.therapy.measuring_cycles import event_channel, measure_cycles, step_events
from emgstudio.session.therapy.measuring_levels import measure_levels, measure_pairs
from emgstudio.session.therapy.muscle_signal import MuscleSignal
from emgstudio.session.therapy.plan import META, Plan, plan_from
from emgstudio.session.therapy.recorded_exercise import (
    LEVEL_RATE,
    RecordedExercise,
    read_exercise,
    stream_of,
)
from emgstudio.session.therapy.repetitions import repetitions_of
from emgstudio.session.therapy.watch import watched_measures
from emgstudio.storage.recording import Recording

Floats = NDArray[np.float64]

CYCLES = "cycles"
# These come from levels alone.
OF_LEVELS = ("time to goal", "co-activation", "symmetry")


@dataclass(frozen=True, slots=True)
class TherapyResult:
    """One session. ``envelopes (n, muscles)`` in ``unit`` at ``rate`` Hz from ``start_s`` on.

    ``measures`` are per muscle and pair; ``comparable`` tells what must be equal for two
    sessions to lie on one line of a trend. ``remarks`` are sentences that the measures
    allow; ``figures`` belong to them and are not kept.
    """

    path: Path
    when: datetime
    client: str
    simulated: bool
    plan: Plan
    unit: str
    recipe: str
    repetitions: tuple[Repetition, ...]
    rate: float
    start_s: float
    envelopes: Floats
    measures: tuple[Measure, ...]
    comparable: Mapping[str, str]
    notes: tuple[str, ...] = ()
    remarks: tuple[str, ...] = ()
    figures: tuple[Figure, ...] = ()

    @property
    def success(self) -> float:
        """Share of successful repetitions, NaN without any."""
        if not self.repetitions:
            return math.nan
        return sum(r.success for r in self.repetitions) / len(self.repetitions)

    def value(self, channel: str, name: str) -> float:
        """A measure by its names, NaN without it."""
        for measure in self.measures:
            if (measure.channel, measure.name) == (channel, name):
                return measure.value
        return math.nan


def is_therapy(recording: Recording) -> bool:
    """Whether a recording holds a therapy session."""
    return META in recording.meta


def therapy_result(
    path: Path, progress: Progress | None = None, also: Sequence[str] = ()
) -> TherapyResult:
    """Compute everything of the recording at ``path``.

    ``also`` are MEASURES that its protocol does not name. EmgError when it is no therapy
    session, its channels are not there, or a measure is not known.
    """
    unknown = [name for name in also if name not in MEASURES]
    if unknown:
        raise EmgError(f"There is no measure “{unknown[0]}”.", f"Known are {', '.join(MEASURES)}.")
    with Recording.open(path) as recording:
        about = recording.meta.get(META)
        if not isinstance(about, dict):
            raise EmgError(
                f"{path.name} is no therapy session.",
                "Reports are made of sessions with a protocol.",
            )
        plan = plan_from({k: v for k, v in about.items() if k in Plan.__slots__})
        wanted = tuple(dict.fromkeys((*plan.protocol.measures, *also)))
        plan = replace(plan, protocol=replace(plan.protocol, measures=wanted))
        exercise = _exercise(recording, plan, about, progress)
        repetitions = repetitions_of(exercise)
        found = Found()
        measure_levels(exercise, repetitions, found)
        _measure_samples(exercise, found)
        measure_pairs(exercise, found)
        begin = float(about.get("from_s", 0.0))
        found.measures += watched_measures([a for a in recording.annotations if a.start >= begin])
        return TherapyResult(
            path,
            datetime.fromisoformat(str(recording.meta["created"])),
            recording.subject,
            recording.simulated,
            plan,
            exercise.unit,
            exercise.recipe,
            repetitions,
            LEVEL_RATE,
            exercise.stream.start_s,
            exercise.levels,
            tuple(found.measures),
            _comparable(exercise),
            tuple(a.note for a in recording.annotations if a.track == "notes" and a.note),
            tuple(found.remarks),
            tuple(found.figures),
        )


def _exercise(
    recording: Recording, plan: Plan, about: Mapping[str, Any], progress: Progress | None
) -> RecordedExercise:
    """With its samples where a measure needs more than levels."""
    wanted = plan.protocol.measures
    extra: list[str] = []
    if CYCLES in wanted:
        channel = event_channel(recording, [m.channel for m in plan.muscles])
        if channel is not None and channel[0] is stream_of(recording, str(about.get("stream", ""))):
            extra.append(channel[1])
    samples = any(key not in OF_LEVELS for key in wanted)
    return read_exercise(recording, plan, about, progress, samples=samples, extra=extra)


def _measure_samples(exercise: RecordedExercise, found: Found) -> None:
    """What the protocol asks for of each muscle; one is in memory at a time."""
    wanted = [key for key in exercise.plan.protocol.measures if key not in OF_LEVELS]
    if not wanted:
        return
    for muscle in range(len(exercise.plan.muscles)):
        signal = MuscleSignal(exercise, muscle, exercise.clean(muscle))
        measure_muscle(signal, (key for key in wanted if key != CYCLES), found)
        if CYCLES in wanted:
            try:
                measure_cycles(signal, *step_events(exercise), found)
            except EmgError as error:
                missing = Measure(
                    signal.name, CYCLES, math.nan, "1", signal.recipe, (error.message,)
                )
                found.measures.append(missing)
    tell_order([muscle.words for muscle in exercise.plan.muscles], found)


def _comparable(exercise: RecordedExercise) -> dict[str, str]:
    """What must be the same for two sessions to be one line."""
    references, meta = exercise.references, exercise.recording.meta
    methods = {str(r["method"]) for r in references} or {"none"}
    windows = {f"{float(r['window_s']):g} s" for r in references} or {"none"}
    return {
        "protocol": exercise.plan.protocol.id,
        "normalisation": ", ".join(sorted(methods)),
        "window of the reference": ", ".join(sorted(windows)),
        "window of the level": f"{exercise.plan.level_s:g} s",
        "filter": effective(exercise.stream.condition, exercise.stream.info.rate).summary(),
        "sensor": str(exercise.stream.info.device),
        "electrodes": str(meta.get("electrodes", "")),
        "placement": str(meta.get("placement", "")),
    }
