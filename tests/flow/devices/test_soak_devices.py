"""Three devices of different kinds recorded together: every sample, and the same event in all."""

from __future__ import annotations

import logging
import sys
from pathlib import Path

import pytest

from benchmarks.soak_devices import EVENT_S, disagreement_ms, soak
from emgstudio.devices.emulators.private_bus import has_dbus_daemon

pytestmark = pytest.mark.skipif(
    sys.platform != "linux" or not has_dbus_daemon(), reason="needs Linux and dbus-daemon"
)


def test_three_devices_recorded_together_lose_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Bleak warns where the real BlueZ cannot be asked for its version.
    monkeypatch.setattr(logging.getLogger("bleak.backends.bluezdbus.version"), "disabled", True)
    results = soak(3.0, tmp_path)
    assert [r.title for r in results] == ["Cyton", "Myo", "lines of numbers"]
    for result in results:
        assert result.lost == result.different == 0
        # What was under way at both ends is the machine's; the benchmark looks at it.
        assert result.rows > 400
        assert len(result.errors_ms) >= 2
    # A busy machine reads late, so this only tells that it is the same event.
    assert disagreement_ms(results).max() < 1e3 * EVENT_S / 2
