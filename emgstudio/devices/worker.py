"""The life of one device: its thread, its states, and how it comes back after a loss."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any

from emgstudio.core.clock import host_time
from emgstudio.core.errors import Cancelled, EmgError
from emgstudio.core.outbox import Outbox
from emgstudio.core.readings import ReadingLog
from emgstudio.core.types import ConditionSpec, Gap, Level, Marker, Reading, SampleBlock, StreamInfo
from emgstudio.devices.actions import Action, Orders
from emgstudio.devices.driver import Driver
from emgstudio.devices.health import RATE_TOLERANCE
from emgstudio.devices.link import Called, Interruptible, Link, LinkEnded, LinkLost, Pretended
from emgstudio.devices.stoppable import READ_WAIT_S, StoppableLink
from emgstudio.devices.stream import Stream

log = logging.getLogger(__name__)

STALL_S = 1.0
STALL_PACKETS = 5
GIVE_UP_STALL_S = 5.0
FIRST_WAIT_S = 0.5
WAIT_GROWTH = 1.5
LONGEST_WAIT_S = 10.0
# After this long without trouble the waiting times begin again at the shortest.
STEADY_S = 5.0
# A device that never streamed, or a bug, is not worth trying for ever.
TRIES = 10
BATTERY_LIMITS = (20.0, 5.0)
JOIN_TIMEOUT_S = 10.0


class DeviceState(StrEnum):
    """Where a device is in its life."""

    IDLE = "idle"
    OPENING = "opening"
    IDENTIFYING = "identifying"
    CONFIGURING = "configuring"
    STREAMING = "streaming"
    STALLED = "stalled"
    LOST = "lost"
    WAITING = "waiting"
    CLOSED = "closed"


@dataclass(frozen=True, slots=True)
class DeviceChanged:
    """Posted to the Outbox at each change; ``text`` is a sentence for the panel."""

    device_id: str
    state: DeviceState
    text: str


class DeviceWorker:
    """One device's thread. Everything but :meth:`start` and :meth:`stop` returns at once.

    ``streams`` is empty until the device has identified itself and then holds
    the same objects until :meth:`stop`, through any number of reconnections.
    """

    def __init__(
        self,
        device_id: str,
        uri: str,
        driver: Driver,
        link: Link,
        outbox: Outbox,
        condition: ConditionSpec,
    ) -> None:
        self.device_id = device_id
        self.uri = uri
        self.driver = driver
        self.outbox = outbox
        self.streams: tuple[Stream, ...] = ()
        # What a person says of the channels; asked at the first connection.
        self.describe: Callable[[StreamInfo], StreamInfo] = lambda info: info
        # How a person wants a stream filtered; asked at the first connection too.
        self.condition_of: Callable[[StreamInfo], ConditionSpec] = lambda _info: condition
        self.readings: dict[str, Reading] = {}
        self.told = ReadingLog()
        # Why it does not stream, while it does not; for the connection doctor.
        self.trouble: EmgError | None = None
        self._link = link
        self._infos: tuple[StreamInfo, ...] = ()
        self._stop = threading.Event()
        self._hurry = threading.Event()
        self._thread: threading.Thread | None = None
        self._said = (DeviceState.IDLE, "Not connected.")
        self._orders = Orders(driver, device_id, outbox)
        self._by_name: dict[str, Stream] = {}
        self._last_packet: float | None = None
        self._last_data = 0.0
        self._packet_interval = 0.0
        self._ever_streamed = False
        self._attempt = 0
        self._wait_s = FIRST_WAIT_S
        self._rate_checked = False

    @property
    def state(self) -> DeviceState:
        return self._said[0]

    @property
    def state_text(self) -> str:
        return self._said[1]

    @property
    def title(self) -> str:
        """The device's own name once it has said it, before that the driver's."""
        return self.driver.name

    @property
    def simulated(self) -> bool:
        return any(stream.info.simulated for stream in self.streams)

    @property
    def gestures(self) -> tuple[str, ...]:
        """Gestures that this (simulated) device performs when asked."""
        return self.driver.gestures

    @property
    def last_packet_age(self) -> float | None:
        """Seconds since data last came; None before the first."""
        last = self._last_packet
        return None if last is None else host_time() - last

    def perform(self, gesture: str, strength: float = 1.0) -> None:
        """Ask a simulated device to perform a gesture; "" or an unknown key is rest."""
        if self.gestures:
            self._orders.write(self.driver.perform(gesture, strength))

    @property
    def actions(self) -> tuple[Action, ...]:
        """What a person can ask of the device while it streams."""
        at_work = self.state in (DeviceState.STREAMING, DeviceState.STALLED)
        return self.driver.actions if at_work else ()

    def act(self, key: str, values: Mapping[str, Any] | None = None) -> None:
        """Ask for one of :attr:`actions`; how it went comes as a Notice from this device."""
        self._orders.act(key, values or {})

    def wake(self) -> str:
        """Ask a device that fell silent to go on; what was done in a sentence, "" if nothing can.

        One that is waited for is tried again at once.
        """
        if self.state in (DeviceState.LOST, DeviceState.WAITING):
            self._hurry.set()
            return f"{self.title} is tried again now."
        connected = self.state in (DeviceState.STREAMING, DeviceState.STALLED)
        nudge = self.driver.nudge() if connected else b""
        if not nudge:
            return ""
        self._orders.write(nudge)
        return f"{self.title} was asked to go on sending."

    def redescribe(self) -> None:
        """Ask again what a person says of the channels; samples stay what they are."""
        for stream, info in zip(self.streams, self._infos, strict=False):
            stream.info = self.describe(info)

    def as_the_device_says(self, stream: Stream) -> StreamInfo:
        """What a stream is without a word of a person."""
        return next(info for info in self._infos if info.name == stream.info.name)

    def start(self) -> None:
        """Begin to connect; returns at once."""
        if self._thread is not None:
            return
        self._say(DeviceState.OPENING, f"Connecting to {self.title}…")
        self._thread = threading.Thread(
            target=self._run, name=f"device {self.device_id}", daemon=False
        )
        self._thread.start()

    def stop(self) -> None:
        """Let the device go and wait for its thread; may be called twice."""
        self._stop.set()
        self._hurry.set()
        if isinstance(self._link, Interruptible):
            self._link.interrupt()
        if self._thread is not None and self._thread is not threading.current_thread():
            self._thread.join(JOIN_TIMEOUT_S)
            if self._thread.is_alive():
                log.error("%s does not let go of its link", self._thread.name)

    def _say(self, state: DeviceState, text: str) -> None:
        if self._said == (state, text):
            return
        self._said = (state, text)
        log.info("%s: %s: %s", self.device_id, state, text)
        self.outbox.post(DeviceChanged(self.device_id, state, text))

    def _run(self) -> None:
        last_words = "Disconnected."
        try:
            while not self._stop.is_set():
                ending = self._connection()
                if ending is not None:
                    last_words = ending
                    break
        except Exception as error:
            log.exception("device worker %s failed", self.device_id)
            last_words = f"An unexpected error ended the connection ({error})."
            self.outbox.notice(Level.ERROR, last_words, source=self.device_id)
        finally:
            self._say(DeviceState.CLOSED, last_words)

    def _connection(self) -> str | None:
        """One connection from opening to trouble; the last words if there is to be no other."""
        link = StoppableLink(self._link, self._stop)
        try:
            self._connect(link)
            self._stream(link)
        except Cancelled:
            self._end_in_order(link)
            return None
        except LinkEnded as end:
            self.outbox.notice(Level.INFO, end.message, end.hint, self.device_id)
            return end.message
        except (LinkLost, OSError) as error:
            return self._after_loss(error)
        except EmgError as error:
            if not self._ever_streamed:
                self.trouble = error
                self.outbox.notice(Level.ERROR, error.message, error.hint, self.device_id)
                return str(error)
            return self._after_loss(error)
        except Exception as error:
            log.exception("%s: unexpected error", self.device_id)
            return self._after_loss(error, unexpected=True)
        finally:
            self._close(link)
        return None

    def _connect(self, link: Link) -> None:
        again = " again" if self._ever_streamed else ""
        self._say(DeviceState.OPENING, f"Connecting to {self.title}{again}…")
        link.open()
        asking = f"Asking {self.title} what it is…"
        if isinstance(self._link, Called):
            asking = f"Waiting for {self.title} to connect to {self._link.waits_at}…"
        self._say(DeviceState.IDENTIFYING, asking)
        infos = self.driver.start(link)
        self._say(DeviceState.CONFIGURING, f"Setting up {self.title}…")
        pretended = isinstance(self._link, Pretended) and self._link.simulated
        infos = tuple(
            replace(i, device_id=self.device_id, simulated=i.simulated or pretended) for i in infos
        )
        if not self.streams:
            self._infos = infos
            streams = tuple(Stream(self.describe(info), self.condition_of(info)) for info in infos)
            self._by_name = {stream.info.name: stream for stream in streams}
            self.streams = streams
        elif self._infos != infos:
            raise EmgError(
                f"{self.title} came back with other channels or another sampling rate.",
                "Disconnect it and connect it anew.",
            )
        elif not self.driver.continues:
            for stream in self.streams:
                stream.resume()

    def _stream(self, link: Link) -> None:
        began = self._last_data = host_time()
        self._packet_interval = 0.0
        while True:
            self._orders.carry_out(link)
            asked = host_time()
            data = link.read(READ_WAIT_S)
            if data:
                now = host_time()
                self._take(data, now)
                if now - began > STEADY_S:
                    self._attempt, self._wait_s = 0, FIRST_WAIT_S
            else:
                # Only until the read began: on a starved computer this thread may have stood
                # still since, and what came meanwhile lies ready for the next read.
                self._check_silence(link, asked - self._last_data)

    def _take(self, data: bytes, now: float) -> None:
        interval = now - self._last_data
        self._packet_interval += 0.1 * (interval - self._packet_interval)
        self._last_data = self._last_packet = now
        for item in self.driver.feed(data, now):
            if isinstance(item, Reading):
                self.told.add(now, item)
                self._take_reading(item)
            elif isinstance(item, Marker):
                self._by_name[item.stream].mark(item)
            else:
                self._take_samples(item, now)

    def _take_samples(self, item: SampleBlock | Gap, now: float) -> None:
        stream = self._by_name[item.stream]
        stream.accept(item, now)
        if self.state is not DeviceState.STREAMING:
            if self._ever_streamed and self._attempt:
                self.outbox.notice(
                    Level.INFO, f"{self.title} is connected again.", source=self.device_id
                )
            self._ever_streamed = True
            self.trouble = None
            self._say(DeviceState.STREAMING, f"{self.title} is streaming.")
        if not self._rate_checked:
            self._check_rate(stream)

    def _take_reading(self, reading: Reading) -> None:
        before = self.readings.get(reading.name)
        # Replaced whole: other threads may be going through the old one.
        self.readings = {**self.readings, reading.name: reading}
        if reading.key != "battery":
            return
        for limit in BATTERY_LIMITS:
            if reading.value <= limit and (before is None or before.value > limit):
                self.outbox.notice(
                    Level.WARNING,
                    f"The battery of {self.title} is at {reading.value:.0f} %.",
                    "Charge or change it before the next session.",
                    self.device_id,
                )

    def _check_rate(self, stream: Stream) -> None:
        measured = stream.clock.measured_rate
        if measured is None or not self.driver.paced:
            return
        self._rate_checked = True
        nominal = stream.info.rate
        if abs(measured / nominal - 1.0) > RATE_TOLERANCE:
            self.outbox.notice(
                Level.WARNING,
                f"{self.title} sends {measured:.0f} Hz instead of {nominal:.0f} Hz.",
                "Data are kept with the measured rate.",
                self.device_id,
            )

    def _check_silence(self, link: Link, silence: float) -> None:
        limit = max(STALL_S, STALL_PACKETS * self._packet_interval)
        if silence > limit + GIVE_UP_STALL_S:
            raise LinkLost(f"{self.title} has sent nothing for {silence:.0f} s.")
        if silence > limit and self.state is not DeviceState.STALLED:
            self._say(
                DeviceState.STALLED,
                f"{self.title} is connected but sends nothing. Is it asleep or its battery empty?",
            )
            link.write(self.driver.nudge())

    def _after_loss(self, error: Exception, unexpected: bool = False) -> str | None:
        """Tell it, wait, and let the caller try again; the last words if that is hopeless."""
        what = error.message if isinstance(error, EmgError) else str(error)
        if self._stop.is_set():
            return None
        self.trouble = error if isinstance(error, EmgError) else None
        self._orders.forget()
        self._say(DeviceState.LOST, what)
        if self._attempt == 0:
            hint = (error.hint if isinstance(error, EmgError) else "") or "Trying again…"
            self.outbox.notice(
                Level.ERROR if unexpected else Level.WARNING, what, hint, self.device_id
            )
        self._attempt += 1
        limited = unexpected or not self._ever_streamed
        if limited and self._attempt >= TRIES:
            text = f"Gave up after {TRIES} tries: {what}"
            self.outbox.notice(Level.ERROR, text, source=self.device_id)
            return text
        of = f" of {TRIES}" if limited else ""
        self._say(
            DeviceState.WAITING,
            f"{what} Trying again in {self._wait_s:.1f} s (try {self._attempt + 1}{of})…",
        )
        if self._hurry.wait(self._wait_s):
            self._hurry.clear()
        self._wait_s = min(LONGEST_WAIT_S, self._wait_s * WAIT_GROWTH)
        return None

    def _end_in_order(self, link: Link) -> None:
        try:
            self.driver.stop(link)
        except (LinkLost, OSError) as error:
            log.info("%s: could not be told to stop: %s", self.device_id, error)

    def _close(self, link: Link) -> None:
        try:
            link.close()
        except OSError as error:
            log.info("%s: closing the link: %s", self.device_id, error)
