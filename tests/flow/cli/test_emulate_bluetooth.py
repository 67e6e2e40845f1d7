"""``emgstudio emulate myo``: another program finds it by Bluetooth and records it."""

from __future__ import annotations

import json
import logging
import subprocess
import sys
from pathlib import Path

import pytest

from emgstudio.cli.main import main
from emgstudio.devices.emulators.private_bus import ADDRESS_VARIABLE, has_dbus_daemon

pytestmark = pytest.mark.skipif(
    sys.platform != "linux" or not has_dbus_daemon(), reason="needs Linux and dbus-daemon"
)


def test_an_emulated_armband_is_recorded_by_bluetooth(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    # Bleak warns where the real BlueZ cannot be asked for its version.
    monkeypatch.setattr(logging.getLogger("bleak.backends.bluezdbus.version"), "disabled", True)
    words = [sys.executable, "-m", "emgstudio", "emulate", "myo", "--seconds", "30", "--json"]
    with subprocess.Popen(words, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        text = ""
        while not text.endswith("}\n"):
            text += process.stdout.readline()
        facts = json.loads(text)
        monkeypatch.setenv(ADDRESS_VARIABLE, facts["address"])
        record = ["record", "--device", facts["uri"], "--seconds", "1", "--out", str(tmp_path)]
        capsys.readouterr()
        assert main([*record, "--json"]) == 0
        process.terminate()
    streams = json.loads(capsys.readouterr().out)["streams"]
    assert [stream["rate"] for stream in streams] == [200.0, 50.0, 50.0, 50.0]
    assert streams[0]["samples"] > 150
    assert streams[0]["lost"] == 0
