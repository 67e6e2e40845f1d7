"""An inlet of the Lab Streaming Layer: another program's stream as a device.

liblsl brings samples in order and without loss while both programs run; what a
sender left out can only be told by time.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from emgstudio.core.clock import host_time
from emgstudio.core.errors import EmgError
from emgstudio.core.types import ARBITRARY_UNIT, MICROVOLT, Channel, SampleType, StreamInfo
from emgstudio.devices.counting import Uncounted
from emgstudio.devices.frames import Kind, encode, encode_json
from emgstudio.devices.link import LinkLost
from emgstudio.devices.links.bridge import BridgeLink
from emgstudio.devices.optional import optional_module

FIND_S = 2.0
OPEN_S = 3.0
BUFFER_S = 30
AT_ONCE = 1024
PER_VOLT = {"µv": 1.0, "uv": 1.0, "microvolt": 1.0, "microvolts": 1.0} | {
    "mv": 1e3, "millivolt": 1e3, "millivolts": 1e3, "v": 1e6, "volt": 1e6, "volts": 1e6,
}  # fmt: skip


class LslLink(BridgeLink):
    """The stream named ``name`` (any of type EMG if empty), and the markers of another one."""

    def __init__(self, name: str, markers: str = "") -> None:
        super().__init__()
        self._name = name
        self._marker_name = markers
        self._inlet: Any = None
        self._markers: Any = None
        self._info: StreamInfo | None = None
        self._title = name
        self._dtype: np.dtype[Any] = np.dtype(np.float32)
        self._sent = 0
        self._newest: tuple[float, int] | None = None
        self._holes: Uncounted | None = None

    def connect(self) -> None:
        lsl = optional_module("pylsl", "lsl", "Lab Streaming Layer")
        found = self._find(lsl, self._name)
        self._inlet = lsl.StreamInlet(found, max_buflen=BUFFER_S, recover=False)
        try:
            info = self._inlet.info(OPEN_S)
            self._info, self._dtype = described(lsl, info)
            self._title = f"{info.name()} ({info.hostname()})"
            if self._marker_name:
                self._markers = lsl.StreamInlet(self._find(lsl, self._marker_name), recover=False)
                self._markers.open_stream(OPEN_S)
        except (lsl.util.TimeoutError, lsl.util.LostError) as error:
            raise LinkLost(
                f"The LSL stream '{self._name}' is there but does not answer."
            ) from error
        self._sent, self._newest = 0, None
        self._holes = Uncounted(self._info.rate)

    def _find(self, lsl: Any, name: str) -> Any:
        prop, value = ("name", name) if name else ("type", "EMG")
        found = lsl.resolve_byprop(prop, value, 1, FIND_S)
        if not found:
            what = f"named '{name}'" if name else "of type EMG"
            raise LinkLost(
                f"No LSL stream {what} is in this network.",
                "Start it in the other program; both computers must be in the same network.",
            )
        return found[0]

    def describe(self) -> tuple[str, tuple[StreamInfo, ...]]:
        if self._info is None:
            raise LinkLost("The LSL stream is closed.")
        return self._title, (self._info,)

    def begin(self) -> None:
        lsl = optional_module("pylsl", "lsl", "Lab Streaming Layer")
        try:
            self._inlet.open_stream(OPEN_S)
        except (lsl.util.TimeoutError, lsl.util.LostError) as error:
            raise LinkLost(f"The LSL stream '{self._title}' does not start.") from error

    def frames(self) -> bytes:
        lsl = optional_module("pylsl", "lsl", "Lab Streaming Layer")
        try:
            return self._samples() + self._labels()
        except lsl.util.LostError as error:
            raise LinkLost(
                f"The LSL stream '{self._title}' has ended.", "Start it again in its program."
            ) from error

    def _samples(self) -> bytes:
        info, holes = self._info, self._holes
        if info is None or holes is None:
            return b""
        block = np.empty((AT_ONCE, info.n_channels), self._dtype)
        _, stamps = self._inlet.pull_chunk(timeout=0.0, max_samples=AT_ONCE, dest_obj=block)
        count = len(stamps)
        if not count:
            return b""
        lost = holes.lost_before(count, host_time())
        first = self._sent + lost
        self._sent = first + count
        self._newest = (stamps[-1], self._sent - 1)
        payload = block[:count].astype(info.dtype).tobytes()
        return encode(Kind.SAMPLES, payload, counter=first, samples=count)

    def _labels(self) -> bytes:
        if self._markers is None or self._newest is None or self._info is None:
            return b""
        texts, stamps = self._markers.pull_chunk(timeout=0.0, max_samples=AT_ONCE)
        newest, index = self._newest
        return b"".join(
            encode_json(
                Kind.MARKER,
                {
                    "stream": self._info.name,
                    "at": max(0, index + round((stamp - newest) * self._info.rate)),
                    "count": 0,
                    "label": text[0],
                },
            )
            for text, stamp in zip(texts or (), stamps, strict=False)
        )

    def disconnect(self) -> None:
        for inlet in (self._inlet, self._markers):
            if inlet is not None:
                inlet.close_stream()
        self._inlet = self._markers = None


def described(lsl: Any, info: Any) -> tuple[StreamInfo, np.dtype[Any]]:
    """Our description of an LSL stream and the type its samples come in.

    Raises EmgError for streams of text and those without a sampling rate.
    """
    rate = info.nominal_srate()
    types = {
        lsl.cf_float32: (np.float32, "float32"),
        lsl.cf_double64: (np.float64, "float32"),
        lsl.cf_int32: (np.int32, "int32"),
        lsl.cf_int16: (np.int16, "int16"),
        lsl.cf_int8: (np.int8, "int16"),
    }
    if info.channel_format() not in types or not rate > 0.0:
        raise EmgError(
            f"The LSL stream '{info.name()}' has no samples at a steady rate.",
            "Choose a stream of signals; text streams can be taken along as markers.",
        )
    numbers, kept = types[info.channel_format()]
    kind = info.type() or "EMG"
    dtype: SampleType = kept  # type: ignore[assignment]
    name = "EMG" if kind.upper() == "EMG" else kind
    channels = tuple(_channels(info, kind))
    return StreamInfo(name, rate, channels, dtype, info.name()), np.dtype(numbers)


def _channels(info: Any, kind: str) -> list[Channel]:
    """Names and units as far as the sender says them; no unit means ``a.u.``."""
    channels: list[Channel] = []
    node = info.desc().child("channels").child("channel")
    for number in range(info.channel_count()):
        label = node.child_value("label") or str(number + 1)
        unit = node.child_value("unit").strip()
        scale = PER_VOLT.get(unit.lower())
        if any(channel.name == label for channel in channels):
            label = f"{label} ({number + 1})"
        channels.append(
            Channel(
                label,
                unit=(unit or ARBITRARY_UNIT) if scale is None else MICROVOLT,
                scale=1.0 if scale is None else scale,
                kind=node.child_value("type") or kind,
            )
        )
        node = node.next_sibling("channel")
    return channels
