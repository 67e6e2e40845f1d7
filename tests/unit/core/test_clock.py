"""The clock against simulated radio links with drift, jitter, stalls and losses."""

import numpy as np
import pytest

from emgstudio.core.clock import BUCKET_S, SETTLE_S, SPAN_S, Clock


def arrivals(
    rate: float,
    per_packet: int,
    ppm: float,
    *,
    interval: float = 0.015,
    stall: float = 0.0,
    loss: float = 0.0,
    seconds: float = 300.0,
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Last index of each packet, when it was taken and when it arrived (host seconds).

    Packets leave at connection events ``interval`` apart, one in ten needs
    another one, and every 11 s the link stands still for ``stall`` seconds.
    """
    rng = np.random.default_rng(4)
    count = int(rate * seconds) // per_packet
    last = (np.arange(count) + 1) * per_packet - 1
    true = last / (rate * (1 + ppm * 1e-6))
    host = np.ceil((true + 0.002) / interval) * interval + 0.001
    host += rng.exponential(0.001, count) + interval * (rng.geometric(0.9, count) - 1)
    if stall:
        for begin in np.arange(7, seconds, 11.0):
            late = (host > begin) & (host < begin + stall)
            host = np.where(late, begin + stall + rng.uniform(0, 0.004, count), host)
    host = np.maximum.accumulate(host)
    kept = rng.random(count) >= loss
    return last[kept], true[kept], host[kept]


# (link, jitter that is allowed, offset that is allowed) in ms. The bounds are a third
# above what was measured; the offset is the link's least latency, which nobody can see.
LINKS = {
    "Myo over Bluetooth": (dict(rate=200, per_packet=2, ppm=60), 2.1, 7),
    "with stalls": (dict(rate=200, per_packet=2, ppm=60, stall=0.25), 2.1, 7),
    "with stalls and losses": (
        dict(rate=200, per_packet=2, ppm=60, stall=0.25, loss=0.02),
        2.1,
        7,
    ),
    "Cyton over serial": (
        dict(rate=250, per_packet=1, ppm=-40, interval=0.001, stall=0.05),
        0.07,
        7,
    ),
    "RC oscillator": (dict(rate=2000, per_packet=15, ppm=300, stall=0.1), 0.6, 7),
}


@pytest.mark.parametrize(("link", "jitter_ms", "offset_ms"), LINKS.values(), ids=LINKS.keys())
def test_times_are_steady_on_real_links(link: dict, jitter_ms: float, offset_ms: float) -> None:
    last, true, host = arrivals(**link)
    clock = Clock(link["rate"])
    times = []
    for index, at in zip(last.tolist(), host.tolist(), strict=True):
        clock.update(index, at)
        times.append(clock.time(index))
    error = 1e3 * (np.array(times) - true)[host > 30]
    assert np.std(error) < jitter_ms
    assert 0 < np.mean(error) < offset_ms
    assert clock.measured_rate == pytest.approx(link["rate"] * (1 + link["ppm"] * 1e-6), rel=6e-5)


def test_before_the_first_packet_nobody_knows() -> None:
    clock = Clock(1000.0)
    assert np.isnan(clock.time(0))
    assert np.isnan(clock.index(0.0))
    assert clock.measured_rate is None
    assert clock.anchors() == []


def test_time_and_index_are_inverse() -> None:
    clock = Clock(500.0)
    for packet in range(200):
        clock.update(packet * 50 + 49, 100.0 + packet * 0.1003)
    assert clock.index(clock.time(1234.5)) == pytest.approx(1234.5, abs=1e-6)


def test_slope_is_nominal_until_settled_then_measured() -> None:
    clock = Clock(1000.0)
    packet, true_rate = 0, 1010.0
    while packet * 100 / true_rate < SETTLE_S:
        assert clock.measured_rate is None
        clock.update(packet * 100, packet * 100 / true_rate)
        packet += 1
    while packet * 100 / true_rate < SETTLE_S + 10 * BUCKET_S:
        clock.update(packet * 100, packet * 100 / true_rate)
        packet += 1
    assert clock.measured_rate == pytest.approx(true_rate, rel=1e-4)


def test_a_radio_that_is_busy_for_seconds_hardly_moves_the_line() -> None:
    """Every packet is 80 ms late for 4 s, so that whole buckets hold nothing better."""
    clock, worst = Clock(1000.0), 0.0
    for packet in range(1200):
        taken = packet * 0.05
        clock.update(packet * 50, taken + (0.08 if 40 < taken < 44 else 0.0))
        if taken > 30:
            worst = max(worst, abs(clock.time(packet * 50) - taken))
    assert worst < 0.005


def test_old_arrivals_are_forgotten_but_anchors_stay() -> None:
    """A sensor that warms up changes its rate; the line follows within its span."""
    clock, index = Clock(1000.0), 0
    for step in range(3000):
        index += 100 if step < 1500 else 101
        clock.update(index, step * 0.1)
    assert clock.measured_rate == pytest.approx(1010.0, rel=1e-5)
    anchors = clock.anchors()
    assert len(anchors) > 2 * SPAN_S / BUCKET_S
    assert anchors[0].host < 1.0
    assert [a.index for a in anchors] == sorted(a.index for a in anchors)


@pytest.mark.parametrize("rate", [0.0, -1.0, float("nan")])
def test_a_clock_needs_a_rate(rate: float) -> None:
    with pytest.raises(ValueError, match="sampling rate"):
        Clock(rate)
