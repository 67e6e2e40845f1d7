"""A therapy session on a simulated sensor: levels, labels on the disk, results from the file."""

from __future__ import annotations

import math
from collections.abc import Iterator

import pytest

from emgstudio.core.clock import host_time
from emgstudio.core.errors import EmgError
from emgstudio.session.reference import Method, Reference
from emgstudio.session.session import Session
from emgstudio.session.therapy.exercise import Phase
from emgstudio.session.therapy.goal import Goal
from emgstudio.session.therapy.plan import Muscle, Plan
from emgstudio.session.therapy.protocol import Kind, Protocol, Step
from emgstudio.session.therapy.results import therapy_result
from emgstudio.session.therapy.run import TRACK, TherapyRun
from emgstudio.storage.annotations import read_annotations
from tests.flow.session.sampled_time import SampledTime

URI = "sim:clean?rate=1000&channels=2"


@pytest.fixture
def session(made_time: SampledTime) -> Iterator[Session]:
    with Session() as made:
        made_time.connect(made, URI, seconds=1.0)
        yield made


def plan(session: Session, **changes: object) -> Plan:
    protocol = Protocol(
        "short", "Short", Kind.UP, (Step("", 2, 0.6, 0.6),), reference=Method.MVC, goals=(1.0,)
    )
    stream = session.main_stream
    assert stream is not None
    muscles = (Muscle(stream.info.channels[0].name, "Vastus medialis", "left"),)
    return Plan(protocol, muscles, Goal(Kind.UP, 1.0), "C-0001", **changes)


def with_reference(session: Session) -> None:
    stream = session.main_stream
    assert stream is not None
    device = session.device_of(stream)
    assert device is not None
    channel = stream.info.channels[0]
    session.references.store(
        device.uri, stream.info,
        [Reference(channel.name, 50.0, channel.unit, 0.5, Method.MVC, "2026-11-21T10:00:00+00:00")],
    )  # fmt: skip


def test_a_goal_in_per_cent_needs_a_reference(session: Session) -> None:
    stream = session.main_stream
    assert stream is not None
    with pytest.raises(EmgError, match="no reference effort"):
        TherapyRun(session, stream, plan(session))


def test_a_session_is_labelled_while_it_runs_and_read_afterwards(
    session: Session, made_time: SampledTime
) -> None:
    with_reference(session)
    stream = session.main_stream
    assert stream is not None
    run = TherapyRun(session, stream, plan(session))
    assert run.unit == "%MVC"
    run.begin(host_time())
    recorder = session.recorder
    assert recorder is not None

    def begun() -> bool:
        run.advance(host_time())
        return run.exercise.part.phase is not Phase.PREPARE

    made_time.until(begun)
    # A crash now would keep the beginning.
    assert "work" in {a.label for a in read_annotations(recorder.path) if a.track == TRACK}
    run.move_goal(host_time(), 0.5)
    run.pause(host_time())
    made_time.go(0.1)
    run.resume(host_time())

    def done() -> bool:
        run.advance(host_time())
        return run.exercise.part.phase is Phase.DONE

    made_time.until(done)
    assert all(math.isfinite(level) for level in run.levels)
    assert 0.0 <= run.score <= 1.0
    run.finish(host_time())
    path = session.stop_recording()
    assert path is not None
    found = therapy_result(path)
    assert (found.client, found.unit, found.simulated) == ("C-0001", "%MVC", True)
    assert len(found.repetitions) == 2
    labels = [a.label for a in read_annotations(path) if a.track == TRACK]
    assert sorted(labels) == ["goal", "pause", "rest", "rest", "work", "work"]


def test_what_is_skipped_counts_neither_live_nor_afterwards(session: Session) -> None:
    with_reference(session)
    stream = session.main_stream
    assert stream is not None
    run = TherapyRun(session, stream, plan(session))
    now = host_time()
    run.begin(now)
    # The clock is the test's own: whatever the machine does, half of the work is done.
    run.skip(now + 0.1)
    run.advance(now + 0.4)
    run.skip(now + 0.4)
    run.skip(now + 0.5)
    run.advance(now + 0.6)
    run.finish(now + 0.6)
    path = session.stop_recording()
    assert path is not None
    assert run.exercise.repetitions == []
    assert len([a for a in read_annotations(path) if a.label == "work"]) == 2
    assert therapy_result(path).repetitions == ()
