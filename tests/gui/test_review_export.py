"""A recording is handed over from Review: the form asks, the report says what was taken out."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from pytestqt.qtbot import QtBot

from emgstudio.core.types import Annotation
from emgstudio.dsp.signal_view import Shown, SignalView
from emgstudio.gui.review.export_page import ExportPage
from emgstudio.gui.rooms.review import ReviewRoom
from emgstudio.gui.tick import Tick
from tests.gui.review_recordings import make_recording

if TYPE_CHECKING:
    from emgstudio.session.session import Session


@pytest.fixture
def room(session: Session, tick: Tick, qtbot: QtBot, tmp_path: Path) -> Iterator[ReviewRoom]:
    label = Annotation(2.0, 3.0, "Jane moved", track="labels", note="again")
    path = make_recording(
        tmp_path / "ten", seconds=10.0, channels=2, rate=500.0, annotations=[label]
    )
    made = ReviewRoom(session, tick)
    qtbot.addWidget(made)
    made.resize(1100, 620)
    made.show()
    made.open(path)
    qtbot.waitUntil(lambda: made._overview_task is None)
    yield made
    made.close_room()


def page_of(room: ReviewRoom, folder: Path) -> ExportPage:
    room.toolbar.export.click()
    page = room.exporting.page
    assert page is not None
    page.folder.setText(str(folder))
    return page


def choose(page: ExportPage, key: str) -> None:
    page.format.setCurrentIndex(page.format.findData(key))


def test_the_report_says_what_was_taken_out(qtbot: QtBot, room: ReviewRoom, tmp_path: Path) -> None:
    page = page_of(room, tmp_path / "out")
    choose(page, "csv")
    assert "notes" in page.privacy.text()
    qtbot.mouseClick(page.begin, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: page.report is not None)
    assert page.report is not None
    assert "Taken out: 1 note of a label" in page.told.text()
    assert page.show_files.isVisible()
    text = (page.report.folder / "labels.csv").read_text()
    assert not page.form.isVisible()
    page.begin.click()
    assert page.form.isVisible()
    assert page.begin.text() == "Export"
    assert "Jane" not in text
    assert "label 1" in text


def test_the_selection_alone_and_as_it_is_shown(
    qtbot: QtBot, room: ReviewRoom, tmp_path: Path
) -> None:
    assert room.document is not None
    room.document.select_span(4.0, 6.0)
    page = page_of(room, tmp_path / "out")
    choose(page, "npz")
    page.part.setCurrentIndex(1)
    page.view.setCurrentIndex(page.view.findData("conditioned"))
    page.texts.setChecked(True)
    page.begin.click()
    qtbot.waitUntil(lambda: page.report is not None)
    assert page.report is not None
    file = next(file for file in page.report.files if file.suffix == ".npz")
    with np.load(file) as arrays:
        assert arrays["emg"].shape == (1000, 2)
        assert "Hz" in str(arrays["conditioning"])


def test_a_folder_that_cannot_be_made_is_said_and_can_be_changed(
    qtbot: QtBot, room: ReviewRoom, tmp_path: Path
) -> None:
    (tmp_path / "file").write_text("in the way")
    page = page_of(room, tmp_path / "file")
    choose(page, "csv")
    page.begin.click()
    qtbot.waitUntil(lambda: not page.running)
    assert "could not be written" in page.state.word.text()
    assert page.begin.isEnabled()
    page.folder.setText("")
    assert not page.begin.isEnabled()


def test_identified_needs_no_code_and_says_what_leaves(room: ReviewRoom, tmp_path: Path) -> None:
    page = page_of(room, tmp_path)
    page.identified.setChecked(True)
    page.texts.setChecked(True)
    assert not page.subject.isEnabled()
    assert page.privacy.text().startswith("Leaves with the file")
    assert "may name people" in page.privacy.text()
    assert page.request().identified
    room.exporting.close()
    assert room.exporting.page is None


def test_f8_the_methods_paragraph_is_copied_with_what_is_shown(room: ReviewRoom) -> None:
    about = room.panel.about
    about.copy.click()
    raw = QGuiApplication.clipboard().text()
    assert "Filter type: none by software" in raw
    assert raw.count("not recorded") > 5
    assert "of 21 items" in about.copied.text()
    assert room.document is not None
    room.document.source.view = SignalView(Shown.RECTIFIED)
    about.copy.click()
    assert "Rectification: full wave" in QGuiApplication.clipboard().text()
