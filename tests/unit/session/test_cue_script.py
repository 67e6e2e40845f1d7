from dataclasses import replace
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from emgstudio.core.errors import EmgError
from emgstudio.session.cue_script import (
    CueScript,
    ScriptCue,
    example_script,
    read_script,
    save_script,
)

THREE = (ScriptCue("A", duration_s=1.0), ScriptCue("B", "fist", 2.5), ScriptCue("C", label="c"))


def test_the_example_can_run():
    assert example_script().problems() == []


@pytest.mark.parametrize("ending", [".csv", ".json"])
def test_a_script_comes_back_from_its_file_as_it_was(tmp_path, ending):
    script = CueScript("Mine", THREE, "random", 7, 3, 2.0, 1.5, "Relax", tmp_path)
    save_script(script, tmp_path / f"mine{ending}")
    assert read_script(tmp_path / f"mine{ending}") == script


def test_a_csv_of_a_spreadsheet_with_semicolons_and_decimal_commas(tmp_path):
    path = tmp_path / "grip.csv"
    path.write_text("\ufeffText;Picture;Duration_s\nGreifen;fist;2,5\n;;\nLoslassen;;1\n", "utf-8")
    script = read_script(path)
    assert script.name == "grip"
    assert [(c.text, c.picture, c.duration_s) for c in script.cues] == [
        ("Greifen", "fist", 2.5),
        ("Loslassen", "", 1.0),
    ]


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("a.csv", ""),
        ("a.csv", "words,seconds\nx,1\n"),
        ("a.csv", "text,duration_s\nx,soon\n"),
        ("a.json", "{"),
        ("a.json", '{"format": "other", "cues": []}'),
        ("a.json", "[]"),
    ],
)
def test_a_file_that_is_no_script_says_what_is_wrong(tmp_path, name, text):
    (tmp_path / name).write_text(text)
    with pytest.raises(EmgError, match="is not a cue script"):
        read_script(tmp_path / name)


def test_every_problem_is_a_sentence_with_its_place(tmp_path):
    script = CueScript(
        "",
        (ScriptCue(" "), ScriptCue("x", "missing.png"), ScriptCue("x", "y.exe", 0.0)),
        "shuffled",
        repeats=0,
        lead_s=-1.0,
        folder=tmp_path,
    )
    problems = script.problems()
    for words in (
        "no name",
        "fixed or random",
        "at least once",
        "lead-in",
        "Cue 1: it shows nothing",
        "Cue 2: the picture “missing.png” is not in the folder",
        "Cue 3: it must last",
        "Cue 3: “y.exe” is neither",
    ):
        assert any(words in problem for problem in problems), words
    assert all(problem.endswith(".") for problem in problems)
    with pytest.raises(EmgError, match="no name"):
        script.check()


@given(seed=st.integers(0, 1000), repeats=st.integers(1, 6))
def test_f9_a_random_order_is_repeatable_balanced_and_never_the_same_twice_running(seed, repeats):
    script = CueScript("Mine", THREE, "random", seed, repeats)
    shown = script.sequence()
    assert shown == script.sequence()
    assert all(shown.count(cue) == repeats for cue in THREE)
    assert all(a != b for a, b in pairwise(shown))


def test_a_seed_is_drawn_where_there_is_none_and_kept_where_there_is():
    script = CueScript("Mine", THREE, "random")
    assert script.with_seed().seed is not None
    assert replace(script, seed=4).with_seed().seed == 4


def test_how_long_it_takes():
    script = CueScript("Mine", THREE, repeats=2, lead_s=3.0, pause_s=1.0)
    assert script.duration_s == pytest.approx(3.0 + 2 * 6.5 + 5 * 1.0)
