"""What lines of numbers show, and what a person makes of it."""

from __future__ import annotations

import pytest

from emgstudio.core.errors import EmgError
from emgstudio.core.types import MICROVOLT
from emgstudio.devices.drivers.ascii_lines import AsciiDriver
from emgstudio.devices.drivers.ascii_options import AsciiOptions, scale_of, scale_through
from emgstudio.devices.drivers.ascii_teach import (
    Lesson,
    Use,
    follow,
    learn,
    pasted_lines,
    ranges,
    taught_options,
)
from emgstudio.devices.emulators.ascii_lines import AsciiEmulator
from emgstudio.devices.emulators.emulator import Faults
from emgstudio.devices.links.loopback import LoopbackLink

pytestmark = pytest.mark.usefixtures("stepped_time")

BASE = AsciiOptions()
PASTED = "time;biceps;triceps;beat\n" + "\n".join(
    f"{2 * k};{500 + (k * 37) % 90};{400 + (k * 53) % 70};{k % 7}" for k in range(40)
)


def lesson_of(text: str = PASTED) -> Lesson:
    lesson = learn(pasted_lines(text))
    assert lesson is not None
    return lesson


def test_pasted_lines_show_separator_names_clock_and_rate() -> None:
    lesson = lesson_of()
    assert lesson.separator == "semicolon"
    assert lesson.names == ("time", "biceps", "triceps", "beat")
    assert lesson.uses == (Use.TIME, Use.EMG, Use.EMG, Use.EMG)
    assert lesson.rate == 500.0
    assert (lesson.count, lesson.odd) == (41, 1), "the line of names is no line of numbers"


@pytest.mark.parametrize(
    ("first", "use", "rate"),
    [
        (lambda k: k, Use.COUNTER, 0.0),
        (lambda k: 1000 * k, Use.TIME, 1000.0),
        (lambda k: 4 * k, Use.TIME, 250.0),
        (lambda k: k * 0.002, Use.TIME, 500.0),
    ],
)
def test_counters_and_clocks_of_pasted_lines(first, use: Use, rate: float) -> None:
    text = "\n".join(f"{first(k)} {(k * 37) % 90}" for k in range(40))
    lesson = lesson_of(text)
    assert lesson.uses == (use, Use.EMG)
    assert lesson.rate == rate


def test_a_second_clock_is_ignored() -> None:
    text = "\n".join(f"{k},{2 * k},{(k * 37) % 90}" for k in range(40))
    assert lesson_of(text).uses == (Use.COUNTER, Use.IGNORE, Use.EMG)


@pytest.mark.parametrize("text", ["", "hello\nworld", "1,2"])
def test_too_little_shows_nothing(text: str) -> None:
    assert learn(pasted_lines(text)) is None


def test_what_a_person_says_becomes_options() -> None:
    lesson = lesson_of()
    plain = taught_options(lesson, lesson.uses, lesson.names, BASE)
    assert (plain.columns, plain.order, plain.names) == ("", "auto", "")
    uses = (Use.IGNORE, Use.EMG, Use.IGNORE, Use.EMG)
    said = taught_options(lesson, uses, ("", "arm", "", "beat"), BASE)
    assert (said.columns, said.order, said.names) == ("2,4", "none", "arm,beat")
    assert said.separator == "semicolon"


@pytest.mark.parametrize(
    ("uses", "names", "words"),
    [
        ((Use.TIME, *[Use.IGNORE] * 3), "abcd", "No column is EMG"),
        ((Use.TIME, Use.COUNTER, Use.EMG, Use.EMG), "abcd", "Columns 1 and 2"),
        ((Use.EMG, Use.EMG, Use.EMG, Use.COUNTER), "abcd", "Column 4 does not count"),
        ((Use.TIME, Use.EMG, Use.EMG, Use.EMG), "abbd", "one name"),
        ((Use.TIME, Use.EMG, Use.EMG, Use.EMG), ("a", "b", "c,d", "e"), "comma"),
    ],
)
def test_what_cannot_be_is_explained(uses, names, words: str) -> None:
    with pytest.raises(EmgError, match=words):
        taught_options(lesson_of(), uses, tuple(names), BASE)


def test_columns_are_written_as_people_do() -> None:
    assert ranges([1, 2, 3, 5]) == "2-4,6"
    assert ranges([0]) == "1"


def test_a_scale_through_two_points() -> None:
    scale = scale_through((512.0, 0.0), (1023.0, 1500.0))
    assert scale.zero == pytest.approx(512.0)
    assert scale.factor * (1023.0 - scale.zero) == pytest.approx(1500.0)
    falling = scale_through((600.0, -100.0), (400.0, 100.0))
    assert falling.factor == pytest.approx(-1.0)
    assert falling.zero == pytest.approx(500.0)
    for low, high in (((1.0, 0.0), (1.0, 5.0)), ((1.0, 5.0), (2.0, 5.0))):
        with pytest.raises(EmgError, match="Both points"):
            scale_through(low, high)


def test_a_converter_is_a_scale_and_nothing_said_is_none() -> None:
    assert scale_of(BASE) is None
    scale = scale_of(AsciiOptions(vref=5.0, bits=10, gain=200.0))
    assert scale is not None
    assert scale.factor == pytest.approx(5e6 / 1024 / 200)
    assert (scale.zero, scale.rails) == (512.0, (0.0, 1023.0))


def test_the_driver_does_as_it_was_taught() -> None:
    emulator = AsciiEmulator(Faults(), 1000.0, 3)
    options = AsciiOptions(columns="2,4", names="arm,leg", factor=2.0, zero=500.0, rate=1000.0)
    driver, link = AsciiDriver(options), LoopbackLink(emulator)
    link.open()
    (info,) = driver.start(link)
    assert [c.name for c in info.channels] == ["arm", "leg"]
    assert {(c.unit, c.scale, c.offset) for c in info.channels} == {(MICROVOLT, 2.0, -1000.0)}
    seen = learn(driver.remembered)
    assert seen is not None
    assert seen.uses == (Use.COUNTER, Use.EMG, Use.EMG, Use.EMG)
    link.close()


def test_names_that_do_not_fit_are_refused_with_what_helps() -> None:
    emulator = AsciiEmulator(Faults(), 1000.0, 2)
    link = LoopbackLink(emulator)
    link.open()
    with pytest.raises(EmgError, match="2 signal columns and 3 names"):
        AsciiDriver(AsciiOptions(names="a,b,c", rate=1000.0)).start(link)
    link.close()


def test_newer_lines_are_followed_until_they_look_different() -> None:
    lesson = lesson_of()
    newer = pasted_lines("\n".join(f"{100 + 2 * k};{k};{k};{k}" for k in range(10)) + "\nhm")
    followed = follow(lesson, newer)
    assert followed is not None
    assert followed.values.shape == (10, 4)
    assert (followed.count, followed.odd) == (11, 1)
    assert followed.uses == lesson.uses
    assert follow(lesson, pasted_lines("1;2\n3;4")) is None
    assert follow(lesson, ()) is None
