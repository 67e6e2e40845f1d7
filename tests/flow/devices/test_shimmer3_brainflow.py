"""BrainFlow's own Shimmer3 driver at our emulator: both decoders must agree to the count."""

from __future__ import annotations

import sys
import warnings
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from emgstudio.devices.emulators.emulator import Faults
from emgstudio.devices.emulators.pty_server import PtyServer
from emgstudio.devices.emulators.shimmer3 import Shimmer3Emulator

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="ptys are a thing of POSIX")


@pytest.fixture
def brainflow() -> Any:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        shim = pytest.importorskip(
            "brainflow.board_shim", reason="BrainFlow is not installed: pip install brainflow"
        )
    if not hasattr(shim.BoardIds, "SHIMMER3_BOARD"):
        pytest.skip("this BrainFlow does not know the Shimmer3")
    shim.BoardShim.disable_board_logger()
    return shim


def test_brainflow_reads_our_emulator(brainflow: Any, wait_until: Callable[..., None]) -> None:
    board_id = brainflow.BoardIds.SHIMMER3_BOARD.value
    emulator = Shimmer3Emulator(Faults())
    with PtyServer(emulator) as server:
        params = brainflow.BrainFlowInputParams()
        params.serial_port = server.address
        board = brainflow.BoardShim(board_id, params)
        board.prepare_session()
        try:
            board.config_board("sensors:000010")
            board.config_board("sampling_rate:512")
            board.start_stream()
            wait_until(lambda: board.get_board_data_count() >= 600)
            data = board.get_board_data()
            board.stop_stream()
        finally:
            board.release_session()
    rows = data[board.get_ecg_channels(board_id)[:2]].T.astype(int)
    assert len(rows) >= 600
    wanted = [[emulator.counts(c, k) for c in range(2)] for k in range(len(rows))]
    np.testing.assert_array_equal(rows, wanted)
