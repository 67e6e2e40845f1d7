"""A preset in the making: guessed from what a characteristic sends, put right by a person."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from emgstudio.core.errors import EmgError
from emgstudio.core.options import option
from emgstudio.core.types import ARBITRARY_UNIT, MICROVOLT
from emgstudio.devices.ble_presets import MOST_CHANNELS, MOST_SAMPLES, TYPES, PackedPreset
from emgstudio.devices.drivers.ascii_layout import usual_rate

ENOUGH_PACKETS = 8
# Packets in a row of which this share counts on are numbered.
COUNTS = 0.8
LONGEST_HEADER = 8
SMALL = 15
USUAL_CHANNELS = (8, 4, 6, 2, 3, 1)
CLOSE = 0.05
LITTLE, BIG = "little", "big"


@dataclass(frozen=True)
class PresetDraft:
    """What a person says about the packets of one characteristic."""

    title: str = option("My sensor", "Name of the preset")
    type: str = option(
        "i16", "Numbers", choices=tuple(TYPES),
        words={
            "i8": "8 bit, signed", "u8": "8 bit, unsigned", "i16": "16 bit, signed",
            "u16": "16 bit, unsigned", "i24": "24 bit, signed", "u24": "24 bit, unsigned",
            "i32": "32 bit, signed", "f32": "32 bit, floating point",
        },
    )  # fmt: skip
    endian: str = option(
        LITTLE, "Order of bytes", choices=(LITTLE, BIG),
        words={LITTLE: "low byte first (little endian)", BIG: "high byte first (big endian)"},
    )  # fmt: skip
    channels: int = option(1, "Channels", minimum=1, maximum=MOST_CHANNELS)
    samples: int = option(1, "Samples of each channel in a packet", minimum=1, maximum=MOST_SAMPLES)
    planar: bool = option(False, "All samples of one channel together")
    rate: float = option(1000.0, "Sampling rate", unit="Hz", minimum=0.1, maximum=100_000.0)
    header_bytes: int = option(0, "Bytes before the numbers", minimum=0, maximum=200)
    trailer_bytes: int = option(0, "Bytes after the numbers", minimum=0, maximum=200)
    counter_width: int = option(
        0, "Counter", choices=(0, 1, 2, 4),
        words={0: "there is none", 1: "1 byte", 2: "2 bytes", 4: "4 bytes"},
        doc="Tells exactly what is missing.",
    )  # fmt: skip
    counter_offset: int = option(0, "Counter begins at byte", minimum=0, maximum=199)
    counts: str = option("packets", "It counts", choices=("packets", "samples"))
    unit: str = option(ARBITRARY_UNIT, "Unit", choices=(ARBITRARY_UNIT, MICROVOLT, "mV", "V"))
    scale: float = option(1.0, "One step is worth", doc="In the unit chosen. a.u.: leave 1.")
    offset: float = option(0.0, "A number of 0 is worth")


def guess_draft(payloads: Sequence[bytes], packet_rate: float) -> PresetDraft:
    """What ``payloads`` that come ``packet_rate`` times a second may be: 16 bit, most likely."""
    size = len(payloads[-1]) if payloads else 0
    offset, width, endian = find_counter([p for p in payloads if len(p) == size])
    header = offset + width
    body = size - header
    kind = "i16" if body >= 2 and body % 2 == 0 else "u8"
    numbers = max(1, body // TYPES[kind][0])
    channels = next(n for n in USUAL_CHANNELS if numbers % n == 0)
    samples = min(MOST_SAMPLES, numbers // channels)
    rate = usual_rate(packet_rate * samples, CLOSE) or 1000.0
    return PresetDraft(
        type=kind,
        endian=endian,
        channels=channels,
        samples=samples,
        rate=rate,
        header_bytes=header,
        counter_width=width,
        counter_offset=offset,
    )


def find_counter(payloads: Sequence[bytes]) -> tuple[int, int, str]:
    """Offset, width in bytes and endian of a counter that grows by 1; width 0 for none."""
    if len(payloads) < ENOUGH_PACKETS:
        return 0, 0, LITTLE
    most = min(LONGEST_HEADER, len(payloads[-1]))
    table = np.array([list(payload[:most]) for payload in payloads], np.int64)
    for offset in range(most):
        if not _counting(table[:, offset]):
            continue
        for endian, high in ((LITTLE, offset + 1), (BIG, offset - 1)):
            if 0 <= high < most and _carries(table[:, offset], table[:, high]):
                return min(offset, high), 2, endian
        return offset, 1, LITTLE
    return 0, 0, LITTLE


def _counting(values: NDArray[np.int64]) -> bool:
    return bool(((np.diff(values) % 256) == 1).mean() >= COUNTS)


def _carries(low: NDArray[np.int64], high: NDArray[np.int64]) -> bool:
    """Whether ``high`` steps on when ``low`` begins anew, and only then."""
    wraps = np.diff(low) < 0
    if not wraps.any():
        # Nothing to see yet: a small number that stands still rather is one than a fixed mark.
        return bool((high == high[0]).all() and high[0] <= SMALL)
    steps = np.diff(high) % 256
    return bool((steps[wraps] == 1).all() and (steps[~wraps] == 0).all())


def preset_of(
    draft: PresetDraft,
    characteristic: str,
    *,
    service: str = "",
    names: tuple[str, ...] = (),
    start: tuple[tuple[str, str], ...] = (),
) -> PackedPreset:
    """The preset that a draft makes. Raises EmgError where it makes none."""
    key = preset_key(draft.title)
    end = draft.counter_offset + draft.counter_width
    if draft.counter_width and end > draft.header_bytes:
        raise EmgError(
            f"The counter ends after byte {end}, but the numbers begin after {draft.header_bytes}.",
            "Make the part before the numbers longer.",
        )
    if not draft.scale:
        raise EmgError("One step cannot be worth 0.", "Leave it at 1 where nobody knows.")
    return PackedPreset(
        key=key,
        title=draft.title.strip(),
        characteristic=characteristic,
        rate=draft.rate,
        channels=draft.channels,
        samples=draft.samples,
        type=draft.type,
        service=service,
        names=names,
        endian=draft.endian,
        header_bytes=draft.header_bytes,
        trailer_bytes=draft.trailer_bytes,
        counter_offset=draft.counter_offset if draft.counter_width else 0,
        counter_width=draft.counter_width,
        counts=draft.counts,
        planar=draft.planar,
        unit=draft.unit,
        scale=draft.scale,
        offset=draft.offset,
        start=start,
    )


def preset_key(title: str) -> str:
    """A key for addresses and file names. Raises EmgError when nothing of the title is left."""
    key = re.sub(r"\W+", "_", title.strip().lower()).strip("_")
    if not key:
        raise EmgError("The preset needs a name.", "Type one, such as “Our sleeve”.")
    return key if not key[0].isdigit() else f"sensor_{key}"


def counted_on(preset: PackedPreset, payloads: Sequence[bytes]) -> tuple[int, int]:
    """How many steps between packets there were, and how many of them were as they should be."""
    good = [p for p in payloads if len(p) == preset.payload_bytes]
    if not preset.counter_width or len(good) < 2:
        return 0, 0
    step = preset.samples if preset.counts == "samples" else 1
    modulus = 256**preset.counter_width
    numbers = [preset.counter(p) for p in good]
    right = sum((b - a) % modulus == step for a, b in pairwise(numbers))
    return len(good) - 1, right


def bytes_from(text: str) -> bytes:
    """Bytes that a person typed in hexadecimal. Raises EmgError for anything else."""
    plain = re.sub(r"0x|[\s,:;-]", "", text, flags=re.IGNORECASE)
    try:
        data = bytes.fromhex(plain)
    except ValueError:
        raise EmgError(
            f"“{text}” are no bytes in hexadecimal.", "Two digits for each, such as 01 A0 FF."
        ) from None
    if not data:
        raise EmgError("There is nothing to write.", "Type bytes such as 01 A0 FF.")
    return data
