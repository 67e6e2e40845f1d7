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
from emgstudio.core.ring import Reader, Ring
from emgstudio.core.types import Notice
from emgstudio.ml.decide import decide_recording
from emgstudio.ml.decoder import LATE_S, Decoder, DecoderState
from emgstudio.ml.gestures import REST
from emgstudio.ml.model import GestureModel
from emgstudio.ml.postprocess import PostprocessSpec
from emgstudio.ml.trainer import train
from tests import labelled_emg as made

Wait = Callable[..., None]
HOP = 25


@pytest.fixture(scope="module")
def model() -> GestureModel:
    whole = train([made.recording()], channels=made.CHANNELS, condition=made.CONDITION)
    return whole.with_postprocess(PostprocessSpec(votes=1))


class Bench:
    """A ring, its clock and a decoder reading it.

    Time passes with the samples only, and where a test says that they came late.
    """

    def __init__(self, model: GestureModel) -> None:
        self.ring = Ring(5000, len(made.CHANNELS), np.float32)
        self.clock = Clock(made.RATE)
        self.outbox = Outbox()
        self.late_s = 0.0
        self.asked = 0
        self.decoder = Decoder(model, self.ring.reader(), self.clock, self.outbox)

    def now(self) -> float:
        self.asked += 1
        return 1000.0 + self.ring.head / made.RATE + self.late_s

    def send(self, samples: np.ndarray) -> None:
        self.ring.write(samples)
        self.clock.update(self.ring.head - 1, self.now())

    def lose(self, count: int) -> None:
        self.ring.skip(count)
        self.clock.update(self.ring.head - 1, self.now())


@pytest.fixture
def bench(model: GestureModel, monkeypatch: pytest.MonkeyPatch) -> Iterator[Bench]:
    bench = Bench(model)
    monkeypatch.setattr("emgstudio.ml.decoder.host_time", bench.now)
    yield bench
    bench.decoder.stop()


def send_in_hops(bench: Bench, samples: np.ndarray, wait_until: Wait) -> None:
    """One hop at a time, each waited for until the decoder is through with it."""
    for first in range(0, len(samples), HOP):
        bench.send(samples[first : first + HOP])
        wait_until(lambda: bench.ring.head < bench.decoder._due < math.inf)


def test_work_that_can_wait_lets_the_next_decision_pass(
    bench: Bench, wait_until: Wait, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("emgstudio.ml.decoder.LATE_S", 60.0)
    assert not bench.decoder.let_pass(60.0)
    bench.decoder.start()
    enough = threading.Event()
    samples = made.burst("fist", HOP / made.RATE, 42)

    def stream() -> None:
        while not enough.wait(0.001):
            bench.send(samples)

    sender = threading.Thread(target=stream, name="sender")
    sender.start()
    try:
        wait_until(lambda: bench.decoder.latest and bench.decoder.let_pass(60.0))
    finally:
        enough.set()
        sender.join()
    assert bench.decoder.latest
    assert bench.decoder.latest.index >= 99


def test_nothing_waits_for_a_decision_that_is_not_near(
    bench: Bench, wait_until: Wait, monkeypatch: pytest.MonkeyPatch
) -> None:
    bench.decoder.start()
    send_in_hops(bench, made.burst("fist", 1.0, 42), wait_until)
    waits: list[float] = []
    monkeypatch.setattr(bench.decoder._moved_on, "wait_for", lambda _, s: waits.append(s))
    hop_s = HOP / made.RATE
    bench.decoder.let_pass(0.9 * hop_s)
    # No packet has come, a hop after it was due.
    bench.late_s = 2 * hop_s
    bench.decoder.let_pass(60.0)
    assert waits == []
    bench.late_s = 0.0
    bench.decoder.let_pass(1.1 * hop_s)
    assert waits == [pytest.approx(hop_s + LATE_S)]


def test_decides_each_hop_and_as_offline(
    bench: Bench, model: GestureModel, wait_until: Wait
) -> None:
    samples = made.burst("fist", 1.0, 42)
    bench.decoder.start()
    send_in_hops(bench, samples, wait_until)
    offline = list(decide_recording(model, samples))
    assert [d.index for d in offline] == list(range(99, 500, 25))
    for d, o in zip(bench.decoder.decisions, offline, strict=True):
        assert replace(d, time=0.0, latency_s=0.0) == replace(o, time=0.0)
        assert d.gesture == d.raw_gesture
    assert np.mean([d.gesture == "fist" for d in bench.decoder.decisions]) > 0.9
    assert bench.decoder.latest
    assert 0 <= bench.decoder.latest.proportional <= 1


def test_latency_is_from_the_newest_sample_to_the_decision(bench: Bench, wait_until: Wait) -> None:
    bench.decoder.start()
    late = 0.001 * np.arange(20)
    for bench.late_s in late:
        send_in_hops(bench, made.burst("fist", HOP / made.RATE, 1), wait_until)
    # The first window is whole with the fourth hop.
    took = [d.latency_s for d in bench.decoder.decisions]
    assert took == pytest.approx(late[3:])
    assert bench.decoder.decisions[-1].time == pytest.approx(bench.clock.time(499), abs=1e-6)
    assert bench.decoder.latency() == pytest.approx(np.percentile(late[3:], [50, 99]))


def test_a_gap_drops_the_windows_that_touch_it(bench: Bench, wait_until: Wait) -> None:
    bench.decoder.start()
    send_in_hops(bench, made.burst("open", 0.4, 3), wait_until)
    bench.lose(HOP)
    wait_until(lambda: bench.decoder.dropped == 1)
    send_in_hops(bench, made.burst("open", 0.4, 4), wait_until)
    assert bench.decoder.latest
    assert bench.decoder.latest.index == 424
    assert bench.decoder.dropped == 4
    touching = [d.index for d in bench.decoder.decisions if 200 <= d.index < 324]
    assert touching == []


def test_half_a_second_without_valid_samples_is_rest(bench: Bench, wait_until: Wait) -> None:
    bench.decoder.start()
    send_in_hops(bench, made.burst("fist", 0.4, 3), wait_until)
    bench.late_s, before = 0.49, bench.asked
    wait_until(lambda: bench.asked > before + 1)
    assert bench.decoder.state is DecoderState.RUNNING
    bench.late_s = 0.51
    wait_until(lambda: bench.decoder.state is DecoderState.WAITING)
    latest = bench.decoder.latest
    assert latest
    assert (latest.gesture, latest.proportional, sum(latest.probabilities)) == (REST, 0.0, 0.0)
    rests = len(bench.decoder.decisions)
    send_in_hops(bench, made.burst("fist", 0.4, 4), wait_until)
    assert bench.decoder.state is DecoderState.RUNNING
    assert len(bench.decoder.decisions) == rests + 8


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
    latest = bench.decoder.latest
    assert latest
    assert (latest.index, latest.raw_gesture, latest.gesture) == (749, "open", "fist")


def test_sureness_can_be_changed_while_running(bench: Bench, wait_until: Wait) -> None:
    bench.decoder.start()
    bench.decoder.set_postprocess(PostprocessSpec(votes=1), {"fist": 1.1})
    send_in_hops(bench, made.burst("fist", 0.5, 3), wait_until)
    latest = bench.decoder.latest
    assert latest
    assert (latest.raw_gesture, latest.gesture, latest.rejected) == ("fist", REST, True)


def test_the_wait_for_the_next_hop_costs_nothing(
    bench: Bench, wait_until: Wait, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The write of a hop's last sample ends the nap."""
    monkeypatch.setattr("emgstudio.ml.decoder.LONGEST_NAP_S", 600.0)
    naps: list[int] = []

    class Counted(Reader):
        def wait_until(self, index: int, timeout_s: float) -> bool:
            naps.append(index)
            return super().wait_until(index, timeout_s)

    bench.decoder._reader = Counted(bench.ring, 0)
    bench.decoder.start()
    wait_until(lambda: bench.decoder._due == HOP)
    send_in_hops(bench, made.burst("fist", 1.0, 3), wait_until)
    assert len(bench.decoder.decisions) == 17
    assert sorted(set(naps)) == [HOP * k for k in range(1, 22)]
    # A decoder that sees the samples before it is told of them naps twice for the next.
    assert len(naps) <= 2 * 21


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
