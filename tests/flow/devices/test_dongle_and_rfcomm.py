"""Cyton, BITalino and Shimmer3 through worker, pyserial and real ports, with their cable pulled."""

from __future__ import annotations

import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path

import numpy as np
import pytest

from emgstudio.core.types import Level
from emgstudio.devices.emulators.bitalino import BitalinoEmulator
from emgstudio.devices.emulators.cyton import CytonEmulator
from emgstudio.devices.emulators.emulator import Faults, PacketEmulator
from emgstudio.devices.emulators.pty_server import PtyServer
from emgstudio.devices.emulators.shimmer3 import Shimmer3Emulator
from emgstudio.devices.emulators.tcp_server import Rfc2217Server
from emgstudio.devices.registry import open_device
from emgstudio.devices.worker import DeviceState
from tests.flow.devices.bench import Bench, HandClock

Wait = Callable[..., None]
posix = pytest.mark.skipif(sys.platform == "win32", reason="ptys are a thing of POSIX")
# pyserial 3.5 names its RFC 2217 thread in the old way.
pytestmark = pytest.mark.filterwarnings("ignore:set(Daemon|Name):DeprecationWarning")

EMULATORS: dict[str, Callable[[Faults], PacketEmulator]] = {
    "cyton": CytonEmulator,
    "daisy": partial(CytonEmulator, daisy=True),
    "bitalino": BitalinoEmulator,
    "shimmer3": Shimmer3Emulator,
}


@posix
@pytest.mark.parametrize("which", EMULATORS)
def test_a_pulled_cable_costs_the_hole_and_nothing_else(
    which: str, clock: HandClock, tmp_path: Path, wait_until: Wait
) -> None:
    place = tmp_path / "port"
    key = "cyton" if which == "daisy" else which
    with PtyServer(EMULATORS[which](Faults()), link=place, back_after_s=0.3) as server:
        bench = Bench(*open_device(f"serial:{place}?driver={key}"))
        bench.worker.start()
        try:
            bench.until_received(100, wait_until)
            streams = bench.worker.streams
            server.unplug()
            bench.come_back(clock, wait_until)
        finally:
            bench.worker.stop()
        assert bench.worker.streams == streams
        assert Level.ERROR not in {notice.level for notice in bench.notices()}


@pytest.mark.usefixtures("clock")
@pytest.mark.parametrize("which", EMULATORS)
def test_it_streams_over_a_network_port(which: str, wait_until: Wait) -> None:
    key = "cyton" if which == "daisy" else which
    # Half as quick: pyserial takes bytes from a port server one by one, slowly.
    with Rfc2217Server(EMULATORS[which](Faults(ppm=-5e5))) as server:
        bench = Bench(*open_device(f"serial:{server.address}?driver={key}"))
        bench.worker.start()
        try:
            bench.until_received(100, wait_until)
            assert ("baudrate", 115200) in server.seen
            emg = bench.worker.streams[0]
            assert np.ptp(emg.raw.latest(50).data, axis=0).min() > 0
        finally:
            bench.worker.stop()
        assert emg.lost == 0


@posix
def test_a_board_switched_off_is_one_sentence_and_is_tried_again(wait_until: Wait) -> None:
    board = CytonEmulator(Faults(), board_on=False)
    with PtyServer(board) as server:
        bench = Bench(*open_device(f"serial:{server.address}?driver=cyton"))
        bench.worker.start()
        try:
            wait_until(lambda: any("board does not answer" in n.text for n in bench.notices()))
            board.board_on = True
            wait_until(lambda: bench.worker.state == DeviceState.STREAMING)
        finally:
            bench.worker.stop()
