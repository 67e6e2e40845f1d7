"""Listens to external triggers and labels the running recording with them.

Each source has a thread of its own. One that fails says so and tries again; neither
it nor anything it sends can stop a recording.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

from emgstudio.core.errors import EmgError
from emgstudio.core.outbox import Outbox
from emgstudio.core.types import Annotation, Level, Source
from emgstudio.session.trigger_sources import Trigger, TriggerSource, trigger_source
from emgstudio.storage.recorder import Recorder

log = logging.getLogger(__name__)

TRIGGER_TRACK = "trigger"
READ_S = 0.1
AGAIN_AFTER_S = 2.0
JOIN_S = 10.0
KEYS = "keys"
# From the finger to the program: the keyboard's own scan and the window's frame.
KEYS_WITHIN_S = 0.04


class TriggerState(StrEnum):
    """What a source is doing."""

    OPENING = "opening"
    LISTENING = "listening"
    LOST = "lost"
    CLOSED = "closed"


@dataclass(frozen=True, slots=True)
class TriggerStatus:
    """What a person sees of a source: how many came, the last one and what is wrong."""

    address: str
    state: TriggerState
    count: int = 0
    last: Trigger | None = None
    trouble: str = ""


class TriggerListener:
    """Reads one source from :meth:`start` to :meth:`stop` and tells ``arrived`` each trigger."""

    def __init__(
        self, source: TriggerSource, arrived: Callable[[Trigger], None], outbox: Outbox
    ) -> None:
        self._source = source
        self._arrived = arrived
        self._outbox = outbox
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name=f"triggers {source.address}")
        self.status = TriggerStatus(source.address, TriggerState.OPENING)

    def start(self) -> None:
        """Begin; returns at once."""
        self._thread.start()

    def stop(self) -> None:
        """End and let go; may be called twice."""
        self._stop.set()
        if self._thread.ident is not None:
            self._thread.join(JOIN_S)

    def _run(self) -> None:
        while not self._stop.is_set():
            try:
                self._listen()
            except EmgError as error:
                self._say_lost(error.message, error.hint)
            except Exception as error:
                log.exception("a source of triggers failed")
                self._say_lost(f"Triggers from {self._source.address} failed: {error}", "")
            finally:
                self._source.close()
            self._stop.wait(AGAIN_AFTER_S)
        self.status = replace(self.status, state=TriggerState.CLOSED)

    def _listen(self) -> None:
        self._source.open()
        if self.status.trouble:
            self._outbox.notice(
                Level.INFO, f"Triggers from {self._source.address} are back.", source="triggers"
            )
        self.status = replace(self.status, state=TriggerState.LISTENING, trouble="")
        while not self._stop.is_set():
            for trigger in self._source.read(READ_S):
                count = self.status.count + 1
                self.status = replace(self.status, count=count, last=trigger)
                self._arrived(trigger)

    def _say_lost(self, text: str, hint: str) -> None:
        # Once: it goes on trying, and the same words every two seconds help nobody.
        if not self.status.trouble:
            self._outbox.notice(
                Level.WARNING,
                f"No triggers from {self._source.address}: {text}",
                f"Recording goes on; it is tried again by itself. {hint}".strip(),
                "triggers",
            )
        self.status = replace(self.status, state=TriggerState.LOST, trouble=text)


class Triggers:
    """All sources of a session; ``recorder`` tells the running recording, None without one."""

    def __init__(self, recorder: Callable[[], Recorder | None], outbox: Outbox) -> None:
        self._recorder = recorder
        self._outbox = outbox
        self._listeners: dict[str, TriggerListener] = {}
        self._keys = TriggerStatus(KEYS, TriggerState.LISTENING)

    @property
    def statuses(self) -> tuple[TriggerStatus, ...]:
        """Every source that is listened to, and the keys once one was pressed."""
        keys = (self._keys,) if self._keys.count else ()
        return (*(listener.status for listener in self._listeners.values()), *keys)

    @property
    def about(self) -> list[dict[str, object]]:
        """What a recording keeps of its sources, for its session.json."""
        return [{"source": status.address} for status in self.statuses]

    def use(self, addresses: Sequence[str]) -> None:
        """Listen to these sources and no others. Raises EmgError for an address that is none."""
        made = {
            address: trigger_source(address)
            for address in addresses
            if address not in self._listeners
        }
        for address in [old for old in self._listeners if old not in addresses]:
            self._listeners.pop(address).stop()
        for address, source in made.items():
            listener = TriggerListener(source, self.arrived, self._outbox)
            self._listeners[address] = listener
            listener.start()

    def key_pressed(self, label: str, host: float) -> None:
        """A foot switch or presenter, which a computer takes for a keyboard, at host time."""
        trigger = Trigger(host, label, KEYS, KEYS_WITHIN_S)
        self._keys = replace(self._keys, count=self._keys.count + 1, last=trigger)
        self.arrived(trigger)

    def arrived(self, trigger: Trigger) -> None:
        """Label the running recording; without one the trigger is only counted. Any thread."""
        recorder = self._recorder()
        if recorder is None:
            return
        at = recorder.time_of(trigger.host)
        if at < 0:
            return
        within_ms = round(trigger.within_s * 1000)
        label = Annotation(
            at,
            at,
            trigger.label,
            track=TRIGGER_TRACK,
            source=Source.DEVICE,
            note=f"{trigger.source}, within about {within_ms} ms",
        )
        try:
            recorder.annotations.add(label, text="Trigger", undoable=False)
        except EmgError as error:
            log.info("a trigger was not saved: %s", error)
            self._outbox.notice(Level.WARNING, error.message, error.hint, "triggers")

    def stop(self) -> None:
        """Let go of every source; may be called twice."""
        for listener in self._listeners.values():
            listener.stop()
        self._listeners.clear()
