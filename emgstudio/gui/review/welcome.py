"""What Review shows while nothing is open: how to open something, and what there is."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from pathlib import Path

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QListWidget, QListWidgetItem, QSizePolicy, QVBoxLayout, QWidget

from emgstudio.core.errors import EmgError
from emgstudio.gui import wording
from emgstudio.gui.assets import Picture
from emgstudio.gui.theme import theme
from emgstudio.gui.widgets import button, card, column, label, row
from emgstudio.storage.library import recordings_in

SHOWN = 20
WIDTH = 620


class Welcome(QWidget):
    """``chosen`` carries the path of a recording."""

    chosen = Signal(Path)

    def __init__(self, choose: Callable[[], object], import_: Callable[[], object]) -> None:
        super().__init__()
        self.list = QListWidget()
        self.list.setAccessibleName("Recordings")
        self.list.itemActivated.connect(self._choose)
        self.list.itemClicked.connect(self._choose)
        self._none = label(
            "Nothing recorded yet. What you record appears here.", "muted", wrap=True
        )
        words = column(
            label("Open a recording", "title", wrap=True),
            label(
                "Choose one below, or drop a recording's folder or a CSV file here.",
                "muted",
                wrap=True,
            ),
            spacing=4,
        )
        head = row(Picture("icons/review", QSize(44, 44), "accent"), spacing=16)
        head.addLayout(words, 1)
        head.addWidget(button("Import…", import_, tooltip="A table of another program"))
        head.addWidget(button("Open…", choose, icon="folder", kind="primary"))
        inside = QVBoxLayout()
        inside.setSpacing(14)
        inside.addLayout(head)
        inside.addWidget(self._none)
        inside.addWidget(self.list, 1)
        self._frame = frame = card(inside, margin=22)
        outer = QVBoxLayout(self)
        outer.setContentsMargins(24, 24, 24, 24)
        outer.addWidget(frame, 10, Qt.AlignmentFlag.AlignHCenter)
        outer.addStretch(1)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """As wide as its words want, and not wider than there is room."""
        super().resizeEvent(event)
        self._frame.setFixedWidth(min(theme().pixels(WIDTH), self.width() - 48))

    def refresh(self, folder: Path, recent: list[str]) -> None:
        """Look again at what there is in ``folder``, and what was opened from elsewhere."""
        self.list.clear()
        listed = set()
        try:
            found = recordings_in(folder)[:SHOWN]
        except EmgError:
            found = []
        for summary in found:
            listed.add(str(summary.path))
            made = wording.when(summary.created.astimezone(), datetime.now().astimezone())
            length = wording.clock_time(summary.duration_s)
            self._add(summary.path, "   ·   ".join(filter(None, (summary.title, made, length))))
        for path in recent:
            if path not in listed:
                self._add(Path(path), Path(path).name)
        self.list.setVisible(self.list.count() > 0)
        # Without a list the card is no taller than its words.
        vertical = QSizePolicy.Policy.Preferred if self.list.count() else QSizePolicy.Policy.Maximum
        self._frame.setSizePolicy(QSizePolicy.Policy.Preferred, vertical)
        self._none.setVisible(self.list.count() == 0)

    def _add(self, path: Path, text: str) -> None:
        item = QListWidgetItem(text)
        item.setData(Qt.ItemDataRole.UserRole, str(path))
        item.setToolTip(str(path))
        self.list.addItem(item)

    def _choose(self, item: QListWidgetItem) -> None:
        self.chosen.emit(Path(item.data(Qt.ItemDataRole.UserRole)))
