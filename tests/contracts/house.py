"""What the house-rule tests look at: every Python file and every document of the project."""

from __future__ import annotations

import ast
import gc
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
    # Trees stay: to look through them for garbage again and again took half of the time.
    gc.disable()
    try:
        return ast.parse(text_of(path), str(path))
    finally:
        gc.enable()


@cache
def _nodes_by_kind(path: Path) -> dict[type[ast.AST], list[ast.AST]]:
    found: dict[type[ast.AST], list[ast.AST]] = {}
    for node in ast.walk(tree_of(path)):
        found.setdefault(type(node), []).append(node)
    return found


def nodes(path: Path, *kinds: type[ast.AST]) -> Iterator[ast.AST]:
    """All nodes of exactly these kinds in a file, kind by kind."""
    return (node for kind in kinds for node in _nodes_by_kind(path).get(kind, ()))


def dotted(node: ast.AST) -> str:
    """``a.b.c`` of a name with dots; empty if it is anything else. Unparsing is dear."""
    if isinstance(node, ast.Name):
        return node.id
    if not isinstance(node, ast.Attribute):
        return ""
    before = dotted(node.value)
    return f"{before}.{node.attr}" if before else ""


@lru_cache(maxsize=1)
def documents() -> tuple[Path, ...]:
    """All Markdown files, relative to the project."""
    found = [*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")]
    return tuple(sorted(path.relative_to(ROOT) for path in found))


def none_of(offenders: Iterable[str]) -> None:
    """Fail and name every offender, one on a line."""
    found = list(offenders)
    assert not found, "\n" + "\n".join(found)
