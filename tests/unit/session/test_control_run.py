"""A test from start to kept result, told by hand what time it is; and comparing two of them."""

import json
from pathlib import Path

import pytest
from scipy import stats

from emgstudio.core.errors import EmgError
from emgstudio.core.options import option_fields
from emgstudio.core.types import Decision
from emgstudio.ml.model import GestureModel
from emgstudio.ml.trainer import train
from emgstudio.session.evaluation_tests.book import TestBook
from emgstudio.session.evaluation_tests.comparing import compare, fisher, permutation, rates
from emgstudio.session.evaluation_tests.kept import Done, keep, kept_tests, write_tables
from emgstudio.session.evaluation_tests.kinds import KINDS, kind_of, seconds_of
from emgstudio.session.evaluation_tests.run import PATIENCE_S, ControlRun
from tests.labelled_emg import CHANNELS, CONDITION, recording

CLASSES = ("fist", "open", "rest", "wrist_extension", "wrist_flexion")
HOP = 0.0625
SILENT = "The sensor is silent."


@pytest.fixture(scope="module")
def model() -> GestureModel:
    return train([recording(repetitions=2)], channels=CHANNELS, condition=CONDITION)


def run_of(kind: str, seed: int = 0, **options: object) -> ControlRun:
    known = kind_of(kind)
    return ControlRun(known, CLASSES, seed=seed, options=known.options(**options))


def decided(gesture: str, time: float, strength: float = 1.0) -> Decision:
    return Decision(time, 0, gesture, 1.0, gesture, (1.0,), strength, 0.0)


def obeyed(run: ControlRun, start: float = 0.0, wrong: int = 0) -> ControlRun:
    """A person who does what is asked at once; the first ``wrong`` decisions are another one."""
    now, said = start, 0
    while run.outcome is None:
        now += HOP
        gesture, strength = run.cue
        if gesture != "rest" and said < wrong:
            gesture, said = "rest", said + 1
        run.advance(now, [decided(gesture, now, strength)])
        assert now < start + 600
    return run


@pytest.mark.parametrize("kind", list(KINDS))
def test_who_does_what_is_asked_succeeds_in_every_test(kind: str) -> None:
    run = run_of(kind)
    shortest, longest = seconds_of(run.test)
    assert 0 < shortest <= longest
    assert run.done == 0
    obeyed(run)
    assert run.outcome is not None
    assert run.outcome.level == "good"
    assert run.outcome.figures[0].value == (0 if kind == "idle" else 100)
    assert run.done == 1
    assert run.prompt == "Done"
    assert run.cue == ("rest", 0.0)


def test_a_person_pauses_and_goes_on() -> None:
    run = run_of("motion")
    run.advance(0.0, [])
    run.advance(1.5, [])
    assert run.prompt.startswith("Do: ")
    run.pause()
    assert run.prompt == "Paused"
    assert run.cue == ("rest", 0.0)
    run.advance(500.0, [decided("fist", 500.0)])
    assert run.paused
    run.resume()
    obeyed(run, start=600.0)
    assert run.outcome is not None
    assert run.outcome.figures[0].value == 100
    assert run.pauses == 1


def test_a_silent_sensor_pauses_and_says_so() -> None:
    run = run_of("tac")
    run.advance(0.0, [])
    run.advance(2.0, [], SILENT)
    assert run.paused
    assert run.detail.startswith(SILENT)
    run.resume()
    assert run.paused, "there is nothing to go on with"
    run.advance(2.0 + PATIENCE_S / 2, [])
    assert run.running, "a short silence is no business of the person"
    run.advance(30.0, [], SILENT)
    run.advance(31.0 + PATIENCE_S, [])
    assert run.paused, "the person may be gone"
    assert "Go on when you are ready" in run.detail
    run.resume()
    assert run.running
    assert run.pauses == 2


def test_decisions_that_were_seen_are_not_counted_twice() -> None:
    run = run_of("idle", minutes=0.5)
    seen = [decided("rest", 4.0 + HOP * k) for k in range(20)]
    run.advance(0.0, [])
    run.advance(3.5, [])
    run.advance(6.0, seen[:10])
    run.advance(6.0, seen)
    run.advance(6.0, seen)
    assert run.test.watched_s == pytest.approx(0.25 + 19 * HOP)
    assert run.latest is seen[-1]


def test_a_model_that_knows_too_little_is_told_what_is_missing() -> None:
    assert "2 movements" in KINDS["tac"].problem(("fist", "rest"))
    assert "rest" in KINDS["idle"].problem(("fist", "open"))
    assert not any(kind.problem(CLASSES) for kind in KINDS.values())
    with pytest.raises(EmgError, match="no test"):
        kind_of("spelling")


def test_every_setting_changes_its_test() -> None:
    assert len(run_of("motion", times=3).test.order) == 12
    assert run_of("tac", tolerance=5.0).test.goals[0].radius == 5
    assert len(run_of("fitts", per_ring=7).test.goals) == 14
    assert run_of("idle", minutes=5.0).test.seconds == 300
    for kind in KINDS.values():
        assert option_fields(kind.options)


def test_kept_tests_are_read_again_and_a_damaged_one_is_named(
    tmp_path: Path, model: GestureModel
) -> None:
    run = obeyed(run_of("fitts"))
    assert run.outcome is not None
    done = Done.of(run, run.outcome, model)
    file = keep(tmp_path, done)
    (kept,) = kept_tests(tmp_path)
    assert kept.entry == json.loads(json.dumps(done.to_json()))
    assert kept.like(done.to_json())
    assert kept.entry["decisions"]["votes"] == model.postprocess.votes
    tables = sorted(p.name for p in file.parent.glob("*.csv"))
    assert tables == [f"{done.stem}-trials.csv", f"{done.stem}.csv"]
    head, first = file.with_suffix(".csv").read_text("utf-8").splitlines()[:2]
    assert head.startswith("time_stamp,trial_number,goal_target,global_clock,cursor_position")
    # A goal is x, y and its diameter; so is the cursor, which is a point.
    assert first.count(",") > head.count(",")
    assert first.split('"')[3].endswith(", 0)")
    with pytest.raises(OSError, match="json"):
        write_tables(file / "below.csv", done.outcome)
    file.write_text("[{", encoding="utf-8")
    with pytest.raises(EmgError, match="cannot be read"):
        kept_tests(tmp_path)
    file.write_text('{"when": "2026-01-01", "format": "other", "schema": 1}', encoding="utf-8")
    with pytest.raises(EmgError, match="no test"):
        kept_tests(tmp_path)


def test_tests_of_a_model_wait_until_it_is_saved(model: GestureModel, tmp_path: Path) -> None:
    class Folder:
        def models(self) -> list[Path]:
            return [p for p in tmp_path.iterdir() if p.is_dir()]

    book = TestBook(Folder())
    book.of(model, None, "right arm")
    run = obeyed(run_of("idle", minutes=0.5))
    assert run.outcome is not None
    first = Done.of(run, run.outcome, model)
    book.add(first)
    assert book.keep_waiting()[0] == "check"
    assert [k.model for k in book.former(first)] == ["not saved yet"]
    saved = tmp_path / "right arm"
    saved.mkdir()
    book.of(model, saved, "right arm")
    assert book.keep_waiting() == ("good", "Kept with “right arm”.")
    assert not book.waiting
    newer = tmp_path / "right arm v2"
    newer.mkdir()
    book.of(model, newer, "right arm v2")
    assert [k.model for k in book.former(first)] == ["right arm"], "of the version before"
    last = book.last("idle", CLASSES)
    assert last is not None
    assert last.when == first.when.replace(microsecond=0)
    assert book.last("idle", ("fist", "rest")) is None
    assert book.last("motion", CLASSES) is None
    other = Done.of(run_of("idle", minutes=1.0), run.outcome, model)
    assert book.former(other) == [], "other settings cannot be compared"


def test_chance_agrees_with_scipy() -> None:
    for hits, totals in (((3, 9), (10, 10)), ((0, 4), (8, 12)), ((10, 10), (10, 10))):
        table = [hits, tuple(t - h for h, t in zip(hits, totals, strict=True))]
        assert fisher(hits, totals) == pytest.approx(stats.fisher_exact(table).pvalue)
    for counts, times in (((2, 9), (60.0, 60.0)), ((5, 1), (300.0, 60.0)), ((0, 0), (60.0, 60.0))):
        share = times[0] / sum(times)
        wanted = stats.binomtest(counts[0], sum(counts), share).pvalue if sum(counts) else 1.0
        assert rates(counts, times) == pytest.approx(wanted)
    a, b = [2.1, 3.4, 2.9, 3.3, 2.0], [4.0, 3.1, 5.2, 4.4, 4.9]
    # 252 ways to share them out: scipy goes through all.
    exact = stats.permutation_test((a, b), lambda x, y: x.mean() - y.mean()).pvalue
    assert permutation(a, b) == pytest.approx(exact, abs=0.01)
    assert permutation([], b) == 1


def test_only_a_clear_change_is_called_one(model: GestureModel) -> None:
    def entry(kind: str, seed: int, wrong: int, **options: object) -> dict[str, object]:
        run = obeyed(run_of(kind, seed, **options), wrong=wrong)
        assert run.outcome is not None
        return Done.of(run, run.outcome, model).to_json()

    good, alike = entry("motion", 1, 0, times=4), entry("motion", 2, 0, times=4)
    assert compare(alike, good).way == "unclear"
    assert compare(alike, good).words.startswith("No clear change: completion rate 100 % → 100 %")
    slow = entry("motion", 3, 5000, times=4)
    assert compare(slow, good).way == "better"
    assert compare(good, slow).words.startswith("Worse: completion rate 100 % → 0 %")
    fitts = compare(entry("fitts", 1, 0), entry("fitts", 2, 0))
    assert [figure.name for figure in fitts.figures] == ["completion rate", "throughput"]


def test_a_change_of_counts_and_a_mixed_one() -> None:
    def idle(count: int) -> dict[str, object]:
        return {"kind": "idle", "rows": [["fist", 0.0, 0.1]] * count, "settings": {"minutes": 1}}

    assert compare(idle(0), idle(3)).way == "unclear", "three against none may be chance"
    assert compare(idle(12), idle(1)).words.startswith(
        "Better: false activations 720 per hour → 60"
    )

    def motion(reached: int, seconds: float) -> dict[str, object]:
        rows = [[k < reached, seconds + 0.01 * k if k < reached else None] for k in range(20)]
        return {"kind": "motion", "rows": rows, "columns": ["reached", "completed_s"]}

    mixed = compare(motion(8, 2.0), motion(20, 4.0))
    assert mixed.way == "unclear"
    assert mixed.words.startswith("Mixed (completion rate better, completion time worse)")
