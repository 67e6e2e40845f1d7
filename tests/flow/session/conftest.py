"""Time of sessions that a test leads."""

import pytest

from tests.flow.session.sampled_time import SampledTime


@pytest.fixture
def made_time(monkeypatch: pytest.MonkeyPatch) -> SampledTime:
    """The host's clock, which stands still unless the test moves it on."""
    made = SampledTime()
    monkeypatch.setattr("emgstudio.core.clock.time", made)
    return made
