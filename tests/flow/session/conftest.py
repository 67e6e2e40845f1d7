"""Time of sessions that a test leads."""

from collections.abc import Callable

import pytest

from tests.flow.session.sampled_time import SampledTime


@pytest.fixture
def made_time(monkeypatch: pytest.MonkeyPatch, wait_until: Callable[..., None]) -> SampledTime:
    """The host's clock, which stands still unless the test moves it on."""
    made = SampledTime(wait_until)
    monkeypatch.setattr("emgstudio.core.clock.time", made)
    return made
