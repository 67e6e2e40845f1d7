"""Any Bluetooth sensor that packs numbers into notifications, described by a preset."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from emgstudio.core.errors import EmgError
from emgstudio.core.options import option
from emgstudio.core.types import Channel, Gap, SampleBlock, StreamInfo
from emgstudio.devices.ble_presets import presets
from emgstudio.devices.counting import Uncounted, WrappedCounter
from emgstudio.devices.driver import Item
from emgstudio.devices.drivers.gatt import Conversation, GattDriver
from emgstudio.devices.gatt import full_uuid


@dataclass(frozen=True, slots=True)
class PackedOptions:
    """Which preset describes the sensor."""

    preset: str = option("counted_int16", "Preset", doc="From the list of presets, or your own.")


class PackedDriver(GattDriver):
    """Reads what a preset describes. Raises EmgError when there is no such preset."""

    key: ClassVar[str] = "packed"
    title: ClassVar[str] = "Bluetooth sensor with a preset"
    Options: ClassVar[type] = PackedOptions

    def __init__(self, options: PackedOptions) -> None:
        super().__init__(options)
        known = presets()
        if options.preset not in known:
            raise EmgError(
                f"There is no Bluetooth preset '{options.preset}'.",
                f"Known: {', '.join(known)}.",
            )
        self.preset = known[options.preset]
        self._number = -1
        self._start_counting()

    def _start_counting(self) -> None:
        preset = self.preset
        self._next = 0
        self._time = Uncounted(preset.rate)
        self._steps = preset.samples if preset.counts == "samples" else 1
        per_second = preset.rate * self._steps / preset.samples
        self._counter = WrappedCounter(256 ** (preset.counter_width or 1), per_second)

    def begin(self, talk: Conversation) -> tuple[StreamInfo, ...]:
        preset = self.preset
        self._start_counting()
        self._number = talk.subscribe(preset.characteristic)
        for uuid, data in preset.start:
            talk.write(uuid, bytes.fromhex(data))
        talk.expect(self._number, preset.payload_bytes)
        channels = tuple(
            Channel(f"EMG {k + 1}", preset.unit, preset.scale, preset.offset, rails=preset.rails)
            for k in range(preset.channels)
        )
        return (StreamInfo("EMG", preset.rate, channels, preset.dtype, talk.table.name),)

    def farewell(self) -> tuple[tuple[str, bytes], ...]:
        return tuple((full_uuid(u), bytes.fromhex(data)) for u, data in self.preset.stop)

    def notified(self, number: int, payload: bytes, host: float) -> list[Item]:
        preset = self.preset
        if number != self._number or len(payload) != preset.payload_bytes:
            return []
        estimated = preset.counter_width == 0
        lost: int | None
        if estimated:
            lost = self._time.lost_before(preset.samples, host)
            lost = -(-lost // preset.samples) * preset.samples
        else:
            lost = self._counter.lost_before(preset.counter(payload), host, self._steps)
            if lost is None:
                return []
            lost = lost * preset.samples // self._steps
        items: list[Item] = []
        if lost:
            items.append(Gap("EMG", self._next, lost, estimated))
            self._next += lost
        items.append(SampleBlock("EMG", self._next, preset.numbers(payload)))
        self._next += preset.samples
        return items
