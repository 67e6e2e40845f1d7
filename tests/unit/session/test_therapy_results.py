"""What a recorded session reached: the same numbers from its samples as were seen live."""

from __future__ import annotations

import json
import math
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from emgstudio.core.errors import EmgError
from emgstudio.core.types import Annotation, Channel, Source, StreamInfo
from emgstudio.session.reference import Method
from emgstudio.session.therapy.goal import Goal, goal_of
from emgstudio.session.therapy.plan import META, Muscle, Plan, plan_from
from emgstudio.session.therapy.protocol import Kind, Protocol, Step
from emgstudio.session.therapy.results import TherapyResult, therapy_result
from emgstudio.session.therapy.run import GOAL, PAUSE, REST, SKIPPED, TRACK, WORK
from emgstudio.storage.annotations import AnnotationLog
from emgstudio.storage.format import SESSION_FILE
from emgstudio.storage.importers.imported import imported_session

RATE = 1000.0
MVC = 200.0
PROTOCOL = Protocol(
    "own", "Own", Kind.UP, (Step("", 4, 4.0, 4.0),), reference=Method.MVC, goals=(60.0,)
)
# Work from 1 s on, 4 s work and 4 s rest, in per cent of the maximum.
LEVELS = (70.0, 80.0, 30.0, 75.0)


def signal(levels: tuple[float, ...], rest: float = 5.0) -> np.ndarray:
    """Square waves: their RMS is known at every window."""
    percent = np.full(round(34 * RATE), rest)
    for k, level in enumerate(levels):
        percent[round((1 + 8 * k) * RATE) : round((5 + 8 * k) * RATE)] = level
    sign = np.where(np.arange(len(percent)) % 20 < 10, 1.0, -1.0)
    return percent / 100.0 * MVC * sign


def labels(goal: Goal) -> list[Annotation]:
    made = []
    for k in range(len(LEVELS)):
        note = json.dumps({"set": 1, "step": "", "goal": asdict(goal)})
        start = 1.0 + 8 * k
        made.append(
            Annotation(start, start + 4, WORK, TRACK, Source.CUE, "", note, repetition=k + 1)
        )
        made.append(Annotation(start + 4, start + 8, REST, TRACK, Source.CUE, repetition=k + 1))
    return made


def session(
    folder: Path,
    plan: Plan,
    columns: np.ndarray,
    extra: tuple[Annotation, ...] = (),
    lost: int = 0,
) -> Path:
    path = folder / "therapy"
    info = StreamInfo("EMG", RATE, tuple(Channel(m.channel) for m in plan.muscles), "float32", "d")
    references: list[dict[str, Any]] = [
        {"channel": m.channel, "value": MVC, "unit": "µV", "window_s": 0.5, "method": "mvc",
         "time": "2026-11-21T10:00:00+00:00", "quality": [], "condition": "20–450 Hz"}
        for m in plan.muscles
    ]  # fmt: skip
    about = {**plan.stored(), "unit": "%MVC", "recipe": "RMS over 250 ms, no filter",
             "stream": "EMG", "references": references}  # fmt: skip
    with imported_session(path, info, {"subject": "C-0042", META: about}) as made:
        made.append(columns[:8000].astype(np.float32))
        if lost:
            made.skip(lost)
        made.append(columns[8000 + lost :].astype(np.float32))
    log = AnnotationLog.open(path)
    log.add(*labels(plan.goal), *extra)
    log.close()
    return path


@pytest.fixture(scope="module")
def result(tmp_path_factory: pytest.TempPathFactory) -> TherapyResult:
    plan = Plan(PROTOCOL, (Muscle("a", "Vastus medialis", "left"),), goal_of(PROTOCOL), "C-0042")
    path = session(tmp_path_factory.mktemp("one"), plan, signal(LEVELS)[:, None])
    return therapy_result(path)


def test_repetitions_are_judged_from_the_samples(result: TherapyResult) -> None:
    assert [r.success for r in result.repetitions] == [True, True, False, True]
    assert result.success == 0.75
    for repetition, level in zip(result.repetitions, LEVELS, strict=True):
        # The window of 250 ms still holds rest at the beginning.
        assert repetition.mean[0] == pytest.approx(level, rel=0.05)
        assert repetition.peak[0] == pytest.approx(level, rel=0.01)
        assert repetition.relaxed
    assert result.repetitions[2].to_goal_s is None
    assert result.repetitions[0].hold_s == pytest.approx(3.8, abs=0.15)


def test_numbers_carry_their_unit_and_how_they_were_made(result: TherapyResult) -> None:
    muscle = "Vastus medialis left"
    assert result.value(muscle, "success") == 75.0
    assert result.value(muscle, "best repetition") == pytest.approx(80, rel=0.05)
    assert result.value(muscle, "reference") == MVC
    assert math.isnan(result.value(muscle, "nothing"))
    for measure in result.measures:
        assert measure.unit
        assert measure.recipe
        assert math.isfinite(measure.value) or measure.flags
    assert result.comparable["normalisation"] == "mvc"
    assert result.comparable["window of the reference"] == "0.5 s"
    assert result.client == "C-0042"


def test_goals_that_move_and_pauses_are_kept(tmp_path: Path) -> None:
    plan = Plan(PROTOCOL, (Muscle("a"),), goal_of(PROTOCOL))
    harder = json.dumps({"goal": asdict(Goal(Kind.UP, 78.0))})
    extra = (
        Annotation(8.5, 8.5, GOAL, TRACK, Source.CUE, note=harder),
        Annotation(25.5, 28.0, PAUSE, TRACK, Source.CUE),
    )
    found = therapy_result(session(tmp_path, plan, signal(LEVELS)[:, None], extra))
    # The part's own goal is older than the one that was set since.
    assert [r.success for r in found.repetitions] == [True, True, False, False]
    assert found.repetitions[3].goal == Goal(Kind.UP, 78.0)


def test_lost_samples_are_told_and_count_for_nothing(tmp_path: Path) -> None:
    plan = Plan(PROTOCOL, (Muscle("a"),), goal_of(PROTOCOL))
    found = therapy_result(session(tmp_path, plan, signal(LEVELS)[:, None], lost=3000))
    assert found.repetitions[1].success
    for name in ("mean in work", "success", "longest hold"):
        (doubtful,) = [m for m in found.measures if m.name == name]
        assert "lost" in doubtful.flags[0]


def test_work_that_was_skipped_is_no_repetition(tmp_path: Path) -> None:
    plan = Plan(PROTOCOL, (Muscle("a"),), goal_of(PROTOCOL))
    note = json.dumps({"set": 1, "goal": asdict(plan.goal), SKIPPED: True})
    # Two seconds in the goal, between the other parts.
    skipped = Annotation(33.0, 33.9, WORK, TRACK, Source.CUE, "", note, repetition=5)
    x = signal(LEVELS)[:, None]
    x[33000:33900] *= 30.0
    found = therapy_result(session(tmp_path, plan, x, (skipped,)))
    assert len(found.repetitions) == 4
    assert found.value("a", "peak in work") == pytest.approx(80, rel=0.05)


def test_a_lamp_that_was_lit_in_work_stands_beside_the_numbers(tmp_path: Path) -> None:
    plan = Plan(PROTOCOL, (Muscle("a"),), goal_of(PROTOCOL))
    lit = [
        Annotation(3.0, 7.0, "Q-CLIP", "quality", Source.DEVICE, note="b, a"),
        Annotation(1.0, 5.0, "Q-HUM", "quality", Source.DEVICE, note="b"),
        Annotation(9.0, 13.0, "Q-WEAK", "quality", Source.DEVICE, note="a"),
        Annotation(5.0, 8.0, "Q-LEAD", "quality", Source.DEVICE, note="a"),
    ]
    found = therapy_result(session(tmp_path, plan, signal(LEVELS)[:, None], tuple(lit)))
    (mean,) = [m for m in found.measures if m.name == "mean in work"]
    # In rests, of other channels and where the muscle itself is weak it says nothing of levels.
    assert len(mean.flags) == 1
    assert "lit for 2.0 s of the work" in mean.flags[0]


def test_a_reference_with_another_filter_is_doubted(tmp_path: Path) -> None:
    plan = Plan(PROTOCOL, (Muscle("a"),), goal_of(PROTOCOL))
    path = session(tmp_path, plan, signal(LEVELS)[:, None])
    file = path / SESSION_FILE
    plain = file.read_text("utf-8")
    assert plain.count('"condition": "20–450 Hz"') == 1
    assert not [f for m in therapy_result(path).measures for f in m.flags]
    file.write_text(plain.replace('"condition": "20–450 Hz"', '"condition": "30–450 Hz"'), "utf-8")
    doubtful = {m.name for m in therapy_result(path).measures if "30–450 Hz" in " ".join(m.flags)}
    assert {"mean in work", "reference", "success"} <= doubtful


def test_a_reference_of_nothing_is_refused_in_words(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tests.unit.session.test_therapy_results.MVC", 0.0)
    plan = Plan(PROTOCOL, (Muscle("a"),), goal_of(PROTOCOL))
    path = session(tmp_path, plan, np.ones((34000, 1)))
    with pytest.raises(EmgError, match="reference effort of this session is 0"):
        therapy_result(path)


def test_two_different_muscles_are_no_two_sides(tmp_path: Path) -> None:
    muscles = (Muscle("a", "Biceps brachii", "right"), Muscle("b", "Soleus", "left"))
    both = np.column_stack([signal((60.0,) * 4), signal((48.0,) * 4)])
    found = therapy_result(session(tmp_path, Plan(PROTOCOL, muscles, goal_of(PROTOCOL)), both))
    assert not [m for m in found.measures if "symmetry" in m.name]
    assert [m for m in found.measures if m.name == "overlap (shape)"]
    # What was asked for is told with the reason.
    asked = replace(PROTOCOL, measures=("symmetry", "co-activation"))
    path = session(tmp_path / "asked", Plan(asked, muscles, goal_of(asked)), both)
    (refused,) = [m for m in therapy_result(path).measures if m.name == "symmetry"]
    assert math.isnan(refused.value)
    assert "the same on the right" in refused.flags[0]
    alone = session(tmp_path / "alone", Plan(asked, muscles[:1], goal_of(asked)), both[:, :1])
    said = {m.name: m.flags for m in therapy_result(alone).measures}
    assert said["co-activation"] == ("needs two muscles",)


def test_what_a_slow_sensor_cannot_filter_is_not_said_to_be(tmp_path: Path) -> None:
    plan = Plan(PROTOCOL, (Muscle("a"),), goal_of(PROTOCOL))
    found = []
    for rate in (1000.0, 250.0):
        path = tmp_path / f"{rate:g}"
        info = StreamInfo("EMG", rate, (Channel("a"),), "float32", "d")
        about = {**plan.stored(), "unit": "µV", "recipe": "RMS", "stream": "EMG", "references": []}
        with imported_session(path, info, {META: about}) as made:
            made.append(np.ones((round(2 * rate), 1), np.float32))
        found.append(therapy_result(path).comparable["filter"])
    assert found == ["20–450 Hz", "> 20 Hz"]


def test_two_sides_are_compared(tmp_path: Path) -> None:
    protocol = Protocol(
        "two", "Two", Kind.COMPARE, (Step("", 4, 4.0, 4.0),), reference=Method.MVC, goals=(40.0,),
        muscles=2,
    )  # fmt: skip
    muscles = (Muscle("a", "Quadriceps", "right"), Muscle("b", "Quadriceps", "left"))
    both = np.column_stack([signal((60.0,) * 4), signal((48.0,) * 4)])
    found = therapy_result(session(tmp_path, Plan(protocol, muscles, goal_of(protocol)), both))
    assert found.value("Quadriceps", "weaker side of stronger") == pytest.approx(80, abs=0.5)
    assert found.value("Quadriceps", "symmetry index") == pytest.approx(-22.2, abs=0.5)
    overlap = found.value("Quadriceps right / Quadriceps left", "overlap (shape)")
    assert overlap == pytest.approx(100 * 48 / 54, abs=1)


def test_a_long_hold_is_looked_at_for_fatigue(tmp_path: Path) -> None:
    protocol = Protocol(
        "endure", "Endure", Kind.BAND, (Step("", 1, 32.0, 0.0),), band=(45.0, 55.0),
        measures=("fatigue",), reference=Method.MVC,
    )  # fmt: skip
    plan = Plan(protocol, (Muscle("a"),), goal_of(protocol))
    noise = 50.0 * np.random.default_rng(4).standard_normal((34000, 1))
    work = Annotation(0.5, 33.0, WORK, TRACK, Source.CUE, repetition=1)
    found = therapy_result(session(tmp_path, plan, noise, (work,)))
    assert abs(found.value("a", "MDF change")) < 10.0
    (slope,) = [m for m in found.measures if m.name == "MDF slope"]
    assert "95 % CI" in slope.recipe
    short = therapy_result(session(tmp_path / "short", plan, noise))
    (refused,) = [m for m in short.measures if m.name == "fatigue"]
    assert math.isnan(refused.value)
    assert "there are 4" in refused.flags[0]


def test_what_is_no_therapy_session_is_refused(tmp_path: Path) -> None:
    info = StreamInfo("EMG", RATE, (Channel("a"),), "float32", "d")
    with imported_session(tmp_path / "plain", info, {}) as made:
        made.append(np.zeros((10, 1), np.float32))
    with pytest.raises(EmgError, match="no therapy session"):
        therapy_result(tmp_path / "plain")
    with pytest.raises(EmgError, match="cannot be read"):
        plan_from({"protocol": {}})
    with pytest.raises(EmgError, match="No muscle"):
        Plan(PROTOCOL, (), goal_of(PROTOCOL))
