"""The wizard from the demo person to a saved model, and what happens when one stops on the way."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication, QStackedWidget, QWidget
from pytestqt.qtbot import QtBot

from emgstudio.core.paths import data_folder
from emgstudio.gui.rooms.calibrate import CalibrateRoom
from emgstudio.gui.tick import Tick
from emgstudio.gui.wizard.flow import CHECK, MOVEMENTS, RECORDING, RESTING, SAVE, SITES, TRY
from emgstudio.ml.model import GestureModel
from emgstudio.ml.postprocess import STEADY
from emgstudio.ml.protocol import CuePlan
from emgstudio.ml.trainer import train
from emgstudio.session.calibration_rest import RestVerdict
from emgstudio.storage.recording import Recording
from tests.gui.led_time import LedTime
from tests.labelled_emg import CHANNELS, CONDITION, recording

if TYPE_CHECKING:
    from emgstudio.session.session import Session

SHORT = CuePlan(
    ("rest", "fist", "open"), repetitions=2, hold_s=0.9, pause_s=0.1, countdown_s=0.1, rest_s=2.0
)
LONG_REST = CuePlan(("fist", "open"), repetitions=1, hold_s=30.0, countdown_s=0.05, rest_s=1.5)
LONG = CuePlan(("fist", "open"), repetitions=2, hold_s=30.0, countdown_s=0.05, rest_s=0.0)


@pytest.fixture
def empty_room(
    session: Session, tick: Tick, led_time: LedTime, qtbot: QtBot
) -> Iterator[CalibrateRoom]:
    """The room before any sensor is connected, with another room beside it; time is led."""
    house = QStackedWidget()
    qtbot.addWidget(house)
    made = CalibrateRoom(session, tick)
    house.addWidget(made)
    house.addWidget(QWidget())
    house.resize(1180, 618)
    house.show()
    house.activateWindow()
    made.entered()
    yield made
    house.close()


@pytest.fixture
def room(empty_room: CalibrateRoom, led_time: LedTime, qtbot: QtBot) -> Iterator[CalibrateRoom]:
    """The room with the demo person connected."""
    assert empty_room.page is None
    qtbot.mouseClick(empty_room.no_device.demo, Qt.MouseButton.LeftButton)
    led_time.until(lambda: empty_room.page is empty_room.person)
    empty_room.flow.go(MOVEMENTS)
    yield empty_room
    empty_room.close_room()


def begin(room: CalibrateRoom, plan: CuePlan) -> None:
    room.flow.choose(plan)
    room.flow.start()
    assert room.flow.running


def phase(room: CalibrateRoom) -> str:
    view = room.flow.view()
    return view.phase if view is not None else ""


def test_e9_every_page_from_cards_to_a_saved_model_is_led_on_by_enter(
    room: CalibrateRoom, session: Session, qtbot: QtBot, led_time: LedTime
) -> None:
    visited: list[int] = []
    room.flow.step_changed.connect(visited.append)
    room.flow.choose(SHORT)
    qtbot.keyClick(room, Qt.Key.Key_Return)
    led_time.until(lambda: room.flow.running)
    assert room.page is room.cues
    led_time.until(lambda: phase(room) == "hold")
    assert room.cues.word.text() == "HOLD"
    assert room.cues.title.text() in ("Fist", "Open hand")
    led_time.until(lambda: room.flow.model is not None)
    assert room.page is room.check
    assert re.match(r"\d of \d right", room.check.headline.text())
    assert len(room.check.rows) == 3
    assert room.check.matrix.text_at(0, 0) != ""
    redo_one_take(room, qtbot, led_time)
    leave_out_and_undo(room, led_time)
    try_and_save(room, session, qtbot, led_time)
    assert visited == [RESTING, RECORDING, CHECK, RECORDING, CHECK, TRY, SAVE]
    use_what_was_saved(room, session, qtbot, led_time)


def redo_one_take(room: CalibrateRoom, qtbot: QtBot, led_time: LedTime) -> None:
    model = room.flow.model
    before = room.flow.takes()
    fist = next(made for made in room.check.rows if made.gesture == "fist")
    qtbot.mouseClick(fist.takes[1], Qt.MouseButton.LeftButton)
    assert room.page is room.cues
    led_time.until(lambda: room.flow.model is not model)
    after = room.flow.takes()
    assert after.keys() == before.keys()
    assert {take for take in after if after[take] != before[take]} == {("fist", 2)}
    model = room.flow.model
    assert room.flow.bring_back("fist", 2), "the old take was kept"
    assert room.flow.takes() == before
    assert room.flow.bring_back("fist", 2), "once more undoes it"
    assert room.flow.takes() == after
    led_time.until(lambda: room.flow.task is None and room.flow.model is not model)


def leave_out_and_undo(room: CalibrateRoom, led_time: LedTime) -> None:
    room.flow.leave_out("open")
    led_time.until(lambda: room.flow.task is None)
    assert room.flow.model is not None
    assert room.flow.model.classes == ("fist", "rest")
    assert room.check.missing.word.text() == "", "it was meant to be left out"
    assert room.check.undo.text() == "Undo: Left out Open hand"
    assert room.undo() == "Left out Open hand"
    led_time.until(lambda: room.flow.task is None)
    assert room.flow.model.classes == ("fist", "open", "rest")


def try_and_save(room: CalibrateRoom, session: Session, qtbot: QtBot, led_time: LedTime) -> None:
    qtbot.keyClick(room, Qt.Key.Key_Return)
    assert room.page is room.try_it
    device = room.flow.device
    assert device is not None
    device.perform("fist")
    led_time.until(lambda: room.try_it.name.text() == "Fist")
    device.perform("open")
    led_time.until(lambda: room.try_it.name.text() == "Open hand")
    room.try_it.pace.setValue(2)
    assert session.recorder is not None
    path = session.recorder.path
    qtbot.keyClick(room, Qt.Key.Key_Return)
    assert room.page is room.save
    assert room.save.name.text() == "right arm"
    room.save.name.setFocus()
    room.save.name.selectAll()
    qtbot.keyClicks(room.save.name, "right arm 3")
    room.save.notes.setPlainText("mark at the elbow")
    room.setFocus()
    qtbot.keyClick(room, Qt.Key.Key_Return)
    assert session.recorder is None
    (saved,) = session.models()
    assert saved.name == "right arm 3"
    model = GestureModel.load(saved)
    assert model.postprocess == STEADY
    assert model.provenance["notes"] == "mark at the elbow"
    with Recording.open(path) as recording:
        tracks = [a.track for a in recording.annotations]
        assert recording.main.lost == 0
    assert tracks.count("cue") == 6
    assert tracks.count("replaced") == 1


def use_what_was_saved(
    room: CalibrateRoom, session: Session, qtbot: QtBot, led_time: LedTime
) -> None:
    session.stop_decoding()
    room.flow.model = None
    room.flow.go(MOVEMENTS)
    qtbot.mouseClick(room.choose.saved, Qt.MouseButton.LeftButton)
    assert room.page is room.models
    (tile,) = room.models.tiles
    assert "right arm 3" in tile.accessibleName()
    qtbot.keyClick(room, Qt.Key.Key_Return)
    assert room.page is room.try_it
    assert not room.flow.running, "Enter did not begin the cues"
    led_time.until(lambda: room.try_it.name.text() == "Open hand")
    assert room.try_it.pace.value() == 2
    room.flow.go(CHECK)
    assert not room.check.rows[0].redo.isEnabled()
    room.flow.go(TRY)
    room.flow.go(SAVE)


def test_e8_leaving_pauses_and_coming_back_loses_nothing(
    room: CalibrateRoom, qtbot: QtBot, led_time: LedTime
) -> None:
    begin(room, SHORT)
    led_time.until(lambda: len(room.flow.takes()) >= 3)
    takes = room.flow.takes()
    house = room.parentWidget()
    assert isinstance(house, QStackedWidget)
    house.setCurrentIndex(1)
    room.left()
    assert phase(room) == "paused"
    house.setCurrentIndex(0)
    room.entered()
    assert room.page is room.cues
    qtbot.waitUntil(lambda: QApplication.focusWidget() is room.cues)
    assert room.flow.takes() == takes
    assert "another room" in room.cues.hint.text()
    qtbot.keyClick(room, Qt.Key.Key_Space)
    assert phase(room) in ("countdown", "rest")


def test_keys_pause_redo_and_stop_without_a_dialog(
    room: CalibrateRoom, qtbot: QtBot, led_time: LedTime
) -> None:
    plan = CuePlan(("fist", "open"), repetitions=2, hold_s=0.5, pause_s=0.05, countdown_s=3.0)
    begin(room, plan)
    led_time.until(lambda: phase(room) == "rest")
    qtbot.keyClick(room, Qt.Key.Key_Space)
    assert phase(room) == "paused"
    assert room.cues.word.text() == "Paused"
    qtbot.keyClick(room, Qt.Key.Key_Escape)
    assert room.flow.stopping
    assert room.cues.go_on.isVisible()
    assert QApplication.activeModalWidget() is None
    qtbot.keyClick(room, Qt.Key.Key_Escape)
    assert not room.flow.stopping
    assert phase(room) == "rest"
    qtbot.keyClick(room, Qt.Key.Key_Escape)
    qtbot.mouseClick(room.cues.stop_now, Qt.MouseButton.LeftButton)
    assert not room.flow.running
    assert room.flow.step == MOVEMENTS
    assert room.session.recorder is None


def test_redo_of_the_last_take_asks_for_it_next(
    room: CalibrateRoom, qtbot: QtBot, led_time: LedTime
) -> None:
    plan = CuePlan(("fist", "open"), repetitions=2, hold_s=0.4, countdown_s=0.1, rest_s=0)
    begin(room, plan)
    led_time.until(lambda: len(room.flow.takes()) == 1)
    (last,) = room.flow.takes()
    qtbot.keyClick(room, Qt.Key.Key_R)
    view = room.flow.view()
    assert view is not None
    assert view.next_gesture == last[0]


def test_stopping_early_trains_what_is_there(
    room: CalibrateRoom, session: Session, led_time: LedTime
) -> None:
    begin(room, SHORT)
    led_time.until(lambda: len(room.flow.takes()) >= 4)
    room.flow.ask_to_stop()
    room.flow.stop()
    assert room.page is room.check
    led_time.until(lambda: room.flow.task is None)
    assert room.flow.problem == ""
    assert room.flow.model is not None
    assert session.recorder is None
    assert not room.check.rows[0].redo.isEnabled()


def test_a_lost_sensor_pauses_and_says_so(room: CalibrateRoom, led_time: LedTime) -> None:
    begin(room, LONG)
    led_time.until(lambda: phase(room) == "hold")
    device = room.flow.device
    assert device is not None
    device.stop()
    led_time.until(lambda: phase(room) == "paused")
    assert "stopped sending" in room.cues.hint.text()
    assert room.page is room.cues


def test_cards_say_what_is_wrong_before_one_can_start(room: CalibrateRoom, qtbot: QtBot) -> None:
    page = room.choose
    for gesture in page.chosen():
        page.cards[gesture].setChecked(False)
    assert page.chosen() == ("rest",) or page.chosen() == ()
    assert not page.start.isEnabled()
    qtbot.mouseClick(page.cards["rest"], Qt.MouseButton.LeftButton)
    assert page.cards["rest"].isChecked()
    page.cards["fist"].setChecked(True)
    assert page.start.isEnabled()
    page.repetitions.setValue(1)
    assert page.advice.level == "check"


def test_an_own_movement_gets_a_card_and_enter_does_not_start(
    room: CalibrateRoom, qtbot: QtBot
) -> None:
    page = room.choose
    page.own.setFocus()
    qtbot.keyClicks(page.own, "Ring finger")
    qtbot.keyClick(page.own, Qt.Key.Key_Return)
    assert page.cards["ring_finger"].isChecked()
    assert "ring_finger" in room.flow.plan.gestures
    assert not room.flow.running


def test_letters_typed_as_a_name_are_no_commands(room: CalibrateRoom, qtbot: QtBot) -> None:
    page = room.choose
    page.own.setFocus()
    qtbot.keyClicks(page.own, "r R")
    assert page.own.text() == "r R"


def test_a_saved_model_that_cannot_be_read_says_why(room: CalibrateRoom, qtbot: QtBot) -> None:
    folder = data_folder() / "models" / "torn"
    folder.mkdir(parents=True)
    (folder / "model.json").write_text("{", encoding="utf-8")
    qtbot.mouseClick(room.choose.saved, Qt.MouseButton.LeftButton)
    assert not room.models.use.isEnabled()
    assert not room.models.export.isEnabled()
    assert "torn" in room.models.details.fits.word.text()
    qtbot.mouseClick(room.models.away, Qt.MouseButton.LeftButton)
    assert room.page is room.choose
    assert not room.flow.running


def test_e6_a_model_with_other_channels_is_refused_with_two_ways_on(
    room: CalibrateRoom, session: Session, qtbot: QtBot
) -> None:
    four = train([recording()], channels=CHANNELS, condition=CONDITION)
    session.save_model(four, "old band")
    room.show_models()
    qtbot.mouseClick(room.models.use, Qt.MouseButton.LeftButton)
    assert session.decoder is None
    assert room.misfit.isVisible()
    assert room.misfit.words.text() == "Model made with 4 channels, this device has 8."
    assert QApplication.activeModalWidget() is None
    qtbot.mouseClick(room.misfit.other, Qt.MouseButton.LeftButton)
    assert not room.misfit.isVisible()
    assert room.page is room.models
    qtbot.mouseClick(room.models.day, Qt.MouseButton.LeftButton)
    assert room.misfit.isVisible(), "a new day cannot begin with it either"
    assert session.calibration is None
    qtbot.mouseClick(room.misfit.again, Qt.MouseButton.LeftButton)
    assert not room.misfit.isVisible()
    assert room.page is room.choose
    assert set(room.choose.chosen()) == {"rest", "fist", "open", "pinch"}


def test_the_list_of_takes_is_whole_when_one_enters_while_cues_run(
    room: CalibrateRoom, qtbot: QtBot
) -> None:
    house = room.parentWidget()
    assert isinstance(house, QStackedWidget)
    house.setCurrentIndex(1)
    room.left()
    plan = CuePlan(("rest", "fist", "open", "pinch", "point", "key"), repetitions=3)
    begin(room, plan)
    house.setCurrentIndex(0)
    room.entered()
    grid = room.cues.takes
    qtbot.waitUntil(lambda: grid.visibleRegion().boundingRect() == grid.rect())
    assert grid.height() >= 6 * grid.row


def test_e9_a_rest_that_was_none_waits_for_an_answer_by_key_or_click(
    room: CalibrateRoom, qtbot: QtBot, led_time: LedTime
) -> None:
    begin(room, LONG_REST)
    led_time.until(lambda: phase(room) == "hold")
    coach = room.flow.coach
    assert coach is not None
    led_time.until(lambda: coach.rest is not None)
    question = room.cues.rest_question
    for key in (None, Qt.Key.Key_R, Qt.Key.Key_Return, Qt.Key.Key_Space):
        coach.rest = RestVerdict(False, 1.0, 0.5, 0.0, "The arm was tense. Rest again?")
        coach.rest_refused = True
        room.flow.heed()
        assert phase(room) == "paused"
        assert question.isVisible()
        if key is None:
            qtbot.mouseClick(question.again, Qt.MouseButton.LeftButton)
            assert phase(room) == "rest"
        else:
            qtbot.keyClick(room, key)
        assert phase(room) != "paused"
        assert not coach.rest_refused
        assert not question.isVisible()


def test_sites_that_do_not_answer_block_softly(room: CalibrateRoom, qtbot: QtBot) -> None:
    room.flow.go(SITES)
    qtbot.mouseClick(room.sites.look, Qt.MouseButton.LeftButton)
    look = room.flow.look
    assert look is not None
    # As if the ten seconds were over at once: nothing was heard of any site.
    look.began -= 11.0
    qtbot.waitUntil(lambda: look.report is not None)
    assert [lamp.level for lamp in room.sites.lamps] == ["stop"] * 8
    assert room.sites.on.text() == "Continue anyway"
    qtbot.mouseClick(room.sites.on, Qt.MouseButton.LeftButton)
    assert room.page is room.choose
    room.header.buttons[SITES].click()
    assert room.page is room.sites
    assert room.flow.look is look, "nothing is lost by going back"
