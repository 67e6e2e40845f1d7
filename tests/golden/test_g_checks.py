"""Checks G1 to G8 of the product's design: formulas, filters, units, rates."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
import pytest
from scipy.signal import resample_poly

from emgstudio.core.errors import EmgError
from emgstudio.core.types import ConditionSpec
from emgstudio.dsp.analyses import amplitude, coactivation, ergonomics, fatigue, tremor
from emgstudio.dsp.analyses.timing import sharp_bursts
from emgstudio.dsp.analyses.unit_shape import unit_shape
from emgstudio.dsp.conditioner import Conditioner, sections
from emgstudio.dsp.envelope import moving_rms
from emgstudio.dsp.filters import corrected_cutoff, zero_phase
from emgstudio.dsp.measure import Measure
from emgstudio.dsp.onset import Interval, SingleThreshold, WhitenedDoubleThreshold, tkeo
from emgstudio.dsp.spectrum import mean_frequency, median_frequency, psd
from emgstudio.session.reference import Method, Reference, check_comparable

RATE = 2000.0
TIME = np.arange(0, 10, 1 / RATE)
SINE = 100.0 * np.sin(2 * np.pi * 100.0 * TIME)
RAMP = np.linspace(0.0, 1.0, 100001)
SPECTRUM = psd(SINE[:, None], RATE)
F = np.linspace(0, 1000, 20001)
FLAT = ((F >= 50) & (F <= 150)).astype(float)
DISCRETE = 100 * 0.1 / math.tan(math.pi / 20)
FOUR, ONE = np.full(9, 0.4), np.full(9, 0.1)
ENVELOPE = np.full(6000, 10.0)
for _begin, _stop in ((100, 150), (1000, 1010), (3000, 3100)):
    ENVELOPE[_begin:_stop] = 0.1
FALL = fatigue.line(np.arange(60.0), 100 - 0.2 * np.arange(60.0))
SHAKE = tremor.peak(
    50 + 20 * np.sin(2 * np.pi * 5.2 * np.arange(0, 20, 1 / 200)), 200.0, window_s=4.0
)
POTENTIAL = np.zeros(400)
POTENTIAL[100:200] = 300 * np.sin(2 * np.pi * 400 * np.arange(100) / 20000)


def of(rows: tuple[Measure, ...], name: str) -> float:
    return next(row.value for row in rows if row.name == name)


UNIT = unit_shape("needle", POTENTIAL, 20000.0, "raw")
# Every row of the reference's golden.py: what it is called, ours, the closed form, how near.
GOLDEN: dict[str, tuple[Callable[[], float], float, float]] = {
    "RMS sine": (lambda: amplitude.rms(SINE), 100 / math.sqrt(2), 1e-9),
    "ARV sine": (lambda: amplitude.arv(SINE), DISCRETE, 1e-9),
    "iEMG": (lambda: amplitude.iemg(SINE, RATE), 10 * DISCRETE, 1e-9),
    "MNF sine": (lambda: mean_frequency(*SPECTRUM, 20, 450)[0], 100, 1e-3),
    "MDF sine": (lambda: median_frequency(*SPECTRUM, 20, 450)[0], 100, 5e-3),
    "MNF flat": (lambda: mean_frequency(F, FLAT[:, None], 20, 450)[0], 100, 1e-6),
    "MDF flat": (lambda: median_frequency(F, FLAT[:, None], 20, 450)[0], 100, 1e-4),
    "FInsm5 flat": (
        lambda: fatigue.dimitrov(F, FLAT), 6 * math.log(3) / (150**6 - 50**6), 2e-3
    ),
    "Omega flat": (
        lambda: fatigue.omega(F, FLAT), math.sqrt((150**3 - 50**3) / 3 / 100) / 100, 1e-4
    ),
    "CCI FW triangles": (lambda: coactivation.falconer_winter(RAMP, 1 - RAMP), 50, 1e-6),
    "CCI Rudolph triangles": (
        lambda: coactivation.rudolph(RAMP, 1 - RAMP), 2 * (math.log(2) - 0.5), 1e-4
    ),
    "CCI Unnithan triangles": (lambda: coactivation.unnithan(RAMP, 1 - RAMP), 25, 1e-6),
    "CCI FW equal": (lambda: coactivation.falconer_winter(RAMP, RAMP), 100, 1e-9),
    "CCI Rudolph 0.4/0.4": (lambda: coactivation.rudolph(FOUR, FOUR), 0.8, 1e-9),
    "CCI Rudolph 0.1/0.4": (lambda: coactivation.rudolph(ONE, FOUR), 0.125, 1e-9),
    "APDF P10 ramp": (lambda: ergonomics.apdf(100 * RAMP)[0], 10, 1e-6),
    "APDF P90 ramp": (lambda: ergonomics.apdf(100 * RAMP)[2], 90, 1e-6),
    "gaps/min": (lambda: ergonomics.gaps(ENVELOPE, 100.0).per_minute, 2, 1e-9),
    "rest time": (lambda: ergonomics.gaps(ENVELOPE, 100.0).share, 100 * 150 / 6000, 1e-9),
    "symmetry": (lambda: coactivation.symmetry_index(120, 80), 40, 1e-9),
    "moving RMS": (
        lambda: moving_rms(SINE[:, None], RATE, 0.1, centred=True)[10000, 0],
        100 / math.sqrt(2), 1e-3,
    ),
    "TKEO sine": (
        lambda: tkeo(SINE)[5000], 100**2 * math.sin(2 * math.pi * 100 / RATE) ** 2, 1e-9
    ),
    "MDF slope": (lambda: FALL.slope, -0.2, 1e-9),
    "slope %/min": (lambda: FALL.per_minute, -12, 1e-9),
    "tremor Hz": (lambda: SHAKE.hz, 5.2, 5e-3),
    "tremor ratio": (lambda: SHAKE.share, 1, 0.02),
    "double-pass cutoff": (
        lambda: corrected_cutoff(6.0, passes=2, order=2), 6 / (math.sqrt(2) - 1) ** 0.25, 1e-12
    ),
    "MUAP pp": (lambda: of(UNIT, "amplitude"), 600, 1e-2),
    "MUAP phases": (lambda: of(UNIT, "phases"), 4, 0),
    "MUAP turns": (lambda: of(UNIT, "turns"), 4, 0),
}  # fmt: skip


@pytest.mark.parametrize("row", GOLDEN)
def test_g1_every_golden_value(row: str) -> None:
    made, wanted, within = GOLDEN[row]
    assert made() == pytest.approx(wanted, rel=within, abs=0)


def noise(seconds: float, rate: float, seed: int = 0) -> np.ndarray:
    return 30.0 * np.random.default_rng(seed).standard_normal((round(seconds * rate), 2))


def test_g2_the_live_filter_does_not_depend_on_the_blocks() -> None:
    x = noise(3, 1000.0)
    spec = ConditionSpec(20.0, 450.0, notch_hz=50.0)
    whole = Conditioner(spec, 1000.0, 2).process(x, np.ones(len(x), bool))
    for size in (1, 7, 512):
        blocks = Conditioner(spec, 1000.0, 2)
        parts = [
            blocks.process(x[k : k + size], np.ones(len(x[k : k + size]), bool))
            for k in range(0, len(x), size)
        ]
        np.testing.assert_allclose(np.concatenate(parts), whole, atol=1e-9, rtol=0)


def bursts(rate: float, db: float, seed: int) -> tuple[np.ndarray, list[int]]:
    rng = np.random.default_rng(seed)
    x = 5.0 * rng.standard_normal(round(8 * rate))
    starts = [round((2.3 + 0.95 * k) * rate) for k in range(6)]
    for start in starts:
        stop = start + round(0.4 * rate)
        x[start:stop] += 5.0 * 10 ** (db / 20) * rng.standard_normal(stop - start)
    return x, starts


def test_g3_onsets_of_the_synthetic_set() -> None:
    """The whole set with every level is in test_onset; here is what reports use, at 10 dB."""
    errors = []
    for seed in range(6):
        x, starts = bursts(RATE, 10.0, seed)
        spec = ConditionSpec(20.0, 450.0, order=2)
        ways = [
            Conditioner(spec, RATE, 1).process64(y[:, None], np.ones(len(y), bool))[:, 0]
            for y in (x, x[::-1])
        ]
        rest = Interval(0, round(2 * RATE))
        found = sharp_bursts(WhitenedDoubleThreshold(), ways[0], ways[1][::-1], RATE, rest)
        assert len(found) == len(starts), "none missed, none too many"
        errors += [abs(b.start - s) / RATE * 1000 for b, s in zip(found, starts, strict=True)]
    assert np.median(errors) <= 5.0


def test_g3_energy_is_an_option_that_finds_strong_bursts() -> None:
    x, starts = bursts(RATE, 20.0, 1)
    y = zero_phase(sections(ConditionSpec(20.0, 450.0, order=2), RATE), x[:, None])[:, 0]
    found = SingleThreshold(sd=8.0, teager=True).detect(y, RATE, Interval(0, round(2 * RATE)))
    hit = [any(abs(b.start - s) < 0.05 * RATE for b in found) for s in starts]
    assert all(hit)
    assert "Teager" in SingleThreshold(teager=True).recipe


def test_g4_the_notch_is_off_and_raw_samples_stay_as_they_are() -> None:
    assert ConditionSpec().notch_hz is None
    x = noise(1, 1000.0)
    before = x.copy()
    Conditioner(ConditionSpec(notch_hz=50.0), 1000.0, 2).process(x, np.ones(len(x), bool))
    np.testing.assert_array_equal(x, before)


def test_g5_references_with_other_windows_cannot_be_mixed() -> None:
    made = [
        Reference("a", 100.0, "µV", window, Method.MVC, "2026-11-21T10:00:00+00:00")
        for window in (0.5, 0.25)
    ]
    with pytest.raises(EmgError, match="different windows"):
        check_comparable(made)


def results(scale: float) -> list[Measure]:
    """A result of each kind of one signal in a unit that is ``scale`` times as small."""
    x = scale * np.random.default_rng(4).standard_normal(round(20 * RATE))
    a, b = np.abs(x[:4000]), np.abs(x[4000:8000])
    walk = scale * (2 + np.sin(2 * np.pi * 5.0 * np.arange(0, 9, 0.01)))
    return [
        *amplitude.amplitudes("m", "µV", x, RATE, "raw", window_s=0.1),
        *coactivation.coactivation(("a", "b"), a, b, "µV", "|x|"),
        *coactivation.symmetry("m", scale * 2.0, scale * 3.0, "RMS", comparable=True),
        *fatigue.hold("m", "µV", x, RATE, "raw").measures,
        *tremor.rhythm("m", walk, 100.0, "envelope").measures,
        *unit_shape("m", 300.0 * np.sin(np.arange(200) / 5.0), 20000.0, "raw"),
    ]


def test_g6_no_result_is_without_unit_and_recipe() -> None:
    for row in results(1.0):
        assert row.unit, row
        assert row.recipe, row
        assert row.channel, row
        assert math.isfinite(row.value) or row.flags, row


def test_g7_a_thousandfold_signal_changes_amplitudes_alone() -> None:
    amplitudes = {"µV", "µV·s", "µV/s", "µV·%"}
    fixed = {"phases", "turns", "unit duration", "amplitude", "area", "thickness"}
    for one, large in zip(results(1.0), results(1000.0), strict=True):
        if one.name not in fixed:
            factor = 1000.0 if one.unit in amplitudes else 1.0
            assert large.value == pytest.approx(factor * one.value, rel=1e-6, nan_ok=True), one
    x, _ = bursts(RATE, 10.0, 1)
    rest = Interval(0, round(2 * RATE))
    for detector in (WhitenedDoubleThreshold(), SingleThreshold()):
        assert detector.detect(x, RATE, rest) == detector.detect(1000.0 * x, RATE, rest)


def test_g8_the_rate_changes_neither_size_nor_frequency() -> None:
    n, fastest = 80_000, 4000.0
    f = np.fft.rfftfreq(n, 1 / fastest)
    shape = np.exp(-0.5 * ((f - 80.0) / 25.0) ** 2)
    x = np.fft.irfft(np.fft.rfft(np.random.default_rng(5).standard_normal(n)) * shape, n)
    found = []
    for rate in (1000.0, 2000.0, 4000.0):
        y = resample_poly(x, 1, round(fastest / rate))
        found.append((amplitude.rms(y), mean_frequency(*psd(y[:, None], rate), 20, 450)[0]))
    np.testing.assert_allclose(found, [found[-1]] * 3, rtol=0.02)
