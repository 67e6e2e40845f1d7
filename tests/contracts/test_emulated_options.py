"""Every variety of an emulated device that a person can choose is one that its driver knows."""

from __future__ import annotations

import inspect
from typing import Any

import numpy as np
import pytest

from emgstudio.core.errors import EmgError
from emgstudio.core.options import OptionField, option_fields
from emgstudio.core.types import Gap, SampleBlock
from emgstudio.devices.driver import Item
from emgstudio.devices.drivers.myo import MyoDriver, MyoOptions
from emgstudio.devices.emulators.emulator import Emulator, Faults
from emgstudio.devices.emulators.myo import MyoEmulator
from emgstudio.devices.link import LinkLost
from emgstudio.devices.links.loopback import LoopbackLink
from emgstudio.devices.registry import DeviceKind, DeviceUri
from tests.contracts.emulated import KINDS, OPTIONS, each, rows_of

pytestmark = pytest.mark.usefixtures("stepped_time")

# Varieties that are there to rehearse a refusal.
REFUSED = {("cyton", "board_on", False): LinkLost, ("shimmer3", "hardware", 10): EmgError}


def chosen(kind: DeviceKind) -> tuple[OptionField, ...]:
    made: Any = kind.emulator
    return option_fields(made.Options)


def others(field: OptionField) -> tuple[Any, ...]:
    values = (False, True) if field.type is bool else field.choices
    return tuple(value for value in values if value != field.default)


VARIETIES = [
    pytest.param(kind, field.name, value, id=f"{kind.key}-{field.name}-{value}")
    for kind in KINDS
    for field in chosen(kind)
    for value in others(field)
]


@each
def test_options_are_what_the_constructor_takes(kind: DeviceKind) -> None:
    made: Any = kind.emulator
    parameters = inspect.signature(made).parameters
    for field in chosen(kind):
        assert field.label
        assert parameters[field.name].default == field.default


@pytest.mark.parametrize(("kind", "name", "value"), VARIETIES)
def test_every_variety_streams(kind: DeviceKind, name: str, value: Any) -> None:
    made: Any = kind.emulator
    emulator: Emulator = made(Faults(), **{name: value})
    options = emulator.query or OPTIONS.get(kind.key, {})
    driver = kind.make(DeviceUri(kind.scheme, "emulated", options), None)[0]
    link = LoopbackLink(emulator)
    link.open()
    refusal = REFUSED.get((kind.key, name, value))
    if refusal is not None:
        with pytest.raises(refusal):
            driver.start(link)
        return
    driver.start(link)
    items: list[Item] = []
    while not any(isinstance(item, SampleBlock) for item in items):
        items += driver.feed(link.read(0.05), link.now)
    assert not any(isinstance(item, Gap) for item in items)
    link.close()


@pytest.mark.parametrize(("mode", "hums"), [("raw", True), ("filtered", False)])
def test_the_armbands_own_filter_takes_hum_away(mode: str, hums: bool) -> None:
    def heard(hum: float) -> np.ndarray:
        emulator = MyoEmulator(Faults(), hum=hum)
        driver, link = MyoDriver(MyoOptions(emg=mode)), LoopbackLink(emulator)
        link.open()
        driver.start(link)
        items: list[Item] = []
        while emulator.sent < 100:
            items += driver.feed(link.read(0.05), link.now)
        return rows_of(items, "EMG")

    assert np.array_equal(heard(0.0), heard(30.0)) != hums
