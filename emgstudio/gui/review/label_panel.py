"""The labels one can give, each with its number key, colour and count, and the set they are of."""

from __future__ import annotations

from collections.abc import Iterable

from PySide6.QtCore import QPoint, QSize, Qt, Signal
from PySide6.QtGui import QColor, QIcon, QPainter, QPixmap
from PySide6.QtWidgets import QComboBox, QMenu, QPushButton, QVBoxLayout, QWidget

from emgstudio.gui import theme
from emgstudio.gui.review.annotate.label_choice import AS_RECORDED
from emgstudio.gui.review.document import Document
from emgstudio.gui.review.fields import TypingField
from emgstudio.gui.review.labels import label_colour
from emgstudio.ml.gestures import REST

SHOWN = 14


class LabelPanel(QWidget):
    """Click or number key: the selection gets this label, and the next new annotation too.

    ``renamed`` carries an old and a new name, ``set_chosen`` the name of a label set,
    empty for the recording's own labels.
    """

    picked = Signal(str)
    added = Signal(str)
    renamed = Signal(str, str)
    set_chosen = Signal(str)

    def __init__(self) -> None:
        super().__init__()
        self._document: Document | None = None
        self._shown: tuple[object, ...] = ()
        self._buttons: dict[str, QPushButton] = {}
        self._renaming = ""
        self.sets = QComboBox()
        self.sets.setAccessibleName("Label set")
        self.sets.setToolTip("Which labels have the number keys")
        self.sets.activated.connect(lambda _i: self.set_chosen.emit(self.sets.currentData()))
        self.offer_sets(())
        self.new = TypingField()
        self.new.setPlaceholderText("+ New label, Enter")
        self.new.setAccessibleName("New label")
        self.new.returnPressed.connect(self._add)
        self.name = TypingField()
        self.name.setAccessibleName("New name of the label")
        self.name.returnPressed.connect(self._rename)
        self.name.editingFinished.connect(self._end_renaming)
        self.name.hide()
        self._list = QVBoxLayout()
        self._list.setSpacing(2)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(6)
        layout.addWidget(self.sets)
        layout.addLayout(self._list)
        layout.addWidget(self.name)
        layout.addWidget(self.new)
        theme.theme().changed.connect(self._repaint)

    def offer_sets(self, names: Iterable[str]) -> None:
        """The label sets there are."""
        chosen = self.sets.currentData()
        self.sets.clear()
        self.sets.addItem(AS_RECORDED, "")
        for name in names:
            self.sets.addItem(name, name)
        self.sets.setCurrentIndex(max(0, self.sets.findData(chosen)))

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
        named = [(name, counts.get(name, 0), document.choice.key_of(name)) for name in names]
        shown = (document.label, document.choice.name, *named)
        if shown == self._shown:
            return
        self._shown = shown
        chosen = document.choice.set
        self.sets.setCurrentIndex(max(0, self.sets.findData(chosen.name if chosen else "")))
        for name in [old for old in self._buttons if old not in names]:
            gone = self._buttons.pop(name)
            gone.hide()
            gone.deleteLater()
        for i, (name, count, key) in enumerate(named):
            button = self._buttons.get(name) or self._make(name)
            self._list.insertWidget(i, button)
            button.setText(f"{key or ' '}   {name}" + (f"   · {count}" if count else ""))
            button.setIcon(_swatch(label_colour(document, name)))
            button.setChecked(name == document.label)

    def rename(self, name: str) -> None:
        """Ask how a label shall be called; the name of another one merges the two."""
        self._renaming = name
        self.name.setText(name)
        self.name.setPlaceholderText(f"New name of {name}; that of another label merges them")
        self.name.show()
        self.name.setFocus()
        self.name.selectAll()

    def _make(self, name: str) -> QPushButton:
        button = QPushButton()
        button.setProperty("kind", "quiet")
        button.setCheckable(True)
        button.setStyleSheet("text-align: left; padding: 2px 8px;")
        button.setIconSize(QSize(12, 12))
        button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        button.setAccessibleName(f"Label {name}")
        button.setToolTip("Right click: rename or merge")
        button.clicked.connect(lambda _checked=False, name=name: self._pick(name))
        button.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        button.customContextMenuRequested.connect(
            lambda at, name=name, button=button: self._menu(name, button.mapToGlobal(at))
        )
        self._buttons[name] = button
        return button

    def _menu(self, name: str, at: QPoint) -> None:
        menu = QMenu(self)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        menu.addAction("Rename or merge…").triggered.connect(lambda: self.rename(name))
        menu.popup(at)

    def _pick(self, name: str) -> None:
        self.picked.emit(name)
        self._shown = ()
        self.refresh()

    def _add(self) -> None:
        text = self.new.text().strip()
        self.new.clear()
        if text:
            self.added.emit(text)

    def _rename(self) -> None:
        old, new = self._renaming, self.name.text().strip()
        self._end_renaming()
        if old and new and new != old:
            self.renamed.emit(old, new)

    def _end_renaming(self) -> None:
        self._renaming = ""
        self.name.hide()

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
