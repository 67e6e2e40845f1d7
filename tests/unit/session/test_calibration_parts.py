"""The parts of a calibration that think: person, sites, rest, choices, versions, motion test."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from emgstudio.core.errors import EmgError
from emgstudio.core.ring import Chunk
from emgstudio.core.types import Decision
from emgstudio.ml.protocol import CuePlan, CueProtocol
from emgstudio.session.calibration_choices import Choices
from emgstudio.session.calibration_person import (
    CueStyle,
    Person,
    Preset,
    PresetBook,
    code_problem,
)
from emgstudio.session.calibration_rest import judge_rest
from emgstudio.session.calibration_sites import DURATION_S, judge_sites, prompt_at
from emgstudio.session.calibration_test import MotionTest
from emgstudio.session.calibration_versions import base_of, next_name, number_of, versions_of

RATE = 500.0


def chunk(data: np.ndarray, lost: slice | None = None) -> Chunk:
    valid = np.ones(len(data), bool)
    if lost is not None:
        valid[lost] = False
    return Chunk(0, data.astype(np.float32), valid)


def moving(gains: tuple[float, ...], seed: int = 0) -> np.ndarray:
    """Ten seconds, quiet and active in turn; channels differ in how much louder they get."""
    rng = np.random.default_rng(seed)
    out = rng.normal(size=(round(10 * RATE), len(gains)))
    active = (np.arange(len(out)) // round(2 * RATE)) % 2 == 1
    out[active] *= gains
    return out


def test_a_code_is_no_name() -> None:
    assert code_problem("C-0042") == ""
    assert code_problem("") == ""
    for name in ("Anna Miller", "Anna", "x" * 30 + "1", "C 42"):
        assert code_problem(name)


def test_what_was_chosen_is_offered_again(tmp_path: Path) -> None:
    book = PresetBook(tmp_path)
    assert book.last() == Preset()
    first = Preset(Person("C-1", side="left", mark="plug up"), CuePlan(("fist", "open")))
    second = Preset(Person("C-2"), None, CueStyle("ramp", 3))
    book.keep(first)
    book.keep(second)
    again = PresetBook(tmp_path)
    assert again.last() == second
    assert again.of("C-1") == first
    assert again.codes() == ("C-2", "C-1")
    assert again.of("C-9") == Preset(Person("C-9"))


def test_a_damaged_book_is_as_usual_and_kept(tmp_path: Path) -> None:
    path = tmp_path / "calibrations.json"
    path.write_text("{", encoding="utf-8")
    assert PresetBook(tmp_path).last() == Preset()
    assert path.with_name("calibrations.json.bad").exists()
    entry = {"person": {"code": "C-1", "side": "up"}, "plan": None, "style": {}}
    path.write_text(json.dumps({"people": {"C-1": entry}}), encoding="utf-8")
    assert PresetBook(tmp_path).of("C-1").person == Person("C-1")


def test_repetitions_ask_for_three_strengths_and_positions_in_turn() -> None:
    style = CueStyle("levels", 3)
    assert [style.word(r) for r in (1, 2, 3, 4)] == ["middle", "weak", "strong", "middle"]
    assert style.strength(2) < style.strength(1) < style.strength(3)
    assert [style.position(r, 9) for r in range(1, 10)] == [0, 0, 0, 1, 1, 1, 2, 2, 2]
    assert style.position_words(9, 9) == "Reach forward."
    ramp = CueStyle("ramp")
    middles = [sum(ramp.zone(1, f)) for f in (0.0, 0.5, 1.0)]
    assert middles[1] > middles[0]
    assert middles[0] == pytest.approx(middles[2])
    with pytest.raises(EmgError):
        CueStyle("levels", 4)


def test_sites_that_answer_and_sites_that_do_not() -> None:
    report = judge_sites(chunk(moving((30, 30, 30, 30, 1.0, 2.3))), RATE, list("abcdef"), 4)
    levels = [site.level for site in report.sites]
    assert levels == ["good"] * 4 + ["stop", "check"]
    assert report.sites[0].contrast_db == pytest.approx(29.5, abs=1.5)
    assert report.enough
    assert "4 of 6" in report.headline
    assert any("No answer from e" in words for words in report.advice)
    few = judge_sites(chunk(moving((30, 1, 1, 1))), RATE, list("abcd"), 4)
    assert not few.enough
    assert "needs 4" in few.headline


def test_two_sites_that_hear_the_same_muscle() -> None:
    data = moving((20, 20, 20, 20))
    data[:, 3] = data[:, 2] + 0.1 * data[:, 3]
    report = judge_sites(chunk(data), RATE, ["1", "2", "3", "4"], 4)
    assert [(a, b) for a, b, _ in report.same] == [(2, 3)]
    assert report.advice[0].startswith("3 and 4 hear the same muscle")
    assert judge_sites(chunk(moving((20,) * 4)), RATE, list("abcd"), 4).same == ()


def test_a_site_without_any_signal_or_too_little_of_it() -> None:
    data = moving((20, 20, 20, 20))
    data[:, 1] = 0.0
    assert judge_sites(chunk(data), RATE, list("abcd"), 4).sites[1].words == "no signal"
    short = judge_sites(chunk(data[:50]), RATE, list("abcd"), 4)
    assert {site.level for site in short.sites} == {"stop"}


def test_prompts_fill_ten_seconds() -> None:
    assert DURATION_S == 10.0
    assert [prompt_at(t)[0] for t in (0.0, 2.5, 4.5)] == ["rest", "open", "fist"]
    assert prompt_at(10.0) == ("rest", "", 0.0)


def test_a_rest_that_was_tense_or_lost_is_refused() -> None:
    rng = np.random.default_rng(1)
    even = rng.normal(size=(5000, 4))
    assert judge_rest(chunk(even), RATE).ok
    falling = even * np.linspace(2.0, 1.0, 5000)[:, None]
    tense = judge_rest(chunk(falling), RATE)
    assert not tense.ok
    assert "tense" in tense.problem
    rising = judge_rest(chunk(even * np.linspace(1.0, 1.4, 5000)[:, None]), RATE)
    assert rising.ok
    lost = judge_rest(chunk(even, slice(100, 200)), RATE)
    assert not lost.ok
    assert "2 %" in lost.problem
    assert judge_rest(chunk(falling[:1000]), RATE).ok, "two seconds are too short to tell"
    assert not judge_rest(chunk(even[:0]), RATE).ok


def test_a_movement_at_the_beginning_of_a_rest_is_only_reaction() -> None:
    data = np.random.default_rng(1).normal(size=(5000, 4))
    data[:400] *= 10
    assert judge_rest(chunk(data), RATE).ok


def test_choices_can_be_taken_back_and_made_again() -> None:
    recorded = ["rest", "fist", "open", "pinch"]
    choices = Choices()
    assert choices.how(recorded) == {}
    choices.leave_out("open")
    choices.merge("pinch", "fist")
    how = choices.how(recorded)
    assert how["gestures"] == {"rest", "fist", "pinch"}
    assert dict(how["renamed"]) == {"pinch": "fist"}
    assert choices.undo() == "Pinch counts as Fist"
    assert choices.how(recorded)["gestures"] == {"rest", "fist", "pinch"}
    assert choices.redo() == "Pinch counts as Fist"
    choices.undo()
    choices.undo()
    assert not choices.can_undo
    assert choices.how(recorded) == {}
    with pytest.raises(EmgError):
        choices.leave_out("rest")
    with pytest.raises(EmgError):
        choices.merge("fist", "fist")
    choices.leave_out("fist")
    with pytest.raises(EmgError, match="Fewer than two"):
        choices.how(["rest", "fist"])


def test_names_of_versions() -> None:
    paths = [Path(name) for name in ("right arm", "right arm v3", "left arm", "right arm v2")]
    assert [v.path.name for v in versions_of(paths, "right arm v2")] == [
        "right arm v3",
        "right arm v2",
        "right arm",
    ]
    assert next_name(paths, "right arm") == "right arm v4"
    assert next_name(paths, "right hand") == "right hand"
    assert (base_of("arm v12"), number_of("arm v12")) == ("arm", 12)
    assert (base_of("v2"), number_of("v2")) == ("v2", 1)


def decided(gesture: str, time: float) -> Decision:
    return Decision(time, 0, gesture, 1.0, gesture, (1.0,), 0.5, 0.0)


def test_motion_test_measures_reaching_time_and_steadiness() -> None:
    test = MotionTest(("rest", "fist", "open"), seed=1, hold_s=1.0, limit_s=3.0, break_s=0.5)
    assert len(test.order) == 4
    assert "rest" not in test.order
    assert all(a != b for a, b in zip(test.order, test.order[1:], strict=False))
    now, reached_from = 0.0, {}
    while test.result is None:
        now += 0.05
        target = test.target
        since = now - reached_from.setdefault((test.number, target), now)
        # Fist is recognised after half a second, open never.
        gesture = "fist" if target == "fist" and since > 0.5 else "rest"
        test.advance(now, [decided(gesture, now)])
    fists = [t for t in test.result.targets if t.gesture == "fist"]
    assert test.result.reached == 2
    assert all(t.reached for t in fists)
    assert test.result.selected_s == pytest.approx(0.6, abs=0.11)
    assert test.result.completed_s == pytest.approx(1.6, abs=0.15)
    assert test.result.steadiness == pytest.approx(1.0)
    assert test.result.missed == ("open",)
    assert test.result.words.startswith("2 of 4 reached, 0.")


def test_a_flickering_hold_is_not_steady() -> None:
    test = MotionTest(("fist",), seed=1, times=1, hold_s=1.0, limit_s=5.0, break_s=0.0)
    now = 0.0
    while test.result is None:
        now += 0.05
        test.advance(now, [decided("fist" if round(now / 0.05) % 2 else "rest", now)])
    assert test.result.reached == 1
    assert test.result.steadiness == pytest.approx(0.5, abs=0.05)


def test_what_is_asked_for_while_paused_comes_first_and_one_more_can_be_added() -> None:
    protocol = CueProtocol(CuePlan(("fist", "open"), repetitions=1, rest_s=4.0))
    protocol.start(0.0)
    protocol.advance(4.0)
    protocol.pause(4.1)
    protocol.redo("rest", 1)
    protocol.resume(4.2)
    assert protocol.view(4.3).phase == "rest"
    assert protocol.add("fist") == 2
    ended, now = [], 4.3
    while not protocol.finished:
        now += 0.1
        ended += [(e.gesture, e.repetition) for e in protocol.advance(now) if e.kind == "end"]
    assert sorted(ended) == [("fist", 1), ("fist", 2), ("open", 1), ("rest", 1)]
    assert ended[0] == ("rest", 1)
