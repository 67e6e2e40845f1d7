"""A command that a document shows is one that the program takes, with these words and options."""

from __future__ import annotations

import argparse
import re
import shlex
import tomllib
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from emgstudio.cli.main import build_parser
from emgstudio.core.options import option_fields
from emgstudio.devices.registry import DRIVERS
from tests.contracts.house import ROOT, app_files, documents, none_of, text_of

FENCE = re.compile(r"^```(\w*)\n(.*?)^```", re.MULTILINE | re.DOTALL)
INLINE = re.compile(r"`((?:emgstudio|python3 run\.py) [a-z][^`]*)`")
# What stands beside a command: two blanks and words, or a comment.
BESIDE = re.compile(r"\s{2,}(?!-).*|\s+#.*")
BENCHMARK = re.compile(r"benchmarks[./](\w+)(?<!\.)")
EXTRA = re.compile(r"emgstudio\[(\w+)\]")
SETTING = re.compile(r"--set (\w+)=")
OPTION = re.compile(r"&(\w+)=")
ADDRESS = re.compile(r"\b(?:serial|ble|tcp):[^`\n?]*\?driver=([a-z]\w+)((?:&\w+=[^`&\s]*)+)")
KINDS = {kind.key: kind for kind in DRIVERS}


def shown(path: Path) -> Iterator[str]:
    """Whole commands of the blocks of a document, without what is said beside them."""
    for language, block in FENCE.findall(text_of(path)):
        for line in block.splitlines() if not language else ():
            command = BESIDE.sub("", line.strip())
            if command.startswith(("emgstudio ", "python3 run.py ")):
                yield command


def words_of(command: str) -> list[str]:
    words = shlex.split(command)
    return words[1:] if words[0] == "emgstudio" else words[2:]


parser = cache(build_parser)


@cache
def commands() -> dict[str, argparse.ArgumentParser]:
    (choice,) = (a for a in parser()._actions if isinstance(a, argparse._SubParsersAction))
    return dict(choice.choices)


BLOCKS = [
    pytest.param(command, id=f"{path.name}: {command}")
    for path in documents()
    for command in shown(path)
    if words_of(command) != ["test"]
]


@pytest.mark.parametrize("command", BLOCKS)
def test_a_command_in_a_block_is_taken_as_it_stands(command: str) -> None:
    try:
        parser().parse_args(words_of(command))
    except SystemExit as refused:
        pytest.fail(f"{command} is refused: {refused.code}")


def test_commands_in_sentences_have_their_words_and_options() -> None:
    wrong = []
    for path in documents():
        for command in INLINE.findall(text_of(path)):
            word, *others = command.split()[1 if command.startswith("emgstudio") else 2 :]
            known = commands().get(word)
            options = known._option_string_actions if known else {}
            missing = [o for o in others if o.startswith("--") and o not in options]
            if (known is None and word != "test") or missing:
                wrong.append(f"{path}: {command} {missing}")
    none_of(wrong)


def test_devices_have_the_options_that_documents_name() -> None:
    addresses = [
        (path, key, name)
        for path in documents()
        for key, options in ADDRESS.findall(text_of(path))
        for name in OPTION.findall(options)
    ]
    rehearsed = [
        (path, command.split()[2], name)
        for path in documents()
        for command in shown(path)
        if command.startswith("emgstudio emulate ")
        for name in SETTING.findall(command)
    ]
    assert addresses
    assert rehearsed
    none_of(f"{p}: {key} has no {name}" for p, key, name in addresses if name not in taken(key))
    none_of(f"{p}: {key} has no {name}" for p, key, name in rehearsed if name not in played(key))


def taken(key: str) -> set[str]:
    """The options of a driver, as its address takes them."""
    return {field.name for field in option_fields(KINDS[key].driver.Options)}


def played(key: str) -> set[str]:
    """The options of an emulated device."""
    emulator: Any = KINDS[key].emulator
    return {field.name for field in option_fields(emulator.Options)}


def test_benchmarks_and_extras_that_documents_name_exist() -> None:
    extras = tomllib.loads(text_of(Path("pyproject.toml")))["project"]["optional-dependencies"]
    wrong = []
    for path in documents():
        text = text_of(path)
        wrong += [f"{path}: {extra}" for extra in EXTRA.findall(text) if extra not in extras]
        wrong += [
            f"{path}: benchmarks {name}"
            for name in BENCHMARK.findall(text)
            if not (ROOT / f"benchmarks/{name}.py").exists()
        ]
    none_of(wrong)


def test_the_program_says_which_python_installs() -> None:
    """``pip`` alone belongs to another Python than that of the program's own environment."""
    sole = Path("emgstudio/core/extras.py")
    none_of(str(p) for p in app_files() if "pip install" in text_of(p) and p != sole)


def test_there_are_commands_to_look_at() -> None:
    assert len(BLOCKS) > 20
