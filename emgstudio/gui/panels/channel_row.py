"""How a channel looks in the list: check box, lamp, name, level, and the level as a bar."""

from __future__ import annotations

from functools import lru_cache

from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QPainter, QPen, QPixmap
from PySide6.QtWidgets import QStyle, QStyledItemDelegate, QStyleOptionViewItem, QWidget

from emgstudio.gui import theme
from emgstudio.gui.assets import picture
from emgstudio.gui.panels.channel_model import AnyIndex, ChannelModel
from emgstudio.gui.plots.axes import smaller

ROW_HEIGHT = 44
BOX = 16
LAMP = 14
LAMP_RATIO = 2.0
PICTURES_KEPT = 512
WIDEST_LEVEL = "888 mV"
TICK = ((0.24, 0.52), (0.43, 0.70), (0.77, 0.30))
LEFT = Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft
RIGHT = Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignRight


class ChannelRow(QStyledItemDelegate):
    """Paints a row; what does not move is kept as a picture, because levels move all the time."""

    def __init__(self, model: ChannelModel, parent: QWidget) -> None:
        super().__init__(parent)
        self._model = model
        self._still: dict[tuple[object, ...], QPixmap] = {}

    def sizeHint(self, option: QStyleOptionViewItem, _index: AnyIndex) -> QSize:
        words = option.fontMetrics.height()
        return QSize(120, max(theme.theme().pixels(ROW_HEIGHT), 2 * words + 14))

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: AnyIndex) -> None:
        palette, model = theme.current(), self._model
        channel, area = model.order[index.row()], QRectF(option.rect)
        level, colour = model.level(channel), model.colour(channel, palette)
        painter.drawPixmap(area.topLeft(), self._unmoving(painter, option, channel, colour))
        words = words_area(area)
        painter.setFont(option.font)
        painter.setPen(QColor(palette.muted))
        painter.drawText(words, RIGHT, level.text)
        if channel not in model.hidden:
            track = track_area(area, words)
            track.setWidth(track.width() * level.share)
            painter.fillRect(track, QColor(colour))

    def _unmoving(
        self, painter: QPainter, option: QStyleOptionViewItem, channel: int, colour: str
    ) -> QPixmap:
        model, palette = self._model, theme.current()
        selected = bool(option.state & QStyle.StateFlag.State_Selected)
        ratio = painter.device().devicePixelRatioF()
        size = option.rect.size()
        lamp = model.lamps.get(channel)
        key = (
            *(model.name(channel), lamp and lamp[:2], colour, channel in model.hidden, selected),
            *(size.width(), size.height(), ratio, option.font.key(), palette.name),
        )
        found = self._still.get(key)
        if found is None:
            if len(self._still) >= PICTURES_KEPT:
                self._still.clear()
            found = self._still[key] = QPixmap(size * ratio)
            found.setDevicePixelRatio(ratio)
            found.fill(QColor(palette.surface))
            inside = QPainter(found)
            inside.setFont(option.font)
            self._paint_still(inside, QRectF(0, 0, size.width(), size.height()), channel, selected)
            inside.end()
        return found

    def _paint_still(self, painter: QPainter, area: QRectF, channel: int, selected: bool) -> None:
        palette, model = theme.current(), self._model
        hidden, colour = channel in model.hidden, model.colour(channel, palette)
        if selected:
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(palette.tint("accent", 0.2))
            painter.drawRoundedRect(area.adjusted(2, 1, -2, -1), 6, 6)
        box = check_box(area)
        ratio = painter.device().devicePixelRatioF()
        made = box_picture(colour, palette.canvas, int(box.width()), ratio, not hidden)
        painter.drawPixmap(box.topLeft(), made)
        words = words_area(area)
        painter.fillRect(track_area(area, words), QColor(palette.border))
        metrics = painter.fontMetrics()
        room = int(words.width()) - metrics.horizontalAdvance(WIDEST_LEVEL) - 8
        lamp = model.lamps.get(channel)
        if lamp is not None:
            side = theme.theme().pixels(LAMP)
            at = QPointF(words.left(), words.center().y() - side / 2)
            shape = picture(f"icons/{lamp[0]}", QSize(side, side), lamp[0], LAMP_RATIO)
            painter.drawPixmap(QRectF(at.x(), at.y(), side, side), shape, QRectF(shape.rect()))
            words.setLeft(words.left() + side + 6)
            room -= side + 6
            if lamp[0] != "good":
                words = self._paint_word(painter, words, room, lamp[1])
        painter.setPen(QColor(palette.faint if hidden else palette.text))
        name = metrics.elidedText(model.name(channel), Qt.TextElideMode.ElideRight, room)
        painter.drawText(words, LEFT, name)

    def _paint_word(self, painter: QPainter, area: QRectF, room: int, word: str) -> QRectF:
        """What the lamp says, below the name; returns where the name goes."""
        font, height = painter.font(), painter.fontMetrics().height()
        above = QRectF(area)
        above.setHeight(area.height() - height * 0.9)
        painter.setFont(smaller(font))
        painter.setPen(QColor(theme.current().muted))
        text = painter.fontMetrics().elidedText(word, Qt.TextElideMode.ElideRight, room)
        painter.drawText(QRectF(area.left(), above.bottom() - 3, room, height), LEFT, text)
        painter.setFont(font)
        return above


def words_area(area: QRectF) -> QRectF:
    """Where name and level of a row are."""
    return area.adjusted(check_box(area).right() - area.left() + 10, 0, -10, -6)


def track_area(area: QRectF, words: QRectF) -> QRectF:
    """Where the bar of a row is."""
    return QRectF(words.left(), area.bottom() - 9, words.width(), 3)


def check_box(area: QRectF) -> QRectF:
    """Where the check box of a row is."""
    side = theme.theme().pixels(BOX)
    return QRectF(area.left() + 10, area.center().y() - side / 2 - 2, side, side)


@lru_cache(maxsize=64)
def box_picture(colour: str, ink: str, side: int, ratio: float, checked: bool) -> QPixmap:
    """A check box in a channel's colour."""
    picture = QPixmap(round(side * ratio), round(side * ratio))
    picture.setDevicePixelRatio(ratio)
    picture.fill(Qt.GlobalColor.transparent)
    painter = QPainter(picture)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(QColor(colour))
    painter.setBrush(QColor(colour) if checked else Qt.BrushStyle.NoBrush)
    painter.drawRoundedRect(QRectF(0.5, 0.5, side - 1, side - 1), 4, 4)
    if checked:
        painter.setPen(QPen(QColor(ink), 2))
        painter.drawPolyline([QPointF(side * x, side * y) for x, y in TICK])
    painter.end()
    return picture
