"""The drawn body as paths: outline, lines on the skin, and the bellies of muscles.

Everything is in units of the drawing: x outwards from the mid-line, y down from the crown.
"""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QPointF
from PySide6.QtGui import QPainterPath, QTransform

from emgstudio.session.therapy.placement import Placement

VIEWS = ("front", "back")
Points = Sequence[tuple[float, float]]

HEAD = (
    (0, 2.4),
    (4.7, 3.7),
    (7.9, 7.8),
    (8.7, 13),
    (8.4, 18.4),
    (7.2, 23.5),
    (4.2, 28.6),
    (0, 30.6),
)
EAR = ((8.4, 14), (9.8, 13.6), (9.9, 17), (8.6, 20))
# From the neck over shoulder, arm, hand, arm pit, leg and foot to the crotch.
HALF = (
    (4.7, 26), (4.9, 32.5), (7.6, 36.6), (14, 39.2), (20.8, 41.2), (25.8, 44.6), (28.4, 50.5),
    (29.4, 58), (30.8, 66), (32.4, 75), (34.2, 82), (36.6, 88.5), (37.8, 96), (38.3, 105),
    (38.9, 113), (41, 119), (43.4, 125.6), (43.2, 130), (41.6, 127.4), (41.3, 132), (41.3, 138.6),
    (39.4, 142.6), (36.8, 141.6), (35.4, 135), (34.4, 127), (34.2, 120), (33.8, 114), (31.8, 105),
    (29.4, 96), (28.2, 89), (27.2, 82), (25.2, 75), (22.8, 67), (20.4, 60.6), (19.2, 59.8),
    (18.7, 66), (17.3, 76), (15.9, 86), (16.5, 95), (18.6, 104), (20.2, 113), (20.7, 122),
    (20.3, 134), (18.7, 147), (16.2, 157), (16, 163), (17.2, 173), (16.8, 184), (14.4, 198),
    (12.9, 209), (14.6, 214.6), (16.6, 219.6), (14.4, 222.6), (9.4, 222.4), (7, 218.6),
    (7.4, 210), (6.2, 199), (4.7, 187), (4.1, 176), (5.4, 166), (5.4, 157), (3.8, 146), (1.9, 134),
    (0.9, 123), (0, 117.6),
)  # fmt: skip
# Each is drawn on both sides; those whose first point is their last are closed.
LINES: dict[str, tuple[Points, ...]] = {
    "front": (
        ((1.6, 40.4), (8, 41.8), (15, 40.6), (20, 42.6)),
        ((1, 61.6), (7, 63), (13.4, 60.8), (17.6, 55), (19.4, 48)),
        ((0, 43), (0, 61)),
        ((0, 64), (0, 84.4)),
        ((0, 91.4), (0, 106)),
        ((0, 86.4), (1, 88), (0, 89.6)),
        ((1.6, 65.6), (6, 69.4), (10.6, 76.6)),
        ((16.8, 101), (10.4, 109.6), (2.6, 117)),
        ((10.8, 156), (13.6, 158.6), (13.2, 163), (10.8, 165), (8.4, 163), (8, 158.6), (10.8, 156)),
        ((9.4, 169), (9, 185), (9.6, 203)),
        ((27.6, 82.6), (30.6, 84.4), (33.6, 82)),
        ((34.6, 115), (36.8, 116), (38.6, 114.6)),
        ((36.8, 130), (37, 138.6)),
        ((39, 130.4), (39.2, 139.4)),
        ((8.4, 212), (10.4, 213.6), (12.6, 211.6)),
    ),
    "back": (
        ((0, 36), (0, 60), (0, 84), (0, 103)),
        ((8.4, 47.6), (14, 45.4), (20, 43)),
        ((8.4, 47.6), (9, 55.4), (11.6, 63.4), (15, 57), (18.2, 48.6)),
        ((0, 106), (0, 117.6)),
        ((1.4, 120.6), (7.4, 124), (14.4, 121.6)),
        ((6.2, 160.4), (10.6, 162.4), (15.4, 160)),
        ((5.4, 184.6), (8.6, 187.6), (10.4, 184.6), (13, 187), (15.8, 183.4)),
        ((9, 196), (9.2, 210)),
        ((11, 196), (11, 210)),
        ((28.6, 81.4), (30.6, 84), (32.8, 81.4)),
        ((36.8, 130), (37, 138.6)),
        ((39, 130.4), (39.2, 139.4)),
    ),
}  # fmt: skip
# Of the ends of a belly towards its middle, where it is widest.
BULGE, ALONG = 4 / 3, 0.25


def outline() -> QPainterPath:
    """One figure around the mid-line x = 0, the same from the front and from behind."""
    path = _both(HALF).united(_both(HEAD))
    ear = smooth((*EAR, EAR[0]))
    return path.united(ear).united(mirrored(ear))


def skin_lines(view: str) -> QPainterPath:
    """What tells the front from the back."""
    path = QPainterPath()
    for points in LINES[view]:
        line = smooth(points)
        path.addPath(line)
        path.addPath(mirrored(line))
    return path


def belly(placement: Placement) -> QPainterPath:
    """The muscle of the side where x is positive."""
    x0, y0, x1, y1, half = placement.belly
    begin, stop = QPointF(x0, y0), QPointF(x1, y1)
    way = stop - begin
    length = (way.x() ** 2 + way.y() ** 2) ** 0.5
    across = QPointF(-way.y(), way.x()) * (half * BULGE / length)
    path = QPainterPath(begin)
    for side, there in ((across, True), (-across, False)):
        near, far = begin + way * ALONG + side, begin + way * (1 - ALONG) + side
        if there:
            path.cubicTo(near, far, stop)
        else:
            path.cubicTo(far, near, begin)
    path.closeSubpath()
    return path


def right_hand(placement: Placement, side: str) -> bool:
    """Whether a muscle is on the right of the picture: seen from the front, the left side is."""
    return (side != "right") == (placement.view == "front")


def mirrored(path: QPainterPath) -> QPainterPath:
    """The other side of the mid-line."""
    return QTransform.fromScale(-1.0, 1.0).map(path)


def smooth(points: Points) -> QPainterPath:
    """A curve through all ``points`` (Catmull–Rom); closed when it ends where it began."""
    closed = points[0] == points[-1]
    at = [QPointF(*p) for p in points]
    ends = (at[-2], at[1]) if closed else (at[0], at[-1])
    around = [ends[0], *at, ends[1]]
    path = QPainterPath(at[0])
    for k in range(1, len(at)):
        before, here, there, after = around[k - 1 : k + 3]
        path.cubicTo(here + (there - before) / 6, there - (after - here) / 6, there)
    if closed:
        path.closeSubpath()
    return path


def _both(half: Points) -> QPainterPath:
    """A half and its mirror image as one closed curve."""
    rest = [(-x, y) for x, y in reversed(half) if x != 0]
    whole = [*half, *rest]
    return smooth([*whole, whole[0]])
