"""The heartbeat out of mixes whose muscle part is known, in any cutting, with gaps and NaN."""

from __future__ import annotations

import numpy as np
import pytest

from emgstudio.core.types import ConditionSpec
from emgstudio.dsp.conditioner import Conditioner, badge, effective, left_out
from emgstudio.dsp.heart_shape import fit, shifted
from emgstudio.dsp.recorded import LiveAgain, conditioned
from tests.heart_mix import HEARTS, Mix, mix

PLAIN = ConditionSpec()
OUT = ConditionSpec(ecg=True)


def whole(x, spec, rate, valid=None):
    conditioner = Conditioner(spec, rate, x.shape[1])
    valid = np.ones(len(x), bool) if valid is None else valid
    return np.concatenate([conditioner.process(x, valid), conditioner.finish()])


def rms(x):
    return float(np.sqrt(np.nanmean(np.square(x, dtype=float))))


def errors(made: Mix, got, rate, since_s=18.0):
    """Relative error and RMS in rest over what it should be, once learnt."""
    true = whole(made.muscle, PLAIN, rate)
    late = np.arange(len(true)) > since_s * rate
    return rms((got - true)[late]) / rms(true[late]), rms(got[late & made.rest]) / rms(
        true[late & made.rest]
    )


@pytest.mark.parametrize(("rate", "shape"), [(2000.0, "usual"), *((500.0, s) for s in HEARTS)])
def test_the_heart_is_out_and_the_muscle_is_not(rate, shape):
    made = mix(30.0, rate, shape=shape)
    x = made.muscle + made.heart + 900.0
    nothing, inflated = errors(made, whole(x, PLAIN, rate), rate)
    left, rest = errors(made, whole(x, OUT, rate), rate)
    assert left < max(0.5 * nothing, 0.05)
    assert rest - 1.0 < max(0.25 * (inflated - 1.0), 0.16)


@pytest.mark.parametrize("per_minute", [50.0, 120.0])
@pytest.mark.parametrize("ratio", [2.0, 4.0])
def test_slow_and_fast_small_and_large_hearts(per_minute, ratio):
    made = mix(30.0, 1000.0, per_minute=per_minute, ratio=ratio, channels=1)
    x = made.muscle + made.heart
    nothing, inflated = errors(made, whole(x, PLAIN, 1000.0), 1000.0)
    left, rest = errors(made, whole(x, OUT, 1000.0), 1000.0)
    assert left < nothing
    assert rest - 1.0 < 0.7 * (inflated - 1.0)


@pytest.mark.parametrize("seed", range(5))
def test_muscle_without_a_heart_stays_as_it_is(seed):
    made = mix(20.0, 1000.0, ratio=0.0, seed=seed)
    error, rest = errors(made, whole(made.muscle, OUT, 1000.0), 1000.0, since_s=0.0)
    assert error < 0.001
    assert rest == pytest.approx(1.0, abs=0.001)


@pytest.mark.parametrize(("rate", "channels"), [(200.0, 1), (1000.0, 3), (2000.0, 16)])
def test_any_cutting_gives_the_same(rate, channels):
    made = mix(14.0, rate, channels=channels)
    x = (made.muscle + made.heart + 500.0).astype(np.float32)
    spec = ConditionSpec(ecg=True, notch_hz=50.0)
    rng = np.random.default_rng(7)
    valid = np.ones(len(x), bool)
    for first in rng.integers(0, len(x), 4):
        valid[first : first + int(rng.integers(1, 0.3 * rate))] = False
    x[rng.integers(0, len(x), 3)] = np.nan
    expected = whole(x, spec, rate, valid)
    assert len(expected) == len(x)
    cut, parts, at = Conditioner(spec, rate, channels), [], 0
    while at < len(x):
        n = int(rng.choice([1, 2, 7, 20, 64, 500]))
        parts.append(cut.process(x[at : at + n], valid[at : at + n]))
        at += n
        assert 0 <= min(at, len(x)) - sum(map(len, parts)) <= cut.delay
    parts.append(cut.finish())
    np.testing.assert_allclose(np.concatenate(parts), expected, rtol=0, atol=1e-4)
    broken = np.isnan(x).any(axis=1) & valid
    np.testing.assert_array_equal(np.isnan(expected).all(axis=1), broken)
    assert not expected[~valid].any()


def test_rows_come_out_at_most_a_tenth_of_a_second_late():
    for rate in (200.0, 500.0, 1000.0, 2000.0, 2148.0, 4000.0):
        assert 0 < Conditioner(OUT, rate, 1).delay <= 0.105 * rate
    assert Conditioner(PLAIN, 1000.0, 1).delay == 0


def test_what_is_held_back_comes_out_before_a_gap():
    made = mix(10.0, 1000.0)
    x = (made.muscle + made.heart).astype(np.float32)
    conditioner = Conditioner(OUT, 1000.0, 2)
    first = conditioner.process(x[:5005], np.ones(5005, bool))
    held = conditioner.skip(100)
    assert len(first) + len(held) == 5005
    rest = conditioner.process(x[5105:], np.ones(4895, bool))
    assert len(rest) + len(conditioner.finish()) == 4895


def test_many_channels():
    made = mix(18.0, 500.0, channels=96)
    x = (made.muscle + made.heart).astype(np.float32)
    _, inflated = errors(made, whole(x, PLAIN, 500.0), 500.0, 16.0)
    _, rest = errors(made, whole(x, OUT, 500.0), 500.0, 16.0)
    assert rest < 1.0 + 0.6 * (inflated - 1.0)


def test_recorded_as_it_was_live():
    made = mix(12.0, 1000.0)
    x = (made.muscle + made.heart).astype(np.float32)
    valid = np.ones(len(x), bool)
    valid[4000:4200] = False
    live = LiveAgain(lambda a, b: (x[a:b], valid[a:b]), OUT, 1000.0, 2, first=1000, stop=len(x))
    got = np.concatenate([live.upto(stop) for stop in (1300, 1301, 5000, 11999, 12000)])
    np.testing.assert_allclose(got, whole(x[1000:], OUT, 1000.0, valid[1000:]), atol=1e-4)


@pytest.mark.parametrize("ratio", [0.5, 1.0, 2.0])
def test_recorded_needs_nothing_to_learn_first_and_is_no_worse(ratio):
    made = mix(30.0, 1000.0, ratio=ratio)
    x = (made.muscle + made.heart).astype(np.float32)
    valid = np.ones(len(x), bool)
    offline = conditioned(x, valid, OUT, 1000.0)
    live, _ = errors(made, whole(x, OUT, 1000.0), 1000.0, 1.0)
    better, rest = errors(made, offline, 1000.0, 1.0)
    assert better < live
    assert rest < 1.1
    valid[7000:7300] = False
    assert np.isnan(conditioned(x, valid, OUT, 1000.0)).all(axis=1).sum() == 300
    np.testing.assert_allclose(
        conditioned(x, valid, PLAIN, 1000.0)[:7000], whole(x, PLAIN, 1000.0)[:7000], atol=1e-4
    )


def test_a_shape_is_moved_and_sized_to_the_beat():
    t = np.arange(180)[:, None]
    shape = 100.0 * np.exp(-0.5 * ((t - 50) / np.array([6.0, 9.0])) ** 2)
    beat = 1.2 * shifted(shape, 2.4)
    got = fit(shape, beat[:90], np.array([1.0, 1.0]), 6, 3.0)
    assert rms(got - beat) < 0.02 * rms(beat)
    # Under much noise neither place nor size can be told: the average as it is.
    got = fit(shape, np.zeros((90, 2)), np.array([1e9, 1e9]), 6, 3.0)
    assert rms(got - shape) < 0.01 * rms(shape)


def test_where_it_cannot_be_done_it_is_left_out_and_says_why():
    assert effective(OUT, 1000.0).ecg
    for spec, rate, words in (
        (ConditionSpec(low_hz=None, ecg=True), 1000.0, "lower edge of 5 Hz"),
        (ConditionSpec(low_hz=2.0, ecg=True), 1000.0, "lower edge of 5 Hz"),
        (OUT, 100.0, "150 samples a second"),
    ):
        assert not effective(spec, rate).ecg
        assert Conditioner(spec, rate, 1).delay == 0
        assert words in " ".join(left_out(spec, rate))
    assert left_out(OUT, 2000.0) == ()


def test_the_badge_says_what_is_on_and_what_is_cut_short():
    spec = ConditionSpec(notch_hz=50.0, ecg=True)
    assert badge(spec, 2000.0) == "20–450 Hz, notch 50 Hz, heartbeat out"
    assert badge(spec, 200.0) == "20 Hz–, reduced band, notch 50 Hz, heartbeat out"
    assert badge(ConditionSpec(high_hz=None), 200.0) == "> 20 Hz"
    reasons = left_out(spec, 200.0)
    assert "upper edge (450 Hz)" in reasons[0]
    assert "200 Hz" in reasons[0]
    assert "100, 150 Hz" in reasons[1]
