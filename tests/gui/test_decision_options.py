"""Every option of the decisions in the window: a form alone, and what Try makes of it."""

from __future__ import annotations

import math
from dataclasses import replace

from pytestqt.qtbot import QtBot

from emgstudio.gui.wizard.decision_options import DecisionOptions
from emgstudio.gui.wizard.flow import Flow
from emgstudio.gui.wizard.try_page import OWN_WAY, TryPage
from emgstudio.ml.postprocess import BALANCED, STEADY, PostprocessSpec
from emgstudio.ml.trainer import train
from emgstudio.session.session import Session
from tests import labelled_emg as made


def test_each_change_is_told_with_the_sureness_of_each_movement(qtbot: QtBot) -> None:
    options = DecisionOptions(BALANCED, {"fist": 0.7}, ("fist", "open", "rest"))
    qtbot.addWidget(options)
    told: list[tuple[PostprocessSpec, dict[str, float]]] = []
    options.tuned.connect(lambda spec, sureness: told.append((spec, sureness)))
    assert set(options.sureness) == {"fist", "open"}
    options.sureness["open"].setValue(90)
    assert told == [(BALANCED, {"fist": 0.7, "open": 0.9})]
    options.sureness["fist"].setValue(0)
    options.form.set_values({"stay": 0.9, "ramp_s": 0.4, "votes": 1})
    spec, sureness = told[-1]
    assert (spec.stay, spec.ramp_s, spec.votes) == (0.9, 0.4, 1)
    assert sureness == {"open": 0.9}
    assert all(box.accessibleName() for box in options.sureness.values())


def test_how_late_decisions_come_is_shown_in_words(session: Session, qtbot: QtBot) -> None:
    page = TryPage(Flow(session))
    qtbot.addWidget(page)
    page._show_latency((math.nan, math.nan), waiting=False)
    assert page.latency.word.text() == "Beginning…"
    page._show_latency((0.012, 0.041), waiting=False)
    assert page.latency.word.text() == "Decision after 12 ms (99 % within 41 ms)"
    page._show_latency((0.012, 0.041), waiting=True)
    assert page.latency.word.text() == "Waiting for the signal"


def test_own_options_stay_until_a_pace_is_chosen(session: Session, qtbot: QtBot) -> None:
    flow = Flow(session)
    flow.model = train(
        [made.recording()], channels=made.CHANNELS, condition=made.CONDITION, repetitions=[1]
    )
    page = TryPage(flow)
    qtbot.addWidget(page)
    page.refresh()
    assert page.pace_word.text().startswith("Balanced")
    own = replace(BALANCED, ramp_s=0.4)
    page._tuned_by_options(own, {"fist": 0.8})
    assert flow.model.postprocess == own
    assert flow.model.sureness == {"fist": 0.8}
    assert page.pace_word.text() == OWN_WAY
    page.sureness.setValue(60)
    assert flow.model.postprocess == replace(own, min_confidence=0.6)
    page.pace.setValue(2 if page.pace.value() != 2 else 0)
    page.pace.setValue(2)
    assert flow.model.postprocess == replace(STEADY, min_confidence=0.6)
    assert flow.model.sureness == {"fist": 0.8}
