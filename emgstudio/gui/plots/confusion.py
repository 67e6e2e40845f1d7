"""A confusion matrix with numbers: which movement was asked for, which was recognised."""

from __future__ import annotations

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QColor, QFont, QFontMetrics, QMouseEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QToolTip, QWidget

from emgstudio.gui import theme
from emgstudio.ml.gestures import gesture_title

CELL = 46
TOP = 42
LEFT = 104
GAP = 2


class ConfusionMatrix(QWidget):
    """Rows are what was asked for, columns what was recognised, in % of a row."""

    def __init__(self) -> None:
        super().__init__()
        self._classes: tuple[str, ...] = ()
        self._counts: tuple[tuple[int, ...], ...] = ()
        self.setMouseTracking(True)
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Preferred)
        theme.theme().changed.connect(self.update)

    def show_counts(self, classes: tuple[str, ...], counts: tuple[tuple[int, ...], ...]) -> None:
        """``counts[i][j]``: windows of class i that were recognised as class j."""
        self._classes, self._counts = classes, counts
        self.setAccessibleName("Confusion matrix")
        self.setAccessibleDescription("; ".join(self._sentences()))
        self.updateGeometry()
        self.update()

    def sizeHint(self) -> QSize:
        n = max(2, len(self._classes))
        return QSize(LEFT + n * CELL + 8, TOP + n * CELL + 26)

    def minimumSizeHint(self) -> QSize:
        n = max(2, len(self._classes))
        return QSize(LEFT + n * 30, TOP + n * 26 + 24)

    def text_at(self, row: int, column: int) -> str:
        """What a cell shows: percent of its row, nothing for none."""
        total = sum(self._counts[row])
        share = self._counts[row][column] / total if total else 0.0
        if share <= 0:
            return ""
        return "<1" if share < 0.005 else f"{share * 100:.0f}"

    def paintEvent(self, _event: QPaintEvent) -> None:
        colours = theme.current()
        painter = QPainter(self)
        n = len(self._classes)
        if not n:
            painter.end()
            return
        cell = self._cell()
        painter.setPen(QColor(colours.muted))
        painter.drawText(
            QRectF(0, 0, LEFT - 8, TOP - 4),
            Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignBottom,
            "asked ↓",
        )
        for i, name in enumerate(self._classes):
            painter.setFont(self.font())
            self._paint_names(painter, i, name, cell)
            total = sum(self._counts[i])
            for j in range(n):
                share = self._counts[i][j] / total if total else 0.0
                box = QRectF(
                    LEFT + j * cell.width(),
                    TOP + i * cell.height(),
                    cell.width() - GAP,
                    cell.height() - GAP,
                )
                role = "good" if i == j else "check"
                painter.fillRect(box, QColor(colours.raised))
                strength = 0.12 + 0.55 * share if i == j else min(0.75, 0.15 + 1.6 * share)
                if share > 0:
                    painter.fillRect(box, colours.tint(role, strength))
                painter.setPen(QColor(colours.text))
                painter.setFont(self._number_font(cell, bold=i == j))
                painter.drawText(box, Qt.AlignmentFlag.AlignCenter, self.text_at(i, j))
        painter.setFont(self.font())
        painter.setPen(QColor(colours.muted))
        painter.drawText(
            QRectF(LEFT, TOP + n * cell.height() + 2, n * cell.width(), 20),
            Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter,
            "recognised as, % of each row",
        )
        painter.end()

    def _paint_names(self, painter: QPainter, i: int, name: str, cell: QSize) -> None:
        colours = theme.current()
        painter.setPen(QColor(colours.text))
        metrics = painter.fontMetrics()
        title = gesture_title(name)
        narrow = metrics.horizontalAdvance("mmmm") > cell.width()
        words = f"{i + 1} {title}" if narrow else title
        row = metrics.elidedText(words, Qt.TextElideMode.ElideRight, LEFT - 12)
        painter.drawText(
            QRectF(0, TOP + i * cell.height(), LEFT - 10, cell.height() - GAP),
            Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft,
            row,
        )
        painter.setPen(QColor(colours.muted))
        narrow = metrics.horizontalAdvance("mmmm") > cell.width()
        words = str(i + 1) if narrow else title.replace(" ", "\n", 1)
        lines = "\n".join(
            metrics.elidedText(word, Qt.TextElideMode.ElideRight, cell.width() - 2)
            for word in words.split("\n")
        )
        painter.drawText(
            QRectF(LEFT + i * cell.width(), 0, cell.width() - GAP, TOP - 4),
            Qt.AlignmentFlag.AlignHCenter | Qt.AlignmentFlag.AlignBottom,
            lines,
        )

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        cell = self._cell()
        j = int((event.position().x() - LEFT) // cell.width())
        i = int((event.position().y() - TOP) // cell.height())
        if 0 <= i < len(self._classes) and 0 <= j < len(self._classes):
            text = f"{self._counts[i][j]} of {sum(self._counts[i])} windows of "
            text += f"{gesture_title(self._classes[i])} recognised as "
            text += gesture_title(self._classes[j])
            QToolTip.showText(event.globalPosition().toPoint(), text, self)

    def _number_font(self, cell: QSize, *, bold: bool) -> QFont:
        """Small enough for ``100`` to fit into a cell."""
        font = QFont(self.font())
        font.setBold(bold)
        needed = QFontMetrics(font).horizontalAdvance("100") + 4
        font.setPointSizeF(font.pointSizeF() * min(1.0, cell.width() / needed))
        return font

    def _cell(self) -> QSize:
        n = max(1, len(self._classes))
        width = min(72, max(30, (self.width() - LEFT - 2) // n))
        height = min(CELL, max(22, (self.height() - TOP - 24) // n))
        return QSize(width, height)

    def _sentences(self) -> list[str]:
        said = []
        for i, name in enumerate(self._classes):
            total = sum(self._counts[i])
            for j, count in enumerate(self._counts[i]):
                if count and total:
                    other = gesture_title(self._classes[j])
                    said.append(f"{gesture_title(name)} as {other} {count / total:.0%}")
        return said
