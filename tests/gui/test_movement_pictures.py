"""A movement of one's own gets one of our drawings or an image of one's own, everywhere."""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtCore import QSize
from PySide6.QtGui import QColor, QImage
from PySide6.QtWidgets import QPushButton
from pytestqt.qtbot import QtBot

from emgstudio.core.errors import EmgError
from emgstudio.core.paths import config_folder
from emgstudio.core.types import Notice
from emgstudio.gui.assets import gesture_picture
from emgstudio.gui.wizard.choose_page import ChoosePage
from emgstudio.gui.wizard.flow import Flow
from emgstudio.gui.wizard.movement_picture import (
    KEPT_PIXELS,
    MovementPicture,
    movement_pixmap,
    png_of,
)
from emgstudio.gui.wizard.stage import CueStage
from emgstudio.session.movement_pictures import MovementPictures
from emgstudio.session.session import Session

SIZE = QSize(60, 60)


@pytest.fixture
def red(tmp_path: Path) -> Path:
    """A wide red image, larger than what is kept."""
    image = QImage(1600, 400, QImage.Format.Format_RGB32)
    image.fill(QColor("#ff0000"))
    file = tmp_path / "ring finger.jpg"
    assert image.save(str(file))
    return file


def colours(image: QImage) -> tuple[str, str]:
    """Of the middle and of the upper edge."""
    return image.pixelColor(30, 30).name(), image.pixelColor(30, 2).name(QColor.NameFormat.HexArgb)


def test_an_own_movement_is_shown_by_what_was_chosen_and_the_next_start_knows(
    qtbot: QtBot, tmp_path: Path, red: Path
) -> None:
    pictures = MovementPictures(tmp_path)
    hand = movement_pixmap(pictures, "ring finger", SIZE).toImage()
    assert hand == gesture_picture("ring finger", SIZE).toImage(), "the open hand"
    pictures.use_drawing("ring finger", "point")
    drawn = movement_pixmap(pictures, "ring finger", SIZE).toImage()
    assert drawn == gesture_picture("point", SIZE).toImage() != hand
    png = png_of(red)
    pictures.use_image("ring finger", png)
    assert max(QImage.fromData(png).size().toTuple()) == KEPT_PIXELS
    again = MovementPictures(tmp_path)
    middle, edge = colours(movement_pixmap(again, "ring finger", SIZE).toImage())
    assert QColor(middle).red() > 240
    assert edge == "#00000000", "in its proportions"
    stage = CueStage(again)
    qtbot.addWidget(stage)
    stage.resize(300, 300)
    assert colours(stage._picture("ring finger", 60).toImage())[0] == middle
    again.use_drawing("ring finger", "")
    assert movement_pixmap(again, "ring finger", SIZE).toImage() == hand


def test_a_picture_that_was_changed_since_is_shown_anew(qtbot: QtBot, tmp_path: Path) -> None:
    pictures = MovementPictures(tmp_path)
    shown = MovementPicture(pictures, "Key turn", 64)
    qtbot.addWidget(shown)
    pictures.use_drawing("Key turn", "fist")
    shown.show_movement("Key turn")
    wanted = movement_pixmap(pictures, "Key turn", QSize(64, 64), shown.devicePixelRatioF())
    assert shown.pixmap().toImage() == wanted.toImage()


def test_our_own_movements_keep_their_drawing_and_a_damaged_file_costs_nothing(
    tmp_path: Path,
) -> None:
    pictures = MovementPictures(tmp_path)
    pictures.use_image("fist", b"no image at all")
    assert pictures.image("fist") is None
    pictures.use_image("wave", b"no image at all")
    shown = movement_pixmap(pictures, "wave", SIZE).toImage()
    assert shown == gesture_picture("wave", SIZE).toImage()
    (tmp_path / "movements.json").write_text('{"movements": {"wave": 7, "b": {"image": "../x"}}}')
    torn = MovementPictures(tmp_path)
    assert (torn.drawing("wave"), torn.image("wave"), torn.image("b")) == ("", None, None)
    with pytest.raises(EmgError, match="no picture"):
        png_of(tmp_path / "movements.json")


def test_the_picture_is_chosen_beside_the_name(session: Session, qtbot: QtBot, red: Path) -> None:
    page = ChoosePage(Flow(session), lambda: None)
    qtbot.addWidget(page)
    assert not page.picture.isVisibleTo(page), "there is no movement of one's own"
    page.own.setText("Ring finger")
    page.own.returnPressed.emit()
    assert page.picture.isVisibleTo(page)
    assert page.picture.accessibleName() == "Picture of “ring finger”…"
    card = page.cards["ring_finger"]
    before = card._picture.pixmap().toImage()
    page.picture.click()
    chooser = page.picture.chooser
    assert chooser is not None
    named = {made.accessibleName(): made for made in chooser.findChildren(QPushButton)}
    named["Drawing: Thumb up"].click()
    drawn = card._picture.pixmap().toImage()
    assert drawn != before
    assert MovementPictures(config_folder()).drawing("ring_finger") == "thumb_up"
    page.picture.use_file(red)
    assert card._picture.pixmap().toImage() != drawn
    page.picture.use_file(red.parent)
    told = [n.text for n in session.outbox.drain() if isinstance(n, Notice)]
    assert len(told) == 1
    assert "no picture" in told[0]
    card.setChecked(False)
    assert not page.picture.isVisibleTo(page)
