"""What other programs get from us over the Lab Streaming Layer."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from emgstudio.core.clock import host_time
from emgstudio.core.outbox import Outbox
from emgstudio.core.types import (
    Channel,
    ConditionSpec,
    Decision,
    Gap,
    Marker,
    SampleBlock,
    StreamInfo,
)
from emgstudio.devices.stream import Stream
from emgstudio.session.lsl_clock import lsl_ahead
from emgstudio.session.lsl_outlet import DECISIONS, MARKERS, LslOutlet
from emgstudio.session.session import Session
from tests.own_lsl import own_lsl

Wait = Callable[..., None]
# Far above what any of it takes.
GIVE_UP_S = 60.0


@pytest.fixture(scope="module")
def lsl() -> Any:
    return own_lsl()


class Given:
    """What a session has, as far as an outlet looks."""

    def __init__(self, *streams: Stream) -> None:
        self.outbox = Outbox()
        self.recorder: Any = None
        self.decoder: Any = None
        self.streams = streams


class Decider:
    decisions: tuple[Decision, ...] = ()


def inlet_of(lsl: Any, name: str) -> Any:
    (found, *_) = lsl.resolve_byprop("name", name, 1, GIVE_UP_S)
    inlet = lsl.StreamInlet(found, recover=False)
    inlet.open_stream(GIVE_UP_S)
    return inlet


def pulled(inlet: Any, into: tuple[list[Any], list[float]]) -> int:
    rows, stamps = inlet.pull_chunk()
    into[0].extend(rows or [])
    into[1].extend(stamps)
    return len(into[1])


def test_samples_holes_markers_and_decisions_go_out(lsl: Any, wait_until: Wait) -> None:
    device = f"Test {uuid.uuid4().hex[:8]}"
    channels = (Channel("flexor", scale=0.5), Channel("extensor", "a.u."))
    stream = Stream(StreamInfo("EMG", 1000.0, channels, "int16", device, "d-1"), ConditionSpec())
    given = Given(stream)
    given.decoder = Decider()
    outlet = LslOutlet(given)
    outlet.start()
    try:
        wait_until(lambda: len(outlet.names) == 3)
        samples = inlet_of(lsl, f"EMG Studio {device} EMG")
        markers, decisions = inlet_of(lsl, MARKERS), inlet_of(lsl, DECISIONS)
        info = samples.info(GIVE_UP_S)
        node = info.desc().child("channels").child("channel")
        assert (node.child_value("label"), node.child_value("unit")) == ("flexor", "microvolts")
        assert (info.nominal_srate(), info.channel_count()) == (1000.0, 2)
        now = host_time()
        block = np.arange(20, dtype=np.int16).reshape(10, 2)
        stream.accept(SampleBlock("EMG", 0, block), now)
        stream.accept(Gap("EMG", 10, 5), now)
        stream.accept(SampleBlock("EMG", 15, block), now + 0.015)
        got: tuple[list[Any], list[float]] = ([], [])
        wait_until(lambda: pulled(samples, got) == 25)
        rows = np.array(got[0])
        np.testing.assert_array_equal(rows[:10], block * [0.5, 1.0])
        assert np.isnan(rows[10:15]).all()
        np.testing.assert_allclose(np.diff(got[1][15:]), 1e-3, atol=1e-6)
        offset = lsl_ahead(lsl)
        assert got[1][-1] == pytest.approx(stream.clock.time(24) + offset, abs=1e-3)
        stream.mark(Marker("EMG", 15, 0, "trigger"))
        heard: tuple[list[Any], list[float]] = ([], [])
        wait_until(lambda: pulled(markers, heard) == 1)
        assert heard[0] == [["trigger"]]
        assert heard[1][0] == pytest.approx(stream.clock.time(15) + offset, abs=1e-3)
        when = host_time()
        given.decoder.decisions = (Decision(when, 24, "fist", 0.9, "fist", (0.9, 0.1), 0.5, 0.01),)
        decided: tuple[list[Any], list[float]] = ([], [])
        wait_until(lambda: pulled(decisions, decided) == 1)
        assert decided[0] == [["fist", "0.900"]]
        assert decided[1][0] == pytest.approx(when + offset, abs=1e-3)
        given.streams = ()
        wait_until(lambda: len(outlet.names) == 2)
    finally:
        outlet.stop()
        outlet.stop()


def test_labels_of_the_running_recording_go_out(lsl: Any, wait_until: Wait, tmp_path: Path) -> None:
    with Session() as session:
        session.connect("sim:clean")
        wait_until(lambda: session.main_stream and session.main_stream.received)
        session.start_recording(tmp_path)
        session.annotate("before")
        outlet = LslOutlet(session)
        outlet.start()
        try:
            markers = inlet_of(lsl, MARKERS)
            now = session.annotate("now")
            heard: tuple[list[Any], list[float]] = ([], [])
            wait_until(lambda: pulled(markers, heard))
            assert heard[0] == [["now"]]
            assert session.recorder is not None
            when = now.start - session.recorder.time_of(0.0)
            assert heard[1][0] == pytest.approx(when + lsl_ahead(lsl), abs=1e-3)
            session.annotate("begin", start=0.0)
            wait_until(lambda: pulled(markers, heard) and ["begin"] in heard[0])
            session.stop_recording()
            wait_until(lambda: outlet._version is None)
            session.start_recording(tmp_path)
            session.annotate("begin", start=0.0)
            wait_until(lambda: pulled(markers, heard) and heard[0].count(["begin"]) == 2)
        finally:
            outlet.stop()
        assert outlet.names == (MARKERS, DECISIONS), "no signal any more"
