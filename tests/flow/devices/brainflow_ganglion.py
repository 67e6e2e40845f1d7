"""A program of its own: BrainFlow's Ganglion driver at our emulator; prints what it got as JSON.

Its D-Bus library ends the whole process when the bus goes away, so it must not
be the test's.
"""

from __future__ import annotations

import json
import sys
import time

from brainflow.board_shim import BoardIds, BoardShim, BrainFlowInputParams

from emgstudio.devices.emulators.air import AirDevice
from emgstudio.devices.emulators.emulator import Faults
from emgstudio.devices.emulators.fake_bluez import FakeBlueZThread
from emgstudio.devices.emulators.ganglion import GanglionEmulator
from emgstudio.devices.emulators.private_bus import PrivateBus

WANTED = 500


def main(firmware: int) -> None:
    BoardShim.disable_board_logger()
    emulator = GanglionEmulator(Faults(), firmware)
    params = BrainFlowInputParams()
    params.timeout = 30
    params.other_info = f"fw:{firmware}"
    with PrivateBus(), FakeBlueZThread(AirDevice(emulator)):
        board = BoardShim(BoardIds.GANGLION_NATIVE_BOARD, params)
        board.prepare_session()
        board.start_stream()
        deadline = time.monotonic() + 90.0
        while board.get_board_data_count() < WANTED and time.monotonic() < deadline:
            time.sleep(0.02)
        data = board.get_board_data()
        # Before the connection to the bus ends, and this process with it.
        json.dump(data[1:5].T.tolist(), sys.stdout)
        sys.stdout.flush()
        board.stop_stream()
        board.release_session()


if __name__ == "__main__":
    main(int(sys.argv[1]))
