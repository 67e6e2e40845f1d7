"""BrainFlow's own Ganglion driver at our emulator: both decoders must agree to the count."""

from __future__ import annotations

import importlib.util
import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from emgstudio.core.types import SampleBlock
from emgstudio.devices.drivers.ganglion import (
    MICROVOLT_PER_COUNT,
    GanglionDriver,
    GanglionOptions,
)
from emgstudio.devices.emulators.emulator import Faults
from emgstudio.devices.emulators.ganglion import GanglionEmulator
from emgstudio.devices.emulators.private_bus import has_dbus_daemon
from emgstudio.devices.links.loopback import LoopbackLink

ROOT = Path(__file__).resolve().parents[3]
pytestmark = [
    pytest.mark.skipif(
        sys.platform != "linux" or not has_dbus_daemon(), reason="needs Linux and dbus-daemon"
    ),
    pytest.mark.skipif(
        importlib.util.find_spec("brainflow") is None, reason="BrainFlow is not installed"
    ),
    pytest.mark.usefixtures("stepped_time"),
]

# On a busy machine BrainFlow's D-Bus library ends its program before it has begun, within two
# seconds: four times in eight. What it reads once it has begun is always whole.
TRIES = 20


def counts_of_brainflow(firmware: int, folder: Path) -> np.ndarray:
    """Channels in counts, ``(rows, 4)``."""
    program = [sys.executable, "-W", "ignore", "-m", "tests.flow.devices.brainflow_ganglion"]
    for _ in range(TRIES):
        done = subprocess.run(
            [*program, str(firmware)],
            cwd=ROOT,
            env={**os.environ, "TMPDIR": str(folder)},
            capture_output=True,
            text=True,
            timeout=150,
            check=False,
        )
        if "[[" in done.stdout:
            break
    assert "[[" in done.stdout, done.stderr
    # SimpleBLE writes to standard output too.
    table = done.stdout[done.stdout.rindex("[[") :]
    return np.array(json.loads(table)) / MICROVOLT_PER_COUNT


def counts_of_ours(firmware: int, rows: int) -> np.ndarray:
    link = LoopbackLink(GanglionEmulator(Faults(), firmware))
    driver = GanglionDriver(GanglionOptions(accelerometer=False))
    link.open()
    driver.start(link)
    got = np.empty((0, 4))
    while len(got) < rows:
        for item in driver.feed(link.read(0.1), link.now):
            assert isinstance(item, SampleBlock)
            got = np.concatenate([got, item.data])
    return got[:rows]


@pytest.mark.parametrize("firmware", [2, 3])
def test_both_read_the_same_numbers(firmware: int, tmp_path: Path) -> None:
    theirs = counts_of_brainflow(firmware, tmp_path)
    assert len(theirs) >= 400
    ours = counts_of_ours(firmware, len(theirs))
    assert (ours < 0).any()
    assert (ours > 0).any()
    np.testing.assert_array_equal(np.rint(theirs), ours)
