"""Where recordings go is chosen in the window, and when the disk fills the notice offers it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QPushButton, QWidget
from pytestqt.qtbot import QtBot

from emgstudio.core.outbox import Outbox
from emgstudio.core.types import Level, Notice
from emgstudio.gui.kept_settings import KeptSettings
from emgstudio.gui.notices import NoticeBook, Toast
from emgstudio.gui.recording import place
from emgstudio.gui.recording.place import RecordingsFolder
from emgstudio.storage import disk_space
from emgstudio.storage.disk_space import DiskPolicy, DiskWatch

if TYPE_CHECKING:
    from emgstudio.session.session import Session


class Window:
    """A place for recordings with all that it needs of a window."""

    def __init__(self, qtbot: QtBot, session: Session) -> None:
        self.host = QWidget()
        qtbot.addWidget(self.host)
        self.book = NoticeBook(self.host)
        self.finished = 0
        kept = KeptSettings(session, self.book)
        self.place = RecordingsFolder(self.host, session, kept, self.book, self._finish)

    def _finish(self) -> None:
        self.finished += 1

    @property
    def said(self) -> Notice:
        return self.book.entries[-1].notice


@pytest.fixture
def window(qtbot: QtBot, session: Session) -> Window:
    return Window(qtbot, session)


def test_a_chosen_folder_is_used_and_kept(
    window: Window, session: Session, tmp_path: Path, qtbot: QtBot
) -> None:
    window.place.ask()
    dialog = window.place.dialog
    assert dialog is not None
    assert dialog.isVisible()
    dialog.fileSelected.emit(str(tmp_path / "stick"))
    dialog.reject()
    assert session.recordings_folder() == tmp_path / "stick"
    assert session.settings.recording.folder == str(tmp_path / "stick")
    assert window.said.text == f"Recordings go to {tmp_path / 'stick'} from now on."
    assert list((tmp_path / "stick").iterdir()) == []


def test_a_folder_that_takes_no_files_is_refused(
    window: Window, session: Session, tmp_path: Path
) -> None:
    before = session.recordings_folder()
    (tmp_path / "file").write_text("in the way")
    window.place.use(tmp_path / "file")
    assert session.recordings_folder() == before
    assert window.said.level is Level.ERROR
    assert "cannot be written" in window.said.text
    assert str(before) in window.said.hint


def test_the_folder_is_shown_or_said_to_be_impossible(
    window: Window, session: Session, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shown: list[Path] = []
    monkeypatch.setattr(place, "show_folder", shown.append)
    window.place.use(tmp_path / "räume und plätze")
    (tmp_path / "räume und plätze").rmdir()
    window.place.show()
    assert shown == [tmp_path / "räume und plätze"]
    assert shown[0].is_dir()
    shown[0].rmdir()
    shown[0].write_text("in the way")
    window.place.show()
    assert len(shown) == 1
    assert window.said.level is Level.ERROR
    assert "cannot be made" in window.said.text


def test_d9_the_notice_of_a_nearly_full_disk_has_two_ways_on(
    window: Window,
    session: Session,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    qtbot: QtBot,
) -> None:
    outbox = Outbox()
    monkeypatch.setattr(disk_space, "free_bytes", lambda _: 200_000_000 + 10 * 290)
    assert not DiskWatch(tmp_path, DiskPolicy(), 10.0, outbox).must_stop(0.0, 0)
    (notice,) = (item for item in outbox.drain() if isinstance(item, Notice))
    assert notice.text == "Disk nearly full: 4 min 50 s of recording left."
    toast = Toast(notice, window.place.actions(notice), window.host)
    buttons = {b.text(): b for b in toast.findChildren(QPushButton)}
    assert {"Choose another folder", "Stop and save"} <= set(buttons)
    qtbot.mouseClick(buttons["Stop and save"], Qt.MouseButton.LeftButton)
    assert window.finished == 0, "nothing is recorded, and nothing shall begin"
    monkeypatch.setattr(type(session), "recorder", property(lambda _: object()))
    window.place.stop()
    assert window.finished == 1
    assert window.place.actions(Notice(Level.ERROR, "The disk is full.", "", "recorder")) == ()
