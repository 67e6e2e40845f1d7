"""BrainFlow's own Cyton drivers at our emulator: both decoders must agree to the count."""

from __future__ import annotations

import sys
import warnings
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from emgstudio.devices.drivers.cyton import CytonDriver, CytonOptions
from emgstudio.devices.emulators.cyton import CytonEmulator
from emgstudio.devices.emulators.emulator import Faults
from emgstudio.devices.emulators.pty_server import PtyServer
from tests.unit.devices.steady import SteadyLink, joined, streamed

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


def our_rows(emulator: CytonEmulator, packets: int) -> np.ndarray:
    """What our decoder makes of the first packets, that many at least."""
    driver, link = CytonDriver(CytonOptions()), SteadyLink(emulator)
    link.open()
    driver.start(link)
    index, rows = joined(streamed(driver, link, packets / emulator.packet_rate + 1.0))
    np.testing.assert_array_equal(index, np.arange(len(rows)))
    return rows


@pytest.mark.parametrize("daisy", [False, True], ids=["cyton", "daisy"])
def test_our_decoder_agrees_with_brainflows_to_the_count(
    brainflow: Any, daisy: bool, wait_until: Callable[..., None]
) -> None:
    ids = brainflow.BoardIds
    board_id = (ids.CYTON_DAISY_BOARD if daisy else ids.CYTON_BOARD).value
    wanted = round(SECONDS * (125 if daisy else 250))
    emulator = CytonEmulator(Faults(), daisy=daisy)
    with PtyServer(emulator) as server:
        theirs = rows_of_brainflow(brainflow, board_id, server.address, wanted, wait_until)
    step = 2 if daisy else 1
    number = theirs[:, 0].astype(int)
    assert set((np.diff(number) % 256).tolist()) == {step}
    counts = np.round(theirs[:, 1:] / SCALE_UV).astype(int)
    np.testing.assert_allclose(counts * SCALE_UV, theirs[:, 1:], atol=1e-6)
    # However late BrainFlow began, nothing that it has was sent after this.
    ours = our_rows(CytonEmulator(Faults(), daisy=daisy), emulator.sent)
    # The number goes round at 256: the rows tell how often it did before BrainFlow began.
    places = np.arange(number[0], step * len(ours), 256) // step
    heard = [ours[at : at + len(counts)] for at in places if (ours[at] == counts[0]).all()]
    assert any(np.array_equal(rows, counts) for rows in heard)
