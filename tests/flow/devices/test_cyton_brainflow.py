"""BrainFlow's own Cyton drivers at our emulator: both decoders must agree to the count."""

from __future__ import annotations

import sys
import warnings
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from emgstudio.core.clock import host_time
from emgstudio.core.types import SampleBlock
from emgstudio.devices.driver import Item
from emgstudio.devices.drivers.cyton import CytonDriver, CytonOptions
from emgstudio.devices.emulators.cyton import CytonEmulator
from emgstudio.devices.emulators.emulator import Faults
from emgstudio.devices.emulators.pty_server import PtyServer
from emgstudio.devices.links.serial import SerialLink
from tests.unit.devices.steady import joined

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="ptys are a thing of POSIX")
SECONDS = 2.0
SCALE_UV = 4.5 / (2**23 - 1) / 24 * 1e6


@pytest.fixture
def brainflow() -> Any:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        shim = pytest.importorskip(
            "brainflow.board_shim", reason="BrainFlow is not installed: pip install brainflow"
        )
    shim.BoardShim.disable_board_logger()
    return shim


def rows_of_brainflow(
    brainflow: Any, board_id: int, port: str, wanted: int, wait_until: Callable[..., None]
) -> np.ndarray:
    """Package number and channels in µV, ``(rows, 1 + channels)``."""
    params = brainflow.BrainFlowInputParams()
    params.serial_port = port
    board = brainflow.BoardShim(board_id, params)
    board.prepare_session()
    try:
        board.start_stream()
        wait_until(lambda: board.get_board_data_count() >= wanted)
        data = board.get_board_data()
        board.stop_stream()
    finally:
        board.release_session()
    rows = [board.get_package_num_channel(board_id), *board.get_exg_channels(board_id)]
    return data[rows].T


def our_rows(port: str, wanted: int) -> tuple[np.ndarray, np.ndarray]:
    driver, link = CytonDriver(CytonOptions()), SerialLink(port, 115200)
    link.open()
    try:
        driver.start(link)
        items: list[Item] = []
        deadline = host_time() + 60.0
        count = 0
        while count < wanted and host_time() < deadline:
            # As if all came in its time: what a machine is late by is not the driver's.
            new = driver.feed(link.read(0.05), 100.0)
            count += sum(
                len(i.data) for i in new if isinstance(i, SampleBlock) and i.stream == "EMG"
            )
            items += new
        driver.stop(link)
    finally:
        link.close()
    return joined(items)


@pytest.mark.parametrize("daisy", [False, True], ids=["cyton", "daisy"])
def test_our_decoder_agrees_with_brainflows_to_the_count(
    brainflow: Any, daisy: bool, wait_until: Callable[..., None]
) -> None:
    ids = brainflow.BoardIds
    board_id = (ids.CYTON_DAISY_BOARD if daisy else ids.CYTON_BOARD).value
    wanted = round(SECONDS * (125 if daisy else 250))
    with PtyServer(CytonEmulator(Faults(), daisy=daisy)) as server:
        theirs = rows_of_brainflow(brainflow, board_id, server.address, wanted, wait_until)
        # BrainFlow may begin late on a busy machine.
        index, ours = our_rows(server.address, wanted + 256)
    step = 2 if daisy else 1
    number = theirs[:, 0].astype(int)
    assert set((np.diff(number) % 256).tolist()) == {step}
    counts = np.round(theirs[:, 1:] / SCALE_UV).astype(int)
    np.testing.assert_allclose(counts * SCALE_UV, theirs[:, 1:], atol=1e-6)
    # The number goes round at 256: the row itself tells how often it did before BrainFlow began.
    places = (number[0] + np.arange(0, step * len(ours), 256)) // step
    (first,) = (at for at in places if (ours[index == at] == counts[0]).all(axis=1).any())
    their_index = first + np.arange(len(theirs))
    both, a, b = np.intersect1d(index, their_index, return_indices=True)
    assert len(both) > 0.5 * wanted
    np.testing.assert_array_equal(ours[a], counts[b])
