"""Two sensors at once: the Live room shows one, the other is a choice away."""

from __future__ import annotations

from typing import cast

from pytestqt.qtbot import QtBot

from emgstudio.gui.main_window import MainWindow
from emgstudio.gui.rooms.live import LiveRoom


def test_another_stream_can_be_chosen_and_its_end_brings_the_first_back(
    streaming: MainWindow, qtbot: QtBot
) -> None:
    session = streaming.session
    room = cast("LiveRoom", streaming.rooms["live"])
    streaming.go_to("live")
    first = session.main_stream
    qtbot.waitUntil(lambda: room.stream is first)
    assert not room.chooser.isVisible()

    other = session.connect("sim:clean")
    qtbot.waitUntil(lambda: len(session.streams) == 2)
    qtbot.waitUntil(room.chooser.isVisible)
    room.chooser.setCurrentIndex(1)
    room.chooser.activated.emit(1)
    qtbot.waitUntil(lambda: room.stream is session.streams[1])
    qtbot.waitUntil(lambda: room.traces.head > 20)
    assert room.side.list.channels.rowCount() == 4
    room.chooser.refresh()
    assert room.chooser.currentIndex() == 1

    session.disconnect(other)
    qtbot.waitUntil(lambda: room.stream is first)
    qtbot.waitUntil(lambda: not room.chooser.isVisible())
