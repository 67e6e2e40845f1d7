"""The drawn body, front and back: muscles as spots that can be clicked."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QHelpEvent, QMouseEvent, QPainter, QPainterPath, QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy, QToolTip, QWidget

from emgstudio.gui import theme
from emgstudio.session.therapy.placement import Placement, placement_of, placements
from emgstudio.session.therapy.plan import Muscle

VIEWS = ("front", "back")
# Of one figure, in units of the drawing; the words stand below.
WIDTH, HEIGHT, WORDS = 92.0, 226.0, 14.0
NEAR = 7.0
SPOT, CHOSEN_SPOT = 1.8, 3.6
# Half of the outline from the neck down to the crotch, mirrored: x from the mid-line, y down.
OUTLINE = (
    (5, 27), (5.5, 34), (17, 38), (26, 44), (29, 56), (32, 70), (35, 84), (38, 100), (39, 114),
    (41, 124), (38, 134), (35, 133), (33, 122), (33, 114), (29, 98), (26, 84), (23, 70), (20, 56),
    (18, 72), (16, 86), (19, 100), (21, 114), (21, 132), (17, 156), (18, 172), (15, 190),
    (11, 207), (15, 219), (5, 220), (5, 207), (4, 190), (3, 172), (5, 156), (2, 132), (0, 117),
)  # fmt: skip


def outline() -> QPainterPath:
    """One figure around the mid-line x = 0."""
    half = [QPointF(x, y) for x, y in OUTLINE]
    whole = half + [QPointF(-p.x(), p.y()) for p in reversed(half[:-1])]
    path = QPainterPath(_middle(whole[-1], whole[0]))
    for k, point in enumerate(whole):
        path.quadTo(point, _middle(point, whole[(k + 1) % len(whole)]))
    path.closeSubpath()
    head = QPainterPath()
    head.addEllipse(QPointF(0, 16), 9.5, 13.5)
    return path.united(head)


class BodyPicture(QWidget):
    """``chosen`` carries the muscle's name and its side when somebody clicks one."""

    chosen = Signal(str, str)

    def __init__(self, *, clickable: bool = True) -> None:
        super().__init__()
        self._clickable = clickable
        self._muscles: tuple[Muscle, ...] = ()
        self._outline = outline()
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
        # A person seen from the front has the left side on the right of the picture.
        right_hand = (side == "left") == (placement.view == "front")
        x = WIDTH * (figure + 0.5) + (placement.x if right_hand else -placement.x)
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
            painter.setPen(QPen(QColor(colours.outline), 1.0))
            painter.setBrush(QColor(colours.raised))
            painter.drawPath(self._outline)
            painter.restore()
            self._words(painter, figure, view)
        if self._clickable:
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(QColor(colours.outline))
            for placement in placements():
                for side in ("left", "right") if placement.x else ("",):
                    radius = SPOT * scale
                    painter.drawEllipse(self.place(placement, side), radius, radius)
        for number, muscle in enumerate(self._muscles, start=1):
            self._mark(painter, number, muscle, scale)
        painter.end()

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


def _middle(a: QPointF, b: QPointF) -> QPointF:
    return QPointF((a.x() + b.x()) / 2, (a.y() + b.y()) / 2)
