"""What a client takes home: one page in large letters, without codes and units of electricity."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import partial

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPen, QPolygonF

from emgstudio.gui.report.clinical import Words
from emgstudio.gui.report.facts import Facts
from emgstudio.gui.report.plots import GOALLESS, local
from emgstudio.gui.report.printing import Printed, foot_height, printed
from emgstudio.gui.report.sheet import LINE, PAPERS, Sheet, width_of, wrapped, write
from emgstudio.gui.theme import LIGHT
from emgstudio.session.therapy.comparing import conditions, difference
from emgstudio.session.therapy.goal import Goal
from emgstudio.session.therapy.protocol import Kind
from emgstudio.session.therapy.results import TherapyResult

SIZE = 14.0
STARS_ABREAST, MOST_STARS, FEW_STARS = 10, 20, 5
STAR = 15.0
BAR_ROW = 40.0
OF_WHAT = {
    "%MVC": "In per cent of your greatest effort.",
    "% of reference effort": "In per cent of your reference effort.",
    "% of today's best": "In per cent of the best of that day.",
}


@dataclass(frozen=True, slots=True)
class Bars:
    """Levels of the first muscle; NaN for what is not shown.

    All in per cent; ``meaning`` says of what.
    """

    last: float
    today: float
    goal: float
    below: bool
    meaning: str


def client_handout(facts: Facts, words: Words, paper: str) -> Printed:
    """One page; a home exercise that is too long for it ends with dots."""
    result = facts.newest
    sheet = Sheet(paper, foot=foot_height(PAPERS[paper][0], SIZE) + 12)
    when = f"{local(result.when):%Y-%m-%d}"
    if words.clinic.strip():
        sheet.text(words.clinic.splitlines()[0].strip()[:60], SIZE, colour=LIGHT.muted, after=2)
    sheet.text(f"Your training on {when}", 24, bold=True, after=8)
    if words.name:
        sheet.text(words.name[:60], SIZE, after=6)
    for line in _shortest(plain_sentence(facts), sheet.width):
        sheet.text(line, 18, bold=True, after=0)
    sheet.space(16)
    if result.repetitions and result.plan.goal.kind not in GOALLESS:
        good, all_of = sum(r.success for r in result.repetitions), len(result.repetitions)
        stars = _stars(good, all_of)
        rows = math.ceil(stars[1] / STARS_ABREAST)
        sheet.draw(rows * (2 * STAR + 6) + 4, partial(_star_row, *stars))
        sheet.text(f"{good} of {all_of} goals reached", SIZE, after=12)
    bars = bars_of(facts)
    if not math.isnan(bars.today):
        count = sum(not math.isnan(v) for v in (bars.last, bars.today, bars.goal))
        sheet.draw(count * BAR_ROW, partial(_bars, bars))
        sheet.text(bars.meaning, SIZE, colour=LIGHT.muted, after=14)
    if words.next_visit.strip():
        sheet.text(f"Next time: {words.next_visit.strip()[:50]}", SIZE, bold=True, after=8)
    _home(sheet, words.home.strip())
    return printed(
        sheet, f"Your training on {when}", lambda _page, _of: "", SIZE, demo=facts.simulated
    )


def plain_sentence(facts: Facts) -> str:
    """The report's sentence; another one where that would speak of the signal's own unit."""
    result = facts.newest
    if result.unit.startswith("%") or not result.repetitions:
        return facts.sentence
    name = result.plan.muscles[0].words
    done, good = len(result.repetitions), sum(r.success for r in result.repetitions)
    if result.plan.goal.kind in GOALLESS:
        parts = "one part" if done == 1 else f"{done} parts"
        return f"{name[:1].upper()}{name[1:]} worked in {parts}."
    return f"{name[:1].upper()}{name[1:]} reached its goal in {good} of {done}."


def bars_of(facts: Facts) -> Bars:
    """Per cent as they are; levels in another unit become per cent of the goal or of last time."""
    result, before = facts.newest, facts.before
    muscle = result.plan.muscles[0].words
    today = result.value(muscle, "mean in work")
    last = math.nan
    if before is not None and not _apart(before, result, muscle):
        last = before.value(muscle, "mean in work")
    goal = _line(result.repetitions[-1].goal if result.repetitions else result.plan.goal)
    below = result.plan.goal.kind is Kind.DOWN
    if result.unit.startswith("%"):
        return Bars(last, today, goal, below, OF_WHAT.get(result.unit, ""))
    whole = goal if not math.isnan(goal) else last
    if math.isnan(whole) or whole <= 0:
        return Bars(math.nan, math.nan, math.nan, below, "")
    of = "In per cent of the goal." if not math.isnan(goal) else "In per cent of last time."
    return Bars(100 * last / whole, 100 * today / whole, 100 * goal / whole, below, of)


def _apart(before: TherapyResult, now: TherapyResult, muscle: str) -> bool:
    """Whether a bar of last time would say more than is known: a bar has no words for it."""
    return bool(difference(conditions(before, muscle), conditions(now, muscle)).words)


def _line(goal: Goal) -> float:
    return math.nan if goal.kind in GOALLESS else goal.shown


def _stars(good: int, all_of: int) -> tuple[int, int]:
    """One star for each repetition, or five for many."""
    if all_of <= MOST_STARS:
        return good, all_of
    return round(FEW_STARS * good / all_of), FEW_STARS


def _star_row(filled: int, count: int, painter: QPainter, area: QRectF) -> None:
    painter.setPen(QPen(QColor(LIGHT.check), 1.4, j=Qt.PenJoinStyle.RoundJoin))
    for k in range(count):
        column, line = k % STARS_ABREAST, k // STARS_ABREAST
        x = area.left() + STAR + column * (2 * STAR + 10)
        y = area.top() + STAR + line * (2 * STAR + 6)
        painter.setBrush(QColor(LIGHT.check) if k < filled else Qt.BrushStyle.NoBrush)
        painter.drawPolygon(_star(x, y))


def _star(x: float, y: float) -> QPolygonF:
    points = []
    for k in range(10):
        reach = STAR if k % 2 == 0 else 0.45 * STAR
        angle = math.pi * k / 5
        points.append(QPointF(x + reach * math.sin(angle), y - reach * math.cos(angle)))
    return QPolygonF(points)


def _bars(bars: Bars, painter: QPainter, area: QRectF) -> None:
    """Lengths with a word before and the number behind each; only the goal is an outline."""
    goal = "Stay below" if bars.below else "Goal"
    rows = [("Last time", bars.last), ("Today", bars.today), (goal, bars.goal)]
    shown = [(name, value) for name, value in rows if not math.isnan(value)]
    most = max([value for _, value in shown] + [1.0])
    longest = width_of("100 %", SIZE, True) + 16
    left = area.left() + 100
    for k, (name, value) in enumerate(shown):
        y = area.top() + k * BAR_ROW
        bar = QRectF(left, y, (area.right() - longest - left) * max(0.0, value) / most, 24)
        write(painter, QPointF(area.left(), y + 17), name, SIZE)
        painter.setPen(QPen(QColor(LIGHT.accent), 1.6))
        filled = {"Today": LIGHT.colour("accent"), "Last time": LIGHT.hover}.get(name)
        painter.setBrush(QColor(filled) if filled else Qt.BrushStyle.NoBrush)
        painter.drawRect(bar)
        words = f"{value:.0f} %"
        write(painter, QPointF(bar.right() + 8, y + 17), words, SIZE, bold=True)
    painter.setBrush(Qt.BrushStyle.NoBrush)


def _home(sheet: Sheet, words: str) -> None:
    """As much of it as this page holds."""
    fits = int((sheet.room - 40) / (SIZE * LINE))
    if not words or fits < 1:
        return
    sheet.heading("At home", 0, SIZE)
    for line in _cut(wrapped(words, sheet.width, SIZE), fits):
        sheet.text(line, SIZE, after=0)


def _shortest(words: str, width: float) -> list[str]:
    return _cut(wrapped(words, width, 18, True), 6)


def _cut(lines: list[str], most: int) -> list[str]:
    return lines if len(lines) <= most else [*lines[: most - 1], lines[most - 1] + " …"]
