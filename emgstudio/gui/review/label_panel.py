"""The labels one can give, each with its number key, colour and count."""

from __future__ import annotations

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QColor, QIcon, QPainter, QPixmap
from PySide6.QtWidgets import QPushButton, QVBoxLayout, QWidget

from emgstudio.gui import theme
from emgstudio.gui.review.document import NUMBERED, REST, Document
from emgstudio.gui.review.fields import TypingField
from emgstudio.gui.review.labels import label_colour

SHOWN = 12


class LabelPanel(QWidget):
    """Click or number key: the selection gets this label, and the next new annotation too."""

    picked = Signal(str)
    added = Signal(str)

    def __init__(self) -> None:
        super().__init__()
        self._document: Document | None = None
        self._shown: tuple[object, ...] = ()
        self._buttons: dict[str, QPushButton] = {}
        self.new = TypingField()
        self.new.setPlaceholderText("+ New label, Enter")
        self.new.setAccessibleName("New label")
        self.new.returnPressed.connect(self._add)
        self._list = QVBoxLayout()
        self._list.setSpacing(2)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(6)
        layout.addLayout(self._list)
        layout.addWidget(self.new)
        theme.theme().changed.connect(self._repaint)

    def show_document(self, document: Document | None) -> None:
        """Show the labels of another recording."""
        self._document = document
        self._shown = ()
        self.refresh()

    def refresh(self) -> None:
        """Labels, counts or the label to give have changed."""
        document = self._document
        if document is None:
            return
        counts = dict(document.index.labels())
        names = (*document.labels[:SHOWN], REST)
        shown = (document.label, *((name, counts.get(name, 0)) for name in names))
        if shown == self._shown:
            return
        self._shown = shown
        for name in [old for old in self._buttons if old not in names]:
            self._buttons.pop(name).deleteLater()
        for i, name in enumerate(names):
            button = self._buttons.get(name) or self._make(name)
            self._list.insertWidget(i, button)
            key = "0" if name == REST else str(i + 1) if i < NUMBERED else " "
            count = counts.get(name, 0)
            button.setText(f"{key}   {name}" + (f"   · {count}" if count else ""))
            button.setIcon(_swatch(label_colour(document, name)))
            button.setChecked(name == document.label)

    def _make(self, name: str) -> QPushButton:
        button = QPushButton()
        button.setProperty("kind", "quiet")
        button.setCheckable(True)
        button.setStyleSheet("text-align: left; padding: 2px 8px; min-height: 20px;")
        button.setIconSize(QSize(12, 12))
        button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        button.setAccessibleName(f"Label {name}")
        button.clicked.connect(lambda _checked=False, name=name: self._pick(name))
        self._buttons[name] = button
        return button

    def _pick(self, name: str) -> None:
        self.picked.emit(name)
        self._shown = ()
        self.refresh()

    def _add(self) -> None:
        text = self.new.text().strip()
        self.new.clear()
        if text:
            self.added.emit(text)

    def _repaint(self) -> None:
        self._shown = ()
        self.refresh()


def _swatch(colour: QColor) -> QIcon:
    pixmap = QPixmap(24, 24)
    pixmap.fill(Qt.GlobalColor.transparent)
    painter = QPainter(pixmap)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setBrush(colour)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.drawRoundedRect(0, 0, 24, 24, 5, 5)
    painter.end()
    return QIcon(pixmap)
