"""Ten seconds of opening and closing the hand, to see which electrodes answer."""

from __future__ import annotations

from emgstudio.core.ring import Chunk
from emgstudio.devices.stream import Stream
from emgstudio.devices.worker import DeviceWorker
from emgstudio.ml.gestures import REST
from emgstudio.session.calibration_sites import DURATION_S, SitesReport, judge_sites, prompt_at


class SiteLook:
    """Prompts a person from ``began`` (host seconds) on; ``report`` is there after the last prompt.

    Pulled forward by whoever shows the prompts. A simulated person follows them.
    """

    def __init__(self, device: DeviceWorker, stream: Stream, needed: int, began: float) -> None:
        self.report: SitesReport | None = None
        self.stream = stream
        self.began = began
        self._device = device
        self._needed = needed
        self._asked = ""
        self._first = stream.clean.head

    @property
    def names(self) -> tuple[str, ...]:
        """The channels that are looked at."""
        channels = self.stream.info.channels
        return tuple(channels[k].name for k in self.stream.info.used_columns)

    def progress(self, host: float) -> float:
        """How much of the ten seconds is over, 0–1."""
        return min(1.0, max(0.0, (host - self.began) / DURATION_S))

    def prompt(self, host: float) -> tuple[str, str, float]:
        """Movement, what to say, and how long it still lasts."""
        return prompt_at(host - self.began)

    def advance(self, host: float) -> bool:
        """Move on to where the prompts are now; True when it is over and the report is there."""
        if self.report is not None:
            return False
        gesture, _words, _left = self.prompt(host)
        if gesture != self._asked:
            self._asked = gesture
            self._perform(gesture)
        ended = host - self.began >= DURATION_S
        if ended:
            self._perform(REST)
            self.report = judge_sites(
                self._heard(), self.stream.info.rate, self.names, self._needed
            )
        return ended

    def stop(self) -> None:
        """Leave it unfinished."""
        self._perform(REST)

    def _heard(self) -> Chunk:
        chunk = self.stream.clean.read(self._first, self.stream.clean.head)
        return Chunk(chunk.first, chunk.data[:, list(self.stream.info.used_columns)], chunk.valid)

    def _perform(self, gesture: str) -> None:
        if gesture in self._device.gestures:
            self._device.perform(gesture)
