"""The parts of run.py that can be tried without installing anything."""

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

import run


@pytest.fixture
def checkout(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A checkout whose environment has just been made by this Python."""
    root = run.ROOT
    for name in ("ROOT", "VENV", "STAMP", "PYTHON"):
        monkeypatch.setattr(run, name, tmp_path / getattr(run, name).relative_to(root))
    (tmp_path / "pyproject.toml").write_text("[project]")
    run.PYTHON.parent.mkdir(parents=True)
    run.PYTHON.touch()
    version = ".".join(map(str, sys.version_info[:3]))
    (run.VENV / "pyvenv.cfg").write_text(f"home = /x\nversion = {version}\n")
    return tmp_path


@pytest.fixture
def calls(monkeypatch: pytest.MonkeyPatch) -> list[list[str]]:
    """Commands that would have been run; all succeed."""
    made: list[list[str]] = []
    monkeypatch.setattr(run, "run", lambda command, env=None: made.append(command) or 0)
    return made


def test_a_second_start_installs_nothing(checkout: Path, calls: list[list[str]]) -> None:
    assert run.set_up("")
    assert len(calls) == 1
    assert calls[0][-2:] == ["--editable", str(checkout)]
    assert run.set_up("")
    assert len(calls) == 1


def test_the_tools_for_tests_are_added_and_serve_the_app_too(
    checkout: Path, calls: list[list[str]]
) -> None:
    assert run.set_up("")
    assert run.set_up("test")
    assert calls[-1][-1] == f"{checkout}[test]"
    assert run.set_up("")
    assert len(calls) == 2


def test_new_requirements_are_installed(checkout: Path, calls: list[list[str]]) -> None:
    assert run.set_up("")
    (checkout / "pyproject.toml").write_text("[project]\ndependencies = ['more']")
    assert run.set_up("")
    assert len(calls) == 2


def test_another_python_gets_an_environment_of_its_own(
    checkout: Path, calls: list[list[str]]
) -> None:
    (run.VENV / "pyvenv.cfg").write_text("version = 3.8.1\n")
    assert run.set_up("")
    assert calls[0][1:3] == ["-m", "venv"]
    assert "--clear" in calls[0]


def test_a_failed_installation_is_tried_again(
    checkout: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(run, "run", lambda command, env=None: 1)
    assert not run.set_up("")
    assert "connection" in capsys.readouterr().err
    assert not run.stamped("")


@pytest.mark.parametrize("text", ["", "{", "[]", '{"for": 1}', json.dumps({"extra": ""})])
def test_an_unreadable_stamp_is_none(checkout: Path, text: str) -> None:
    run.STAMP.write_text(text)
    assert not run.stamped("")


@pytest.mark.parametrize(
    ("installer", "line"),
    [
        ("apt-get", "sudo apt-get install -y libegl1 libxcb-cursor0"),
        ("dnf", "sudo dnf install -y libglvnd-egl xcb-util-cursor"),
        ("pacman", "sudo pacman -S --needed libglvnd xcb-util-cursor"),
    ],
)
def test_whoever_may_not_install_gets_the_exact_line(
    installer: str,
    line: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    calls: list[list[str]],
) -> None:
    monkeypatch.setattr(run.os, "geteuid", lambda: 1000, raising=False)
    monkeypatch.setattr(shutil, "which", lambda name: name if name == installer else None)
    packages = [run.LIBRARIES["libxcb-cursor.so.0"], run.LIBRARIES["libEGL.so.1"]]
    assert not run.install_system(packages, "to show windows")
    assert line in capsys.readouterr().out
    assert calls == []


def test_root_on_debian_installs_exactly_what_is_missing(
    monkeypatch: pytest.MonkeyPatch, calls: list[list[str]]
) -> None:
    monkeypatch.setattr(run.os, "geteuid", lambda: 0, raising=False)
    monkeypatch.setattr(shutil, "which", lambda name: name if name == "apt-get" else None)
    monkeypatch.setattr(run, "loads", lambda library: library != "libEGL.so.1")
    monkeypatch.setattr(run, "has_font", lambda folder: False)
    assert run.install_system(run.missing_packages(), "to show windows")
    assert calls[0][:2] == ["apt-get", "update"]
    assert calls[1][-2:] == ["fonts-dejavu-core", "libegl1"]


def test_libraries_and_fonts_are_looked_for_where_they_are(tmp_path: Path) -> None:
    assert not run.loads("libno-such-library.so.7")
    assert not run.has_font(tmp_path)
    assert not run.has_font(tmp_path / "absent")
    (tmp_path / "truetype").mkdir()
    (tmp_path / "truetype" / "some.ttf").touch()
    assert run.has_font(tmp_path)


def test_without_a_screen_the_demo_runs_headless(
    monkeypatch: pytest.MonkeyPatch,
    calls: list[list[str]],
    capsys: pytest.CaptureFixture[str],
) -> None:
    started: list[list[str]] = []
    monkeypatch.setattr(run, "start", lambda arguments: started.append(arguments) or 0)
    monkeypatch.setattr(run, "set_up", lambda extra: True)
    monkeypatch.setattr(run, "qt_libraries_ready", lambda: True)
    for screen in (False, True):
        monkeypatch.setattr(run, "has_display", lambda screen=screen: screen)
        run.main([])
    run.main(["record", "--seconds", "3"])
    assert started == [run.DEMO, run.APP, ["record", "--seconds", "3"]]
    assert capsys.readouterr().out.splitlines() == [run.NO_DISPLAY, run.WINDOW_COMES]


def test_an_old_python_is_refused_in_a_sentence(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(run.sys, "version_info", (3, 10, 2))
    assert run.main([]) == 1
    assert "needs Python 3.11" in capsys.readouterr().err


def test_the_last_line_of_a_check_is_kept_and_all_are_shown(
    capfd: pytest.CaptureFixture[str],
) -> None:
    code, last = run.shown(
        run.started([sys.executable, "-c", "print('a'); print('3 passed'); exit(4)"])
    )
    assert (code, last) == (4, "3 passed")
    assert capfd.readouterr().out == "a\n3 passed\n"


def test_run_py_needs_nothing_but_python() -> None:
    code = "import sys; sys.argv = ['run.py']; import run"
    isolated = [sys.executable, "-S", "-c", f"import sys; sys.path.insert(0, '.'); {code}"]
    assert subprocess.run(isolated, cwd=run.ROOT, check=False).returncode == 0


def test_debian_without_venv_is_told_how_to_get_it(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setitem(sys.modules, "ensurepip", None)
    monkeypatch.setattr(run.os, "geteuid", lambda: 1000, raising=False)
    monkeypatch.setattr(shutil, "which", lambda name: name if name == "apt-get" else None)
    assert not run.venv_ready()
    version = f"{sys.version_info[0]}.{sys.version_info[1]}"
    assert f"sudo apt-get install -y python{version}-venv" in capsys.readouterr().out


def test_a_missing_bus_for_the_bluetooth_tests_is_told_and_stops_nothing(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(run.os, "geteuid", lambda: 1000, raising=False)
    monkeypatch.setattr(shutil, "which", lambda name: name if name == "apt-get" else None)
    monkeypatch.setattr(sys, "platform", "linux")
    run.prepare_bluetooth_tests()
    assert "sudo apt-get install -y dbus-daemon" in capsys.readouterr().out
    monkeypatch.setattr(shutil, "which", lambda name: name)
    run.prepare_bluetooth_tests()
    assert capsys.readouterr().out == ""
