"""Progress over a client's sessions: dots, lines where comparable, the goal, and words for all."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import QPointF
from pytestqt.qtbot import QtBot

from emgstudio.dsp.measure import Measure
from emgstudio.gui.clients.progress_strip import NONE_YET, ProgressStrip
from emgstudio.gui.clients.trend_plot import steps
from emgstudio.gui.tick import Tick
from emgstudio.session.session import Session
from emgstudio.session.therapy.goal import goal_of
from emgstudio.session.therapy.plan import Muscle, Plan
from emgstudio.session.therapy.protocol import Kind, Protocol, Step
from emgstudio.session.therapy.results import TherapyResult

PROTOCOL = Protocol("own", "Own", Kind.UP, (Step("", 1, 2.0, 2.0),), goals=(60.0,))
PLAN = Plan(PROTOCOL, (Muscle("a", "Vastus"),), goal_of(PROTOCOL), "C-0001")


def result(number: int, value: float, *, sensor: str = "d") -> TherapyResult:
    when = datetime(2026, 3, 1, 9, tzinfo=UTC) + timedelta(days=4 * number)
    measures = (Measure("Vastus", "best repetition", value, "µV", "largest mean"),)
    return TherapyResult(
        Path(f"s{number}"), when, "C-0001", False, PLAN, "µV", "RMS", (), 30.0, 0.0,
        np.empty((0, 1)), measures, {"sensor": sensor},
    )  # fmt: skip


def test_progress_of_none_one_and_fifty_sessions(
    qtbot: QtBot, session: Session, tick: Tick
) -> None:
    strip = ProgressStrip(session, tick)
    qtbot.addWidget(strip)
    strip.show_results([])
    assert strip.words.text() == NONE_YET
    strip.show_results([result(0, 40.0)])
    assert "needs" in strip.plots[0].trend.sentence
    strip.plots[0].grab()
    strip.show_results([result(k, 40.0 + k, sensor="d" if k < 20 else "e") for k in range(50)])
    (plot,) = strip.plots
    assert [level.value for level in plot.goal] == [60.0]
    assert [p.joined for p in plot.trend.points].count(False) == 2
    plot.setParent(None)
    plot.resize(900, 160)
    plot.grab()
    places = plot.places()
    dashed = (places[19] + places[20]) / 2
    assert "sensor changed" in plot.words_at(places[20])
    assert "sensor changed" in plot.words_at(QPointF(dashed.x(), plot.area().bottom()))
    assert "45 µV" in plot.words_at(places[5])
    assert plot.words_at(QPointF(places[40].x(), plot.area().bottom())) == ""
    assert "sensor changed" in plot.accessibleDescription()
    plot.deleteLater()


@pytest.mark.parametrize("highest", [0.003, 1.0, 1.999, 2.0, 6.0, 66.0, 5500.0])
def test_an_axis_has_few_round_steps(highest: float) -> None:
    found = steps(highest)
    assert 3 <= len(found) <= 6
    assert found[0] == 0.0
    assert highest / 2 < found[-1] <= highest * (1 + 1e-9)
