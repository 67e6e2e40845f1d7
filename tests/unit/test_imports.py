"""What is imported at start-up, in a fresh process."""

import subprocess
import sys

import pytest

LAZY = ("scipy.signal", "sklearn", "joblib", "bleak", "serial", "PySide6", "pyqtgraph")
# Derives from bleak's own classes and is imported only where Bluetooth is emulated.
WHEN_WANTED = ("emgstudio.devices.emulators.bleak_backend",)

PROGRAM = """
import importlib, pkgutil, sys
import emgstudio
for room in {rooms!r}:
    package = importlib.import_module("emgstudio." + room)
    for module in pkgutil.walk_packages(package.__path__, package.__name__ + "."):
        if module.name not in {wanted!r}:
            importlib.import_module(module.name)
print([name for name in {lazy!r} if name in sys.modules])
"""


@pytest.mark.parametrize(
    "rooms",
    [("core",), ("core", "dsp", "devices", "storage", "ml", "physiology", "session", "cli")],
    ids=["core", "all but gui"],
)
def test_heavy_libraries_are_imported_when_they_are_needed(rooms: tuple[str, ...]) -> None:
    lazy = (*LAZY, "scipy") if rooms == ("core",) else LAZY
    program = PROGRAM.format(rooms=rooms, lazy=lazy, wanted=WHEN_WANTED)
    ended = subprocess.run(
        [sys.executable, "-W", "error", "-c", program], capture_output=True, text=True, check=False
    )
    assert ended.returncode == 0, ended.stderr
    assert ended.stdout.strip() == "[]"
