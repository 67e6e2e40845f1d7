"""What is remembered of each sensor survives a restart and never changes samples."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from emgstudio.core.errors import EmgError
from emgstudio.core.types import Channel, StreamInfo
from emgstudio.devices.registry import open_device
from emgstudio.session.sensors import FILE, ChannelNote, SensorBook, isolation_unknown, place_of

URI = "serial:/dev/ttyACM0?driver=chords"
INFO = StreamInfo(
    "EMG", 500.0, (Channel("A0", "mV", 0.5), Channel("A1", "mV", 0.5)), "int16", "board"
)


def test_confirmed_once_is_confirmed_after_a_restart_whatever_the_options(tmp_path: Path) -> None:
    assert not SensorBook(tmp_path).confirmed(URI)
    SensorBook(tmp_path).confirm(f"{URI}&gain=100")
    assert SensorBook(tmp_path).confirmed(URI)
    assert not SensorBook(tmp_path).confirmed("serial:/dev/ttyACM1?driver=chords")


def test_a_channel_map_gives_names_muscles_and_sides(tmp_path: Path) -> None:
    book = SensorBook(tmp_path)
    book.confirm(URI)
    book.set_notes(URI, "EMG", [ChannelNote("VM left", "vastus medialis", "left")])
    again = SensorBook(tmp_path)
    first, second = again.described(URI, INFO).channels
    assert (first.name, first.site, first.side) == ("VM left", "vastus medialis", "left")
    assert (first.unit, first.scale) == ("mV", 0.5)
    assert second == INFO.channels[1]
    assert again.confirmed(URI)
    assert again.described("sim:clean", INFO) is INFO


def test_a_channel_is_used_unless_somebody_said_it_is_not(tmp_path: Path) -> None:
    book = SensorBook(tmp_path)
    book.set_notes(URI, "EMG", [ChannelNote(), ChannelNote(used=False)])
    assert [c.used for c in SensorBook(tmp_path).described(URI, INFO).channels] == [True, False]
    stored = json.loads((tmp_path / FILE).read_text("utf-8"))
    for note in stored["sensors"][place_of(URI)]["channels"]["EMG"]:
        del note["used"]
    (tmp_path / FILE).write_text(json.dumps(stored), "utf-8")
    assert [c.used for c in SensorBook(tmp_path).described(URI, INFO).channels] == [True, True]


def test_one_name_is_for_one_channel(tmp_path: Path) -> None:
    book = SensorBook(tmp_path)
    with pytest.raises(EmgError, match="Two channels are named “VM”"):
        book.set_notes(URI, "EMG", [ChannelNote("VM"), ChannelNote("VM")])
    book.set_notes(URI, "EMG", [ChannelNote("A1")])
    assert book.described(URI, INFO) is INFO, "would be the second channel's own name"


@pytest.mark.parametrize("text", ["{", "[]", '{"sensors": 3}', "\udcff"])
def test_an_unreadable_file_is_kept_beside(tmp_path: Path, text: str) -> None:
    (tmp_path / FILE).write_text(text, "utf-8", errors="surrogateescape")
    book = SensorBook(tmp_path)
    assert not book.confirmed(URI)
    assert (tmp_path / f"{FILE}.bad").exists()
    book.confirm(URI)
    assert SensorBook(tmp_path).confirmed(URI)


def test_odd_entries_do_no_harm(tmp_path: Path) -> None:
    stored = {"sensors": {URI: {"channels": {"EMG": [3, {"name": 7}]}}, "x": 1}}
    (tmp_path / FILE).write_text(json.dumps(stored), "utf-8")
    book = SensorBook(tmp_path)
    assert [c.name for c in book.described(URI, INFO).channels] == ["A0", "7"]


@pytest.mark.parametrize(
    ("uri", "unknown"),
    [
        (URI, True),
        ("serial:COM4?driver=ascii", True),
        ("serial:COM4?driver=cyton", False),
        ("ble:AA:BB?driver=myo", False),
        ("sim:clean", False),
    ],
)
def test_boards_at_a_cable_need_a_word_about_isolation(uri: str, unknown: bool) -> None:
    driver, _link = open_device(uri)
    assert isolation_unknown(uri, driver) is unknown


def test_options_are_kept_for_a_sensor_and_given_where_none_are_said(tmp_path: Path) -> None:
    book = SensorBook(tmp_path)
    plain = "serial:COM4?driver=ascii"
    assert book.with_kept_options(plain) == plain
    book.keep_options(f"{plain}&vref=5.0&names=arm%2Cleg")
    again = SensorBook(tmp_path)
    assert again.with_kept_options(plain) == f"{plain}&vref=5.0&names=arm%2Cleg"
    assert again.with_kept_options(f"{plain}&vref=3.3") == f"{plain}&vref=3.3"
    assert again.with_kept_options("serial:COM4?driver=chords") == "serial:COM4?driver=chords"
