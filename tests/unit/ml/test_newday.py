"""Another day: a turned band is found without labels, an update learns, and going back is exact."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from emgstudio.core.errors import EmgError
from emgstudio.core.types import Channel, FeatureSpec
from emgstudio.dsp.features import features_of
from emgstudio.dsp.windows import sliding
from emgstudio.ml import newday
from emgstudio.ml.dataset import LabelledSamples
from emgstudio.ml.model import GestureModel
from emgstudio.ml.newday import check_day, find_turn, new_dataset, recentred, turned, updated
from emgstudio.ml.trainer import train
from tests.labelled_emg import CHANNELS, CONDITION, recording

TRIM = {"trim_start_s": 0.0, "trim_end_s": 0.0}


@pytest.fixture(scope="module")
def model() -> GestureModel:
    return train([recording("day1")], channels=CHANNELS, condition=CONDITION, **TRIM)


def another_day(turn: int, gain: float = 1.0) -> LabelledSamples:
    """The same movements on another day, with the band turned by ``turn`` electrodes."""
    day = recording("day2", seed=7)
    return replace(day, samples=np.roll(day.samples, turn, axis=1) * np.float32(gain))


def windows_of(model: GestureModel, part: LabelledSamples) -> np.ndarray:
    return np.asarray(sliding(part.samples, *model.window_samples))


def right(model: GestureModel, part: LabelledSamples) -> float:
    rows = new_dataset(model, [part], **TRIM)
    return float((model.lda.predict(rows.x) == rows.y).mean())


@pytest.mark.parametrize("turn", [-1, 0, 1, 2])
def test_a_turn_is_found_and_undone(model: GestureModel, turn: int) -> None:
    day = another_day(turn)
    found = find_turn(model, windows_of(model, day))
    assert (found.steps + turn) % len(CHANNELS) == 0
    assert found.steps == 0 or found.nearness < 0.9
    again = turned(model, found)
    assert right(again, day) > 0.97
    if turn:
        assert right(model, day) < 0.85
    # Live predictions go the same way.
    windows = windows_of(model, day)[:5]
    np.testing.assert_allclose(
        again.predict_windows(windows), model.predict_windows(np.roll(windows, found.steps, axis=2))
    )


def test_a_ring_of_many_electrodes_is_looked_at_in_windows_side_by_side(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Each of the turns costs what all the others do."""
    day = recording("day1", repetitions=2, hold_s=1.0)
    spread = np.tile(day.samples, (1, 5)) * np.linspace(0.5, 3.0, 20, dtype=np.float32)
    many = tuple(Channel(f"E{i}") for i in range(20))
    ring = train(
        [replace(day, samples=spread)], channels=many, condition=CONDITION,
        features=FeatureSpec(("logrms",)), **TRIM,
    )  # fmt: skip
    rows: list[int] = []

    def counted(windows: np.ndarray, *how: Any) -> np.ndarray:
        rows.append(len(windows))
        return features_of(windows, *how)

    monkeypatch.setattr(newday, "features_of", counted)
    windows = np.roll(sliding(spread, *ring.window_samples), 3, axis=2)
    assert find_turn(ring, windows).steps == -3
    assert (len(rows), set(rows)) == (20, {-(-len(windows) // 4)})


def test_turns_add_up(model: GestureModel) -> None:
    once = turned(model, find_turn(model, windows_of(model, another_day(1))))
    found = find_turn(once, windows_of(model, another_day(2)))
    assert right(turned(once, found), another_day(2)) > 0.97


def test_what_tells_nothing_is_refused(model: GestureModel) -> None:
    length = model.window_samples[0]
    with pytest.raises(EmgError, match="no whole window"):
        find_turn(model, np.full((3, length, 4), np.nan))
    few = replace(model, channels=model.channels[:2], units=model.units[:2])
    with pytest.raises(EmgError, match="2 electrodes"):
        find_turn(few, np.zeros((3, length, 2)))


def test_an_update_learns_the_new_day_and_leaves_the_old_model_alone(
    model: GestureModel, tmp_path: Path
) -> None:
    before = (model.save(tmp_path / "before") / "model.npz").read_bytes()
    changed = recording("day2", seed=3)
    samples = changed.samples * np.array([0.2, 3.0, 0.4, 2.0], np.float32)
    day = replace(changed, samples=samples)
    test = replace(recording("day2b", seed=11), samples=recording("x", seed=11).samples
                   * np.array([0.2, 3.0, 0.4, 2.0], np.float32))  # fmt: skip
    new = updated(model, [day], **TRIM)
    assert right(new, test) > right(model, test) + 0.2
    assert (model.save(tmp_path / "after") / "model.npz").read_bytes() == before
    assert new.provenance["updated_with"][0]["recordings"] == ["day2"]
    loaded = GestureModel.load(
        turned(new, find_turn(new, windows_of(model, day))).save(tmp_path / "n")
    )
    assert loaded.turn == 0
    assert GestureModel.load(replace(new, turn=-1).save(tmp_path / "t")).turn == -1


def test_old_windows_count_as_little_as_is_said(model: GestureModel) -> None:
    new = updated(model, [recording("day2", seed=5)], **TRIM, old_weight=0.1)
    old = sum(s.count for k, s in model.lda.statistics.items())
    kept = sum(s.count for k, s in new.lda.statistics.items() if k.recording == "day1")
    assert kept == pytest.approx(0.1 * old)


def test_an_unknown_movement_is_refused(model: GestureModel) -> None:
    day = recording("day2")
    strange = replace(day, annotations=tuple(replace(a, label="wave") for a in day.annotations[:2]))
    with pytest.raises(EmgError, match="does not know “wave”"):
        updated(model, [strange], **TRIM)


def test_a_day_is_checked_for_turn_gain_and_dead_electrodes(model: GestureModel) -> None:
    check = check_day(model, windows_of(model, another_day(1, gain=1.5)))
    assert check.turn.steps == -1
    assert (check.dead, check.noisy) == ((), ())
    assert all(1.2 < gain < 1.9 for gain in check.gains.values())
    assert check.sentence == "The band sits turned by 1 electrode."
    windows = windows_of(model, another_day(0)).copy()
    assert check_day(model, windows).sentence == "The sensor sits as before."
    windows[:, :, 3] *= 0.02
    windows[:, :, 0] *= 9.0
    check = check_day(model, windows)
    assert (check.dead, check.noisy) == (("E4",), ("E1",))
    assert "press" in check.sentence


def test_a_louder_day_can_be_recentred_and_the_model_stays(model: GestureModel) -> None:
    day = another_day(0, gain=3.0)
    moved = recentred(model, windows_of(model, day))
    assert right(moved, day) > max(0.95, right(model, day))
    assert "recentred_with_windows" not in model.provenance
    with pytest.raises(EmgError, match="no whole window"):
        recentred(model, np.full((2, 100, 4), np.nan, np.float32))


def test_two_electrodes_are_checked_without_looking_for_a_turn(model: GestureModel) -> None:
    day = recording("day1")
    two = replace(day, samples=day.samples[:, :2])
    few = train([two], channels=CHANNELS[:2], condition=CONDITION, **TRIM)
    windows = windows_of(few, two).copy()
    windows[:, :, 1] *= 0.02
    check = check_day(few, windows)
    assert check.turn.distances == {}
    assert check.dead == ("E2",)
    with pytest.raises(EmgError, match="no whole window"):
        check_day(few, np.full((2, 100, 2), np.nan, np.float32))
