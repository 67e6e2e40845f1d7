"""A board of the BrainFlow library as a device.

BrainFlow stamps samples when they arrive, so its package numbers are what
counts here, where a board has regular ones.
"""

from __future__ import annotations

import contextlib
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from emgstudio.core.clock import host_time
from emgstudio.core.errors import EmgError
from emgstudio.core.types import ARBITRARY_UNIT, MICROVOLT, Channel, StreamInfo
from emgstudio.devices.counting import WrappedCounter
from emgstudio.devices.drivers.brainflow import BrainFlowOptions
from emgstudio.devices.frames import Kind, encode, encode_json
from emgstudio.devices.link import LinkLost
from emgstudio.devices.links.bridge import BridgeLink
from emgstudio.devices.optional import optional_module

MODULUS = 256
LEARN_FROM = 20
REGULAR = 0.9
BUFFER_S = 60
BATTERY_EACH_S = 5.0


class PackageNumbers:
    """Samples lost before each of some, as far as package numbers tell; pure.

    Numbers that go up in equal steps modulo 256 are a counter; others (several
    samples in a packet, none at all) are not, and then nothing counts as lost.
    """

    def __init__(self, rate: float) -> None:
        self._rate = rate
        self._seen: list[float] = []
        self._step = 0
        self._counter: WrappedCounter | None = None

    def lost(self, numbers: NDArray[np.float64], host: float) -> list[tuple[int, int, int]]:
        """Runs of samples as (first, count, lost before); samples in no run came twice."""
        if self._counter is None:
            self._learn(numbers, host)
            if self._counter is None:
                return [(0, len(numbers), 0)]
        values = (numbers.astype(np.int64) // self._step) % (MODULUS // self._step)
        breaks = np.flatnonzero(np.diff(values) % (MODULUS // self._step) != 1) + 1
        edges = [0, *breaks.tolist(), len(values)]
        runs = []
        for begin, end in pairwise(edges):
            # The rest of what came at once was taken later than this.
            taken = host - (len(values) - end) / self._rate
            missing = self._counter.lost_before(int(values[begin]), taken, end - begin)
            if missing is not None:
                runs.append((begin, end - begin, missing))
        return runs

    def _learn(self, numbers: NDArray[np.float64], host: float) -> None:
        before = self._seen[-1:]
        self._seen += numbers.tolist()
        if len(self._seen) <= LEARN_FROM:
            return
        seen = np.array(self._seen[-10 * LEARN_FROM :])
        self._seen = []
        steps = np.diff(seen) % MODULUS
        values, counts = np.unique(steps, return_counts=True)
        step = int(values[counts.argmax()])
        whole = bool((seen == seen.astype(np.int64)).all()) and 0 <= seen.min() <= seen.max() < 256
        if whole and step in (1, 2, 4) and counts.max() >= REGULAR * len(steps):
            self._step = step
            self._counter = WrappedCounter(MODULUS // step, self._rate)
            for value in before:
                self._counter.lost_before(int(value) // step, host - len(numbers) / self._rate)


class BrainFlowLink(BridgeLink):
    """The board with this BrainFlow number or name, for example -1 or ``CYTON_BOARD``."""

    def __init__(self, board: str, options: BrainFlowOptions) -> None:
        super().__init__()
        self._board_name = board
        self._options = options
        self._flow: Any = None
        self._board: Any = None
        self._id = 0
        self._infos: tuple[StreamInfo, ...] = ()
        self._rows: dict[str, list[int]] = {}
        self._numbers: PackageNumbers | None = None
        self._sent = 0
        self._battery_told = 0.0

    def connect(self) -> None:
        self._flow = optional_module("brainflow.board_shim", "brainflow", "BrainFlow")
        self._flow.BoardShim.disable_board_logger()
        self._id = self._board_id()
        self._describe()
        given = self._options
        how = self._flow.BrainFlowInputParams()
        how.serial_port, how.mac_address = given.serial_port, given.mac_address
        how.ip_address, how.ip_port = given.ip_address, given.ip_port
        how.serial_number, how.other_info = given.serial_number, given.other_info
        how.timeout = given.patience
        self._board = self._flow.BoardShim(self._id, how)
        try:
            self._board.prepare_session()
            if given.config:
                self._board.config_board(given.config)
        except self._flow.BrainFlowError as error:
            self.disconnect()
            raise LinkLost(
                f"BrainFlow does not reach the board {self._board_name} ({error}).",
                "Is it on, near, and free of other programs? Check port and address.",
            ) from error
        self._sent = 0
        self._numbers = PackageNumbers(self._infos[0].rate)

    def _board_id(self) -> int:
        ids = self._flow.BoardIds
        try:
            text = self._board_name.strip()
            board = ids(int(text)) if text.lstrip("-").isdecimal() else ids[text.upper()]
        except (ValueError, KeyError):
            raise EmgError(
                f"BrainFlow knows no board '{self._board_name}'.",
                "Give its number or name from BrainFlow's list of boards, such as CYTON_BOARD.",
            ) from None
        return int(board.value)

    def _describe(self) -> None:
        shim = self._flow.BoardShim
        try:
            emg = list(shim.get_emg_channels(self._id))
        except self._flow.BrainFlowError:
            raise EmgError(
                f"The board {self._board_name} has no EMG channels.", "Choose another board."
            ) from None
        rate = float(shim.get_sampling_rate(self._id))
        title = str(shim.get_device_name(self._id))
        self._rows = {"EMG": emg}
        channels = {"EMG": tuple(Channel(str(n + 1), MICROVOLT) for n in range(len(emg)))}
        for name, rows, unit in (
            ("ACC", self._some("get_accel_channels"), "g"),
            ("GYR", self._some("get_gyro_channels"), ARBITRARY_UNIT),
        ):
            if rows:
                self._rows[name] = rows
                channels[name] = tuple(
                    Channel("xyz"[n] if n < 3 else str(n + 1), unit, kind=name)
                    for n in range(len(rows))
                )
        self._infos = tuple(
            StreamInfo(name, rate, columns, "float32", title) for name, columns in channels.items()
        )

    def _some(self, question: str) -> list[int]:
        """Rows of the board, none where it has no such thing."""
        try:
            return list(getattr(self._flow.BoardShim, question)(self._id))
        except self._flow.BrainFlowError:
            return []

    def _row(self, question: str) -> int | None:
        try:
            return int(getattr(self._flow.BoardShim, question)(self._id))
        except self._flow.BrainFlowError:
            return None

    def describe(self) -> tuple[str, tuple[StreamInfo, ...]]:
        return self._infos[0].device, self._infos

    def begin(self) -> None:
        try:
            self._board.start_stream(round(BUFFER_S * self._infos[0].rate))
        except self._flow.BrainFlowError as error:
            raise LinkLost(f"The board does not start ({error}).") from error

    def frames(self) -> bytes:
        try:
            data = self._board.get_board_data()
        except self._flow.BrainFlowError as error:
            raise LinkLost(f"BrainFlow lost the board ({error}).") from error
        if not data.shape[1] or self._numbers is None:
            return b""
        row = self._row("get_package_num_channel")
        whole = [(0, data.shape[1], 0)]
        runs = whole if row is None else self._numbers.lost(data[row], host_time())
        out = bytearray()
        for first, count, lost in runs:
            self._sent += lost
            for number, info in enumerate(self._infos):
                block = data[self._rows[info.name], first : first + count].T.astype("<f4")
                out += encode(Kind.SAMPLES, block.tobytes(), number, self._sent, count)
            self._sent += count
        return bytes(out) + self._battery(data)

    def _battery(self, data: NDArray[np.float64]) -> bytes:
        row = self._row("get_battery_channel")
        if row is None or host_time() - self._battery_told < BATTERY_EACH_S:
            return b""
        self._battery_told = host_time()
        reading = {"key": "battery", "value": float(data[row, -1]), "unit": "%", "channel": None}
        return encode_json(Kind.READING, reading)

    def disconnect(self) -> None:
        board, self._board = self._board, None
        if board is None:
            return
        with contextlib.suppress(self._flow.BrainFlowError):
            board.stop_stream()
        with contextlib.suppress(self._flow.BrainFlowError):
            board.release_session()
