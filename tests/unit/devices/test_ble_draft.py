"""A preset in the making: what is guessed from packets, and what is refused."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from emgstudio.core.errors import EmgError
from emgstudio.devices.ble_draft import (
    PresetDraft,
    bytes_from,
    counted_on,
    find_counter,
    guess_draft,
    preset_key,
    preset_of,
)
from emgstudio.devices.ble_presets import presets, save_preset
from emgstudio.devices.emulators.emulator import Faults
from emgstudio.devices.emulators.packed import DATA, PackedEmulator

RNG = np.random.default_rng(3)


def packets(header: str, count: int = 60, body: int = 16) -> list[bytes]:
    """Noise behind a header in which ``u8``, ``>u2`` or ``<u2`` counts, or a byte stands still."""
    made = []
    for k in range(count):
        head = b"\xa5" if header.startswith("fixed ") else b""
        kind = header.removeprefix("fixed ")
        if kind != "none":
            head += np.array([k + 250], dtype=kind).astype(kind).tobytes()
        made.append(head + RNG.bytes(body))
    return made


@pytest.mark.parametrize(
    ("header", "found"),
    [
        ("u1", (0, 1, "little")),
        ("fixed u1", (1, 1, "little")),
        ("<u2", (0, 2, "little")),
        (">u2", (0, 2, "big")),
        ("fixed >u2", (1, 2, "big")),
        ("none", (0, 0, "little")),
    ],
)
def test_a_counter_is_found(header: str, found: tuple[int, int, str]) -> None:
    if header.endswith("u1"):
        made = [p[:0] + p for p in packets("none", body=15)]
        fixed = b"\xa5" if header.startswith("fixed") else b""
        made = [fixed + bytes([(k + 250) % 256]) + p for k, p in enumerate(made)]
    else:
        made = packets(header)
    assert find_counter(made) == found


def test_a_real_layout_is_guessed_from_its_packets() -> None:
    emulator = PackedEmulator(Faults())
    numbers = np.arange(60)
    payloads = [
        int(k).to_bytes(2, "little") + RNG.integers(-9, 9, 80).astype("<i2").tobytes()
        for k in numbers
    ]
    draft = guess_draft(payloads, 100.3)
    preset = preset_of(replace(draft, title="Sleeve"), DATA)
    shipped = emulator.preset
    same = ("rate", "channels", "samples", "type", "endian", "header_bytes", "counter_width")
    assert {n: getattr(preset, n) for n in same} == {n: getattr(shipped, n) for n in same}
    assert preset.payload_bytes == len(payloads[0])
    assert counted_on(preset, payloads) == (59, 59)
    assert counted_on(preset, payloads[:20] + payloads[25:]) == (54, 53)


def test_nothing_that_came_is_no_reason_to_fail() -> None:
    assert guess_draft([], 0.0).channels == 1
    assert guess_draft([b""], 10.0).samples == 1
    assert guess_draft([b"\x01\x02\x03"] * 3, 10.0).type == "u8"


@pytest.mark.parametrize(
    ("how", "words"),
    [
        ({"counter_width": 2, "header_bytes": 1}, "counter ends after byte 2"),
        ({"scale": 0.0}, "cannot be worth 0"),
        ({"title": " ?! "}, "needs a name"),
    ],
)
def test_what_makes_no_preset_is_explained(how: dict[str, object], words: str) -> None:
    with pytest.raises(EmgError, match=words):
        preset_of(replace(PresetDraft(), **how), DATA)


def test_a_draft_becomes_a_file_that_is_found_again() -> None:
    draft = PresetDraft(title="3 Sleeves, left", channels=2, samples=5)
    preset = preset_of(draft, DATA, names=("Sleeve",), start=((DATA, "01"),))
    assert preset.key == "sensor_3_sleeves_left"
    save_preset(preset)
    assert presets()[preset.key] == preset
    assert preset_key("Ärmel links") == "ärmel_links"


def test_bytes_as_people_type_them() -> None:
    for text in ("01 a0 FF", "0x01,0xA0,0xFF", "01:a0:ff", "01A0FF"):
        assert bytes_from(text) == b"\x01\xa0\xff"
    for text in ("", "  ", "1", "hello"):
        with pytest.raises(EmgError):
            bytes_from(text)
