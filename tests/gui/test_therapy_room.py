"""The pages of a therapy session, alone and by hand; the client's screen frame by frame."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import asdict, replace
from itertools import pairwise
from pathlib import Path

import pytest
from PySide6.QtCore import QPointF, QRectF, QSize
from PySide6.QtWidgets import QScrollArea
from pytestqt.qtbot import QtBot

from emgstudio.core.clock import host_time
from emgstudio.dsp.quality_lamps import LampLevel
from emgstudio.gui.rooms.therapy import TherapyRoom
from emgstudio.gui.second_screen import other_display
from emgstudio.gui.therapy.body import BodyPicture
from emgstudio.gui.therapy.flow import END, PLACE, PROTOCOL, REFERENCE, RUN
from emgstudio.gui.therapy.lanes import LevelLanes, SoftLane, lines_of, top_of
from emgstudio.gui.therapy.protocol_form import GOALS, ProtocolForm
from emgstudio.gui.therapy.start import StartTherapy
from emgstudio.gui.tick import Tick
from emgstudio.session.quality import ChannelQuality
from emgstudio.session.session import Session
from emgstudio.session.therapy.exercise import Phase
from emgstudio.session.therapy.goal import Goal
from emgstudio.session.therapy.placement import placements
from emgstudio.session.therapy.protocol import Kind, Protocols, Step, protocol_from
from emgstudio.storage.recording import Recording


@pytest.fixture
def room(qtbot: QtBot, session: Session) -> Iterator[TherapyRoom]:
    made = TherapyRoom(session, Tick(session))
    qtbot.addWidget(made)
    made.resize(1180, 560)
    yield made
    made.close_room()


@pytest.fixture
def with_sensor(qtbot: QtBot, room: TherapyRoom) -> TherapyRoom:
    room.session.connect("sim:clean?rate=1000&channels=2")
    qtbot.waitUntil(lambda: room.session.main_stream is not None)
    stream = room.session.main_stream
    assert stream is not None
    qtbot.waitUntil(lambda: stream.received > 0)
    room.entered()
    return room


def test_what_is_missing_is_said_with_a_way_out(qtbot: QtBot, room: TherapyRoom) -> None:
    assert not room.protocol.start.isEnabled()
    assert "No sensor" in room.protocol.problem.word.text()
    with qtbot.waitSignal(room.wanted) as asked:
        room.protocol.way_out.click()
    assert asked.args[0] == "devices"
    assert len(room.protocol.cards.cards) == 14


def test_two_goals_need_no_more_width_than_a_small_window_has(
    qtbot: QtBot, with_sensor: TherapyRoom
) -> None:
    page = with_sensor.protocol
    flow = with_sensor.flow
    flow.choose(next(p for p in flow.protocols.all() if p.kind is Kind.RECIPROCAL))
    assert all(box.isVisibleTo(page) for box in page.goals)
    with_sensor.show()
    area = page.goals[0].parentWidget().parentWidget().parentWidget()
    assert isinstance(area, QScrollArea)
    across = area.horizontalScrollBar()
    qtbot.waitUntil(lambda: page.goals[1].y() > page.goals[0].y() and across.maximum() == 0)


def test_a_click_on_the_body_names_the_muscle(qtbot: QtBot) -> None:
    body = BodyPicture()
    qtbot.addWidget(body)
    body.resize(400, 480)
    for placement in placements():
        for side in ("left", "right") if placement.x else ("",):
            found = body.muscle_at(body.place(placement, side))
            assert found == (placement, side)
    assert body.muscle_at(QPointF(2, 2)) is None


def test_an_own_protocol_is_kept(qtbot: QtBot, room: TherapyRoom) -> None:
    flow = room.flow
    form = ProtocolForm(flow.protocols, flow.protocols.get("up_5_5"), room.attempt)
    qtbot.addWidget(form)
    form.title.setText("Mine")
    form.goals[0].setValue(45)
    form.steps[0][1].setValue(7)
    form.measures.boxes["fatigue"].setChecked(True)
    form.save.click()
    kept = next(p for p in flow.protocols.all() if p.title == "Mine")
    assert (kept.goals, kept.steps[0].work_s, kept.own) == ((45.0,), 7.0, True)
    assert kept.measures == ("fatigue",)


@pytest.mark.parametrize(
    ("kind", "goals", "band", "muscles"),
    [
        (Kind.BAND, (), (40.0, 60.0), 1),
        (Kind.RECIPROCAL, (60.0, 20.0), None, 2),
        (Kind.DOWN, (20.0,), None, 1),
        (Kind.UP, (60.0,), None, 1),
    ],
)
def test_an_own_protocol_may_have_another_kind_of_goal(
    qtbot: QtBot, tmp_path: Path, kind: Kind, goals: tuple[float, ...],
    band: tuple[float, float] | None, muscles: int,
) -> None:  # fmt: skip
    protocols = Protocols(tmp_path)
    form = ProtocolForm(protocols, protocols.get("up_5_5"), lambda work: work())
    qtbot.addWidget(form)
    places = list(GOALS)
    # By way of another kind, so that every kind replaces what stood there.
    form.kind.setCurrentIndex(places.index(Kind.COMPARE))
    form.kind.setCurrentIndex(places.index(kind))
    made = form.made()
    assert (made.kind, made.goals, made.band, made.muscles) == (kind, goals, band, muscles)
    assert len(form.goals) == len(GOALS[kind])
    assert protocol_from({**asdict(made), "kind": kind.value}, own=True) == made


def test_a_session_from_the_protocol_to_the_end(qtbot: QtBot, with_sensor: TherapyRoom) -> None:
    room, flow = with_sensor, with_sensor.flow
    room.protocol.muscles.put("Vastus medialis", "left")
    assert flow.muscles[0].words == "Vastus medialis left"
    room.protocol.start.click()
    assert flow.step == PLACE
    room.place.electrodes.setText("Ag/AgCl gel, 20 mm apart")
    room.place.electrodes.editingFinished.emit()
    flow.go(REFERENCE)
    assert flow.wants_reference
    assert not room.reference.begin.isEnabled()
    room.reference.skip.click()
    assert "You go on without" in room.reference.none_needed.text()
    flow.protocol = replace(flow.protocol, steps=(Step("", 3, 600.0, 600.0),))
    room.reference.begin.click()
    assert flow.step == RUN
    assert flow.run is not None
    exercise = flow.run.exercise
    room.run.skip()
    assert exercise.part.phase is Phase.WORK
    before = exercise.goal.low
    room.run.move_goal(5.0)
    assert exercise.goal.low == before + 5.0
    room.run.toggle_pause()
    assert exercise.paused
    assert room.run.panel.word.text() == "PAUSED"
    room.run.toggle_pause()
    room._frame(host_time())
    room.run.finish()
    assert flow.step == END
    assert flow.path is not None

    def shown() -> bool:
        room.end.frame(host_time())
        return room.end.task is None

    qtbot.waitUntil(shown)
    assert "session" in room.end.sentence.text() or "goal" in room.end.sentence.text()
    with Recording.open(flow.path) as recording:
        assert "Vastus medialis left" in recording.meta["placement"]
        assert recording.meta["electrodes"] == "Ag/AgCl gel, 20 mm apart"


def test_c3_starting_anyway_is_kept_with_what_the_lamps_said(with_sensor: TherapyRoom) -> None:
    room, flow = with_sensor, with_sensor.flow
    flow.go(PLACE)
    # However the lamps are just now: somebody goes on all the same.
    room.place.anyway.click()
    assert flow.step == REFERENCE
    flow.without_reference()
    room.reference.begin.click()
    room.run.finish()
    assert flow.path is not None
    with Recording.open(flow.path) as recording:
        assert "lamps" in recording.meta["placement_override"]
        assert "started anyway" in {a.label for a in recording.annotations}


def test_the_last_session_leads_straight_to_the_electrodes(with_sensor: TherapyRoom) -> None:
    room = with_sensor
    room.protocol.muscles.put("Biceps brachii", "right")
    plan = replace(room.flow.plan(), client="C-0007")
    room.open(StartTherapy("C-0007", plan))
    assert room.flow.step == PLACE
    assert room.flow.muscles == list(plan.muscles)
    room.open(StartTherapy("C-0008"))
    assert (room.flow.step, room.flow.client) == (PROTOCOL, "C-0008")


def test_the_bar_above_and_the_session_are_about_the_same_client(
    session: Session, room: TherapyRoom
) -> None:
    first, second = (session.clients.add().code for _ in range(2))
    room.open(StartTherapy(first))
    assert session.client == first
    room.flow.use("", None)
    session.client = second
    room.entered()
    assert room.flow.client == second


def test_another_client_in_the_bar_above_is_whom_the_exercise_is_for(
    session: Session, room: TherapyRoom
) -> None:
    first, second = (session.clients.add().code for _ in range(2))
    session.client = first
    room.entered()
    room.flow.rest = (4.0,)
    session.client = second
    room.entered()
    assert room.flow.client == second
    assert list(room.flow.rest) == []
    room.flow.go(END)
    session.client = ""
    room.entered()
    assert room.flow.client == second


def test_electrodes_changed_in_the_settings_are_not_lost(room: TherapyRoom) -> None:
    session, field = room.session, room.place.electrodes
    session.update_settings(session.settings.changed("recording", electrodes="gel, 20 mm"))
    room.flow.go(PLACE)
    assert field.text() == "gel, 20 mm"
    field.editingFinished.emit()
    assert session.settings.recording.electrodes == "gel, 20 mm"


def test_no_effort_is_left_running_when_the_recording_of_a_waiting_exercise_ends(
    with_sensor: TherapyRoom,
) -> None:
    room, flow = with_sensor, with_sensor.flow
    flow.without_reference()
    flow.begin(host_time())
    flow.measure_again(host_time())
    room.reference.panel.show_stream(flow.stream)
    room.reference.panel.start(host_time())
    room.session.stop_recording()
    room.tick.frame.emit(host_time())
    assert (flow.step, room.reference.panel.running) == (END, False)


def test_rest_is_not_measured_while_somebody_works(with_sensor: TherapyRoom) -> None:
    room, rest = with_sensor, with_sensor.reference.rest
    room.flow.go(REFERENCE)
    rest.begin(host_time())
    assert not rest.start.isEnabled()
    room.flow.without_reference()
    room.flow.begin(host_time())
    assert not rest.running
    assert rest.start.isEnabled()


def test_lamps_never_keep_anybody_from_starting(
    with_sensor: TherapyRoom, monkeypatch: pytest.MonkeyPatch
) -> None:
    names, place = with_sensor.flow.channels(), with_sensor.place
    for level in (*LampLevel, None):
        lamps = [ChannelQuality(k, name, level) for k, name in enumerate(names) if level]
        monkeypatch.setattr(with_sensor.session.quality, "lamps", lambda _stream, now=lamps: now)
        with_sensor.flow.go(PLACE)
        good = level is LampLevel.GOOD
        assert (place.good.isEnabled(), place.anyway.isEnabled()) == (good, True)
        assert place.anyway.isVisibleTo(place) is not good


def test_the_scale_goes_beyond_a_hundred_per_cent() -> None:
    assert top_of(Goal(Kind.UP, 60), percent=True) == 120
    assert top_of(Goal(Kind.UP, 140), percent=True) > 140
    assert lines_of(Goal(Kind.RECIPROCAL, 40, 15), 1) == (15,)


def test_a_soft_muscle_has_a_lane_of_its_own(qtbot: QtBot) -> None:
    lanes = LevelLanes()
    qtbot.addWidget(lanes)
    lanes.resize(500, 400)
    lanes.begin(["Vastus"], "%MVC", Goal(Kind.UP, 60.0), percent=True)
    soft = [SoftLane("Trapezius", "µV", 10.0, 4.0), SoftLane("Biceps", "µV", None, math.nan)]
    lanes.show_levels(0.0, (50.0,), lanes.goal, soft)
    areas = [lanes._area(k) for k in range(3)]
    assert all(a.bottom() < b.top() for a, b in pairwise(areas))
    assert areas[2].bottom() <= lanes.height()
    assert areas[1].height() < areas[0].height()
    assert QRectF(lanes.rect()).contains(areas[2])
    assert not lanes.grab().isNull()


def test_the_second_display_is_the_largest_that_is_not_the_operators() -> None:
    class Display:
        def __init__(self, width: int, height: int) -> None:
            self.wide = QSize(width, height)

        def size(self) -> QSize:
            return self.wide

    laptop, small, tv = Display(1920, 1080), Display(800, 480), Display(3840, 2160)
    assert other_display([laptop], laptop) is None
    assert other_display([laptop, small, tv], laptop) is tv
    assert other_display([laptop, small, tv], tv) is laptop


def test_no_line_is_drawn_over_a_time_that_nobody_saw(qtbot: QtBot) -> None:
    lanes = LevelLanes()
    qtbot.addWidget(lanes)
    lanes.begin(["Vastus"], "%MVC", Goal(Kind.UP, 60.0), percent=True)
    # A computer that shows four pictures a second, and a window that was busy for two.
    for when in (0.0, 0.25, 0.5, 2.5, 2.75):
        lanes.show_levels(when, (10.0 * when,), lanes.goal)
    path = lanes._trace(QRectF(0.0, 0.0, 100.0, 100.0), 0, 120.0)
    lines = [path.elementAt(k).isLineTo() for k in range(path.elementCount())]
    assert lines == [False, True, True, False, True]
