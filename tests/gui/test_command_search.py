"""Commands are found by typing a word of them and called from there."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QApplication, QWidget
from pytestqt.qtbot import QtBot

from emgstudio.gui.command_search import Command, CommandSearch, command_search
from emgstudio.gui.main_window import MainWindow
from emgstudio.gui.rooms.registry import ROOMS, Rooms


def test_all_words_that_were_typed_must_fit(qtbot: QtBot) -> None:
    called: list[str] = []
    made = CommandSearch(
        [
            Command("Export…", "Review", "Ctrl+E", lambda: called.append("export")),
            Command("Import…", "Everywhere", "", lambda: called.append("import")),
            Command("Undo", "Everywhere", "", lambda: called.append("undo")),
        ]
    )
    qtbot.addWidget(made)
    made.chosen.connect(lambda command: command.run())
    made.field.setText("export csv")
    assert [c.text for c in made.shown] == ["Export…"]
    qtbot.keyClick(made.field, Qt.Key.Key_Return)
    made.field.setText("csv")
    assert [c.text for c in made.shown] == ["Export…", "Import…"]
    qtbot.keyClick(made, Qt.Key.Key_Down)
    qtbot.keyClick(made.field, Qt.Key.Key_Return)
    assert called == ["export", "import"]
    made.field.setText("nothing of that kind")
    assert made.shown == []
    assert not made.none.isHidden()
    qtbot.keyClick(made.field, Qt.Key.Key_Return)
    assert called == ["export", "import"]


def test_an_action_of_another_room_leads_there_first() -> None:
    order: list[str] = []

    class Place:
        title = "Review"

        def __init__(self) -> None:
            self.action = QAction("Export…")
            self.action.triggered.connect(lambda: order.append("export"))

        def actions(self) -> list[QAction]:
            return [self.action]

    place = Place()
    found = command_search([], {"review": place}, order.append)
    found.shown[0].run()
    assert order == ["review", "export"]
    found.deleteLater()


def test_a9_the_key_finds_export_csv_and_mute(qtbot: QtBot, window: MainWindow) -> None:
    # Two rooms are enough: to build all of them takes seconds.
    window.rooms = Rooms([p for p in ROOMS if p.key in ("home", "review")], window._build_room)
    qtbot.keyClick(window, Qt.Key.Key_K, Qt.KeyboardModifier.ControlModifier)
    assert window.overlay is not None
    (search,) = window.overlay.findChildren(CommandSearch)
    search.field.setText("export csv")
    assert ("Export…", "Review") in [(c.text, c.place) for c in search.shown]
    search.field.setText("mute")
    assert [c.keys for c in search.shown] == ["Ctrl+M"]
    assert not window.session.settings.sounds.muted
    qtbot.keyClick(search.field, Qt.Key.Key_Return)
    assert window.session.settings.sounds.muted
    assert window.overlay is None


def alone() -> list[QWidget]:
    """Searches that lie in no window."""
    return [w for w in QApplication.topLevelWidgets() if isinstance(w, CommandSearch)]


def test_the_key_pressed_again_puts_the_search_away_and_leaves_none_behind(
    qtbot: QtBot, window: MainWindow
) -> None:
    window.rooms = Rooms([p for p in ROOMS if p.key == "home"], window._build_room)
    before = alone()
    for _ in range(3):
        window.find_command()
        assert window.overlay is not None
        window.find_command()
        assert window.overlay is None
    window.show_keyboard()
    window.show_about()
    assert window.overlay is None
    assert alone() == before
