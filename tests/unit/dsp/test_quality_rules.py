"""The rules file: what ships is right, and mistakes are named."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pytest

from emgstudio.core.errors import EmgError
from emgstudio.dsp.quality import MEASURES
from emgstudio.dsp.quality_lamps import LampBoard, LampLevel
from emgstudio.dsp.quality_rules import LampRule, quality_rules, read_rules

CODES = "OFF LEAD CLIP ECG MOVE HUM NOEMG NOISE WEAK LOSS BATT IMP"
PLAIN = """
[[lamp]]
code = "Q-IMP"
name = "Contact"
check = [["impedance_kohm > 50"]]
stop = [["impedance_kohm > 200"]]
sentence = "{channel}: {impedance_kohm:.0f} kΩ[, hum {hum_uv:.0f} µV]."
advice = "Wet the skin."
raise_s = 1.0
clear_s = 1.0
[[lamp.for_driver]]
driver = "dry"
check = [["impedance_kohm > 500"]]
"""


def written(tmp_path: Path, text: str) -> Path:
    file = tmp_path / "quality.toml"
    file.write_text(text, "utf-8")
    return file


def told(**values: float) -> dict[str, np.ndarray]:
    return {name: np.array([values.get(name, np.nan)]) for name in MEASURES}


def test_every_lamp_is_there_with_words() -> None:
    rules = quality_rules()
    assert [rule.code for rule in rules] == [f"Q-{code}" for code in CODES.split()]
    for rule in rules:
        assert rule.name
        assert rule.sentence.endswith(".")
        assert rule.advice.endswith((".", "?"))


def test_what_is_possible_depends_on_rate_and_unit() -> None:
    fast = {r.code for r in quality_rules() if r.possible(1000.0, microvolts=True)}
    armband = {r.code for r in quality_rules() if r.possible(200.0, microvolts=False)}
    assert len(fast) == 12
    assert fast - armband == {"Q-LEAD", "Q-MOVE", "Q-NOEMG", "Q-NOISE"}


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("impedance_kohm > 50", "impedance > 50", "no measure"),
        ("impedance_kohm > 50", "impedance_kohm >= 50", "is not like"),
        ('name = "Contact"', 'title = "Contact"', "unknown part"),
        ("{impedance_kohm:.0f}", "{ohm}", "which is no measure"),
        ("raise_s = 1.0", 'action = "sing"\nraise_s = 1.0', "unknown action"),
        ("raise_s = 1.0\n", "", "not complete"),
        ("raise_s = 1.0", 'hides = ["Q-XY"]\nraise_s = 1.0', "hides Q-XY"),
        ('[["impedance_kohm > 50"]]', "[[]]", "empty case"),
        ("[[lamp]]", "[[lamp", "cannot be read"),
    ],
)
def test_mistakes_are_named(tmp_path: Path, old: str, new: str, said: str) -> None:
    with pytest.raises(EmgError, match=said):
        read_rules(written(tmp_path, PLAIN.replace(old, new, 1)))


def test_limits_may_differ_for_a_driver(tmp_path: Path) -> None:
    file = written(tmp_path, PLAIN)
    assert read_rules(file)[0].check[0][0].limit == 50.0
    assert read_rules(file, "dry")[0].check[0][0].limit == 500.0
    assert read_rules(file, "dry")[0].stop[0][0].limit == 200.0


def test_a_lamp_waits_holds_and_goes_out(tmp_path: Path) -> None:
    board = LampBoard(read_rules(written(tmp_path, PLAIN)), ["EMG 1"])
    bad, good, unknown = told(impedance_kohm=78.0), told(impedance_kohm=8.0), told()
    levels = []
    for measures in [bad, bad, bad, unknown, good, bad, good, good, good]:
        board.update(measures, 0.5)
        levels.append(bool(board.lamps(0)))
    assert levels == [False, False, True, True, True, True, True, True, False]


def test_what_is_not_told_for_long_is_forgotten(tmp_path: Path) -> None:
    board = LampBoard(read_rules(written(tmp_path, PLAIN)), ["EMG 1"])
    for _ in range(3):
        board.update(told(impedance_kohm=78.0), 0.5)
    for _ in range(20):
        board.update(told(), 0.5)
    assert board.lamps(0)
    board.update(told(), 0.5)
    assert not board.lamps(0)


def test_words_have_the_values_that_are_known(tmp_path: Path) -> None:
    board = LampBoard(read_rules(written(tmp_path, PLAIN)), ["Biceps"])
    for _ in range(3):
        board.update(told(impedance_kohm=250.0, hum_uv=-np.inf), 0.5)
    lamp = board.lamps(0)[0]
    assert lamp.level is LampLevel.STOP
    assert lamp.sentence == "Biceps: 250 kΩ."
    for _ in range(3):
        board.update(told(impedance_kohm=250.0, hum_uv=12.0), 0.5)
    assert board.lamps(0)[0].sentence == "Biceps: 250 kΩ, hum 12 µV."


@pytest.mark.parametrize("rule", quality_rules(), ids=lambda rule: rule.code)
def test_a_lamp_says_one_sentence_and_one_thing_to_do(rule: LampRule) -> None:
    for text in (rule.sentence, rule.advice):
        assert text.endswith(".")
        assert len(re.findall(r"[.?!](?: |$)", text)) == 1, text
