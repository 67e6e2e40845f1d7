"""Waiting until the file of a running recording has what is to be read from it."""

from __future__ import annotations

import threading
from math import inf, isnan

from emgstudio.core.clock import host_time
from emgstudio.devices.stream import Stream
from emgstudio.devices.worker import DeviceState, DeviceWorker
from emgstudio.storage.recorder import Recorder, RecorderState

WRITTEN_WAIT_S = 10.0
LOOK_EVERY_S = 0.02


def wait_until_written(
    recorder: Recorder, device: DeviceWorker, stream: Stream, time: float
) -> None:
    """Wait until a stream's samples up to a recording time are in the file, 10 s at most.

    What a device that is gone did not send any more is not waited for, nor a stream that
    never came or is not recorded; of one that is played at another speed what has come by
    now is enough. For a task.
    """
    patience = threading.Event()
    deadline = host_time() + WRITTEN_WAIT_S
    most = inf if device.driver.paced else stream.raw.head
    while not _written(recorder, device, stream, time, most) and host_time() < deadline:
        patience.wait(LOOK_EVERY_S)


def _written(
    recorder: Recorder, device: DeviceWorker, stream: Stream, time: float, most: float
) -> bool:
    """Whether it is there, as far as index ``most``, or will not be any more."""
    if recorder.status.state not in (RecorderState.RECORDING, RecorderState.STOPPING):
        return True
    due = stream.clock.index(time - recorder.time_of(0.0))
    # A sensor may have a stream that it does not send.
    if isnan(due) or not recorder.records(stream.raw):
        return True
    if device.state not in (DeviceState.STREAMING, DeviceState.STALLED):
        due = min(due, stream.raw.head)
    return recorder.written(stream.raw) >= min(due, most)
