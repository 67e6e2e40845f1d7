"""The plots of a report: the whole session, its best repetition, and trends over sessions."""

from __future__ import annotations

from datetime import datetime

import numpy as np
from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QBrush, QColor, QImage, QPainter, QPen

from emgstudio.gui.plots.colormaps import LEVELS, lookup
from emgstudio.gui.report.axes import WORDS, Axes, Floats, reduced, ticks
from emgstudio.gui.report.facts import RawStretch, Spectrogram, best_repetition
from emgstudio.gui.report.sheet import write
from emgstudio.gui.theme import LIGHT
from emgstudio.session.therapy.goal import Goal
from emgstudio.session.therapy.protocol import Kind
from emgstudio.session.therapy.results import TherapyResult
from emgstudio.session.therapy.trend import Trend

LEFT, RIGHT, ABOVE, BELOW = 34.0, 8.0, 22.0, 16.0
# Above the session's plot are marks and sets, too.
MARKS = 16.0
MARK = 2.6
# Of the reference.
FULL = 100.0
QUIET_AND_LOUD = (5.0, 99.0)
GOALLESS = (Kind.ASSESS, Kind.FREE)


def local(when: datetime) -> datetime:
    """In this computer's time zone."""
    return when.astimezone()


def goal_lines(goal: Goal, column: int) -> tuple[float, ...]:
    """Where the goal of a muscle is drawn."""
    match goal.kind:
        case Kind.RECIPROCAL:
            return (goal.high,) if column else (goal.low,)
        case Kind.COMPARE:
            return (goal.low,)
        case Kind.UP if column == 0:
            return (goal.low,)
        case Kind.DOWN if column == 0:
            return (goal.high,)
        case Kind.BAND if column == 0:
            return (goal.low, goal.high)
    return ()


def session_plot(result: TherapyResult, column: int, painter: QPainter, area: QRectF) -> None:
    """One muscle's envelope from first to last, with sets, repetitions and goal."""
    time = result.start_s + np.arange(len(result.envelopes)) / result.rate
    level = result.envelopes[:, column]
    above = ABOVE + MARKS if column == 0 else ABOVE
    plot = area.adjusted(LEFT, above, -RIGHT, -BELOW)
    goals = [g for r in result.repetitions for g in goal_lines(r.goal, column)]
    axes = Axes(plot, (float(time[0]), float(time[-1])), (0.0, _top(level, goals)))
    for one in result.repetitions:
        _shade(painter, axes, one.start, one.stop)
    axes.frame(painter, _seconds(*axes.x))
    _title(painter, area, f"{result.plan.muscles[column].words}, {result.unit}")
    axes.line(painter, *reduced(time, level), colour=LIGHT.trace(column))
    if result.unit.startswith("%") and axes.y[1] > FULL * 1.1:
        painter.setPen(QPen(QColor(LIGHT.stop), 1.0))
        painter.drawLine(axes.at(axes.x[0], FULL), axes.at(axes.x[1], FULL))
        at = axes.at(axes.x[1], FULL) + QPointF(-2, -3)
        write(painter, at, "100 %", WORDS, colour=LIGHT.stop, align=1.0)
    number = 0
    for one in result.repetitions:
        for goal in goal_lines(one.goal, column):
            axes.dash(painter, one.start, one.stop, goal, LIGHT.check)
        if column == 0 and one.goal.kind not in GOALLESS:
            middle = (axes.across(one.start) + axes.across(one.stop)) / 2
            mark(painter, QPointF(middle, plot.top() - 5), one.success)
        if column == 0 and one.set_number != number and result.plan.protocol.sets > 1:
            number = one.set_number
            at = QPointF(axes.across(one.start), plot.top() - 11)
            write(painter, at, f"Set {number}", WORDS, colour=LIGHT.muted)


def key_of_session(result: TherapyResult, painter: QPainter, area: QRectF) -> None:
    """What the shapes of the session plot mean."""
    x, y = area.left() + LEFT, area.top() + 8
    painter.fillRect(QRectF(x, y - 7, 14, 8), LIGHT.tint("accent", 0.14))
    write(painter, QPointF(x + 18, y), "a repetition", WORDS, colour=LIGHT.muted)
    if result.plan.goal.kind in GOALLESS:
        return
    x += 80
    painter.setPen(QPen(QColor(LIGHT.check), 1.2, Qt.PenStyle.DashLine))
    painter.drawLine(QPointF(x, y - 2.5), QPointF(x + 18, y - 2.5))
    write(painter, QPointF(x + 22, y), "its goal", WORDS, colour=LIGHT.muted)
    x += 70
    mark(painter, QPointF(x + 3, y - 2.5), True)
    write(painter, QPointF(x + 10, y), "goal reached", WORDS, colour=LIGHT.muted)
    x += 80
    mark(painter, QPointF(x + 3, y - 2.5), False)
    write(painter, QPointF(x + 10, y), "not reached", WORDS, colour=LIGHT.muted)


def mark(painter: QPainter, at: QPointF, reached: bool, size: float = MARK) -> None:
    """A filled circle for a goal that was reached, an empty one for one that was not."""
    painter.setPen(QPen(QColor(LIGHT.good), 0.9))
    painter.setBrush(QColor(LIGHT.good) if reached else Qt.BrushStyle.NoBrush)
    painter.drawEllipse(at, size, size)
    painter.setBrush(Qt.BrushStyle.NoBrush)


def repetition_plot(
    result: TherapyResult, raw: RawStretch, painter: QPainter, area: QRectF
) -> None:
    """The signal as it was recorded above, its envelope below, on one time axis."""
    best = best_repetition(result)
    if best is None:
        return
    half = area.height() / 2
    x = (raw.start, raw.stop)
    upper = QRectF(area.left(), area.top(), area.width(), half)
    middle = float(np.nanmedian(np.concatenate([raw.low, raw.high])))
    reach = float(max(np.nanmax(raw.high) - middle, middle - np.nanmin(raw.low))) or 1.0
    plot = upper.adjusted(LEFT, ABOVE, -RIGHT, -BELOW)
    axes = Axes(plot, x, (middle - 1.05 * reach, middle + 1.05 * reach))
    _shade(painter, axes, best.start, best.stop)
    axes.frame(painter, (), about=5)
    _title(painter, upper, f"{result.plan.muscles[0].words}, signal as recorded, {raw.unit}")
    between = np.linspace(*x, len(raw.low), endpoint=False)
    zigzag = np.column_stack([raw.low, raw.high]).ravel().astype(np.float64)
    axes.line(painter, np.repeat(between, 2), zigzag, LIGHT.trace(0), 0.5)
    lower = QRectF(area.left(), area.top() + half, area.width(), half)
    time = result.start_s + np.arange(len(result.envelopes)) / result.rate
    inside = (time >= raw.start) & (time <= raw.stop)
    level = result.envelopes[inside, 0]
    goals = goal_lines(best.goal, 0)
    plot = lower.adjusted(LEFT, ABOVE, -RIGHT, -BELOW)
    axes = Axes(plot, x, (0.0, _top(level, list(goals))))
    _shade(painter, axes, best.start, best.stop)
    axes.frame(painter, _seconds(*x))
    _title(painter, lower, f"its envelope, {result.unit}")
    axes.line(painter, time[inside], level, LIGHT.trace(0), 1.1)
    for goal in goals:
        axes.dash(painter, best.start, best.stop, goal, LIGHT.check)


def spectrogram_plot(made: Spectrogram, unit: str, painter: QPainter, area: QRectF) -> None:
    """Frequencies over the time of the repetition; colours from the quiet to the loud end."""
    plot = area.adjusted(LEFT, ABOVE, -RIGHT, -BELOW)
    known = made.db[np.isfinite(made.db)]
    if not len(known):
        return
    low, high = (float(v) for v in np.percentile(known, QUIET_AND_LOUD))
    levels = np.nan_to_num((made.db - low) / max(high - low, 1e-9), nan=0.0)
    index = (np.clip(levels, 0.0, 1.0) * (LEVELS - 1)).astype(np.intp)
    pixels = np.ascontiguousarray(lookup("cividis")[index].T[::-1])
    image = QImage(
        pixels.tobytes(), pixels.shape[1], pixels.shape[0], 4 * pixels.shape[1],
        QImage.Format.Format_RGB32,
    )  # fmt: skip
    painter.drawImage(plot, image)
    axes = Axes(plot, (made.start, made.stop), (0.0, made.top_hz))
    axes.frame(painter, _seconds(made.start, made.stop))
    words = f"its frequencies, Hz; dark {low:.0f}, light {high:.0f} dB re 1 {unit}²/Hz"
    _title(painter, area, words)


def trend_plot(found: Trend, painter: QPainter, area: QRectF) -> None:
    """A value over sessions: solid where two may be compared, dashed where not."""
    plot = area.adjusted(LEFT, ABOVE, -RIGHT - 14, -BELOW)
    days = np.array([p.when.timestamp() for p in found.points])
    values = np.array([p.value for p in found.points])
    wide = max(1.0, days[-1] - days[0])
    axes = Axes(plot, (days[0] - 0.06 * wide, days[-1] + 0.06 * wide), (0.0, _top(values, [], 1.2)))
    first, last = local(found.points[0].when), local(found.points[-1].when)
    axes.frame(
        painter,
        [(days[0], f"{first:%Y-%m-%d}"), (days[-1], f"{last:%Y-%m-%d}")],
        about=3,
    )
    unit = f", {found.unit}" if found.unit != "1" else ""
    _title(painter, area, f"{found.channel}: {found.name}{unit}")
    for k in range(1, len(values)):
        a, b = (axes.at(float(days[n]), float(values[n])) for n in (k - 1, k))
        _step(painter, axes, a, b, joined=found.points[k].joined)
    painter.setBrush(QBrush(QColor(LIGHT.accent)))
    painter.setPen(QPen(QColor(LIGHT.surface), 0.6))
    for day, value in zip(days.tolist(), values.tolist(), strict=True):
        painter.drawEllipse(axes.at(day, value), 2.6, 2.6)
    painter.setBrush(Qt.BrushStyle.NoBrush)
    at = axes.at(float(days[-1]), float(values[-1])) + QPointF(0, -6)
    write(painter, at, f"{values[-1]:.3g}", WORDS, bold=True, align=0.5)


def _step(painter: QPainter, axes: Axes, a: QPointF, b: QPointF, *, joined: bool) -> None:
    """From one session to the next; where they cannot be compared it is cut in two."""
    pen = QPen(QColor(LIGHT.accent if joined else LIGHT.muted), 1.2)
    if not joined:
        pen.setDashPattern([2.0, 2.0])
        middle = (a.x() + b.x()) / 2
        painter.setPen(QPen(QColor(LIGHT.muted), 0.8, Qt.PenStyle.DashLine))
        painter.drawLine(QPointF(middle, axes.area.top()), QPointF(middle, axes.area.bottom()))
    painter.setPen(pen)
    painter.drawLine(a, b)


def _shade(painter: QPainter, axes: Axes, start: float, stop: float) -> None:
    left, right = axes.across(start), axes.across(stop)
    area = QRectF(left, axes.area.top(), right - left, axes.area.height())
    painter.fillRect(area, LIGHT.tint("accent", 0.14))


def _title(painter: QPainter, area: QRectF, words: str) -> None:
    at = QPointF(area.left() + LEFT, area.top() + 12)
    write(painter, at, words, 8.5, bold=True)


def _top(level: Floats, goals: list[float], more: float = 1.1) -> float:
    known = level[np.isfinite(level)]
    highest = max([float(known.max()) if len(known) else 0.0, *goals])
    return more * highest if highest > 0 else 1.0


def _seconds(start: float, stop: float) -> list[tuple[float, str]]:
    found = [(at, f"{at:g}") for at in ticks(start, stop, 9)]
    if found:
        found[-1] = (found[-1][0], f"{found[-1][1]} s")
    return found
