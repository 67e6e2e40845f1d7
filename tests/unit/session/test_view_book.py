"""Filter and thresholds are remembered for each sensor, and told when they are used again."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from emgstudio.core.errors import EmgError
from emgstudio.core.outbox import Outbox
from emgstudio.core.types import Channel, ConditionSpec, Level, StreamInfo
from emgstudio.session.view_book import ViewBook, kept_condition

URI = "serial:/dev/ttyUSB0?rate=500"
INFO = StreamInfo("EMG", 1000.0, (Channel("Biceps"), Channel("Triceps")), "int16", "Board")
NOTCH = ConditionSpec(low_hz=30.0, notch_hz=50.0, notch_at=(1, 3))


def test_a_filter_comes_back_and_is_told(tmp_path: Path) -> None:
    ViewBook(tmp_path).keep_condition(URI, "EMG", NOTCH)
    outbox = Outbox()
    # The same sensor with other options.
    found = kept_condition(ViewBook(tmp_path), outbox, "serial:/dev/ttyUSB0", INFO)
    assert found == NOTCH
    (said,) = outbox.drain()
    assert "as you left it" in said.text
    assert "50" in said.text


def test_the_usual_filter_is_not_worth_a_word(tmp_path: Path) -> None:
    book, outbox = ViewBook(tmp_path), Outbox()
    assert kept_condition(book, outbox, URI, INFO) == ConditionSpec()
    book.keep_condition(URI, "EMG", NOTCH)
    book.keep_condition(URI, "EMG", ConditionSpec())
    assert kept_condition(book, outbox, URI, INFO) == ConditionSpec()
    assert outbox.drain() == []


def test_a_filter_that_makes_no_sense_is_left_out_and_said(tmp_path: Path) -> None:
    book, outbox = ViewBook(tmp_path), Outbox()
    book.keep_condition(URI, "EMG", ConditionSpec(low_hz=400.0, high_hz=30.0))
    assert kept_condition(book, outbox, URI, INFO) == ConditionSpec()
    (said,) = outbox.drain()
    assert said.level is Level.WARNING
    assert "cannot be used" in said.text


@pytest.mark.parametrize(
    "damaged",
    [{"low_hz": "20"}, {"order": 4.5}, {"notch_at": ["1"]}, {"notch_at": 3}, {"notch_q": None}, []],
)
def test_a_damaged_filter_is_as_none(tmp_path: Path, damaged: object) -> None:
    book = ViewBook(tmp_path)
    book.keep_condition(URI, "EMG", NOTCH)
    stored = json.loads((tmp_path / "views.json").read_text("utf-8"))
    (sensor,) = stored["sensors"].values()
    sensor["EMG"]["filter"] = damaged
    (tmp_path / "views.json").write_text(json.dumps(stored), "utf-8")
    outbox = Outbox()
    assert kept_condition(ViewBook(tmp_path), outbox, URI, INFO) == ConditionSpec()
    assert outbox.drain() == []


def test_thresholds_belong_to_names_and_units(tmp_path: Path) -> None:
    ViewBook(tmp_path).keep_thresholds(URI, INFO, np.array([45.0, np.nan]))
    again = ViewBook(tmp_path)
    np.testing.assert_array_equal(again.thresholds(URI, INFO), [45.0, np.nan])
    swapped = StreamInfo("EMG", 1000.0, INFO.channels[::-1], "int16", "Board")
    np.testing.assert_array_equal(again.thresholds(URI, swapped), [np.nan, 45.0])
    volts = (Channel("Biceps", "mV"), Channel("Triceps", "mV"))
    other = StreamInfo("EMG", 1000.0, volts, "int16", "Board")
    assert np.isnan(again.thresholds(URI, other)).all()
    assert np.isnan(again.thresholds("serial:COM9", INFO)).all()


def test_filter_and_thresholds_do_not_touch_each_other(tmp_path: Path) -> None:
    book = ViewBook(tmp_path)
    book.keep_condition(URI, "EMG", NOTCH)
    book.keep_thresholds(URI, INFO, np.array([1.0, 2.0]))
    assert book.condition(URI, "EMG") == NOTCH


def test_a_folder_that_takes_nothing_is_said(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(EmgError, match="could not be saved"):
        ViewBook(tmp_path / "file").keep_condition(URI, "EMG", NOTCH)
