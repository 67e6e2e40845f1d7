"""Imports WAV files, as Backyard Brains' recorder writes them with ``-events.txt`` beside."""

from __future__ import annotations

import wave
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from emgstudio.core.errors import EmgError
from emgstudio.core.types import Annotation, Channel, Samples, SampleType, Source, StreamInfo
from emgstudio.storage.importers.foreign import Foreign, ForeignStream, unit_of

FRAMES_AT_ONCE = 1 << 18
EVENTS = "-events.txt"


def read_wav(file: Path, *, unit: str | None = None) -> Foreign:
    """What ``file`` holds, as counts: a WAV file does not say its gain.

    Raises EmgError when it is no WAV file of 16, 24 or 32 bit whole numbers.
    """
    try:
        with wave.open(str(file), "rb") as opened:
            width, channels = opened.getsampwidth(), opened.getnchannels()
            rate, frames = opened.getframerate(), opened.getnframes()
    except (wave.Error, EOFError) as error:
        raise EmgError(
            f'"{file.name}" cannot be read as a WAV file ({error}).',
            "Only uncompressed whole numbers are read; save it again as 16 bit PCM.",
        ) from error
    if width not in (2, 3, 4):
        raise EmgError(
            f'"{file.name}" has {8 * width} bits per sample.', "Save it again as 16 bit PCM."
        )
    dtype: SampleType = "int16" if width == 2 else "int32"
    names = [f"channel {k}" for k in range(1, channels + 1)]
    info = StreamInfo(
        "EMG",
        float(rate),
        tuple(Channel(name, unit_of(unit or "counts")) for name in names),
        dtype,
        f"file {file.name}",
    )

    def pieces() -> Iterator[Samples | int]:
        with wave.open(str(file), "rb") as opened:
            while raw := opened.readframes(FRAMES_AT_ONCE):
                yield _numbers(raw, width).reshape(-1, channels)

    remarks = [] if unit else ["A WAV file does not say its gain: values are counts."]
    return Foreign([ForeignStream(info, 0.0, frames, pieces)], _events(file), remarks=remarks)


def _numbers(raw: bytes, width: int) -> Samples:
    if width == 3:
        wide = np.zeros((len(raw) // 3, 4), np.uint8)
        wide[:, 1:] = np.frombuffer(raw, np.uint8).reshape(-1, 3)
        return wide.view("<i4").reshape(-1) >> 8
    return np.frombuffer(raw, f"<i{width}")


def _events(file: Path) -> list[Annotation]:
    """Lines “id, seconds”, with ``#`` for remarks; a line that is neither is passed over."""
    beside = file.with_name(file.stem + EVENTS)
    if not beside.is_file():
        return []
    found = []
    for line in beside.read_text("utf-8", "replace").splitlines():
        label, _, time = line.partition(",")
        try:
            seconds = float(time)
        except ValueError:
            continue
        if not label.startswith("#"):
            found.append(
                Annotation(seconds, seconds, label.strip(), source=Source.DEVICE, author=file.name)
            )
    return found
