"""Every benchmark: how it is called and what it measures.

python -m benchmarks
"""

from __future__ import annotations

import ast
import re
from pathlib import Path

COMMAND = re.compile(r"python -m (benchmarks\.\w+[^`#\n]*)")


def listed(folder: Path) -> list[tuple[str, str]]:
    """(command, what it measures) of each module of the folder that is a program of its own."""
    found = []
    for path in sorted(folder.glob("*.py")):
        text = ast.get_docstring(ast.parse(path.read_text("utf-8"))) or ""
        commands = COMMAND.findall(text)
        # A part of another benchmark names no command, or only that of the other.
        if commands and commands[0].split()[0] == f"benchmarks.{path.stem}":
            found.append((commands[0].strip(), text.partition("\n")[0]))
    return found


def main() -> None:
    for command, what in listed(Path(__file__).parent):
        print(f"python -m {command}\n    {what}")


if __name__ == "__main__":
    main()
