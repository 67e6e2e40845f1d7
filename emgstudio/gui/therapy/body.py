"""The drawn body, front and back: muscles as spots that can be clicked."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QHelpEvent, QMouseEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy, QToolTip, QWidget

from emgstudio.gui import theme
from emgstudio.gui.therapy.body_shapes import (
    VIEWS,
    belly,
    mirrored,
    outline,
    right_hand,
    skin_lines,
)
from emgstudio.session.therapy.placement import Placement, placement_of, placements
from emgstudio.session.therapy.plan import Muscle

# Of one figure, in units of the drawing; the words stand below.
WIDTH, HEIGHT, WORDS = 92.0, 226.0, 14.0
NEAR = 7.0
CHOSEN_SPOT = 3.6


class BodyPicture(QWidget):
    """``chosen`` carries the muscle's name and its side when somebody clicks one."""

    chosen = Signal(str, str)

    def __init__(self, *, clickable: bool = True) -> None:
        super().__init__()
        self._clickable = clickable
        self._muscles: tuple[Muscle, ...] = ()
        self._outline = outline()
        self._skin = {view: skin_lines(view) for view in VIEWS}
        self.setMinimumSize(240, 270)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setAccessibleName("Body, front and back")
        if clickable:
            self.setCursor(Qt.CursorShape.PointingHandCursor)
        theme.theme().changed.connect(self.update)

    def sizeHint(self) -> QSize:
        return QSize(340, 400)

    def show_muscles(self, muscles: Sequence[Muscle]) -> None:
        """Mark these; the numbers are those of the list beside it."""
        if tuple(muscles) == self._muscles:
            return
        self._muscles = tuple(muscles)
        self.setAccessibleDescription(", ".join(m.words for m in muscles))
        self.update()

    def place(self, placement: Placement, side: str) -> QPointF:
        """Where a muscle is, in pixels of this widget."""
        scale, left, top = self._fit()
        figure = VIEWS.index(placement.view)
        outwards = placement.x if right_hand(placement, side) else -placement.x
        x = WIDTH * (figure + 0.5) + outwards
        return QPointF(left + x * scale, top + placement.y * scale)

    def muscle_at(self, at: QPointF) -> tuple[Placement, str] | None:
        """The muscle whose spot is nearest, with its side; None beside the body."""
        scale, _, _ = self._fit()
        best: tuple[float, Placement, str] | None = None
        for placement in placements():
            for side in ("left", "right") if placement.x else ("",):
                d = self.place(placement, side) - at
                far = (d.x() ** 2 + d.y() ** 2) ** 0.5 / scale
                if far < NEAR and (best is None or far < best[0]):
                    best = (far, placement, side)
        return (best[1], best[2]) if best is not None else None

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Choose the muscle under the pointer."""
        found = self.muscle_at(event.position())
        if self._clickable and found is not None:
            self.chosen.emit(found[0].name, found[1])

    def event(self, event: object) -> bool:
        """A tooltip says what a spot is."""
        if isinstance(event, QHelpEvent):
            found = self.muscle_at(QPointF(event.pos()))
            text = f"{found[0].name} {found[1]}".strip() if found is not None else ""
            QToolTip.showText(event.globalPos(), text, self)
            return True
        return super().event(event)  # type: ignore[arg-type]

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        colours = theme.current()
        scale, left, top = self._fit()
        for figure, view in enumerate(VIEWS):
            painter.save()
            painter.translate(left + WIDTH * (figure + 0.5) * scale, top)
            painter.scale(scale, scale)
            painter.setPen(QPen(QColor(colours.outline), 0.9))
            painter.setBrush(QColor(colours.raised))
            painter.drawPath(self._outline)
            if self._clickable:
                self._bellies(painter, view)
            painter.setPen(faint_line(colours.outline, 0.5, 0.6))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawPath(self._skin[view])
            self._chosen(painter, view)
            painter.restore()
            self._words(painter, figure, view)
        for number, muscle in enumerate(self._muscles, start=1):
            self._mark(painter, number, muscle, scale)
        painter.end()

    def _bellies(self, painter: QPainter, view: str) -> None:
        """Every muscle that can be chosen."""
        colours = theme.current()
        fill = QColor(colours.muted)
        fill.setAlphaF(0.22)
        painter.setPen(faint_line(colours.muted, 0.4, 0.55))
        painter.setBrush(fill)
        for placement in placements():
            if placement.view == view:
                path = belly(placement).intersected(self._outline)
                painter.drawPath(path)
                if placement.x:
                    painter.drawPath(mirrored(path))

    def _chosen(self, painter: QPainter, view: str) -> None:
        colours = theme.current()
        fill = QColor(colours.accent)
        fill.setAlphaF(0.55)
        painter.setPen(QPen(QColor(colours.accent), 0.6))
        painter.setBrush(fill)
        for muscle in self._muscles:
            found = placement_of(muscle.name)
            if found is not None and found.view == view:
                path = belly(found).intersected(self._outline)
                painter.drawPath(path if right_hand(found, muscle.side) else mirrored(path))

    def _fit(self) -> tuple[float, float, float]:
        """Pixels per unit, and where the drawing begins."""
        scale = min(self.width() / (2 * WIDTH), self.height() / (HEIGHT + WORDS))
        return scale, (self.width() - 2 * WIDTH * scale) / 2, 0.0

    def _words(self, painter: QPainter, figure: int, view: str) -> None:
        scale, left, top = self._fit()
        x, y = left + figure * WIDTH * scale, top + HEIGHT * scale
        area = QRectF(x, y, WIDTH * scale, WORDS * scale)
        sides = "R  front  L" if view == "front" else "L  back  R"
        painter.setPen(QColor(theme.current().muted))
        painter.drawText(area, Qt.AlignmentFlag.AlignCenter | Qt.TextFlag.TextDontClip, sides)

    def _mark(self, painter: QPainter, number: int, muscle: Muscle, scale: float) -> None:
        found = placement_of(muscle.name)
        if found is None:
            return
        colours = theme.current()
        at = self.place(found, muscle.side or "left")
        radius = max(theme.theme().pixels(9), CHOSEN_SPOT * scale)
        painter.setPen(QPen(QColor(colours.background), 1.5))
        painter.setBrush(QColor(colours.accent))
        painter.drawEllipse(at, radius, radius)
        painter.setPen(QColor(colours.on_accent))
        font = painter.font()
        font.setBold(True)
        font.setPixelSize(round(1.3 * radius))
        painter.setFont(font)
        area = QRectF(at.x() - radius, at.y() - radius, 2 * radius, 2 * radius)
        painter.drawText(area, Qt.AlignmentFlag.AlignCenter, str(number))


def faint_line(colour: str, wide: float, strength: float) -> QPen:
    """A round pen of a colour that lets through what is below."""
    ink = QColor(colour)
    ink.setAlphaF(strength)
    return QPen(ink, wide, c=Qt.PenCapStyle.RoundCap)
