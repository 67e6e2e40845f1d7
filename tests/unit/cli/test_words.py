"""Reading what people type."""

from __future__ import annotations

import argparse

import pytest

from emgstudio.cli.command import positive_seconds
from emgstudio.cli.main import build_parser, main


@pytest.mark.parametrize("text", ["", "a", "4-1", "1-", "-3"])
def test_what_names_no_repetitions_is_a_users_mistake(
    text: str, capsys: pytest.CaptureFixture[str]
) -> None:
    words = ["evaluate", "x", "--split", "repetition", f"--test-reps={text}"]
    assert main(words) == 2
    assert "no list of repetitions" in capsys.readouterr().err


@pytest.mark.parametrize("text", ["0", "-1", "inf", "nan", "soon"])
def test_seconds_must_be_positive_and_finite(text: str) -> None:
    with pytest.raises(argparse.ArgumentTypeError):
        positive_seconds(text)


def test_the_documented_commands_are_there() -> None:
    help_text = build_parser().format_help()
    words = "demo devices record info verify recover import train decode evaluate selftest"
    assert all(word in help_text for word in words.split())
