"""What a protocol can ask to be measured, and how each of these is computed for one muscle."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from emgstudio.core.errors import EmgError
from emgstudio.dsp.analyses.amplitude import amplitudes
from emgstudio.dsp.analyses.ergonomics import LIMITS, load
from emgstudio.dsp.analyses.fatigue import BAND_HZ, VARIED_PERCENT, hold, omega
from emgstudio.dsp.analyses.timing import (
    activity,
    order,
    reaction_measures,
    reactions,
    relaxation_measures,
    relaxations,
    rise_time,
)
from emgstudio.dsp.analyses.tremor import rhythm
from emgstudio.dsp.envelope import linear_envelope
from emgstudio.dsp.filters import HIGHEST_EDGE
from emgstudio.dsp.measure import Measure
from emgstudio.dsp.onset import Interval, quietest
from emgstudio.dsp.spectrum import mean_frequency, median_frequency, psd, too_slow
from emgstudio.session.reference import Method
from emgstudio.session.therapy.figure import Figure
from emgstudio.session.therapy.muscle_signal import MuscleSignal, level_of

Floats = NDArray[np.float64]

# What protocols may ask for besides mean, peak, goal, hold and rest, which are always told.
MEASURES = {
    "amplitude": "RMS, ARV, iEMG and peak of each part",
    "steadiness": "how much the level wavers in holds",
    "rise time": "from 10 to 90 % of each effort",
    "time to goal": "from the cue to the goal",
    "time to relax": "from the cue to relax to the offset",
    "timing": "bursts: how many, how long, which muscle first",
    "reaction time": "from the cue to the onset",
    "spectrum": "mean and median frequency of each part, and how wide the spectrum is",
    "fatigue": "trend of median frequency and amplitude over the longest work phase",
    "rhythm": "rhythmic activity between 3 and 12 Hz",
    "load": "static, median and peak load, gaps and muscular rest",
    "cycles": "the mean step: curve, variability, when muscles are on and off",
    "co-activation": "overlap and co-activation of two muscles",
    "symmetry": "left against right",
}
ONSET = "onset after the cue"
SMOOTH_S = 0.1
# Onsets are not known better than this.
TOGETHER_S = 0.01
QUICK_S = 0.05
STEADY_S = 0.25
# Reaching a level is no wavering.
SETTLED_S = 1.0
RHYTHM_HZ, RHYTHM_RATE = 50.0, 200.0


@dataclass
class Found:
    """What was computed: numbers, sentences that may be said of them, curves."""

    measures: list[Measure] = field(default_factory=list)
    remarks: list[str] = field(default_factory=list)
    figures: list[Figure] = field(default_factory=list)


Compute = Callable[[MuscleSignal, Found], None]


def measure_muscle(signal: MuscleSignal, wanted: Iterable[str], found: Found) -> None:
    """Add what ``wanted`` asks for; what cannot be had is told with the reason."""
    for key in wanted:
        compute = COMPUTES.get(key)
        if compute is None:
            if key not in MEASURES:
                found.measures.append(
                    _missing(signal, key, "this version does not know the measure")
                )
            continue
        try:
            compute(signal, found)
        except EmgError as error:
            found.measures.append(_missing(signal, key, error.message))


def _missing(signal: MuscleSignal, name: str, reason: str) -> Measure:
    return Measure(signal.name, name, math.nan, "1", signal.recipe, (reason,))


def _amplitude(signal: MuscleSignal, found: Found) -> None:
    for before, parts in signal.steps(rests=True):
        x = np.concatenate([signal.during(part) for part in parts])
        rows = amplitudes(
            signal.name, signal.unit, x, signal.rate, signal.recipe, window_s=SMOOTH_S
        )
        found.measures += [_named(row, before) for row in rows]


def _steadiness(signal: MuscleSignal, found: Found) -> None:
    how = (
        f"SD by mean of RMS over {1000 * STEADY_S:g} ms, first {SETTLED_S:g} s left out, "
        f"median of the parts; {signal.recipe}"
    )
    for before, parts in signal.steps(rests=True):
        skip = round(SETTLED_S * signal.rate)
        values = []
        for part in parts:
            level = level_of(signal.during(part), signal.rate, STEADY_S)[skip:]
            level = level[np.isfinite(level)]
            if len(level) > skip and level.mean() > 0:
                values.append(100.0 * float(level.std() / level.mean()))
        short = () if values else (f"no part is longer than {2 * SETTLED_S:g} s",)
        found.measures.append(
            Measure(signal.name, f"{before}steadiness (CV)", _median(values), "%", how, short)
        )


def _rise_time(signal: MuscleSignal, found: Found) -> None:
    bursts = signal.bursts
    smooth = level_of(signal.x, signal.rate, QUICK_S)
    how = f"10 to 90 % of RMS over {1000 * QUICK_S:g} ms, median of the efforts; {bursts.recipe}"
    for before, parts in signal.steps():
        values = []
        for part in parts:
            inside = (bursts.onsets >= part.start) & (bursts.onsets < part.stop)
            if inside.any():
                burst = bursts.samples[int(np.argmax(inside))]
                values.append(rise_time(smooth, signal.rate, burst))
        known = [value for value in values if math.isfinite(value)]
        none = () if known else ("no effort begins within its cue",)
        doubts = (*bursts.doubts, *none)
        found.measures.append(
            Measure(signal.name, f"{before}rise time", _median(known), "s", how, doubts)
        )


def _time_to_relax(signal: MuscleSignal, found: Found) -> None:
    bursts, parts = signal.bursts, signal.exercise.parts
    for before, works in signal.steps():
        rests = [
            (rest.start, rest.stop)
            for rest in parts
            if not rest.work and any(abs(rest.start - work.stop) < 0.2 for work in works)
        ]
        if rests:
            made = relaxations(rests, bursts.onsets, bursts.offsets)
            rows = relaxation_measures(signal.name, made, bursts.recipe, bursts.doubts)
            found.measures += [_named(row, before) for row in rows]


def _timing(signal: MuscleSignal, found: Found) -> None:
    bursts, exercise = signal.bursts, signal.exercise
    whole = exercise.whole
    first, stop = (exercise.stream.sample_at(at) for at in (whole.start, whole.stop))
    # A recording may have begun long before the exercise, and holds pauses.
    inside_it = [
        Interval(max(b.start, first), min(b.stop, stop))
        for b in bursts.samples
        if b.stop > first and b.start < stop
    ]
    known = int(np.isfinite(signal.during(whole)).sum())
    found.measures += activity(
        signal.name, inside_it, max(1, known), signal.rate, bursts.recipe, bursts.snr_db
    )
    cued = []
    for part in signal.exercise.works:
        inside = (bursts.offsets > part.start) & (bursts.onsets < part.stop)
        if inside.any():
            cued.append(float(bursts.onsets[np.argmax(inside)] - part.start))
    none = () if cued else ("no activity in a work phase",)
    how = f"median over the work phases; {bursts.recipe}"
    found.measures.append(
        Measure(signal.name, ONSET, _median(cued), "s", how, (*bursts.doubts, *none))
    )


def tell_order(names: Sequence[str], found: Found) -> None:
    """Say which muscle begins first, from their onsets after the cue."""
    onsets = {m.channel: m.value for m in found.measures if m.name == ONSET}
    placed = order([(name, onsets[name]) for name in names if name in onsets])
    if len(placed) < 2:
        return
    said = placed[0]
    for before, name in pairwise(placed):
        together = onsets[name] - onsets[before] < TOGETHER_S
        said += f" and {name} together" if together else f", then {name}"
    found.remarks.append(f"Order of onsets: {said}.")


def _reaction_time(signal: MuscleSignal, found: Found) -> None:
    bursts = signal.bursts
    cues = np.array([part.start for part in signal.exercise.works])
    made = reactions(cues, bursts.onsets, bursts.offsets)
    found.measures += reaction_measures(signal.name, made, bursts.recipe, bursts.doubts)


def _spectrum(signal: MuscleSignal, found: Found) -> None:
    if reason := too_slow(signal.rate):
        raise EmgError(reason)
    band = f"{BAND_HZ[0]:g}–{BAND_HZ[1]:g} Hz"
    for before, parts in signal.steps():
        x = np.concatenate([signal.during(part) for part in parts])
        long = np.isfinite(x).sum() >= signal.rate
        median = mean = width = math.nan
        if long:
            f, power = psd(x[:, None], signal.rate)
            inside = (f >= BAND_HZ[0]) & (f <= BAND_HZ[1])
            width = omega(f[inside], power[inside, 0])
            median = float(median_frequency(f, power, *BAND_HZ)[0])
            mean = float(mean_frequency(f, power, *BAND_HZ)[0])
        short = () if math.isfinite(median) else ("no second without lost samples",)
        how = f"Welch, Hann windows of 1 s, {band}; {signal.recipe}"
        found.measures += [
            Measure(signal.name, f"{before}median frequency", median, "Hz", how, short),
            Measure(signal.name, f"{before}mean frequency", mean, "Hz", how, short),
            Measure(signal.name, f"{before}spectral width (Ω)", width, "1", how, short),
        ]


def _fatigue(signal: MuscleSignal, found: Found) -> None:
    works = signal.exercise.works
    if not works:
        raise EmgError("There is no work phase.")
    longest = max(works, key=lambda part: part.seconds)
    held = hold(signal.name, signal.unit, signal.during(longest), signal.rate, signal.recipe)
    found.measures += held.measures
    found.remarks.append(
        f"{signal.name}: {held.sentence} Amplitude and frequency together (JASA): {held.trend}"
        f"{' of an effort that was not steady' if held.varied_percent > VARIED_PERCENT else ''}."
    )
    ends = float(held.times[0]), float(held.times[-1])
    line = held.median
    found.figures.append(
        Figure(
            signal.name,
            held.times, held.median_hz, "s", "Hz", dots=True,
            about="median frequency of each second",
            line=tuple((at, line.start + line.slope * at) for at in ends),  # type: ignore[arg-type]
        )
    )  # fmt: skip


def _rhythm(signal: MuscleSignal, found: Found) -> None:
    each = max(1, round(signal.rate / RHYTHM_RATE))
    cutoff = min(RHYTHM_HZ, HIGHEST_EDGE * signal.rate)
    envelope = linear_envelope(signal.x[:, None], signal.rate, cutoff_hz=cutoff)[:, 0]
    rate = signal.rate / each
    how = f"rectified, low-pass {cutoff:g} Hz, {rate:g} Hz; {signal.recipe}"
    for before, parts in signal.steps(rests=True):
        longest = max(parts, key=lambda part: part.seconds)
        try:
            made = rhythm(signal.name, signal.exercise.during(longest, envelope)[::each], rate, how)
        except EmgError as error:
            found.measures.append(_missing(signal, f"{before}rhythm", error.message))
            continue
        found.measures += [_named(row, before) for row in made.measures]
        said = made.sentence[:1].lower() + made.sentence[1:]
        found.remarks.append(f"{signal.name}{', ' if before else ': '}{before}{said}")


def _load(signal: MuscleSignal, found: Found) -> None:
    exercise = signal.exercise
    references = exercise.references
    if not references or any(r["method"] != Method.MVC for r in references):
        raise EmgError("The load of work is told in per cent of a maximum (MVC).")
    share = 100.0 / float(references[signal.muscle]["value"])
    level = share * level_of(signal.x, signal.rate, SMOOTH_S)
    step = max(1, round(signal.rate * SMOOTH_S / 4))
    worked = np.concatenate([exercise.during(part, level) for part in exercise.works] or [level])
    how = f"RMS over {1000 * SMOOTH_S:g} ms in %MVC; {signal.recipe}"
    noise = share * rest_level(signal)
    rows = load(signal.name, worked[::step], signal.rate / step, how, rest_noise=noise)
    found.measures += rows
    found.remarks += _load_words(signal.name, rows)
    percent = np.linspace(0.0, 100.0, 101)
    known = worked[np.isfinite(worked)]
    found.figures.append(
        Figure(
            signal.name,
            percent, np.percentile(known, percent), "% of the time", "%MVC",
            about="share of the time with at most this load",
            zones=tuple((at, f"P{p} at most") for p, _, at in LIMITS.values()),
        )
    )  # fmt: skip


def _load_words(name: str, rows: Sequence[Measure]) -> list[str]:
    """Where each load lies within Jonsson's limits."""
    said = []
    for row, (kind, (_, good, most)) in zip(rows, LIMITS.items(), strict=False):
        where = (
            f"within the recommended {good:g}" if row.value <= good
            else f"above the recommended {good:g}, within the limit of {most:g}"
            if row.value <= most
            else f"above the limit of {most:g}"
        )  # fmt: skip
        said.append(f"{kind} load {row.value:.1f} %MVC ({where})")
    return [f"{name}: {', '.join(said)}; limits are for an hour of work and more."]


def rest_level(signal: MuscleSignal) -> float:
    """Level at rest in the signal's unit: as measured before the exercise, else its quietest 5 s.

    NaN when neither is known.
    """
    channel = signal.exercise.plan.muscles[signal.muscle].channel
    measured = signal.exercise.recording.meta.get("rest")
    if isinstance(measured, dict) and channel in measured:
        return float(measured[channel])
    try:
        quiet = quietest(signal.x, signal.rate, 5.0)
    except EmgError:
        return math.nan
    level = level_of(signal.x[quiet.start : quiet.stop], signal.rate, SMOOTH_S)
    return float(np.nanmedian(level))


def _median(values: Sequence[float]) -> float:
    return float(np.median(values)) if values else math.nan


def _named(row: Measure, before: str) -> Measure:
    return Measure(row.channel, before + row.name, row.value, row.unit, row.recipe, row.flags)


COMPUTES: dict[str, Compute] = {
    "amplitude": _amplitude,
    "steadiness": _steadiness,
    "rise time": _rise_time,
    "time to relax": _time_to_relax,
    "timing": _timing,
    "reaction time": _reaction_time,
    "spectrum": _spectrum,
    "fatigue": _fatigue,
    "rhythm": _rhythm,
    "load": _load,
}
