"""The Live room on a real session: what the simulated device sends is what is seen."""

from __future__ import annotations

from types import SimpleNamespace

import pytest
from PySide6.QtCore import Qt

from emgstudio.core.clock import host_time
from emgstudio.core.types import ConditionSpec, Notice
from emgstudio.devices.worker import DeviceState
from emgstudio.gui.live.filter import NO_FILTER
from emgstudio.gui.live.levels import LiveLevels
from emgstudio.gui.panels.condition_form import ConditionForm
from emgstudio.gui.plots.feed import View
from emgstudio.gui.plots.marks import TraceMark
from emgstudio.gui.rooms.live import LiveRoom
from tests.gui.streams import HandStream

DEMO = "sim:gestures?rate=1000"
pytestmark = pytest.mark.usefixtures("drawn_as_chosen")


@pytest.fixture
def room(qtbot, session, tick) -> LiveRoom:
    made = LiveRoom(session, tick)
    qtbot.addWidget(made)
    made.resize(1280, 720)
    made.show()
    made.entered()
    return made


@pytest.fixture
def streaming(qtbot, session, room) -> LiveRoom:
    session.connect(DEMO)
    qtbot.waitUntil(lambda: room.traces.head > 20)
    return room


def test_without_a_device_the_room_says_so_and_starts_the_demo(qtbot, session, room) -> None:
    assert room.empty.isVisible()
    assert not room.traces.isVisible()
    qtbot.mouseClick(room.empty.demo, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(room.traces.isVisible)
    assert not room.empty.isVisible()
    assert room.stream is session.main_stream


def test_the_way_to_the_devices(qtbot, room) -> None:
    with qtbot.waitSignal(room.wanted) as asked:
        qtbot.mouseClick(room.empty.connect_button, Qt.MouseButton.LeftButton)
    assert asked.args[0] == "devices"


def test_traces_spectrogram_and_levels_move(qtbot, streaming) -> None:
    qtbot.waitUntil(lambda: streaming.strip.head > 5)
    head = streaming.traces.head
    qtbot.waitUntil(lambda: streaming.traces.head > head + 10)
    model = streaming.side.list.channels
    qtbot.waitUntil(lambda: model.level(0).text != "–")
    assert model.rowCount() == streaming.stream.info.n_channels
    assert "µV" in str(model.data(model.index(0), Qt.ItemDataRole.AccessibleTextRole))


def test_a_hidden_room_reads_nothing(qtbot, streaming) -> None:
    streaming.hide()
    read = streaming.traces.feed.samples_read
    position = streaming.stream.clean.head
    qtbot.waitUntil(lambda: streaming.stream.clean.head > position + 100)
    assert streaming.traces.feed.samples_read == read
    streaming.show()
    qtbot.waitUntil(lambda: streaming.traces.feed.samples_read > read)


def test_keys(qtbot, streaming) -> None:
    changes = (
        (Qt.Key.Key_E, lambda room: room.options.view is View.ENVELOPE),
        (Qt.Key.Key_W, lambda room: room.options.scroll),
        (Qt.Key.Key_S, lambda room: not room.strip.isVisible()),
        (Qt.Key.Key_Z, lambda room: room.traces.frozen),
        (Qt.Key.Key_F, lambda room: room.stream.condition == NO_FILTER),
        (Qt.Key.Key_O, lambda room: room.options.solo == 0),
        (Qt.Key.Key_O, lambda room: room.options.solo is None),
        (Qt.Key.Key_Down, lambda room: room.options.selected == 1),
        (Qt.Key.Key_H, lambda room: room.options.hidden == {1}),
        (Qt.Key.Key_BracketLeft, lambda room: room.options.seconds == 5.0),
        (Qt.Key.Key_BracketRight, lambda room: room.options.seconds == 10.0),
    )
    streaming.activateWindow()
    streaming.traces.setFocus()
    qtbot.waitUntil(streaming.traces.hasFocus)
    for key, changed in changes:
        assert not changed(streaming), key
        qtbot.keyClick(streaming.traces, key)
        assert changed(streaming), key


def test_freeze_is_only_a_picture(qtbot, streaming) -> None:
    streaming.toolbar.freeze.click()
    head, received = streaming.traces.head, streaming.stream.received
    qtbot.waitUntil(lambda: streaming.stream.received > received + 100)
    assert streaming.traces.head == head
    assert streaming.toolbar.freeze.text() == "Frozen"
    streaming.toolbar.freeze.click()
    qtbot.waitUntil(lambda: streaming.traces.head > head)


def test_the_filter_badge_says_what_is_on(qtbot, streaming) -> None:
    assert streaming.toolbar.filter.text() == "20–450 Hz"
    form = ConditionForm(streaming.stream.condition, 1000.0)
    form.wanted.connect(streaming.filter.use)
    form.notch.setCurrentIndex(1)
    form.notch.activated.emit(1)
    assert streaming.stream.condition == ConditionSpec(notch_hz=50.0)
    assert streaming.toolbar.filter.text() == "20–450 Hz, notch 50 Hz"
    streaming.filter.toggle()
    assert streaming.toolbar.filter.text() == "Filter off"
    streaming.filter.toggle()
    assert streaming.stream.condition == ConditionSpec(notch_hz=50.0)


def test_a_filter_that_makes_no_sense_is_a_notice(qtbot, session, tick, streaming) -> None:
    told: list[str] = []
    tick.arrived.connect(lambda item: isinstance(item, Notice) and told.append(item.source))
    streaming.filter.use(ConditionSpec(low_hz=300.0, high_hz=100.0))
    qtbot.waitUntil(lambda: streaming.title in told)
    assert streaming.stream.condition == ConditionSpec()


def test_one_channel_always_stays(streaming) -> None:
    count = streaming.stream.info.n_channels
    for channel in range(count):
        streaming.display.toggle_channel(channel)
    assert len(streaming.traces.lanes_shown) == 1
    streaming.display.show_all()
    assert len(streaming.traces.lanes_shown) == count


def test_marks_of_the_recording_lie_over_the_traces(qtbot, session, streaming) -> None:
    session.start_recording()
    began = streaming.stream.clock.index(host_time())
    session.annotate("pain 3/10")

    def pain() -> list[TraceMark]:
        # Lamps may leave marks of their own: a device whose thread stood still has no signal.
        return [mark for mark in streaming.traces._marks if mark.label == "pain 3/10"]

    qtbot.waitUntil(lambda: len(pain()) == 1)
    (mark,) = pain()
    # Where "now" was by the stream's clock, which learns; that sample may be yet to come.
    assert mark.start > began - 300
    qtbot.waitUntil(lambda: streaming.stream.clean.head > mark.start)
    session.undo()
    qtbot.waitUntil(lambda: not pain())
    session.stop_recording()


def test_what_was_chosen_is_there_at_the_next_start(qtbot, session, tick, streaming) -> None:
    streaming.display.step_time(1)
    streaming.toolbar.view.activated.emit(streaming.toolbar.view.findText("Envelope"))
    streaming.toolbar.spectrogram.click()
    again = LiveRoom(session, tick)
    qtbot.addWidget(again)
    assert (again.options.seconds, again.options.view) == (20.0, View.ENVELOPE)
    assert not again.toolbar.spectrogram.isChecked()


def test_a_lost_device_is_said(qtbot, session, streaming, monkeypatch) -> None:
    assert not streaming.page.banner.isVisible()
    lost = SimpleNamespace(state=DeviceState.LOST, state_text="Arm disconnected. Trying again.")
    monkeypatch.setattr(session, "device_of", lambda _stream: lost)
    qtbot.waitUntil(streaming.page.banner.isVisible)
    assert streaming.page.banner.words.text() == lost.state_text


def test_everything_has_a_name_for_a_screen_reader(streaming) -> None:
    from PySide6.QtWidgets import QAbstractButton, QAbstractSpinBox, QComboBox

    for kind in (QAbstractButton, QComboBox, QAbstractSpinBox):
        for widget in streaming.findChildren(kind):
            if widget.focusPolicy() != Qt.FocusPolicy.NoFocus:
                assert widget.accessibleName() or widget.text(), widget
    assert streaming.traces.accessibleName().startswith("Live EMG, conditioned, 8 channels")
    assert streaming.strip.accessibleName().startswith("Spectrogram, ")


def test_an_outage_has_no_levels(room) -> None:
    stream = HandStream(4)
    stream.clean_since = 0
    stream.push_noise(500)
    levels = LiveLevels(room.page)
    room.side.show_info(stream.info)
    model = room.side.list.channels
    levels.use_stream(stream)
    for now, known in ((100.0, True), (100.9, True), (101.5, False)):
        levels.refresh(now)
        assert (model.level(0).text != "–") is known
    assert model.level(0).share == 0.0
    stream.push_noise(50)
    levels.refresh(102.0)
    assert model.level(0).text != "–"


def test_the_map_of_keys_lists_what_live_can(streaming) -> None:
    keys = {a.shortcut().toString(): a.text() for a in streaming.actions() if a.text()}
    for key in ("Z", "F", "E", "S", "P", "C", "V", "F6", "F7", "F8", "Ctrl+Shift+S", "Alt+Up"):
        assert keys[key]


def test_everything_in_the_toolbar_is_large_enough_for_a_thumb(qtbot, streaming) -> None:
    bar = streaming.toolbar
    for widget in (bar.view, bar.time, bar.scale, bar.filter, bar.lamps, bar.freeze, bar.more):
        assert widget.height() >= 44
    assert bar.more.width() >= 44


def test_what_has_no_room_is_in_the_menu(qtbot, streaming) -> None:
    bar = streaming.toolbar
    menu = bar.more.menu()
    menu.aboutToShow.emit()
    before = [action.text() for action in menu.actions() if action.text()]
    assert "Time shown" not in before
    bar.setFixedWidth(420)
    qtbot.waitUntil(lambda: bar.time.isHidden())
    menu.aboutToShow.emit()
    actions = {action.text(): action for action in menu.actions() if action.text()}
    assert set(before) < set(actions)
    times = {action.text(): action for action in actions["Time shown"].menu().actions()}
    times["5 s"].trigger()
    assert streaming.options.seconds == 5.0
    actions["Spectrogram"].trigger()
    assert not streaming.strip.isVisible()
    menu.aboutToShow.emit()
    assert len([action for action in menu.actions() if action.text()]) == len(actions)
