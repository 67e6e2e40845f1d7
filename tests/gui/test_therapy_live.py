"""A busy therapist's hands: clicks, keys, sound, offers, and what is told while it runs."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QImage
from PySide6.QtWidgets import QFileDialog
from pytestqt.qtbot import QtBot

from benchmarks.tasks import TARGETS, Hand
from emgstudio.core.clock import host_time
from emgstudio.devices.audio import UNAVAILABLE
from emgstudio.dsp.quality_lamps import LampLevel
from emgstudio.dsp.tones import FADE_S
from emgstudio.gui.report.page import ReportPage
from emgstudio.gui.rooms.clients import ClientsRoom
from emgstudio.gui.rooms.therapy import TherapyRoom
from emgstudio.gui.therapy.client_view import SOFTER, ClientEye
from emgstudio.gui.therapy.flow import END, PLACE, REFERENCE, RUN
from emgstudio.gui.therapy.lanes import LevelLanes
from emgstudio.gui.therapy.start import StartTherapy
from emgstudio.gui.tick import Tick
from emgstudio.session.quality import ChannelQuality
from emgstudio.session.reference import Method, Reference
from emgstudio.session.session import Session
from emgstudio.session.therapy import exercise as exercise_module
from emgstudio.session.therapy.exercise import Exercise, Phase
from emgstudio.session.therapy.goal import Goal, goal_of
from emgstudio.session.therapy.plan import SETS, Muscle, Plan
from emgstudio.session.therapy.protocol import Kind, Protocol, Step
from emgstudio.session.therapy.rest import Baseline
from emgstudio.session.therapy.run import TRACK
from emgstudio.session.therapy.tiring import Tired
from emgstudio.storage.recording import Recording
from tests.gui.led_time import LedTime

URI = "sim:clean?rate=1000&channels=2"


@pytest.fixture
def room(qtbot: QtBot, session: Session, tick: Tick) -> Iterator[TherapyRoom]:
    made = TherapyRoom(session, tick)
    qtbot.addWidget(made)
    made.resize(1180, 600)
    made.show()
    yield made
    made.close_room()


@pytest.fixture
def sensor(qtbot: QtBot, session: Session, room: TherapyRoom) -> TherapyRoom:
    connected(qtbot, session, URI)
    room.entered()
    return room


def connected(qtbot: QtBot, session: Session, uri: str) -> None:
    session.connect(uri)
    qtbot.waitUntil(lambda: session.main_stream is not None and session.main_stream.received > 300)


def plan(session: Session, *steps: Step, code: str = "", **changes: Any) -> Plan:
    """Goals of 5 % of a reference that is stored with it."""
    stream = session.main_stream
    assert stream is not None
    device, channel = session.device_of(stream), stream.info.channels[0]
    assert device is not None
    kept = Reference(
        channel.name, 300.0, channel.unit, 0.5, Method.MVC, "2026-11-14T10:00:00+00:00"
    )
    session.references.store(device.uri, stream.info, [kept])
    protocol = Protocol("own", "Own", Kind.UP, steps, reference=Method.MVC, goals=(5.0,), **changes)
    muscle = Muscle(channel.name, "Vastus medialis", "left")
    return Plan(protocol, (muscle,), goal_of(protocol), code)


def begin(room: TherapyRoom, made: Plan) -> None:
    """In the middle of the first work phase."""
    room.open(StartTherapy(made.client, made))
    room.flow.begin(host_time())
    room.run.skip()
    assert room.flow.step == RUN


LONG = Step("", 3, 600.0, 600.0)


def test_d2_t3_t5_a_known_client_is_four_clicks_from_the_feedback_and_two_from_the_report(
    qtbot: QtBot,
    session: Session,
    tick: Tick,
    sensor: TherapyRoom,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    clients = ClientsRoom(session, tick)
    qtbot.addWidget(clients)
    clients.resize(1180, 600)
    # One window at a time is the active one, as in the frame.
    sensor.hide()
    clients.wanted.connect(lambda _key, thing: (clients.hide(), sensor.show(), sensor.open(thing)))
    code = session.clients.add(notes="left knee").code
    session.clients.remember_plan(plan(session, Step("", 1, 0.4, 0.2), code=code))
    # However the lamps are just now, and however late the hand is told that it runs.
    good = tuple(ChannelQuality(k, f"EMG {k + 1}", LampLevel.GOOD) for k in range(2))
    monkeypatch.setattr(session.quality, "lamps", lambda _stream: good)
    monkeypatch.setattr(exercise_module, "PREPARE_S", 600.0)
    hand = Hand(clicks=1)  # on "Clients" in the rail
    clients.show()
    clients.activateWindow()
    clients.entered()
    qtbot.waitUntil(clients.isActiveWindow)
    hand.type(clients.list.search, code[-4:], enter=True)
    hand.click(clients.page.repeat)
    assert sensor.flow.step == PLACE
    hand.click(sensor.place.good)
    assert sensor.flow.step == REFERENCE
    hand.click(sensor.reference.begin)
    hand.wait(lambda: sensor.flow.running and sensor.run.lanes.levels)
    assert hand.clicks <= TARGETS["T3"][1]
    assert hand.hand_s < TARGETS["T3"][0] / 2
    sensor.run.skip()
    hand.wait(lambda: sensor.flow.step == END and sensor.end.task is None)
    report = Hand()
    report.click(sensor.end.report)
    report.wait(lambda: sensor.window().findChildren(ReportPage))
    (page,) = sensor.window().findChildren(ReportPage)
    report.click(page.save)
    (dialog,) = page.findChildren(QFileDialog)
    # Enter takes the proposed name; how that goes is Qt's business.
    dialog.fileSelected.emit(str(tmp_path / dialog.selectedFiles()[0].rsplit("/", 1)[-1]))
    dialog.close()
    report.wait(lambda: list(tmp_path.glob("*.pdf")))
    assert report.clicks <= TARGETS["T5"][1]
    clients.close_room()


def test_repeating_connects_the_sensor_of_last_time(
    qtbot: QtBot, session: Session, room: TherapyRoom
) -> None:
    protocol = Protocol("own", "Own", Kind.UP, (LONG,), goals=(5.0,))
    last = Plan(protocol, (Muscle("EMG 2", "Biceps brachii"),), goal_of(protocol), "")
    session.update_settings(session.settings.used("devices", URI))
    room.open(StartTherapy("", last))
    assert room.flow.step == PLACE
    qtbot.waitUntil(lambda: room.flow.missing() is None)
    assert room.flow.muscles[0].words == "Biceps brachii"
    assert room.flow.muscles[0].channel in room.flow.channels()


def five_good_repetitions(exercise: Exercise, now: float) -> float:
    """Levels far above the goal until something is offered; the time at which it was."""
    before = len(exercise.repetitions)
    exercise.resume(now)
    while exercise.suggestion is None:
        now += 0.1
        exercise.advance(now, (50.0,))
        assert len(exercise.repetitions) <= before + 5
    assert len(exercise.repetitions) == before + 5
    return now


def test_d4_keys_move_the_goal_and_a_suggestion_waits_for_a_press(
    qtbot: QtBot, session: Session, sensor: TherapyRoom
) -> None:
    begin(sensor, plan(session, Step("", 20, 1.0, 1.0)))
    assert sensor.flow.run is not None
    exercise = sensor.flow.run.exercise
    sensor.tick.stop()
    qtbot.keyClick(sensor, Qt.Key.Key_Plus)
    assert exercise.goal.low == 10
    qtbot.keyClick(sensor, Qt.Key.Key_Minus)
    assert exercise.goal.low == 5
    now = five_good_repetitions(exercise, 0.0)
    sensor.run.show_state(sensor.flow.run)
    offer = sensor.run.offers.goal
    assert offer.isVisible()
    assert "Raise the goal to 10 %MVC?" in offer.text
    assert exercise.goal.low == 5
    offer.buttons[1].click()
    assert (exercise.goal.low, exercise.suggestion) == (5, None)
    five_good_repetitions(exercise, now)
    sensor.run.show_state(sensor.flow.run)
    offer.buttons[0].click()
    assert exercise.goal.low == 10


class Loudspeaker(ModuleType):
    """Stands in for sounddevice; a test takes the samples that it would play."""

    PortAudioError = OSError

    def __init__(self) -> None:
        super().__init__("sounddevice")
        self.fill: Any = None

    def query_devices(self, kind: str) -> dict[str, float]:
        return {"default_samplerate": 8000.0}

    def OutputStream(self, *, callback: Any, **_how: Any) -> Any:
        self.fill = callback
        return self

    def start(self) -> None: ...

    def close(self) -> None: ...

    def heard(self, seconds: float) -> np.ndarray:
        out = np.zeros((round(8000 * seconds), 1), np.float32)
        self.fill(out, len(out), None, None)
        return out[:, 0]


def test_d5_space_stops_timer_and_sound_with_the_key(
    qtbot: QtBot, session: Session, sensor: TherapyRoom, monkeypatch: pytest.MonkeyPatch
) -> None:
    speaker = Loudspeaker()
    monkeypatch.setitem(sys.modules, "sounddevice", speaker)
    session.update_settings(session.settings.changed("sounds", tone=True, volume=100))
    sensor.tick.stop()
    begin(sensor, plan(session, LONG))
    run = sensor.flow.run
    assert run is not None
    sensor._frame(host_time())
    qtbot.waitUntil(lambda: sensor.sound.voices is not None)

    def sounding() -> bool:
        sensor._frame(host_time())
        return run.effort == run.effort and bool(np.abs(speaker.heard(0.05)).max() > 0.01)

    qtbot.waitUntil(sounding)
    # No frame comes between the key and what is seen and heard after it.
    qtbot.keyClick(sensor, Qt.Key.Key_Space)
    assert run.exercise.paused
    assert sensor.run.panel.word.text() == "PAUSED"
    after = speaker.heard(0.1)
    assert np.abs(after[round(2 * FADE_S * 8000) :]).max() == 0.0
    left = run.exercise.left_s
    sensor._frame(host_time() + 5.0)
    assert run.exercise.left_s == left
    assert np.abs(speaker.heard(0.1)).max() == 0.0
    qtbot.keyClick(sensor, Qt.Key.Key_Space)
    assert not run.exercise.paused
    sensor.run.panel.sound.mute.click()
    assert session.settings.sounds.muted
    sensor._frame(host_time())
    assert np.abs(speaker.heard(0.2)[-100:]).max() == 0.0


def test_a8_without_sound_the_exercise_runs_and_says_so_in_its_place(
    qtbot: QtBot, session: Session, sensor: TherapyRoom
) -> None:
    begin(sensor, plan(session, LONG))
    sound = sensor.run.panel.sound
    qtbot.waitUntil(sound.problem.isVisible)
    assert sound.problem.text() == UNAVAILABLE
    assert "emgstudio[sound]" in sound.problem.toolTip()
    assert not sound.volume.isVisible()
    assert sensor.flow.run is not None
    assert sensor.flow.run.exercise.part.phase is Phase.WORK


def test_d10_at_200_hz_fatigue_is_off_and_says_why(
    qtbot: QtBot, session: Session, room: TherapyRoom
) -> None:
    connected(qtbot, session, "sim:clean?rate=200&channels=2")
    room.entered()
    begin(room, plan(session, Step("", 1, 60.0, 0.0)))
    run = room.flow.run
    assert run is not None
    room._frame(host_time())
    assert "200 Hz, 800 Hz needed" in room.run.panel.reason.text()
    assert room.run.panel.reason.isVisible()
    assert run.tired is None


def test_d11_above_100_per_cent_is_told_and_the_bar_is_not_cut(
    qtbot: QtBot, session: Session, sensor: TherapyRoom
) -> None:
    begin(sensor, plan(session, LONG))
    run = sensor.flow.run
    assert run is not None
    sensor.tick.stop()
    run.references = (replace(run.references[0], value=1e-3),)
    offer = sensor.run.offers.above

    def told() -> bool:
        sensor._frame(host_time())
        return offer.text == "Above 100 %MVC: measure it again?" and offer.isVisible()

    qtbot.waitUntil(told)
    offer.buttons[0].click()
    assert sensor.flow.step == REFERENCE
    lanes = LevelLanes()
    qtbot.addWidget(lanes)
    lanes.resize(400, 300)
    lanes.begin(["Vastus"], "%MVC", Goal(Kind.UP, 60.0), percent=True)

    def bar_height(level: float) -> int:
        lanes.show_levels(0.0, (level,), Goal(Kind.UP, 60.0))
        image = lanes.grab().toImage().convertToFormat(QImage.Format.Format_RGB32)
        middle = image.width() - 27
        ink = image.pixel(middle, image.height() - 20)
        return sum(image.pixel(middle, y) == ink for y in range(image.height()))

    # The scale ends at 120 %, so 110 % is seen to be more than 100 %.
    assert bar_height(50.0) < bar_height(100.0) < bar_height(110.0)


def test_fatigue_and_a_tense_muscle_are_offered_and_answered(
    session: Session, sensor: TherapyRoom, led_time: LedTime
) -> None:
    flow = sensor.flow
    flow.use("", plan(session, LONG))
    flow.add_soft()
    assert [m.channel for m in flow.chosen] == flow.channels()
    flow.baselines = {m.channel: Baseline(1e-7, 1e-7) for m in flow.chosen}
    flow.begin(host_time())
    sensor.run.skip()
    run, offers = flow.run, sensor.run.offers
    assert run is not None
    led_time.until(offers.tense.isVisible)
    assert "should stay soft" in offers.tense.text
    eye = ClientEye()
    assert eye.look(run, host_time()).hint == SOFTER
    run.tired = Tired("Vastus medialis left", -20.0, 30.0)
    sensor.run.show_state(run)
    assert "Rest now?" in offers.tired.text
    assert not offers.goal.isVisible()
    offers.tense.buttons[0].click()
    assert run.tense == []
    offers.tired.buttons[0].click()
    assert run.tired is None
    assert run.exercise.part.phase is Phase.REST
    assert len(run.exercise.repetitions) == 1


def test_the_reference_is_measured_anew_in_the_middle_of_a_set_that_goes_on(
    qtbot: QtBot, session: Session, sensor: TherapyRoom
) -> None:
    begin(sensor, plan(session, LONG))
    flow, run = sensor.flow, sensor.flow.run
    assert run is not None
    part = run.exercise.part
    qtbot.keyClick(sensor, Qt.Key.Key_V)
    assert (flow.step, run.exercise.paused) == (REFERENCE, True)
    assert sensor.reference.begin.text() == "Back to the exercise"
    assert not sensor.header.buttons[PLACE].isEnabled()
    # The client's Space must not start the timer while somebody measures.
    sensor.run.toggle_pause()
    assert run.exercise.paused
    stream, (old,) = session.main_stream, run.references
    assert stream is not None
    device = session.device_of(stream)
    assert device is not None
    session.references.store(device.uri, stream.info, [replace(old, value=2 * old.value)])
    sensor.reference.begin.click()
    assert flow.step == RUN
    assert flow.run is run
    assert (run.exercise.part, run.exercise.paused) == (part, True)
    assert [r.value for r in run.references] == [600.0]
    sensor.run.toggle_pause()
    assert not run.exercise.paused
    sensor.run.finish()
    assert flow.path is not None
    with Recording.open(flow.path) as recording:
        (kept,) = recording.meta[SETS]
        labels = [a.label for a in recording.annotations if a.track == TRACK]
    assert [r["value"] for r in kept["references"]] == [600.0]
    assert kept["reference_renewed"]
    assert "reference" in labels
