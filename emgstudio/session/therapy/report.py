"""The words and numbers of a report; how they look on paper is the window's business."""

from __future__ import annotations

import csv
import io
import math
from collections.abc import Sequence
from typing import Any

from emgstudio.dsp.measure import Measure
from emgstudio.session.therapy.comparing import conditions, difference
from emgstudio.session.therapy.protocol import Kind
from emgstudio.session.therapy.results import TherapyResult
from emgstudio.session.therapy.trend import Trend, trend

STATEMENT = (
    "EMG Studio is software for education, training and research. It is not a medical device, "
    "gives no diagnosis and must not be the only basis of a treatment decision."
)
TRENDS = ("best repetition", "success", "longest hold", "reference")
# Of a value: less is not worth a word.
WORTH_SAYING = 0.05


def in_one_sentence(result: TherapyResult, before: TherapyResult | None = None) -> str:
    """What was reached, and how it compares with the session before, in plain words."""
    if not result.repetitions:
        return "No repetition was finished in this session."
    muscle = result.plan.muscles[0].words
    done, good = len(result.repetitions), sum(r.success for r in result.repetitions)
    mean = result.value(muscle, "mean in work")
    parts = [_reached(result, muscle, mean, good, done)]
    if before is not None:
        parts.append(_compared(result, before, muscle, mean))
    parts.append(_calm(result, muscle))
    return "; ".join(filter(None, parts)) + "."


def _calm(result: TherapyResult, muscle: str) -> str:
    calm = result.value(muscle, "relaxed rests")
    if math.isnan(calm):
        return ""
    if sum(r.relaxed is not None for r in result.repetitions) == 1:
        return "it relaxed in its only rest" if calm > 0 else "it did not relax in its only rest"
    return "it relaxes well" if calm >= 80 else f"it relaxed in {calm:.0f} % of the rests"


def _reached(result: TherapyResult, muscle: str, mean: float, good: int, done: int) -> str:
    name = muscle[:1].upper() + muscle[1:]
    level = f"{mean:.0f} {_unit_words(result.unit)}" if not math.isnan(mean) else "no known level"
    if result.plan.goal.kind in (Kind.ASSESS, Kind.FREE):
        parts = "one part" if done == 1 else f"{done} parts"
        return f"{name} worked at {level} on average in {parts}"
    return f"{name} worked at {level} on average and reached its goal in {good} of {done}"


def _compared(result: TherapyResult, before: TherapyResult, muscle: str, mean: float) -> str:
    last = before.value(muscle, "mean in work")
    apart = difference(conditions(before, muscle), conditions(result, muscle))
    if math.isnan(last) or math.isnan(mean) or last <= 0:
        return ""
    if apart.changed:
        return f"it is not comparable with last time ({apart.changed[0]} changed)"
    surely = f", if the {' and '.join(apart.untold)} were the same" if apart.untold else ""
    share = mean / last - 1.0
    if abs(share) < WORTH_SAYING:
        return f"about as much as last time{surely}"
    return f"{100 * abs(share):.0f} % {'more' if share > 0 else 'less'} than last time{surely}"


def _unit_words(unit: str) -> str:
    return "% of its maximum" if unit == "%MVC" else unit


def methods_line(result: TherapyResult) -> str:
    """How the numbers were made, for the foot of a report."""
    parts = [f"Levels: {result.recipe or 'as recorded'}"]
    references = [m for m in result.measures if m.name == "reference"]
    if references:
        parts.append(f"reference: {references[0].recipe}")
    parts.append("goal met: 80 % of the work time after 0.5 s")
    parts.append(f"sensor: {result.comparable.get('sensor') or 'not recorded'}")
    parts.append(f"electrodes: {result.comparable.get('electrodes') or 'not recorded'}")
    parts.append(f"placement: {result.comparable.get('placement') or 'not recorded'}")
    return "; ".join(parts) + "."


def trends(results: Sequence[TherapyResult]) -> list[Trend]:
    """What is followed over sessions, of each muscle of the newest one."""
    if not results:
        return []
    newest = max(results, key=lambda r: r.when)
    return [
        found
        for muscle in newest.plan.muscles
        for name in TRENDS
        if (found := trend(results, muscle.words, name)).points
    ]


def numbers_csv(results: Sequence[TherapyResult]) -> str:
    """Every number of every session, a row each, with unit, recipe and doubts."""
    out = io.StringIO()
    rows = csv.writer(out, lineterminator="\n")
    rows.writerow(["session", "when", "client", "protocol", "muscle", "measure", "value", "unit",
                   "recipe", "flags"])  # fmt: skip
    for result in results:
        head = [
            result.path.name,
            result.when.isoformat(),
            result.client,
            result.plan.protocol.title,
        ]
        for measure in result.measures:
            rows.writerow([*head, *_row(measure)])
    return out.getvalue()


def numbers(result: TherapyResult) -> dict[str, Any]:
    """The same as JSON can carry them; what is not known is null."""
    return {
        "session": str(result.path),
        "when": result.when.isoformat(),
        "client": result.client,
        "simulated": result.simulated,
        "protocol": result.plan.protocol.title,
        "sentence": in_one_sentence(result),
        "methods": methods_line(result),
        "measures": [
            {
                "muscle": m.channel,
                "measure": m.name,
                "value": None if math.isnan(m.value) else m.value,
                "unit": m.unit,
                "recipe": m.recipe,
                "flags": list(m.flags),
            }
            for m in result.measures
        ],
        "remarks": list(result.remarks),
        "statement": STATEMENT,
    }


def _row(measure: Measure) -> list[str]:
    value = "" if math.isnan(measure.value) else f"{measure.value:.6g}"
    flags = "; ".join(measure.flags)
    return [measure.channel, measure.name, value, measure.unit, measure.recipe, flags]
