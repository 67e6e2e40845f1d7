"""Lines of numbers: what is found out about them, and which line is which."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from emgstudio.core.errors import EmgError
from emgstudio.core.types import Gap, Reading, SampleBlock
from emgstudio.devices.drivers.ascii_layout import Order, find_layout, numbers, usual_rate
from emgstudio.devices.drivers.ascii_lines import AsciiDriver, AsciiOptions, LineReader
from emgstudio.devices.drivers.ascii_order import LineOrder
from emgstudio.devices.emulators.ascii_lines import AsciiEmulator
from emgstudio.devices.emulators.emulator import Faults
from emgstudio.devices.link import LinkLost
from emgstudio.devices.links.loopback import LoopbackLink
from tests.stepped_time import SteppedTime

pytestmark = pytest.mark.usefixtures("stepped_time")

COUNTER = Order(0, 1.0, 0.0, 0.0, 0.5, exact=True)


@pytest.mark.parametrize(
    ("line", "separator", "wanted"),
    [
        (b"1,2,3", b",", [1.0, 2.0, 3.0]),
        (b" 1, -2.5 ,3e2,\r", b",", [1.0, -2.5, 300.0]),
        (b"[1\t2]", b"\t", [1.0, 2.0]),
        (b"4   5 6 ", None, [4.0, 5.0, 6.0]),
        (b"EMG1:12,EMG 2:13", b",", [12.0, 13.0]),
        (b"Sensor A: 12 Sensor B: 13", None, [12.0, 13.0]),
        (b"512", b";", [512.0]),
        (b"1,2,x", b",", None),
        (b"1,,3", b",", None),
        (b"1_0,2", b",", None),
        (b"nan,2", b",", None),
        (b"inf", None, None),
        (b"", b",", None),
        (b"1 2", b",", None),
        (b"\xff\xfe1", None, None),
        (b",".join([b"1"] * 65), b",", None),
    ],
)
def test_numbers_of_a_line(
    line: bytes, separator: bytes | None, wanted: list[float] | None
) -> None:
    assert numbers(line, separator) == wanted


@given(st.binary(max_size=80), st.sampled_from([b",", b";", b"\t", None]))
def test_any_bytes_are_numbers_or_nothing(line: bytes, separator: bytes | None) -> None:
    found = numbers(line, separator)
    assert found is None or (0 < len(found) <= 64 and np.isfinite(found).all())


def lines_of(
    emulator: AsciiEmulator, count: int, lump_s: float = 0.01
) -> list[tuple[bytes, float]]:
    """Lines with the times at which lumps of them arrive."""
    lines = []
    for number in range(count):
        sent = number / emulator.packet_rate
        arrived = np.ceil(sent / lump_s) * lump_s
        lines.append((emulator.packet(number).rstrip(b"\r\n"), float(arrived)))
    return lines


@pytest.mark.parametrize("order", ["counter", "counter8", "ms", "us", "none"])
@pytest.mark.parametrize("rate", [20.0, 250.0, 1000.0])
@pytest.mark.parametrize("separator", [",", ";", "\t", " "])
def test_the_layout_is_found(order: str, rate: float, separator: str) -> None:
    emulator = AsciiEmulator(Faults(), rate, 3, order, separator)
    layout = find_layout(lines_of(emulator, max(30, int(1.2 * rate))), "auto", "", "auto")
    assert layout is not None
    assert layout.rate == rate
    assert len(layout.columns) == 3
    assert layout.whole
    assert (layout.order is None) == (order == "none")
    if order in ("ms", "us") and rate < 1000.0:
        assert layout.order is not None
        assert layout.order.per_second == (1e3 if order == "ms" else 1e6)


def test_time_in_seconds_and_other_rates() -> None:
    lines = [(b"%.4f;%.2f" % (k / 333.3, k % 7 - 3.5), k / 333.3) for k in range(400)]
    layout = find_layout(lines, "auto", "", "auto")
    assert layout is not None
    assert layout.order is not None
    assert layout.order.per_second == 1.0
    assert layout.rate == pytest.approx(333.3, rel=1e-3)
    assert not layout.whole


def test_a_choice_of_columns_and_names() -> None:
    emulator = AsciiEmulator(Faults(), labels=True, channels=4)
    lines = lines_of(emulator, 100)
    layout = find_layout(lines, "auto", "2,4-5", "none")
    assert layout is not None
    assert layout.columns == (1, 3, 4)
    assert layout.names == ("muscle1", "muscle3", "muscle4")
    assert layout.order is None
    for wrong in ("9", "a", "0", "3-9"):
        found = find_layout(lines, "auto", wrong, "auto")
        assert found is not None
        assert found.columns == ()


def test_a_signal_that_rises_is_no_counter() -> None:
    lines = [(b"%d,%d" % (512 + k // 3, 100 + (k % 5)), k / 200) for k in range(240)]
    layout = find_layout(lines, "auto", "", "auto")
    assert layout is not None
    assert layout.order is None
    assert layout.columns == (0, 1)


def test_lines_that_do_not_agree_are_no_layout() -> None:
    lines = [(b",".join([b"1"] * (1 + k % 7)), k / 100) for k in range(60)]
    assert find_layout(lines, "auto", "", "auto") is None
    assert find_layout([(b"hello", 0.0)] * 50, "auto", "", "auto") is None


def test_usual_rates() -> None:
    assert usual_rate(492.0, 0.03) == 500.0
    assert usual_rate(492.0, 0.006) == 492.0
    assert usual_rate(0.0, 0.03) == 0.0


def placed(values: list[int], rate: float = 100.0) -> list[tuple[float, int]]:
    order = LineOrder(COUNTER, rate)
    made = []
    for k, value in enumerate(values):
        made += [(one.row[0], one.lost) for one in order.place([float(value)], k / rate)]
    return made


@pytest.mark.parametrize(
    ("values", "wanted"),
    [
        ([5, 6, 9, 10], [(5, 0), (6, 0), (9, 2), (10, 0)]),
        ([5, 6, 9, 12, 13], [(5, 0), (6, 0), (9, 2), (12, 2), (13, 0)]),
        ([254, 255, 0, 1], [(254, 0), (255, 0), (0, 0), (1, 0)]),
        ([255, 256, 257], [(255, 0), (256, 0), (257, 0)]),
        ([5, 96, 7, 8], [(5, 0), (7, 1), (8, 0)]),
        ([5, 6, 6, 7], [(5, 0), (6, 0), (7, 0)]),
        ([98, 99, 0, 1], [(98, 0), (99, 0), (0, 0), (1, 0)]),
        ([5000, 5001, 0, 1, 2], [(5000, 0), (5001, 0), (0, 0), (1, 0), (2, 0)]),
    ],
    ids=["gap", "two gaps", "wrap", "more than a byte", "damaged", "twice", "modulo 100", "reset"],
)
def test_lines_are_placed_by_their_counter(
    values: list[int], wanted: list[tuple[float, int]]
) -> None:
    assert placed(values) == wanted


def test_a_long_silence_counts_its_wraps() -> None:
    order = LineOrder(COUNTER, 100.0)
    for k in range(50):
        order.place([float(k)], k / 100)
    order.place([float((50 + 600) % 256)], 6.5)
    (first, _) = order.place([float((50 + 601) % 256)], 6.51)
    assert (first.lost, first.estimated) == (600, False)


def started(
    emulator: AsciiEmulator, options: AsciiOptions | None = None
) -> tuple[AsciiDriver, LoopbackLink]:
    driver, link = AsciiDriver(options or AsciiOptions()), LoopbackLink(emulator)
    link.open()
    return driver, link


@pytest.mark.parametrize("baud", [115200, 9600, 1000000])
def test_everything_is_found_within_two_seconds(baud: int) -> None:
    emulator = AsciiEmulator(Faults(), rate=200.0, order="ms", baud=baud)
    driver, link = started(emulator)
    began = link.now
    (info,) = driver.start(link)
    assert link.now - began < 2.0
    assert driver.baud == baud
    assert info.rate == 200.0
    assert [c.name for c in info.channels][:1] != ["ms"]
    assert info.channels[0].unit == "a.u."
    assert driver.recent


@pytest.mark.parametrize("board_too", [False, True])
@pytest.mark.parametrize(("owner", "name"), [(LoopbackLink, "read"), (LineReader, "feed")])
@pytest.mark.parametrize("order", ["none", "ms"])
def test_the_rate_is_the_boards_though_the_computer_stood_still(
    order: str,
    owner: type,
    name: str,
    board_too: bool,
    stepped_time: SteppedTime,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    real, calls, behind_s = getattr(owner, name), 0, 0.0

    def standing(*arguments: object) -> object:
        nonlocal calls, behind_s
        calls += 1
        got = real(*arguments)
        if calls == 100:
            stepped_time.wait(2.0)
            behind_s = 2.0 * board_too
        return got

    monkeypatch.setattr(owner, name, standing)
    emulator = AsciiEmulator(Faults(), rate=250.0, order=order)
    sends = emulator.due
    monkeypatch.setattr(emulator, "due", lambda host: sends(host - behind_s))
    driver, link = started(emulator, AsciiOptions(baud=115200))
    (info,) = driver.start(link)
    assert calls > 100
    assert info.rate == 250.0


def test_a_board_that_comes_back_goes_on_as_soon_as_its_columns_are_known(
    stepped_time: SteppedTime,
) -> None:
    driver, link = started(AsciiEmulator(Faults(), rate=250.0), AsciiOptions(baud=115200))
    driver.start(link)
    driver.feed(link.read(0.1), link.now)
    stepped_time.wait(5.0)
    link.open()
    began = link.now
    driver.start(link)
    assert link.now - began < 0.3


def test_names_come_from_the_line_that_a_board_prints_when_it_begins() -> None:
    driver, link = started(AsciiEmulator(Faults()), AsciiOptions(rate=500.0, baud=115200))
    (info,) = driver.start(link)
    assert [c.name for c in info.channels] == ["muscle1", "muscle2"]


def test_numbers_become_microvolts_when_the_scale_is_given() -> None:
    options = AsciiOptions(rate=500.0, baud=115200, vref=5.0, bits=10, gain=200.0)
    driver, link = started(AsciiEmulator(Faults()), options)
    (info,) = driver.start(link)
    assert info.channels[0].unit == "µV"
    assert info.channels[0].rails == (0.0, 1023.0)
    raw = np.array([[512, 1023]], np.int32)
    np.testing.assert_allclose(info.to_physical(raw), [[0.0, 511 * 5e6 / 1024 / 200]], rtol=1e-5)


def test_a_board_that_says_nothing_or_nonsense() -> None:
    silent = AsciiEmulator(Faults())
    driver, link = started(silent)
    silent.halt()
    silent.due(link.now)
    with pytest.raises(LinkLost, match="Nothing arrives"):
        driver.start(link)
    driver, link = started(AsciiEmulator(Faults(), baud=4800))
    with pytest.raises(LinkLost, match="no lines of numbers"):
        driver.start(link)
    driver, link = started(AsciiEmulator(Faults()), AsciiOptions(columns="9", baud=115200))
    with pytest.raises(EmgError, match="3 columns and no signal in '9'"):
        driver.start(link)


def test_other_columns_after_a_loss_are_refused() -> None:
    emulator = AsciiEmulator(Faults())
    driver, link = started(emulator, AsciiOptions(rate=500.0, baud=115200))
    driver.start(link)
    emulator.channels = 5
    link.open()
    with pytest.raises(EmgError, match="other columns"):
        driver.start(link)


def test_without_a_counter_a_damaged_line_is_a_gap_of_one() -> None:
    emulator = AsciiEmulator(Faults(), order="none")
    driver, link = started(emulator, AsciiOptions(rate=500.0, baud=115200))
    driver.start(link)
    began = link.now
    items = driver.feed(b"0,0\n1,2\n3,?\nhello\n5,6\n", began)
    blocks = [i for i in items if isinstance(i, SampleBlock)]
    gaps = [i for i in items if isinstance(i, Gap)]
    assert blocks[-1].data.tolist() == [[5, 6]]
    assert [(g.count, g.estimated) for g in gaps] == [(1, True)]
    assert driver.damaged == 2


def test_how_full_the_port_is_is_told_each_second() -> None:
    emulator = AsciiEmulator(Faults(), rate=500.0)
    driver, link = started(emulator, AsciiOptions(rate=500.0, baud=115200))
    driver.start(link)
    began, first = link.now, emulator.sent
    items = []
    sent = 0
    for k in range(1100):
        data = emulator.packet(first + k)
        sent += len(data) * (0 < k <= 500)
        items += driver.feed(data, began + k / 500)
    loads = [item for item in items if isinstance(item, Reading)]
    assert [item.key for item in loads] == ["port load"] * 2
    assert loads[0].value == pytest.approx(100 * sent * 10 / 115200, rel=0.02)
