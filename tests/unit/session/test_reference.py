"""References are kept with all that makes them comparable, and never mixed."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace

import numpy as np
import pytest

from emgstudio.core.errors import EmgError
from emgstudio.core.types import Channel, StreamInfo
from emgstudio.session.reference import (
    FILE,
    AboveReference,
    Method,
    Reference,
    ReferenceBook,
    check_comparable,
    percent,
    percent_name,
    recorded_references,
    reference_values,
    taken,
)

URI = "sim:gestures?rate=1000"
INFO = StreamInfo(
    "EMG", 1000.0, (Channel("Biceps"), Channel("Triceps"), Channel("Deltoid")), "int16", "Sim"
)
TIME = "2026-11-21T09:30:00+00:00"


def made(channel: str = "Biceps", value: float = 400.0, **how) -> Reference:
    plain = Reference(channel, value, "µV", 0.5, Method.MVC, TIME)
    return replace(plain, **how)


def test_what_is_stored_comes_back_from_the_file(tmp_path) -> None:
    kept = made(quality=("clipped",), condition="20–450 Hz", trials=(390.0, 400.0))
    ReferenceBook(tmp_path).store(URI, INFO, [kept])
    again = ReferenceBook(tmp_path)
    assert again.of(URI, INFO) == (kept, None, None)
    # Options of an address are not part of the place of a sensor.
    assert again.of("sim:gestures?rate=2000", INFO)[0] == kept
    assert again.of("sim:forearm", INFO) == (None, None, None)


def test_a_newer_one_replaces_and_forgetting_takes_all(tmp_path) -> None:
    book = ReferenceBook(tmp_path)
    book.store(URI, INFO, [made(), made("Triceps", 200.0)])
    book.store(URI, INFO, [made(value=500.0)])
    assert [r and r.value for r in book.of(URI, INFO)] == [500.0, 200.0, None]
    book.forget(URI, INFO)
    assert ReferenceBook(tmp_path).of(URI, INFO) == (None, None, None)


def test_windows_are_never_mixed(tmp_path) -> None:
    other = made("Triceps", window_s=0.25)
    with pytest.raises(EmgError, match="250 and 500 ms"):
        check_comparable([made(), other])
    book = ReferenceBook(tmp_path)
    book.store(URI, INFO, [made()])
    with pytest.raises(EmgError, match="windows"):
        book.store(URI, INFO, [other])
    assert book.of(URI, INFO)[1] is None
    book.store(URI, INFO, [made(window_s=0.25), other])


def test_methods_are_not_compared(tmp_path) -> None:
    with pytest.raises(EmgError, match="different ways"):
        check_comparable([made(), made(method=Method.SUBMAXIMAL)])
    check_comparable([made(), made("Triceps")])


def test_percent_is_of_each_channels_own_reference() -> None:
    references = (made(), None, made("Deltoid", 200.0))
    values = np.array([[100.0, 50.0, 300.0], [400.0, 0.0, 0.0]])
    np.testing.assert_allclose(percent(values, references), [[25, np.nan, 150], [100, np.nan, 0]])
    np.testing.assert_allclose(reference_values(references), [400, np.nan, 200])


def test_only_a_maximum_is_called_mvc() -> None:
    assert percent_name([made(), None]) == "%MVC"
    assert "MVC" not in percent_name([made(method=Method.BEST_OF_TODAY)])
    assert percent_name([made(), made("Triceps", method=Method.SUBMAXIMAL)]) == "%"
    assert made(condition="20–450 Hz").recipe == "Maximum (MVC), RMS over 500 ms, 20–450 Hz"


def test_a_reference_in_another_unit_is_none(tmp_path) -> None:
    book = ReferenceBook(tmp_path)
    book.store(URI, INFO, [made()])
    other = replace(INFO, channels=(Channel("Biceps", unit="mV"), *INFO.channels[1:]))
    assert book.of(URI, other)[0] is None


def test_above_the_reference_needs_half_a_second() -> None:
    rule = AboveReference()
    assert not rule.update(106.0, 10.0)
    assert not rule.update(120.0, 10.4)
    assert rule.update(110.0, 10.5)
    assert not rule.update(104.0, 10.6)
    assert not rule.update(200.0, 10.7)
    assert not rule.update(float("nan"), 11.5)


def test_a_recording_keeps_what_its_streams_have(tmp_path) -> None:
    book = ReferenceBook(tmp_path)
    device = SimpleNamespace(uri=URI, streams=[SimpleNamespace(info=INFO)])
    assert recorded_references(book, [device]) == {}
    book.store(URI, INFO, [made()])
    kept = json.loads(json.dumps(recorded_references(book, [device])))["references"]
    assert kept[0]["stream"] == "EMG"
    assert (kept[0]["channel"], kept[0]["value"], kept[0]["method"]) == ("Biceps", 400.0, "mvc")
    assert kept[0]["window_s"] == 0.5


@pytest.mark.parametrize(
    "text",
    ["", "[]", '{"sensors": 3}', '{"schema": 1}', "\x00", '{"sensors": {"sim:gestures": 4}}'],
)
def test_an_unreadable_file_counts_as_empty(tmp_path, text) -> None:
    (tmp_path / FILE).write_text(text)
    book = ReferenceBook(tmp_path)
    assert book.of(URI, INFO) == (None, None, None)
    book.store(URI, INFO, [made()])
    assert ReferenceBook(tmp_path).of(URI, INFO)[0] == made()


@pytest.mark.parametrize(
    "change",
    [{"value": "much"}, {"value": -1}, {"method": "guess"}, {"window_s": 0}, {"time": "noon"}],
)
def test_an_entry_that_makes_no_sense_is_left_out(tmp_path, change) -> None:
    ReferenceBook(tmp_path).store(URI, INFO, [made(), made("Triceps")])
    path = tmp_path / FILE
    stored = json.loads(path.read_text("utf-8"))
    stored["sensors"]["sim:gestures"]["EMG"]["Biceps"] |= change
    path.write_text(json.dumps(stored))
    assert [r is None for r in ReferenceBook(tmp_path).of(URI, INFO)] == [True, False, True]


def test_a_disk_that_refuses_is_told(tmp_path) -> None:
    (tmp_path / "there").write_text("a file, not a folder")
    with pytest.raises(EmgError, match="could not be saved"):
        ReferenceBook(tmp_path / "there").store(URI, INFO, [made()])


def test_how_old_a_reference_is_in_words() -> None:
    now = datetime(2026, 11, 21, 14, 0, tzinfo=UTC)
    assert taken(made(), now) == "today 09:30"
    assert taken(made(), now + timedelta(days=1)) == "yesterday"
    assert taken(made(), now + timedelta(days=5)) == "5 days ago"
