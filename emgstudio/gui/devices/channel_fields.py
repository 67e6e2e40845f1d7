"""How the fields of the channel table are drawn and edited."""

from __future__ import annotations

from PySide6.QtCore import (
    QAbstractItemModel,
    QEvent,
    QModelIndex,
    QPersistentModelIndex,
    QRectF,
    QSize,
    Qt,
)
from PySide6.QtGui import QColor, QKeyEvent, QMouseEvent, QPainter, QPen
from PySide6.QtWidgets import (
    QComboBox,
    QCompleter,
    QLineEdit,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QTableView,
    QWidget,
)

from emgstudio.gui.assets import picture
from emgstudio.gui.panels.channel_model import RowLevel
from emgstudio.gui.panels.channel_row import BOX, box_picture
from emgstudio.gui.theme import current, theme
from emgstudio.session.muscles import muscle_names
from emgstudio.session.sensors import SIDES

AnyIndex = QModelIndex | QPersistentModelIndex
NUMBER, LEVEL, NAME, SITE, SIDE, USED, IMPEDANCE = range(7)
LEVEL_ROLE = Qt.ItemDataRole.UserRole
PROBLEM_ROLE = Qt.ItemDataRole.UserRole + 1
SIDE_WORDS = {"": "–"}
MARK = 14
LEFT = Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft


def side_box() -> QComboBox:
    """A choice of the side of the body."""
    box = QComboBox()
    for side in SIDES:
        box.addItem(SIDE_WORDS.get(side, side), side)
    box.setAccessibleName("Side of the body")
    return box


def muscle_line() -> QLineEdit:
    """A line that completes muscles' names wherever the typed letters occur in them."""
    line = QLineEdit()
    completer = QCompleter(muscle_names(), line)
    completer.setCaseSensitivity(Qt.CaseSensitivity.CaseInsensitive)
    completer.setFilterMode(Qt.MatchFlag.MatchContains)
    line.setCompleter(completer)
    line.setAccessibleName("Muscle")
    return line


class FieldDelegate(QStyledItemDelegate):
    """Levels as bars, problems as a shape and a frame, fields with completion."""

    def __init__(self, parent: QTableView) -> None:
        super().__init__(parent)
        self.table = parent

    def createEditor(
        self, parent: QWidget, _option: QStyleOptionViewItem, index: AnyIndex
    ) -> QWidget:
        if index.column() == SIDE:
            box = side_box()
            box.setParent(parent)
            # A choice is an edit; nobody presses Enter after it.
            box.activated.connect(lambda _index: self._done(box))
            return box
        line = muscle_line() if index.column() == SITE else QLineEdit()
        line.setParent(parent)
        line.setAccessibleName(str(index.data(Qt.ItemDataRole.AccessibleTextRole)))
        return line

    def setEditorData(self, editor: QWidget, index: AnyIndex) -> None:
        text = str(index.data(Qt.ItemDataRole.EditRole))
        if isinstance(editor, QComboBox):
            editor.setCurrentIndex(max(0, editor.findData(text)))
            editor.showPopup()
        elif isinstance(editor, QLineEdit):
            editor.setText(text)
            editor.selectAll()

    def setModelData(self, editor: QWidget, model: QAbstractItemModel, index: AnyIndex) -> None:
        if isinstance(editor, QComboBox):
            model.setData(index, editor.currentData(), Qt.ItemDataRole.EditRole)
        elif isinstance(editor, QLineEdit):
            model.setData(index, editor.text(), Qt.ItemDataRole.EditRole)

    def updateEditorGeometry(
        self, editor: QWidget, option: QStyleOptionViewItem, _index: AnyIndex
    ) -> None:
        editor.setGeometry(option.rect)

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: AnyIndex) -> None:
        self.initStyleOption(option, index)
        text, option.text = option.text, ""
        option.features &= ~QStyleOptionViewItem.ViewItemFeature.HasCheckIndicator
        style = self.table.style()
        style.drawControl(style.ControlElement.CE_ItemViewItem, option, painter, self.table)
        area = QRectF(option.rect)
        if index.column() == USED:
            self._check_box(painter, area, option.checkState == Qt.CheckState.Checked)
            return
        problem, level = index.data(PROBLEM_ROLE), index.data(LEVEL_ROLE)
        room = area.adjusted(8, 0, -8, 0)
        if problem is not None:
            colour = "stop" if problem.grave else "check"
            self._mark(painter, area, colour)
            room.setLeft(room.left() + theme().pixels(MARK) + 4)
        if index.column() == SIDE:
            text = SIDE_WORDS.get(text, text)
        painter.setFont(option.font)
        painter.setPen(index.data(Qt.ItemDataRole.ForegroundRole))
        shown = room.adjusted(0, 0, 0, -6) if isinstance(level, RowLevel) else room
        fits = option.fontMetrics.elidedText(text, Qt.TextElideMode.ElideRight, int(shown.width()))
        painter.drawText(shown, LEFT, fits)
        if isinstance(level, RowLevel):
            self._bar(painter, area, level)

    def editorEvent(
        self,
        event: QEvent,
        model: QAbstractItemModel,
        option: QStyleOptionViewItem,
        index: AnyIndex,
    ) -> bool:
        """A click anywhere in its cell, or Space, switches whether a channel is used."""
        if index.column() != USED:
            return super().editorEvent(event, model, option, index)
        clicked = isinstance(event, QMouseEvent) and event.button() is Qt.MouseButton.LeftButton
        clicked = clicked and event.type() is QEvent.Type.MouseButtonRelease
        space = isinstance(event, QKeyEvent) and event.key() == Qt.Key.Key_Space
        if not (clicked or space):
            return False
        role, state = Qt.ItemDataRole.CheckStateRole, Qt.CheckState
        used = index.data(role) == state.Checked
        return model.setData(index, state.Unchecked if used else state.Checked, role)

    def sizeHint(self, option: QStyleOptionViewItem, index: AnyIndex) -> QSize:
        return super().sizeHint(option, index).expandedTo(QSize(0, 28))

    def _check_box(self, painter: QPainter, area: QRectF, checked: bool) -> None:
        palette, side = current(), theme().pixels(BOX)
        colour = palette.accent if checked else palette.outline
        ratio = painter.device().devicePixelRatioF()
        box = box_picture(colour, palette.on_accent, side, ratio, checked)
        painter.drawPixmap(int(area.left()) + 10, int(area.center().y() - side / 2), box)

    def _mark(self, painter: QPainter, area: QRectF, colour: str) -> None:
        palette = current()
        painter.setPen(QPen(QColor(palette.colour(colour)), 2))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.drawRoundedRect(area.adjusted(2, 2, -2, -2), 4, 4)
        side = theme().pixels(MARK)
        ratio = painter.device().devicePixelRatioF()
        mark = picture(f"icons/{colour}", QSize(side, side), colour, ratio)
        painter.drawPixmap(int(area.left()) + 7, int(area.center().y()) - side // 2, mark)

    def _bar(self, painter: QPainter, area: QRectF, level: RowLevel) -> None:
        palette = current()
        bar = QRectF(area.left() + 8, area.bottom() - 8, area.width() - 16, 4)
        painter.fillRect(bar, QColor(palette.border))
        bar.setWidth(bar.width() * level.share)
        painter.fillRect(bar, QColor(palette.accent))

    def _done(self, box: QComboBox) -> None:
        self.commitData.emit(box)
        self.closeEditor.emit(box)
