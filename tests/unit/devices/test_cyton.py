"""OpenBCI Cyton: set-up, packets, loss, extras, impedance."""

from __future__ import annotations

import re
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from emgstudio.core.errors import EmgError
from emgstudio.core.types import Marker, Reading, SampleBlock
from emgstudio.devices.answers import Answers
from emgstudio.devices.drivers import cyton
from emgstudio.devices.drivers.cyton import CytonDriver, CytonOptions
from emgstudio.devices.drivers.cyton_extras import EXTRAS
from emgstudio.devices.drivers.cyton_packets import PacketReader, channel_counts
from emgstudio.devices.emulators.cyton import CytonEmulator
from emgstudio.devices.emulators.emulator import Faults
from emgstudio.devices.link import LinkLost
from tests.unit.devices.steady import SteadyLink, joined, lost, streamed, tones

pytestmark = pytest.mark.usefixtures("stepped_time")


def board(faults: Faults, **how: Any) -> CytonEmulator:
    """An emulator whose channels show sines that differ in size."""
    return CytonEmulator(faults, **{"wave": tones(10.0, 8), "amplitude_uv": 100.0, **how})


def started(
    emulator: CytonEmulator, options: CytonOptions | None = None, now: float = 1000.0
) -> tuple[CytonDriver, SteadyLink]:
    driver = CytonDriver(options or CytonOptions())
    link = SteadyLink(emulator, now=now)
    link.open()
    driver.start(link)
    return driver, link


def sine(channel: int, at: np.ndarray) -> np.ndarray:
    """What the emulator shows on a channel at packet numbers, in µV."""
    return 100.0 * (channel + 1) / 8 * np.sin(2 * np.pi * 10.0 * at / 250.0)


def test_eight_channels_in_microvolt() -> None:
    driver, link = started(board(Faults()))
    items = streamed(driver, link, 2.0)
    index, rows = joined(items)
    assert len(rows) > 490
    for channel in range(8):
        got = rows[:, channel] * driver._scale_uv
        np.testing.assert_allclose(got, sine(channel, index), atol=0.02)
    assert (driver.repeated, driver.garbage) == (0, 0)


def test_sixteen_channels_are_pairs_of_packets() -> None:
    driver, link = started(board(Faults(), daisy=True))
    index, rows = joined(streamed(driver, link, 4.0))
    assert len(rows) > 490
    assert driver.name == "OpenBCI Cyton + Daisy"
    for channel in range(16):
        # Channels 9–16 come in even packets, 1–8 in the odd ones after them.
        packet = 2 * index + (1 if channel < 8 else 0)
        got = rows[:, channel] * driver._scale_uv
        np.testing.assert_allclose(got, sine(channel, packet), atol=0.02)


def test_streams_are_described() -> None:
    driver = CytonDriver(CytonOptions(gain=8))
    link = SteadyLink(board(Faults(), daisy=True))
    emg, acc = driver.start(link)
    assert (emg.name, emg.rate, emg.n_channels, emg.channels[0].unit) == ("EMG", 125.0, 16, "µV")
    assert emg.channels[0].scale == pytest.approx(4.5 / 8 / (2**23 - 1) * 1e6)
    assert (acc.name, acc.rate, acc.channels[0].unit) == ("ACC", 25.0, "g")


def test_settings_reach_every_channel() -> None:
    emulator = board(Faults())
    options = CytonOptions(gain=12, bias=False, srb2=True, input="shorted")
    started(emulator, options)
    # Power on, gain code 5, input shorted, bias off, SRB2 on, SRB1 off.
    assert emulator.settings[:8] == [b"051010"] * 8
    assert emulator.gain[:8] == [12] * 8


def test_a_test_signal_is_asked_for() -> None:
    emulator = board(Faults())
    started(emulator, CytonOptions(input="test fast"))
    assert emulator.received.endswith(b"=b")


def test_a_stream_left_running_is_stopped_first() -> None:
    emulator = board(Faults())
    driver, link = started(emulator)
    streamed(driver, link, 1.0)
    # The program died here; another one opens the port.
    driver, link = started(emulator, now=link.now + 3.0)
    index, rows = joined(streamed(driver, link, 1.0))
    np.testing.assert_allclose(rows[:, 7] * driver._scale_uv, sine(7, index), atol=0.02)


def test_the_daisy_can_be_left_out() -> None:
    driver, link = started(board(Faults(), daisy=True), CytonOptions(channels=8))
    _, rows = joined(streamed(driver, link, 1.0))
    assert rows.shape[1] == 8


def test_a_missing_daisy_is_told() -> None:
    with pytest.raises(EmgError, match="no Daisy"):
        started(board(Faults()), CytonOptions(channels=16))


def test_a_board_that_is_off_is_told_from_a_missing_dongle() -> None:
    with pytest.raises(LinkLost, match="dongle is there"):
        started(board(Faults(), board_on=False))


class Stranger:
    """Another board at the port: a heap of bytes without a word."""

    def __init__(self) -> None:
        self.heap = b"\xa0O" * 100_000

    def open(self) -> None: ...

    def close(self) -> None: ...

    def write(self, data: bytes) -> None: ...

    def read(self, timeout_s: float) -> bytes:
        heap, self.heap = self.heap, b""
        return heap


def test_a_board_that_talks_of_something_else_does_not_keep_the_program_busy() -> None:
    # Looked for from every byte, the end of the answer took minutes, and all threads waited.
    link = Stranger()
    with pytest.raises(LinkLost, match="stopped answering"):
        CytonDriver(CytonOptions())._ask(link, Answers(link), b"d")
    said = re.compile(cyton.ANYTHING_SAID, re.DOTALL)
    assert said.search(b"OK\n$$$") is not None
    assert said.search(b"OK\n$$$", 1) is None


def test_old_firmware_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(CytonEmulator, "_about", lambda self: "OpenBCI V3 8bit Board\r\n$$$")
    with pytest.raises(EmgError, match="firmware is too old"):
        started(board(Faults()))


@pytest.mark.parametrize("daisy", [False, True])
@settings(max_examples=20)
@given(holes=st.sets(st.integers(2, 230), max_size=40))
def test_lost_packets_are_counted_to_the_sample(daisy: bool, holes: set[int]) -> None:
    driver, link = started(board(Faults(drop_these=frozenset(holes)), daisy=daisy))
    items = streamed(driver, link, 1.0)
    index, rows = joined(items)
    rows_lost = {k // 2 for k in holes} if daisy else holes
    assert set(range(index[-1] + 1)) - set(index.tolist()) == rows_lost
    packet = 2 * index + 1 if daisy else index
    np.testing.assert_allclose(rows[:, 7] * driver._scale_uv, sine(7, packet), atol=0.02)


@pytest.mark.parametrize("packets", [100, 128, 129, 200, 255, 256, 257, 600, 1111])
def test_a_long_hole_is_exact_though_the_counter_wraps(packets: int) -> None:
    emulator = board(Faults(drop_these=frozenset(range(300, 300 + packets))))
    driver, link = started(emulator)
    items = streamed(driver, link, 8.0)
    assert lost(items) == [(300, packets)]
    index, rows = joined(items)
    np.testing.assert_allclose(rows[:, 7] * driver._scale_uv, sine(7, index), atol=0.02)


@pytest.mark.parametrize("stall_s", [0.4, 0.9, 1.1, 1.9])
def test_data_read_late_are_not_lost(stall_s: float) -> None:
    driver, link = started(board(Faults()))
    streamed(driver, link, 2.0)
    link.now += stall_s
    heap = link.read(0.0)
    items = []
    # The port gives its buffer away in pieces, within a moment.
    for at in range(0, len(heap), 1000):
        items += driver.feed(heap[at : at + 1000], link.now)
    items += streamed(driver, link, 1.0)
    assert lost(items) == []
    assert driver.repeated == 0


def test_repeats_are_dropped_and_counted() -> None:
    driver, link = started(board(Faults()))
    for _ in range(50):
        data = link.read(0.0)
        driver.feed(data, link.now)
    assert not [i for i in driver.feed(data, link.now) if isinstance(i, SampleBlock)]
    assert driver.repeated == len(data) // 33


def test_damaged_packets_cost_only_themselves() -> None:
    emulator = board(Faults(corrupt=0.05))
    driver, link = started(emulator)
    items = streamed(driver, link, 8.0)
    holes = {k for at, count in lost(items) for k in range(at, at + count)}
    last = joined(items)[0][-1]
    damaged = {k for k in emulator.dropped if k < last}
    assert damaged
    assert damaged <= holes
    assert len(holes - damaged) <= 0.05 * len(damaged)
    index, rows = joined(items)
    np.testing.assert_allclose(rows[:, 7] * driver._scale_uv, sine(7, index), atol=0.02)


def test_acceleration_is_a_stream_of_its_own() -> None:
    driver, link = started(board(Faults(drop_these=frozenset({250, *range(500, 520)}))))
    items = streamed(driver, link, 4.0)
    index, rows = joined(items, "ACC")
    # Row 25 was in the packet that was lost, rows 50 and 51 lost all of their packets.
    assert lost(items, "ACC") == [(25, 1), (50, 2)]
    np.testing.assert_allclose(rows[:, 2] * 0.002 / 16, 1.024)
    tilt = 8192 * np.sin(2 * np.pi * 0.5 * index / 25.0)
    np.testing.assert_allclose(rows[:, 0], tilt, atol=1)


def test_analog_inputs() -> None:
    emulator = board(Faults())
    driver, link = started(emulator, CytonOptions(extras="analog inputs"))
    _, rows = joined(streamed(driver, link, 0.5), "AUX")
    assert set(map(tuple, rows.tolist())) == {(100, 200, 300)}


def test_a_button_is_a_marker() -> None:
    emulator = board(Faults())
    driver, link = started(emulator, CytonOptions(extras="digital inputs"))
    streamed(driver, link, 0.5)
    emulator.digital[3] = 1
    pressed = emulator.sent
    items = streamed(driver, link, 0.5)
    emulator.digital[3] = 0
    items += streamed(driver, link, 0.5)
    assert [i for i in items if isinstance(i, Marker)] == [Marker("EMG", pressed, 0, "D17")]


@pytest.mark.parametrize("daisy", [False, True])
def test_letters_sent_are_markers(daisy: bool) -> None:
    emulator = board(Faults(), daisy=daisy)
    driver, link = started(emulator, CytonOptions(extras="markers"))
    streamed(driver, link, 0.5)
    link.write(driver.marker_command("A"))
    sent = emulator.sent
    at = sent // 2 if daisy else sent
    (marker,) = (i for i in streamed(driver, link, 0.5) if isinstance(i, Marker))
    assert marker == Marker("EMG", at, 0, "A")


@pytest.mark.parametrize("extras", sorted(EXTRAS))
def test_every_board_mode_streams(extras: str) -> None:
    driver, link = started(board(Faults()), CytonOptions(extras=extras))
    _, rows = joined(streamed(driver, link, 1.0))
    assert len(rows) > 240


@pytest.mark.parametrize("daisy", [False, True])
@pytest.mark.parametrize("side", ["P", "N", "P and N"])
def test_impedance_is_read(daisy: bool, side: str) -> None:
    emulator = board(Faults(), daisy=daisy, amplitude_uv=20.0, electrode_ohm=12_000.0)
    driver, link = started(emulator, CytonOptions(impedance=side))
    readings = [i for i in streamed(driver, link, 3.0) if isinstance(i, Reading)]
    channels = 16 if daisy else 8
    assert {r.channel for r in readings} == set(range(channels))
    assert len(readings) == 2 * channels
    for reading in readings:
        # The emulator does not average as a real Daisy does, the meter makes up for it.
        share = np.cos(np.pi / 8) if daisy else 1.0
        wanted = ((12_000.0 + 2200.0) / share - 2200.0) / 1e3
        assert reading.value == pytest.approx(wanted, rel=0.01)
        assert reading.unit == "kΩ"


def test_a_gap_begins_a_new_impedance_window() -> None:
    emulator = board(Faults(drop_these=frozenset({200})))
    driver, link = started(emulator, CytonOptions(impedance="P"))
    items = streamed(driver, link, 1.9)
    (first, *_) = (k for k, i in enumerate(items) if isinstance(i, Reading))
    rows = sum(
        len(i.data) for i in items[:first] if isinstance(i, SampleBlock) and i.stream == "EMG"
    )
    assert rows >= 200 + 256


def test_a_second_start_counts_from_zero() -> None:
    emulator = board(Faults())
    driver, link = started(emulator)
    streamed(driver, link, 1.0)
    driver.start(link)
    assert not driver.continues
    index, _ = joined(streamed(driver, link, 1.0))
    assert index[0] == 0


@pytest.mark.parametrize("daisy", [False, True])
@pytest.mark.parametrize("first", [77, 78])
def test_a_counter_that_does_not_begin_at_zero(daisy: bool, first: int) -> None:
    # Firmware goes on counting where an earlier stream stopped.
    emulator = board(Faults(), daisy=daisy)
    driver, _ = started(emulator)
    driver._begin(b"")
    at = emulator._first + first
    items = driver.feed(b"".join(emulator.packet(at + k) for k in range(100)), 0.0)
    index, rows = joined(items)
    if not daisy:
        assert index.tolist() == list(range(100))
        np.testing.assert_allclose(rows[:, 7] * driver._scale_uv, sine(7, index + first), atol=0.02)
        return
    # A half row at the beginning is a lost row.
    assert index[0] == first % 2
    packet = first - first % 2 + 2 * index
    np.testing.assert_allclose(rows[:, 15] * driver._scale_uv, sine(15, packet), atol=0.02)
    np.testing.assert_allclose(rows[:, 7] * driver._scale_uv, sine(7, packet + 1), atol=0.02)


def wire_of(packets: int) -> bytes:
    emulator = board(Faults())
    return b"".join(emulator.packet(k) for k in range(packets))


@given(st.data())
def test_packets_are_found_however_the_bytes_are_cut(data: st.DataObject) -> None:
    wire = b"\xa0\x01\x02" + wire_of(20)
    cuts = sorted(data.draw(st.lists(st.integers(0, len(wire)), max_size=30)))
    reader = PacketReader()
    found = [reader.feed(wire[a:b]) for a, b in zip([0, *cuts], [*cuts, len(wire)], strict=True)]
    packets = np.concatenate(found)
    assert packets.tobytes() == wire_of(20)
    assert reader.garbage == 3


def test_headers_inside_data_do_not_mislead() -> None:
    # Every channel is A0A0A0, every extra C0: out of step the reader has to look twice.
    packet = b"\xa0%c" + b"\xa0" * 24 + b"\xc0" * 6 + b"\xc0"
    wire = b"".join(packet % k for k in range(30))
    for cut in range(33):
        reader = PacketReader()
        packets = reader.feed(wire[cut:])
        assert packets[:, 1].tolist()[-20:] == list(range(10, 30))


def test_a_false_header_after_a_loss_does_not_mislead() -> None:
    def packet(k: int, sixth: int) -> bytes:
        # Byte 5 may be a header, with a tail 32 bytes later and a count after it.
        return bytes((0xA0, k, 0, 0, 0xC0, sixth, k + 1)) + bytes(25) + b"\xc0"

    reader = PacketReader()
    reader.feed(b"".join(packet(k, 0) for k in range(10)))
    torn = packet(10, 0xA0)[3:] + packet(11, 0)
    rest = b"".join(packet(k, 0) for k in range(12, 20))
    assert reader.feed(torn + rest).tobytes() == packet(11, 0) + rest


@pytest.mark.parametrize("bit", range(8))
def test_a_damaged_counter_costs_its_packet_only(bit: int) -> None:
    emulator = board(Faults())
    driver, _ = started(emulator)
    driver._begin(b"")
    items = []
    for k in range(200):
        packet = bytearray(emulator.packet(emulator._first + k))
        packet[1] ^= (k == 100) << bit
        items += driver.feed(bytes(packet), 1000.0 + k / 250.0)
    assert lost(items) == [(100, 1)]
    index, rows = joined(items)
    np.testing.assert_allclose(rows[:, 7] * driver._scale_uv, sine(7, index), atol=0.02)


def test_a_million_random_bytes_raise_nothing_and_are_let_go() -> None:
    rng = np.random.default_rng(3)
    driver, link = started(board(Faults()))
    streamed(driver, link, 1.0)
    noise = rng.integers(0, 256, 1_000_000, np.uint8).tobytes()
    for at in range(0, len(noise), 4096):
        driver.feed(noise[at : at + 4096], link.now)
    reader = PacketReader()
    reader.feed(noise)
    clean = wire_of(10)
    assert len(reader.feed(clean + clean)) >= 19


def test_counts_have_their_sign() -> None:
    packet = b"\xa0\0" + b"\x7f\xff\xff\x80\0\0\xff\xff\xff" + b"\0\0\1" * 5 + b"\0" * 6 + b"\xc0"
    counts = channel_counts(np.frombuffer(packet, np.uint8).reshape(1, 33))
    assert counts.tolist() == [[8388607, -8388608, -1, 1, 1, 1, 1, 1]]
