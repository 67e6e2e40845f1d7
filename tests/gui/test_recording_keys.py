"""Keys that label a recording: held, repeated by the keyboard, and never in a text field."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QEvent, Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QLineEdit, QWidget
from pytestqt.qtbot import QtBot

from emgstudio.gui.recording.key_times import EventTimes, RecordingKeys

Key = Qt.Key


def key(kind: QEvent.Type, code: Key, text: str = "", *, repeats: bool = False) -> QKeyEvent:
    return QKeyEvent(kind, code, Qt.KeyboardModifier.NoModifier, text, repeats)


DOWN, UP = QEvent.Type.KeyPress, QEvent.Type.KeyRelease


class Heard:
    """What keys told."""

    def __init__(self) -> None:
        self.down: list[str] = []
        self.up: list[str] = []

    def press(self, name: str, _host: float) -> bool:
        self.down.append(name)
        return name.isdecimal()

    def release(self, name: str, _host: float) -> None:
        self.up.append(name)


@pytest.fixture
def keys(qtbot: QtBot) -> tuple[RecordingKeys, Heard, QWidget]:
    window = QWidget()
    qtbot.addWidget(window)
    heard = Heard()
    return RecordingKeys(window, heard.press, heard.release), heard, window


def test_a_held_key_is_one_press_however_often_the_keyboard_repeats_it(keys):
    made, heard, _ = keys
    assert made.pressed(key(DOWN, Key.Key_1, "1"))
    assert made.pressed(key(DOWN, Key.Key_1, "1", repeats=True))
    assert made.released(key(UP, Key.Key_1, "1", repeats=True))
    assert (heard.down, heard.up) == (["1"], [])
    assert made.released(key(UP, Key.Key_1, "1"))
    assert heard.up == ["1"]
    assert not made.pressed(key(DOWN, Key.Key_A, "a"))
    assert not made.released(key(UP, Key.Key_A, "a"))


def test_a_key_that_goes_up_in_another_window_ends_here(keys):
    made, heard, window = keys
    made.pressed(key(DOWN, Key.Key_1, "1"))
    made.eventFilter(window, QEvent(QEvent.Type.FocusOut))
    assert heard.up == ["1"]


def test_in_a_text_field_keys_type(qtbot, keys):
    made, heard, window = keys
    field = QLineEdit(window)
    window.show()
    qtbot.waitExposed(window)
    window.activateWindow()
    field.setFocus()
    qtbot.waitUntil(field.hasFocus)
    assert not made.pressed(key(DOWN, Key.Key_1, "1"))
    assert heard.down == []


def test_page_keys_have_names(keys):
    made, heard, _ = keys
    for code in (Key.Key_PageDown, Key.Key_PageUp, Key.Key_Period, Key.Key_F2):
        made.pressed(key(DOWN, code))
    assert heard.down == ["PgDn", "PgUp", "period", "F2"]


def test_an_event_that_waited_has_the_time_at_which_it_happened():
    times = EventTimes()
    assert times.host(0, 50.0) == 50.0
    assert times.host(1_000, 11.0) == pytest.approx(11.0)
    # It came 80 ms late: the window was painting.
    assert times.host(2_000, 12.08) == pytest.approx(12.0)
    # Less late than the first: now the offset is known better.
    assert times.host(3_000, 12.99) == pytest.approx(12.99)
    assert times.host(4_000, 14.05) == pytest.approx(13.99)
    # Stamps that began anew.
    assert times.host(10, 20.0) == pytest.approx(20.0)
