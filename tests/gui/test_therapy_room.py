"""The pages of a therapy session, alone and by hand; the client's screen frame by frame."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace

import numpy as np
import pytest
from PySide6.QtCore import QPointF, Qt
from PySide6.QtGui import QGuiApplication, QImage
from PySide6.QtWidgets import QWidget
from pytestqt.qtbot import QtBot

from emgstudio.core.clock import host_time
from emgstudio.dsp.quality_lamps import LampLevel
from emgstudio.gui.rooms.therapy import TherapyRoom
from emgstudio.gui.therapy.body import BodyPicture
from emgstudio.gui.therapy.client_pictures import PICTURES
from emgstudio.gui.therapy.client_screen import ClientScreen
from emgstudio.gui.therapy.client_view import ClientEye, ClientView
from emgstudio.gui.therapy.flow import END, PLACE, PROTOCOL, REFERENCE, RUN
from emgstudio.gui.therapy.lanes import lines_of, top_of
from emgstudio.gui.therapy.protocol_form import ProtocolForm
from emgstudio.gui.therapy.start import StartTherapy
from emgstudio.gui.tick import Tick
from emgstudio.session.session import Session
from emgstudio.session.therapy.exercise import Phase
from emgstudio.session.therapy.goal import Goal
from emgstudio.session.therapy.placement import placements
from emgstudio.session.therapy.protocol import Kind, Step
from emgstudio.storage.recording import Recording

FRAMES, RATE = 90, 30.0


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
    qtbot.waitUntil(lambda: stream.received > 500)
    room.entered()
    return room


def test_what_is_missing_is_said_with_a_way_out(qtbot: QtBot, room: TherapyRoom) -> None:
    assert not room.protocol.start.isEnabled()
    assert "No sensor" in room.protocol.problem.word.text()
    with qtbot.waitSignal(room.wanted) as asked:
        room.protocol.way_out.click()
    assert asked.args[0] == "devices"
    assert len(room.protocol.cards.cards) == 14


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
    form.save.click()
    kept = next(p for p in flow.protocols.all() if p.title == "Mine")
    assert (kept.goals, kept.steps[0].work_s, kept.own) == ((45.0,), 7.0, True)


def test_a_session_from_the_protocol_to_the_end(qtbot: QtBot, with_sensor: TherapyRoom) -> None:
    room, flow = with_sensor, with_sensor.flow
    room.protocol.muscles.put("Vastus medialis", "left")
    assert flow.muscles[0].words == "Vastus medialis left"
    room.protocol.start.click()
    assert flow.step == PLACE
    room.place.electrodes.setText("Ag/AgCl gel, 20 mm apart")
    room.place.electrodes.editingFinished.emit()
    if room.place.all_good:
        flow.start_anyway()
        flow.go(REFERENCE)
    else:
        room.place.anyway.click()
    assert flow.step == REFERENCE
    assert flow.wants_reference
    assert not room.reference.begin.isEnabled()
    room.reference.skip.click()
    flow.protocol = replace(flow.protocol, steps=(Step("", 3, 1.0, 1.0),))
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
        assert "placement_override" in recording.meta
        assert "Vastus medialis left" in recording.meta["placement"]
        assert recording.meta["electrodes"] == "Ag/AgCl gel, 20 mm apart"
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


def test_lamps_never_keep_anybody_from_starting(with_sensor: TherapyRoom) -> None:
    place = with_sensor.place
    with_sensor.flow.go(PLACE)
    lamps = with_sensor.flow.lamps()
    good = all(q is not None and q.level is LampLevel.GOOD for q in lamps)
    assert place.good.isEnabled() == good
    assert place.anyway.isEnabled()


def test_the_scale_goes_beyond_a_hundred_per_cent() -> None:
    assert top_of(Goal(Kind.UP, 60), percent=True) == 120
    assert top_of(Goal(Kind.UP, 140), percent=True) > 140
    assert lines_of(Goal(Kind.RECIPROCAL, 40, 15), 1) == (15,)


def brightness(widget: QWidget) -> np.ndarray:
    image = widget.grab().toImage().scaled(24, 16).convertToFormat(QImage.Format.Format_Grayscale8)
    rows = np.frombuffer(image.constBits(), np.uint8).reshape(16, image.bytesPerLine())
    return (rows[:, :24] / 255.0) ** 2.2


def flashes(light: np.ndarray, least: float = 0.1) -> int:
    """Pairs of opposite changes of at least ``least`` in a course of brightness."""
    turns, extreme, way = 0, light[0], 0
    for value in light[1:]:
        if way >= 0 and value <= extreme - least:
            turns, way, extreme = turns + 1, -1, value
        elif way <= 0 and value >= extreme + least:
            turns, way, extreme = turns + 1, 1, value
        elif (way >= 0 and value > extreme) or (way <= 0 and value < extreme):
            extreme = value
    return turns // 2


def test_flashes_are_counted() -> None:
    assert flashes(np.array([0, 1, 0, 1, 0, 1, 0.0])) == 3
    assert flashes(np.linspace(0, 1, 20)) == 0


@pytest.mark.parametrize("place", range(len(PICTURES)))
def test_no_picture_flashes_however_wild_the_effort(qtbot: QtBot, place: int) -> None:
    screen, eye = ClientScreen(), ClientEye()
    qtbot.addWidget(screen)
    screen.resize(480, 360)
    screen.choose(place)
    seen = []
    for frame in range(FRAMES):
        # Four times a second from nothing to all: the worst for the eye.
        on = float(int(frame / RATE * 8) % 2)
        eye.ease(frame / RATE, on, [on], on > 0)
        score, levels, good = eye.eased
        screen.show_view(
            ClientView("WORK", "3", True, False, score, good, levels, 0.5, time=frame / RATE)
        )
        seen.append(brightness(screen))
    whole = np.array(seen)
    seconds = FRAMES / RATE
    assert flashes(whole.mean(axis=(1, 2)), 0.03) <= 3 * seconds
    # A quarter of the picture is what counts as large: no more of it may flash.
    each = [flashes(whole[:, y, x]) > 3 * seconds for y in range(16) for x in range(24)]
    assert np.mean(each) < 0.25


def test_the_client_reads_no_code_and_the_screen_outlives_its_display(
    qtbot: QtBot, room: TherapyRoom
) -> None:
    screen = ClientScreen()
    qtbot.addWidget(screen)
    screen.show_on(room)
    assert "C-" not in screen.windowTitle() + screen.accessibleName()
    screen.setWindowState(Qt.WindowState.WindowFullScreen)
    app = QGuiApplication.instance()
    assert isinstance(app, QGuiApplication)
    app.screenRemoved.emit(app.primaryScreen())
    assert screen.isVisible()
    assert not screen.isFullScreen()
    with qtbot.waitSignal(screen.paused):
        qtbot.keyClick(screen, Qt.Key.Key_Space)


def test_the_client_screen_opens_and_closes_with_its_button(room: TherapyRoom) -> None:
    wanted: Callable[[], None] = room.toggle_screen
    wanted()
    assert room.screen_window is not None
    wanted()
    assert room.screen_window is None
