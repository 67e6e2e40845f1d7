"""The analyses on signals whose answer is known: units, doubts, what is refused."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

import numpy as np
import pytest
from scipy.signal import resample_poly

from emgstudio.core.errors import EmgError
from emgstudio.dsp.analyses import (
    amplitude,
    coactivation,
    ergonomics,
    fatigue,
    gait,
    timing,
    tremor,
)
from emgstudio.dsp.measure import Measure
from emgstudio.dsp.onset import Interval
from emgstudio.dsp.spectrum import mean_frequency, psd

RATE = 2000.0
RAMP = np.linspace(0.0, 1.0, 11)
RNG = np.random.default_rng(3)


def emg(seconds: float, rate: float = RATE, centre: float = 80.0) -> np.ndarray:
    """Noise in a band about ``centre``, 100 µV."""
    n = round(seconds * rate)
    f = np.fft.rfftfreq(n, 1 / rate)
    shape = np.exp(-0.5 * ((f - centre) / 25.0) ** 2)
    y = np.fft.irfft(np.fft.rfft(np.random.default_rng(5).standard_normal(n)) * shape, n)
    return 100.0 * y / y.std()


def value(rows: Sequence[Measure], name: str) -> float:
    return next(row.value for row in rows if row.name == name)


def tiring(seconds: float, per_minute: float, rate: float = RATE) -> np.ndarray:
    """Noise that is read ever more slowly: its spectrum sinks by ``per_minute`` of the start."""
    plain = emg(seconds * 1.2, rate)
    pace = 1.0 + per_minute * np.arange(round(seconds * rate)) / rate / 60.0
    return np.interp(np.cumsum(pace), np.arange(len(plain)), plain)


def analyses(scale: float) -> dict[str, Callable[[], Sequence[Measure]]]:
    x = scale * emg(30)
    left, right = np.abs(scale * emg(4)), np.abs(scale * emg(4)[::-1])
    walk = scale * (2 + np.sin(2 * np.pi * np.arange(0, 20, 0.01)))
    return {
        "amplitude": lambda: amplitude.amplitudes("m", "µV", x, RATE, "raw", window_s=0.1),
        "pair": lambda: coactivation.coactivation(("a", "b"), left, right, "µV", "|x|"),
        "symmetry": lambda: coactivation.symmetry(
            "m", scale * 2, scale * 3, "RMS", comparable=True
        ),
        "hold": lambda: fatigue.hold("m", "µV", x, RATE, "raw").measures,
        "rhythm": lambda: tremor.rhythm("m", walk, 100.0, "envelope").measures,
        "load": lambda: ergonomics.load("m", walk, 100.0, "envelope", rest_noise=0.0),
        "gait": lambda: gait.gait_measures(
            "m", "µV", gait.cycles(walk, 100.0, np.arange(0, 20.0)), "envelope"
        ),
        "activity": lambda: timing.activity(
            "m", [Interval(10, 20)], 100, RATE, "double threshold", 20.0
        ),
        "reaction": lambda: timing.reaction_measures(
            "m",
            timing.reactions(np.array([1.0, 3.0]), np.array([1.2, 3.4]), np.array([1.5, 3.7])),
            "double threshold",
        ),
        "relaxation": lambda: timing.relaxation_measures(
            "m", timing.relaxations([(2.0, 4.0)], np.array([1.0]), np.array([2.3])), "double", ()
        ),
        "step": lambda: gait.timing_measures(
            "m", np.r_[np.ones(40), np.zeros(61)], "double threshold", ()
        ),
    }


@pytest.mark.parametrize("name", analyses(1.0))
def test_every_result_has_a_unit_a_recipe_and_a_name(name: str) -> None:
    rows = analyses(1.0)[name]()
    assert rows
    for row in rows:
        assert row.unit
        assert row.recipe
        assert row.channel
        assert math.isfinite(row.value) or row.flags, row


AMPLITUDES = ("µV", "µV·s", "µV/s", "µV·%", "%MVC")
# Counted below a fixed %MVC.
OF_A_LIMIT = ("EMG gaps", "muscular rest")


@pytest.mark.parametrize("name", analyses(1.0))
def test_a_signal_a_thousand_times_as_large_changes_amplitudes_alone(name: str) -> None:
    for one, large in zip(analyses(1.0)[name](), analyses(1000.0)[name](), strict=True):
        if one.name in OF_A_LIMIT:
            continue
        factor = 1000.0 if one.unit in AMPLITUDES else 1.0
        assert large.value == pytest.approx(factor * one.value, rel=1e-6, nan_ok=True), one


def test_a_faster_device_gives_the_same_amplitude_and_frequency() -> None:
    fastest = emg(20, 4000.0)
    found = []
    for rate in (1000.0, 2000.0, 4000.0):
        x = resample_poly(fastest, 1, round(4000 / rate))
        f, p = psd(x[:, None], rate)
        found.append((amplitude.rms(x), mean_frequency(f, p, 20, 450)[0]))
    np.testing.assert_allclose(found, [found[-1]] * 3, rtol=0.02)


def test_lost_samples_are_left_out_and_said() -> None:
    x = emg(3)
    x[100:160] = np.nan
    rows = amplitude.amplitudes("m", "µV", x, RATE, "raw", window_s=0.1)
    assert value(rows, "RMS") == pytest.approx(100, rel=0.05)
    assert all("60 samples lost" in row.flags for row in rows)
    assert math.isnan(amplitude.rms(np.full(5, np.nan)))


def test_a_pair_needs_one_stretch_and_silence_has_no_overlap() -> None:
    with pytest.raises(EmgError, match="same stretch"):
        coactivation.coactivation(("a", "b"), np.ones(5), np.ones(6), "µV", "")
    rows = coactivation.coactivation(("a", "b"), np.zeros(5), np.zeros(5), "µV", "")
    assert math.isnan(value(rows, "overlap (shape)"))
    assert value(rows, "co-activation (size)") == 0


def test_sides_that_cannot_be_compared_are_not() -> None:
    rows = coactivation.symmetry("quadriceps", 50.0, 100.0, "RMS", comparable=False)
    assert all(math.isnan(row.value) and row.flags for row in rows)
    rows = coactivation.symmetry("quadriceps", 50.0, 100.0, "RMS", comparable=True)
    assert value(rows, "weaker side of stronger") == 50.0
    assert value(rows, "symmetry index") < 0


def test_a_tiring_muscle_is_told_with_its_interval() -> None:
    found = fatigue.hold("m", "µV", tiring(60, -0.2), RATE, "20–450 Hz")
    assert found.median.per_minute == pytest.approx(-20, abs=4)
    assert found.median.clear
    assert "signs of fatigue" in found.sentence
    assert found.dimitrov_ratio[-1] > 1.5
    assert found.median.low < found.median.slope < found.median.high < 0


def test_a_steady_muscle_is_no_fatigue() -> None:
    found = fatigue.hold("m", "µV", emg(60), RATE, "20–450 Hz")
    assert abs(found.median.per_minute) < 3
    assert found.sentence == "No clear change of the median frequency."


def test_pauses_are_no_part_of_a_hold_and_an_uneven_effort_is_said() -> None:
    x = tiring(40, -0.3)
    steady = fatigue.hold("m", "µV", x, RATE, "raw")
    assert value(steady.measures, "FInsm5 ratio") > 1.2
    assert value(steady.measures, "MDF at the end") < value(steady.measures, "MDF at the start")
    assert not steady.measures[0].flags
    paused = x.copy()
    # Noise alone has another spectrum than effort.
    paused[: 3 * round(RATE)] = np.random.default_rng(1).standard_normal(3 * round(RATE))
    found = fatigue.hold("m", "µV", paused, RATE, "raw")
    assert "3 of 40 seconds left out" in found.measures[0].flags
    assert value(found.measures, "MDF slope") == pytest.approx(
        value(steady.measures, "MDF slope"), abs=0.1
    )
    waves = x * (1.0 + 0.8 * np.sin(2 * np.pi * 0.25 * np.arange(len(x)) / RATE))
    varied = fatigue.hold("m", "µV", waves, RATE, "raw")
    assert "no steady hold" in varied.measures[0].flags[-1]


def test_slow_devices_and_short_holds_are_refused_with_the_reason() -> None:
    with pytest.raises(EmgError, match="samples at 200 Hz, 800 Hz needed"):
        fatigue.hold("m", "µV", emg(60, 200.0, 40.0), 200.0, "raw")
    with pytest.raises(EmgError, match="there are 5"):
        fatigue.hold("m", "µV", emg(5), RATE, "raw")
    with pytest.raises(EmgError, match="three values"):
        fatigue.line(np.arange(2.0), np.arange(2.0))
    slow = fatigue.hold("m", "µV", emg(20, 900.0), 900.0, "raw")
    (ratio,) = [row for row in slow.measures if row.name == "FInsm5 ratio"]
    assert math.isnan(ratio.value)
    assert "not offered below 1000 Hz" in ratio.flags


@pytest.mark.parametrize(
    ("amplitude_slope", "median_slope", "said"),
    [(1, 1, "force increase"), (1, -1, "fatigue"), (-1, 1, "recovery"), (-1, -1, "force decrease"),
     (0, -1, "no clear change")],
)  # fmt: skip
def test_amplitude_and_frequency_together(
    amplitude_slope: int, median_slope: int, said: str
) -> None:
    time = np.arange(30.0)
    noise = np.sin(7.0 * time)
    first = fatigue.line(time, 100 + amplitude_slope * time + noise)
    second = fatigue.line(time, 100 + median_slope * time + noise)
    assert str(fatigue.jasa(first, second)) == said


def test_gaps_below_the_noise_are_not_measurable() -> None:
    rows = ergonomics.load("m", np.full(2000, 5.0), 100.0, "RMS 100 ms", rest_noise=0.8)
    gaps = next(row for row in rows if row.name == "EMG gaps")
    assert math.isnan(gaps.value)
    assert "not measurable" in gaps.flags[0]
    assert value(rows, "static load (P10)") == 5.0
    with pytest.raises(EmgError, match="ten seconds"):
        ergonomics.load("m", np.ones(100), 100.0, "", rest_noise=0.0)


def test_lost_time_is_neither_work_nor_rest() -> None:
    # A minute of which half is lost; a quarter of the other half is at rest.
    envelope = np.full(6000, 5.0)
    envelope[:750] = 0.1
    envelope[3000:] = np.nan
    rows = ergonomics.load("m", envelope, 100.0, "RMS 100 ms", rest_noise=0.1)
    assert value(rows, "muscular rest") == pytest.approx(25.0)
    assert value(rows, "EMG gaps") == pytest.approx(2.0)
    assert "30.0 s lost or paused" in rows[0].flags
    with pytest.raises(EmgError, match="50 s were lost or paused"):
        ergonomics.load("m", np.r_[envelope[:900], np.full(5000, np.nan)], 100.0, "", rest_noise=0)


def test_a_rhythm_that_comes_and_goes() -> None:
    time = np.arange(0, 30, 1 / 200)
    envelope = 20 + 3 * RNG.standard_normal(len(time))
    envelope[:3600] += 15 * np.sin(2 * np.pi * 4.8 * time[:3600])
    found = tremor.rhythm("m", envelope, 200.0, "envelope 50 Hz")
    assert value(found.measures, "rhythm") == pytest.approx(4.8, abs=0.05)
    assert value(found.measures, "rhythmic time") == pytest.approx(60.0)
    assert found.sentence == "Rhythmic activity at 4.8 Hz, 60 % of the time."
    still = tremor.rhythm("m", 20 + RNG.standard_normal(2000), 200.0, "envelope 50 Hz")
    assert still.sentence.startswith("No rhythmic activity")
    with pytest.raises(EmgError):
        tremor.rhythm("m", np.full(2000, np.nan), 200.0, "")


def test_steps_are_found_and_a_stumble_is_not_averaged() -> None:
    rate = 100.0
    starts = np.concatenate([np.arange(0.5, 12), [13.2], np.arange(14.2, 20)])
    switch = np.zeros(2100)
    for at in starts:
        switch[round(at * rate) : round((at + 0.5) * rate)] = 5.0
        # It bounces.
        switch[round(at * rate) + 2] = 0.0
    events = gait.heel_strikes(switch, rate)
    np.testing.assert_allclose(events, starts, atol=1e-9)
    found = gait.cycles(np.abs(np.sin(np.arange(2100) / rate)), rate, events)
    assert (~found.typical).sum() == 1
    rows = gait.gait_measures("m", "µV", found, "envelope")
    assert "1 cycles of unusual length left out" in rows[0].flags
    assert value(rows, "cycle time") == pytest.approx(1.0, abs=0.02)
    with pytest.raises(EmgError, match="does not move"):
        gait.heel_strikes(np.zeros(100), rate)
    with pytest.raises(EmgError, match="fewer than two"):
        gait.cycles(np.ones(100), rate, np.array([0.0]))


def test_a_gap_within_a_step_is_no_step() -> None:
    switch = np.tile(np.repeat([0.0, 1.0], 50), 6)
    # At 3.5 s the foot comes down; at 3.9 s the samples come back.
    switch[380:390] = np.nan
    assert gait.heel_strikes(switch, 100.0) == pytest.approx([0.5, 1.5, 2.5, 3.5, 4.5, 5.5])


def test_reactions_leave_out_guesses_and_misses_and_count_them() -> None:
    onsets = np.array([1.25, 5.05, 13.35, 16.8])
    cues = np.array([1.0, 5.0, 9.0, 13.0, 17.0])
    found = timing.reactions(cues, onsets, onsets + 0.5)
    np.testing.assert_allclose(found.seconds, [0.25, 0.35])
    # One comes 50 ms after its cue; one was there before it.
    assert (found.anticipated, found.missed) == (2, 1)
    rows = timing.reaction_measures("m", found, "double threshold")
    assert value(rows, "reaction time") == pytest.approx(300)
    assert any("before 100 ms" in flag for flag in rows[0].flags)


def test_the_knee_tells_steps_whichever_way_its_sensor_is_turned() -> None:
    rate, time = 100.0, np.arange(0, 12, 0.01)
    phase = 2 * np.pi * time / 1.2
    # A small bend in stance and a large one in swing, as knees do.
    bend = 8 + 12 * np.exp(3 * (np.cos(phase) - 1)) + 50 * np.exp(4 * (np.cos(phase - 3.7) - 1))
    swings = (3.7 / (2 * np.pi) + np.arange(10)) * 1.2
    for angle in (bend, 30 - bend):
        angle[300:310] = np.nan
        np.testing.assert_allclose(gait.turning_points(angle, rate), swings[swings < 12], atol=0.02)
    with pytest.raises(EmgError, match="does not move"):
        gait.turning_points(np.zeros(100), rate)


@pytest.mark.parametrize("rate", [100.0, 1000.0])
def test_an_accelerometer_with_several_peaks_in_a_step_tells_each_step_once(rate: float) -> None:
    phase = np.arange(0, 44, 1 / rate) / 1.1 % 1.0

    def hump(at: float, wide: float) -> np.ndarray:
        return np.exp(-0.5 * np.square(((phase - at + 0.5) % 1.0 - 0.5) / wide))

    wobble = 0.05 * np.random.default_rng(1).standard_normal(len(phase))
    # On the shank: the heel hits the ground and rings, the foot pushes off, the leg swings.
    hit = 1.8 * hump(0.0, 0.02) * np.cos(2 * np.pi * 13 * phase)
    x = 1 + hit + 0.6 * hump(0.6, 0.05) - 0.5 * hump(0.75, 0.06) + wobble
    found = np.diff(gait.turning_points(x, rate))
    assert len(found) >= 36
    assert float(np.median(found)) == pytest.approx(1.1, abs=0.02)


def test_a_muscle_is_on_from_and_to_a_place_of_the_cycle() -> None:
    events = np.arange(0, 11.0)
    made = gait.cycles(np.ones(1100), 100.0, events)
    # From 80 % of each cycle to 20 % of the next.
    bursts = [Interval(round(100 * (k + 0.8)), round(100 * (k + 1.2))) for k in range(10)]
    share = gait.active_share([Interval(0, 20), *bursts], 100.0, made)
    assert gait.on_off(share) == pytest.approx((80, 20), abs=1)
    assert value(gait.timing_measures("m", share, "", ()), "active in the cycle") == pytest.approx(
        40, abs=1
    )
    never = gait.timing_measures("m", gait.active_share([], 100.0, made), "", ())
    assert never[0].flags == ("never active in most cycles",)
    always = gait.timing_measures("m", np.ones(101), "", ())
    assert always[0].flags == ("active all through the cycle",)


def test_order_rise_and_relaxation() -> None:
    assert timing.order([("b", 2.0), ("a", 1.0), ("c", math.nan)]) == ("a", "b")
    ramp = np.concatenate([np.linspace(0, 100, 101), np.full(200, 100.0)])
    assert timing.rise_time(ramp, 100.0, Interval(0, 301)) == pytest.approx(0.8, abs=0.02)
    rests = [(4.0, 6.0), (10.0, 12.0), (16.0, 18.0)]
    eased = timing.relaxations(rests, np.array([1.0, 7.0, 13.0]), np.array([4.3, 9.5, 18.2]))
    np.testing.assert_allclose(eased.seconds, [0.3])
    assert (eased.before, eased.never) == (1, 1)
    (told,) = timing.relaxation_measures("m", eased, "double threshold", ())
    assert told.value == pytest.approx(0.3)
    assert told.flags == ("1 let go before the cue", "1 did not relax within the rest")
    (none,) = timing.relaxation_measures("m", timing.relaxations([], RAMP, RAMP), "", ())
    assert math.isnan(none.value)
    assert none.flags == ("no rest could be timed",)
    rows = timing.activity("m", [Interval(0, 100), Interval(200, 400)], 1000, 100.0, "", 6.0)
    assert value(rows, "active time") == pytest.approx(30.0)
    assert "please check" in rows[0].flags[0]
