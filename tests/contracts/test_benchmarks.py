"""Whoever wants to repeat a figure finds the benchmark and its command."""

import re
from pathlib import Path

from benchmarks.__main__ import listed
from tests.contracts.house import ROOT, none_of, python_files, text_of

OWN = [path for path in python_files() if path.parts[0] == "benchmarks"]
PROGRAM = 'if __name__ == "__main__":'


def test_every_benchmark_is_in_the_list_or_a_part_of_one() -> None:
    alone = {command.split()[0].partition(".")[2] for command, _ in listed(ROOT / "benchmarks")}
    used = {
        name
        for path in OWN
        for name in re.findall(r"benchmarks(?:\.| import |/)(\w+)", text_of(path))
        if name != path.stem
    }
    none_of(str(path) for path in OWN if path.stem not in alone | used | {"__main__"})
    none_of(name for name in alone if PROGRAM not in text_of(Path(f"benchmarks/{name}.py")))


def test_the_list_says_what_each_measures() -> None:
    rows = listed(ROOT / "benchmarks")
    assert len(rows) > 30
    none_of(command for command, what in rows if not what.strip().endswith((".", "?")))
