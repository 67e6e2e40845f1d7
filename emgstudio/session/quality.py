"""The quality lamps of every stream, kept up to date beside everything else.

One thread looks twice a second; nothing waits for it, and nothing it says stops anything.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Protocol

from emgstudio.core.clock import host_time
from emgstudio.core.outbox import Outbox
from emgstudio.core.types import Level
from emgstudio.devices.stream import Stream
from emgstudio.devices.worker import DeviceWorker
from emgstudio.dsp.quality_lamps import Lamp, LampLevel
from emgstudio.session.quality_log import QualityLog
from emgstudio.session.quality_stream import StreamQuality
from emgstudio.storage.recorder import Recorder

log = logging.getLogger(__name__)

PACE_S = 0.5
# What a look takes: it begins after a decision that would fall into it.
LOOK_S = 0.015
JOIN_S = 5.0
# From bad to unknown: the worst of several counts.
WORST_FIRST = (LampLevel.STOP, LampLevel.CHECK, LampLevel.GOOD, LampLevel.OFF)
WORDS = {
    LampLevel.STOP: "stop",
    LampLevel.CHECK: "check",
    LampLevel.GOOD: "good",
    LampLevel.OFF: "not known yet",
}


class Given(Protocol):
    """What of a session is watched; :class:`emgstudio.session.session.Session` has it all."""

    outbox: Outbox

    @property
    def devices(self) -> dict[str, DeviceWorker]:
        """Every connected device by its id."""

    def let_decide(self, ahead_s: float) -> None:
        """Wait a moment if a decision is due within so many seconds."""


@dataclass(frozen=True, slots=True)
class ChannelQuality:
    """How good one channel is. ``lamps`` are all that light, the worst first."""

    channel: int
    name: str
    level: LampLevel
    lamps: tuple[Lamp, ...] = ()
    measures: Mapping[str, float] = field(default_factory=dict)

    @property
    def code(self) -> str:
        """The code of the worst lamp, "" when none lights."""
        return self.lamps[0].code if self.lamps else ""

    @property
    def word(self) -> str:
        """What stands beside the shape: the name of the worst lamp, or good."""
        return self.lamps[0].name if self.lamps else WORDS[self.level]

    @property
    def sentence(self) -> str:
        """What is the matter, in one sentence."""
        if self.lamps:
            return self.lamps[0].sentence
        if self.level is LampLevel.OFF:
            return f"{self.name} has not been looked at long enough."
        return f"{self.name} has a good signal."

    @property
    def advice(self) -> str:
        """What to do about it, "" when there is nothing to do."""
        return self.lamps[0].advice if self.lamps else ""


def worst(channels: Iterable[ChannelQuality]) -> LampLevel:
    """The worst level of several channels; OFF when there are none."""
    return min((c.level for c in channels), key=WORST_FIRST.index, default=LampLevel.OFF)


class QualityWatch:
    """Lamps of all streams from :meth:`start` to :meth:`stop`; :meth:`lamps` never waits."""

    def __init__(self, given: Given) -> None:
        self._given = given
        self._streams: dict[int, StreamQuality] = {}
        self._shown: dict[int, tuple[ChannelQuality, ...]] = {}
        self._log: QualityLog | None = None
        self._lock = threading.Lock()
        self._stop = threading.Event()
        self._thread: threading.Thread | None = None
        self.version = 0

    def start(self) -> None:
        """Begin to look; does nothing when it looks already."""
        if self._thread is None:
            self._thread = threading.Thread(target=self._run, name="quality", daemon=False)
            self._thread.start()

    def stop(self) -> None:
        """Look no more; may be called twice."""
        self._stop.set()
        if self._thread is not None:
            self._thread.join(JOIN_S)

    def lamps(self, stream: Stream) -> tuple[ChannelQuality, ...]:
        """The lamps of the EMG channels in use of a stream; the same tuple until they change."""
        return self._shown.get(id(stream), ())

    def recording_starts(self, recorder: Recorder) -> None:
        """Keep from now on in the recording what lights, and that it was started anyway."""
        with self._lock:
            self._log = QualityLog(recorder)
            self._log.override(self._lit())
            self._log.update(self._lit())

    def recording_ends(self) -> None:
        """Finish what is kept; call it while labels can still be added."""
        with self._lock:
            if self._log is not None:
                self._log.close()
            self._log = None

    def look(self, now: float) -> None:
        """One round at ``now`` host seconds; the thread calls this."""
        watched = {}
        for worker in self._given.devices.values():
            for stream in worker.streams:
                found = self._streams.get(id(stream))
                # The channel map may name or leave out channels at any time.
                if found is None or found.info is not stream.info:
                    found = StreamQuality(stream, worker)
                watched[id(stream)] = found
        self._streams = watched
        shown = {}
        for key, quality in watched.items():
            before = quality.whole
            shown[key] = _shown(quality, now)
            # How many at present, the toolbar of Live says; each step told would be a flood.
            if quality.whole != before:
                self._tell_pace(quality)
        if shown != self._shown:
            self._shown = shown
            self.version += 1
        with self._lock:
            if self._log is not None:
                self._log.update(self._lit())

    def _tell_pace(self, quality: StreamQuality) -> None:
        few, all_of_them = len(quality.watched), len(quality.columns)
        device = quality.info.device
        text = f"The quality lamps follow all {all_of_them} channels of {device} again."
        if few < all_of_them:
            text = (
                f"This computer is too busy to watch every channel: the quality lamps follow "
                f"{few} of {all_of_them} channels of {device}."
            )
        self._given.outbox.notice(Level.INFO, text, "Recording is not affected.", "quality")

    def _lit(self) -> dict[tuple[int, str], list[ChannelQuality]]:
        """Which channels each lamp lights on, by the number of the stream and the code."""
        lit: dict[tuple[int, str], list[ChannelQuality]] = {}
        for number, channels in enumerate(self._shown.values()):
            for channel in channels:
                for lamp in channel.lamps:
                    lit.setdefault((number, lamp.code), []).append(channel)
        return lit

    def _run(self) -> None:
        try:
            while not self._stop.wait(PACE_S):
                self._given.let_decide(LOOK_S)
                self.look(host_time())
        except Exception as error:
            log.exception("quality lamps failed")
            self._shown = {}
            self.version += 1
            self._given.outbox.notice(
                Level.ERROR,
                f"The quality lamps are off because of a fault in the program ({error}).",
                "Recording and everything else go on.",
                "quality",
            )


def _shown(quality: StreamQuality, now: float) -> tuple[ChannelQuality, ...]:
    quality.look(now)
    names = [channel.name for channel in quality.stream.info.channels]
    places = {channel: place for place, channel in enumerate(quality.watched)}
    good = LampLevel.GOOD if quality.known else LampLevel.OFF
    shown = []
    for channel in quality.columns:
        place = places.get(channel)
        if place is None:
            shown.append(ChannelQuality(channel, names[channel], LampLevel.OFF))
            continue
        lamps = quality.lamps(place)
        measures = {name: float(value[place]) for name, value in quality.measures.items()}
        level = lamps[0].level if lamps else good
        shown.append(ChannelQuality(channel, names[channel], level, lamps, measures))
    return tuple(shown)
