"""What undo did is told once: by the room where it shows it itself, else by the window."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtWidgets import QWidget
from pytestqt.qtbot import QtBot

from emgstudio.core.types import Notice
from emgstudio.gui.main_window import MainWindow
from emgstudio.gui.review.annotate.editor import NOT_LAST
from emgstudio.gui.rooms import review
from emgstudio.gui.rooms.registry import Place, Rooms
from emgstudio.gui.rooms.review import ReviewRoom
from emgstudio.gui.rooms.room import Room
from emgstudio.gui.tick import Tick
from emgstudio.session.session import Session
from tests.gui.review_recordings import make_recording


class Changing(Room):
    """A room with something to take back, or with nothing."""

    key, title = "clients", "Clients"
    last: str | None = "Added fist"

    def undo(self) -> str | None:
        return self.last


class ChangingPlace(Place):
    """Where it is."""

    def build(self, session: Session, tick: Tick, parent: QWidget) -> Room:
        return Changing(session, tick, parent)


@pytest.mark.parametrize("tells", [True, False])
def test_the_window_tells_what_the_room_does_not(
    window: MainWindow, monkeypatch: pytest.MonkeyPatch, tells: bool
) -> None:
    monkeypatch.setattr(Changing, "tells_changes", tells)
    monkeypatch.setattr(window.session, "undo", lambda: "Mark at 0:03")
    place = ChangingPlace("clients", "Clients", "person", "Changing")
    window.rooms = Rooms([place], window._build_room)
    window.go_to("clients")
    window.undo()
    told = [] if tells else ["Undone: Added fist"]
    assert [entry.notice.text for entry in window.book.entries] == told
    # The room has nothing: it was the mark of the recording, which only the window tells.
    monkeypatch.setattr(Changing, "last", None)
    window.undo()
    told.append("Undone: Mark at 0:03")
    assert [entry.notice.text for entry in window.book.entries] == told


@pytest.fixture
def room(session: Session, tick: Tick, qtbot: QtBot, tmp_path: Path) -> Iterator[ReviewRoom]:
    made = ReviewRoom(session, tick)
    qtbot.addWidget(made)
    made.open(make_recording(tmp_path / "r", seconds=4.0, channels=2, rate=500.0))
    qtbot.waitUntil(lambda: made._overview_task is None)
    yield made
    made.close_room()


def test_review_tells_it_in_its_own_line_and_aloud(
    room: ReviewRoom, monkeypatch: pytest.MonkeyPatch
) -> None:
    heard: list[str] = []
    monkeypatch.setattr(review, "announce", lambda _widget, text: heard.append(text))
    assert room.tells_changes
    assert room.document is not None
    room.document.add(1.0, 2.0, "fist")
    assert room.undo() == "Added fist"
    assert room.message.text() == "Undone: Added fist"
    assert room.redo() == "Added fist"
    assert heard == ["Undone: Added fist", "Done again: Added fist"]
    assert room.redo() is None
    assert len(heard) == 2


def test_the_undo_of_a_toast_takes_back_nothing_that_was_done_since(room: ReviewRoom) -> None:
    offered: list[Any] = []
    room.said.connect(lambda _notice, actions: offered.extend(actions))
    document = room.document
    assert document is not None
    document.add(1.0, 2.0, "fist")
    document.remove(document.index.items[0].id)
    document.add(2.5, 3.0, "open")
    ((_word, undo),) = offered
    undo()
    assert [item.label for item in document.index.items] == ["open"]
    assert room.message.text() == NOT_LAST
    document.undo()
    undo()
    assert [item.label for item in document.index.items] == ["fist"]
    undo()
    assert [item.label for item in document.index.items] == ["fist"]


def test_the_undo_of_a_toast_says_what_a_full_disk_refuses(
    room: ReviewRoom, monkeypatch: pytest.MonkeyPatch
) -> None:
    offered: list[Any] = []
    room.said.connect(lambda _notice, actions: offered.extend(actions))
    assert room.document is not None
    room.document.add(1.0, 2.0, "fist")
    room.document.remove(room.document.index.items[0].id)
    ((word, undo),) = offered

    def full(_handle: int) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as no_room:
        no_room.setattr("emgstudio.storage.annotations.sync_data", full)
        undo()
    told = [item.text for item in room.session.outbox.drain() if isinstance(item, Notice)]
    assert (word, len(told)) == ("Undo", 1)
    assert "could not be saved" in told[0]
    assert not room.document.index.items
    undo()
    assert [item.label for item in room.document.index.items] == ["fist"]
