"""A new day on the simulated armband: compared, one movement held again, nothing else touched."""

from __future__ import annotations

from pathlib import Path

import pytest

from emgstudio.core.errors import EmgError
from emgstudio.core.types import ConditionSpec
from emgstudio.ml.model import GestureModel
from emgstudio.ml.protocol import CuePlan
from emgstudio.ml.trainer import train
from emgstudio.session import newday
from emgstudio.session.newday import NewDay
from emgstudio.session.session import Session
from tests.flow.session.sampled_time import SampledTime
from tests.simulated_person import SimulatedPerson

RATE = 400.0


@pytest.fixture(scope="module")
def model() -> GestureModel:
    person = SimulatedPerson("A", rate=RATE)
    plan = CuePlan(
        ("rest", "fist", "open"),
        repetitions=2,
        hold_s=1.3,
        pause_s=0.1,
        countdown_s=0.2,
        rest_s=2.6,
    )
    return train([person.follow(plan)], channels=person.channels, condition=ConditionSpec())


def follow(day: NewDay, made_time: SampledTime) -> None:
    def ended() -> bool:
        day.calibration.advance()
        day.advance()
        return day.result is not None or day.problem != ""

    made_time.until(ended)


def test_e5_a_day_is_compared_and_one_weak_movement_held_again(
    model: GestureModel, made_time: SampledTime, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, seconds in (("REST_S", 1.3), ("COUNTDOWN_S", 0.2), ("HOLD_S", 1.3), ("PAUSE_S", 0.1)):
        monkeypatch.setattr(newday, name, seconds)
    with Session() as session:
        made_time.connect(session, f"sim:gestures?person=A&rate={RATE:g}")
        day = NewDay(session, Path("right arm"), model)
        assert not day.can_redo, "nothing to do again yet"
        follow(day, made_time)
        assert day.problem == ""
        assert day.result is not None
        assert set(day.result.old.recalls) == {"rest", "fist", "open"}
        before = {take.label: take.id for take in day.calibration.takes}
        day.redo("fist")
        follow(day, made_time)
        assert day.result is not None
        after = {take.label: take.id for take in day.calibration.takes}
        assert {label for label in after if after[label] != before[label]} == {"fist"}
        assert [take.id for take in day.calibration.replaced("fist", 1)] == [before["fist"]]
        day.stop()
        assert not day.can_redo
        assert session.recorder is None
        day.redo("fist")
        assert day.result is not None, "too late, and nothing is lost"


def test_a_day_that_is_left_early_changes_nothing(
    model: GestureModel, made_time: SampledTime
) -> None:
    with Session() as session:
        with pytest.raises(EmgError, match="Nothing streams"):
            NewDay(session, Path("right arm"), model)
        made_time.connect(session, f"sim:gestures?person=A&rate={RATE:g}")
        day = NewDay(session, Path("right arm"), model)
        day.stop()
        assert "Nothing was changed" in day.problem
        assert not day.advance()
        assert session.recorder is None
