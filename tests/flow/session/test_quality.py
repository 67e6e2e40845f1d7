"""The lamps of a running session, what they do, and what a recording keeps of them."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from emgstudio.core.clock import host_time
from emgstudio.core.types import Source
from emgstudio.dsp.quality_lamps import LampLevel
from emgstudio.session.quality import ChannelQuality, worst
from emgstudio.session.quality_actions import act
from emgstudio.session.session import Session
from tests.flow.session.sampled_time import SampledTime

Wait = Callable[..., None]
Watched = Callable[..., Session]


@pytest.fixture
def session(tmp_path: Path) -> Iterator[Session]:
    with Session(tmp_path / "settings") as made:
        yield made


@pytest.fixture
def watched(session: Session, made_time: SampledTime) -> Watched:
    """Connect a device and look at it, without the thread that else does, until something lights.

    Nothing changes after that: neither time nor a look of the thread.
    """
    session.quality.stop()

    def until(uri: str, lights: Callable[[dict[str, str]], bool]) -> Session:
        made_time.connect(session, uri)

        def looked() -> bool:
            session.quality.look(host_time())
            return lights(lit(session))

        made_time.until(looked)
        return session

    return until


def connected(session: Session, wait_until: Wait, uri: str) -> str:
    device = session.connect(uri)
    wait_until(lambda: session.main_stream is not None)
    return device


def lamps(session: Session) -> tuple[ChannelQuality, ...]:
    stream = session.main_stream
    return () if stream is None else session.quality.lamps(stream)


def lit(session: Session) -> dict[str, str]:
    return {quality.name: quality.code for quality in lamps(session) if quality.code}


def test_c3_starting_in_spite_of_a_dead_channel_is_kept_in_the_recording(
    watched: Watched, made_time: SampledTime, tmp_path: Path
) -> None:
    session = watched("sim:off", lambda lit: lit == {"EMG 3": "Q-OFF"})
    assert worst(lamps(session)) is LampLevel.STOP
    third = lamps(session)[2]
    assert "No signal on EMG 3" in third.sentence
    session.start_recording(tmp_path / "recordings")
    session.annotate("mine")
    made_time.go(0.1)
    folder = session.stop_recording()
    assert folder is not None
    kept = {a.label: a for a in session.open_recording(folder).annotations}
    assert kept["quality override"].note == "Started with Q-OFF on EMG 3"
    assert kept["quality override"].source is Source.USER
    assert kept["Q-OFF"].channels == (2,)
    assert kept["Q-OFF"].track == "quality"
    assert kept["Q-OFF"].stop > kept["Q-OFF"].start


def test_undo_does_not_touch_what_the_lamps_said(watched: Watched, tmp_path: Path) -> None:
    session = watched("sim:off", lambda lit: "EMG 3" in lit)
    session.start_recording(tmp_path / "recordings")
    assert session.undo() is None
    session.annotate("mine")
    assert session.undo() == "Add “mine”"
    folder = session.stop_recording()
    assert folder is not None
    labels = {a.label for a in session.open_recording(folder).annotations}
    assert labels == {"quality override", "Q-OFF"}


def test_hum_is_filtered_when_asked(watched: Watched) -> None:
    session = watched("sim:hum", lambda lit: "Q-HUM" in lit.values())
    stream = session.main_stream
    assert stream is not None
    quality = next(q for q in lamps(session) if q.code == "Q-HUM")
    assert stream.condition.notch_hz is None
    said = act(session, stream, quality.lamps[0].action, quality)
    assert stream.condition.notch_hz == 50.0
    assert "50 Hz" in said
    act(session, stream, "trunk-filter", quality)
    assert stream.condition.low_hz == 30.0
    assert act(session, stream, "doctor", quality) == ""


def test_a_silent_device_says_so_after_a_second(session: Session, wait_until: Wait) -> None:
    connected(session, wait_until, "sim:battery?speed=50&fault_at=0&fault_s=10")
    wait_until(lambda: len(lamps(session)) == 4)
    wait_until(lambda: set(lit(session).values()) == {"Q-OFF"})


def test_the_watch_ends_with_the_session_and_may_end_twice(
    tmp_path: Path, wait_until: Wait
) -> None:
    with Session(tmp_path / "settings") as session:
        assert "quality" not in [t.name for t in threading.enumerate()]
        connected(session, wait_until, "sim:clean")
        assert "quality" in [t.name for t in threading.enumerate()]
        session.quality.stop()
    assert "quality" not in [t.name for t in threading.enumerate()]


@pytest.mark.logs_warnings
def test_a_fault_in_a_rule_costs_the_lamps_and_nothing_else(
    session: Session, wait_until: Wait, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(_now: float) -> None:
        raise ZeroDivisionError("on purpose")

    monkeypatch.setattr(session.quality, "look", broken)
    connected(session, wait_until, "sim:clean")
    texts: list[str] = []

    def told() -> bool:
        texts.extend(str(item) for item in session.outbox.drain())
        return any("quality lamps are off" in text for text in texts)

    wait_until(told)
    stream = session.main_stream
    assert stream is not None
    before = stream.received
    wait_until(lambda: stream.received > before)


def test_a_channel_that_is_not_used_has_no_lamp(watched: Watched) -> None:
    session = watched("sim:off", lambda lit: "EMG 3" in lit)
    stream = session.main_stream
    assert stream is not None
    channels = tuple(replace(c, used=k != 2) for k, c in enumerate(stream.info.channels))
    stream.info = replace(stream.info, channels=channels)
    session.quality.look(host_time())
    assert [quality.channel for quality in lamps(session)] == [0, 1, 3]
