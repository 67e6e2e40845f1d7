"""The drawn body: every muscle lies on it, and its electrodes on the muscle."""

from __future__ import annotations

from PySide6.QtCore import QPointF
from pytestqt.qtbot import QtBot

from emgstudio.gui.therapy.body_shapes import belly, mirrored, outline
from emgstudio.gui.therapy.site_picture import SitePicture
from emgstudio.session.therapy.placement import placements


def test_every_muscle_is_drawn_on_the_body_and_its_electrodes_lie_on_it(qtbot: QtBot) -> None:
    body = outline()
    for placement in placements():
        shape = belly(placement).intersected(body)
        x, y = placement.x, placement.y
        assert shape.contains(QPointF(x, y)), placement.name
        for side, sign in (("left", 1.0), ("right", -1.0)):
            picture = SitePicture(placement, side)
            qtbot.addWidget(picture)
            # Seen from the front, the left side is on the right.
            outwards = sign if placement.view == "front" else -sign
            drawn = shape if outwards > 0 else mirrored(shape)
            one, other = picture.electrodes()
            assert drawn.contains((one + other) / 2)
            assert body.contains(one)
            assert body.contains(other)
            assert not picture.grab().isNull()
