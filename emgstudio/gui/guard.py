"""Looks whether Qt may be imported, before anything imports it."""

from __future__ import annotations

import importlib
import importlib.metadata
import logging
import re
import sys

from emgstudio.core.extras import install_line

log = logging.getLogger(__name__)

EXIT_UNSAFE = 3
DISTRIBUTIONS = ("PySide6-Essentials", "PySide6")
# From here on and on older Pythons, each void Qt call drops a reference to None
# and each signal one to True: docs/decisions/0003-pyside6-pin.md.
UNSAFE_SINCE = (6, 12)
SAFE_PYTHON = (3, 12)


def check() -> str | None:
    """What keeps the window from opening, in a sentence with the way out; None if nothing does."""
    version = installed_version()
    if version is None:
        return "PySide6, which draws the window, is not installed. Run: python3 run.py"
    problem = problem_of(version, sys.version_info[:2])
    if problem is not None:
        return problem
    try:
        importlib.import_module("PySide6.QtWidgets")
    except ImportError as error:
        return f"Qt could not be loaded: {error}. Run: python3 run.py"
    return None


def installed_version() -> str | None:
    """The version of PySide6 as its installation says; Qt is not imported."""
    for name in DISTRIBUTIONS:
        try:
            return importlib.metadata.version(name)
        except importlib.metadata.PackageNotFoundError:
            continue
    return None


def problem_of(version: str, python: tuple[int, int]) -> str | None:
    """The sentence for a pair of versions that would crash, otherwise None."""
    numbers = tuple(int(number) for number in re.findall(r"\d+", version)[:2])
    if numbers < UNSAFE_SINCE or python >= SAFE_PYTHON:
        return None
    return (
        f"PySide6 {version} with Python {python[0]}.{python[1]} is not safe: the program would "
        "crash. Please install Python 3.12 or newer, or run: "
        + install_line("PySide6-Essentials<6.12")
    )


def refuse(problem: str) -> int:
    """Say on stderr why there is no window; the exit code for that."""
    log.critical("%s", problem)
    # A frozen app without a console has no stderr; the log file has the sentence.
    if sys.stderr is not None:
        sys.stderr.write(f"emgstudio: {problem}\n")
    return EXIT_UNSAFE
