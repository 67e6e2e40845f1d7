"""How a Bluetooth sensor packs its numbers, written down as JSON instead of code.

Presets come with the program (resources/ble_presets.json) and from the folder
``ble_presets`` beside the settings, one file each. Described in
docs/devices/packed.md.
"""

from __future__ import annotations

import dataclasses
import json
import logging
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from emgstudio.core.errors import EmgError
from emgstudio.core.files import write_json
from emgstudio.core.paths import config_folder, resource
from emgstudio.core.types import ARBITRARY_UNIT, SampleType
from emgstudio.devices.gatt import full_uuid

log = logging.getLogger(__name__)

FOLDER = "ble_presets"
MOST_CHANNELS = 64
MOST_SAMPLES = 256
# Type: bytes, what numpy calls it, what the stream holds.
TYPES: dict[str, tuple[int, str, SampleType]] = {
    "i8": (1, "i1", "int16"),
    "u8": (1, "u1", "int16"),
    "i16": (2, "i2", "int16"),
    "u16": (2, "u2", "int32"),
    "i24": (3, "", "int32"),
    "u24": (3, "", "int32"),
    "i32": (4, "i4", "int32"),
    "f32": (4, "f4", "float32"),
}
COUNTER_WIDTHS = (1, 2, 4)


@dataclass(frozen=True, slots=True)
class PackedPreset:
    """The layout of one notification: header, then ``samples`` rows of ``channels`` numbers.

    ``rate`` in Hz. ``counter_width`` 0 means that there is none; ``counts`` is
    what it counts. ``start`` and ``stop`` are what to write, as (characteristic,
    hexadecimal bytes). ``planar`` has all samples of a channel together.
    """

    key: str
    title: str
    characteristic: str
    rate: float
    channels: int
    samples: int
    type: str
    service: str = ""
    names: tuple[str, ...] = ()
    endian: str = "little"
    header_bytes: int = 0
    trailer_bytes: int = 0
    counter_offset: int = 0
    counter_width: int = 0
    counts: str = "packets"
    planar: bool = False
    unit: str = ARBITRARY_UNIT
    scale: float = 1.0
    offset: float = 0.0
    start: tuple[tuple[str, str], ...] = ()
    stop: tuple[tuple[str, str], ...] = ()

    def __post_init__(self) -> None:
        within = {
            "type": self.type in TYPES,
            "endian": self.endian in ("little", "big"),
            "counts": self.counts in ("packets", "samples"),
            "rate": 0.0 < self.rate <= 100_000.0,
            "channels": 1 <= self.channels <= MOST_CHANNELS,
            "samples": 1 <= self.samples <= MOST_SAMPLES,
            "scale": self.scale != 0.0,
            "header_bytes": 0 <= self.header_bytes <= 200,
            "trailer_bytes": 0 <= self.trailer_bytes <= 200,
            "counter_width": self.counter_width in (0, *COUNTER_WIDTHS),
            "counter_offset": self.counter_offset >= 0
            and self.counter_offset + self.counter_width <= self.header_bytes,
            "characteristic": bool(self.characteristic),
        }
        wrong = [name for name, fine in within.items() if not fine]
        if wrong:
            raise EmgError(
                f"The Bluetooth preset '{self.key}' has an impossible {wrong[0]}.",
                "docs/devices/packed.md says what each value may be.",
            )

    @property
    def payload_bytes(self) -> int:
        """How long a notification is."""
        body = self.samples * self.channels * TYPES[self.type][0]
        return self.header_bytes + body + self.trailer_bytes

    @property
    def dtype(self) -> SampleType:
        """What the stream holds."""
        return TYPES[self.type][2]

    @property
    def rails(self) -> tuple[float, float] | None:
        """The smallest and the largest number that can be said."""
        if self.type == "f32":
            return None
        bits = 8 * TYPES[self.type][0]
        if self.type[0] == "u":
            return 0.0, 2.0**bits - 1.0
        return -(2.0 ** (bits - 1)), 2.0 ** (bits - 1) - 1.0

    def counter(self, payload: bytes) -> int:
        """The counter in a notification's header."""
        at = self.counter_offset
        said = payload[at : at + self.counter_width]
        return int.from_bytes(said, "little" if self.endian == "little" else "big")

    def numbers(self, payload: bytes) -> NDArray[Any]:
        """The ``(samples, channels)`` numbers of a notification of the right length."""
        width, name, held = TYPES[self.type]
        count = self.samples * self.channels
        body = payload[self.header_bytes : self.header_bytes + count * width]
        if name:
            sign = "<" if self.endian == "little" else ">"
            flat = np.frombuffer(body, sign + name)
        else:
            flat = self._of_24_bits(np.frombuffer(body, np.uint8).reshape(count, 3))
        shape = (self.channels, self.samples) if self.planar else (self.samples, self.channels)
        table = flat.reshape(shape)
        return np.ascontiguousarray(table.T if self.planar else table, held)

    def _of_24_bits(self, triples: NDArray[np.uint8]) -> NDArray[np.int32]:
        ordered = triples if self.endian == "big" else triples[:, ::-1]
        wide = np.zeros((len(ordered), 4), np.uint8)
        wide[:, :3] = ordered
        words = wide.view(">i4" if self.type == "i24" else ">u4")[:, 0]
        return (words >> 8).astype(np.int32)


def preset_from_json(value: Any, where: str) -> PackedPreset:
    """A preset from its JSON object; raises EmgError naming ``where`` and what is wrong."""
    fields = {field.name for field in dataclasses.fields(PackedPreset)}
    hint = "docs/devices/packed.md says what belongs into it."
    if not isinstance(value, dict):
        raise EmgError(f"{where} holds no Bluetooth preset.", hint)
    unknown = sorted(set(value) - fields)
    if unknown:
        raise EmgError(f"{where}: there is no '{unknown[0]}' in a Bluetooth preset.", hint)
    try:
        pairs = {k: tuple(map(tuple, value.get(k, ()))) for k in ("start", "stop")}
        whole = {**value, **pairs, "names": tuple(value.get("names", ()))}
        preset = PackedPreset(**whole)
        for uuid, text in (*preset.start, *preset.stop):
            full_uuid(uuid)
            bytes.fromhex(text)
    except (TypeError, ValueError, AttributeError) as error:
        raise EmgError(f"{where} cannot be read as a Bluetooth preset: {error}.", hint) from error
    return preset


def presets() -> dict[str, PackedPreset]:
    """All presets by key; the user's own win. Raises EmgError for a file that is wrong."""
    shipped = json.loads(resource("ble_presets.json").read_text(encoding="utf-8"))
    found = [preset_from_json(value, "ble_presets.json") for value in shipped]
    for file in sorted((config_folder() / FOLDER).glob("*.json")):
        try:
            value = json.loads(file.read_text(encoding="utf-8"))
        except (OSError, ValueError) as error:
            raise EmgError(
                f"The Bluetooth preset {file.name} cannot be read.", str(error)
            ) from error
        found.append(preset_from_json(value, file.name))
    return {preset.key: preset for preset in found}


def fitting_presets(name: str, services: Sequence[str]) -> tuple[PackedPreset, ...]:
    """The presets that an advertiser with this name and these services may have.

    None while a preset file is wrong: choosing a preset says what is wrong with it.
    """
    try:
        known = presets().values()
    except EmgError as error:
        log.info("presets are not looked at: %s", error)
        return ()
    offered = {full_uuid(uuid) for uuid in services}
    return tuple(
        preset
        for preset in known
        if (preset.service and full_uuid(preset.service) in offered)
        or any(name.casefold().startswith(begin.casefold()) for begin in preset.names)
    )


def save_preset(preset: PackedPreset) -> Path:
    """Keep a preset for next time; gives the file. Raises EmgError for an unusable key."""
    if not preset.key.isidentifier():
        raise EmgError(
            f"'{preset.key}' cannot be the name of a preset.", "Use letters, digits and _."
        )
    file = config_folder() / FOLDER / f"{preset.key}.json"
    file.parent.mkdir(parents=True, exist_ok=True)
    write_json(file, dataclasses.asdict(preset))
    return file
