"""Thresholds, the badge above 100 %, decisions and other names in the Live room, on one stream."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import QPointF, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from emgstudio.core.types import ConditionSpec, Decision, Level, SampleBlock
from emgstudio.devices.worker import DeviceState
from emgstudio.dsp.quality_lamps import Lamp, LampLevel
from emgstudio.gui.devices.lamp_advice import lamp_advice
from emgstudio.gui.live.above import LiveAbove
from emgstudio.gui.live.decisions import LiveDecisions
from emgstudio.gui.panels.lamp_actions import ChannelWanted
from emgstudio.gui.plots.feed import View
from emgstudio.gui.rooms.live import LiveRoom
from emgstudio.gui.session_bar import SessionBar
from emgstudio.gui.theme import theme
from emgstudio.gui.tick import Tick
from emgstudio.session.channel_map import store_map
from emgstudio.session.quality import ChannelQuality
from emgstudio.session.reference import Method, Reference
from emgstudio.session.sensors import ChannelNote
from emgstudio.session.session import Session

URI = "sim:clean?rate=1000"
GIVE_UP_S = 60.0
pytestmark = pytest.mark.usefixtures("drawn_as_chosen")


class Bench:
    """A room on a session whose device has stopped: samples come by hand, frames when asked."""

    def __init__(self, folder: Path) -> None:
        self.session = Session(folder)
        self.tick = Tick(self.session)
        self.session.connect(URI)
        device = next(iter(self.session.devices.values()))
        given_up = time.monotonic() + GIVE_UP_S
        while not device.streams or device.streams[0].received < 2000:
            assert time.monotonic() < given_up, device.state_text
            QTest.qWait(5)
        device.stop()
        self.device, self.stream = device, device.streams[0]
        self.room = LiveRoom(self.session, self.tick)
        self.room.resize(1280, 720)
        self.room.show()
        self.now = 100.0
        self.frame()

    def frame(self, seconds: float = 0.5) -> None:
        self.now += seconds
        for item in self.session.outbox.drain():
            self.tick.arrived.emit(item)
        self.room._frame(self.now)

    def push(self, seconds: float, level: float) -> None:
        rate, info = self.stream.info.rate, self.stream.info
        n = round(seconds * rate)
        wave = level * np.sqrt(2) * np.sin(2 * np.pi * 100.0 * np.arange(n) / rate)
        raw = np.round(wave / info.channels[0].scale).astype(info.dtype)
        data = np.repeat(raw[:, None], info.n_channels, axis=1)
        self.stream.accept(SampleBlock(info.name, self.stream.raw.head, data), 0.0)

    def close(self) -> None:
        self.room.close()
        self.room.deleteLater()
        self.session.close()


@pytest.fixture(scope="module")
def made(qapp: QApplication, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bench]:
    theme().apply("dark")
    bench = Bench(tmp_path_factory.mktemp("settings"))
    yield bench
    bench.close()


@pytest.fixture
def bench(made: Bench) -> Bench:
    made.room.thresholds.remove_all()
    made.room.display.use_view(View.CONDITIONED)
    made.room.display.use_scale(100.0, False)
    made.room.display.select(0)
    made.frame()
    return made


def test_a_threshold_is_set_and_moved_by_keys(bench: Bench) -> None:
    room, lines = bench.room, bench.room.thresholds
    room.traces.setFocus()
    keys = {a.text(): a for a in room.actions()}
    keys["Threshold of the channel"].trigger()
    assert lines.words(0) == "30 µV"
    keys["Threshold up"].trigger()
    assert lines.words(0) == "35 µV"
    keys["Threshold down"].trigger()
    keys["Threshold down"].trigger()
    assert lines.words(0) == "25 µV"
    assert [lines.on(n) for n in range(4)] == [True, False, False, False]
    lines.everywhere(0)
    assert lines.words(3) == "25 µV"
    keys["Threshold of the channel"].trigger()
    assert lines.words(0) == ""


def test_a_line_is_dragged_and_kept_for_the_sensor(bench: Bench) -> None:
    room, traces = bench.room, bench.room.traces
    room.thresholds.toggle(0)
    at = traces.picture.row(0, 30.0) / traces.ratio
    x = traces.plot.left() + 200
    assert traces.threshold_at(QPointF(x, at)) == 0
    to = traces.picture.row(0, 60.0) / traces.ratio
    QTest.mousePress(traces, Qt.MouseButton.LeftButton, pos=QPointF(x, at).toPoint())
    QTest.mouseMove(traces, QPointF(x, to).toPoint())
    QTest.mouseRelease(traces, Qt.MouseButton.LeftButton, pos=QPointF(x, to).toPoint())
    level = float(room.thresholds.levels[0])
    assert level == pytest.approx(60.0, abs=6.0)
    kept = bench.session.views.thresholds(bench.device.uri, bench.stream.info)
    assert kept[0] == level
    room.thresholds.use_stream(bench.stream)
    assert room.thresholds.levels[0] == level


def test_in_percent_a_threshold_is_a_share_of_the_reference(bench: Bench) -> None:
    lines, shown = bench.room.thresholds, []
    bench.room.traces.show_thresholds = lambda t, movable=False: shown.append(t)
    try:
        bench.room.display.use_view(View.RAW)
        lines.levels = np.full(4, 50.0)
        lines._references = np.array([200.0, np.nan, 100.0, 50.0])
        lines.frame(0.0)
        assert shown[-1] is None
        bench.room.display.use_view(View.PERCENT)
        lines.frame(0.0)
        np.testing.assert_allclose(shown[-1], [25.0, np.nan, 50.0, 100.0])
        bench.room.display.use_view(View.ENVELOPE)
        lines.frame(0.0)
        np.testing.assert_allclose(shown[-1], 50.0)
    finally:
        del bench.room.traces.show_thresholds


def test_the_value_is_painted_in_its_lane(bench: Bench) -> None:
    traces = bench.room.traces
    before = traces.grab().toImage()
    bench.room.thresholds.toggle(1)
    after = traces.grab().toImage()
    lane = traces.picture.lanes[1]
    changed = {
        y
        for y in range(after.height())
        for x in range(traces.plot.left(), traces.plot.left() + 60)
        if before.pixel(x, y) != after.pixel(x, y)
    }
    assert len(changed) > 6
    assert lane.top / traces.ratio <= min(changed)
    assert max(changed) <= lane.bottom / traces.ratio + 1


def test_signals_on_another_display_follow_the_room(bench: Bench) -> None:
    room, tick = bench.room, bench.tick
    room.second.toggle()
    screen = room.second.screen
    assert screen is not None
    other = screen.traces
    bench.push(1.0, 40.0)
    room.display.use_view(View.RECTIFIED)
    room.thresholds.toggle(1)
    tick.frame.emit(bench.now)
    assert other.options == room.options
    assert other.head > 0
    assert other.thresholds is not None
    assert np.array_equal(other.thresholds, room.traces.thresholds, equal_nan=True)
    QTest.keyClick(screen, Qt.Key.Key_Space)
    room.traces.pan(-0.02)
    tick.frame.emit(bench.now)
    assert other.frozen
    assert other.right_edge == room.traces.right_edge
    room.freeze(False)
    room.hide()
    drawn = other.feed.samples_read
    bench.push(0.5, 40.0)
    tick.frame.emit(bench.now + 0.5)
    assert other.feed.samples_read == drawn + 500
    room.show()
    room.second.toggle()
    assert room.second.screen is None
    tick.frame.emit(bench.now + 1.0)


def test_another_display_takes_up_another_sensor_while_the_room_is_hidden(
    qtbot: QtBot, tmp_path: Path
) -> None:
    own = Bench(tmp_path)
    room, session = own.room, own.session
    try:
        room.second.toggle()
        screen = room.second.screen
        assert screen is not None
        own.tick.frame.emit(own.now)
        assert len(screen.traces.picture.lanes) == 4
        room.hide()
        session.disconnect(next(iter(session.devices)))
        own.tick.frame.emit(own.now + 0.5)
        assert room.stream is None
        session.connect(f"{URI}&channels=2")
        qtbot.waitUntil(lambda: session.main_stream is not None)
        own.tick.frame.emit(own.now + 1.0)
        assert room.stream is session.main_stream
        assert len(screen.traces.picture.lanes) == 2
    finally:
        room.close_room()
        own.close()


def test_effort_above_the_reference_is_told_until_dismissed(bench: Bench) -> None:
    room, above = bench.room, bench.room.page.above
    info = bench.stream.info
    name = info.channels[1].name
    reference = Reference(name, 100.0, "µV", 0.5, Method.MVC, "2026-01-01T00:00:00+00:00")
    bench.session.references.store(bench.device.uri, info, [reference])
    part = next(p for p in room.parts if isinstance(p, LiveAbove))
    part.use_stream(bench.stream)
    bench.push(1.0, 104.0)
    bench.frame()
    bench.frame()
    assert above.isHidden()
    bench.push(1.0, 130.0)
    bench.frame(0.3)
    assert above.isHidden()
    bench.frame(0.3)
    bench.frame(0.3)
    assert not above.isHidden()
    assert name in above.words.text()
    assert "%MVC" in above.words.text()
    bench.push(1.0, 1.0)
    bench.frame()
    assert not above.isHidden()
    above.away.click()
    bench.frame()
    assert above.isHidden()
    bench.push(1.0, 130.0)
    for _ in range(4):
        bench.frame(0.3)
    above.again.click()
    assert above.isHidden()
    assert not room.page.reference.isHidden()
    room.reference.toggle()
    bench.session.references.forget(bench.device.uri, info)


def test_decisions_are_a_band_that_grows_and_goes(bench: Bench) -> None:
    class Deciding:
        """What of a session is asked."""

        def __init__(self) -> None:
            self.main_stream, self.model = bench.stream, None
            self.decoder: object = self
            self.latest: Decision | None = None

    given, traces = Deciding(), bench.room.traces
    part = LiveDecisions(given, traces)
    part.use_stream(bench.stream)
    at = bench.stream.raw.head - 900
    for n, (gesture, rejected) in enumerate(
        [("fist", False), ("fist", False), ("fist", True), ("open", False)]
    ):
        given.latest = Decision(0.0, at + 200 * n, gesture, 0.9, gesture, (), 0.0, 0.0, rejected)
        part.frame(0.0)
    spans = traces._decisions
    assert [(s.label, s.held) for s in spans] == [
        ("Fist", False),
        ("Fist", True),
        ("Open hand", False),
    ]
    assert traces.band > 0
    assert [s.start for s in spans[1:]] == [s.stop for s in spans[:-1]]
    given.decoder = None
    part.frame(0.0)
    assert traces.band == 0


def test_other_names_are_taken_up_and_thresholds_stay(bench: Bench) -> None:
    room, stream = bench.room, bench.stream
    room.display.use_scale(50.0, False)
    notes = [ChannelNote(name=f"Muscle {n}") for n in range(4)]
    store_map(bench.session, bench.device, stream, notes)
    bench.frame()
    assert stream.info.channels[2].name == "Muscle 2"
    assert "Muscle 2" in room.traces.accessibleName()
    assert room.side.list.channels.name(2) == "Muscle 2"
    assert room.stream is stream
    store_map(bench.session, bench.device, stream, [ChannelNote()] * 4)
    bench.frame()
    assert "Muscle" not in room.traces.accessibleName()


HUM = Lamp("Q-HUM", LampLevel.CHECK, "Mains hum", "Hum.", "Clean it.", "filter-hum", "Filter it")
OFF = Lamp("Q-LEAD", LampLevel.STOP, "Electrode off", "It is off.", "Press it.", "doctor", "How")
WEAK = Lamp("Q-WEAK", LampLevel.CHECK, "Weak", "Small.", "Move it.", "show-me-where", "Show")


@pytest.fixture
def lit(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> Bench:
    """Lamps as a test wants them, on a device that streams."""
    channels = (
        ChannelQuality(0, "EMG 1", LampLevel.GOOD),
        ChannelQuality(1, "EMG 2", LampLevel.STOP, (OFF, HUM), {"hum_hz": 60.0}),
        ChannelQuality(2, "EMG 3", LampLevel.CHECK, (WEAK,)),
        ChannelQuality(3, "EMG 4", LampLevel.OFF),
    )
    monkeypatch.setattr(bench.session.quality, "lamps", lambda _stream: channels)
    monkeypatch.setattr(bench.device, "_said", (DeviceState.STREAMING, "Demo is streaming."))
    return bench


def test_the_chip_on_top_says_the_worst_and_opens_all_lamps(qtbot: QtBot, lit: Bench) -> None:
    bar = SessionBar(lit.session, lit.tick)
    qtbot.addWidget(bar)
    bar.resize(1280, 48)
    bar.show()
    assert bar.devices.text().endswith("· Electrode off (1)")
    assert "Electrode off" in bar.devices.accessibleName()
    asked: list[tuple[str, object]] = []
    told: list[str] = []
    bar.wanted.connect(lambda key, thing: asked.append((key, thing)))
    bar.said.connect(lambda notice, _actions: told.append(notice.text))
    bar.devices.click()
    panel = bar.lamps.panel
    hit = {one.name: one for one in lit.session.quality.lamps(lit.stream)}
    panel.action_wanted.emit("filter-hum", hit["EMG 2"])
    assert lit.stream.condition.notch_hz == 60.0
    assert "60 Hz" in told[0]
    panel.action_wanted.emit("doctor", hit["EMG 2"])
    assert asked == [("devices", lit.device)]
    qtbot.waitUntil(lambda: bar.lamps is None)
    bar.devices.click()
    bar.lamps.panel.action_wanted.emit("show-me-where", hit["EMG 3"])
    assert asked[1] == ("live", ChannelWanted(lit.stream, 2, search=True))
    qtbot.waitUntil(lambda: bar.lamps is None)
    lit.session.set_condition(lit.stream, ConditionSpec())


def test_show_me_where_shows_a_channel_that_was_hidden(lit: Bench) -> None:
    room, told = lit.room, []
    room.said.connect(lambda notice, _actions: told.append(notice.text))
    room.display.toggle_channel(2)
    assert 2 not in room.traces.lanes_shown
    room.open(ChannelWanted(lit.stream, 2, search=True))
    assert 2 in room.traces.lanes_shown
    assert room.options.selected == 2
    assert "move the electrode" in told[0]


def test_the_doctor_says_what_is_wrong_with_the_electrodes(lit: Bench) -> None:
    said = lamp_advice(lit.session, lit.device)
    assert [(one.text, one.hint, one.level) for one in said] == [
        ("It is off.", "Press it.", Level.ERROR),
        ("Hum.", "Clean it.", Level.WARNING),
        ("Small.", "Move it.", Level.WARNING),
    ]


def test_how_many_channels_are_watched_is_said(lit: Bench) -> None:
    lit.room.lamps.refresh(0.0)
    assert lit.room.toolbar.lamps.text() == "Electrode off · 1 of 3 · 3 of 4 watched"
