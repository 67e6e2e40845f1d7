"""The clinical report: what one session reached, how that was measured, and how it went on."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial

from PySide6.QtCore import QRectF
from PySide6.QtGui import QPainter

from emgstudio import __version__
from emgstudio.dsp.measure import Measure
from emgstudio.dsp.quality_rules import quality_rules
from emgstudio.gui.report.facts import Doubt, Facts
from emgstudio.gui.report.figures import figure_plot
from emgstudio.gui.report.plots import (
    key_of_session,
    local,
    repetition_plot,
    session_plot,
    spectrogram_plot,
    trend_plot,
)
from emgstudio.gui.report.printing import Printed, foot_height, printed
from emgstudio.gui.report.sheet import PAPERS, Cell, Sheet
from emgstudio.gui.theme import LIGHT
from emgstudio.session.therapy.comparing import Difference
from emgstudio.session.therapy.figure import Figure
from emgstudio.session.therapy.results import TherapyResult
from emgstudio.session.therapy.trend import Trend

FOOT_SIZE, SAID_SIZE = 7.5, 8.5
MUSCLES_ABREAST = 4
LANE, REPETITION, TREND, FIGURE = 124.0, 204.0, 112.0, 140.0
# Everything else of a muscle stands in a table of its own.
IN_TABLE = (
    "level at rest", "reference", "mean in work", "peak in work", "best repetition",
    "repetitions", "success", "longest hold", "relaxed rests", "time to goal", "time to relax",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Words:
    """What people add: ``name`` only when asked for; ``home`` and ``next_visit`` are handed out.

    ``clinic`` may have an address in further lines; ``spectrogram`` is a wish, no words.
    """

    clinic: str = ""
    name: str = ""
    comment: str = ""
    home: str = ""
    next_visit: str = ""
    spectrogram: bool = False


def clinical_report(facts: Facts, words: Words, paper: str) -> Printed:
    """All pages, on ``paper`` (a key of PAPERS)."""
    sheet = Sheet(paper, foot=foot_height(PAPERS[paper][0], FOOT_SIZE) + 8)
    result = facts.newest
    _head(sheet, facts, words)
    sheet.heading("In one sentence", 30)
    sheet.text(facts.sentence, 14, bold=True, after=6)
    _numbers(sheet, result)
    if len(result.envelopes) > 1:
        _session(sheet, result)
    if facts.raw is not None:
        sheet.heading("Best repetition", REPETITION)
        sheet.draw(REPETITION, partial(repetition_plot, result, facts.raw))
        if words.spectrogram and facts.raw.spectrogram is not None:
            made = facts.raw.spectrogram
            sheet.draw(LANE, partial(spectrogram_plot, made, facts.raw.unit))
    _figures(sheet, result)
    _trends(sheet, facts)
    _further(sheet, result)
    _quality(sheet, facts)
    _remarks(sheet, result, words)
    _recipes(sheet, facts)
    code = result.client or "no client"

    def foot(page: int, of: int) -> str:
        when = f"{local(result.when):%Y-%m-%d}"
        return f"{code}  ·  {when}  ·  EMG Studio {__version__}  ·  page {page} of {of}"

    title = f"EMG report {result.client} {local(result.when):%Y-%m-%d}".replace("  ", " ")
    return printed(sheet, title, foot, FOOT_SIZE, demo=facts.simulated)


def number(measure: Measure) -> str:
    """A value to three figures with its unit; a dash for what is not known."""
    if math.isnan(measure.value):
        return "–"
    size = abs(measure.value)
    whole = size >= 100 or (measure.unit == "1" and float(measure.value).is_integer())
    digits = 0 if whole or size == 0 else 1 if size >= 10 else 2
    return f"{measure.value:.{digits}f} {measure.unit if measure.unit != '1' else ''}".strip()


def _head(sheet: Sheet, facts: Facts, words: Words) -> None:
    result = facts.newest
    name, _, address = words.clinic.strip().partition("\n")
    if name:
        sheet.text(name, 10.5, bold=True, colour=LIGHT.muted, after=0 if address else 4)
    if address:
        sheet.text(address.strip(), 9, colour=LIGHT.muted, after=4)
    sheet.text("EMG session report", 20, bold=True, after=6)
    client = " · ".join(filter(None, (result.client, words.name))) or "none chosen"
    known = {
        "Client": client,
        "Session": f"{local(result.when):%Y-%m-%d %H:%M}",
        "Exercise": result.plan.protocol.title,
        "Muscles": ", ".join(m.words for m in result.plan.muscles),
        "Sensor": result.comparable.get("sensor") or result.plan.device or "not recorded",
        "Sessions shown": str(len(facts.results)),
        "Software": f"EMG Studio {__version__}",
    }
    cells = [(Cell(what, bold=True), Cell(told)) for what, told in known.items()]
    if len(cells) % 2:
        cells.append((Cell(""), Cell("")))
    rows = [[*a, *b] for a, b in zip(cells[::2], cells[1::2], strict=True)]
    sheet.rows(rows, (0.7, 2.0, 1.3, 1.5))


def _numbers(sheet: Sheet, result: TherapyResult) -> None:
    """What every session tells of each muscle."""
    sheet.heading("What was reached", 110)
    _by_muscle(sheet, result, IN_TABLE)


def _by_muscle(sheet: Sheet, result: TherapyResult, wanted: Sequence[str]) -> None:
    """A row for each measure, a column for each muscle, four beside each other; doubts below."""
    names = [m.words for m in result.plan.muscles]
    by_place = {(m.channel, m.name): m for m in result.measures if m.name in wanted}
    for first in range(0, len(names), MUSCLES_ABREAST):
        abreast = names[first : first + MUSCLES_ABREAST]
        notes: list[str] = []
        rows = []
        for what in wanted:
            found = [by_place.get((name, what)) for name in abreast]
            if any(found):
                rows.append([Cell(_called(what)), *(_value(m, notes) for m in found)])
        if not rows:
            continue
        head = [Cell("", True), *(Cell(name, True, 1.0) for name in abreast)]
        sheet.space(4)
        sheet.table(head, rows, (1.5, *(1.2 for _ in abreast)))
        _footnotes(sheet, notes)


def _value(measure: Measure | None, notes: list[str]) -> Cell:
    if measure is None:
        return Cell("", align=1.0)
    return Cell(number(measure) + _note_mark(measure, notes), align=1.0)


def _note_mark(measure: Measure, notes: list[str]) -> str:
    """Numbers in brackets of what is doubtful about a value, and how a reference was made."""
    said = [*measure.flags]
    if measure.name == "reference":
        said.insert(0, f"reference: {measure.recipe}")
    for words in said:
        if words not in notes:
            notes.append(words)
    marks = ", ".join(str(notes.index(words) + 1) for words in said)
    return f" ({marks})" if marks else ""


def _footnotes(sheet: Sheet, notes: Sequence[str]) -> None:
    sheet.space(3)
    for place, words in enumerate(notes, 1):
        sheet.text(f"({place}) {words}", 8, colour=LIGHT.muted, after=1)


def _called(what: str) -> str:
    extra = {"reference": "Reference effort", "success": "Goal reached"}
    return extra.get(what, what[:1].upper() + what[1:])


def _session(sheet: Sheet, result: TherapyResult) -> None:
    sheet.heading("The whole session", LANE + 16)
    sheet.draw(16, partial(key_of_session, result))
    for column in range(len(result.plan.muscles)):
        sheet.draw(LANE, partial(session_plot, result, column))


def _trends(sheet: Sheet, facts: Facts) -> None:
    if len(facts.results) < 2:
        sheet.heading("Over the sessions", 20)
        sheet.text("This is the first session; there is nothing to compare it with yet.")
        return
    sheet.heading("Over the sessions", TREND + 70)
    if not facts.trends:
        sheet.text("The sessions before had other muscles or measures; nothing can be compared.")
    reasons = {t.reason for t in facts.trends}
    # What is the same for all is told once.
    shared = reasons.pop() if len(reasons) == 1 else ""
    for k in range(0, len(facts.trends), 2):
        pair = facts.trends[k : k + 2]
        told = [_of_trend(t, shared) for t in pair]
        sheet.need(TREND + sheet.height_of_columns(told, SAID_SIZE))
        sheet.draw(TREND, partial(_side_by_side, pair))
        if any(told):
            sheet.columns(told, SAID_SIZE)
    if shared:
        sheet.text(shared, 9)
    if any(not p.joined for t in facts.trends for p in t.points[1:]):
        sheet.text(
            "Dashed: two sessions that are not comparable; nothing follows from that step.",
            8.5, colour=LIGHT.muted,
        )  # fmt: skip


def _side_by_side(pair: Sequence[Trend], painter: QPainter, area: QRectF) -> None:
    half = area.width() / 2
    for k, one in enumerate(pair):
        trend_plot(one, painter, QRectF(area.left() + k * half, area.top(), half, area.height()))


def _of_trend(found: Trend, shared: str) -> str:
    """What may be said besides ``shared``, and when sessions became not comparable."""
    parts = [*filter(None, ("" if shared else found.sentence, found.aside))]
    parts += [
        f"{local(p.when):%Y-%m-%d}: {p.apart.words}{_only_if(p.apart)}."
        for p in found.points[1:]
        if p.apart.words
    ]
    return " ".join(parts)


def _only_if(apart: Difference) -> str:
    """What the dashed line and its own words do not tell."""
    return "" if apart.changed else f", {apart.meaning}"


def _figures(sheet: Sheet, result: TherapyResult) -> None:
    """Curves of what was measured, two beside each other."""
    if not result.figures:
        return
    sheet.heading("Curves", FIGURE)
    for k in range(0, len(result.figures), 2):
        pair = result.figures[k : k + 2]
        sheet.draw(FIGURE, partial(_two_figures, pair, k))


def _two_figures(pair: Sequence[Figure], first: int, painter: QPainter, area: QRectF) -> None:
    half = area.width() / 2
    for k, one in enumerate(pair):
        mine = QRectF(area.left() + k * half, area.top(), half, area.height())
        figure_plot(one, painter, mine, first + k)


def _further(sheet: Sheet, result: TherapyResult) -> None:
    """Pairs of muscles, sides, fatigue and whatever else was measured, and what it says."""
    others = [m for m in result.measures if m.name not in IN_TABLE]
    if others:
        sheet.heading("What else was measured", 60)
    for remark in result.remarks:
        sheet.text(remark, 9.5, after=2)
    if not others:
        return
    muscles = {m.words for m in result.plan.muscles}
    single = dict.fromkeys(m.name for m in others if m.channel in muscles)
    _by_muscle(sheet, result, list(single))
    _pairs(sheet, [m for m in others if m.channel not in muscles])


def _pairs(sheet: Sheet, others: Sequence[Measure]) -> None:
    """A row for each pair, a column for each of its measures."""
    names = list(dict.fromkeys(m.name for m in others))
    for first in range(0, len(names), MUSCLES_ABREAST):
        abreast = names[first : first + MUSCLES_ABREAST]
        by_place = {(m.channel, m.name): m for m in others if m.name in abreast}
        notes: list[str] = []
        rows = [
            [Cell(pair), *(_value(by_place.get((pair, name)), notes) for name in abreast)]
            for pair in dict.fromkeys(pair for pair, _ in by_place)
        ]
        head = [Cell("Together", True), *(Cell(_called(name), True, 1.0) for name in abreast)]
        sheet.space(4)
        sheet.table(head, rows, (2.0, *(1.2 for _ in abreast)))
        _footnotes(sheet, notes)


def _recipes(sheet: Sheet, facts: Facts) -> None:
    """How every number was made; what is made alike is told once."""
    sheet.heading("How the numbers were made", 24)
    sheet.text(facts.methods, 8.5, colour=LIGHT.muted)
    by_recipe: dict[str, list[str]] = {}
    for m in facts.newest.measures:
        if m.name != "reference":
            by_recipe.setdefault(m.recipe, []).append(_called(m.name.rpartition(": ")[2]))
    for recipe, names in by_recipe.items():
        sheet.text(f"{', '.join(dict.fromkeys(names))}: {recipe}", 8, colour=LIGHT.muted, after=1)


def _quality(sheet: Sheet, facts: Facts) -> None:
    sheet.heading("Quality of the signals", 40)
    count, seconds = facts.pauses
    paused = f" Left out: {count} pauses, {seconds:.0f} s." if count else ""
    sheet.text(f"Samples lost: {100 * facts.lost:.2g} %.{paused}", after=2)
    names = {rule.code: rule.name for rule in quality_rules()}
    if facts.doubts:
        rows = [_doubt(d, names) for d in facts.doubts]
        head = [Cell(w, True) for w in ("Lamp", "Channels", "Times", "Seconds in all")]
        sheet.table(head, rows, (1.2, 2.2, 0.6, 1.0))
    else:
        sheet.text("No quality lamp was logged.", after=2)
    sheet.space(4)
    for words in facts.overrides:
        plain = re.sub(r"Q-[A-Z]+", lambda code: f"“{names.get(code[0], code[0])}”", words)
        sheet.text(f"Somebody chose to go on: {plain}.", after=2)


def _doubt(doubt: Doubt, names: dict[str, str]) -> list[Cell]:
    return [
        Cell(names.get(doubt.code, doubt.code)), Cell(doubt.channels), Cell(str(doubt.times)),
        Cell(f"{doubt.seconds:.0f} s"),
    ]  # fmt: skip


def _remarks(sheet: Sheet, result: TherapyResult, words: Words) -> None:
    if words.comment.strip():
        sheet.heading("Comment", 24)
        sheet.text(words.comment.strip(), 10.5)
    if result.notes:
        sheet.heading("Notes during the session", 24)
        for note in result.notes:
            sheet.text(note, 9.5, after=2)
