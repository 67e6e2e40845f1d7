"""The live point of the map: there while the right sensor streams, nowhere for another one."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from emgstudio.core.types import StreamInfo
from emgstudio.devices.stream import Stream
from emgstudio.ml.model import GestureModel
from emgstudio.ml.trainer import train
from emgstudio.session.calibration_map import movement_map
from tests.labelled_emg import CHANNELS, CONDITION, RATE, burst, recording


@pytest.fixture(scope="module")
def model() -> GestureModel:
    return train([recording(repetitions=2)], channels=CHANNELS, condition=CONDITION)


def streaming(rate: float, unit: str = "mV") -> Stream:
    channels = tuple(replace(channel, unit=unit) for channel in CHANNELS)
    stream = Stream(StreamInfo("EMG", rate, channels, "int16", "sim", "d-1"), CONDITION, 2.0)
    stream.clean.write(np.asarray(burst("fist", 1.0, 4), np.float32))
    return stream


def test_the_point_lies_where_the_movement_is(model: GestureModel) -> None:
    shown = movement_map(model)
    point = shown.now(streaming(RATE, CHANNELS[0].unit))
    assert point is not None
    far = {name: np.hypot(*np.subtract(point, mean)) for name, mean in shown.means.items()}
    assert min(far, key=lambda name: far[name]) == "fist"


def test_another_sensor_has_no_point_on_the_map(model: GestureModel) -> None:
    """As many channels at another rate: its windows would be other lengths of time."""
    shown = movement_map(model)
    assert shown.now(streaming(2 * RATE, CHANNELS[0].unit)) is None
    assert shown.now(streaming(RATE, "V")) is None
