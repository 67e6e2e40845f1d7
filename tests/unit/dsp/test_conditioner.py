"""The conditioner against a slow model, any cutting, gaps, NaN and absurd settings."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import signal

from emgstudio.core.errors import EmgError
from emgstudio.core.types import ConditionSpec
from emgstudio.dsp.conditioner import Conditioner, effective, sections
from emgstudio.dsp.filters import butterworth, corrected_cutoff, notches, zero_phase
from tests.work import lines_run

SPECS = (
    ConditionSpec(),
    ConditionSpec(notch_hz=50.0),
    ConditionSpec(notch_hz=60.0, notch_at=(1, 3)),
    ConditionSpec(low_hz=None),
    ConditionSpec(high_hz=None, order=2),
    ConditionSpec(low_hz=None, high_hz=None),
)


def stream(n, channels, rng, holes):
    x = (100 * rng.standard_normal((n, channels)) + 5000).astype(np.float32)
    valid = np.ones(n, bool)
    for _ in range(holes):
        start, length = rng.integers(0, n), rng.integers(1, 60)
        valid[start : start + length] = False
    x[~valid] = rng.choice([0.0, np.nan, 1e9])
    return x, valid


def slow(x, valid, spec, rate):
    """Fill short gaps, cut at long ones, filter each piece with scipy in one go."""
    sos, out = sections(spec, rate), np.zeros(x.shape)
    bridge, good, pieces = round(0.02 * rate), np.flatnonzero(valid), []
    for i in good:
        if pieces and i - pieces[-1][-1] <= bridge + 1:
            pieces[-1].append(i)
        else:
            pieces.append([i])
    for piece in pieces:
        held = np.maximum.accumulate(
            np.where(valid[piece[0] : piece[-1] + 1], np.arange(piece[0], piece[-1] + 1), 0)
        )
        filled = x[held].astype(float)
        if len(sos):
            state = signal.sosfilt_zi(sos)[:, :, None] * filled[0]
            filled, _ = signal.sosfilt(sos, filled, axis=0, zi=state)
        out[piece] = filled[np.array(piece) - piece[0]]
    return out


@settings(max_examples=60, deadline=None)
@given(
    seed=st.integers(0, 2**16),
    spec=st.sampled_from(SPECS),
    rate=st.sampled_from([200.0, 1000.0, 2000.0]),
    channels=st.integers(1, 3),
    holes=st.integers(0, 4),
    sizes=st.lists(st.sampled_from([1, 1, 2, 7, 20, 64]), min_size=1, max_size=8),
)
def test_any_cutting_is_the_slow_model(seed, spec, rate, channels, holes, sizes):
    x, valid = stream(400, channels, np.random.default_rng(seed), holes)
    expected = slow(x, valid, spec, rate)
    whole = Conditioner(spec, rate, channels).process64(x, valid)
    np.testing.assert_allclose(whole, expected, rtol=0, atol=1e-8)
    cut, got, first, turn = Conditioner(spec, rate, channels), [], 0, 0
    while first < len(x):
        step = sizes[turn % len(sizes)]
        got.append(cut.process64(x[first : first + step], valid[first : first + step]))
        first, turn = first + step, turn + 1
    np.testing.assert_allclose(np.concatenate(got), whole, rtol=0, atol=1e-8)


def test_no_chunk_at_all():
    conditioner = Conditioner(ConditionSpec(), 1000.0, 3)
    out = conditioner.process(np.empty((0, 3), np.float32), np.empty(0, bool))
    assert out.shape == (0, 3)
    assert out.dtype == np.float32


def test_offset_of_the_electrode_makes_no_start_transient():
    x = np.full((500, 2), 30_000.0, np.float32)
    out = Conditioner(ConditionSpec(notch_hz=50.0), 1000.0, 2).process(x, np.ones(500, bool))
    assert np.abs(out).max() < 1e-3


@pytest.mark.parametrize("poison", [np.nan, np.inf, -np.inf])
def test_a_poisoned_row_is_nan_once_and_never_again(poison):
    rng = np.random.default_rng(1)
    x = rng.standard_normal((400, 2)).astype(np.float32)
    x[100, 1] = poison
    out = Conditioner(ConditionSpec(), 1000.0, 2).process(x, np.ones(400, bool))
    assert np.isnan(out[100]).all()
    assert np.isfinite(np.delete(out, 100, axis=0)).all()


def test_bridge_of_20_ms_goes_on_and_21_ms_starts_anew():
    x = np.where(np.arange(300) < 150, 0.0, 1000.0).astype(np.float32)[:, None]
    for missing, settled in ((20, False), (21, True)):
        valid = np.ones(300, bool)
        valid[150 - missing : 150] = False
        out = Conditioner(ConditionSpec(), 1000.0, 1).process(x, valid)
        assert (abs(out[150, 0]) < 1e-3) == settled


def test_reset_is_a_new_start():
    x = np.random.default_rng(2).standard_normal((200, 1)).astype(np.float32)
    valid = np.ones(200, bool)
    conditioner = Conditioner(ConditionSpec(), 1000.0, 1)
    first = conditioner.process(x, valid)
    conditioner.reset()
    np.testing.assert_array_equal(conditioner.process(x, valid), first)


def test_does_not_write_into_the_input():
    x = np.ones((50, 1))
    x[10] = np.nan
    before = x.copy()
    Conditioner(ConditionSpec(), 1000.0, 1).process64(x, np.ones(50, bool))
    np.testing.assert_array_equal(x, before)


def test_long_silence_does_not_slow_the_filters_down():
    """Denormal numbers in the state would make each chunk 2.4 times as dear."""
    conditioner = Conditioner(ConditionSpec(low_hz=1.0), 1000.0, 8)
    valid = np.ones(2000, bool)
    busy = np.random.default_rng(4).standard_normal((2000, 8)).astype(np.float32)
    silent = np.zeros_like(busy)
    conditioner.process(busy, valid)
    for _ in range(60):
        conditioner.process(silent, valid)
    assert not np.any(conditioner._bank._state)
    assert not np.any(conditioner.process(silent, valid))


def test_edges_that_the_rate_cannot_hold_are_left_out():
    assert effective(ConditionSpec(), 2000.0) == ConditionSpec()
    assert effective(ConditionSpec(), 200.0) == ConditionSpec(high_hz=None)
    slow_sensor = effective(ConditionSpec(notch_hz=50.0), 40.0)
    assert (slow_sensor.low_hz, slow_sensor.high_hz, slow_sensor.notch_hz) == (None, None, None)
    assert effective(ConditionSpec(), 200.0).summary() == "> 20 Hz"


@pytest.mark.parametrize(
    "spec",
    [
        ConditionSpec(low_hz=450.0, high_hz=20.0),
        ConditionSpec(low_hz=-1.0),
        ConditionSpec(order=0),
        ConditionSpec(notch_q=0.0),
    ],
)
def test_senseless_specs_are_refused_with_a_sentence(spec):
    with pytest.raises(EmgError) as caught:
        Conditioner(spec, 1000.0, 1)
    assert caught.value.message


def gain(sos, frequency, rate):
    _, response = signal.sosfreqz(sos, [frequency], fs=rate)
    return float(np.abs(response[0]))


def test_band_edges_are_3_db_points():
    sos = butterworth(20.0, 450.0, 2000.0, order=4)
    for edge in (20.0, 450.0):
        assert gain(sos, edge, 2000.0) == pytest.approx(np.sqrt(0.5), rel=1e-6)
    assert gain(sos, 100.0, 2000.0) == pytest.approx(1.0, abs=1e-4)
    assert gain(sos, 2.0, 2000.0) < 1e-3


def test_notches_have_the_same_width_at_every_harmonic():
    sos = notches(50.0, 1000.0, multiples=(1, 2, 3), q=30.0)
    for row, centre in zip(sos, (50.0, 100.0, 150.0), strict=True):
        assert gain(row[None], centre, 1000.0) < 1e-9
        half = 50.0 / 30.0 / 2
        assert gain(row[None], centre - half, 1000.0) == pytest.approx(np.sqrt(0.5), abs=0.01)
        assert gain(row[None], centre + half, 1000.0) == pytest.approx(np.sqrt(0.5), abs=0.01)


def test_notches_stop_below_half_the_rate():
    assert len(notches(50.0, 200.0, multiples=range(1, 6), q=30.0)) == 1
    assert len(notches(60.0, 1000.0, multiples=(1, 2, 3), q=30.0)) == 3


def test_zero_phase_keeps_a_sine_in_the_band_in_place_and_takes_short_signals():
    t = np.arange(2000) / 1000.0
    x = np.sin(2 * np.pi * 100 * t)[:, None]
    y = zero_phase(butterworth(20.0, 450.0, 1000.0, order=2), x)
    np.testing.assert_allclose(y[500:1500], x[500:1500], atol=2e-3)
    assert zero_phase(butterworth(20.0, None, 1000.0, order=2), x[:3]).shape == (3, 1)


def test_corrected_cutoff_closed_form():
    assert corrected_cutoff(6.0, passes=2, order=2) == pytest.approx(7.47903, abs=1e-5)


def test_a_packet_costs_few_lines_however_long_it_is():
    """16 channels × 2 kHz; how long a chunk takes is measured in benchmarks."""

    def lines(n: int) -> int:
        conditioner = Conditioner(ConditionSpec(), 2000.0, 16)
        chunk = np.random.default_rng(5).standard_normal((n, 16)).astype(np.float32)
        valid = np.ones(n, bool)
        conditioner.process(chunk, valid)
        return lines_run(lambda: conditioner.process(chunk, valid))

    assert lines(20) == lines(64) < 60
    assert lines(2000) < 200
