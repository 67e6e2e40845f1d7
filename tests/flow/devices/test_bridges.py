"""Other programs' streams and libraries as devices; skipped where a library is not installed."""

from __future__ import annotations

import sys
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import chain
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from emgstudio.core.errors import EmgError
from emgstudio.devices.emulators.cyton import CytonEmulator
from emgstudio.devices.emulators.emulator import Faults
from emgstudio.devices.emulators.pty_server import PtyServer
from emgstudio.devices.link import LinkLost
from emgstudio.devices.links.brainflow import PackageNumbers
from emgstudio.devices.registry import open_device
from emgstudio.devices.worker import DeviceState
from tests.flow.devices.bench import Bench, HandClock
from tests.own_lsl import own_lsl

Wait = Callable[..., None]
RATE = 500.0
RATE_OF_A_CYTON, HALF_A_COUNT_UV = 250.0, 0.012


@pytest.fixture(scope="module")
def lsl() -> Any:
    return own_lsl()


@pytest.fixture
def without(monkeypatch: pytest.MonkeyPatch) -> Callable[[str], None]:
    """Make a library as if it were not installed."""

    def hide(name: str) -> None:
        for module in [name, *(m for m in sys.modules if m.startswith(f"{name}."))]:
            monkeypatch.setitem(sys.modules, module, None)

    return hide


@pytest.fixture(autouse=True)
def on_time(monkeypatch: pytest.MonkeyPatch) -> None:
    """What a busy machine is late by is not lost."""
    for library in ("lsl", "brainflow"):
        monkeypatch.setattr(f"emgstudio.devices.links.{library}.host_time", HandClock())


@contextmanager
def connected(uri: str) -> Iterator[Bench]:
    bench = Bench(*open_device(uri))
    bench.worker.start()
    try:
        yield bench
    finally:
        bench.worker.stop()


@pytest.mark.parametrize(
    ("name", "uri", "extra"),
    [("pylsl", "lsl:x", "lsl"), ("brainflow", "brainflow:-1", "brainflow")],
)
def test_without_the_library_a_sentence_names_the_extra(
    without: Callable[[str], None], name: str, uri: str, extra: str
) -> None:
    without(name)
    _, link = open_device(uri)
    with pytest.raises(EmgError, match=f"needs the extra '{extra}'") as refused:
        link.open()
    assert f'pip install "emgstudio[{extra}]"' in refused.value.hint
    link.close()


class Sender:
    """Another program that sends known samples."""

    def __init__(self, lsl: Any, name: str, **how: Any) -> None:
        info = lsl.StreamInfo(
            name, "EMG", 2, how.get("rate", RATE), how.get("format", lsl.cf_float32), name
        )
        channels = info.desc().append_child("channels")
        for label, unit in (("left", "millivolts"), ("right", "")):
            node = channels.append_child("channel")
            node.append_child_value("label", label)
            node.append_child_value("unit", unit)
        self.outlet = lsl.StreamOutlet(info)
        self.sent = 0

    def send(self, count: int) -> None:
        rows = np.stack([np.arange(count) + self.sent, -np.arange(count)], 1)
        self.outlet.push_chunk(rows.astype(np.float32).tolist())
        self.sent += count


def unique(what: str) -> str:
    return f"test {what} {uuid.uuid4().hex[:8]}"


def test_a_stream_of_another_program(lsl: Any, wait_until: Wait) -> None:
    name, marks = unique("emg"), unique("marks")
    sender = Sender(lsl, name)
    markers = lsl.StreamOutlet(lsl.StreamInfo(marks, "Markers", 1, 0.0, lsl.cf_string, marks))
    with connected(f"lsl:{name}?markers={marks}") as bench:
        worker = bench.worker
        wait_until(lambda: worker.state is DeviceState.CONFIGURING or worker.streams)
        wait_until(sender.outlet.have_consumers)
        wait_until(markers.have_consumers)
        sender.send(100)
        wait_until(lambda: worker.streams and worker.streams[0].received == 100)
        (stream,) = worker.streams
        left, right = stream.info.channels
        assert (left.name, left.unit, left.scale) == ("left", "µV", 1e3)
        assert (right.unit, right.scale) == ("a.u.", 1.0)
        np.testing.assert_array_equal(stream.raw.read(0, 100).data[:, 0], np.arange(100))
        markers.push_sample(["go"])
        wait_until(lambda: stream.markers.count == 1)
        (marker,) = stream.markers.since(0)
        assert marker.label == "go"
        assert marker.at >= 99
        del sender
        wait_until(lambda: DeviceState.LOST in bench.states())
        again = Sender(lsl, name)
        wait_until(again.outlet.have_consumers)
        again.send(50)
        wait_until(lambda: stream.received == 150)
        assert all(gap.estimated for gap in stream.gaps)


def test_no_such_stream(lsl: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("emgstudio.devices.links.lsl.FIND_S", 0.2)
    _, link = open_device(f"lsl:{unique('nothing')}")
    with pytest.raises(LinkLost, match="No LSL stream named"):
        link.open()


def test_text_is_no_signal(lsl: Any) -> None:
    name = unique("irregular")
    sender = Sender(lsl, name, rate=0.0)
    _, link = open_device(f"lsl:{name}")
    with pytest.raises(EmgError, match="no samples at a steady rate"):
        link.open()
    link.close()
    del sender


def test_brainflow_board(wait_until: Wait) -> None:
    pytest.importorskip("brainflow", reason="the extra brainflow is not installed")
    with connected("brainflow:-1") as bench:
        bench.until_received(250, wait_until)
        worker = bench.worker
        emg = worker.streams[0]
        assert [s.info.name for s in worker.streams] == ["EMG", "ACC", "GYR"]
        assert emg.info.rate == 250.0
        assert emg.info.channels[0].unit == "µV"
        assert emg.lost == emg.repeated == 0
        wait_until(lambda: "battery" in worker.readings)


@pytest.mark.skipif(sys.platform == "win32", reason="no pseudo terminals")
def test_what_a_board_loses_is_known_to_the_sample(wait_until: Wait, tmp_path: Path) -> None:
    pytest.importorskip("brainflow", reason="the extra brainflow is not installed")
    lost = [range(at, at + 20) for at in range(300, 6000, 400)]
    emulator = CytonEmulator(Faults(drop_these=frozenset(chain(*lost))))

    def sent(number: int) -> list[float]:
        waves = (emulator.wave(number, channel, RATE_OF_A_CYTON) for channel in range(8))
        return [emulator.amplitude_uv * wave for wave in waves]

    with (
        PtyServer(emulator, tmp_path / "port") as server,
        connected(f"brainflow:CYTON_BOARD?serial_port={server.address}") as bench,
    ):
        wait_until(lambda: bench.worker.streams and bench.worker.streams[0].gaps)
        emg = bench.worker.streams[0]
        gap = emg.gaps[0]
        wait_until(lambda: emg.raw.head > gap.at + gap.count)
    assert (gap.count, gap.estimated) == (20, False)
    before, after = emg.raw.read(gap.at - 1, gap.at + 21).data[[0, -1]]
    # On a busy machine BrainFlow begins late; what is around the hole tells which one it is.
    holes = [r for r in lost if np.allclose(before, sent(r.start - 1), atol=HALF_A_COUNT_UV)]
    assert len(holes) == 1
    np.testing.assert_allclose(after, sent(holes[0].stop), atol=HALF_A_COUNT_UV)


def test_brainflow_boards_that_are_none() -> None:
    pytest.importorskip("brainflow", reason="the extra brainflow is not installed")
    for board in ("NO_SUCH_BOARD", "99999"):
        _, link = open_device(f"brainflow:{board}")
        with pytest.raises(EmgError, match="knows no board"):
            link.open()
    _, link = open_device("brainflow:CYTON_BOARD?serial_port=/dev/no-such-port")
    with pytest.raises(LinkLost, match="does not reach the board"):
        link.open()
    with pytest.raises(EmgError, match="Which board"):
        open_device("brainflow:")


@pytest.mark.parametrize("heap", [7, 25, 500])
@pytest.mark.parametrize("step", [1, 2])
def test_package_numbers_that_count(step: int, heap: int) -> None:
    numbers = PackageNumbers(250.0)
    sent = (np.arange(2000) * step) % 256
    kept = np.delete(sent, np.arange(700, 730))
    lost, taken = 0, 0
    for at in range(0, len(kept), heap):
        runs = numbers.lost(kept[at : at + heap].astype(float), 10.0 + (at + heap + 30) / 250.0)
        lost += sum(missing for _, _, missing in runs)
        taken += sum(count for _, count, _ in runs)
    assert (lost, taken) == (30, len(kept))


def test_package_numbers_that_do_not_count() -> None:
    numbers = PackageNumbers(200.0)
    rng = np.random.default_rng(1)
    for _ in range(20):
        assert numbers.lost(rng.integers(0, 200, 30).astype(float), 0.0) == [(0, 30, 0)]
