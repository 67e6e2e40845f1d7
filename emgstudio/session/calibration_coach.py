"""Listens to every take as it ends and says what to do better, one thing at a time."""

from __future__ import annotations

from emgstudio.core.types import Annotation
from emgstudio.ml.gestures import REST
from emgstudio.session.calibration import Calibration
from emgstudio.session.calibration_rest import RestVerdict, judge_rest


class Coach:
    """Pulled forward by whoever shows the cues; never deletes or repeats anything by itself."""

    def __init__(self, calibration: Calibration) -> None:
        self.rest: RestVerdict | None = None
        self.rest_refused = False
        self._calibration = calibration

    def listen(self) -> bool:
        """Judge what has come to its end since; True if there is something new."""
        return self.rest is None and self._judge_rest()

    def rest_again(self) -> None:
        """The rest is recorded anew; judge that one."""
        self.rest, self.rest_refused = None, False

    def accept_rest(self) -> None:
        """The rest is used as it is."""
        self.rest_refused = False

    def _judge_rest(self) -> bool:
        takes = [a for a in self._calibration.takes if a.label == REST]
        if len(takes) < self._calibration.plan.repetitions:
            return False
        chunk = self._calibration.samples(_first(takes), max(a.stop for a in takes))
        if chunk is None:
            return False
        self.rest = judge_rest(chunk, self._calibration.stream.info.rate)
        self.rest_refused = not self.rest.ok
        return True


def _first(takes: list[Annotation]) -> float:
    return min(a.start for a in takes)
