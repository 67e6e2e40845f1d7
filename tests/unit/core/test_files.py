import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from emgstudio.core import files
from emgstudio.core.files import sync_data, write_atomic, write_json


def test_a_new_file_in_a_new_folder(tmp_path: Path) -> None:
    path = tmp_path / "a" / "b" / "file.bin"
    write_atomic(path, b"new")
    assert path.read_bytes() == b"new"
    assert os.listdir(path.parent) == ["file.bin"]


@pytest.mark.parametrize("step", ["fsync", "replace"])
def test_a_failure_keeps_the_old_file_and_leaves_no_rubbish(
    step: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "file.bin"
    write_atomic(path, b"old")

    def fail(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(files.os, step, fail)
    with pytest.raises(OSError, match="No space"):
        write_atomic(path, b"new")
    assert path.read_bytes() == b"old"
    assert os.listdir(tmp_path) == ["file.bin"]


@pytest.mark.parametrize("step", ["fsync", "replace"])
def test_a_killed_process_leaves_the_old_file_or_the_new_one(step: str, tmp_path: Path) -> None:
    path = tmp_path / "file.bin"
    write_atomic(path, b"old")
    code = f"""
import os, pathlib
from emgstudio.core.files import write_atomic
os.{step} = lambda *_: os._exit(9)
write_atomic(pathlib.Path({str(path)!r}), b"new" * 100_000)
"""
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 9
    assert path.read_bytes() == b"old"


def test_what_holds_the_file_for_a_moment_is_waited_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    replace, refusals = os.replace, [PermissionError, PermissionError]

    def busy(source: Path, target: Path) -> None:
        if refusals:
            raise refusals.pop()
        replace(source, target)

    path = tmp_path / "file.bin"
    monkeypatch.setattr(files.os, "replace", busy)
    monkeypatch.setattr(files, "RENAME_WAIT_S", 0.001)
    monkeypatch.setattr(files, "RENAME_TRIES", 3)
    write_atomic(path, b"new")
    assert path.read_bytes() == b"new"
    refusals += [PermissionError] * 3
    with pytest.raises(PermissionError):
        write_atomic(path, b"newer")
    assert path.read_bytes() == b"new"


@pytest.mark.skipif(os.name == "nt", reason="POSIX permissions")
def test_a_shared_folder_stays_shared(tmp_path: Path) -> None:
    old = os.umask(0o002)
    try:
        write_atomic(tmp_path / "file.bin", b"")
    finally:
        os.umask(old)
    assert (tmp_path / "file.bin").stat().st_mode & 0o777 == 0o664


def test_json_is_readable_and_strict(tmp_path: Path) -> None:
    path = tmp_path / "file.json"
    write_json(path, {"unit": "µV", "rate": 0.1})
    assert json.loads(path.read_text("utf-8")) == {"unit": "µV", "rate": 0.1}
    assert "µV" in path.read_text("utf-8")
    with pytest.raises(ValueError, match="JSON compliant"):
        write_json(path, {"rate": float("nan")})
    assert json.loads(path.read_text("utf-8"))["rate"] == 0.1


def test_data_can_be_synced(tmp_path: Path) -> None:
    with (tmp_path / "file.bin").open("wb") as file:
        file.write(b"data")
        file.flush()
        sync_data(file.fileno())
