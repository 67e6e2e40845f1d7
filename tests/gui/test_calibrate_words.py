"""What the wizard says: verdicts in words, cues in words, numbers in the matrix, effort."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from emgstudio.core.types import Channel, ConditionSpec, StreamInfo
from emgstudio.devices.stream import Stream
from emgstudio.gui.plots.confusion import ConfusionMatrix
from emgstudio.gui.wizard.check_page import headline
from emgstudio.gui.wizard.choose_page import _about
from emgstudio.gui.wizard.cue_page import CuePage, cue_of
from emgstudio.gui.wizard.cue_sound import words_of
from emgstudio.gui.wizard.effort import EffortMeter
from emgstudio.gui.wizard.flow import Flow
from emgstudio.gui.wizard.map_view import MapView
from emgstudio.gui.wizard.takes import TakesGrid
from emgstudio.ml.protocol import CueView
from emgstudio.ml.report import GestureResult, Light, RepetitionResult, TrainingReport
from emgstudio.session.session import Session


def gesture(name: str, recalls: list[float], light: Light, verdict: str) -> GestureResult:
    takes = tuple(
        RepetitionResult("r", i + 1, 40, recall, redo=False) for i, recall in enumerate(recalls)
    )
    mean = sum(recalls) / len(recalls) if recalls else None
    return GestureResult(name, 40, mean, None, None, "", light, verdict, takes)


def report(*gestures: GestureResult) -> TrainingReport:
    names = tuple(g.gesture for g in gestures)
    return TrainingReport(names, (), 0.9, 0.9, gestures, "Not tested.")


def test_the_verdict_names_the_worst_movement() -> None:
    fist = gesture("fist", [1.0, 1.0, 0.96], "green", "Fist works reliably.")
    pinch = gesture("pinch", [0.9, 0.3, 0.4], "red", "Pinch is taken for Fist 5 of 10 times.")
    point = gesture("point", [0.9, 0.8, 0.7], "amber", "Point is missed 2 of 10 times.")
    said = headline(report(fist, point, pinch))
    assert said == "7 of 9 takes right; Pinch is taken for Fist 5 of 10 times."
    assert headline(report(fist)) == "3 of 3 takes right; every movement works reliably."


def test_what_was_not_tested_is_not_praised() -> None:
    once = gesture("fist", [], "untested", "Fist was recorded only once.")
    assert headline(report(once)) == "Not tested."


@pytest.mark.parametrize(
    ("phase", "word", "number"),
    [
        ("rest", "Rest", "3"),
        ("countdown", "Get ready", "3"),
        ("hold", "HOLD", "3"),
        ("pause", "Relax", ""),
        ("paused", "Paused", ""),
    ],
)
def test_each_phase_has_its_word_and_number(phase: str, word: str, number: str) -> None:
    view = CueView(phase, "fist", 1, 2.2, 0.25, "open", 0.5)  # type: ignore[arg-type]
    assert words_of(view)[0] == word
    assert cue_of(view).number == number


def test_the_ring_fills_while_holding_and_empties_while_counting_down() -> None:
    early, late = (CueView("hold", "fist", 1, 2.0, f, "", 0.5) for f in (0.2, 0.8))
    assert cue_of(early).fraction < cue_of(late).fraction
    early, late = (CueView("countdown", "fist", 1, 2.0, f, "", 0.5) for f in (0.2, 0.8))
    assert cue_of(early).fraction > cue_of(late).fraction


@pytest.mark.parametrize(
    ("seconds", "text"), [(41.0, "50 s"), (60.0, "1 min"), (61.0, "1 min 10 s"), (120.0, "2 min")]
)
def test_the_estimate_is_rounded_up(seconds: float, text: str) -> None:
    assert _about(seconds) == text


def test_the_matrix_shows_percent_of_each_row(qtbot: QtBot) -> None:
    matrix = ConfusionMatrix()
    qtbot.addWidget(matrix)
    matrix.show_counts(("fist", "open"), ((300, 100), (1, 399)))
    texts = [[matrix.text_at(i, j) for j in range(2)] for i in range(2)]
    assert texts == [["75", "25"], ["<1", "100"]]
    assert "Fist as Open hand 25%" in matrix.accessibleDescription()
    matrix.show_counts(("fist", "open"), ((0, 0), (0, 4)))
    assert matrix.text_at(0, 0) == ""


def test_effort_is_low_at_rest_and_full_at_the_strongest(qapp: QApplication) -> None:
    channels = tuple(Channel(f"c{i}") for i in range(2))
    info = StreamInfo("emg", 1000.0, channels, "float32", "test")
    stream = Stream(info, ConditionSpec())
    draw = np.random.default_rng(3)
    meter = EffortMeter()
    assert meter.take(None) == 0.0

    def effort(scale: float) -> float:
        stream.clean.write(draw.normal(0, scale, (400, 2)).astype(np.float32))
        return meter.take(stream)

    resting = [effort(1.0) for _ in range(6)]
    assert max(resting) < 0.1
    assert effort(50.0) == pytest.approx(1.0)
    assert 0.4 < effort(25.0) < 0.6
    assert effort(1.0) < 0.05


def test_names_on_the_map_are_not_written_over_each_other(qapp: QApplication) -> None:
    """Movements that look alike lie upon each other: just then both names must be read."""
    view = MapView()
    view.resize(320, 220)
    places = {"Pinch": QPointF(150, 100), "Point": QPointF(156, 101), "Key grip": QPointF(153, 99)}
    boxes = list(view.name_boxes(places, 6.0).values())
    for i, box in enumerate(boxes):
        assert view.rect().toRectF().contains(box)
        assert not any(box.intersects(other) for other in boxes[i + 1 :])
    above = view.name_boxes({"Fist": QPointF(150, 100)}, 6.0)["Fist"]
    assert above.bottom() < 100 - 6
    edge = view.name_boxes({"Open hand": QPointF(150, 5)}, 6.0)["Open hand"]
    assert edge.top() > 5, "above there is no room"


def test_a_take_more_than_planned_is_seen_while_it_is_made(
    session: Session, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    flow = Flow(session)
    page = CuePage(flow)
    qtbot.addWidget(page)
    plan = flow.plan
    done = {(name, k + 1): "" for name in plan.classes for k in range(plan.repetitions)}
    fourth = plan.repetitions + 1
    extra = CueView("hold", "fist", fourth, 1.0, 0.5, "", 0.9)
    monkeypatch.setattr(flow, "view", lambda: extra)
    monkeypatch.setattr(flow, "takes", lambda: done)
    page.frame()
    assert page.left.text() == f"{len(done)} of {len(done) + 1} takes"
    before = page.takes.sizeHint().width()
    monkeypatch.setattr(flow, "view", lambda: replace(extra, phase="done"))
    page.frame()
    assert page.left.text() == f"{len(done)} of {len(done)} takes"
    assert page.takes.sizeHint().width() < before


def test_a_click_on_a_take_in_the_grid_redoes_it(qtbot: QtBot) -> None:
    grid = TakesGrid()
    qtbot.addWidget(grid)
    asked: list[tuple[str, int]] = []
    grid.redo_wanted.connect(lambda *take: asked.append(take))
    grid.show_takes(("rest", "fist"), 3, frozenset({("fist", 2)}), None)
    grid.resize(grid.sizeHint())
    for x in (20, grid.names + 14, grid.names + 28 + 14):
        qtbot.mouseClick(grid, Qt.MouseButton.LeftButton, pos=QPoint(x, round(1.5 * grid.row)))
    assert asked == [("fist", 2)]
