"""Big buttons with a picture, a title and a sentence."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QSize, Qt
from PySide6.QtWidgets import QHBoxLayout, QPushButton, QSizePolicy

from emgstudio.gui.assets import Picture
from emgstudio.gui.widgets import column, label

ICON = 30


class Tile(QPushButton):
    """One thing to begin with."""

    def __init__(self, icon: str, title: str, text: str, called: Callable[[], object]) -> None:
        super().__init__()
        self.setProperty("kind", "tile")
        self.setAccessibleName(title)
        self.setAccessibleDescription(text)
        self.picture = Picture(f"icons/{icon}", QSize(ICON, ICON), "accent")
        heading, sentence = label(title, "heading"), label(text, "muted", wrap=True)
        words = column(heading, sentence, 1, spacing=4)
        layout = QHBoxLayout(self)
        self._inside = layout
        layout.setContentsMargins(18, 16, 18, 14)
        layout.setSpacing(14)
        layout.addWidget(self.picture, 0, Qt.AlignmentFlag.AlignTop)
        layout.addLayout(words, 1)
        for child in (self.picture, heading, sentence):
            child.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Minimum)
        self.clicked.connect(lambda _checked=False: called())

    def sizeHint(self) -> QSize:
        """As much as the words need."""
        width = self.minimumSizeHint().width()
        return QSize(width, self._height(max(width, self.width())))

    def minimumSizeHint(self) -> QSize:
        """Wide enough for a few words in a line."""
        width = self.fontMetrics().averageCharWidth() * 26 + 60
        return QSize(width, self._height(max(width, self.width())))

    def hasHeightForWidth(self) -> bool:
        """Narrower tiles are taller."""
        return True

    def heightForWidth(self, width: int) -> int:
        """The height that the words need at this width."""
        return self._height(width)

    def _height(self, width: int) -> int:
        return self._inside.totalHeightForWidth(width)
