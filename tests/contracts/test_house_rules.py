"""The house rules of CONTRIBUTING.md that no tool checks."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

from emgstudio.core import paths
from tests.contracts.house import (
    app_files,
    dotted,
    nodes,
    none_of,
    python_files,
    text_of,
    tree_of,
)

LONGEST_FILE = 400
LONGEST_FUNCTION = 55
# Functions that may be longer, as "path:name", each with its reason. Short, please.
LONG_FUNCTIONS: dict[str, str] = {}
LONGEST_SLEEP_IN_TESTS_S = 0.05
VAGUE_NAMES = re.compile(r"(Manager|Helper|Utils?)$", re.IGNORECASE)
UNFINISHED = re.compile(r"#.*\b(TODO|FIXME|XXX)\b")
COLOUR = re.compile(r"^#[0-9a-fA-F]{3,8}$|[:\s]#[0-9a-fA-F]{3,8}\b|\b(rgb|hsl)a?\(")
COLOURS_LIVE_IN = Path("emgstudio/gui/theme.py")
QT_COLOURS = re.compile(r"GlobalColor\.(?!transparent\b|color\d)")


def test_files_are_short_enough_to_be_known() -> None:
    lengths = {path: len(text_of(path).splitlines()) for path in python_files()}
    none_of(f"{path}: {n} lines" for path, n in lengths.items() if n > LONGEST_FILE)


def test_functions_are_short_enough_to_be_read() -> None:
    long = {
        f"{path}:{node.name}": lines
        for path in python_files()
        for node in nodes(path, ast.FunctionDef, ast.AsyncFunctionDef)
        if (lines := code_lines(node)) > LONGEST_FUNCTION
    }
    none_of(f"{name}: {n} lines" for name, n in long.items() if name not in LONG_FUNCTIONS)
    assert set(LONG_FUNCTIONS) <= set(long), "no longer needed"


def code_lines(function: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    """Lines of a function without its signature and its docstring."""
    body = function.body[1:] if ast.get_docstring(function) else function.body
    return body[-1].end_lineno - body[0].lineno + 1 if body else 0


def test_names_say_what_a_thing_is() -> None:
    names = [
        f"{path}:{node.name}"
        for path in app_files()
        for node in nodes(path, ast.ClassDef, ast.FunctionDef)
    ]
    names += [str(path.with_suffix("")) for path in app_files()]
    assert [name for name in names if VAGUE_NAMES.search(name)] == []


def test_every_file_says_what_it_is_for() -> None:
    silent = [str(path) for path in app_files() if not ast.get_docstring(tree_of(path))]
    none_of(silent)


def test_only_the_command_line_prints() -> None:
    prints = [
        f"{path}:{node.lineno}"
        for path in app_files()
        for node in nodes(path, ast.Call)
        if path.parts[1] != "cli" and dotted(node.func) == "print"
    ]
    none_of(prints)


def test_no_error_is_swallowed() -> None:
    silent = [
        f"{path}:{handler.lineno}"
        for path in python_files()
        for handler in nodes(path, ast.ExceptHandler)
        if all(isinstance(part, ast.Pass) for part in handler.body)
        or (takes_everything(handler) and all(isinstance(p, ast.Continue) for p in handler.body))
    ]
    none_of(silent)


def takes_everything(handler: ast.ExceptHandler) -> bool:
    return handler.type is None or dotted(handler.type) in ("Exception", "BaseException")


def test_nothing_is_left_unfinished() -> None:
    notes = [
        f"{path}:{number}"
        for path in python_files()
        for number, line in enumerate(text_of(path).splitlines(), 1)
        if UNFINISHED.search(line) and path.name != Path(__file__).name
    ]
    stubs = [
        f"{path}:{node.lineno}"
        for path in app_files()
        for node in nodes(path, ast.Raise)
        if node.exc is not None and "NotImplementedError" in ast.unparse(node.exc)
    ]
    none_of(notes + stubs)


def test_colours_live_in_the_theme() -> None:
    gui = [p for p in app_files() if p.parts[1] == "gui" and p != COLOURS_LIVE_IN]
    found = [f"{path}:{line} {value!r}" for path in gui for line, value in colours_in(path)]
    none_of(found)


def colours_in(path: Path) -> Iterator[tuple[int, str]]:
    kinds = (ast.Module, ast.ClassDef, ast.FunctionDef)
    documentation = {ast.get_docstring(node, clean=False) for node in nodes(path, *kinds)}
    for node in nodes(path, ast.Constant):
        text = node.value if isinstance(node.value, str) else ""
        if COLOUR.search(text) and text not in documentation:
            yield node.lineno, text
    if "GlobalColor" not in text_of(path):
        return
    for node in nodes(path, ast.Attribute):
        if QT_COLOURS.search(ast.unparse(node)):
            yield node.lineno, node.attr


# Which argument of which call names a resource, and how its path follows from it.
RESOURCE_CALLS = {
    "resource": (0, "{}"),
    "drawing": (0, "{}.svg"),
    "picture": (0, "{}.svg"),
    "Picture": (0, "{}.svg"),
    "show_picture": (0, "{}.svg"),
    "icon": (0, "icons/{}.svg"),
    "set_icon": (1, "icons/{}.svg"),
}


def test_every_resource_that_is_used_exists() -> None:
    there = list(paths.resource(".").rglob("*"))
    used = {pattern: path for path in app_files() for pattern in resources_in(path)}
    assert used
    missing = [name for name in used if not any(file.match(name) for file in there)]
    none_of(f"{used[name]}: {name}" for name in missing)


def resources_in(path: Path) -> Iterator[str]:
    """Patterns of the resources a file names; what is filled in later becomes ``*``."""
    for call in nodes(path, ast.Call):
        name = getattr(call.func, "id", getattr(call.func, "attr", ""))
        position, pattern = RESOURCE_CALLS.get(name, (0, ""))
        if not pattern or len(call.args) <= position:
            continue
        argument = call.args[position]
        if isinstance(argument, ast.Constant) and isinstance(argument.value, str):
            yield pattern.format(argument.value)
        elif isinstance(argument, ast.JoinedStr):
            parts = [p.value if isinstance(p, ast.Constant) else "*" for p in argument.values]
            yield pattern.format("".join(parts))


def test_tests_wait_for_conditions_and_not_for_time() -> None:
    slow = [
        f"{path}:{call.lineno}"
        for path in python_files()
        if path.parts[0] == "tests"
        for call in nodes(path, ast.Call)
        if dotted(call.func) in ("time.sleep", "sleep", "qtbot.wait", "QTest.qWait")
        and isinstance(call.args[0], ast.Constant)
        and seconds(call) > LONGEST_SLEEP_IN_TESTS_S
    ]
    none_of(slow)


def seconds(call: ast.Call) -> float:
    scale = 1.0 if "sleep" in ast.unparse(call.func) else 1e-3
    return float(call.args[0].value) * scale


def test_no_lambda_outlives_its_widget() -> None:
    """The theme lives as long as the app: only methods are disconnected with their widget."""
    left = [
        f"{path}:{call.lineno}"
        for path in app_files()
        for call in nodes(path, ast.Call)
        if call.args
        and isinstance(call.args[0], ast.Lambda)
        and ast.unparse(call.func).endswith("theme().changed.connect")
    ]
    none_of(left)


def test_every_field_reads_decimals_alike() -> None:
    """Qt's own field reads 2.5 as 25 where the desktop writes 2,5."""
    none_of(
        f"{path}:{call.lineno}"
        for path in app_files()
        for call in nodes(path, ast.Call)
        if dotted(call.func) == "QDoubleSpinBox"
    )
