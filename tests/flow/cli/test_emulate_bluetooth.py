"""``emgstudio emulate myo``: another program finds it by Bluetooth and records it."""

from __future__ import annotations

import json
import logging
import sys
from pathlib import Path

import pytest

from emgstudio.cli.main import main
from emgstudio.devices.emulators.private_bus import ADDRESS_VARIABLE, has_dbus_daemon
from tests.flow.cli.emulating import emulating

pytestmark = pytest.mark.skipif(
    sys.platform != "linux" or not has_dbus_daemon(), reason="needs Linux and dbus-daemon"
)


def test_an_emulated_armband_is_recorded_by_bluetooth(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    # Bleak warns where the real BlueZ cannot be asked for its version.
    monkeypatch.setattr(logging.getLogger("bleak.backends.bluezdbus.version"), "disabled", True)
    with emulating("myo") as facts:
        monkeypatch.setenv(ADDRESS_VARIABLE, facts["address"])
        record = ["record", "--device", facts["uri"], "--seconds", "1", "--out", str(tmp_path)]
        assert main([*record, "--json"]) == 0
    streams = json.loads(capsys.readouterr().out)["streams"]
    assert [stream["rate"] for stream in streams] == [200.0, 50.0, 50.0, 50.0]
    assert streams[0]["samples"] > 150
    assert streams[0]["lost"] == 0
