"""Our streams, markers and decisions for other programs, over the Lab Streaming Layer.

Every stream becomes an outlet of its own in physical units, stamped by the
device's clock; samples that were lost are NaN. Markers and decisions are text
streams. One thread reads the rings; nothing waits for it.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np

from emgstudio.core.clock import host_time
from emgstudio.core.outbox import Outbox
from emgstudio.core.ring import Reader
from emgstudio.core.types import Decision, Level, Source
from emgstudio.devices.optional import optional_module
from emgstudio.devices.stream import Stream
from emgstudio.session.lsl_clock import lsl_ahead
from emgstudio.storage.recorder import Recorder

log = logging.getLogger(__name__)

STEP_S = 0.02
BUFFER_S = 60
MARKERS = "EMG Studio markers"
DECISIONS = "EMG Studio decisions"
JOIN_S = 5.0
# Other programs know these words; ours have a Greek letter or a dot.
UNITS = {"µV": "microvolts", "V": "volts", "a.u.": ""}


@dataclass(frozen=True, slots=True)
class Outgoing:
    """One stream that is given out; ``read`` when another program takes it at present."""

    name: str
    content: str
    read: bool


class Decides(Protocol):
    """What a decoder has."""

    @property
    def decisions(self) -> tuple[Decision, ...]:
        """The newest decisions, oldest first."""


class Given(Protocol):
    """What of a session goes out; :class:`emgstudio.session.session.Session` has it all."""

    outbox: Outbox

    @property
    def recorder(self) -> Recorder | None:
        """What writes the running recording."""

    @property
    def decoder(self) -> Decides | None:
        """What decides at present."""

    @property
    def streams(self) -> tuple[Stream, ...]:
        """Every stream of every device."""


def _name(stream: Stream) -> str:
    return f"EMG Studio {stream.info.device} {stream.info.name}"


class StreamOutlet:
    """One stream's outlet, and how far it has been given out."""

    def __init__(self, lsl: Any, stream: Stream) -> None:
        info = stream.info
        source = f"emgstudio {info.device_id} {info.name}"
        described = lsl.StreamInfo(
            _name(stream), info.name, info.n_channels, info.rate, lsl.cf_float32, source
        )
        channels = described.desc().append_child("channels")
        for channel in info.channels:
            node = channels.append_child("channel")
            node.append_child_value("label", channel.name)
            node.append_child_value("unit", UNITS.get(channel.unit, channel.unit))
            node.append_child_value("type", channel.kind)
        self.stream = stream
        self.markers_seen = stream.markers.count
        self._outlet = lsl.StreamOutlet(described, max_buffered=BUFFER_S)
        self._reader: Reader = stream.raw.reader()

    @property
    def outgoing(self) -> Outgoing:
        """What of it a person wants to know."""
        info = self.stream.info
        channels = "1 channel" if info.n_channels == 1 else f"{info.n_channels} channels"
        content = f"{channels} in {info.channels[0].unit}, {info.rate:g} Hz"
        return Outgoing(_name(self.stream), content, bool(self._outlet.have_consumers()))

    def push(self, offset: float) -> None:
        """Give out what is new; ``offset`` takes host time to LSL's."""
        chunk = self._reader.take()
        if not len(chunk):
            return
        values = self.stream.info.to_physical(chunk.data, chunk.valid)
        newest = self.stream.clock.time(chunk.stop - 1) + offset
        self._outlet.push_chunk(np.ascontiguousarray(values), newest)


class LslOutlet:
    """Gives everything out from :meth:`start` to :meth:`stop`; streams that come join in.

    Raises EmgError when pylsl is not installed.
    """

    def __init__(self, given: Given) -> None:
        self._lsl = optional_module("pylsl", "lsl", "Lab Streaming Layer")
        self._given = given
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="lsl outlet", daemon=False)
        self._outlets: dict[int, StreamOutlet] = {}
        self._markers = self._text_outlet(MARKERS, ("label",))
        self._decisions = self._text_outlet(DECISIONS, ("gesture", "confidence"))
        self._annotated: set[str] = set()
        self._version: tuple[int, int] | None = None
        self._decided = host_time()

    def start(self) -> None:
        """Begin; returns at once."""
        self._remember_annotations()
        self._join_in()
        self._thread.start()

    def stop(self) -> None:
        """End and close all outlets; may be called twice."""
        self._stop.set()
        if self._thread.ident is not None:
            self._thread.join(JOIN_S)

    @property
    def running(self) -> bool:
        """Whether it gives anything out; False before the start, after the end and a failure."""
        return self._thread.is_alive()

    @property
    def outgoing(self) -> tuple[Outgoing, ...]:
        """Everything that goes out now, and whether somebody reads it."""
        texts = (
            (MARKERS, "labels of the recording and of devices", self._markers),
            (DECISIONS, "gesture and confidence of the classifier", self._decisions),
        )
        return (
            *(outlet.outgoing for outlet in tuple(self._outlets.values())),
            *(Outgoing(name, what, bool(to.have_consumers())) for name, what, to in texts),
        )

    @property
    def names(self) -> tuple[str, ...]:
        """The streams that are given out, as other programs find them."""
        outlets = tuple(self._outlets.values())
        return (*(_name(outlet.stream) for outlet in outlets), MARKERS, DECISIONS)

    def _text_outlet(self, name: str, columns: Sequence[str]) -> Any:
        lsl = self._lsl
        info = lsl.StreamInfo(
            name, "Markers", len(columns), lsl.IRREGULAR_RATE, lsl.cf_string, name
        )
        channels = info.desc().append_child("channels")
        for column in columns:
            channels.append_child("channel").append_child_value("label", column)
        return lsl.StreamOutlet(info)

    def _run(self) -> None:
        try:
            while not self._stop.wait(STEP_S):
                offset = lsl_ahead(self._lsl)
                self._push_streams(offset)
                self._push_decisions(offset)
                self._push_annotations(offset)
        except Exception as error:
            log.exception("lsl outlet failed")
            self._given.outbox.notice(
                Level.ERROR,
                f"Nothing is given to other programs any more ({error}).",
                "Start the Lab Streaming Layer outlet again.",
                source="lsl",
            )
        finally:
            # Here, as it is the one that goes through them: stop() waits for it, but not for ever.
            self._outlets.clear()

    def _join_in(self) -> None:
        """Have an outlet for every stream there is now."""
        streams = {id(stream): stream for stream in self._given.streams}
        for gone in self._outlets.keys() - streams.keys():
            del self._outlets[gone]
        for key, stream in streams.items():
            if key not in self._outlets:
                self._outlets[key] = StreamOutlet(self._lsl, stream)

    def _push_streams(self, offset: float) -> None:
        self._join_in()
        for outlet in self._outlets.values():
            stream = outlet.stream
            outlet.push(offset)
            for marker in stream.markers.since(outlet.markers_seen):
                outlet.markers_seen += 1
                self._markers.push_sample([marker.label], stream.clock.time(marker.at) + offset)

    def _push_decisions(self, offset: float) -> None:
        decoder = self._given.decoder
        for decision in decoder.decisions if decoder is not None else ():
            if decision.time > self._decided:
                self._decided = decision.time
                self._decisions.push_sample(
                    [decision.gesture, f"{decision.confidence:.3f}"], decision.time + offset
                )

    def _push_annotations(self, offset: float) -> None:
        recorder = self._given.recorder
        if recorder is None:
            # Another recording may have a label of the same name at the same time.
            self._version = None
            self._annotated.clear()
            return
        version = (id(recorder), recorder.annotations.version)
        if version == self._version:
            return
        self._version = version
        began = -recorder.time_of(0.0)
        for annotation in recorder.annotations.items:
            # A span that a person held is another annotation than its beginning was.
            names = {annotation.id, f"{annotation.label} at {annotation.start}"}
            new = not names & self._annotated
            self._annotated |= names
            # A device's own labels went out with their stream.
            if new and annotation.source is not Source.DEVICE:
                self._markers.push_sample([annotation.label], began + annotation.start + offset)

    def _remember_annotations(self) -> None:
        """What was labelled before the start is no news."""
        recorder = self._given.recorder
        if recorder is not None:
            self._annotated = {annotation.id for annotation in recorder.annotations.items}
