"""What is kept by name in a small file, whatever became of the file."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from emgstudio.core.errors import EmgError
from emgstudio.session.entry_file import EntryFile


def made(folder: Path) -> EntryFile:
    return EntryFile(folder / "kept.json", "people", "What you chose")


def test_what_was_kept_is_there_again_in_its_order(tmp_path: Path) -> None:
    file = made(tmp_path)
    assert file.entry("Zoë") == {}
    file.keep("Zoë", {"side": "left"})
    file.keep("Ann", {"side": "right"})
    again = made(tmp_path)
    assert list(again.entries) == ["Zoë", "Ann"]
    assert again.entry("Zoë") == {"side": "left"}
    again.store({"Ann": {}})
    assert list(made(tmp_path).entries) == ["Ann"]


@pytest.mark.parametrize(
    "text",
    ["", "{", "[1]", '{"people": 3}', '{"others": {}}', "\x00\x01", "[" * 100_000],
    ids=lambda text: text[:20],
)
def test_a_damaged_file_counts_as_empty_and_is_kept(text: str, tmp_path: Path) -> None:
    (tmp_path / "kept.json").write_text(text, "utf-8")
    file = made(tmp_path)
    assert dict(file.entries) == {}
    assert (tmp_path / "kept.json.bad").read_text("utf-8") == text
    file.keep("Ann", {"side": "right"})
    assert made(tmp_path).entry("Ann") == {"side": "right"}


def test_a_damaged_entry_is_as_none(tmp_path: Path) -> None:
    (tmp_path / "kept.json").write_text(json.dumps({"people": {"Ann": [1], "Bo": {"a": 1}}}))
    file = made(tmp_path)
    assert file.entry("Ann") == {}
    assert file.entry("Bo") == {"a": 1}


def test_what_cannot_be_written_changes_nothing(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    file = made(tmp_path / "file")
    with pytest.raises(EmgError, match="What you chose could not be saved: ") as refused:
        file.keep("Ann", {"side": "right"})
    assert str(tmp_path / "file") in refused.value.hint
    assert dict(file.entries) == {}
