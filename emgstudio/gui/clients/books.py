"""What happened to clients: the bin with what can be brought back, and the audit trail."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QPlainTextEdit, QWidget

from emgstudio.core.words import several
from emgstudio.gui.widgets import StatusWord, button, card, column, label, row
from emgstudio.storage.clients.folder import Deleted

EMPTY = "The bin is empty."
TRAIL = "Who did what when, about whom. Lines are only ever added, each sealed by the ones before."
WHOLE = "Whole: no line was changed or taken out."
BROKEN = "A line was changed, taken out or damaged outside EMG Studio."
LINES_HIGH = 16


class BinPage(QWidget):
    """Deleted clients; ``restore_wanted`` carries the one that shall come back."""

    restore_wanted = Signal(object)

    def __init__(self, binned: Sequence[Deleted]) -> None:
        super().__init__()
        now = datetime.now(UTC)
        lines = [self._line(deleted, now) for deleted in binned]
        layout = column(*(lines or [label(EMPTY, "muted")]), 1, spacing=8)
        layout.setContentsMargins(0, 0, 0, 0)
        self.setLayout(layout)

    def _line(self, deleted: Deleted, now: datetime) -> QWidget:
        left = several(deleted.days_left(now), "day left", "days left")
        when = f"deleted {deleted.when.astimezone():%d %b %Y, %H:%M}"
        back = button("Restore", lambda: self.restore_wanted.emit(deleted), icon="undo")
        back.setAccessibleName(f"Restore {deleted.code}")
        return card(
            row(label(deleted.code, "heading"), label(when, "muted"), 1, label(left), back),
            margin=10,
        )


class TrailPage(QWidget):
    """The lines of the trail, newest last, and whether it is whole."""

    def __init__(self, lines: Sequence[str], whole: bool) -> None:
        super().__init__()
        self.state = StatusWord()
        self.state.show_status("good" if whole else "stop", WHOLE if whole else BROKEN)
        self.lines = QPlainTextEdit("\n".join(lines))
        self.lines.setReadOnly(True)
        self.lines.setTabChangesFocus(True)
        self.lines.setAccessibleName("Audit trail")
        self.lines.setLineWrapMode(QPlainTextEdit.LineWrapMode.NoWrap)
        self.lines.setMinimumHeight(self.lines.fontMetrics().lineSpacing() * LINES_HIGH)
        bar = self.lines.verticalScrollBar()
        bar.setValue(bar.maximum())
        layout = column(label(TRAIL, "muted", wrap=True), self.state, self.lines, spacing=10)
        layout.setContentsMargins(0, 0, 0, 0)
        self.setLayout(layout)
