"""How long a recording from the command line waits for what is still on its way."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pytest

from emgstudio.cli import device
from emgstudio.cli.device import SILENT_S
from emgstudio.core.types import Channel, ConditionSpec, SampleBlock, StreamInfo
from emgstudio.devices.stream import Stream

RATE = 100.0
NOW = 1000.0
INFO = StreamInfo("EMG", RATE, (Channel("a"),), "int16", "fake")


def stream_that_began(ago_s: float, came_s: float, last_ago_s: float) -> Stream:
    """``came_s`` seconds of samples, the first of them in time, all others ``last_ago_s`` ago."""
    stream = Stream(INFO, ConditionSpec())
    rows = round(came_s * RATE) - 10
    stream.accept(SampleBlock("EMG", 0, np.zeros((10, 1), np.int16)), NOW - ago_s + 10 / RATE)
    stream.accept(SampleBlock("EMG", 10, np.zeros((rows, 1), np.int16)), NOW - last_ago_s)
    return stream


@pytest.mark.parametrize(
    ("last_ago_s", "waits_for"), [(0.0, 5.0), (SILENT_S + 1.0, 10.0)], ids=["busy", "silent"]
)
def test_samples_that_a_busy_computer_has_later_are_waited_for(
    last_ago_s: float, waits_for: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(device, "host_time", lambda: NOW)
    stream = stream_that_began(10.0, 5.0, last_ago_s)
    worker = SimpleNamespace(streams=(stream,), driver=SimpleNamespace(paced=True))
    session = SimpleNamespace(devices={"d": worker})
    recorder = SimpleNamespace(
        status=SimpleNamespace(seconds=10.0), time_of=lambda host: host - NOW + 10.0
    )
    arrived_s = device._arrived_s(session, recorder)  # type: ignore[arg-type]
    assert arrived_s == pytest.approx(waits_for, abs=0.5)
