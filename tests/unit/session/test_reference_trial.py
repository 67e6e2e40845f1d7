"""Which efforts count as a reference, and what they give."""

from __future__ import annotations

import math
from itertools import pairwise

import numpy as np
import pytest

from emgstudio.session.reference_trial import (
    RunningBest,
    Trial,
    best_two_differ,
    judged,
    measure_trial,
    rest_level,
)
from tests.heart_mix import shaped_noise

RATE = 1000.0
UNKNOWN = np.array([np.nan])


def effort(seconds: float = 4.0, level: float = 100.0, seed: int = 0) -> np.ndarray:
    """A second of building up, then noise of constant RMS ``(n, 1)``."""
    n = round(seconds * RATE)
    ramp = np.minimum(1.0, np.arange(n) / RATE)[:, None]
    return np.random.default_rng(seed).normal(0, level, (n, 1)) * ramp


def measured(x: np.ndarray, *, valid=None, clipped=None, rest=UNKNOWN) -> Trial:
    valid = np.ones(len(x), bool) if valid is None else valid
    clipped = np.zeros(x.shape, bool) if clipped is None else clipped
    return measure_trial(x, valid, clipped, RATE, rest)[0]


def test_the_value_is_the_largest_rms_of_a_whole_half_second() -> None:
    x = np.full((4000, 1), 3.0)
    x[2000:2500] = 10.0
    trial = measured(x * np.where(np.arange(4000) % 2, 1, -1)[:, None])
    assert trial.value == pytest.approx(10.0)
    assert trial.peak_s == pytest.approx(2.25, abs=0.002)
    assert trial.problems == ()
    assert trial.used


def test_d3_the_best_of_three_trials_lies_thirteen_per_cent_above_the_level() -> None:
    """The known bias of a largest half second of EMG, and that value by its definition."""
    ramp, values = np.minimum(1.0, np.arange(4000) / RATE)[:, None], []
    for person in range(20):
        rng = np.random.default_rng(person)
        trials = [100.0 * ramp * shaped_noise(4000, 1, RATE, rng) for _ in range(3)]
        found = [measured(x) for x in trials]
        assert all(trial.used for trial in found)
        values.append(max(trial.value for trial in found))
        if person == 0:
            windows = [x[k : k + 500] for x in trials for k in range(3501)]
            assert values[0] == pytest.approx(max(np.sqrt((w**2).mean()) for w in windows))
    assert np.mean(values) == pytest.approx(113, abs=3)


def test_one_clipped_sample_rejects() -> None:
    clipped = np.zeros((4000, 1), bool)
    clipped[100] = True
    trial = measured(effort(), clipped=clipped)
    assert trial.problems == ("clipped",)
    assert trial.clipped == 1
    assert not trial.used
    assert "gain" in trial.reason


@pytest.mark.parametrize(("lost", "problems"), [(39, ()), (41, ("lost",))])
def test_more_than_a_hundredth_lost_rejects(lost, problems) -> None:
    valid = np.ones(4000, bool)
    valid[1500 : 1500 + lost] = False
    trial = measured(effort(), valid=valid)
    assert trial.problems == problems
    assert trial.lost == pytest.approx(lost / 4000)


def test_a_jerk_at_the_start_rejects() -> None:
    x = effort()
    x[50:150] += 2000.0
    assert measured(x).problems == ("jerk",)
    late = effort()
    late[2000:2100] += 2000.0
    assert measured(late).problems == ()


def test_a_value_lost_in_rest_rejects() -> None:
    assert measured(effort(), rest=np.array([20.0])).problems == ()
    assert measured(effort(), rest=np.array([50.0])).problems == ("weak",)


def test_nothing_from_the_sensor_is_said() -> None:
    trial = measured(np.zeros((4000, 1)), valid=np.zeros(4000, bool))
    assert trial.problems == ("nothing",)
    assert not trial.used
    assert measured(np.zeros((100, 1))).problems == ("nothing",)


def test_channels_are_judged_apart() -> None:
    x = np.hstack([effort(), effort(seed=1)])
    clipped = np.zeros(x.shape, bool)
    clipped[5, 1] = True
    first, second = measure_trial(x, np.ones(4000, bool), clipped, RATE, np.full(2, np.nan))
    assert first.used
    assert not second.used


def test_a_trial_far_above_the_others_is_an_artefact() -> None:
    trials = judged([Trial(100.0), Trial(110.0), Trial(170.0)])
    assert [t.used for t in trials] == [True, True, False]
    assert trials[2].problems == ("artefact",)
    again = judged([*trials, Trial(165.0), Trial(168.0)])
    assert all(t.used for t in again), "judged anew with more trials"
    assert judged([Trial(100.0)])[0].used
    assert [t.used for t in judged([Trial(100.0), Trial(149.0)])] == [True, True]


def test_best_two() -> None:
    assert best_two_differ([Trial(100.0)]) is None
    assert best_two_differ([Trial(80.0), Trial(100.0), Trial(90.0)]) == pytest.approx(0.1)
    rejected = Trial(95.0, problems=("clipped",))
    assert best_two_differ([rejected, Trial(100.0), Trial(80.0)]) == pytest.approx(0.2)


def test_rest_is_the_quiet_part_of_getting_ready() -> None:
    x = np.random.default_rng(3).normal(0, 4.0, (3000, 2))
    x[:900] *= 20
    rest = rest_level(x, np.ones(3000, bool), RATE)
    assert rest == pytest.approx([3.7, 3.7], abs=0.5)
    assert np.isnan(rest_level(x[:100], np.ones(100, bool), RATE)).all()


def test_running_best_skips_windows_with_faults_and_any_cutting_agrees() -> None:
    random = np.random.default_rng(4)
    x = random.normal(0, 50.0, (6000, 2))
    x[2000:2400, 0] *= 4
    x[4000:4600, 1] *= 3
    valid = np.ones(6000, bool)
    clipped = np.zeros(x.shape, bool)
    clipped[[2010, 2390], 0] = True
    whole = RunningBest(RATE, 2)
    whole.take(x, valid, clipped)
    parts = RunningBest(RATE, 2)
    cuts = [0, 1, 700, 701, 2050, 2101, 4300, 6000]
    for start, stop in pairwise(cuts):
        parts.take(x[start:stop], valid[start:stop], clipped[start:stop])
    np.testing.assert_allclose(parts.best, whole.best)
    assert whole.best[1] == pytest.approx(150, rel=0.1)
    # Only windows that end before a clipped sample or begin after it count.
    assert whole.best[0] < 80
    free = RunningBest(RATE, 2)
    free.take(x, valid, np.zeros(x.shape, bool))
    assert free.best[0] > 150
    assert math.isnan(RunningBest(RATE, 1).best[0])
