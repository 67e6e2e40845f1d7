"""What the house-rule tests look at: every Python file and every document of the project."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator
from functools import cache, lru_cache
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
SCANNED = ("emgstudio", "tests", "benchmarks", "installers")


@lru_cache(maxsize=1)
def python_files() -> tuple[Path, ...]:
    """All Python files, relative to the project."""
    found = [path for folder in SCANNED for path in (ROOT / folder).rglob("*.py")]
    return tuple(sorted(path.relative_to(ROOT) for path in [*found, ROOT / "run.py"]))


@lru_cache(maxsize=1)
def app_files() -> tuple[Path, ...]:
    """The Python files of the app itself."""
    return tuple(path for path in python_files() if path.parts[0] == "emgstudio")


@cache
def text_of(path: Path) -> str:
    return (ROOT / path).read_text("utf-8")


@cache
def tree_of(path: Path) -> ast.Module:
    return ast.parse(text_of(path), str(path))


def nodes(path: Path, *kinds: type[ast.AST]) -> Iterator[ast.AST]:
    """All nodes of these kinds in a file."""
    return (node for node in ast.walk(tree_of(path)) if isinstance(node, kinds))


@lru_cache(maxsize=1)
def documents() -> tuple[Path, ...]:
    """All Markdown files, relative to the project."""
    found = [*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")]
    return tuple(sorted(path.relative_to(ROOT) for path in found))


def none_of(offenders: Iterable[str]) -> None:
    """Fail and name every offender, one on a line."""
    found = list(offenders)
    assert not found, "\n" + "\n".join(found)
