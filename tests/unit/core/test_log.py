import logging
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from emgstudio.core.log import FILE, FILE_BYTES, FILES_KEPT, log_to_file

log = logging.getLogger("emgstudio.test")


def test_records_and_versions_reach_the_file(tmp_path: Path) -> None:
    with log_to_file(tmp_path / "logs") as path:
        log.info("device %s", "sim")
        log.debug("too much")
    assert path == tmp_path / "logs" / FILE
    text = path.read_text("utf-8")
    assert "EMG Studio" in text
    assert "INFO    MainThread emgstudio.test: device sim" in text
    assert "too much" not in text


def test_everything_is_put_back(tmp_path: Path) -> None:
    root = logging.getLogger()
    before = (root.handlers[:], root.level, sys.excepthook, threading.excepthook)
    with log_to_file(tmp_path, verbose=True):
        assert root.level == logging.DEBUG
    assert (root.handlers, root.level, sys.excepthook, threading.excepthook) == before


PROGRAM = """
import pathlib, sys, threading
from emgstudio.core.log import log_to_file

def fail():
    raise RuntimeError("in a thread")

with log_to_file(pathlib.Path(sys.argv[1])):
    thread = threading.Thread(target=fail, name="device-1")
    thread.start()
    thread.join()
    try:
        raise KeyError("in a slot")
    except KeyError:
        sys.excepthook(*sys.exc_info())
    1 / 0
"""


def test_what_nobody_catches_is_logged_and_still_shown(tmp_path: Path) -> None:
    program = [sys.executable, "-c", PROGRAM, str(tmp_path)]
    ended = subprocess.run(program, capture_output=True, text=True, check=False)
    assert ended.returncode == 1
    text = (tmp_path / FILE).read_text("utf-8")
    assert "device-1" in text
    for words in ("in a thread", "in a slot", "ZeroDivisionError"):
        assert words in text
        assert words in ended.stderr


def test_the_file_does_not_grow_for_ever(tmp_path: Path) -> None:
    with log_to_file(tmp_path):
        for _ in range(70):
            log.info("x" * 100_000)
    logs = sorted(tmp_path.iterdir())
    assert len(logs) == FILES_KEPT + 1
    assert all(path.stat().st_size <= FILE_BYTES for path in logs)


def test_the_app_starts_even_where_nothing_can_be_written(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "file").write_text("")
    with log_to_file(tmp_path / "file") as path:
        log.info("still running")
    assert path is None
    assert "no log file" in caplog.text
