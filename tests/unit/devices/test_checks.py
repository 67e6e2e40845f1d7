"""Why a sensor may be missing: what is looked at, and what is said about it."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from emgstudio.core.errors import EmgError
from emgstudio.devices import checks
from emgstudio.devices.checks import Check, Surroundings, look, missing_group, permitted
from emgstudio.devices.search import SeenPort

UNO = SeenPort("/dev/ttyACM0", "Arduino Uno", 0x2341, 0x0043)
BOARD = SeenPort("COM1")


def told(
    around: Surroundings,
    *,
    may: bool = True,
    users: tuple[str, ...] = (),
    group: str = "",
) -> list[Check]:
    return list(look(around, lambda _port: may, lambda _port: users, lambda: group))


def test_a_computer_in_order_says_so() -> None:
    around = Surroundings((UNO,), searched=True, heard=3, lsl=True)
    assert [check.state for check in told(around)] == ["good"] * 4
    assert "3 devices were heard" in told(around)[2].text


def test_no_port_and_no_usb_port_speak_of_the_cable() -> None:
    none, only = told(Surroundings())[0], told(Surroundings((BOARD,)))[0]
    assert none.state == only.state == "check"
    assert "only charge" in none.hint
    assert "none of them is at USB" in only.text


def test_a_port_without_permission_comes_with_the_command() -> None:
    check = told(Surroundings((UNO,)), may=False)[1]
    assert check.state == "stop"
    assert "No permission for /dev/ttyACM0 (Arduino Uno)" in check.text
    assert check.command.startswith("sudo usermod -aG dialout")


def test_a_port_in_use_names_who_uses_it() -> None:
    check = told(Surroundings((UNO,)), users=("arduino-ide",))[1]
    assert (check.state, "used by arduino-ide" in check.text) == ("stop", True)
    ours = told(Surroundings((UNO,), connected=("/dev/ttyACM0",)), users=("python",))[1]
    assert ours.state == "good"
    assert "in this program" in ours.text


def test_the_group_is_named_where_the_user_is_not_in_it() -> None:
    assert any("group dialout" in check.text for check in told(Surroundings(), group="dialout"))
    assert not any("group" in check.text for check in told(Surroundings()))


@pytest.mark.parametrize(
    ("around", "state", "words"),
    [
        (Surroundings(radio_problem=EmgError("Bluetooth is off.", "Switch it on.")), "stop", "off"),
        (Surroundings(), "unknown", "not searched"),
        (Surroundings(searched=True), "check", "nobody advertises"),
        (Surroundings(searched=True, heard=1), "good", "1 device was heard"),
    ],
)
def test_the_radio(around: Surroundings, state: str, words: str) -> None:
    check = told(around)[1]
    assert check.state == state
    assert words in check.text


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="only Linux tells")
def test_programs_at_a_port_are_found_by_their_open_files(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    port, files = tmp_path / "ttyUSB0", tmp_path / "proc" / "77" / "fd"
    port.touch()
    files.mkdir(parents=True)
    (files / "3").symlink_to(port)
    (files.parent / "comm").write_text("screen\n")
    (tmp_path / "proc" / "78").mkdir()
    monkeypatch.setattr(checks, "PROCESSES", tmp_path / "proc")
    assert checks.programs_at(str(port)) == ("screen",)
    assert checks.programs_at(str(tmp_path / "ttyUSB1")) == ()


def test_the_system_is_asked_without_opening_anything(tmp_path: Path) -> None:
    file = tmp_path / "port"
    file.touch()
    assert permitted(str(file))
    assert permitted(str(tmp_path / "gone")), "that it is not there is another sentence"
    assert isinstance(missing_group(), str)
