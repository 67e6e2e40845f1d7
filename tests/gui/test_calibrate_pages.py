"""Each page of the wizard alone, with a lesson that was learnt once: no device, no waiting."""

from __future__ import annotations

import hashlib
import json
from dataclasses import replace
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

from emgstudio.gui.rooms.calibrate import CalibrateRoom
from emgstudio.gui.tick import Tick
from emgstudio.gui.wizard import model_files, save_page
from emgstudio.gui.wizard.arm_picture import ArmPicture, Pad
from emgstudio.gui.wizard.check_page import CheckPage
from emgstudio.gui.wizard.day_page import DayPage
from emgstudio.gui.wizard.flow import MOVEMENTS, PERSON, SITES, Flow
from emgstudio.gui.wizard.hand import POSES, RELAXED, pose_of
from emgstudio.gui.wizard.hand_view import HandView
from emgstudio.gui.wizard.person_page import PersonPage
from emgstudio.gui.wizard.placement_card import card_html
from emgstudio.gui.wizard.save_page import SavePage
from emgstudio.gui.wizard.start import NEW_DAY
from emgstudio.ml.coach import all_hints, separability, verdict
from emgstudio.ml.holds import holds_of
from emgstudio.ml.model import GestureModel
from emgstudio.ml.newday import DayCheck, Turn
from emgstudio.ml.trainer import train_with_evidence
from emgstudio.session.calibration_person import Person, Preset
from emgstudio.session.calibration_training import Lesson
from emgstudio.session.newday_result import DayResult, Offer
from emgstudio.session.session import Session
from tests.labelled_emg import CHANNELS, CONDITION, recording


@pytest.fixture(scope="module")
def lesson() -> Lesson:
    """Four movements, one take of which was another movement."""
    part = recording(wrong=("pinch", 2, "fist"))
    model, held = train_with_evidence([part], channels=CHANNELS, condition=CONDITION)
    hints = all_hints(holds_of(part), held)
    return Lesson(
        model,
        verdict(held),
        separability(held),
        {(g, r): hint for (_, g, r), hint in hints.items()},
    )


@pytest.fixture
def flow(session: Session, lesson: Lesson) -> Flow:
    made = Flow(session)
    made.lesson, made.model = lesson, lesson.model
    return made


def test_a_name_is_refused_and_a_code_goes_on(session: Session, qtbot: QtBot) -> None:
    flow = Flow(session)
    page = PersonPage(flow, lambda: None, lambda: None)
    qtbot.addWidget(page)
    page.code.setEditText("Anna Miller")
    page.primary()
    assert flow.step == PERSON
    assert not page.on.isEnabled()
    assert "not a name" in page.problem.text() or "No names" in page.problem.text()
    page.code.setEditText("C-0042")
    page.control.buttons["two_site"].click()
    page.primary()
    assert flow.step == SITES
    assert flow.person == Person("C-0042", control="two_site")
    assert flow.person.sites_needed == 2


def test_who_was_here_before_gets_what_was_chosen_then(session: Session, qtbot: QtBot) -> None:
    flow = Flow(session)
    known = Preset(Person("C-7", side="left", mark="plug up"), flow.plan, flow.style)
    flow.book.keep(known)
    page = PersonPage(flow, lambda: None, lambda: None)
    qtbot.addWidget(page)
    page.code.setEditText("C-7")
    page.primary()
    page.refresh()
    assert flow.person == known.person
    assert page.side.value == "left"
    assert page.mark.text() == "plug up"
    assert Flow(session).person == known.person, "offered again the next time"


def test_the_check_says_in_words_what_was_wrong_first(flow: Flow, qtbot: QtBot) -> None:
    page = CheckPage(flow)
    qtbot.addWidget(page)
    page.refresh()
    assert page.headline.text().endswith("of 12 right; Pinch is taken for Fist.")
    pinch = next(made for made in page.rows if made.gesture == "pinch")
    assert "looked like Fist" in pinch.takes[1].accessibleName()
    assert page.evidence.map.map is not None
    assert set(page.evidence.map.map.means) == {"fist", "open", "pinch", "rest"}
    assert len(page.evidence.arm.pads) == len(CHANNELS)
    shares = [float(pad.words.split()[0]) for pad in page.evidence.arm.pads]
    assert sum(shares) == pytest.approx(100, abs=2)
    assert page.matrix.text_at(0, 0) != ""
    assert page.pair.isVisibleTo(page)
    assert {page.pair.words.level} <= {"check", "stop"}
    assert not pinch.redo.isEnabled(), "nothing is being recorded"


def test_leaving_out_without_a_recording_tells_what_to_do(flow: Flow, session: Session) -> None:
    flow.leave_out("pinch")
    assert any("nothing to train" in str(n) for n in session.outbox.drain())


def test_versions_are_listed_compared_and_taken_back(
    flow: Flow, session: Session, qtbot: QtBot
) -> None:
    flow.set_person(Person("C-1", mark="USB plug to the thumb"))
    page = SavePage(flow, lambda: None)
    qtbot.addWidget(page)
    page.refresh()
    assert page.name.text() == "C-1 right arm"
    page.primary()
    assert [p.name for p in session.models()] == ["C-1 right arm"]
    flow.saved = None
    page.refresh()
    assert page.name.text() == "C-1 right arm v2"
    assert "before" in page.difference.text()
    page.notes.setPlainText("new liner")
    page.primary()
    assert {p.name for p in session.models()} == {"C-1 right arm", "C-1 right arm v2"}
    saved = flow.saved
    assert saved is not None
    page.undo.click()
    assert flow.saved is None
    assert [p.name for p in session.models()] == ["C-1 right arm"]
    page.primary()
    assert {p.name for p in session.models()} == {"C-1 right arm", "C-1 right arm v2"}


def test_the_card_says_how_the_sensor_was_put_on(
    flow: Flow, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    shown: list[Path] = []
    monkeypatch.setattr(save_page, "show_folder", shown.append)
    picture = ArmPicture("sites")
    picture.resize(300, 300)
    picture.show_pads([Pad(str(k + 1), level="good") for k in range(4)], [(0, 1)])
    qtbot.addWidget(picture)
    flow.set_person(Person("C-1", mark="USB plug to the thumb"))
    page = SavePage(flow, lambda: None, picture)
    qtbot.addWidget(page)
    page.refresh()
    page.primary()
    path = page.print_card()
    assert path is not None
    assert shown == [path.parent]
    assert path.read_bytes().startswith(b"%PDF")
    words = card_html("C-1 right arm", GestureModel.load(page.flow.session.models()[0]))
    for part in ("USB plug to the thumb", "C-1 right arm", "Pinch", "not a medical device"):
        assert part in words


def test_a_saved_model_is_exported_for_the_prosthesis(
    flow: Flow, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    shown: list[Path] = []
    monkeypatch.setattr(model_files, "show_folder", shown.append)
    page = SavePage(flow, lambda: None)
    qtbot.addWidget(page)
    page.refresh()
    assert page.export_as("json") is None, "nothing is saved yet"
    page.primary()
    file = page.export_as("json")
    assert file is not None
    assert file.name == "right arm.json"
    assert json.loads(file.read_text("utf-8"))
    assert shown == [file.parent]


def bytes_of(folder: Path) -> dict[str, str]:
    return {p.name: hashlib.sha256(p.read_bytes()).hexdigest() for p in sorted(folder.iterdir())}


def day_result(lesson: Lesson, *, better: bool = True) -> DayResult:
    """A band that was turned by one; Pinch stays weak whichever model is used."""
    old = Offer("as it was", lesson.model, {"fist": 0.96, "pinch": 0.6})
    newer = replace(lesson.model, turn=1)
    new = Offer("updated", newer, {"fist": 1.0, "pinch": 0.7 if better else 0.2})
    turn = Turn(1, 0.4, {0: 1.0, 1: 0.4})
    gains = {channel.name: 1.1 for channel in CHANNELS} | {"E2": 0.05, "E3": 7.0}
    check = DayCheck(turn, gains, ("E2",), ("E3",), "")
    return DayResult((new, old) if better else (old, new), check)


def test_e5_a_day_that_is_kept_and_undone_leaves_the_old_model_byte_for_byte(
    flow: Flow, session: Session, lesson: Lesson, qtbot: QtBot
) -> None:
    old = session.save_model(lesson.model, "right arm")
    before = bytes_of(old)
    page = DayPage(flow, lambda: None)
    qtbot.addWidget(page)
    page.show_result(old, day_result(lesson))
    assert "78 %" in page.shown.headline.text()
    assert "85 %" in page.shown.headline.text()
    page.primary()
    assert {p.name for p in session.models()} == {"right arm", "right arm v2"}
    assert "right arm v2" in page.shown.done.word.text()
    assert page.undo.isVisibleTo(page)
    page.undo.click()
    assert [p.name for p in session.models()] == ["right arm"]
    assert bytes_of(old) == before
    assert page.keep.isVisibleTo(page)
    session.outbox.drain()


def test_the_day_says_how_the_sensor_sits_and_each_movement_before_and_after(
    flow: Flow, lesson: Lesson, qtbot: QtBot
) -> None:
    page = DayPage(flow, lambda: None)
    qtbot.addWidget(page)
    page.show_result(Path("right arm"), day_result(lesson))
    found = {lamp.word.text(): lamp.level for lamp in page.shown.findings}
    assert [level for words, level in found.items() if "E2" in words] == ["stop"]
    assert [level for words, level in found.items() if "E3" in words] == ["check"]
    assert any("turned by one electrode" in words for words in found)
    assert [pad.level for pad in page.shown.arm.pads] == ["good", "stop", "check", "good"]
    assert [lamp.level for lamp in page.shown.lamps] == ["good", "stop"]
    assert page.shown.lamps[1].word.text() == "Pinch  60 % → 70 %"
    assert "Pinch" in page.shown.advice.word.text()
    assert page.shown.offers is not None
    page.shown.offers.buttons["as it was"].click()
    assert page.shown.lamps[1].word.text() == "Pinch  60 % → 60 %"
    assert page.keep.text() == "Use it as it was"
    assert set(page.shown.redos) == {"pinch"}
    assert not page.shown.redos["pinch"].isEnabled(), "nothing is being recorded"


def test_a_turn_is_not_denied_while_an_electrode_is_silent(lesson: Lesson) -> None:
    result = day_result(lesson)
    straight = replace(result.check, turn=Turn(0, 1.0, {0: 1.0, 1: 1.2}))
    said = [f.words for f in replace(result, check=straight).findings]
    assert said[-1] == "Without E2 it cannot be told whether the band is turned."
    whole = replace(straight, gains={"E1": 2.0, "E2": 2.2}, dead=(), noisy=())
    found = replace(result, check=whole).findings
    assert [f.level for f in found] == ["check", "good"]
    assert "2.1 times as strong" in found[0].words
    off = replace(straight, gains={"E1": 0.01, "E2": 0.02}, dead=("E1", "E2"), noisy=())
    assert "on the arm" in replace(result, check=off).findings[0].words


def test_the_better_old_model_is_not_replaced(
    flow: Flow, session: Session, lesson: Lesson, qtbot: QtBot
) -> None:
    old = session.save_model(lesson.model, "right arm")
    page = DayPage(flow, lambda: None)
    qtbot.addWidget(page)
    page.show_result(old, day_result(lesson, better=False))
    assert "stays as it is" in page.shown.headline.text()
    page.primary()
    assert [p.name for p in session.models()] == ["right arm"]
    session.outbox.drain()


def test_a_full_calibration_begins_with_the_movements_of_the_model(
    flow: Flow, lesson: Lesson, qtbot: QtBot
) -> None:
    page = DayPage(flow, lambda: None)
    qtbot.addWidget(page)
    page.show_result(Path("right arm"), day_result(lesson))
    page.full.click()
    assert flow.step == MOVEMENTS
    assert flow.plan.classes == ("rest", "fist", "open", "pinch")


def test_a_new_day_is_reached_from_home_and_left_by_the_steps(
    session: Session, tick: Tick, qtbot: QtBot
) -> None:
    room = CalibrateRoom(session, tick)
    qtbot.addWidget(room)
    room.flow.model = None
    room.open(NEW_DAY)
    assert room.day.models is not None
    assert room.day.models.buttons == [], "nothing was saved yet"
    assert not any(step.isChecked() for step in room.header.buttons), "a page beside the steps"
    room.header.buttons[1].click()
    assert room.flow.step == SITES


def test_the_hand_goes_to_its_pose_and_stays(qtbot: QtBot) -> None:
    view = HandView()
    qtbot.addWidget(view)
    view.resize(240, 240)
    assert pose_of("something of one's own") == RELAXED
    poses = list(POSES.values())
    assert len(set(poses)) == len(poses)
    for gesture, pose in POSES.items():
        for _ in range(60):
            view.show_hand(gesture, 0.5, "good")
        assert view.pose.near(pose), gesture
        assert not view.grab().isNull()


def test_e9_keys_go_from_page_to_page(session: Session, tick: Tick, qtbot: QtBot) -> None:
    """E9: Enter leads on from the person; a page that waits for a sensor says so."""
    room = CalibrateRoom(session, tick)
    qtbot.addWidget(room)
    room.flow.model = None
    room.person.primary()
    assert room.flow.step == SITES
    assert not room.sites.look.isEnabled()
    assert room.sites.on.text() == "Skip"
    qtbot.keyClick(room, Qt.Key.Key_Escape)
    assert not room.flow.stopping
