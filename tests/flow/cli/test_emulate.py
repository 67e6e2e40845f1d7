"""``emgstudio emulate``: a rehearsal from the address it prints to the samples."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest

from emgstudio.cli.main import main
from emgstudio.devices.registry import DRIVERS
from tests.flow.cli.emulating import emulating


@pytest.mark.parametrize(
    "words",
    [
        # Its counter takes minutes to come round: what is lost is counted, never guessed by time.
        pytest.param(["shimmer3", "--drop", "0.05"], marks=pytest.mark.skipif(
            sys.platform == "win32", reason="ptys are a thing of POSIX")),
        ["ascii", "--tcp", "0"],
    ],
)  # fmt: skip
def test_what_is_emulated_can_be_recorded(
    words: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with emulating(*words) as emulated:
        # To measure the rate of lines takes a second in which the computer does not stand still.
        uri = emulated["uri"] + "&rate=500" * (emulated["key"] == "ascii")
        record = ["record", "--device", uri, "--seconds", "1", "--out", str(tmp_path)]
        assert main([*record, "--json"]) == 0
    (stream,) = json.loads(capsys.readouterr().out)["streams"]
    assert stream["rate"] == {"shimmer3": 1024.0, "ascii": 500.0}[emulated["key"]]
    assert stream["samples"] > 300
    if emulated["key"] == "shimmer3":
        assert 0 < stream["lost"] < 0.2 * stream["samples"]
    else:
        assert stream["lost"] == 0


def test_all_that_can_be_emulated_is_listed(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["emulate", "--json"]) == 0
    listed = {one["key"] for one in json.loads(capsys.readouterr().out)["devices"]}
    assert listed == {kind.key for kind in DRIVERS if kind.emulator is not None}


def test_options_of_a_device_are_listed_and_taken(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["emulate"]) == 0
    listed = capsys.readouterr().out
    for text in ("--set daisy=0", "--set firmware=3", "--set name=UNO-R4", "--set hum=0"):
        assert text in listed
    words = ["emulate", "muovi", "--tcp", "0", "--seconds", "0.1"]
    assert main([*words, "--set", "plus=1"]) == 0
    # What the driver has to be told is in the address.
    assert "?driver=muovi&probe=Muovi%2B" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("setting", "told"),
    [("dais=1", "no option 'dais'"), ("daisy=often", "Daisy: 16 channels cannot be 'often'")],
)
def test_a_setting_that_a_device_does_not_have(
    setting: str, told: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["emulate", "cyton", "--set", setting]) == 2
    assert told in capsys.readouterr().err
    with pytest.raises(SystemExit):
        main(["emulate", "cyton", "--set", "daisy"])


def test_it_ends_by_itself_and_tells_what_was_sent(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["emulate", "spikerbox", "--tcp", "0", "--seconds", "0.1"]) == 0
    out = capsys.readouterr().out
    assert "serial:socket://127.0.0.1:" in out
    assert "?driver=spikerbox" in out
    assert "did not arrive whole" in out


def test_what_cannot_be_emulated(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["emulate", "nonsense"]) == 2
    assert "no emulated device 'nonsense'" in capsys.readouterr().err
    with pytest.raises(SystemExit):
        main(["emulate", "ascii", "--drop", "2"])
