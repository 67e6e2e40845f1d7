"""Commands whose host clock waits for the work."""

import pytest

from tests.lockstep import Lockstep


@pytest.fixture
def lockstep(monkeypatch: pytest.MonkeyPatch) -> Lockstep:
    return Lockstep(monkeypatch)
