"""A pace, single options and sureness per gesture become the decisions of a model."""

import argparse

import pytest

from emgstudio.cli.decision_options import PACES, add_decision_options, tuned
from emgstudio.core.errors import EmgError
from emgstudio.ml.postprocess import BALANCED, PostprocessSpec
from emgstudio.ml.trainer import train
from tests import labelled_emg as made


@pytest.fixture(scope="module")
def model():
    return train(
        [made.recording()], channels=made.CHANNELS, condition=made.CONDITION, repetitions=[1]
    )


def asked(*words):
    parser = argparse.ArgumentParser()
    add_decision_options(parser)
    return parser.parse_args(words)


def test_without_any_it_decides_as_it_was_saved(model):
    assert tuned(model, asked()) == model
    assert model.postprocess == BALANCED


def test_options_go_on_top_of_the_pace(model):
    how = tuned(model, asked("--pace", "fast", "--set", "ramp_s=0.3", "--set", "rest_gate=1"))
    spec = how.postprocess
    assert (spec.smoothing, spec.ramp_s, spec.rest_gate) == (0.5, 0.3, 1.0)
    assert tuned(model, asked("--pace", "none")).postprocess == PACES["none"]
    only = tuned(model, asked("--set", "agree=3")).postprocess
    assert (only.agree, only.stay) == (3, BALANCED.stay)
    assert PACES["none"] == PostprocessSpec(votes=1)


def test_each_gesture_may_need_a_sureness_of_its_own(model):
    how = tuned(model, asked("--sure", "fist=0.9", "--sure", "rest=0"))
    assert how.sureness == {"fist": 0.9, "rest": 0.0}
    for text in ("2", "-0.1", "much", "nan"):
        with pytest.raises(EmgError):
            tuned(model, asked("--sure", f"fist={text}"))
    with pytest.raises(SystemExit):
        asked("--sure", "fist")
