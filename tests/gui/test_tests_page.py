"""The page of the tests of control, alone: decisions and time are given by hand."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLabel
from pytestqt.qtbot import QtBot

from emgstudio.core.clock import Clock
from emgstudio.core.ring import Ring
from emgstudio.core.types import Decision
from emgstudio.dsp.features import FEATURES
from emgstudio.gui.evaluation import page as page_module
from emgstudio.gui.evaluation.page import CARDS, RESULT, RUNNING, TestsPage
from emgstudio.gui.evaluation.stage import posture
from emgstudio.gui.rooms.calibrate import CalibrateRoom
from emgstudio.gui.tick import Tick
from emgstudio.gui.widgets import Popover
from emgstudio.gui.wizard import evidence as evidence_module
from emgstudio.gui.wizard.evidence import Evidence
from emgstudio.gui.wizard.flow import Flow
from emgstudio.gui.wizard.hand import RELAXED, pose_of
from emgstudio.gui.wizard.model_numbers import NONE, figure_rows
from emgstudio.gui.wizard.models_page import ModelsPage
from emgstudio.ml.decoder import Decoder, DecoderState
from emgstudio.ml.explain import feature_shares
from emgstudio.ml.model import GestureModel
from emgstudio.ml.trainer import train
from emgstudio.session.evaluation_tests.axes import Axis
from emgstudio.session.evaluation_tests.kept import kept_tests
from emgstudio.session.evaluation_tests.kinds import KINDS, IdleOptions
from emgstudio.session.session import Session
from tests.labelled_emg import CHANNELS, CONDITION, RATE, recording

HOP = 0.0625


@pytest.fixture(scope="module")
def model() -> GestureModel:
    return train([recording(repetitions=2)], channels=CHANNELS, condition=CONDITION)


class Bench:
    """The page with a decoder that decides what it is told, at the time that it is told."""

    def __init__(self, session: Session, model: GestureModel, went: list[str]) -> None:
        self.now = 100.0
        self.flow = Flow(session)
        self.flow.model = model
        ring = Ring(1000, len(CHANNELS), np.float32)
        self.decoder = Decoder(model, ring.reader(), Clock(RATE), session.outbox)
        session.decoder = self.decoder
        self.page = TestsPage(self.flow, lambda: went.append("back"), lambda: went.append("models"))
        self.page.refresh()

    def decide(self, gesture: str, strength: float = 1.0) -> None:
        """The next decision, and the frame after it."""
        self.now += HOP
        assert self.now < 1000, "no test takes a quarter of an hour"
        self.decoder._keep(Decision(self.now, 0, gesture, 1.0, gesture, (), strength, 0.0))
        self.page.frame()

    def obey(self) -> None:
        """Do what is asked until it is over."""
        while (run := self.page.run) is not None and not run.over:
            self.decide(*run.cue)

    def start(self, kind: str, options: object = None) -> None:
        card = self.page.cards[kind]
        if options is not None:
            card.set_options(options)
        card.start.click()

    @property
    def view(self) -> int:
        return self.page._stack.currentIndex()


@pytest.fixture
def went() -> list[str]:
    return []


@pytest.fixture
def bench(
    session: Session,
    model: GestureModel,
    went: list[str],
    qtbot: QtBot,
    monkeypatch: pytest.MonkeyPatch,
) -> Bench:
    made = Bench(session, model, went)
    monkeypatch.setattr(page_module, "host_time", lambda: made.now)
    qtbot.addWidget(made.page)
    return made


def test_cards_say_what_how_long_and_how_it_went(bench: Bench, session: Session) -> None:
    page = bench.page
    assert page.source.level == "good"
    for card in page.cards.values():
        assert card.start.isEnabled()
        assert card.last.word.text() == "Not done yet with this model."
    assert page.cards["motion"].takes.text() == "20 to 40 s. Needs one movement."
    assert page.cards["idle"].takes.text().startswith("About 60 s.")
    bench.start("idle", IdleOptions(0.5))
    bench.obey()
    page.others.click()
    assert "No false activations in 30 s" in page.cards["idle"].last.word.text()
    assert page.cards["idle"].last.level == "good"
    session.decoder = None
    page.refresh()
    assert not page.cards["motion"].start.isEnabled()
    assert "not running" in page.source.word.text()
    assert page.start.isVisibleTo(page)


@pytest.mark.parametrize("kind", list(KINDS))
def test_each_test_is_shown_to_its_end_in_words_and_numbers(kind: str, bench: Bench) -> None:
    page = bench.page
    page.resize(900, 560)
    bench.start(kind, IdleOptions(0.5) if kind == "idle" else None)
    assert bench.view == RUNNING
    prompts = set()
    while (run := page.run) is not None and not run.over:
        bench.decide(*run.cue)
        prompts.add(page.prompt.text())
        if len(prompts) > 1 and "shown" not in prompts:
            prompts.add("shown")
            assert not page.stage.grab().isNull()
    assert len(prompts) > 2
    assert bench.view == RESULT
    done = page.done
    assert done is not None
    assert page.result.headline.text() == done.outcome.words
    assert page.result.lamp.level == "good"
    names = [name for name, _text, _recipe in page.result.figures]
    assert names == [figure.name for figure in done.outcome.figures]
    assert all(recipe for _name, _text, recipe in page.result.figures)
    assert "first of its kind" in page.result.change.word.text()


def test_the_second_time_is_compared_with_the_first(bench: Bench) -> None:
    page = bench.page
    bench.start("motion")
    bench.obey()
    page.again.click()
    assert bench.view == RUNNING
    while page.run is not None and not page.run.over:
        bench.decide("rest")
    assert page.result.lamp.level == "stop"
    assert page.result.change.word.text().startswith("Worse against ")
    assert "completion rate 100 % → 0 %" in page.result.change.word.text()
    assert len(page.result.former) == 1


def test_results_go_into_the_folder_of_the_model_once_it_is_saved(
    bench: Bench, session: Session, tmp_path: Path
) -> None:
    page = bench.page
    bench.start("motion")
    bench.obey()
    assert page.result.kept.level == "check"
    assert bench.flow.save("right arm", "")
    page.refresh()
    assert page.result.kept.word.text() == "Kept with “right arm”."
    (kept,) = kept_tests(session.models()[0])
    assert kept.entry["words"] == page.result.headline.text()
    assert GestureModel.load(session.models()[0]).classes == ("fist", "open", "pinch", "rest")
    page.save_tables(tmp_path / "mine.csv")
    assert page.said.word.text() == "Saved: mine.csv"
    page.save_tables(tmp_path / "mine.csv")
    assert page.said.level == "stop"
    page.save_tables(tmp_path / "mine.csv" / "below.csv")
    assert "could not be written" in page.said.word.text()


def test_keys_pause_and_leave(bench: Bench, qtbot: QtBot) -> None:
    page = bench.page
    bench.start("tac")
    qtbot.keyClick(page, Qt.Key.Key_Space)
    assert page.prompt.text() == "Paused"
    assert page.pause.text() == "Go on"
    page.primary()
    assert page.pause.text() == "Pause"
    qtbot.keyClick(page, Qt.Key.Key_Escape)
    assert bench.view == CARDS
    assert page.run is None
    assert page.said.word.text() == "Stopped. Nothing was kept of that test."
    qtbot.keyClick(page, Qt.Key.Key_Space)
    assert bench.view == CARDS


def test_a_silent_sensor_pauses_and_says_so(bench: Bench, session: Session) -> None:
    page = bench.page
    bench.start("fitts")
    for _ in range(20):
        bench.decide("rest")
    bench.decoder.state = DecoderState.WAITING
    bench.now += 1.0
    page.frame()
    assert page.prompt.text() == "Paused"
    assert page.detail.text().startswith("The sensor is silent")
    assert not page.pause.isEnabled()
    bench.decoder.state = DecoderState.RUNNING
    bench.now += 60.0
    page.frame()
    assert page.pause.isEnabled()
    assert "Go on when you are ready" in page.detail.text()
    page.pause.click()
    bench.obey()
    assert page.result.pauses.text() == "Paused once."
    page.again.click()
    session.decoder = None
    page.frame()
    assert "not running" in page.detail.text()


def test_another_model_ends_the_test(
    bench: Bench, monkeypatch: pytest.MonkeyPatch, went: list[str]
) -> None:
    page = bench.page
    bench.start("motion")
    assert page.run is not None
    monkeypatch.setattr(page.run, "classes", ("fist", "rest"))
    page.frame()
    assert bench.view == CARDS
    assert "Another model" in page.said.word.text()
    page.models.click()
    page.away.click()
    assert went == ["models", "back"]


def test_settings_are_beside_the_button(bench: Bench) -> None:
    card = bench.page.cards["motion"]
    card.show_settings()
    form = card.form
    assert form is not None
    editor = form.editors["times"]
    editor.setProperty("value", 4)
    assert card.options.times == 4
    assert card.takes.text().startswith("40 to 70 s") or "min" in card.takes.text()
    card.set_options(card.kind.options())
    assert card.options.times == 2


def test_the_posture_is_between_rest_and_the_movement() -> None:
    axes = (Axis("fist", "open"),)
    assert posture(axes, (0.0,)) == RELAXED
    assert posture(axes, (60.0,)).near(pose_of("fist"))
    assert posture(axes, (-90.0,)).near(pose_of("open"))
    assert 0.5 < posture(axes, (30.0,)).curl[0] < 0.7


@pytest.mark.parametrize("way", ["try", "menu"])
def test_the_room_leads_there_and_back(
    way: str, session: Session, tick: Tick, model: GestureModel, qtbot: QtBot
) -> None:
    room = CalibrateRoom(session, tick)
    qtbot.addWidget(room)
    room.flow.model = model
    ways: dict[str, Callable[[], object]] = {
        "try": room.try_it.tests.click,
        "menu": next(a for a in room.actions() if a.text() == "Tests of control").trigger,
    }
    ways[way]()
    assert room.page is room.tests
    room.tests.away.click()
    assert room.page is not room.tests


def test_the_check_shows_every_offline_figure(
    session: Session, model: GestureModel, qtbot: QtBot
) -> None:
    flow = Flow(session)
    evidence = Evidence(flow)
    qtbot.addWidget(evidence)
    evidence.show_model(model, "", "fist")
    rows = figure_rows(model.report.figures)
    assert [value for _name, value, _words in rows].count("–") == 0
    low, high = (100 * end for end in model.report.figures["intervals"]["accuracy"])
    assert rows[0][1] == f"{100 * (model.report.accuracy or 0):.1f} %  ({low:.0f}–{high:.0f})"
    evidence.numbers.click()
    (shown,) = evidence.findChildren(Popover)
    told = {made.accessibleName() for made in shown.findChildren(QLabel)}
    assert {f"{name}: {value}" for name, value, _words in rows} <= told
    fist = next(g for g in model.report.gestures if g.gesture == "fist")
    recall, low, high = (100 * (x or 0.0) for x in (fist.recall, fist.low, fist.high))
    assert f"Fist, recall: {recall:.1f} %  ({low:.0f}–{high:.0f})" in told
    shown.close()
    older = replace(model, report=replace(model.report, figures={}))
    evidence.show_model(older, "", "fist")
    evidence.numbers.click()
    assert any(made.text() == NONE for made in evidence.findChildren(QLabel))


def test_the_features_that_tell_a_movement_apart_are_named(
    session: Session, model: GestureModel, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    evidence = Evidence(Flow(session))
    qtbot.addWidget(evidence)
    evidence.show_model(model, "", "fist")
    for gesture in ("fist", "pinch"):
        evidence.gesture.setCurrentIndex(evidence.gesture.findData(gesture))
        shares = feature_shares(model, gesture)
        most = max(shares, key=lambda key: shares[key])
        assert f": {FEATURES[most].title} {shares[most] * 100:.0f} %" in evidence.features.text()
    monkeypatch.setattr(evidence_module, "feature_shares", lambda *_of: {"rms": 0.0})
    evidence.gesture.setCurrentIndex(evidence.gesture.findData("fist"))
    assert evidence.features.text() == "", "nothing tells it apart, so no sentence begins"


def test_a_saved_model_is_tested_from_the_list(
    session: Session, model: GestureModel, qtbot: QtBot
) -> None:
    session.save_model(model, "right arm")
    page = ModelsPage(Flow(session), lambda: None, lambda _saved: None)
    qtbot.addWidget(page)
    page.refresh()
    assert not page.tests.isEnabled(), "there is no sensor to test it with"
    page.tests.setEnabled(True)
    page.tests.click()
    assert any("Nothing streams" in str(n) for n in session.outbox.drain())
