"""The filter's form: what it wants, what it says of the sensor, and what it never does."""

from __future__ import annotations

import numpy as np
import pytest
from PySide6.QtWidgets import QWidget

from emgstudio.core.types import ConditionSpec
from emgstudio.dsp.hum import HumReport
from emgstudio.gui.panels.condition_form import ConditionForm, hum_in_words

HUM = HumReport(50.1, np.array([3.0, 12.2]), np.array([0.1, 0.7]), (1, 3))


@pytest.fixture
def form(qtbot) -> ConditionForm:
    made = ConditionForm(ConditionSpec(), 1000.0)
    qtbot.addWidget(made)
    made.show()
    return made


def wants(form: ConditionForm) -> list[ConditionSpec]:
    told: list[ConditionSpec] = []
    form.wanted.connect(told.append)
    return told


def choose(box, number: int) -> None:
    box.setCurrentIndex(number)
    box.activated.emit(number)


def test_filling_it_in_wants_nothing(form) -> None:
    told = wants(form)
    form.show_spec(ConditionSpec(7.0, 120.0, order=2, notch_hz=49.9, ecg=True))
    form.show_hum(HUM)
    assert told == []
    assert (form.low.value(), form.high.value()) == (7.0, 120.0)
    assert form.band.currentText() == "Own band"
    assert form.notch.currentText() == "49.9 Hz"
    assert form.heart.isChecked()


def test_each_field_wants_its_part_and_reset_all(form) -> None:
    told = wants(form)
    choose(form.band, 1)
    choose(form.order, 0)
    choose(form.notch, 2)
    form.heart.click()
    form.low.setValue(15.0)
    form.low.editingFinished.emit()
    assert told[-1] == ConditionSpec(15.0, 450.0, order=2, notch_hz=60.0, ecg=True)
    assert len(told) == 5
    form.reset.click()
    assert told[-1] == ConditionSpec()


def test_wide_and_trunk_are_what_they_say(form) -> None:
    told = wants(form)
    for number, (low, high) in enumerate([(20, 450), (30, 450), (5, 500), (None, None)]):
        choose(form.band, number)
        spec = told[-1] if told else ConditionSpec()
        assert (spec.low_hz, spec.high_hz) == (low, high)


def test_hum_is_offered_when_it_is_measured_and_only_then_taken_out(form) -> None:
    told = wants(form)
    assert not form.offer.isVisible()
    form.show_hum(HUM)
    assert form.offer.isVisible()
    assert form.offer.text() == "Take out 50.1 Hz hum (12.2 µV measured)"
    assert form.hum.text() == "Hum measured: 12.2 µV at 50.1 and 150.3 Hz"
    assert told == []
    form.offer.click()
    assert told == [ConditionSpec(notch_hz=50.1, notch_at=(1, 3))]
    assert not form.offer.isVisible()
    assert "before the notch" in form.hum.text()
    form.show_hum(HumReport(None, np.zeros(2), np.zeros(2), ()))
    assert form.hum.text() == "No hum measured"
    assert hum_in_words(HumReport(None, np.zeros(2), np.zeros(2), ()), "µV") == ""


def test_what_a_slow_sensor_cannot_carry_is_said_with_the_reason(qtbot) -> None:
    form = ConditionForm(ConditionSpec(notch_hz=50.0), 200.0)
    qtbot.addWidget(form)
    form.show()
    assert "20 Hz–, reduced band, notch 50 Hz" in form.effective.text()
    assert "upper edge (450 Hz) is left out" in form.lost.text()
    assert form.lost.isVisible()
    form.show_spec(ConditionSpec(high_hz=None))
    assert not form.lost.isVisible()


def test_a_band_that_is_empty_does_not_break_the_form(form) -> None:
    form.show_spec(ConditionSpec(300.0, 100.0))
    assert "empty" in form.effective.text()
    assert len(form.curve.gains) == 0


def test_the_curve_is_that_of_the_filter(form) -> None:
    at = dict(zip(np.round(form.curve.frequencies), form.curve.gains, strict=True))
    assert at[100.0] == pytest.approx(0.0, abs=0.1)
    assert at[20.0] == pytest.approx(-3.0, abs=0.6)
    assert "20–450 Hz" in form.curve.accessibleDescription()
    form.show_spec(ConditionSpec(notch_hz=50.0))
    near = np.abs(form.curve.frequencies - 50.0) < 0.5
    assert form.curve.gains[near].min() < -6.0


def test_while_a_classifier_runs_it_says_why_it_is_shut(form) -> None:
    form.show_locked("The classifier needs it.")
    assert form.locked.isVisible()
    assert not form.band.isEnabled()
    assert not form.heart.isEnabled()
    form.show_locked("")
    assert not form.locked.isVisible()
    assert form.band.isEnabled()


def test_everything_has_a_name(form) -> None:
    form.show_hum(HUM)
    for field in (form.band, form.low, form.high, form.order, form.notch, form.heart, form.offer,
                  form.reset, form.curve):  # fmt: skip
        assert isinstance(field, QWidget)
        assert field.accessibleName()
