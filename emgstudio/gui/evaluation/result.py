"""What a test found: words first, then numbers with interval and recipe, then former tests."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QGridLayout, QSizePolicy, QVBoxLayout, QWidget

from emgstudio.gui.fitted import FittedScroll
from emgstudio.gui.widgets import StatusWord, card, column, label
from emgstudio.gui.wizard.page import wrapping_status
from emgstudio.session.evaluation_tests.comparing import Comparison, compare
from emgstudio.session.evaluation_tests.kept import Done, Kept
from emgstudio.session.evaluation_tests.kinds import KINDS

FORMER_SHOWN = 5
LAMPS = {"better": "good", "unclear": "lamp-off", "worse": "check"}
FIRST = "The first of its kind with this arm: do it again another time to see a change."


class ResultView(QWidget):
    """Shows one finished test; ``former`` are those that can be compared, newest first."""

    def __init__(self) -> None:
        super().__init__()
        self.headline = label("", "title", wrap=True)
        self.lamp = wrapping_status()
        self.change = wrapping_status()
        self.pauses = label("", "muted", wrap=True)
        self.kept = wrapping_status()
        self.figures: list[tuple[str, str, str]] = []
        self.former: list[StatusWord] = []
        self._grid = QGridLayout()
        self._grid.setHorizontalSpacing(20)
        self._grid.setVerticalSpacing(7)
        self._grid.setColumnStretch(2, 1)
        self._list = QVBoxLayout()
        self._list.setSpacing(6)
        self._lay_out()

    def show_done(self, done: Done, former: Sequence[Kept]) -> None:
        """Another test."""
        outcome = done.outcome
        self.headline.setText(outcome.words)
        self.lamp.show_status(outcome.level, f"{KINDS[outcome.kind].title} · {done.when:%H:%M}")
        comparison = compare(former[0].entry, done.to_json()) if former else None
        level, words = self._change(comparison, former)
        self.change.show_status(level, words)
        times = "once" if done.pauses == 1 else f"{done.pauses} times"
        self.pauses.setText(f"Paused {times}.")
        self.pauses.setVisible(done.pauses > 0)
        self._show_figures([(f.name, f.text, f.recipe) for f in outcome.figures])
        self._show_former(former[:FORMER_SHOWN])

    def show_kept(self, level: str, words: str) -> None:
        """Where the test is."""
        if self.kept.word.text() != words:
            self.kept.show_status(level, words)

    def _change(self, comparison: Comparison | None, former: Sequence[Kept]) -> tuple[str, str]:
        if comparison is None:
            return "lamp-off", FIRST
        since = f"against {former[0].when:%d %b, %H:%M} (“{former[0].model}”)"
        head, _, rest = comparison.words.partition(":")
        return LAMPS[comparison.way], f"{head} {since}:{rest}"

    def _show_figures(self, figures: list[tuple[str, str, str]]) -> None:
        _empty(self._grid)
        self.figures = figures
        for at, (name, text, recipe) in enumerate(figures):
            value = label(text, "heading")
            value.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
            value.setAccessibleName(f"{name}: {text}")
            self._grid.addWidget(label(name), at, 0)
            self._grid.addWidget(value, at, 1)
            self._grid.addWidget(label(recipe, "muted", wrap=True), at, 2)

    def _show_former(self, former: Sequence[Kept]) -> None:
        _empty(self._list)
        self.former = []
        for kept in former:
            made = wrapping_status(kept.entry["level"])
            words = f"{kept.when:%d %b %Y, %H:%M} · {kept.model}: {kept.entry['words']}"
            made.show_status(kept.entry["level"], words)
            self.former.append(made)
            self._list.addWidget(made)
        if not former:
            self._list.addWidget(label("None with these settings and movements.", "muted"))

    def _lay_out(self) -> None:
        inside = QWidget()
        layout = QVBoxLayout(inside)
        layout.setContentsMargins(0, 0, 8, 0)
        layout.setSpacing(10)
        layout.addWidget(self.headline)
        layout.addWidget(self.lamp)
        layout.addWidget(self.change)
        layout.addWidget(self.pauses)
        numbers = column(
            label("In numbers, with the interval that holds the truth 19 times in 20", "heading"),
            self._grid,
            spacing=10,
        )
        layout.addWidget(card(numbers, margin=14))
        before = column(label("Done before", "heading"), self._list, spacing=8)
        layout.addWidget(card(before, margin=14))
        layout.addWidget(self.kept)
        layout.addStretch(1)
        fitted = FittedScroll(inside)
        fitted.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Expanding)
        outer = QVBoxLayout(self)
        outer.setContentsMargins(0, 0, 0, 0)
        outer.addWidget(fitted)


def _empty(layout: QGridLayout | QVBoxLayout) -> None:
    while (item := layout.takeAt(0)) is not None:
        if (old := item.widget()) is not None:
            old.hide()
            old.deleteLater()
