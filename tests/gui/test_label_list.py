"""The folded list of labels has the keyboard while it is open, and keys label nevertheless."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import QObject, Qt, Signal
from PySide6.QtWidgets import QApplication, QVBoxLayout, QWidget

from emgstudio.core.outbox import Outbox
from emgstudio.gui.recording.label_button import LabelButton
from emgstudio.gui.recording.tools import RecordingTools
from emgstudio.storage.disk_space import DiskPolicy
from emgstudio.storage.recorder import Recorder
from tests.flow.storage.feed import Feed
from tests.gui.test_recording_tools import Given, there


@pytest.fixture
def given(tmp_path: Path) -> Iterator[Given]:
    policy = DiskPolicy(reserve_bytes=0, ballast_bytes=100_000)
    recorder = Recorder(tmp_path, [Feed().source()], {}, Outbox(), policy)
    recorder.start()
    made = Given(recorder)
    yield made
    made.recording.triggers.stop()
    recorder.stop()


class Beat(QObject):
    """The tick of a window, as often as a test wants."""

    frame = Signal(float)


def test_keys_label_while_the_list_of_labels_is_open(qtbot, given) -> None:
    window = QWidget()
    qtbot.addWidget(window)
    given.calibration = None
    beat = Beat()
    tools = RecordingTools(given, beat, QVBoxLayout(window), window, print)
    tools.fold(True)
    window.resize(700, 300)
    window.show()
    beat.frame.emit(10.0)
    strip = tools.strip
    assert strip is not None
    qtbot.mouseClick(strip.labels, Qt.MouseButton.LeftButton)
    popover = QApplication.activePopupWidget()
    qtbot.keyClick(popover, Qt.Key.Key_1)
    button = popover.findChildren(LabelButton)[0]
    qtbot.keyPress(button, Qt.Key.Key_4)
    assert "active" in given.recording.marks.begun
    qtbot.keyRelease(popover, Qt.Key.Key_4)
    assert popover.isVisible()
    assert sorted(label for label, _ in there(given.recorder)) == ["active", "mark"]
    qtbot.keyClick(popover, Qt.Key.Key_F2)
    assert not strip.isHidden()
    assert QApplication.activePopupWidget() is None
    assert window.focusWidget() is strip.note
