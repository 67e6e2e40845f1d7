"""The decoder thread on a ring that the test fills."""

from __future__ import annotations

import math
import threading
from collections.abc import Callable, Iterator
from dataclasses import replace

import numpy as np
import pytest

from emgstudio.core.clock import Clock, host_time
from emgstudio.core.outbox import Outbox
from emgstudio.core.ring import Ring
from emgstudio.core.types import Notice
from emgstudio.ml.decide import decide_recording
from emgstudio.ml.decoder import Decoder, DecoderState
from emgstudio.ml.gestures import REST
from emgstudio.ml.model import GestureModel
from emgstudio.ml.postprocess import PostprocessSpec
from emgstudio.ml.trainer import train
from tests import labelled_emg as made

Wait = Callable[..., None]


@pytest.fixture(scope="module")
def model() -> GestureModel:
    whole = train([made.recording()], channels=made.CHANNELS, condition=made.CONDITION)
    return whole.with_postprocess(PostprocessSpec(votes=1))


class Bench:
    """A ring, its clock and a decoder reading it."""

    def __init__(self, model: GestureModel) -> None:
        self.ring = Ring(5000, len(made.CHANNELS), np.float32)
        self.clock = Clock(made.RATE)
        self.outbox = Outbox()
        self.decoder = Decoder(model, self.ring.reader(), self.clock, self.outbox)

    def send(self, samples: np.ndarray) -> None:
        self.ring.write(samples)
        self.clock.update(self.ring.head - 1, host_time())

    def lose(self, count: int) -> None:
        self.ring.skip(count)
        self.clock.update(self.ring.head - 1, host_time())


@pytest.fixture
def bench(model: GestureModel) -> Iterator[Bench]:
    bench = Bench(model)
    yield bench
    bench.decoder.stop()


def send_in_hops(bench: Bench, samples: np.ndarray, wait_until: Wait) -> None:
    """One hop at a time, each waited for until the decoder has seen it."""
    for first in range(0, len(samples), 25):
        bench.send(samples[first : first + 25])
        if bench.ring.head >= 100:
            head = bench.ring.head
            wait_until(lambda head=head: bench.decoder._reader.position >= head)


def test_work_that_can_wait_lets_the_next_decision_pass(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("emgstudio.ml.decoder.LATE_S", 60.0)
    assert not bench.decoder.let_pass(60.0)
    bench.decoder.start()
    enough = threading.Event()

    def stream() -> None:
        while not enough.wait(0.001):
            bench.send(made.burst("fist", 25 / made.RATE, 42))

    sender = threading.Thread(target=stream, name="sender")
    sender.start()
    try:
        while bench.decoder.latest is None or not bench.decoder.let_pass(60.0):
            enough.wait(0.001)
    finally:
        enough.set()
        sender.join()
    assert bench.decoder.latest.index >= 99


def test_nothing_waits_for_a_decision_that_is_not_near(bench: Bench, wait_until: Wait) -> None:
    bench.decoder.start()
    send_in_hops(bench, made.burst("fist", 1.0, 42), wait_until)
    wait_until(lambda: bench.decoder._due > bench.ring.head)
    # No packet comes any more: it returns, whatever the time is.
    assert not bench.decoder.let_pass(0.0)


def test_decides_each_hop_and_as_offline(
    bench: Bench, model: GestureModel, wait_until: Wait, monkeypatch: pytest.MonkeyPatch
) -> None:
    # On a busy machine half a second may pass between two hops; that is not the matter here.
    monkeypatch.setattr("emgstudio.ml.decoder.STALE_S", 60.0)
    samples = made.burst("fist", 1.0, 42)
    bench.decoder.start()
    send_in_hops(bench, samples, wait_until)
    wait_until(lambda: len(bench.decoder.decisions) == 17)
    offline = list(decide_recording(model, samples))
    assert [d.index for d in offline] == list(range(99, 500, 25))
    for d, o in zip(bench.decoder.decisions, offline, strict=True):
        assert replace(d, time=0.0, latency_s=0.0) == replace(o, time=0.0)
        assert d.gesture == d.raw_gesture
    assert np.mean([d.gesture == "fist" for d in bench.decoder.decisions]) > 0.9
    assert bench.decoder.latest
    assert 0 <= bench.decoder.latest.proportional <= 1
    median, p99 = bench.decoder.latency()
    assert 0 < median <= p99 < 1


def test_latency_is_from_the_newest_sample_to_the_decision(bench: Bench, wait_until: Wait) -> None:
    bench.ring.write(made.burst("fist", 0.1, 1))
    bench.decoder.start()
    # The clock says that the newest sample was taken two seconds ago.
    bench.clock.update(99, host_time() - 2.0)
    bench.ring.write(made.burst("fist", 0.1, 1))
    wait_until(lambda: bench.decoder.latest is not None)
    first = bench.decoder.decisions[0]
    assert first.latency_s == pytest.approx(2.0, abs=0.4)
    assert first.time == bench.clock.time(99)


def test_a_gap_drops_the_windows_that_touch_it(bench: Bench, wait_until: Wait) -> None:
    bench.decoder.start()
    send_in_hops(bench, made.burst("open", 0.4, 3), wait_until)
    bench.lose(25)
    wait_until(lambda: bench.decoder.dropped == 1)
    send_in_hops(bench, made.burst("open", 0.4, 4), wait_until)
    wait_until(lambda: bench.decoder.latest and bench.decoder.latest.index == 424)
    assert bench.decoder.dropped == 4
    touching = [d.index for d in bench.decoder.decisions if 200 <= d.index < 324]
    assert touching == []


def test_half_a_second_without_valid_samples_is_rest(bench: Bench, wait_until: Wait) -> None:
    bench.decoder.start()
    send_in_hops(bench, made.burst("fist", 0.4, 3), wait_until)
    wait_until(lambda: bench.decoder.state is DecoderState.WAITING)
    latest = bench.decoder.latest
    assert latest
    assert (latest.gesture, latest.proportional, sum(latest.probabilities)) == (REST, 0.0, 0.0)
    rests = len(bench.decoder.decisions)
    send_in_hops(bench, made.burst("fist", 0.4, 4), wait_until)
    wait_until(lambda: bench.decoder.state is DecoderState.RUNNING)
    assert len(bench.decoder.decisions) > rests


def test_a_stream_of_nothing_but_gaps_is_rest_too(bench: Bench, wait_until: Wait) -> None:
    bench.decoder.start()
    send_in_hops(bench, made.burst("fist", 0.4, 3), wait_until)

    def waiting_while_losing() -> bool:
        bench.lose(5)
        return bench.decoder.state is DecoderState.WAITING

    wait_until(waiting_while_losing)
    assert bench.decoder.latest
    assert bench.decoder.latest.gesture == REST


def test_stopping_ends_in_rest_and_may_be_repeated(bench: Bench, wait_until: Wait) -> None:
    bench.decoder.start()
    send_in_hops(bench, made.burst("fist", 0.4, 3), wait_until)
    bench.decoder.stop()
    bench.decoder.stop()
    assert bench.decoder.state is DecoderState.STOPPED
    assert bench.decoder.decisions[-1].gesture == REST
    assert bench.decoder.latest == bench.decoder.decisions[-1]


def test_stopping_what_never_started_is_harmless(bench: Bench) -> None:
    bench.decoder.stop()
    assert bench.decoder.latest is None
    assert all(math.isnan(v) for v in bench.decoder.latency())


def test_a_failure_is_told_logged_and_ends_in_rest(
    bench: Bench,
    model: GestureModel,
    wait_until: Wait,
    caplog: pytest.LogCaptureFixture,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    bench.decoder.start()
    send_in_hops(bench, made.burst("fist", 0.4, 3), wait_until)

    def broken(self: GestureModel, window: np.ndarray) -> np.ndarray:
        raise ArithmeticError("planted")

    monkeypatch.setattr(GestureModel, "features_of", broken)
    bench.send(made.burst("fist", 0.1, 9))
    wait_until(lambda: bench.decoder.state is DecoderState.FAILED)
    assert bench.decoder.latest
    assert bench.decoder.latest.gesture == REST
    [notice] = bench.outbox.drain()
    assert isinstance(notice, Notice)
    assert "planted" in notice.text
    assert "planted" in caplog.text


def test_a_late_decoder_takes_the_newest_and_counts_what_it_passed_over(
    bench: Bench, wait_until: Wait
) -> None:
    bench.send(made.burst("fist", 2.0, 1))
    bench.decoder._reader.position = 0
    bench.decoder.start()
    wait_until(lambda: bench.decoder.latest is not None)
    assert bench.decoder.decisions[0].index == 999
    assert bench.decoder.skipped == 36


def test_steadiness_can_be_changed_while_running(bench: Bench, wait_until: Wait) -> None:
    bench.decoder.start()
    bench.decoder.set_postprocess(PostprocessSpec(votes=25))
    send_in_hops(bench, made.burst("fist", 1.0, 3), wait_until)
    send_in_hops(bench, made.burst("open", 0.5, 4), wait_until)
    wait_until(lambda: bench.decoder.latest and bench.decoder.latest.index == 749)
    latest = bench.decoder.latest
    assert latest
    assert (latest.raw_gesture, latest.gesture) == ("open", "fist")


def test_sureness_can_be_changed_while_running(bench: Bench, wait_until: Wait) -> None:
    bench.decoder.start()
    bench.decoder.set_postprocess(PostprocessSpec(votes=1), {"fist": 1.1})
    send_in_hops(bench, made.burst("fist", 0.5, 3), wait_until)
    wait_until(lambda: bench.decoder.latest and bench.decoder.latest.raw_gesture == "fist")
    latest = bench.decoder.latest
    assert latest
    assert (latest.gesture, latest.rejected) == (REST, True)


def test_the_wait_for_the_next_hop_costs_little(bench: Bench, wait_until: Wait) -> None:
    """Added delay beside the computing itself: a nap of 5 ms at most."""
    bench.decoder.start()
    send_in_hops(bench, made.burst("fist", 3.0, 3), wait_until)
    median, _ = bench.decoder.latency()
    assert median < 0.05


def test_a_model_for_other_channels_is_a_mistake_of_the_caller(model: GestureModel) -> None:
    ring = Ring(100, 3, np.float32)
    with pytest.raises(ValueError, match="3 channels"):
        Decoder(model, ring.reader(), Clock(500.0), Outbox())


def test_a_ring_with_more_channels_is_read_in_the_columns_of_the_model(
    model: GestureModel, wait_until: Wait
) -> None:
    samples = made.burst("fist", 1.0, 42)
    wide = np.full((len(samples), 6), np.nan, np.float32)
    columns = (0, 2, 3, 5)
    wide[:, columns] = samples
    ring, clock = Ring(5000, 6, np.float32), Clock(made.RATE)
    decoder = Decoder(model, ring.reader(), clock, Outbox(), columns)
    ring.write(wide[:100])
    clock.update(ring.head - 1, host_time())
    decoder.start()
    try:
        wait_until(lambda: decoder.decisions)
    finally:
        decoder.stop()
    first = next(decide_recording(model, samples))
    assert decoder.decisions[0].probabilities == first.probabilities
    assert decoder.dropped == 0
