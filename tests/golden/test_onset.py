"""Onset detectors on the synthetic set of signals.md 2.3, and against scipy and hand counts."""

from __future__ import annotations

import numpy as np
import pytest

from emgstudio.core.errors import EmgError
from emgstudio.core.types import ConditionSpec
from emgstudio.dsp.analyses.timing import sharp_bursts
from emgstudio.dsp.conditioner import Conditioner, sections
from emgstudio.dsp.filters import zero_phase
from emgstudio.dsp.onset import (
    Detector,
    Floats,
    Interval,
    SingleThreshold,
    WhitenedDoubleThreshold,
    cleaned,
    quietest,
    signal_to_noise_db,
)

RATE = 2000.0
BURSTS = 72
WHITE = WhitenedDoubleThreshold()
SINGLE = SingleThreshold()


def emg_like(samples: int, rng: np.random.Generator) -> Floats:
    """Noise with the classic spectrum of surface EMG (Shwedyk 1977), RMS 1."""
    f = np.fft.rfftfreq(samples, 1 / RATE)
    low, high = 60.0, 120.0
    gain = high**2 * f / np.sqrt((f**2 + low**2) * (f**2 + high**2) ** 2)
    y = np.fft.irfft(np.fft.rfft(rng.standard_normal(samples)) * gain, samples)
    return np.asarray(y / np.sqrt(np.mean(y**2)))


def trial(db: float, seed: int) -> tuple[Floats, list[tuple[float, float]]]:
    """Two seconds of rest, then six bursts of 0.4 s; 5 µV noise, 20–450 Hz."""
    rng = np.random.default_rng(seed)
    samples = round(8.0 * RATE)
    x = 5.0 * emg_like(samples, rng)
    true = []
    for k in range(6):
        start = round((2.2 + 0.95 * k + 0.1 * rng.random()) * RATE)
        stop = start + round(0.4 * RATE)
        x[start:stop] += 5.0 * 10 ** (db / 20) * emg_like(stop - start, rng)
        true.append((start / RATE, stop / RATE))
    spec = ConditionSpec(20.0, 450.0, order=2)
    return zero_phase(sections(spec, RATE), x[:, None])[:, 0], true


def score(detector: Detector, db: float) -> tuple[float, int, int]:
    """Median onset error in ms, bursts missed, bursts too many, of 72."""
    errors, missed, extra = [], 0, 0
    for seed in range(BURSTS // 6):
        x, true = trial(db, seed)
        found = detector.detect(x, RATE, Interval(0, round(2.0 * RATE)))
        matched = set()
        for start, stop in true:
            over = [r for r in found if r.start / RATE < stop and r.stop / RATE > start]
            if over:
                errors.append(abs(over[0].start / RATE - start) * 1000)
                matched.update(over)
            else:
                missed += 1
        extra += len(found) - len(matched)
    return float(np.median(errors)), missed, extra


@pytest.mark.parametrize("db", [10.0, 20.0])
def test_the_default_misses_nothing_and_invents_nothing(db: float) -> None:
    error_ms, missed, extra = score(WHITE, db)
    assert (missed, extra) == (0, 0)
    assert error_ms <= 5.0


@pytest.mark.parametrize("db", [10.0, 30.0, 40.0])
def test_a_strong_burst_has_sharp_edges_all_the_same(db: float) -> None:
    """Zero-phase filters let bursts 30 dB above rest begin 13 ms early at 1000 Hz."""
    onsets, offsets = [], []
    spec, rate = ConditionSpec(20.0, 450.0, order=2), 1000.0
    for seed in range(4):
        rng = np.random.default_rng(seed)
        x = 5.0 * emg_like(8000, rng)
        true = [(2300 + 950 * k, 2700 + 950 * k) for k in range(6)]
        for start, stop in true:
            x[start:stop] += 5.0 * 10 ** (db / 20) * emg_like(400, rng)
        ways = [
            Conditioner(spec, rate, 1).process64(y[:, None], np.ones(len(y), bool))[:, 0]
            for y in (x, x[::-1])
        ]
        found = sharp_bursts(WHITE, ways[0], ways[1][::-1], rate, Interval(0, 2000))
        assert len(found) == len(true)
        onsets += [run.start - start for run, (start, _) in zip(found, true, strict=True)]
        offsets += [run.stop - stop for run, (_, stop) in zip(found, true, strict=True)]
    assert abs(np.median(onsets)) <= 5.0
    assert abs(np.median(offsets)) <= 5.0


def test_the_simple_one_is_right_at_twenty_decibels() -> None:
    error_ms, missed, extra = score(SINGLE, 20.0)
    assert (missed, extra) == (0, 0)
    assert error_ms <= 12.0


@pytest.mark.parametrize("detector", [WHITE, SINGLE])
def test_the_size_of_the_unit_changes_nothing(detector: Detector) -> None:
    x, _ = trial(10.0, 1)
    rest = Interval(0, 4000)
    assert detector.detect(x, RATE, rest) == detector.detect(x * 1000, RATE, rest)


@pytest.mark.parametrize("detector", [WHITE, SINGLE])
def test_a_rest_that_is_none_is_refused(detector: Detector) -> None:
    x = np.random.default_rng(0).standard_normal(8000)
    with pytest.raises(EmgError, match="shorter than"):
        detector.detect(x, RATE, Interval(0, 100))
    with pytest.raises(EmgError, match="no noise"):
        detector.detect(np.zeros(8000), RATE, Interval(0, 4000))
    assert "AR(6)" in WHITE.recipe
    assert "30 Hz" in SINGLE.recipe


def test_clean_up_in_its_order_by_hand() -> None:
    mask = np.zeros(2000, bool)
    mask[100:110] = True  # a blip of 10 ms beside nothing: goes
    mask[500:560] = True  # 60 ms, then a pause of 50 ms that is closed
    mask[610:700] = True
    mask[750:760] = True  # a blip must not bridge what follows
    mask[850:1000] = True  # 150 ms after the last: a burst of its own
    mask[1500:1540] = True  # 40 ms: too short
    assert cleaned(mask, 1000.0) == (Interval(500, 700), Interval(850, 1000))
    assert not cleaned(np.zeros(0, bool), 1000.0)


def test_the_quietest_stretch_is_found_and_holes_are_passed_over() -> None:
    x = np.random.default_rng(2).standard_normal(10_000)
    x[3000:6000] *= 0.1
    found = quietest(x, 1000.0, 2.0)
    assert found.start >= 3000
    assert found.stop <= 6000
    x[4500] = np.nan
    assert quietest(x, 1000.0, 1.4) in (Interval(3000, 4400), Interval(3100, 4500)) or (
        quietest(x, 1000.0, 1.4).start > 4500
    )
    x[5500] = np.nan
    assert quietest(x, 1000.0, 1.4).stop <= 4500
    with pytest.raises(EmgError, match="shorter than"):
        quietest(x[:100], 1000.0, 2.0)
    with pytest.raises(EmgError, match="without lost"):
        quietest(np.full(5000, np.nan), 1000.0, 2.0)


def test_signal_to_noise_of_known_sizes() -> None:
    x = np.concatenate([np.tile([1.0, -1.0], 500), np.tile([10.0, -10.0], 500)])
    assert signal_to_noise_db(x, Interval(0, 1000), [Interval(1000, 2000)]) == pytest.approx(20.0)
    assert np.isnan(signal_to_noise_db(x, Interval(0, 1000), []))
