"""A whole capture, played on rings without waiting."""

from __future__ import annotations

from datetime import UTC, datetime
from types import SimpleNamespace

import numpy as np
import pytest

from emgstudio.core.errors import EmgError
from emgstudio.core.ring import Ring
from emgstudio.core.types import Channel, ConditionSpec, StreamInfo
from emgstudio.session.reference import Method
from emgstudio.session.reference_capture import EffortPlan, Phase, ReferenceCapture

RATE = 1000
REST, STRONG = 3.0, 100.0


class Person:
    """A stream that is pushed with what a person does; time goes on with the samples."""

    def __init__(self, channels: int = 2) -> None:
        made = tuple(Channel(f"M{i + 1}", rails=(-1000.0, 1000.0)) for i in range(channels))
        self.stream = SimpleNamespace(
            info=StreamInfo("EMG", float(RATE), made, "int16", "Person"),
            raw=Ring(60 * RATE, channels, np.int16),
            clean=Ring(60 * RATE, channels, np.float32),
            condition=ConditionSpec(),
        )
        self.random = np.random.default_rng(0)
        self.now = 50.0
        self.scale = np.ones(channels)

    def give(self, seconds: float, level: float, capture: ReferenceCapture | None = None) -> None:
        """Signal of an RMS; ``capture`` is advanced every 50 ms."""
        for _ in range(round(seconds * 20)):
            self.push(self.random.normal(0, level, (50, len(self.scale))) * self.scale)
            if capture is not None:
                capture.advance(self.now)

    def push(self, x: np.ndarray) -> None:
        self.stream.raw.write(np.clip(np.round(x), -1000, 1000).astype(np.int16))
        self.stream.clean.write(x.astype(np.float32))
        self.now += len(x) / RATE

    def effort(self, capture: ReferenceCapture, level: float = STRONG) -> None:
        """Get ready, build up, hold, until the capture has what it wants."""
        while capture.phase is Phase.READY:
            self.give(0.05, REST, capture)
        for share in (0.25, 0.5, 0.75, 1.0):
            self.give(0.25, level * share, capture)
        while capture.phase is Phase.EFFORT:
            self.give(0.05, level, capture)


@pytest.fixture
def person() -> Person:
    return Person()


def capture_of(person: Person, method: Method = Method.MVC, **plan) -> ReferenceCapture:
    made = ReferenceCapture(person.stream, (0,), method, EffortPlan(**plan))
    made.start(person.now)
    return made


def test_three_good_trials_give_the_largest_value(person) -> None:
    capture = capture_of(person)
    levels = (100.0, 105.0, 98.0)
    for number, level in enumerate(levels):
        assert capture.step(person.now).trial == number + 1
        person.effort(capture, level)
        assert capture.trials(0)[-1].problems == ()
        if number < 2:
            assert capture.phase is Phase.REST
            capture.go_on(person.now)
    assert capture.phase is Phase.DONE
    (reference,) = capture.references(datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC))
    values = [trial.value for trial in capture.trials(0)]
    assert reference.value == max(values)
    assert reference.trials == tuple(values)
    # The largest of half seconds lies above the constant level: known, not corrected.
    assert 105 < reference.value < 105 * 1.16
    assert (reference.channel, reference.unit, reference.window_s) == ("M1", "µV", 0.5)
    assert (reference.method, reference.quality) == (Method.MVC, ())
    assert reference.condition == "20–450 Hz"
    assert reference.time == "2026-01-02T03:04:05+00:00"
    assert capture.differ(0) is None


def test_a_person_is_told_what_to_do_and_how_long(person) -> None:
    capture = capture_of(person)
    said = []
    while capture.phase is not Phase.REST:
        step = capture.step(person.now)
        assert 0 <= step.remaining_s <= 3.0
        if not said or said[-1] != step.words:
            said.append(step.words)
        person.give(0.05, REST, capture)
    assert said == [
        "Relax and get ready",
        "Build up slowly",
        "Hold as strong as you can – keep breathing",
    ]
    assert capture.step(person.now).remaining_s == pytest.approx(30.0, abs=0.2)
    person.give(29.0, REST, capture)
    assert capture.phase is Phase.REST
    person.give(1.5, REST, capture)
    assert capture.phase is Phase.READY


def test_a_rejected_trial_costs_one_more(person) -> None:
    capture = capture_of(person)
    person.effort(capture, 600.0)
    assert capture.trials(0)[0].problems[0] == "clipped"
    for _ in range(3):
        assert capture.phase is Phase.REST
        capture.go_on(person.now)
        person.effort(capture)
    assert capture.phase is Phase.DONE
    assert len(capture.references()[0].trials) == 3


def test_a_trial_can_be_used_anyway_and_the_reference_says_so(person) -> None:
    capture = capture_of(person)
    person.effort(capture, 600.0)
    capture.finish()
    with pytest.raises(EmgError, match="No trial can be used"):
        capture.references()
    capture.use_anyway(0, 0)
    (reference,) = capture.references()
    assert reference.quality == ("clipped",)


def test_effort_that_is_no_stronger_than_rest_is_weak(person) -> None:
    capture = capture_of(person)
    person.effort(capture, 2 * REST)
    assert capture.trials(0)[0].problems == ("weak",)


def test_best_two_that_differ_ask_for_one_more(person) -> None:
    capture = capture_of(person, trials=2)
    person.effort(capture, 100.0)
    capture.go_on(person.now)
    person.effort(capture, 75.0)
    assert capture.phase is Phase.DONE
    assert capture.differ(0) == pytest.approx(0.25, abs=0.07)
    capture.go_on(person.now)
    person.effort(capture, 101.0)
    assert capture.phase is Phase.DONE
    assert capture.differ(0) is None


def test_a_sensor_that_goes_silent_ends_the_effort(person) -> None:
    capture = capture_of(person)
    while capture.phase is not Phase.EFFORT:
        person.give(0.05, REST, capture)
    person.give(0.5, STRONG, capture)
    for seconds in range(12):
        capture.advance(person.now + seconds)
    assert capture.phase is Phase.REST
    assert capture.trials(0)[0].problems[0] == "lost"
    assert not capture.trials(0)[0].used


def test_endless_failures_end(person) -> None:
    capture = capture_of(person, rest_s=0.1)
    for _ in range(600):
        person.give(0.05, REST, capture)
        if capture.phase is Phase.DONE:
            break
        if capture.phase is Phase.EFFORT:
            person.give(0.5, 900.0, capture)
    assert capture.phase is Phase.DONE
    assert len(capture.efforts) == 6


def test_channels_that_rest_have_no_reference_and_hold_nothing_up(person) -> None:
    capture = ReferenceCapture(person.stream, (1, 0), Method.MVC)
    person.scale = np.array([1.0, 0.02])
    capture.start(person.now)
    for _ in range(3):
        person.effort(capture)
        person.scale = np.array([1.0, 0.02])
        capture.go_on(person.now) if capture.phase is Phase.REST else None
    assert capture.phase is Phase.DONE
    assert [r.channel for r in capture.references()] in (["M1"], ["M2", "M1"])
    by_name = {r.channel: r.value for r in capture.references()}
    assert by_name["M1"] > 90


def test_best_of_today_watches_until_it_is_told_to_stop(person) -> None:
    capture = capture_of(person, Method.BEST_OF_TODAY)
    assert capture.step(person.now).remaining_s is None
    person.give(5.0, 20.0, capture)
    person.give(1.0, 90.0, capture)
    assert capture.level() == pytest.approx(90, rel=0.1)
    person.stream.raw.skip(40)
    person.stream.clean.skip(40)
    person.give(0.3, 900.0, capture)
    person.give(3.0, 20.0, capture)
    capture.finish()
    assert capture.phase is Phase.DONE
    (reference,) = capture.references()
    # The clipped burst beside the gap does not count.
    assert reference.value == pytest.approx(90, rel=0.1)
    assert reference.method is Method.BEST_OF_TODAY


def test_stopping_before_a_window_is_full_gives_nothing(person) -> None:
    capture = capture_of(person, Method.BEST_OF_TODAY)
    person.give(0.3, 50.0, capture)
    capture.finish()
    with pytest.raises(EmgError, match="No trial"):
        capture.references()


def test_practice_comes_first_and_counts_for_nothing(person) -> None:
    capture = capture_of(person, practice=1)
    assert capture.step(person.now).trial == 0
    person.effort(capture, 300.0)
    assert (capture.phase, capture.efforts) == (Phase.REST, [])
    for number in (1, 2, 3):
        capture.go_on(person.now)
        assert capture.step(person.now).trial == number
        person.effort(capture, 100.0)
    assert capture.phase is Phase.DONE
    assert capture.references()[0].value < 150
