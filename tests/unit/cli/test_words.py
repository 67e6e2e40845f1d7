"""Reading what people type."""

from __future__ import annotations

import argparse
import io
import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from emgstudio.cli.app import seconds_until_quit
from emgstudio.cli.command import positive_seconds, show, stopped_politely, trimmed_seconds
from emgstudio.cli.main import WORDS, build_parser, commands, main


@pytest.mark.parametrize("text", ["", "a", "4-1", "1-", "-3", "1-1000000000000"])
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
    words = "demo devices record info verify recover import export train decode evaluate selftest"
    assert all(word in help_text for word in words.split())


def test_each_command_is_found_by_its_word() -> None:
    words = [word for of_module in WORDS.values() for word in of_module]
    assert [command.name for command in commands()] == words
    assert all(word in (c.name for c in commands(word)) for word in words)


def test_a_command_waits_for_no_other_commands_imports() -> None:
    code = (
        "import sys; from emgstudio.cli.main import build_parser; build_parser('emulate');"
        "print(sum(name.startswith(('emgstudio.session', 'emgstudio.ml')) for name in sys.modules))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=120
    )
    assert done.stdout.strip() == "0"


@pytest.mark.parametrize("text", ["-0.1", "inf", "nan", "soon"])
def test_trims_are_seconds_from_zero(text: str) -> None:
    with pytest.raises(argparse.ArgumentTypeError):
        trimmed_seconds(text)


def test_nothing_may_be_trimmed() -> None:
    assert trimmed_seconds("0") == 0.0


def test_a_request_to_end_stops_like_ctrl_c_and_only_inside() -> None:
    before = signal.getsignal(signal.SIGTERM)
    with pytest.raises(KeyboardInterrupt), stopped_politely():
        os.kill(os.getpid(), signal.SIGTERM)
    assert signal.getsignal(signal.SIGTERM) is before


def test_what_the_system_refuses_is_a_users_error(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "file").write_text("here")
    assert main(["demo", "--headless", "--out", str(tmp_path / "file")]) == 2
    assert str(tmp_path / "file") in capsys.readouterr().err


def old_terminal(patch: pytest.MonkeyPatch) -> io.BytesIO:
    """Output that goes where µ cannot be written."""
    kept = io.BytesIO()
    patch.setattr(sys, "stdout", io.TextIOWrapper(kept, encoding="ascii"))
    return kept


def test_output_in_an_old_encoding_is_output_all_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    kept = old_terminal(monkeypatch)
    assert main(["emulate"]) == 0
    text = kept.getvalue().decode("ascii")
    assert "--set" in text
    assert "?" in text


def test_names_in_json_come_back_from_any_encoding(monkeypatch: pytest.MonkeyPatch) -> None:
    kept = old_terminal(monkeypatch)
    show(argparse.Namespace(json=True), {"unit": "µV", "client": "Zoë"}, "")
    sys.stdout.flush()
    assert json.loads(kept.getvalue()) == {"unit": "µV", "client": "Zoë"}


def test_a_window_that_is_asked_for_a_picture_ends_by_itself() -> None:
    assert seconds_until_quit(None, None) is None
    assert seconds_until_quit(None, 2.0) == 2.0
    assert seconds_until_quit(Path("x.png"), 60.0) == 60.0
    assert seconds_until_quit(Path("x.png"), None) is not None
