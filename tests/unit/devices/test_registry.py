"""Device addresses and what they open."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from emgstudio.core.errors import EmgError
from emgstudio.core.options import option_fields
from emgstudio.devices.drivers.replay import ReplayOptions
from emgstudio.devices.drivers.simulated import SimulatedOptions
from emgstudio.devices.emulators.scenarios import scenarios
from emgstudio.devices.registry import (
    DRIVERS,
    DeviceUri,
    device_kind,
    find_devices,
    kind_of,
    open_device,
)


@pytest.mark.parametrize(
    ("text", "scheme", "target", "query"),
    [
        ("sim:gestures", "sim", "gestures", {}),
        ("SIM:clean?rate=2000&seed=3", "sim", "clean", {"rate": "2000", "seed": "3"}),
        ("replay:/a b/ü 100%?speed=0", "replay", "/a b/ü 100%", {"speed": "0"}),
        (r"replay:C:\data\rec 1", "replay", r"C:\data\rec 1", {}),
        ("replay:/what?/rec", "replay", "/what?/rec", {}),
        ("serial:/dev/ttyUSB0?driver=a%26b", "serial", "/dev/ttyUSB0", {"driver": "a&b"}),
        ("sim:clean?", "sim", "clean", {}),
    ],
)
def test_addresses_are_read(text: str, scheme: str, target: str, query: dict[str, str]) -> None:
    assert DeviceUri.parse(text) == DeviceUri(scheme, target, query)


words = st.text(st.characters(codec="utf-8", exclude_characters="?\x00"), min_size=1)


@given(
    st.sampled_from(["sim", "replay"]),
    words.filter(lambda text: text == text.strip()),
    st.dictionaries(st.from_regex(r"[a-z]{1,8}", fullmatch=True), words, max_size=3),
)
def test_addresses_read_back_the_same(scheme: str, target: str, query: dict[str, str]) -> None:
    uri = DeviceUri(scheme, target, query)
    assert DeviceUri.parse(str(uri)) == uri


@pytest.mark.parametrize("text", ["", "gestures", ":x", "a b:c", "sim:clean?seed=1&seed=2"])
def test_what_is_no_address_is_refused(text: str) -> None:
    with pytest.raises(EmgError):
        DeviceUri.parse(text)


@pytest.mark.parametrize(
    ("uri", "words"),
    [
        ("usb:x", "no device kind"),
        ("sim:nonsense", "no simulated scenario"),
        ("sim:clean?colour=red", "no option 'colour'"),
        ("sim:clean?rate=100", "Sampling rate cannot be"),
        ("sim:clean?channels=65", "Channels cannot be"),
        ("sim:clean?person=Z", "Person cannot be"),
        ("replay:", "Which recording"),
        ("replay:/x", "cannot be played here"),
    ],
)
def test_wrong_addresses_say_what_is_wrong(uri: str, words: str) -> None:
    with pytest.raises(EmgError, match=words):
        open_device(uri)


def test_options_reach_the_device() -> None:
    driver, _ = open_device("sim:gestures?person=B&rate=2000&channels=16&seed=7&speed=0")
    assert driver.options == SimulatedOptions("B", 2000.0, 16, 7, speed=0.0)
    assert not driver.paced
    assert driver.name == "Demo: Armband, gestures"
    opened: list[Path] = []

    def opener(path: Path) -> Any:
        opened.append(path)
        raise EmgError("not a recording")

    driver, link = open_device("replay:/tmp/rec?loop=1", opener)
    assert driver.options == ReplayOptions(loop=True)
    assert driver.paced
    assert not opened
    with pytest.raises(EmgError, match="not a recording"):
        link.open()
    assert opened == [Path("/tmp/rec")]


def test_every_scenario_and_every_emulated_device_is_found_with_words() -> None:
    found = find_devices()
    uris = [d.uri for d in found]
    assert uris[: len(scenarios())] == [f"sim:{key}" for key in scenarios()]
    emulated = [DeviceUri.parse(uri) for uri in uris[len(scenarios()) :]]
    assert {uri.target for uri in emulated} == {"emulated"}
    assert [kind_of(uri) for uri in emulated] == [k for k in DRIVERS if k.emulator is not None]
    assert all(d.title and d.detail for d in found)
    for device in found:
        open_device(device.uri)


@pytest.mark.parametrize("kind", DRIVERS, ids=lambda kind: f"{kind.scheme}:{kind.key}")
def test_kinds_are_complete(kind: Any) -> None:
    assert device_kind(kind.scheme, kind.key) is kind
    assert kind.options is kind.driver.Options
    assert all(field.label for field in option_fields(kind.options))
    assert kind.examples
    assert all(kind_of(DeviceUri.parse(text)) is kind for text in kind.examples)
