"""A hand that does what is recognised: fingers that bend, a thumb that meets them, a wrist."""

from __future__ import annotations

import math
from dataclasses import dataclass

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPainterPath, QPen, QPolygonF

from emgstudio.gui import theme

SIZE = 200.0
WRIST = (100.0, 168.0)
BASES = ((70.0, 92.0), (90.0, 86.0), (110.0, 88.0), (129.0, 98.0))
LEANS = (-9.0, -2.0, 5.0, 14.0)
LENGTHS = ((28.0, 18.0, 14.0), (31.0, 20.0, 15.0), (28.0, 19.0, 14.0), (21.0, 14.0, 11.0))
WIDTHS = (18.0, 18.5, 18.0, 15.5)
BENDS = (82.0, 95.0, 55.0)
"""Degrees in the three joints of a closed finger."""
PALM = ((64, 96), (90, 88), (112, 90), (134, 104), (130, 142), (116, 160), (86, 160), (70, 140))
THUMB_OUT = ((74.0, 142.0), (50.0, 122.0), (36.0, 98.0))
THUMB_REST = ((74.0, 142.0), (56.0, 120.0), (52.0, 96.0))
THUMB_OVER = ((74.0, 142.0), (66.0, 120.0), (92.0, 112.0))
THUMB_MEETS = ((74.0, 142.0), (52.0, 112.0), (62.0, 80.0))
THUMB_BESIDE = ((74.0, 142.0), (54.0, 118.0), (62.0, 94.0))
THUMB_UP = ((74.0, 138.0), (54.0, 106.0), (46.0, 68.0))
FOLLOW = 0.25
"""Share of the way to the wanted pose that is gone at each frame."""


@dataclass(frozen=True, slots=True)
class Pose:
    """``curl`` of index to little finger (0 straight, 1 closed); angles in degrees.

    ``flex`` shortens the hand as it bends towards (1) or away from (-1) the viewer,
    ``tilt`` leans it in the picture, ``facing`` is 1 for the palm and -1 for the back.
    """

    curl: tuple[float, float, float, float] = (0.25, 0.28, 0.3, 0.32)
    spread: float = 0.6
    thumb: tuple[tuple[float, float], ...] = THUMB_REST
    flex: float = 0.0
    tilt: float = 0.0
    facing: float = 1.0

    def towards(self, other: Pose, share: float) -> Pose:
        """The pose on the way to another one."""

        def mix(a: float, b: float) -> float:
            return a + (b - a) * share

        c, d = self.curl, other.curl
        return Pose(
            (mix(c[0], d[0]), mix(c[1], d[1]), mix(c[2], d[2]), mix(c[3], d[3])),
            mix(self.spread, other.spread),
            tuple(
                (mix(ax, bx), mix(ay, by))
                for (ax, ay), (bx, by) in zip(self.thumb, other.thumb, strict=True)
            ),
            mix(self.flex, other.flex),
            mix(self.tilt, other.tilt),
            mix(self.facing, other.facing),
        )

    def near(self, other: Pose) -> bool:
        """Whether the difference cannot be seen."""
        numbers = zip((*self.curl, self.spread), (*other.curl, other.spread), strict=True)
        bent = max(abs(a - b) for a, b in numbers)
        ways = (abs(self.flex - other.flex), abs(self.facing - other.facing))
        return max(bent, *ways) < 0.01 and abs(self.tilt - other.tilt) < 0.5


RELAXED = Pose()
POSES = {
    "open": Pose((0.0, 0.0, 0.0, 0.0), 1.5, THUMB_OUT),
    "fist": Pose((1.0, 1.0, 1.0, 1.0), 0.1, THUMB_OVER),
    "pinch": Pose((0.42, 0.12, 0.1, 0.08), 0.8, THUMB_MEETS),
    "key": Pose((0.75, 0.85, 0.9, 0.9), 0.1, THUMB_BESIDE),
    "point": Pose((0.0, 1.0, 1.0, 1.0), 0.1, THUMB_OVER),
    "thumb_up": Pose((1.0, 1.0, 1.0, 1.0), 0.1, THUMB_UP),
    "wrist_flexion": Pose(flex=1.0),
    "wrist_extension": Pose((0.05, 0.05, 0.05, 0.05), flex=-1.0),
    "pronation": Pose(facing=-1.0),
    "supination": Pose((0.1, 0.1, 0.1, 0.1), 0.8, THUMB_OUT),
    "radial": Pose(tilt=-24.0),
    "ulnar": Pose(tilt=24.0),
}


def pose_of(gesture: str) -> Pose:
    """The pose of a movement; one's own movements look relaxed."""
    return POSES.get(gesture, RELAXED)


def paint_hand(painter: QPainter, box: QRectF, pose: Pose) -> None:
    """Draw a right hand, palm towards the viewer, into the largest square inside ``box``."""
    side = min(box.width(), box.height())
    painter.save()
    painter.translate(box.center() - QPointF(side / 2, side / 2))
    painter.scale(side / SIZE, side / SIZE)
    _paint_cuff(painter)
    painter.translate(*WRIST)
    painter.rotate(pose.tilt)
    facing = pose.facing if abs(pose.facing) > 0.08 else 0.08
    painter.scale(facing, 1.0 - 0.42 * abs(pose.flex))
    painter.translate(-WRIST[0], -WRIST[1])
    _paint_pose(painter, pose)
    painter.restore()
    if abs(pose.flex) > 0.3:
        _paint_bend(painter, box, pose.flex)


def _paint_pose(painter: QPainter, pose: Pose) -> None:
    palm = QPolygonF([QPointF(x, y) for x, y in PALM])
    behind = pose.facing < 0
    fingers = [_finger(k, pose) for k in range(4)]
    straight = [k for k in range(4) if pose.curl[k] < 0.55 or behind]
    folded = [k for k in range(4) if k not in straight]
    for k in straight:
        _paint_limb(painter, fingers[k], WIDTHS[k])
    if behind:
        _paint_limb(painter, [QPointF(x, y) for x, y in pose.thumb], 19.0)
    _paint_palm(painter, palm)
    for k in folded:
        _paint_limb(painter, fingers[k], WIDTHS[k])
    if not behind:
        _paint_limb(painter, [QPointF(x, y) for x, y in pose.thumb], 19.0)


def _finger(k: int, pose: Pose) -> list[QPointF]:
    """Joints of a finger as they are seen: bending shortens, then folds it over the palm."""
    lean = math.radians(LEANS[k] * pose.spread)
    x, y = BASES[k]
    points = [QPointF(x, y + 6.0), QPointF(x, y)]
    angle = 0.0
    for length, bend in zip(LENGTHS[k], BENDS, strict=True):
        angle += math.radians(bend) * pose.curl[k]
        seen = length * math.cos(angle)
        x += seen * math.sin(lean)
        y -= seen * math.cos(lean)
        points.append(QPointF(x, y))
    return points


def _paint_limb(painter: QPainter, points: list[QPointF], width: float) -> None:
    path = QPainterPath(points[0])
    for point in points[1:]:
        path.lineTo(point)
    for colour, thick in ((_ink(), width + 5.0), (_skin(), width - 1.0)):
        painter.setPen(
            QPen(
                colour,
                thick,
                Qt.PenStyle.SolidLine,
                Qt.PenCapStyle.RoundCap,
                Qt.PenJoinStyle.RoundJoin,
            )
        )
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.drawPath(path)


def _paint_palm(painter: QPainter, palm: QPolygonF) -> None:
    for colour, thick in ((_ink(), 25.0), (_skin(), 19.0)):
        painter.setPen(
            QPen(
                colour,
                thick,
                Qt.PenStyle.SolidLine,
                Qt.PenCapStyle.RoundCap,
                Qt.PenJoinStyle.RoundJoin,
            )
        )
        painter.setBrush(colour)
        painter.drawPolygon(palm)


def _paint_cuff(painter: QPainter) -> None:
    for colour, thick in ((_ink(), 27.0), (_shade(), 20.0)):
        painter.setPen(QPen(colour, thick, Qt.PenStyle.SolidLine, Qt.PenCapStyle.RoundCap))
        painter.drawLine(QPointF(82, 182), QPointF(118, 182))


def _paint_bend(painter: QPainter, box: QRectF, flex: float) -> None:
    """An arrow says which way the wrist goes: shortening alone looks the same both ways."""
    side = min(box.width(), box.height())
    painter.save()
    painter.translate(box.center() - QPointF(side / 2, side / 2))
    painter.scale(side / SIZE, side / SIZE)
    painter.setPen(
        QPen(QColor(theme.current().check), 5, Qt.PenStyle.SolidLine, Qt.PenCapStyle.RoundCap)
    )
    painter.setBrush(Qt.BrushStyle.NoBrush)
    top, bottom = 70.0, 130.0
    painter.drawArc(QRectF(158, top, 30, bottom - top), -80 * 16, 160 * 16)
    tip = QPointF(176, bottom) if flex > 0 else QPointF(176, top)
    back = -9.0 if flex > 0 else 9.0
    painter.drawPolyline([tip + QPointF(9, back * 0.2), tip, tip + QPointF(3, back)])
    painter.restore()


def _ink() -> QColor:
    return _mixed("outline", "accent", 0.7)


def _skin() -> QColor:
    return _mixed("text" if theme.current().dark else "canvas", "accent", 0.16)


def _shade() -> QColor:
    return _mixed("text" if theme.current().dark else "canvas", "accent", 0.5)


def _mixed(first: str, second: str, share: float) -> QColor:
    """An opaque colour between two of the palette: overlapping parts must not show through."""
    a, b = (QColor(theme.current().colour(role)) for role in (first, second))
    parts = ((a.red(), b.red()), (a.green(), b.green()), (a.blue(), b.blue()))
    return QColor(*(round(x + (y - x) * share) for x, y in parts))
