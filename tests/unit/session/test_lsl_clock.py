"""Two clocks are compared although the thread that looks at them may stand still between."""

from __future__ import annotations

import pytest

from emgstudio.session import lsl_clock
from emgstudio.session.lsl_clock import LOOKS, lsl_ahead

AHEAD_S = 500.0


class Clocks:
    """The host's and another one that is ahead; each look takes 1 ms, or as long as is said."""

    def __init__(self, *stands_s: float) -> None:
        self._now = 10.0
        self._stands = list(stands_s)

    def host_time(self) -> float:
        self._now += self._stands.pop(0) if self._stands else 0.001
        return self._now

    def local_clock(self) -> float:
        return self.host_time() + AHEAD_S


@pytest.mark.parametrize("place", range(3 * LOOKS))
def test_a_thread_that_stands_still_between_two_looks_shifts_nothing(
    place: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    stands = [0.001] * (3 * LOOKS)
    stands[place] = 3.0
    clocks = Clocks(*stands)
    monkeypatch.setattr(lsl_clock, "host_time", clocks.host_time)
    assert lsl_ahead(clocks) == pytest.approx(AHEAD_S, abs=1e-9)
