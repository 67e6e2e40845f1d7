"""What is kept of a therapy session: each set's set-up, what was watched, and all of it after
kill -9."""

from __future__ import annotations

import json
import math
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from emgstudio.core.clock import host_time
from emgstudio.session.reference import Method, Reference
from emgstudio.session.session import Session
from emgstudio.session.therapy.exercise import Phase
from emgstudio.session.therapy.goal import Goal
from emgstudio.session.therapy.plan import SETS, Muscle, Plan, Resting, plan_from
from emgstudio.session.therapy.protocol import Kind, Protocol, Step
from emgstudio.session.therapy.report import in_one_sentence, numbers
from emgstudio.session.therapy.results import therapy_result
from emgstudio.session.therapy.run import TherapyRun
from emgstudio.storage import recorder as recorder_module
from emgstudio.storage.annotations import read_annotations
from emgstudio.storage.recording import Recording
from tests.flow.session.sampled_time import SampledTime
from tests.flow.session.therapy_child import SAMPLES

Wait = Callable[..., None]
URI = "sim:clean?rate=1000&channels=2"


@pytest.fixture
def session(made_time: SampledTime) -> Iterator[Session]:
    with Session() as made:
        made_time.connect(made, URI, seconds=0.5)
        yield made


def plan(session: Session, goal: float = 5.0, **changes: object) -> Plan:
    stream = session.main_stream
    assert stream is not None
    protocol = Protocol("up", "Up", Kind.UP, (Step("", 1, 600.0, 600.0),), goals=(goal,))
    return Plan(
        protocol, (Muscle(stream.info.channels[0].name, "Deltoid"),), Goal(Kind.UP, goal),
        "C-0001", **changes,
    )  # fmt: skip


def work(run: TherapyRun, made_time: SampledTime) -> None:
    """A second of the work phase; what was done is in the file."""
    end = host_time() + 1.0

    def done() -> bool:
        run.advance(host_time())
        return host_time() > end

    made_time.until(done)
    assert run.exercise.left_s < 599.5
    assert math.isfinite(run.levels[0])


def do_a_repetition(run: TherapyRun, made_time: SampledTime) -> None:
    """One work phase with a known level, ended by hand."""
    run.begin(host_time())
    run.skip(host_time())
    assert run.exercise.part.phase is Phase.WORK
    work(run, made_time)
    run.rest_now(host_time())
    run.finish(host_time())


def written(session: Session, wait_until: Wait) -> None:
    """Wait until all that was sampled is in the file of the running recording."""
    recorder, stream = session.recorder, session.main_stream
    assert recorder is not None
    assert stream is not None
    wait_until(lambda: recorder.written(stream.raw) == stream.raw.head)


def test_each_set_of_a_running_recording_keeps_its_set_up(
    session: Session, made_time: SampledTime, wait_until: Wait
) -> None:
    stream = session.main_stream
    assert stream is not None
    session.start_recording(title="by hand")
    first = TherapyRun(session, stream, plan(session))
    do_a_repetition(first, made_time)
    again = TherapyRun(session, stream, plan(session, 7.0), first.exercise.sets + 1)
    do_a_repetition(again, made_time)
    assert session.recorder is not None
    kept = list(session.recorder.meta[SETS])
    assert [one["goal"]["low"] for one in kept] == [5.0, 7.0]
    path = session.recorder.path
    written(session, wait_until)
    both = therapy_result(path)
    assert [r.set_number for r in both.repetitions] == [1, 2]
    assert [r.goal.low for r in both.repetitions] == [5.0, 7.0]
    # Another exercise in the same recording stands alone.
    do_a_repetition(TherapyRun(session, stream, plan(session, 9.0)), made_time)
    session.stop_recording()
    assert [r.goal.low for r in therapy_result(path).repetitions] == [9.0]
    with Recording.open(path) as recording:
        stored = recording.meta[SETS]
    assert [one["goal"]["low"] for one in stored] == [5.0, 7.0, 9.0]


def test_a_set_is_told_in_per_cent_of_the_reference_that_was_measured_last(
    session: Session, made_time: SampledTime
) -> None:
    stream = session.main_stream
    assert stream is not None
    device, channel = session.device_of(stream), stream.info.channels[0]
    assert device is not None

    def store(value: float) -> None:
        when = "2026-11-21T10:00:00+00:00"
        made = Reference(channel.name, value, channel.unit, 0.5, Method.MVC, when)
        session.references.store(device.uri, stream.info, [made])

    store(100.0)
    before = plan(session)
    in_per_cent = replace(before, protocol=replace(before.protocol, reference=Method.MVC))
    run = TherapyRun(session, stream, in_per_cent)
    run.begin(host_time())
    run.skip(host_time())
    run.renew_references(host_time())
    assert not run.renewed
    store(400.0)
    run.pause(host_time())
    run.renew_references(host_time())
    run.resume(host_time())
    work(run, made_time)
    run.rest_now(host_time())
    run.finish(host_time())
    path = session.stop_recording()
    assert path is not None
    result = therapy_result(path)
    assert len(result.repetitions) == 1
    assert result.value("Deltoid", "reference") == 400.0
    assert [r for r in result.remarks if "measured anew" in r]
    # A recording that was begun since is not touched.
    session.start_recording(title="another")
    store(500.0)
    run.renew_references(host_time())
    assert session.recorder is not None
    assert SETS not in session.recorder.meta
    session.stop_recording()


def test_a_renewed_reference_is_still_told_after_another_set(
    session: Session, made_time: SampledTime
) -> None:
    stream = session.main_stream
    assert stream is not None
    session.start_recording(title="by hand")
    first = TherapyRun(session, stream, plan(session))
    first.begin(host_time())
    assert session.recorder is not None
    (mine,) = session.recorder.meta[SETS]
    session.recorder.update_meta({SETS: [{**mine, "reference_renewed": True}]})
    first.finish(host_time())
    again = TherapyRun(session, stream, plan(session), 2)
    do_a_repetition(again, made_time)
    path = session.stop_recording()
    assert path is not None
    assert [r for r in therapy_result(path).remarks if "measured anew" in r]
    session.start_recording(title="by hand")
    alone = TherapyRun(session, stream, plan(session))
    alone.begin(host_time())
    assert not alone.renewed
    alone.finish(host_time())
    session.stop_recording()


def test_a_muscle_that_should_be_soft_is_told_logged_and_counted(
    session: Session, made_time: SampledTime
) -> None:
    stream = session.main_stream
    assert stream is not None
    second = Muscle(stream.info.channels[1].name, "Trapezius", "right")
    # Nothing stays below a millionth, everything below a million: one alarms, one never.
    soft = (Resting(second, 1e-6), Resting(second, 1e6), Resting(second))
    run = TherapyRun(session, stream, plan(session, resting=soft))
    run.begin(host_time())
    run.advance(host_time())
    assert run.tense == []
    run.skip(host_time())

    def told() -> bool:
        run.advance(host_time())
        return bool(run.tense)

    made_time.until(told)
    assert [watch.words for watch in run.tense] == ["Trapezius right"]
    assert len(run.resting) == 3
    made_time.go(0.1)
    run.allow(host_time())
    assert run.tense == []
    run.finish(host_time())
    path = session.stop_recording()
    assert path is not None
    watched = [a for a in read_annotations(path) if a.track == "watch"]
    assert sorted(a.label for a in watched) == ["compensation", "limit"]
    assert next(a for a in watched if a.label == "compensation").duration > 0
    result = therapy_result(path)
    assert result.value("Trapezius right", "compensations") == 1.0
    assert result.value("Trapezius right", "time tense") > 0


def test_a_pause_counts_from_the_key_and_not_from_the_next_frame(session: Session) -> None:
    stream = session.main_stream
    assert stream is not None
    run = TherapyRun(session, stream, plan(session))
    run.begin(10.0)
    run.advance(11.0)
    run.pause(11.05)
    left = run.exercise.left_s
    assert left == pytest.approx(3.0 - 1.05)
    # However late frames come, the time stands still.
    run.advance(15.0)
    assert run.exercise.left_s == left
    run.resume(20.0)
    run.advance(20.5)
    assert run.exercise.left_s == pytest.approx(left - 0.5)
    run.finish(20.5)
    session.stop_recording()


@pytest.fixture
def child(tmp_path: Path) -> Iterator[subprocess.Popen[bytes]]:
    """A process in the middle of a set; what it has to tell goes to a file."""
    module = "tests.flow.session.therapy_child"
    command = [sys.executable, "-m", module, str(tmp_path / "kept"), str(tmp_path / "told")]
    with subprocess.Popen(command) as running:
        yield running
        running.kill()


def test_d8_a_set_survives_kill_9_and_a_second_at_most_is_lost(
    child: subprocess.Popen[bytes], tmp_path: Path, wait_until: Wait
) -> None:
    told = tmp_path / "told"
    wait_until(lambda: told.exists() or child.poll() is not None)
    assert child.poll() is None
    where, left = json.loads(told.read_text("utf-8"))
    path = Path(where)
    # Each round puts all that came before it into the files, and rounds are that far apart.
    assert left <= 0
    assert recorder_module.ROUND_S <= 1.0

    def on_disk() -> int:
        return sum(f.stat().st_size for f in path.iterdir() if f.suffix in SAMPLES)

    beyond = on_disk() + 500
    wait_until(lambda: on_disk() > beyond)
    there = on_disk()
    child.kill()
    child.wait()
    with Session() as session:
        session.update_settings(
            session.settings.changed("recording", folder=str(tmp_path / "kept"))
        )
        assert session.unfinished() == [path]
        session.recover(path).result()
        assert session.unfinished() == []
    assert on_disk() >= there
    with Recording.open(path) as recording:
        about = recording.meta[SETS]
        goals = [a.note for a in recording.annotations if a.label == "goal"]
        labels = {a.label for a in recording.annotations}
        assert recording.subject == "C-0007"
    kept = plan_from({k: v for k, v in about[0].items() if k in Plan.__slots__})
    assert (kept.client, kept.muscles[0].name, kept.resting[0].muscle.name) == (
        "C-0007", "Deltoid", "Trapezius",
    )  # fmt: skip
    assert [json.loads(note)["goal"]["low"] for note in goals] == [10.0]
    assert {"work", "goal", "mark", "compensation"} <= labels
    result = therapy_result(path)
    assert len(result.repetitions) == 1
    assert result.value("Trapezius", "compensations") >= 1.0
    assert in_one_sentence(result).startswith("Deltoid worked at")
    assert numbers(result)["client"] == "C-0007"
