"""Bytes of the Bluetooth devices, written by hand from their makers' descriptions."""

from __future__ import annotations

import numpy as np
import pytest

from emgstudio.core.errors import EmgError
from emgstudio.core.types import Gap, Reading, SampleBlock
from emgstudio.devices.drivers import ganglion, gforce, myo, npg_lite
from emgstudio.devices.drivers.ganglion import GanglionDriver, GanglionOptions
from emgstudio.devices.drivers.gforce import GforceDriver, GforceOptions
from emgstudio.devices.drivers.myo import EMG_DATA, MyoDriver, MyoOptions
from emgstudio.devices.drivers.npg_lite import NpgLiteDriver, NpgLiteOptions
from emgstudio.devices.emulators.ganglion import GanglionEmulator
from emgstudio.devices.emulators.gforce import GforceEmulator
from emgstudio.devices.emulators.myo import MyoEmulator
from emgstudio.devices.emulators.npg_lite import NpgLiteEmulator
from emgstudio.devices.link import LinkLost
from tests.golden.gatt_script import ScriptedDevice
from tests.stepped_time import SteppedTime

pytestmark = pytest.mark.usefixtures("stepped_time")

FIRMWARE_1_5 = bytes.fromhex("0100 0500 B207 0200")
MYO_EMG = bytes.fromhex("00 01 02 7F 80 FF FE 10  03 00 00 00 00 00 00 81")
MYO_IMU = bytes.fromhex("0040 0000 00C0 0020  0008 00F8 0000  1000 F0FF 0001")


def a_myo(firmware: bytes = FIRMWARE_1_5) -> ScriptedDevice:
    values = {myo.FIRMWARE: firmware, "2a19": bytes((87,))}
    return ScriptedDevice("My Myo", MyoEmulator.services, values)


def test_myo() -> None:
    device = a_myo()
    driver = MyoDriver(MyoOptions())
    emg, ori, acc, gyr = driver.start(device)
    assert device.written(myo.COMMAND) == [
        bytes.fromhex("09 01 01"),
        bytes.fromhex("01 03 03 01 00"),
        bytes.fromhex("03 01 01"),
    ]
    assert (emg.rate, emg.channels[0].unit, emg.simulated) == (200.0, "a.u.", False)
    wire = device.notified(EMG_DATA[2], MYO_EMG) + device.notified(myo.IMU_DATA_UUID, MYO_IMU)
    battery, block, turn, force, spin = driver.feed(wire, 0.0)
    assert battery == Reading("battery", 87.0, "%")
    assert isinstance(block, SampleBlock)
    assert block.data.tolist() == [[0, 1, 2, 127, -128, -1, -2, 16], [3, 0, 0, 0, 0, 0, 0, -127]]
    for item, info, wanted in (
        (turn, ori, [1.0, 0.0, -1.0, 0.5]),
        (force, acc, [1.0, -1.0, 0.0]),
        (spin, gyr, [1.0, -1.0, 16.0]),
    ):
        assert isinstance(item, SampleBlock)
        assert item.stream == info.name
        assert info.to_physical(item.data)[0].tolist() == wanted


def test_myo_tells_lost_packets_by_the_turn_of_its_characteristics() -> None:
    device = a_myo()
    driver = MyoDriver(MyoOptions(imu=False, emg="filtered", vibrate=False))
    driver.start(device)
    assert device.written(myo.COMMAND)[-1] == bytes.fromhex("01 03 02 00 00")
    wire = b"".join(device.notified(EMG_DATA[turn], MYO_EMG) for turn in (3, 0, 3, 0))
    gaps = [item for item in driver.feed(wire, 0.0) if isinstance(item, Gap)]
    assert gaps == [Gap("EMG", 4, 4)]
    device.write(driver.vibrate())
    assert device.written(myo.COMMAND)[-1] == bytes.fromhex("03 01 02")
    device.write(driver.nudge())
    again = [bytes.fromhex("09 01 01"), bytes.fromhex("01 03 02 00 00")]
    assert device.written(myo.COMMAND)[-2:] == again
    driver.stop(device)
    assert device.written(myo.COMMAND)[-1] == bytes.fromhex("01 03 00 00 00")


def test_a_myo_that_is_not_connected_cannot_be_told_to_vibrate() -> None:
    with pytest.raises(EmgError, match="cannot be told that now"):
        MyoDriver(MyoOptions()).vibrate()


def test_an_old_myo_is_refused() -> None:
    with pytest.raises(EmgError, match="cannot send EMG"):
        MyoDriver(MyoOptions()).start(a_myo(bytes.fromhex("0000 0800 0000 0200")))


def test_another_device_is_not_taken_for_a_myo() -> None:
    device = ScriptedDevice("Lamp", {"180f": {"2a19": ["read"]}}, {})
    with pytest.raises(EmgError, match="Lamp is not the expected kind of device"):
        MyoDriver(MyoOptions()).start(device)


def npg_payload(first: int, channels: int) -> bytes:
    """Sample k has the number k * 100 + channel."""
    rows = [bytes(((first + k) & 255,)) for k in range(10)]
    return b"".join(
        row + b"".join((k * 100 + c).to_bytes(2, "big") for c in range(channels))
        for k, row in enumerate(rows)
    )


@pytest.mark.parametrize("channels", [3, 6])
def test_npg_lite(channels: int) -> None:
    def answer(command: bytes) -> list[tuple[str, bytes]]:
        return [(npg_lite.DATA, npg_payload(250, channels))] if command == b"START" else []

    services = NpgLiteEmulator.services
    device = ScriptedDevice(f"NPG-Lite-{channels}CH:1A:2B", services, {}, answer=answer)
    driver = NpgLiteDriver(NpgLiteOptions())
    (info,) = driver.start(device)
    assert (info.rate, info.n_channels, info.channels[0].unit) == (500.0, channels, "mV")
    # 250 … 3, then 24 … : 20 samples are missing.
    wire = device.notified(npg_lite.DATA, npg_payload(24, channels))
    wire += device.notified(npg_lite.BATTERY, bytes((64,)))
    first, gap, second, battery = driver.feed(wire, 0.0)
    assert gap == Gap("EMG", 10, 20)
    assert battery == Reading("battery", 64.0, "%")
    assert isinstance(first, SampleBlock)
    assert isinstance(second, SampleBlock)
    assert second.first == 30
    wanted = np.arange(10)[:, None] * 100 + np.arange(channels)
    np.testing.assert_array_equal(first.data, wanted)
    assert info.to_physical(np.array([[2048] * channels])).tolist() == [[0.0] * channels]
    assert info.channels[0].scale == pytest.approx(3300 / 4096)
    driver.stop(device)
    assert device.written(npg_lite.CONTROL) == [b"START", b"STOP"]


def test_npg_lite_in_microvolts() -> None:
    def answer(command: bytes) -> list[tuple[str, bytes]]:
        return [(npg_lite.DATA, npg_payload(0, 3))]

    device = ScriptedDevice("NPG", NpgLiteEmulator.services, {}, answer=answer)
    (info,) = NpgLiteDriver(NpgLiteOptions(gain=1000.0)).start(device)
    assert info.channels[0].unit == "µV"
    assert info.channels[0].scale == pytest.approx(3.3e6 / 4096 / 1000)


def a_ganglion(firmware: bytes, options: GanglionOptions) -> tuple[GanglionDriver, ScriptedDevice]:
    values = {ganglion.FIRMWARE: firmware}
    device = ScriptedDevice("Ganglion-1a2b", GanglionEmulator.services, values)
    driver = GanglionDriver(options)
    driver.start(device)
    return driver, device


def fed(driver: GanglionDriver, device: ScriptedDevice, *payloads: str) -> list[object]:
    wire = b"".join(
        device.notified(ganglion.RECEIVE, bytes.fromhex(p).ljust(20, b"\0")) for p in payloads
    )
    return list(driver.feed(wire, 0.0))


def test_ganglion_3() -> None:
    driver, device = a_ganglion(b"3.0.2", GanglionOptions())
    assert device.written(ganglion.SEND) == [b"n", b"]", b"b"]
    # Eight numbers of 18 bit, 00…01 to 00…08, then 2 (10)… shifted by 18 each; 5, 3, Z = -62.
    packed = sum(n << (18 * (7 - k)) for k, n in enumerate((1, 2, 3, 4, 5, 6, 7, 8)))
    body = packed.to_bytes(18, "big").hex()
    items = fed(driver, device, f"00 {body} C2", f"01 {body} 03", f"02 {body} 05", f"05 {body} 00")
    blocks = [i for i in items if isinstance(i, SampleBlock) and i.stream == "EMG"]
    assert blocks[0].data.tolist() == [[64, 128, 192, 256], [320, 384, 448, 512]]
    (acc,) = [i for i in items if isinstance(i, SampleBlock) and i.stream == "ACC"]
    assert acc.data.tolist() == [[5, 3, 62]]
    assert [i for i in items if isinstance(i, Gap)] == [Gap("EMG", 6, 4)]


def test_ganglion_3_with_19_bits_agrees_with_brainflow_on_negative_numbers() -> None:
    driver, device = a_ganglion(b"3.0.2", GanglionOptions(accelerometer=False))
    ones = (1 << 152) - 1
    (block,) = fed(driver, device, "64" + ones.to_bytes(19, "big").hex())
    assert isinstance(block, SampleBlock)
    # BrainFlow reads all ones as -2: the lowest bit is only the sign.
    assert block.data.tolist() == [[-64] * 4, [-64] * 4]


def test_ganglion_2() -> None:
    driver, device = a_ganglion(b"2.0.1", GanglionOptions(accelerometer=False))
    numbers = (10, -20, 0, 4, 1, 0, 0, 2)
    said = [(n + 1 if n < 0 else n) & 0x7FFFF for n in numbers]
    packed = sum(n << (19 * (7 - k)) for k, n in enumerate(said))
    delta = packed.to_bytes(19, "big").hex()
    whole = "0003E8 FFFC18 000064 000000"
    said_at = {
        1: "65" + delta,  # before anything whole is known
        2: "66" + delta,
        101: "00" + whole,
        102: "65" + delta,
        104: "67" + delta,  # 66 is missing: all is unknown
        105: "68" + delta,
        202: "00" + whole,
    }
    items: list[object] = []
    for packet, payload in said_at.items():
        wire = device.notified(ganglion.RECEIVE, bytes.fromhex(payload).ljust(20, b"\0"))
        items += driver.feed(wire, packet / 100.5)
    kinds = [type(item) for item in items]
    assert kinds == [SampleBlock, SampleBlock, Gap, SampleBlock]
    first, second, gap, last = items
    assert isinstance(first, SampleBlock)
    assert isinstance(second, SampleBlock)
    assert isinstance(last, SampleBlock)
    assert first.data.tolist() == [[1000, -1000, 100, 0]]
    assert second.data.tolist() == [[990, -980, 100, -4], [989, -980, 100, -6]]
    assert gap == Gap("EMG", 3, 198)
    assert (last.first, last.data.tolist()) == (201, first.data.tolist())


def test_ganglion_impedance() -> None:
    def answer(command: bytes) -> list[tuple[str, bytes]]:
        if command != b"z":
            return []
        ohms = (b"10000Z\n", b"24000Z\n", b"38000Z\n", b"52000Z\n", b"16000Z\n")
        return [
            (ganglion.RECEIVE, (bytes((201 + k,)) + ohm).ljust(20, b"\0"))
            for k, ohm in enumerate(ohms)
        ]

    values = {ganglion.FIRMWARE: b"3.0.2"}
    services = GanglionEmulator.services
    device = ScriptedDevice("Ganglion", services, values, answer=answer)
    driver = GanglionDriver(GanglionOptions(impedance=True))
    driver.start(device)
    assert device.written(ganglion.SEND)[:2] == [b"z", b"Z"]
    readings = fed(driver, device, "00")
    assert readings[:2] == [
        Reading("impedance", 5.0, "kΩ", 0),
        Reading("impedance", 12.0, "kΩ", 1),
    ]
    assert readings[4] == Reading("impedance of the reference", 8.0, "kΩ")


def test_an_unknown_ganglion_is_refused() -> None:
    with pytest.raises(EmgError, match=r"firmware '1\.0'"):
        a_ganglion(b"1.0", GanglionOptions())


def gforce_answer(command: bytes) -> list[tuple[str, bytes]]:
    payload = {gforce.GET_FIRMWARE: b"\x03\x02\x00", gforce.GET_BATTERY: b"\x49"}
    said = [(gforce.COMMAND, bytes((0, command[0])) + payload.get(command[0], b""))]
    if command == b"\x4f\x80\x00\x00\x00":
        said.append((gforce.DATA, b"\x08" + bytes(128)))
    return said


class Babbling(ScriptedDevice):
    """Says something at every look, and never what it was asked."""

    looks = 0
    stepped: SteppedTime

    def read(self, timeout_s: float) -> bytes:
        self.looks += 1
        assert self.looks < 1000, "this would never end"
        self.stepped.wait(timeout_s)
        return super().read(timeout_s) + self.notified(gforce.COMMAND, b"\x00\x99")


def test_a_gforce_that_never_says_what_it_was_asked_is_given_up(stepped_time: SteppedTime) -> None:
    device = Babbling("gForce", GforceEmulator.services, {})
    device.stepped = stepped_time
    with pytest.raises(LinkLost, match="does not answer"):
        GforceDriver(GforceOptions()).start(device)


@pytest.mark.parametrize(("bits", "rate", "rows"), [(8, 1000, 16), (12, 500, 8)])
def test_gforce(bits: int, rate: int, rows: int) -> None:
    device = ScriptedDevice("gForce", GforceEmulator.services, {}, answer=gforce_answer)
    driver = GforceDriver(GforceOptions(rate=rate, bits=bits))
    (info,) = driver.start(device)
    config = bytes((0x3F, rate & 255, rate >> 8, 0xFF, 0x00, 0x80, bits))
    assert device.written(gforce.COMMAND) == [
        b"\x06",
        b"\x08",
        config,
        bytes.fromhex("4F 80 00 00 00"),
    ]
    assert (info.device, info.channels[0].unit) == ("gForce (gForce, firmware 3.2.0)", "a.u.")
    size = 1 if bits == 8 else 2
    numbers = b"".join((k % 250).to_bytes(size, "little") for k in range(rows * 8))
    battery, first, block = driver.feed(device.notified(gforce.DATA, b"\x08" + numbers), 0.0)
    assert isinstance(first, SampleBlock)
    assert battery == Reading("battery", 73.0, "%")
    assert isinstance(block, SampleBlock)
    np.testing.assert_array_equal(block.data, np.arange(rows * 8).reshape(rows, 8) % 250)
    driver.stop(device)
    assert device.written(gforce.COMMAND)[-1] == bytes.fromhex("4F 00 00 00 00")


def test_a_gforce_that_refuses_says_why() -> None:
    def refuse(command: bytes) -> list[tuple[str, bytes]]:
        return [(gforce.COMMAND, bytes((2 if command[0] == gforce.SET_EMG else 0, command[0])))]

    device = ScriptedDevice("gForce", GforceEmulator.services, {}, answer=refuse)
    with pytest.raises(EmgError, match="500 Hz with 12 bit and does not accept the settings"):
        GforceDriver(GforceOptions()).start(device)


def test_a_gforce_needs_long_notifications() -> None:
    def short(command: bytes) -> list[tuple[str, bytes]]:
        return [(uuid, said[:20]) for uuid, said in gforce_answer(command)]

    device = ScriptedDevice("gForce", GforceEmulator.services, {}, mtu=23, answer=short)
    with pytest.raises(EmgError, match="sends 20 bytes at once instead of 129"):
        GforceDriver(GforceOptions()).start(device)


def test_a_gforce_has_12_bits_up_to_500_hz() -> None:
    with pytest.raises(EmgError, match="12 bit up to 500 Hz"):
        GforceDriver(GforceOptions(rate=1000, bits=12))
