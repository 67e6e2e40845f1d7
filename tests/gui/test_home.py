"""Home: read the statement, then the demo, a sensor or a recording with one click."""

from __future__ import annotations

import shutil
from datetime import datetime
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFileDialog, QPushButton
from pytestqt.qtbot import QtBot

import run
from emgstudio.gui.main_window import DEMO, MainWindow
from emgstudio.gui.rooms.home import greeting
from emgstudio.gui.tick import Tick
from emgstudio.gui.wording import when
from emgstudio.session.session import Session

# A second of eight channels.
SOME_SAMPLES = 8 * 2 * 1000


@pytest.fixture
def first_start(qtbot: QtBot, session: Session, tick: Tick) -> MainWindow:
    made = MainWindow(session, tick)
    qtbot.addWidget(made)
    made.show()
    return made


def tile(window: MainWindow, title: str) -> QPushButton:
    (found,) = (t for t in window.rooms["home"].tiles if t.accessibleName().startswith(title))
    return found


def test_the_first_start_connects_the_person_of_the_demo_and_no_second_one() -> None:
    assert run.APP == ["--connect", DEMO]


def test_a2_the_statement_is_ticked_once_and_everything_waits_for_it(
    qtbot: QtBot, first_start: MainWindow
) -> None:
    window = first_start
    home = window.rooms["home"]
    assert home.statement.isVisible()
    assert not any(tile.isEnabled() for tile in home.tiles)
    qtbot.keyClick(window, Qt.Key.Key_2, Qt.KeyboardModifier.ControlModifier)
    assert window.room is home
    home.tick_box.click()
    assert all(tile.isEnabled() for tile in home.tiles)
    assert Session().settings.accepted_statement
    assert window.room.key == "clients", "the room that was asked for meanwhile"
    window.go_to("home")
    assert not home.statement.isVisible()
    window.finish_and_close()


def test_a_run_that_ends_by_itself_waits_for_nobody(
    qtbot: QtBot, session: Session, tick: Tick
) -> None:
    window = MainWindow(session, tick, unattended=True)
    qtbot.addWidget(window)
    window.go_to("devices")
    assert window.room.key == "devices"
    window.finish_and_close()


def test_a1_first_start_to_a_moving_demo_takes_two_clicks(
    qtbot: QtBot, first_start: MainWindow
) -> None:
    window = first_start
    home = window.rooms["home"]
    home.tick_box.click()
    home.tiles[0].click()
    assert window.room.key == "live"
    qtbot.waitUntil(lambda: bool(window.session.streams))
    qtbot.waitUntil(lambda: window.session.streams[0].received > 500)
    window.finish_and_close()


def test_what_was_recorded_is_listed_and_opens_in_review(
    qtbot: QtBot, streaming: MainWindow
) -> None:
    window = streaming
    window.toggle_record()
    recorder = window.session.recorder
    assert recorder is not None
    qtbot.waitUntil(lambda: recorder.status.bytes > SOME_SAMPLES)
    window.toggle_record()
    window.go_to("home")
    recent = window.rooms["home"].recent
    qtbot.waitUntil(
        lambda: (
            recent.topLevelItemCount() == 1 and recent.topLevelItem(0).text(4) == "demo, complete"
        )
    )
    item = recent.topLevelItem(0)
    assert item.text(1).startswith("today")
    assert item.text(3) == "8 at 1000 Hz"
    recent.setCurrentItem(item)
    with qtbot.waitSignal(window.rooms["home"].wanted) as asked:
        qtbot.keyClick(recent, Qt.Key.Key_Return)
    assert asked.args == ["review", recorder.path]
    assert window.room.key == "review"


def test_opening_by_dialog_goes_to_review(
    qtbot: QtBot, streaming: MainWindow, monkeypatch: pytest.MonkeyPatch
) -> None:
    window = streaming
    window.toggle_record()
    path = window.session.stop_recording()
    monkeypatch.setattr(QFileDialog, "getExistingDirectory", lambda *_args: str(path))
    window.go_to("home")
    tile(window, "Open a recording").click()
    assert window.room.key == "review"


def test_a_dialog_that_is_cancelled_changes_nothing(
    qtbot: QtBot, window: MainWindow, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(QFileDialog, "getExistingDirectory", lambda *_args: "")
    tile(window, "Open a recording").click()
    assert window.room.key == "home"


def test_an_unfinished_recording_is_offered_and_recovered(
    qtbot: QtBot, streaming: MainWindow
) -> None:
    window = streaming
    path = unfinished_copy(qtbot, window)
    window.recovery.look()
    assert window.recovery.isVisible()
    banner = window.recovery.banner
    assert banner is not None
    assert path.name in banner.accessibleName()
    recover = next(b for b in banner.findChildren(QPushButton) if b.text() == "Recover")
    recover.click()
    assert not window.recovery.isVisible()
    qtbot.waitUntil(
        lambda: any("Recording recovered" in e.notice.text for e in window.book.entries),
    )
    assert window.session.unfinished() == []


def unfinished_copy(qtbot: QtBot, window: MainWindow) -> Path:
    """What a crash leaves: the folder of a recording copied while it runs."""
    window.toggle_record()
    recorder = window.session.recorder
    assert recorder is not None
    began = recorder.status.bytes
    qtbot.waitUntil(lambda: recorder.status.bytes > began + SOME_SAMPLES)
    copy = recorder.path.with_name("crashed")
    # A file that is just being replaced has a name for a moment only.
    shutil.copytree(recorder.path, copy, ignore=shutil.ignore_patterns("*lock*", "*.tmp"))
    window.toggle_record()
    return copy


@pytest.mark.parametrize(
    ("hour", "words"), [(3, "evening"), (4, "morning"), (12, "afternoon"), (18, "evening")]
)
def test_greeting(hour: int, words: str) -> None:
    assert greeting(hour) == f"Good {words}."


def test_dates_as_people_say_them() -> None:
    now = datetime(2026, 3, 1, 9, 0)
    assert when(datetime(2026, 3, 1, 8, 5), now) == "today, 08:05"
    assert when(datetime(2026, 2, 28, 23, 59), now) == "yesterday, 23:59"
    assert when(datetime(2025, 2, 28, 23, 59), now) == "2025-02-28, 23:59"


def test_the_first_start_begins_at_the_statement(qtbot: QtBot, first_start: MainWindow) -> None:
    first_start.activateWindow()
    qtbot.waitUntil(first_start.rooms["home"].tick_box.hasFocus)
    first_start.finish_and_close()


def test_a_running_recording_is_not_called_unfinished(qtbot: QtBot, streaming: MainWindow) -> None:
    home = streaming.rooms["home"]
    streaming.toggle_record()
    qtbot.waitUntil(lambda: home.recent.topLevelItemCount() == 1)
    assert home.recent.topLevelItem(0).text(4) == "recording now"
    streaming.stop_recording()
    qtbot.waitUntil(lambda: home.recent.topLevelItem(0).text(4) == "demo, complete")
