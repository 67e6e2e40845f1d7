"""Recordings for the tests of the Review room, written by the real writer."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import numpy as np

from emgstudio.core.types import Annotation, Channel, ConditionSpec, Source, StreamInfo
from emgstudio.storage.format import Flag
from emgstudio.storage.new_session import NewSession

CREATED = datetime(2026, 11, 20, 14, 32, 5, tzinfo=UTC)


def stream_info(channels: int, rate: float) -> StreamInfo:
    """A plain 16-bit stream, 0.2 µV per step."""
    named = tuple(Channel(f"ch{i + 1}", scale=0.2) for i in range(channels))
    return StreamInfo("emg", rate, named, "int16", "test device")


def burst_block(seconds: float, rate: float, channels: int, seed: int) -> np.ndarray:
    """Noise that is loud for two of every four seconds, ``(n, channels)`` int16."""
    draw = np.random.default_rng(seed)
    n = round(seconds * rate)
    t = np.arange(n) / rate
    loud = np.where((t % 4) < 2, 1.0, 0.12)[:, None]
    gain = 1 + 0.7 * np.sin(np.arange(channels))
    x = draw.normal(0, 300, (n, channels)) * loud * gain
    return x.astype(np.int16)


def make_recording(
    folder: Path,
    *,
    seconds: float,
    channels: int,
    rate: float,
    gap_at: float | None = None,
    annotations: Sequence[Annotation] = (),
    pyramid: bool = False,
    unused: Sequence[int] = (),
) -> Path:
    """A finished recording at ``folder``; one minute of noise is repeated to any length."""
    info = stream_info(channels, rate)
    named = tuple(replace(c, used=n not in unused) for n, c in enumerate(info.channels))
    info = replace(info, channels=named)
    made = NewSession(
        folder, [(info, ConditionSpec())], {"title": folder.name}, host_s=0.0, created=CREATED
    )
    writer = made.streams[0].writer
    block = burst_block(min(seconds, 60.0), rate, channels, seed=1)
    left = round(seconds * rate)
    while left > 0:
        part = block[:left]
        at = writer.samples
        if gap_at is not None and at <= gap_at * rate < at + len(part):
            cut = round(gap_at * rate) - at
            lost = round(0.5 * rate)
            writer.append(part[:cut], round(at / rate * 1e9))
            writer.skip(lost, round(gap_at * 1e9), Flag.GAP)
            writer.append(part[cut + lost :], round((gap_at + 0.5) * 1e9))
        else:
            writer.append(part, round(at / rate * 1e9))
        left -= len(part)
    if annotations:
        made.annotations.add(*annotations)
    made.finish("test")
    if pyramid:
        from emgstudio.storage.recording import Recording

        with Recording.open(folder) as recording:
            recording.main.build_pyramid()
    return folder


def cued(count: int, *, names: Sequence[str] = ("fist", "open", "pinch")) -> list[Annotation]:
    """Cue annotations of two seconds every four, as a calibration makes them."""
    return [
        Annotation(
            4.0 * i,
            4.0 * i + 2.0,
            names[i % len(names)],
            track="cue",
            source=Source.CUE,
            repetition=i // len(names) + 1,
        )
        for i in range(count)
    ]
