"""The reference panel leads through efforts, says why one does not count, and stores the result."""

from __future__ import annotations

import numpy as np
import pytest
from PySide6.QtCore import Qt

from emgstudio.gui.panels.reference_panel import ReferencePanel
from emgstudio.session.reference import Method
from emgstudio.session.reference_capture import IN_THE_CLINIC, Phase
from tests.gui.streams import HandStream

RATE = 1000.0


class Hand(HandStream):
    """A stream whose time is the number of its samples."""

    condition = None

    @property
    def now(self) -> float:
        return 100.0 + self.clean.head / RATE


class OneDevice:
    uri = "sim:gestures"


@pytest.fixture
def stream() -> Hand:
    from emgstudio.core.types import ConditionSpec

    made = Hand(4, RATE)
    made.condition = ConditionSpec()
    made.push_noise(1000, level=2.0)
    return made


@pytest.fixture
def panel(qtbot, session, stream, monkeypatch) -> ReferencePanel:
    monkeypatch.setattr(session, "device_of", lambda _stream: OneDevice())
    made = ReferencePanel(session, lambda work: work(), pace=IN_THE_CLINIC)
    qtbot.addWidget(made)
    made.resize(290, 640)
    made.show()
    made.show_stream(stream, 2)
    return made


def run(panel: ReferencePanel, stream: Hand, level: float, until: Phase) -> None:
    """Push signal of this RMS until the capture gets to a phase."""
    for _ in range(400):
        if panel.capture.phase is until:
            return
        stream.push_noise(50, level=2.0 if panel.capture.phase is Phase.READY else level)
        panel.refresh(stream.now)
    raise AssertionError(f"never {until}: {panel.capture.phase}")


def effort(panel: ReferencePanel, stream: Hand, level: float, then: Phase) -> None:
    run(panel, stream, level, Phase.EFFORT)
    for share in (0.1, 0.3, 0.5, 0.8):
        stream.push_noise(250, level=level * share)
        panel.refresh(stream.now)
    run(panel, stream, level, then)


def begin(panel: ReferencePanel, stream: Hand) -> None:
    panel.start(stream.now)


def test_before_anything_it_says_that_there_is_none_and_explains(panel) -> None:
    assert panel.present.text() == "Muscle 3 has no reference yet."
    assert "breathing" in panel.explained.text()
    panel.method.setCurrentIndex(2)
    assert "today's best" in panel.explained.text()
    assert panel.begin.isVisible()
    assert not panel.keep.isVisible()
    assert not panel.forget.isVisible()


def test_three_efforts_and_save(qtbot, panel, session, stream) -> None:
    begin(panel, stream)
    assert "get ready" in panel.words.text()
    assert panel.seconds.text() == "3"
    for number in range(3):
        effort(panel, stream, 200.0, Phase.DONE if number == 2 else Phase.REST)
        assert len(panel.trials.rows) == number + 1
        assert "good" in panel.trials.rows[number].status.word.text()
        if number < 2:
            assert "Relax" in panel.words.text()
            panel.capture.go_on(stream.now)
    assert panel.result.text().startswith("Reference: 2")
    assert "strongest" in panel.level.text()
    with qtbot.waitSignal(panel.stored):
        qtbot.mouseClick(panel.keep, Qt.MouseButton.LeftButton)
    references = session.references.of("sim:gestures", stream.info)
    assert [r is None for r in references] == [True, True, False, True]
    assert references[2].value == pytest.approx(210, rel=0.1)
    assert references[2].method is Method.MVC
    assert panel.present.text().startswith("Muscle 3: 2")
    assert "today" in panel.present.text()
    with qtbot.waitSignal(panel.stored):
        qtbot.mouseClick(panel.forget, Qt.MouseButton.LeftButton)
    assert panel.present.text() == "Muscle 3 has no reference yet."


def test_d3_a_clipped_trial_is_rejected_with_its_reason_and_can_be_used_anyway(
    qtbot, panel, session, stream
) -> None:
    begin(panel, stream)
    effort(panel, stream, 900.0, Phase.REST)
    row = panel.trials.rows[0]
    assert row.status.level == "stop"
    assert "too big" in row.reason.text()
    qtbot.mouseClick(panel.enough, Qt.MouseButton.LeftButton)
    assert panel.result.text() == "No trial can be used yet."
    assert not panel.keep.isVisible()
    qtbot.mouseClick(panel.trials.rows[0].anyway, Qt.MouseButton.LeftButton)
    assert panel.trials.rows[0].status.level == "check"
    assert "used anyway" in panel.trials.rows[0].status.word.text()
    qtbot.mouseClick(panel.keep, Qt.MouseButton.LeftButton)
    assert session.references.of("sim:gestures", stream.info)[2].quality == ("clipped",)
    assert "not good" in panel.present.text()


def test_d3_best_two_of_three_that_differ_offer_a_fourth(qtbot, panel, stream) -> None:
    begin(panel, stream)
    for level, then in ((140.0, Phase.REST), (140.0, Phase.REST), (200.0, Phase.DONE)):
        effort(panel, stream, level, then)
        if then is Phase.REST:
            panel.capture.go_on(stream.now)
    assert "differ by" in panel.remark.text()
    assert panel.keep.text() == "Use it anyway"
    assert panel.more.isVisible()
    panel.capture.go_on(stream.now)
    effort(panel, stream, 200.0, Phase.DONE)
    assert len(panel.trials.rows) == 4
    assert not panel.remark.isVisible()
    assert panel.keep.text() == "Save reference"


def test_best_of_today_of_all_channels(qtbot, panel, session, stream) -> None:
    panel.method.setCurrentIndex(2)
    panel.which.setCurrentIndex(1)
    begin(panel, stream)
    assert not panel.seconds.isVisible()
    run_for = 40
    for number in range(run_for):
        stream.push_noise(50, level=150.0 if 10 < number < 25 else 20.0)
        panel.refresh(stream.now)
    qtbot.mouseClick(panel.enough, Qt.MouseButton.LeftButton)
    assert "4 of 4" in panel.result.text()
    qtbot.mouseClick(panel.keep, Qt.MouseButton.LeftButton)
    references = session.references.of("sim:gestures", stream.info)
    assert all(r.method is Method.BEST_OF_TODAY for r in references)
    np.testing.assert_allclose([r.value for r in references], 150, rtol=0.15)


def test_cancel_and_another_stream_drop_the_efforts(qtbot, panel, stream) -> None:
    begin(panel, stream)
    qtbot.mouseClick(panel.drop, Qt.MouseButton.LeftButton)
    assert panel.begin.isVisible()
    begin(panel, stream)
    panel.show_stream(stream, 1)
    assert panel.running
    panel.show_stream(None)
    assert panel.capture is None
    assert panel.present.text() == "Connect a sensor first."
    assert not panel.begin.isEnabled()


def test_everything_can_be_pressed_with_a_thumb_and_has_a_name(panel, stream) -> None:
    for made in (panel.begin, panel.method, panel.which, panel.close_button):
        assert made.height() >= 44
        assert made.accessibleName()
    begin(panel, stream)
    effort(panel, stream, 900.0, Phase.REST)
    assert panel.trials.rows[0].anyway.height() >= 44
