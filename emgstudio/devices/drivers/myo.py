"""Thalmic Myo armband: eight channels of int8 EMG at 200 Hz, IMU at 50 Hz, battery, vibration.

Protocol: thalmiclabs/myo-bluetooth, myohw.h. The maker publishes no volts, so
EMG is in arbitrary units. EMG packets have no counter; four characteristics
take turns, which tells the loss of one to three packets.
"""

from __future__ import annotations

import struct
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from emgstudio.core.errors import EmgError
from emgstudio.core.options import option
from emgstudio.core.types import ARBITRARY_UNIT, Channel, Gap, Reading, SampleBlock, StreamInfo
from emgstudio.devices.actions import Action, Deed
from emgstudio.devices.counting import Uncounted
from emgstudio.devices.driver import Item
from emgstudio.devices.drivers.gatt import Conversation, GattDriver
from emgstudio.devices.gatt import BATTERY_LEVEL

RATE = 200.0
IMU_RATE = 50.0
CHANNELS = 8
ROWS = 2
EMG_BYTES = ROWS * CHANNELS
IMU = struct.Struct("<10h")
VERSION = struct.Struct("<4H")
EMG_MODES = {"filtered": 2, "raw": 3}
IMU_DATA = 1
NEVER_SLEEP = bytes((0x09, 0x01, 0x01))
QUIET = bytes((0x01, 0x03, 0, 0, 0))
VIBRATIONS = {"short": 1, "medium": 2, "long": 3}
VIBRATE_SHORT, VIBRATE_MEDIUM = VIBRATIONS["short"], VIBRATIONS["medium"]
IDENTIFY = Action("identify", "Which one is it?", "The armband vibrates.")


def myo_uuid(short: int) -> str:
    """A characteristic or service of the armband."""
    return f"d506{short:04x}-a904-deb9-4748-2c7f4a124842"


CONTROL_SERVICE = myo_uuid(0x0001)
FIRMWARE = myo_uuid(0x0201)
COMMAND = myo_uuid(0x0401)
IMU_SERVICE, IMU_DATA_UUID = myo_uuid(0x0002), myo_uuid(0x0402)
EMG_SERVICE = myo_uuid(0x0005)
EMG_DATA = tuple(myo_uuid(short) for short in (0x0105, 0x0205, 0x0305, 0x0405))


def vibration(kind: int) -> bytes:
    """The command to vibrate: 1 short, 2 medium, 3 long."""
    return bytes((0x03, 0x01, kind))


@dataclass(frozen=True, slots=True)
class MyoOptions:
    """What a person can choose about a Myo."""

    emg: str = option(
        "raw", "EMG", choices=("raw", "filtered"), doc="Filtered by the armband, or as measured."
    )
    imu: bool = option(True, "Motion sensors", doc="Acceleration, rotation and orientation.")
    vibrate: bool = option(True, "Vibrate when connected")


@dataclass(frozen=True, slots=True)
class VibrationChoice:
    """How long the armband vibrates."""

    length: str = option("medium", "Length", choices=tuple(VIBRATIONS))


VIBRATE = Action("vibrate", "Vibrate", "A sign to the wearer.", VibrationChoice)


@dataclass(slots=True)
class _Counted:
    """Where a stream without a counter is."""

    info: StreamInfo
    time: Uncounted
    next: int = 0

    def place(self, data: Any, lost: int, host: float, step: int) -> list[Item]:
        """``data`` after ``lost`` samples that are known missing, and what time says is missing."""
        items: list[Item] = []
        if lost:
            items.append(Gap(self.info.name, self.next, lost))
            self.next += lost
        guessed = self.time.lost_before(lost + len(data), host) // step * step
        if guessed:
            items.append(Gap(self.info.name, self.next, guessed, estimated=True))
            self.next += guessed
        items.append(SampleBlock(self.info.name, self.next, data))
        self.next += len(data)
        return items


class MyoDriver(GattDriver):
    """Speaks to a Myo armband."""

    key: ClassVar[str] = "myo"
    title: ClassVar[str] = "Myo armband"
    Options: ClassVar[type] = MyoOptions
    services: ClassVar[tuple[str, ...]] = (CONTROL_SERVICE,)
    names: ClassVar[tuple[str, ...]] = ("Myo", "My Myo")

    def __init__(self, options: MyoOptions) -> None:
        super().__init__(options)
        self._turns: dict[int, int] = {}
        self._imu_number: int | None = None
        self._battery_number: int | None = None
        self._battery: Reading | None = None
        self._turn: int | None = None
        self._streams: dict[str, _Counted] = {}

    def begin(self, talk: Conversation) -> tuple[StreamInfo, ...]:
        major, minor, *_ = _version(talk.read(FIRMWARE))
        if major < 1:
            raise EmgError(
                f"The firmware {major}.{minor} of this Myo cannot send EMG.",
                "Update it with Myo Connect to 1.5 or newer.",
            )
        infos = self._describe(f"{talk.table.name} (Myo, firmware {major}.{minor})")
        self._streams = {i.name: _Counted(i, Uncounted(i.rate)) for i in infos}
        self._turn = None
        talk.write(COMMAND, NEVER_SLEEP)
        self._turns = {talk.subscribe(uuid): turn for turn, uuid in enumerate(EMG_DATA)}
        self._imu_number = talk.subscribe(IMU_DATA_UUID) if self.options.imu else None
        if talk.has(BATTERY_LEVEL):
            self._battery = _battery(talk.read(BATTERY_LEVEL))
            self._battery_number = talk.subscribe(BATTERY_LEVEL)
        talk.write(COMMAND, self._mode())
        if self.options.vibrate:
            talk.write(COMMAND, vibration(VIBRATE_SHORT))
        return infos

    def farewell(self) -> tuple[tuple[str, bytes], ...]:
        return ((COMMAND, QUIET),)

    def nudge(self) -> bytes:
        # EMG may fall silent on a connected armband (MyoSDK, MyOSC issue 8).
        return self.command(COMMAND, NEVER_SLEEP) + self.command(COMMAND, self._mode())

    def vibrate(self, kind: int = VIBRATE_MEDIUM) -> bytes:
        """The bytes for the link that let the armband vibrate."""
        return self.command(COMMAND, vibration(kind))

    @property
    def actions(self) -> tuple[Action, ...]:
        return (IDENTIFY, VIBRATE)

    def act(self, key: str, values: Mapping[str, Any]) -> Deed:
        if key == IDENTIFY.key:
            return Deed(self.vibrate(), f"{self.name} vibrates now.")
        if key == VIBRATE.key:
            length = VibrationChoice(**values).length
            return Deed(self.vibrate(VIBRATIONS[length]), f"{self.name} vibrates: {length}.")
        return super().act(key, values)

    def notified(self, number: int, payload: bytes, host: float) -> list[Item]:
        items: list[Item] = []
        if self._battery is not None:
            items.append(self._battery)
            self._battery = None
        if number in self._turns and len(payload) == EMG_BYTES:
            items += self._emg(self._turns[number], payload, host)
        elif number == self._imu_number and len(payload) == IMU.size:
            items += self._motion(payload, host)
        elif number == self._battery_number:
            reading = _battery(payload)
            items += [reading] if reading else []
        return items

    def _emg(self, turn: int, payload: bytes, host: float) -> list[Item]:
        lost = 0 if self._turn is None else (turn - self._turn - 1) % len(EMG_DATA)
        self._turn = turn
        data = np.frombuffer(payload, np.int8).reshape(ROWS, CHANNELS).astype(np.int16)
        # What time adds must leave the turn of the characteristics right.
        whole_turn = len(EMG_DATA) * ROWS
        return self._streams["EMG"].place(data, lost * ROWS, host, whole_turn)

    def _motion(self, payload: bytes, host: float) -> list[Item]:
        values = np.frombuffer(payload, "<i2").astype(np.int16)
        parts = {"ORI": values[:4], "ACC": values[4:7], "GYR": values[7:]}
        items: list[Item] = []
        for name, part in parts.items():
            items += self._streams[name].place(part[None].copy(), 0, host, 1)
        return items

    def _mode(self) -> bytes:
        imu = IMU_DATA if self.options.imu else 0
        return bytes((0x01, 0x03, EMG_MODES[self.options.emg], imu, 0))

    def _describe(self, device: str) -> tuple[StreamInfo, ...]:
        emg = tuple(
            Channel(f"EMG {k + 1}", ARBITRARY_UNIT, rails=(-128.0, 127.0), site="forearm ring")
            for k in range(CHANNELS)
        )
        infos = [StreamInfo("EMG", RATE, emg, "int16", device)]
        if self.options.imu:
            for name, axes, unit, scale in (
                ("ORI", "WXYZ", "1", 1.0 / 16384.0),
                ("ACC", "XYZ", "g", 1.0 / 2048.0),
                ("GYR", "XYZ", "°/s", 1.0 / 16.0),
            ):
                channels = tuple(Channel(f"{name} {a}", unit, scale, kind=name) for a in axes)
                infos.append(StreamInfo(name, IMU_RATE, channels, "int16", device))
        return tuple(infos)


def _version(value: bytes) -> tuple[int, ...]:
    """Major, minor, patch and hardware revision; zeros where the answer is cut short."""
    return VERSION.unpack(value[: VERSION.size].ljust(VERSION.size, b"\0"))


def _battery(value: bytes) -> Reading | None:
    return Reading("battery", float(value[0]), "%") if value else None
