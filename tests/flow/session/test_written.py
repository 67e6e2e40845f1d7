"""What was labelled is in the file before anything is read from it, however late the disk is."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from dataclasses import replace

import pytest

from emgstudio.core.ring import Ring
from emgstudio.devices.stream import Stream
from emgstudio.ml.protocol import CuePlan
from emgstudio.session.calibration import Calibration
from emgstudio.session.session import Session
from emgstudio.session.written import wait_until_written
from emgstudio.storage.intake import Intake
from emgstudio.storage.recorder import Recorder
from emgstudio.storage.recording import Recording
from tests.flow.session.sampled_time import SampledTime

ONE = CuePlan(("fist",), repetitions=1, hold_s=0.5, pause_s=0.0, countdown_s=0.0, rest_s=0.0)


class HeldUp:
    """A step of the river that stands still until three times was asked what is written."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.free = threading.Event()
        self._monkeypatch = monkeypatch
        self._asked = 0
        written = Recorder.written

        def asked(recorder: Recorder, ring: Ring) -> int:
            self._asked += 1
            if self._asked == 3:
                self.free.set()
            return written(recorder, ring)

        monkeypatch.setattr(Recorder, "written", asked)

    def hold(self, where: type, name: str) -> None:
        step = getattr(where, name)

        def held_up(*what: object) -> object:
            self.free.wait()
            return step(*what)

        self._monkeypatch.setattr(where, name, held_up)


@pytest.fixture
def held_up(monkeypatch: pytest.MonkeyPatch) -> Iterator[HeldUp]:
    made = HeldUp(monkeypatch)
    yield made
    made.free.set()


@pytest.fixture
def session(made_time: SampledTime, held_up: HeldUp) -> Iterator[Session]:
    """With a sensor, and a hold of 0.5 s of which 0.3 s have passed."""
    with Session() as made:
        made_time.connect(made, "sim:gestures?rate=400")
        made.start_calibration(ONE).advance()
        made_time.go(0.3)
        yield made
        held_up.free.set()


def end_of_the_hold(session: Session, made_time: SampledTime) -> Calibration:
    calibration = session.calibration
    assert calibration is not None
    made_time.now += 0.5
    calibration.advance()
    assert calibration.finished
    return calibration


def missing_s(calibration: Calibration) -> float:
    """Seconds of what is labelled that the file lacks."""
    with Recording.open(calibration.path) as recording:
        there = recording.main.start_s + recording.main.duration_s
    return max(take.stop for take in calibration.takes) - there


def test_labelled_samples_that_the_disk_takes_late_are_waited_for(
    session: Session, made_time: SampledTime, held_up: HeldUp
) -> None:
    held_up.hold(Intake, "take")
    calibration = end_of_the_hold(session, made_time)
    calibration.wait_until_written()
    assert missing_s(calibration) < 0.01


def test_the_last_take_is_whole_although_its_end_is_still_on_its_way(
    session: Session, made_time: SampledTime, held_up: HeldUp
) -> None:
    held_up.hold(Stream, "accept")
    calibration = end_of_the_hold(session, made_time)
    session.train_calibration()
    assert session.recorder is None
    assert missing_s(calibration) < 0.01


def test_nobody_waits_for_what_a_device_did_not_send_any_more(
    session: Session, made_time: SampledTime, held_up: HeldUp
) -> None:
    held_up.hold(Intake, "take")
    next(iter(session.devices.values())).stop()
    calibration = end_of_the_hold(session, made_time)
    calibration.wait_until_written()
    assert 0.1 < missing_s(calibration) < 0.3, "what it sent is there"


def test_all_up_to_now_of_a_running_recording_is_waited_for(
    session: Session, made_time: SampledTime, held_up: HeldUp
) -> None:
    held_up.hold(Intake, "take")
    calibration = end_of_the_hold(session, made_time)
    wait = session.recording.whole_until_now()
    made_time.go(0.1)
    wait()
    assert missing_s(calibration) < 0.01


@pytest.mark.parametrize("why", ["never came", "not recorded", "played at half the speed"])
def test_a_stream_of_which_nothing_more_is_due_is_not_waited_for(
    session: Session, made_time: SampledTime, why: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    session.stop_recording()
    worker = next(iter(session.devices.values()))
    other = Stream(replace(worker.streams[0].info, name="other"), worker.streams[0].condition)
    if why != "never came":
        # By its clock ten samples more are due than there are.
        other.clock.update(10, made_time.now)
    if why != "not recorded":
        worker.streams += (other,)
    if why == "played at half the speed":
        monkeypatch.setattr(worker.driver, "options", replace(worker.driver.options, speed=0.5))
    session.start_recording()
    recorder = session.recording.running
    task = session.tasks.submit(
        "wait", lambda _progress: wait_until_written(recorder, worker, other, recorder.now())
    )
    # The made time stands still, so whoever waits does so until the recording ends.
    assert task.wait(60.0)


def test_of_a_recording_that_has_ended_nothing_is_waited_for(session: Session) -> None:
    session.stop_recording()
    session.recording.whole_until_now()()
