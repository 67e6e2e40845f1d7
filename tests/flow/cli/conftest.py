"""Commands on a machine that may stand still for seconds."""

import pytest

from emgstudio.cli import device
from tests.flow.cli.lockstep import Lockstep


@pytest.fixture(autouse=True)
def patience(monkeypatch: pytest.MonkeyPatch) -> None:
    """No device is given up, and none taken for silent, because this machine is busy."""
    monkeypatch.setattr(device, "CONNECT_TIMEOUT_S", 120.0)
    monkeypatch.setattr(device, "SILENT_S", 60.0)


@pytest.fixture
def lockstep(monkeypatch: pytest.MonkeyPatch) -> Lockstep:
    return Lockstep(monkeypatch)
