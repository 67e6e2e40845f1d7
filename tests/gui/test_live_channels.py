"""What a person chooses per channel: shown, order, colour, alone, in groups; kept per stream."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from PySide6.QtCore import QPoint, Qt

from emgstudio.core.types import Channel, StreamInfo
from emgstudio.gui.live.channel_menu import channel_menu
from emgstudio.gui.live.choices import Choices, first_choices, groupings_of
from emgstudio.gui.live.display import first_view
from emgstudio.gui.panels.channel_list import ChannelList
from emgstudio.gui.panels.channel_model import moved
from emgstudio.gui.plots.feed import View
from emgstudio.gui.rooms.live import LiveRoom
from emgstudio.gui.theme import DARK

NAMES = tuple(Channel(f"EMG {n + 1}") for n in range(6))
pytestmark = pytest.mark.usefixtures("drawn_as_chosen")


def info_of(channels: tuple[Channel, ...]) -> StreamInfo:
    return StreamInfo("EMG", 1000.0, channels, "int16", "Test")


@pytest.fixture
def room(qtbot, session, tick) -> LiveRoom:
    made = LiveRoom(session, tick)
    qtbot.addWidget(made)
    made.resize(1280, 720)
    made.show()
    session.connect("sim:gestures?rate=1000")
    qtbot.waitUntil(lambda: made.traces.head > 20)
    return made


def test_a_channel_moves_in_the_order() -> None:
    assert moved((0, 1, 2, 3), 3, 0) == (3, 0, 1, 2)
    assert moved((0, 1, 2, 3), 0, 2) == (1, 0, 2, 3)
    assert moved((0, 1, 2, 3), 1, 4) == (0, 2, 3, 1)


def test_unused_channels_are_hidden_at_first() -> None:
    channels = tuple(replace(c, used=n != 2) for n, c in enumerate(NAMES))
    assert first_choices(info_of(channels)).hidden == {2}
    nothing = tuple(replace(c, used=False) for c in NAMES)
    assert first_choices(info_of(nothing)).hidden == frozenset()


def test_groups_are_what_channels_have_in_common() -> None:
    assert groupings_of(NAMES) == {}
    sides = tuple(replace(c, side="left" if n < 3 else "right") for n, c in enumerate(NAMES))
    assert {
        name: [(g.name, g.channels) for g in groups] for name, groups in groupings_of(sides).items()
    } == {"side": [("Left", (0, 1, 2)), ("Right", (3, 4, 5))]}
    mixed = (*NAMES, Channel("X", "g", kind="ACC"), Channel("Y", "g", kind="ACC"))
    assert [g.name for g in groupings_of(mixed)["kind"]] == ["EMG", "ACC"]
    many = tuple(Channel(str(n + 1)) for n in range(40))
    assert [g.name for g in groupings_of(many)["sixteen"]] == ["1 … 16", "17 … 32", "33 … 40"]


def test_a_colour_is_chosen_and_given_back() -> None:
    chosen = Choices().with_colour(1, 4).with_colour(2, 3)
    assert chosen.colours == ((1, 4), (2, 3))
    assert chosen.with_colour(1, None).colours == ((2, 3),)
    assert chosen.with_scale(0, 50.0).own_scales == ((0, 50.0),)


def test_other_signals_than_emg_are_shown_raw() -> None:
    assert first_view(info_of(NAMES), View.ENVELOPE) is View.ENVELOPE
    assert first_view(info_of((Channel("X", "g", kind="ACC"),)), View.ENVELOPE) is View.RAW


def test_the_list_in_another_order_still_speaks_of_the_right_channel(qtbot) -> None:
    made = ChannelList()
    qtbot.addWidget(made)
    made.channels.show_channels(NAMES)
    made.select(2)
    made.channels.show_order((5, 4, 3, 2, 1, 0))
    assert made.currentIndex().row() == 3
    assert made.channels.data(made.channels.index(0)) == "EMG 6"
    with qtbot.waitSignal(made.chosen) as chosen:
        made.setCurrentIndex(made.channels.index(0))
    assert chosen.args == [5]
    with qtbot.waitSignal(made.moved) as order:
        made.move_selected(1)
    assert order.args == [(4, 5, 3, 2, 1, 0)]
    with qtbot.waitSignal(made.moved) as order:
        data = made.channels.mimeData([made.channels.index(5)])
        index = made.channels.index(-1)
        made.channels.dropMimeData(data, Qt.DropAction.MoveAction, 0, 0, index)
    assert order.args == [(0, 5, 4, 3, 2, 1)]


def test_levels_go_to_their_rows(qtbot) -> None:
    made = ChannelList()
    qtbot.addWidget(made)
    made.channels.show_channels(NAMES)
    made.channels.show_order((5, 4, 3, 2, 1, 0))
    with qtbot.waitSignal(made.channels.dataChanged) as changed:
        made.channels.show_levels([0.0] * 5 + [50.0], [100.0] * 6)
    assert changed.args[0].row() in (0, 5)
    spoken = made.channels.data(made.channels.index(0), Qt.ItemDataRole.AccessibleTextRole)
    assert spoken == "EMG 6, 50 µV"


def test_keys_in_the_list(qtbot, room) -> None:
    rows = room.side.list
    rows.setFocus()
    rows.select(1)
    qtbot.keyClick(rows, Qt.Key.Key_Space)
    assert room.options.hidden == {1}
    qtbot.keyClick(rows, Qt.Key.Key_Space)
    assert room.options.hidden == frozenset()
    qtbot.keyClick(rows, Qt.Key.Key_Up, Qt.KeyboardModifier.AltModifier)
    assert room.display.choices.order[:3] == (1, 0, 2)
    room.display.reset_order()
    assert room.display.choices.order[:3] == (0, 1, 2)


def test_the_menu_of_a_channel(qtbot, room) -> None:
    menu = channel_menu(room, room.display, room.spectrogram, room.thresholds, 2, QPoint(10, 10))
    actions = {action.text(): action for action in menu.actions()}
    actions["Hide EMG 3"].trigger()
    assert room.options.hidden == {2}
    colours = {a.text(): a for a in actions["Colour"].menu().actions()}
    colours["Pink"].trigger()
    assert room.display.colour_of(2) == DARK.trace(6)
    assert room.side.list.channels.colours[2] == DARK.trace(6)
    actions["Keep its spectrogram"].trigger()
    assert room.spectrogram.pinned == (2,)
    actions["Move up  (Alt+↑)"].trigger()
    assert room.display.choices.order[:3] == (0, 2, 1)
    menu.close()


def test_choices_come_back_with_their_stream(qtbot, session, room) -> None:
    room.display.toggle_channel(3)
    room.display.use_colour(0, 5)
    room.display.use_order((1, 0, 2, 3, 4, 5, 6, 7))
    first = room.stream
    session.connect("sim:clean")
    qtbot.waitUntil(lambda: len(session.streams) == 2)
    qtbot.waitUntil(room.chooser.isVisible)
    room.chooser.activated.emit(1)
    qtbot.waitUntil(lambda: room.stream is session.streams[1])
    assert room.options.hidden == frozenset()
    room.chooser.activated.emit(0)
    qtbot.waitUntil(lambda: room.stream is first)
    assert room.options.hidden == {3}
    assert room.display.choices.order[:2] == (1, 0)
    assert room.display.colour_of(0) == DARK.trace(5)


def test_order_colours_and_scales_reach_the_traces(room) -> None:
    room.display.use_order((7, 6, 5, 4, 3, 2, 1, 0))
    room.display.use_own_scale(2, 50.0)
    assert room.traces.lanes_shown == (7, 6, 5, 4, 3, 2, 1, 0)
    assert room.side.list.channels.order == (7, 6, 5, 4, 3, 2, 1, 0)
    assert room.traces.scales.scale[room.traces.lanes_shown.index(2)] == 50.0
    room.display.use_colour(2, 6)
    assert room.side.list.channels.colours[2] == room.display.colour_of(2) == DARK.trace(6)


def test_looking_back_takes_the_spectrogram_along(qtbot, room) -> None:
    qtbot.waitUntil(lambda: room.stream.clean.head > 3000)
    room.display.use_time(1.0)
    room.traces.pan(-0.5)
    assert room.traces.frozen
    assert room.toolbar.freeze.text() == "Frozen −0.5 s"
    assert room.strip.frozen
    assert room.strip.scrolling
    room.page.themed.emit()
    assert room.strip.scrolling
    room.display.use_time(2.0)
    assert room.strip.seconds == 2.0
    assert room.strip._until == room.traces.right_edge <= room.traces._frozen_at
    room.freeze(False)
    assert room.toolbar.freeze.text() == "Freeze"
    assert not room.strip.frozen
    assert not room.strip.scrolling


def test_the_spectrogram_sweeps_where_the_traces_must(room) -> None:
    room.display.use_motion(True)
    assert room.strip.scrolling
    room.traces._pace.lighter = 1
    room.traces._use_pace()
    assert not room.traces.scrolling
    assert not room.strip.scrolling
    assert room.options.scroll


def test_only_a_group(room) -> None:
    room.display.show_only((1, 2))
    assert room.traces.lanes_shown == (1, 2)
    room.display.show_all()
    assert len(room.traces.lanes_shown) == 8


def test_the_spectrogram_follows_the_selection_unless_channels_are_kept(qtbot, room) -> None:
    room.display.select(4)
    qtbot.waitUntil(lambda: room.strip.channels == (4,))
    room.spectrogram.pin(1)
    room.spectrogram.pin(6)
    qtbot.waitUntil(lambda: room.strip.channels == (1, 6))
    room.spectrogram.pin(1)
    qtbot.waitUntil(lambda: room.strip.channels == (6,))


def test_without_any_reference_percent_say_what_to_do_instead_of_holes(room) -> None:
    page = room.page
    room.display.use_view(View.PERCENT)
    room.reference.refresh(0.0)
    assert page.no_reference.isVisible()
    assert page.traces.picture.ink.hole == page.traces.picture.ink.ground
    page.no_reference.take.click()
    room.reference.refresh(0.0)
    assert page.reference.isVisible()
    assert not page.no_reference.isVisible()
    room.reference.toggle()
    page.traces.show_references(np.array([200.0] + 7 * [np.nan]))
    room.reference.refresh(0.0)
    assert not page.no_reference.isVisible()
    assert page.traces.picture.ink.hole != page.traces.picture.ink.ground


def test_percent_have_a_scale_that_stands_still(room) -> None:
    room.display.use_scale(50.0, False)
    room.display.use_view(View.PERCENT)
    assert room.options.scale == 120.0
    assert room.toolbar.scale.currentText() == ""
    assert room.toolbar.scale.placeholderText() == "0–120 %"
    room.display.use_view(View.ENVELOPE)
    assert room.options.scale == 50.0
    assert room.toolbar.scale.currentText() == "±50 µV"
