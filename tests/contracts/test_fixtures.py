"""The safety net of conftest.py: each fault must make a test fail."""

import shutil
import subprocess
import sys
from pathlib import Path

from tests.contracts.house import ROOT

FAULTS = """
import logging, os, sys, threading, time, warnings
from pathlib import Path
import pytest

log = logging.getLogger("emgstudio.any")

def test_good(own_home, wait_until):
    assert os.environ["EMGSTUDIO_HOME"] == str(own_home)
    threading.Thread(target=time.sleep, args=(0.01,)).start()
    log.info("fine")
    wait_until(lambda: True)

def test_expected(caplog):
    log.warning("expected")

@pytest.mark.logs_warnings
def test_marked():
    log.error("expected")

def test_bad_log():
    log.warning("the disk is slow")

def test_bad_thread():
    threading.Thread(target=time.sleep, args=(600.0,), name="stray").start()

def test_bad_warning():
    warnings.warn("deprecated", DeprecationWarning)

def test_bad_wait(wait_until):
    wait_until(lambda: False, timeout=0.01)

def test_bad_qt():
    import PySide6
"""


def test_every_fault_fails_and_nothing_else(tmp_path: Path) -> None:
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    (tmp_path / "tests").mkdir()
    for name in ("conftest.py", "no_qt.py"):
        text = (ROOT / "tests" / name).read_text("utf-8")
        quick = text.replace("THREADS_END_WITHIN_S = 30.0", "THREADS_END_WITHIN_S = 0.2")
        (tmp_path / "tests" / name).write_text(quick, "utf-8")
    (tmp_path / "tests" / "test_faults.py").write_text(FAULTS, "utf-8")
    without_qt = ["-p", "tests.no_qt", "-p", "no:pytest-qt", "-p", "no:cacheprovider"]
    ended = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", *without_qt],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
        timeout=180.0,
    )
    lines = ended.stdout.splitlines()
    bad = sorted(line.split()[1].split("::")[1] for line in lines if "::test_" in line)
    names = ["test_bad_log", "test_bad_qt", "test_bad_thread", "test_bad_wait", "test_bad_warning"]
    assert bad == names, ended.stdout
    assert "3 failed, 5 passed, 2 errors" in lines[-1]
