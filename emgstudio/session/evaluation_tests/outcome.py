"""What a test found, in words and in numbers with unit, interval and recipe; as CSV and JSON."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, fields
from typing import Any

from emgstudio.ml.gestures import gesture_title
from emgstudio.ml.metrics import bootstrap_interval
from emgstudio.ml.report import wilson
from emgstudio.session.calibration_test import HOLD_S, LIMIT_S, TestResult
from emgstudio.session.evaluation_tests.idle import IdleResult
from emgstudio.session.evaluation_tests.reaching import ReachingResult, Sample, Trial

SEED = 0


@dataclass(frozen=True, slots=True)
class Figure:
    """A number with its unit, its 95 % interval (None without one) and how it is made."""

    name: str
    value: float | None
    unit: str
    recipe: str
    low: float | None = None
    high: float | None = None

    @property
    def text(self) -> str:
        """``1.42 bit/s (1.10–1.80)``, or ``–`` where there is no value."""
        if self.value is None:
            return "–"
        text = f"{_short(self.value)} {self.unit}".rstrip()
        if self.low is None or self.high is None:
            return text
        return f"{text} ({_short(self.low)}–{_short(self.high)})"


@dataclass(frozen=True, slots=True)
class Outcome:
    """One test that was done: ``rows`` are its trials, ``samples`` its decisions."""

    kind: str
    level: str
    words: str
    figures: tuple[Figure, ...]
    columns: tuple[str, ...]
    rows: tuple[tuple[Any, ...], ...]
    samples: tuple[Sample, ...] = ()

    def to_json(self) -> dict[str, Any]:
        """Words, figures and trials as plain lists, numbers and strings."""
        figures = [asdict(figure) for figure in self.figures]
        rows = [list(row) for row in self.rows]
        head = {"kind": self.kind, "level": self.level, "words": self.words}
        return {**head, "figures": figures, "columns": list(self.columns), "rows": rows}

    def csv(self) -> str:
        """One line per decision under LibEMG's names where the test logs them, else per trial."""
        if not self.samples:
            return _table(self.columns, self.rows)
        names = [field.name for field in fields(Sample)]
        lines = ([_cell(getattr(s, name)) for name in names] for s in self.samples)
        return _table(names, lines)

    def trials_csv(self) -> str:
        """One line per trial or activation."""
        return _table(self.columns, self.rows)


def reaching_outcome(result: ReachingResult) -> Outcome:
    """TAC or Fitts in words, figures and trials."""
    rules, trials = result.rules, result.trials
    share, interval = _completion(result.reached, len(trials))
    unit = "°" if rules.kind == "tac" else "half field"
    words = f"{result.reached} of {len(trials)} goals reached"
    throughput, completed = result.mean("throughput"), result.mean("completed_s")
    if completed is not None:
        words += f", {completed:.1f} s on average with the hold"
    if rules.kind == "fitts" and throughput is not None:
        words += f", {throughput:.2f} bit/s"
    recipe = f"goals held {rules.hold_s:g} s within {rules.limit_s:g} s"
    figures = (
        Figure("Completion rate", share, "%", recipe + "; Wilson", *interval),
        _mean(result, "Completion time", "completed_s", "s", "appearance to end of the hold"),
        _mean(result, "Reaction time", "reaction_s", "s", "appearance to first movement"),
        _mean(result, "Movement time", "movement_s", "s", "appearance to entry for good"),
        _mean(result, "Index of difficulty", "difficulty", "bit", "log2(D / W + 1)"),
        _mean(result, "Throughput", "throughput", "bit/s", "difficulty / movement time, mean"),
        _mean(result, "Path efficiency", "efficiency", "%", "shortest / path, to the edge", 100.0),
        _mean(result, "Overshoots", "overshoots", "per goal", "goal left before the hold ended"),
        _mean(result, "Stopping distance", "stopping", unit, "path after entry for good"),
    )
    names = (*(f.name for f in fields(Trial)), "difficulty", "throughput", "efficiency")
    rows = tuple(tuple(getattr(trial, name) for name in names) for trial in trials)
    return Outcome(rules.kind, _level(share), words + ".", figures, names, rows, result.samples)


def motion_outcome(result: TestResult, hold_s: float = HOLD_S, limit_s: float = LIMIT_S) -> Outcome:
    """The motion test in words, figures and trials; a target was ``hold_s`` of ``limit_s``."""
    targets = result.targets
    share, interval = _completion(result.reached, len(targets))
    there = [t for t in targets if t.reached]
    recipe = "from appearance; bootstrap"
    rule = f"{hold_s:g} s of right decisions within {limit_s:g} s; Wilson"
    since_onset = [
        None if t.selected_s is None or t.onset_s is None else t.selected_s - t.onset_s
        for t in there
    ]
    figures = (
        Figure("Completion rate", share, "%", rule, *interval),
        _figure("Selection time", [t.selected_s for t in there], "s", recipe),
        _figure(
            "Selection after onset", since_onset, "s",
            "from the first decision for any movement, as BioPatRec; bootstrap",
        ),
        _figure("Completion time", [t.completed_s for t in there], "s", recipe),
        _figure(
            "Steadiness", [t.steadiness for t in targets], "%",
            "share right after the first right decision; bootstrap", 100.0,
        ),
    )  # fmt: skip
    missed = ", ".join(gesture_title(name) for name in result.missed)
    words = result.words + (f". Missed: {missed}." if missed else ".")
    names = ("gesture", "reached", "selected_s", "completed_s", "steadiness", "onset_s")
    rows = tuple(tuple(getattr(t, name) for name in names) for t in targets)
    return Outcome("motion", _level(share), words, figures, names, rows)


def idle_outcome(result: IdleResult) -> Outcome:
    """False activations in words and figures."""
    count, hour, steady = len(result.activations), result.per_hour, result.steadiness
    words = f"{count or 'No'} false activation{'' if count == 1 else 's'}"
    words += f" in {result.watched_s:.0f} s"
    if result.by_gesture:
        words += f", most often {gesture_title(result.by_gesture[0][0])}"
    low, high = result.interval
    rest = None if steady is None else 100 * steady
    figures = (
        Figure(
            "False activations", hour, "per hour",
            f"{count} in {result.watched_s:.0f} s; exact interval for counts", low, high,
        ),
        Figure("Steadiness", rest, "%", "share of time at rest"),
    )  # fmt: skip
    level = "good" if not count else "check" if (steady or 0.0) >= 0.95 else "stop"
    rows = tuple((a.gesture, a.start_s, a.duration_s) for a in result.activations)
    return Outcome("idle", level, words + ".", figures, ("gesture", "start_s", "duration_s"), rows)


def _completion(reached: int, total: int) -> tuple[float, tuple[float, float]]:
    share = reached / max(1, total)
    low, high = wilson(share, total)
    return 100 * share, (100 * low, 100 * high)


def _level(percent: float) -> str:
    return "good" if percent >= 90 else "check" if percent >= 70 else "stop"


def _mean(
    result: ReachingResult, name: str, field: str, unit: str, recipe: str, scale: float = 1.0
) -> Figure:
    return _figure(name, result.values(field), unit, recipe + "; bootstrap", scale)


def _figure(
    name: str, values: Sequence[float | None], unit: str, recipe: str, scale: float = 1.0
) -> Figure:
    there = [scale * value for value in values if value is not None]
    if not there:
        return Figure(name, None, unit, recipe)
    low, high = bootstrap_interval(there, SEED)
    return Figure(name, sum(there) / len(there), unit, recipe, low, high)


def _short(value: float) -> str:
    return (
        f"{value:.0f}" if abs(value) >= 20 else f"{value:.2g}" if abs(value) < 1 else f"{value:.1f}"
    )


def _cell(value: Any) -> Any:
    if isinstance(value, tuple):
        return "(" + ", ".join(f"{v:.6g}" for v in value) + ")"
    return value


def _table(columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> str:
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(columns)
    writer.writerows(rows)
    return text.getvalue()
