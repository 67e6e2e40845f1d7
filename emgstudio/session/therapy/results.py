"""What a recorded therapy session reached, computed from its samples and labels.

Reports, trends and the command line all read these numbers, so that they are the same.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from emgstudio.core.errors import EmgError
from emgstudio.core.tasks import Progress
from emgstudio.core.types import Annotation, FloatSamples, Mask
from emgstudio.dsp.analyses.coactivation import coactivation, symmetry
from emgstudio.dsp.analyses.fatigue import hold
from emgstudio.dsp.envelope import moving_rms
from emgstudio.dsp.measure import Measure
from emgstudio.dsp.recorded import LiveAgain, conditioned
from emgstudio.session.therapy.goal import Goal
from emgstudio.session.therapy.judging import Judge, Repetition
from emgstudio.session.therapy.plan import META, Plan, plan_from
from emgstudio.session.therapy.protocol import Kind
from emgstudio.session.therapy.run import GOAL, PAUSE, REST, TRACK, WORK
from emgstudio.storage.recording import RecordedStream, Recording

Floats = NDArray[np.float64]

# Levels are judged in these steps, as they are live.
STEP_S = 1 / 30
# As protocols ask for it.
FATIGUE = "fatigue"


@dataclass(frozen=True, slots=True)
class TherapyResult:
    """One session. ``envelopes (n, muscles)`` in ``unit`` at ``rate`` Hz from ``start_s`` on.

    ``measures`` are per muscle and pair; ``comparable`` tells what must be equal for two
    sessions to lie on one line of a trend.
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


def therapy_result(path: Path, progress: Progress | None = None) -> TherapyResult:
    """Compute everything of the recording at ``path``.

    EmgError when it is no therapy session or its channels are not there.
    """
    with Recording.open(path) as recording:
        about = recording.meta.get(META)
        if not isinstance(about, dict):
            raise EmgError(
                f"{path.name} is no therapy session.",
                "Reports are made of sessions with a protocol.",
            )
        plan = plan_from({k: v for k, v in about.items() if k in Plan.__slots__})
        stream = _stream_of(recording, str(about.get("stream", "")))
        labels = [a for a in recording.annotations if a.track == TRACK]
        envelopes = _envelopes(stream, plan, about, progress)
        rate = round(1 / STEP_S)
        repetitions = _repetitions(labels, envelopes, float(rate), stream.start_s, plan)
        return TherapyResult(
            path,
            datetime.fromisoformat(str(recording.meta["created"])),
            recording.subject,
            recording.simulated,
            plan,
            str(about.get("unit", "")),
            str(about.get("recipe", "")),
            tuple(repetitions),
            float(rate),
            stream.start_s,
            envelopes,
            tuple(_measures(plan, about, labels, envelopes, float(rate), stream, repetitions)),
            _comparable(plan, about, recording),
            tuple(a.note for a in recording.annotations if a.track == "notes" and a.note),
        )


def _read(stream: RecordedStream, start: int, stop: int) -> tuple[FloatSamples, Mask]:
    data, there = stream.raw(start, stop)
    return stream.info.to_physical(data, there), there


def _stream_of(recording: Recording, name: str) -> RecordedStream:
    for stream in recording.streams.values():
        if stream.info.name == name:
            return stream
    raise EmgError(f"{recording.path.name} has no stream “{name}”.", "It may be damaged.")


def _envelopes(
    stream: RecordedStream, plan: Plan, about: Mapping[str, Any], progress: Progress | None
) -> Floats:
    """Levels of the plan's muscles as they were live, ``(n, muscles)`` every 1/30 s."""
    names = [c.name for c in stream.info.channels]
    try:
        columns = [names.index(m.channel) for m in plan.muscles]
    except ValueError as error:
        raise EmgError(
            "The recording lacks a channel of its plan.", "It may be damaged."
        ) from error
    references = [float(r["value"]) for r in about.get("references", ())]
    rate, total = stream.info.rate, stream.samples
    again = LiveAgain(
        lambda a, b: _read(stream, a, b), stream.condition, rate, stream.info.n_channels, 0, total
    )
    length = max(1, round(plan.level_s * rate))
    each = max(1, round(60 * rate))
    tail = np.empty((0, len(columns)))
    parts: list[Floats] = []
    places = np.floor(np.arange(0, total / rate, STEP_S) * rate).astype(np.int64)
    for begin in range(0, total, each):
        stop = min(total, begin + each)
        _, there = _read(stream, begin, stop)
        x = again.upto(stop)[:, columns].astype(np.float64)
        x[~there] = math.nan
        whole = np.concatenate([tail, x])
        levels = moving_rms(whole, rate, plan.level_s, centred=False)[len(tail) :]
        mine = places[(places >= begin) & (places < stop)] - begin
        parts.append(levels[mine])
        tail = whole[-length:]
        if progress is not None:
            progress.report(stop / total, f"Reading {stream.info.name}")
    levels = np.concatenate(parts) if parts else np.empty((0, len(columns)))
    return 100.0 * levels / np.array(references) if references else levels


def _repetitions(
    labels: Sequence[Annotation], envelopes: Floats, rate: float, start_s: float, plan: Plan
) -> list[Repetition]:
    pauses = [a for a in labels if a.label == PAUSE]
    rests = [a for a in labels if a.label == REST]
    goals = [a for a in labels if a.label == GOAL]
    found = []
    for work in (a for a in labels if a.label == WORK and a.stop > a.start):
        about = _note(work)
        judge = _judged(work, about, goals, pauses, envelopes, rate, start_s, plan)
        if judge.known_s <= 0:
            continue
        done = Repetition(
            int(about.get("set", 1)), str(about.get("step", "")), work.repetition,
            work.start, work.stop, _goal_at(work.stop, about, goals, plan.goal), judge.in_goal,
            judge.mean, tuple(judge.peaks), judge.longest_s, judge.to_goal_s,
        )  # fmt: skip
        rest = next((r for r in rests if abs(r.start - work.stop) < 0.2), None)
        if rest is not None and plan.protocol.reference is not None:
            calm = _judged(rest, about, [], pauses, envelopes, rate, start_s, plan)
            done = replace(done, relaxed=calm.relaxed)
        found.append(done)
    return found


def _judged(
    span: Annotation,
    about: Mapping[str, Any],
    goals: Sequence[Annotation],
    pauses: Sequence[Annotation],
    envelopes: Floats,
    rate: float,
    start_s: float,
    plan: Plan,
) -> Judge:
    judge = Judge(span.duration - sum(_shared(span, p) for p in pauses))
    first = max(0, math.ceil((span.start - start_s) * rate))
    stop = min(len(envelopes), math.floor((span.stop - start_s) * rate) + 1)
    for k in range(first, stop):
        at = start_s + k / rate
        if not any(p.start <= at < p.stop for p in pauses):
            goal = _goal_at(at, about, goals, plan.goal)
            judge.add(1 / rate, envelopes[k].tolist(), goal)
    return judge


def _goal_at(at: float, about: Mapping[str, Any], goals: Sequence[Annotation], plain: Goal) -> Goal:
    """The goal that was on at a time: that of the part, or one that was set since."""
    since = [g for g in goals if g.start <= at]
    stored = (_note(since[-1]) if since else about).get("goal")
    if not isinstance(stored, dict):
        return plain
    values = dict(stored)
    return Goal(Kind(values.pop("kind")), **values)


def _shared(a: Annotation, b: Annotation) -> float:
    return max(0.0, min(a.stop, b.stop) - max(a.start, b.start))


def _note(annotation: Annotation) -> dict[str, Any]:
    try:
        found = json.loads(annotation.note or "{}")
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}


def _measures(
    plan: Plan,
    about: Mapping[str, Any],
    labels: Sequence[Annotation],
    envelopes: Floats,
    rate: float,
    stream: RecordedStream,
    repetitions: Sequence[Repetition],
) -> list[Measure]:
    unit, recipe = str(about.get("unit", "")), str(about.get("recipe", ""))
    inside = np.zeros(len(envelopes), bool)
    for work in (a for a in labels if a.label == WORK):
        first, stop = (round((t - stream.start_s) * rate) for t in (work.start, work.stop))
        inside[max(0, first) : max(0, stop)] = True
    during = envelopes[inside]
    found: list[Measure] = []
    for k, muscle in enumerate(plan.muscles):
        found += _of_muscle(muscle.words, k, during, unit, recipe, repetitions)
        reference = about.get("references", [])
        if k < len(reference):
            r = reference[k]
            how = f"{r['method']}, window {1000 * float(r['window_s']):g} ms, {r['condition']}"
            flags = tuple(map(str, r.get("quality", ())))
            found.append(
                Measure(muscle.words, "reference", float(r["value"]), str(r["unit"]), how, flags)
            )
    if FATIGUE in plan.protocol.measures:
        found += _fatigue(plan, labels, stream)
    if len(plan.muscles) == 2 and len(during) > 1:
        names = (plan.muscles[0].words, plan.muscles[1].words)
        whole = during[np.isfinite(during).all(axis=1)]
        if len(whole) > 1:
            found += coactivation(names, whole[:, 0], whole[:, 1], unit, f"work phases; {recipe}")
        sides = {m.side for m in plan.muscles}
        if sides == {"left", "right"}:
            left = 0 if plan.muscles[0].side == "left" else 1
            means = np.nanmean(during, axis=0)
            comparable = plan.protocol.reference is not None
            found += symmetry(
                plan.muscles[left].name, float(means[left]), float(means[1 - left]),
                f"mean of work phases; {recipe}", comparable=comparable,
            )  # fmt: skip
    return found


def _of_muscle(
    name: str,
    column: int,
    during: Floats,
    unit: str,
    recipe: str,
    repetitions: Sequence[Repetition],
) -> list[Measure]:
    known = during[:, column][np.isfinite(during[:, column])] if len(during) else during
    lost = len(during) - len(known)
    flags = (f"{100 * lost / max(1, len(during)):.1f} % of the work time lost",) if lost else ()
    none = (*flags, "no finished repetition") if not repetitions else flags
    mean = float(known.mean()) if len(known) else math.nan
    rows = [
        ("mean in work", mean, unit, f"mean of work phases; {recipe}", flags),
        ("peak in work", float(known.max()) if len(known) else math.nan, unit, recipe, flags),
        ("best repetition", max((r.mean[column] for r in repetitions), default=math.nan), unit,
         f"largest mean of a work phase; {recipe}", none),
    ]  # fmt: skip
    if column == 0:
        share = (
            100.0 * sum(r.success for r in repetitions) / len(repetitions)
            if repetitions
            else math.nan
        )
        hold = max((r.hold_s for r in repetitions), default=math.nan)
        rest = [r.relaxed for r in repetitions if r.relaxed is not None]
        calm = 100.0 * sum(rest) / len(rest) if rest else math.nan
        quick = [r.to_goal_s for r in repetitions if r.to_goal_s is not None]
        rows += [
            ("repetitions", float(len(repetitions)), "1", "finished work phases", ()),
            ("success", share, "%", "in the goal for 80 % of the work time after 0.5 s", none),
            ("longest hold", hold, "s", "longest stretch in the goal", none),
            ("relaxed rests", calm, "%", "below 20 % in the last half of the rest",
             () if rest else ("no rest could be judged",)),
            ("time to goal", float(np.median(quick)) if quick else math.nan, "s",
             "median from the cue to the goal", () if quick else ("the goal was never met",)),
        ]  # fmt: skip
    return [Measure(name, what, value, u, how, f) for what, value, u, how, f in rows]


def _fatigue(plan: Plan, labels: Sequence[Annotation], stream: RecordedStream) -> Iterator[Measure]:
    """Trends over the longest work phase; a reason instead of a number where there are none."""
    works = [a for a in labels if a.label == WORK]
    if not works:
        return
    longest = max(works, key=lambda a: a.duration)
    first, stop = stream.sample_at(longest.start), stream.sample_at(longest.stop)
    x = conditioned(*_read(stream, first, stop), stream.condition, stream.info.rate)
    names = [c.name for c in stream.info.channels]
    summary = stream.condition.summary()
    for muscle in plan.muscles:
        column = names.index(muscle.channel)
        unit = stream.info.channels[column].unit
        try:
            held = hold(
                muscle.words, unit, x[:, column].astype(np.float64), stream.info.rate, summary
            )
        except EmgError as error:
            yield Measure(muscle.words, "MDF slope", math.nan, "Hz/s", summary, (error.message,))
        else:
            yield from held.measures


def _comparable(plan: Plan, about: Mapping[str, Any], recording: Recording) -> dict[str, str]:
    """What must be the same for two sessions to be one line."""
    references = about.get("references", [])
    methods = {str(r["method"]) for r in references} or {"none"}
    windows = {f"{float(r['window_s']):g} s" for r in references} or {"none"}
    return {
        "protocol": plan.protocol.id,
        "normalisation": ", ".join(sorted(methods)),
        "window of the reference": ", ".join(sorted(windows)),
        "window of the level": f"{plan.level_s:g} s",
        "filter": str(about.get("recipe", "")).partition(", ")[2],
        "sensor": str(recording.main.info.device),
        "placement": str(recording.meta.get("placement", "")),
    }
