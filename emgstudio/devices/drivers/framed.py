"""Decoder of the framed protocol that the simulated and the replay device speak."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Sequence
from typing import Any

import numpy as np

from emgstudio.core.errors import EmgError
from emgstudio.core.types import Channel, Gap, Marker, Reading, SampleBlock, StreamInfo
from emgstudio.devices.answers import Patience
from emgstudio.devices.driver import Driver, Item
from emgstudio.devices.frames import COUNTER_MODULUS, Frame, FrameReader, Kind
from emgstudio.devices.link import Link, LinkLost

ANSWER_TIMEOUT_S = 3.0
HELLO = b'{"do": "hello"}\n'
START = b'{"do": "start"}\n'
STOP = b'{"do": "stop"}\n'
DTYPES = {"int16": "<i2", "int32": "<i4", "float32": "<f4"}


def info_to_json(info: StreamInfo) -> dict[str, Any]:
    """A stream's description as plain values."""
    return dataclasses.asdict(info)


def info_from_json(value: dict[str, Any]) -> StreamInfo:
    """The inverse of :func:`info_to_json`."""
    channels = tuple(
        Channel(**{**c, "rails": tuple(c["rails"]) if c["rails"] else None})
        for c in value["channels"]
    )
    return StreamInfo(**{**value, "channels": channels})


class FramedDriver(Driver):
    """Speaks the framed protocol.

    ``repeated`` counts frames that came twice or stepped back; they are dropped.
    """

    def __init__(self, options: Any) -> None:
        super().__init__(options)
        self._reader = FrameReader()
        self._infos: tuple[StreamInfo, ...] = ()
        self._next: list[int] = []
        self._boot: str | None = None
        self._continues = False
        self._gestures: tuple[str, ...] = ()
        self._early: list[Frame] = []
        self.repeated = 0

    @property
    def continues(self) -> bool:
        return self._continues

    @property
    def channels(self) -> int:
        """How many channels its first stream has; 0 before it has said so."""
        return self._infos[0].n_channels if self._infos else 0

    @property
    def gestures(self) -> tuple[str, ...]:
        return self._gestures

    @property
    def garbage(self) -> int:
        """Bytes that belonged to no whole frame."""
        return self._reader.garbage

    def start(self, link: Link) -> tuple[StreamInfo, ...]:
        self._reader = FrameReader()
        self._early = []
        link.write(HELLO)
        hello = self._wait_for_hello(link)
        infos = tuple(info_from_json(value) for value in hello["streams"])
        self._continues = hello["boot"] == self._boot and infos == self._infos
        if not self._continues:
            self._next = [0] * len(infos)
        self._infos = infos
        self._boot = hello["boot"]
        self._gestures = tuple(hello["gestures"])
        self.name = hello["title"]
        link.write(START)
        return infos

    def _wait_for_hello(self, link: Link) -> dict[str, Any]:
        patience = Patience(ANSWER_TIMEOUT_S)
        while patience.lasts():
            frames = self._reader.feed(link.read(0.05))
            for at, frame in enumerate(frames):
                if frame.kind == Kind.HELLO:
                    self._early = frames[at + 1 :]
                    hello: dict[str, Any] = frame.json()
                    return hello
        raise LinkLost("The device does not answer.", "Is it switched on and near?")

    def feed(self, data: bytes, host: float) -> list[Item]:
        frames = self._early + self._reader.feed(data)
        self._early = []
        items: list[Item] = []
        for frame in frames:
            if frame.kind == Kind.SAMPLES:
                items += self._samples(frame)
            elif frame.kind == Kind.READING:
                items.append(Reading(**frame.json()))
            elif frame.kind == Kind.MARKER:
                items.append(Marker(**frame.json()))
            elif frame.kind == Kind.END:
                items += self._trailing_gaps(frame.json()["samples"])
        return items

    def stop(self, link: Link) -> None:
        link.write(STOP)

    def perform(self, gesture: str, strength: float) -> bytes:
        command = {"do": "perform", "gesture": gesture, "strength": strength}
        return json.dumps(command).encode() + b"\n"

    def _samples(self, frame: Frame) -> list[Item]:
        if frame.stream >= len(self._infos):
            raise EmgError(f"The device sends a stream number {frame.stream} it never announced.")
        info = self._infos[frame.stream]
        expected = self._next[frame.stream]
        ahead = (frame.counter - expected) % COUNTER_MODULUS
        if ahead >= COUNTER_MODULUS // 2:
            self.repeated += 1
            return []
        items: list[Item] = []
        if ahead:
            items.append(Gap(info.name, expected, ahead))
        data = np.frombuffer(frame.payload, DTYPES[info.dtype])
        block = data.reshape(frame.samples, info.n_channels).astype(info.dtype, copy=False)
        items.append(SampleBlock(info.name, expected + ahead, block))
        self._next[frame.stream] = expected + ahead + frame.samples
        return items

    def _trailing_gaps(self, totals: Sequence[int]) -> list[Item]:
        gaps: list[Item] = []
        for number, (info, total) in enumerate(zip(self._infos, totals, strict=True)):
            missing = total - self._next[number]
            if missing > 0:
                gaps.append(Gap(info.name, self._next[number], missing))
                self._next[number] = total
        return gaps
