"""Backyard Brains SpikerBoxes and SpikerShields with a serial port.

Source: BackyardBrains/Spike-Recorder (ArduinoSerial.cpp). Described in
docs/devices/spikerbox.md.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from emgstudio.core.clock import host_time
from emgstudio.core.options import option
from emgstudio.core.types import ARBITRARY_UNIT, Channel, Marker, StreamInfo
from emgstudio.devices.answers import Patience
from emgstudio.devices.counting import Uncounted
from emgstudio.devices.driver import Driver, Item
from emgstudio.devices.drivers.ascii_layout import CLOSE_BY_ARRIVAL, usual_rate
from emgstudio.devices.drivers.spikerbox_frames import Frames, SpikerReader, channels_in
from emgstudio.devices.link import Link, LinkLost, set_baud
from emgstudio.devices.rows import Rows

BAUDS = (222222, 500000)
TRIES = 3
ANSWER_S = 1.2
READ_WAIT_S = 0.02
# Enough to see how many channels there are when the board does not say what it is.
SOME_BYTES = 400
ASK = b"b:;\n"


@dataclass(frozen=True, slots=True)
class Model:
    """What a board sends: sampling rate in Hz (0: 10 kHz shared by its channels), bits."""

    title: str
    rate: float
    channels: int
    bits: int = 10


SHIELD = "MUSCLESS"
MODELS = {
    SHIELD: Model("Muscle SpikerShield", 0.0, 1),
    "HUMANSB": Model("Human SpikerBox", 5000.0, 2, 14),
    "MSBPCDC": Model("Muscle SpikerBox Pro", 10_000.0, 2),
    "NSBPCDC": Model("Neuron SpikerBox Pro", 10_000.0, 2),
    "HHIBOX": Model("Human-Human Interface", 10_000.0, 1),
    "NRNSBPRO": Model("Neuron SpikerBox Pro", 20_000.0, 2),
    "UNIBOX": Model("Unibox", 42_661.0, 2, 14),
    "EXTCLAW": Model("Claw", 896.0, 3),
    "HBSBPRO": Model("Heart & Brain SpikerBox Pro", 1000.0, 2),
}
SHARED_RATE = 10_000.0
MOST_SHIELD_CHANNELS = 6


@dataclass(frozen=True)
class SpikerBoxOptions:
    """What a person can choose."""

    channels: int = option(
        1, "Channels of a shield", minimum=1, maximum=MOST_SHIELD_CHANNELS,
        doc="A Muscle SpikerShield shares 10 kHz among them. Boxes have their own number.",
    )  # fmt: skip
    baud: int = option(
        0, "Baud rate", choices=(0, *BAUDS), words={0: "automatic"}, doc="Automatic tries both."
    )
    reset: bool = option(
        True, "Reset when opened", doc="Off leaves boards running that reset when a port is opened."
    )


class SpikerBoxDriver(Driver):
    """Asks which board it is and decodes its frames; every gap is an estimate by time.

    ``garbage`` counts bytes that belonged to no frame and no message.
    """

    key = "spikerbox"
    title = "SpikerBox or SpikerShield (Backyard Brains)"
    Options = SpikerBoxOptions
    options: SpikerBoxOptions

    def __init__(self, options: SpikerBoxOptions) -> None:
        super().__init__(options)
        self._begin(1, SHARED_RATE, b"")

    def _begin(self, channels: int, rate: float, early: bytes) -> None:
        self._reader = SpikerReader(channels)
        self._uncounted = Uncounted(rate)
        self._rows = Rows("EMG", "int32")
        self._early = early

    @property
    def garbage(self) -> int:
        return self._reader.garbage

    def start(self, link: Link) -> tuple[StreamInfo, ...]:
        kind = self._ask(link)
        # Older shields do not say what they are, and all of them are shields.
        model = MODELS.get(kind, MODELS[SHIELD])
        if model.rate == 0.0:
            link.write(b"conf s:%d;c:%d;\n" % (SHARED_RATE, self.options.channels))
            model = replace(
                model, rate=SHARED_RATE / self.options.channels, channels=self.options.channels
            )
        model = self._as_it_sends(link, model)
        self.name = model.title
        self._begin(model.channels, model.rate, b"")
        return (self._info(model),)

    def _ask(self, link: Link) -> str:
        """The board's own name of its kind, "" for one that streams and does not say."""
        streams = False
        for baud in TRIES * ((self.options.baud,) if self.options.baud else BAUDS):
            set_baud(link, baud)
            link.write(ASK)
            reader, seen = SpikerReader(1), b""
            patience = Patience(ANSWER_S)
            while patience.lasts():
                data = link.read(READ_WAIT_S)
                seen += data
                for found in reader.feed(data):
                    if isinstance(found, dict) and "HWT" in found:
                        return found["HWT"]
            if channels_in(seen):
                streams = True
                break
        if not streams:
            raise LinkLost(
                "No SpikerBox answers at this port.",
                "Switch it on. A Muscle SpikerBox Pro of the older kind (HID) cannot be used.",
            )
        return ""

    def _as_it_sends(self, link: Link, model: Model) -> Model:
        """The model corrected by the number of channels that really arrive (add-on boards)."""
        began, patience = host_time(), Patience(ANSWER_S)
        seen = b""
        while patience.lasts():
            seen += link.read(READ_WAIT_S)
            channels = channels_in(seen[-SOME_BYTES:])
            if channels == model.channels:
                return model
        channels = channels_in(seen[-SOME_BYTES:])
        if not channels:
            raise LinkLost("The SpikerBox does not start to send.", "Switch it off and on again.")
        rate = len(seen) / (2 * channels) / (host_time() - began)
        return replace(model, channels=channels, rate=usual_rate(rate, CLOSE_BY_ARRIVAL))

    def stop(self, link: Link) -> None:
        """It streams as long as it is on."""

    def feed(self, data: bytes, host: float) -> list[Item]:
        items: list[Item] = []
        parts = self._reader.feed(self._early + data)
        self._early = b""
        count = sum(
            len(part.numbers) + int(part.lost.sum()) for part in parts if isinstance(part, Frames)
        )
        missing = self._uncounted.lost_before(count, host) if count else 0
        for part in parts:
            if isinstance(part, dict):
                if "EVNT" in part:
                    items.append(Marker("EMG", self._rows.next, 0, f"event {part['EVNT']}"))
                continue
            index = self._rows.next + missing + np.arange(len(part.numbers)) + part.lost.cumsum()
            items += self._rows.place(index.astype(np.int64), part.numbers, estimated=True)
            missing = 0
        return items

    def _info(self, model: Model) -> StreamInfo:
        middle = float(1 << (model.bits - 1))
        channels = tuple(
            Channel(
                f"EMG {k + 1}",
                ARBITRARY_UNIT,
                offset=-middle,
                rails=(0.0, 2.0 * middle - 1.0),
            )
            for k in range(model.channels)
        )
        return StreamInfo("EMG", model.rate, channels, "int32", self.name)
