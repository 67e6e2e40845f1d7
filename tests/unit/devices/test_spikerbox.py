"""SpikerBoxes: every board of the table, messages between frames, damage."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from emgstudio.core.types import Gap, Marker, SampleBlock
from emgstudio.devices.drivers.spikerbox import MODELS, SpikerBoxDriver, SpikerBoxOptions
from emgstudio.devices.drivers.spikerbox_frames import (
    BEGIN,
    END,
    Frames,
    SpikerReader,
    channels_in,
    message,
)
from emgstudio.devices.emulators.emulator import Faults
from emgstudio.devices.emulators.spikerbox import SpikerBoxEmulator
from emgstudio.devices.link import LinkLost
from emgstudio.devices.links.loopback import LoopbackLink

pytestmark = pytest.mark.usefixtures("stepped_time")


def started(
    emulator: SpikerBoxEmulator, options: SpikerBoxOptions | None = None
) -> tuple[SpikerBoxDriver, LoopbackLink]:
    driver, link = SpikerBoxDriver(options or SpikerBoxOptions()), LoopbackLink(emulator)
    link.open()
    return driver, link


@pytest.mark.parametrize("kind", MODELS)
def test_every_board_of_the_table(kind: str) -> None:
    baud = 500000 if kind == "HUMANSB" else 222222
    driver, link = started(SpikerBoxEmulator(Faults(), kind, baud))
    (info,) = driver.start(link)
    model = MODELS[kind]
    assert info.rate == (model.rate or 10_000.0)
    assert info.n_channels == model.channels
    assert info.device == model.title
    assert info.channels[0].unit == "a.u."
    assert info.channels[0].offset == -(2 ** (model.bits - 1))
    data = [i.data for i in driver.feed(link.read(0.2), link.now) if isinstance(i, SampleBlock)]
    assert abs(np.concatenate(data).mean() + info.channels[0].offset) < 0.2 * 2**model.bits
    assert driver.garbage < 2 * info.n_channels


@pytest.mark.parametrize("talks", [True, False])
def test_a_shield_shares_its_rate_among_its_channels(talks: bool) -> None:
    driver, link = started(SpikerBoxEmulator(Faults(), talks=talks), SpikerBoxOptions(channels=4))
    (info,) = driver.start(link)
    assert (info.rate, info.n_channels) == (2500.0, 4)


def test_an_add_on_board_is_seen_by_what_it_sends() -> None:
    emulator = SpikerBoxEmulator(Faults(), "HBSBPRO")
    emulator.channels = 3
    driver, link = started(emulator)
    (info,) = driver.start(link)
    assert info.n_channels == 3
    assert info.rate == pytest.approx(1000.0, rel=0.2)


def test_a_port_without_a_spikerbox() -> None:
    emulator = SpikerBoxEmulator(Faults(), baud=1)
    driver, link = started(emulator)
    with pytest.raises(LinkLost, match="No SpikerBox"):
        driver.start(link)


def test_a_key_of_the_board_is_a_marker() -> None:
    emulator = SpikerBoxEmulator(Faults())
    driver, link = started(emulator)
    driver.start(link)
    driver.feed(link.read(0.1), link.now)
    emulator.tell("EVNT:3;")
    items = driver.feed(link.read(0.1), link.now)
    (marker,) = [item for item in items if isinstance(item, Marker)]
    assert (marker.label, marker.stream, marker.count) == ("event 3", "EMG", 0)
    assert not any(isinstance(item, Gap) for item in items)


def frames(numbers: np.ndarray) -> bytes:
    data = np.empty((len(numbers), 2 * numbers.shape[1]), np.uint8)
    data[:, 0::2], data[:, 1::2] = numbers >> 7, numbers & 0x7F
    data[:, 0] |= 0x80
    return data.tobytes()


@given(
    st.lists(st.lists(st.integers(0, 16383), min_size=2, max_size=2), min_size=1, max_size=20),
    st.lists(st.integers(1, 90), max_size=6),
    st.integers(0, 79),
)
def test_messages_and_cuts_may_be_anywhere(rows: list[list[int]], cuts: list[int], at: int) -> None:
    numbers = np.array(rows)
    wire = frames(numbers)
    at = min(at, len(wire))
    wire = wire[:at] + BEGIN + b"EVNT:1;" + END + wire[at:]
    reader = SpikerReader(2)
    found = []
    for begin, end in zip([0, *sorted(cuts)], [*sorted(cuts), len(wire)], strict=True):
        found += reader.feed(wire[begin:end])
    got = np.concatenate([f.numbers for f in found if isinstance(f, Frames)])
    np.testing.assert_array_equal(got, numbers)
    assert [f for f in found if not isinstance(f, Frames)] == [{"EVNT": "1"}]
    assert reader.garbage == 0


def test_damaged_frames_are_counted_and_the_next_one_is_right() -> None:
    numbers = np.arange(40).reshape(20, 2) + 300
    wire = bytearray(frames(numbers))
    del wire[41:43]
    wire[20] &= 0x7F
    (found,) = SpikerReader(2).feed(bytes(wire))
    assert isinstance(found, Frames)
    # Frame 5 lost its head and swallowed 4; of frame 10 two bytes are missing.
    assert len(found.numbers) == 17
    assert found.lost.sum() == 3
    assert found.numbers[-1].tolist() == numbers[-1].tolist()


def test_half_a_frame_at_the_beginning_is_no_loss() -> None:
    numbers = np.arange(12).reshape(6, 2) + 300
    (found,) = SpikerReader(2).feed(frames(numbers)[3:])
    assert isinstance(found, Frames)
    assert found.numbers.tolist() == numbers[1:].tolist()
    assert found.lost.sum() == 0


def test_an_endless_message_is_no_message() -> None:
    reader = SpikerReader(1)
    good = frames(np.full((300, 1), 500))
    found = reader.feed(BEGIN + good)
    assert sum(len(f.numbers) for f in found if isinstance(f, Frames)) == 300


def test_messages_are_taken_apart() -> None:
    assert message(b"HWT:MUSCLESS;FWV:1.0; BRD : 4;x;") == {
        "HWT": "MUSCLESS", "FWV": "1.0", "BRD": "4",
    }  # fmt: skip


def test_channels_are_counted_only_in_frames() -> None:
    assert channels_in(frames(np.full((30, 3), 5))) == 3
    assert channels_in(b"hello" * 20) == 0
    assert channels_in(np.random.default_rng(1).bytes(300)) == 0
