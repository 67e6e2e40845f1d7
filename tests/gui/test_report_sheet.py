"""How a report fills its pages: heads of tables stay with their rows."""

from __future__ import annotations

from functools import partial

from PySide6.QtWidgets import QApplication

from emgstudio.gui.report.sheet import Cell, Sheet


def test_the_head_of_a_table_is_never_alone_at_the_foot_of_a_page(qapp: QApplication) -> None:
    head, rows = [Cell("Muscle")], [[Cell(f"row {k}")] for k in range(4)]
    for room in range(10, 160, 5):
        sheet = Sheet("A4")
        sheet.draw(sheet.room - room, lambda _painter, _area: None)
        sheet.table(head, rows, (1.0,))
        pages = [[_words(draw) for draw in page] for page in sheet.pages]
        assert not any(page[-1:] == ["Muscle"] for page in pages), room
        told = [words for page in pages for words in page if words]
        assert [words for words in told if words != "Muscle"] == [f"row {k}" for k in range(4)]
        # The head is told again on the second page.
        assert told.count("Muscle") == sum("Muscle" in page for page in pages)


def _words(draw: object) -> str:
    """Those of the first cell that a command draws."""
    assert isinstance(draw, partial)
    fill = draw.args[0]
    return str(fill.args[0][0].words) if isinstance(fill, partial) else ""


def test_words_below_a_picture_need_what_they_take(qapp: QApplication) -> None:
    sheet = Sheet("Letter")
    told = ["word " * 60, "short"]
    before = sheet.y
    sheet.columns(told, 8.5)
    assert sheet.y - before == sheet.height_of_columns(told, 8.5) > 5 * 8.5
