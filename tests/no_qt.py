"""A pytest plug-in (``-p tests.no_qt``) that makes Qt look uninstalled.

Core to session, and the command line without a window, must work on a machine
that has neither PySide6 nor pyqtgraph.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from importlib.machinery import ModuleSpec
from types import ModuleType

import pytest

ABSENT = ("PySide6", "shiboken6", "pyqtgraph")


class Absent:
    """A finder that comes first and finds nothing to be installed."""

    def find_spec(
        self, name: str, path: Sequence[str] | None = None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        if name.partition(".")[0] in ABSENT:
            raise ModuleNotFoundError(f"No module named '{name}'", name=name)
        return None


def pytest_addoption(parser: pytest.Parser) -> None:
    # pytest-qt is switched off too, yet pyproject.toml still holds its settings.
    for name in ("qt_api", "qt_log_level_fail", "qt_log_ignore"):
        parser.addini(name, "unused without Qt")


def pytest_configure() -> None:
    present = [name for name in ABSENT if name in sys.modules]
    if present:
        raise pytest.UsageError(f"imported before the no-Qt run began: {present}")
    sys.meta_path.insert(0, Absent())


def pytest_report_header() -> str:
    return f"looks uninstalled: {', '.join(ABSENT)}"
