"""The guard itself needs no Qt: that is its point."""

import subprocess
import sys

import pytest

from emgstudio.gui import guard


@pytest.mark.parametrize(
    ("version", "python", "safe"),
    [
        ("6.12.0", (3, 11), False),
        ("6.12.0a1", (3, 11), False),
        ("6.13.1", (3, 11), False),
        ("7.0.0", (3, 11), False),
        ("6.12.0", (3, 12), True),
        ("6.13.0", (3, 14), True),
        ("6.11.3", (3, 11), True),
        ("6.8.1", (3, 11), True),
    ],
)
def test_a7_only_the_bad_pairs_are_refused(
    version: str, python: tuple[int, int], safe: bool
) -> None:
    problem = guard.problem_of(version, python)
    assert (problem is None) is safe
    if problem is not None:
        assert f"PySide6 {version} with Python 3.11 is not safe" in problem
        assert "pip install" in problem


def test_absent_pyside_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(guard, "DISTRIBUTIONS", ("no-such-distribution",))
    problem = guard.check()
    assert problem is not None
    assert "not installed" in problem


def test_missing_system_libraries_are_told(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(name: str) -> None:
        raise ImportError("libEGL.so.1: cannot open shared object file")

    monkeypatch.setattr(guard, "installed_version", lambda: "6.11.3")
    monkeypatch.setattr(guard.importlib, "import_module", fail)
    problem = guard.check()
    assert problem is not None
    assert "libEGL" in problem


PROGRAM = """
import importlib.metadata, sys
importlib.metadata.version = lambda name: "6.12.0"
sys.version_info = (3, 11, 7, "final", 0)
from emgstudio.cli.main import main
code = main([])
assert not [name for name in sys.modules if name.startswith(("PySide6", "shiboken6"))]
sys.exit(code)
"""


def test_a7_the_app_ends_with_code_3_before_qt_is_imported() -> None:
    ended = subprocess.run(
        [sys.executable, "-c", PROGRAM], capture_output=True, text=True, check=False
    )
    assert ended.returncode == guard.EXIT_UNSAFE == 3, ended.stderr
    assert "PySide6 6.12.0 with Python 3.11 is not safe" in ended.stderr
    assert "Traceback" not in ended.stderr
