"""Words of a report and trends over sessions: only what the numbers carry."""

from __future__ import annotations

import csv
import io
import json
import math
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import pytest
from scipy.stats import theilslopes

from emgstudio.dsp.measure import Measure
from emgstudio.session.reference import Method
from emgstudio.session.therapy.goal import Goal, goal_of
from emgstudio.session.therapy.judging import Repetition
from emgstudio.session.therapy.plan import Muscle, Plan
from emgstudio.session.therapy.protocol import Kind, Protocol, Step
from emgstudio.session.therapy.report import (
    STATEMENT,
    in_one_sentence,
    methods_line,
    numbers,
    numbers_csv,
    trends,
)
from emgstudio.session.therapy.results import TherapyResult
from emgstudio.session.therapy.trend import detectable, trend

MUSCLE = "Vastus medialis left"
FIRST = datetime(2026, 9, 1, 10, tzinfo=UTC)
PROTOCOL = Protocol(
    "own", "Own", Kind.UP, (Step("", 2, 4.0, 4.0),), reference=Method.MVC, goals=(60.0,)
)
SAME = {"normalisation": "mvc", "window of the reference": "0.5 s", "sensor": "Trigno"}


def result(mean: float = 62.0, days: float = 0.0, **changes: object) -> TherapyResult:
    repetitions = tuple(
        Repetition(1, "", k, 8.0 * k, 8.0 * k + 4, Goal(Kind.UP, 60), share, (mean,), (80.0,), 3.0,
                   0.4, True)
        for k, share in ((1, 0.9), (2, 0.5))
    )  # fmt: skip
    measures = (
        Measure(MUSCLE, "mean in work", mean, "%MVC", "RMS over 250 ms"),
        Measure(MUSCLE, "best repetition", mean + 5, "%MVC", "RMS over 250 ms"),
        Measure(MUSCLE, "relaxed rests", 100.0, "%", "below 20 %"),
        Measure(MUSCLE, "longest hold", math.nan, "s", "stretch", ("no finished repetition",)),
        Measure(MUSCLE, "reference", 200.0, "µV", "mvc, window 500 ms, 20–450 Hz"),
    )
    plain = TherapyResult(
        Path("session"), FIRST + timedelta(days=days), "C-0042", False,
        Plan(PROTOCOL, (Muscle("a", "Vastus medialis", "left"),), goal_of(PROTOCOL), "C-0042"),
        "%MVC", "RMS over 250 ms, 20–450 Hz", repetitions, 30.0, 0.0, np.zeros((0, 1)), measures,
        SAME,
    )  # fmt: skip
    return replace(plain, **changes)


def test_the_sentence_says_what_was_reached_and_what_changed() -> None:
    first = "Vastus medialis left worked at 62 % of its maximum on average and reached its goal"
    assert in_one_sentence(result()) == f"{first} in 1 of 2; it relaxes well."
    assert "; 24 % more than last time;" in in_one_sentence(result(), result(50.0, -7))
    assert "; 11 % less than last time;" in in_one_sentence(result(), result(70.0, -7))
    assert "; about as much as last time;" in in_one_sentence(result(), result(61.0, -7))
    other = result(50.0, -7, comparable={**SAME, "sensor": "Cyton"})
    assert "not comparable with last time (sensor changed)" in in_one_sentence(result(), other)
    assert in_one_sentence(result(repetitions=())).startswith("No repetition was finished")


def test_one_rest_is_no_habit() -> None:
    one = result().repetitions[:1]
    assert in_one_sentence(result(repetitions=one)).endswith("; it relaxed in its only rest.")
    two = in_one_sentence(result())
    assert two.endswith("; it relaxes well.")


def test_numbers_are_complete_and_the_same_everywhere() -> None:
    found = numbers(result())
    json.dumps(found, allow_nan=False)
    assert found["statement"] == STATEMENT
    rows = list(csv.DictReader(io.StringIO(numbers_csv([result(), result(65.0, 7)]))))
    assert len(rows) == 10
    assert [r["value"] for r in rows if r["measure"] == "mean in work"] == ["62", "65"]
    assert [r["value"] for r in rows if r["measure"] == "longest hold"] == ["", ""]
    assert all(row["unit"] and row["recipe"] for row in rows)
    assert methods_line(result()).startswith("Levels: RMS over 250 ms, 20–450 Hz; reference: mvc")


def sessions(values: list[float], **changes: object) -> list[TherapyResult]:
    return [result(value, 7 * k, **changes) for k, value in enumerate(values)]


def test_a_rise_over_weeks_is_told_with_its_interval() -> None:
    found = trend(sessions([40, 45, 49, 56, 60, 64]), MUSCLE, "best repetition")
    assert found.clear
    assert found.per_week == pytest.approx(5, abs=0.6)
    assert found.sentence.startswith("Best repetition rises by")
    assert [p.joined for p in found.points] == [False] + [True] * 5


def test_a_large_number_is_said_in_digits_and_not_as_a_power_of_ten() -> None:
    found = trend(sessions([500, 580, 440, 550, 470, 520]), MUSCLE, "best repetition")
    assert found.detectable > 100
    assert f"Less than {found.detectable:.0f} %MVC" in found.sentence
    assert "e+" not in found.sentence


def test_ups_and_downs_are_no_change() -> None:
    found = trend(sessions([50, 58, 44, 55, 47, 52]), MUSCLE, "best repetition")
    assert not found.clear
    assert found.sentence.startswith(
        "No clear change of best repetition over 6 comparable sessions (95 % interval -"
    )


def test_a_value_that_never_differs_needs_no_statistics() -> None:
    found = trend(sessions([60.3] * 5), MUSCLE, "best repetition")
    assert not found.clear
    assert found.sentence == "Best repetition was the same in 5 comparable sessions."


def test_sessions_that_differ_by_chance_are_rarely_called_a_change() -> None:
    rng = np.random.default_rng(6)
    weeks, calls, within = np.arange(6.0), 0, 0
    for _ in range(150):
        noise = rng.standard_normal(8)
        _, _, low, high = theilslopes(noise[:6], weeks, 0.95)
        calls += low > 0 or high < 0
        within += abs(noise[6] - noise[7]) < detectable(weeks, noise[:6], 0.0)
    assert calls <= 0.05 * 150
    assert within >= 0.9 * 150


def test_the_least_change_by_hand() -> None:
    # Residuals ±1 about a flat line: scatter √(4 / 2), two degrees of freedom.
    found = detectable(np.arange(4.0), np.array([1.0, -1.0, 1.0, -1.0]), 0.0)
    assert found == pytest.approx(4.303 * math.sqrt(2) * math.sqrt(2), rel=1e-3)
    told = trend(sessions([50, 58, 44, 55, 47, 52]), MUSCLE, "best repetition")
    assert f"Less than {told.detectable:.2g} %MVC between two sessions" in told.sentence


@pytest.mark.parametrize(
    "what", ["placement", "electrodes", "normalisation", "window of the reference", "filter"]
)
def test_each_change_that_matters_begins_a_new_line(what: str) -> None:
    early = sessions([80, 82, 85, 84, 83], comparable={**SAME, what: "one"})
    late = [
        result(v, 60 + 7 * k, comparable={**SAME, what: "other"}) for k, v in enumerate((40, 41))
    ]
    found = trend([*early, *late], MUSCLE, "best repetition")
    assert [p.joined for p in found.points] == [False, *[True] * 4, False, True]
    assert found.points[5].apart.changed == (what,)
    assert "there are 2" in found.sentence


def test_what_is_not_comparable_is_not_joined_and_the_trend_begins_anew() -> None:
    early = sessions([80, 82, 85])
    late = [
        result(v, 30 + 7 * k, comparable={**SAME, "window of the reference": "0.25 s"})
        for k, v in enumerate([40.0, 46.0, 50.0, 56.0, 60.0])
    ]
    found = trend([*late, *early], MUSCLE, "best repetition")
    assert found.points[3].joined is False
    assert found.points[3].apart.changed == ("window of the reference",)
    assert found.per_week > 0


def with_electrodes(*told: str) -> list[TherapyResult]:
    return [
        result(50.0 + 3 * k, 7 * k, comparable={**SAME, "electrodes": words})
        for k, words in enumerate(told)
    ]


def test_electrodes_told_for_the_first_time_are_no_change_but_are_told() -> None:
    found = trend(with_electrodes("", "", "gel", "gel", "gel"), MUSCLE, "best repetition")
    assert all(p.joined for p in found.points[1:])
    assert [p.apart.words for p in found.points] == [
        "", "", "electrodes are noted for only one of both sessions", "", "",
    ]  # fmt: skip
    assert found.points[2].apart.meaning.endswith("only if they were the same")
    assert found.clear
    newest, before = result(comparable={**SAME, "electrodes": "gel"}), result(50.0, -7)
    said = in_one_sentence(newest, before)
    assert "; 24 % more than last time, if the electrodes were the same;" in said


def test_electrodes_left_out_once_do_not_hide_that_others_were_used() -> None:
    same = trend(with_electrodes("gel", "", "gel"), MUSCLE, "best repetition")
    assert [bool(p.apart.words) for p in same.points] == [False, True, False]
    other = trend(with_electrodes("gel", "", "dry"), MUSCLE, "best repetition")
    assert other.points[2].apart.changed == ("electrodes",)
    assert not other.points[2].joined


def placed(mean: float, days: float, placement: str, *muscles: Muscle) -> TherapyResult:
    plain = result(mean, days, comparable={**SAME, "placement": placement})
    return replace(plain, plan=replace(plain.plan, muscles=muscles))


def test_the_place_of_another_muscle_and_the_source_of_a_rule_begin_no_new_trend() -> None:
    muscle, other = Muscle("a", "Vastus medialis", "left"), Muscle("b", "Soleus", "left")
    rule = f"{MUSCLE} on a (80 %; of the line; unchecked: not yet compared with a source)"
    checked = f"{MUSCLE} on a (80 %; of the line; agrees with SENIAM)"
    first = placed(50.0, 0.0, rule, muscle)
    second = placed(51.0, 7.0, f"{checked}; Soleus left on b (67 %)", muscle, other)
    third = placed(52.0, 14.0, checked.replace("on a", "on c"), replace(muscle, channel="c"))
    moved = placed(53.0, 21.0, checked.replace("80 %", "70 %"), muscle)
    found = trend([first, second, third, moved], MUSCLE, "best repetition")
    assert [p.apart.changed for p in found.points] == [(), (), (), ("placement",)]


def test_sessions_in_another_unit_have_no_place_on_the_axis() -> None:
    plain = result(180.0, -7)
    measures = tuple(replace(m, unit="µV") if m.unit == "%MVC" else m for m in plain.measures)
    microvolts = replace(plain, measures=measures)
    found = trend([microvolts, *sessions([50, 60])], MUSCLE, "best repetition")
    assert found.unit == "%MVC"
    assert [p.value for p in found.points] == [55, 65]
    assert found.aside == "1 session is in µV and not shown here."
    assert trend(sessions([50, 60]), MUSCLE, "best repetition").aside == ""


def test_too_few_sessions_say_so() -> None:
    # Four random values rise all the way in 4 of 100 cases.
    found = trend(sessions([50, 60, 70, 80]), MUSCLE, "best repetition")
    assert math.isnan(found.per_week)
    assert "there are 4" in found.sentence
    assert trend([], MUSCLE, "best repetition").points == ()
    assert trends([]) == []
    assert {t.name for t in trends(sessions([50, 60]))} == {"best repetition", "reference"}
