"""Sessions made without threads or devices."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from emgstudio.core.types import Channel, ConditionSpec, SampleType, StreamInfo
from emgstudio.storage.format import Flag
from emgstudio.storage.new_session import NewSession
from emgstudio.storage.timing import TimeLine

CREATED = datetime(2026, 11, 20, 14, 32, 5, tzinfo=UTC)

Make = Callable[..., tuple[Path, np.ndarray[Any, Any], np.ndarray[Any, Any]]]


def make_session(
    folder: Path,
    parts: Sequence[int],
    *,
    rate: float = 1000.0,
    channels: int = 3,
    dtype: SampleType = "int16",
    finish: bool = True,
    meta: dict[str, Any] | None = None,
) -> tuple[Path, np.ndarray[Any, Any], np.ndarray[Any, Any]]:
    """A session of blocks (positive counts) and gaps (negative ones).

    Returns the folder, the raw samples with zeros in the gaps, and which are there.
    """
    columns = tuple(Channel(f"c{k}", scale=0.5 + k, offset=-k) for k in range(channels))
    info = StreamInfo("emg", rate, columns, dtype, "test")
    session = NewSession(
        folder, [(info, ConditionSpec())], meta or {}, host_s=100.0, created=CREATED
    )
    stream = session.streams[0]
    random = np.random.default_rng(len(parts))
    data, valid = [np.zeros((0, channels), dtype)], [np.zeros(0, bool)]
    for count in parts:
        host_ns = round((100.0 + stream.writer.samples / rate) * 1e9)
        block = random.integers(-1000, 1000, (abs(count), channels)).astype(dtype)
        if count < 0:
            stream.writer.skip(-count, host_ns, Flag(0))
            block[:] = 0
        else:
            stream.writer.append(block, host_ns)
        data.append(block)
        valid.append(np.full(abs(count), count > 0))
    stream.line = TimeLine(0.0, rate, False)
    if finish:
        session.finish("stop")
    else:
        session.save("recording")
        session.abandon()
    return folder, np.concatenate(data), np.concatenate(valid)


@pytest.fixture
def make(tmp_path: Path) -> Make:
    """``make([100, -20, 50])``: see make_session."""
    number = 0

    def made(parts: Sequence[int], **how: Any) -> Any:
        nonlocal number
        number += 1
        return make_session(tmp_path / f"session{number}", parts, **how)

    return made
