"""Every room and every page behind one: named, legible at any size, and the focus is seen."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication, QWidget
from pytestqt.qtbot import QtBot

from emgstudio.gui.main_window import MainWindow
from emgstudio.gui.theme import theme
from tests.gui.reading import cut_off, lengthen, nameless
from tests.gui.review_recordings import cued, make_recording

ROUNDS = 20


@pytest.fixture
def recorded(tmp_path: Path) -> Path:
    return make_recording(
        tmp_path / "session", seconds=4.0, channels=2, rate=500.0, annotations=cued(2)
    )


def pages(window: MainWindow, recorded: Path) -> Iterator[str]:
    """Leads the window to each, without a device; yields where it is."""
    for key in ("home", "clients", "devices", "live", "review"):
        window.go_to(key)
        yield key
    for card in (window.show_keyboard, window.find_command, window.show_about):
        card()
        assert window.overlay is not None
        yield window.overlay.accessibleName()
        window.overlay.leave()
    window.go_to("review", recorded)
    yield "review of a recording"
    yield from _clients(window)
    yield from _devices(window)
    yield from _inside(window, "therapy")
    yield from _inside(window, "calibrate")
    yield from _recording(window)


def _clients(window: MainWindow) -> Iterator[str]:
    window.go_to("clients", window.session.clients.add(notes="left knee").code)
    room = window.rooms["clients"]
    yield "a client"
    for card in (room.ask_new, room.open_or_lock_names, room.show_bin, room.show_trail,
                 room.ask_delete, room.export):  # fmt: skip
        card()
        yield room.overlay.accessibleName()
        room.overlay.leave()


def _devices(window: MainWindow) -> Iterator[str]:
    window.go_to("devices")
    room = window.rooms["devices"]
    for show in (room.pages.look_why, room.pages.teach, room.pages.sniff, room.pages.share):
        show()
        yield room.pages.page.accessibleName()
        room.pages.leave_page()


def _inside(window: MainWindow, key: str) -> Iterator[str]:
    """The pages of a room as they are before anything was done on them."""
    window.go_to(key)
    room = window.rooms[key]
    for number in range(room._stack.count()):
        room._stack.setCurrentIndex(number)
        yield f"{key}, {type(room._stack.currentWidget()).__name__}"


def _recording(window: MainWindow) -> Iterator[str]:
    window.go_to("live")
    for tab in range(4):
        window.recording.show_page(tab)
        yield f"recording, page {tab + 1}"
        window.recording.page.leave()


def settled(window: QWidget) -> list[str]:
    """What is cut off when every layout has had its turn; rows fold in a few rounds."""
    for _ in range(ROUNDS):
        QApplication.processEvents()
        found = cut_off(window)
        if not found:
            break
    return found


def test_a5_no_word_on_any_page_is_cut_off_where_words_are_longer(
    window: MainWindow, recorded: Path
) -> None:
    # Nothing may bring back the words as they were.
    window.tick.stop()
    # Layouts are what matters; painting is most of the work.
    window.setUpdatesEnabled(False)
    for page in pages(window, recorded):
        lengthen(window)
        assert settled(window) == [], page
        assert (window.width(), window.height()) == (1280, 720), page


def test_a3_a4_a5_at_200_per_cent_all_has_a_name_room_for_its_words_and_shows_the_focus(
    qtbot: QtBot, window: MainWindow, recorded: Path
) -> None:
    window.tick.stop()
    qtbot.waitUntil(window.isActiveWindow)
    theme().apply("dark", 200)
    kinds: set[tuple[str, str]] = set()
    seen = 0
    for page in pages(window, recorded):
        seen += 1
        assert nameless(window) == [], page
        assert settled(window) == [], page
        assert (window.width(), window.height()) == (1280, 720), page
        for widget in filter(_reached, window.findChildren(QWidget)):
            kind = (type(widget).__name__, str(widget.property("kind")))
            if kind not in kinds:
                widget.clearFocus()
                before = widget.grab().toImage()
                widget.setFocus(Qt.FocusReason.TabFocusReason)
                if widget.hasFocus():
                    kinds.add(kind)
                    assert widget.grab().toImage() != before, f"{page}: {kind}"
    assert seen > 30
    assert len(kinds) > 15


def _reached(widget: QWidget) -> bool:
    # In this order: most are out of sight.
    return (
        widget.isVisible()
        and widget.isEnabled()
        and bool(widget.focusPolicy() & Qt.FocusPolicy.TabFocus)
    )
