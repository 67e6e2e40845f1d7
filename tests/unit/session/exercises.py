"""Recordings of exercises with signals whose answer is known."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np

from emgstudio.core.types import Annotation, Channel, Source, StreamInfo
from emgstudio.session.therapy.goal import goal_of
from emgstudio.session.therapy.plan import META, Muscle, Plan
from emgstudio.session.therapy.protocol import Protocol
from emgstudio.session.therapy.run import REST, TRACK, WORK
from emgstudio.storage.annotations import AnnotationLog
from emgstudio.storage.importers.imported import imported_session

MVC = 200.0
Span = tuple[float, float, str]


def noise(seconds: float, rate: float, seed: int = 1) -> np.ndarray:
    """White noise of RMS 1, up to 450 Hz."""
    n = round(seconds * rate)
    f = np.fft.rfftfreq(n, 1 / rate)
    shape = (f > 20) & (f < 450)
    y = np.fft.irfft(np.fft.rfft(np.random.default_rng(seed).standard_normal(n)) * shape, n)
    return np.asarray(y / y.std())


def exercise(
    folder: Path,
    protocol: Protocol,
    columns: np.ndarray,
    rate: float,
    works: list[Span],
    rests: list[Span] = [],  # noqa: B006
    *,
    muscles: tuple[Muscle, ...] = (Muscle("a"),),
    extra: tuple[Channel, ...] = (),
    labels: tuple[Annotation, ...] = (),
    meta: dict[str, Any] | None = None,
) -> Path:
    """A recording of ``columns (n, channels)`` in µV: the muscles first, then ``extra``."""
    plan = Plan(protocol, muscles, goal_of(protocol))
    path = folder / protocol.id
    info = StreamInfo(
        "EMG", rate, tuple(Channel(m.channel) for m in muscles) + extra, "float32", "d"
    )
    references = [
        {"channel": m.channel, "value": MVC, "unit": "µV", "window_s": 0.5,
         "method": protocol.reference, "quality": [], "condition": "20–450 Hz"}
        for m in muscles
    ]  # fmt: skip
    percent = protocol.reference is not None
    about = {
        **plan.stored(), "unit": "%MVC" if percent else "µV", "stream": "EMG",
        "recipe": "RMS over 250 ms, no filter", "references": references if percent else [],
    }  # fmt: skip
    with imported_session(path, info, {META: about, **(meta or {})}) as made:
        made.append(columns.astype(np.float32))
    log = AnnotationLog.open(path)
    goal = asdict(plan.goal)
    for label, spans in ((WORK, works), (REST, rests)):
        for number, (start, stop, step) in enumerate(spans, 1):
            note = json.dumps({"set": 1, "step": step, "goal": goal})
            log.add(Annotation(start, stop, label, TRACK, Source.CUE, note=note, repetition=number))
    log.add(*labels)
    log.close()
    return path
