"""An emulated Trigno Control Utility: answers on one port, samples on two others."""

from __future__ import annotations

import contextlib
import select
import socket
from typing import ClassVar

import numpy as np

from emgstudio.core.clock import host_time
from emgstudio.core.errors import EmgError
from emgstudio.devices.drivers.trigno import AUX_PORT, COMMANDS, EMG_PORT, END, PORTS
from emgstudio.devices.emulators.emulator import Faults, PacketEmulator
from emgstudio.devices.emulators.listening import LOCALHOST, Connection
from emgstudio.devices.emulators.muscle import repeating_emg
from emgstudio.devices.emulators.server import EmulatorServer
from emgstudio.devices.frames import FrameReader
from emgstudio.devices.links.tcp import port_frame

FRAME_S = 0.0135
EMG_ROWS = 26
AUX_ROWS = 2
SLOTS = 16
AUX_COLUMNS = 9
EMG_ROW_BYTES = 4 * SLOTS
AUX_ROW_BYTES = 4 * SLOTS * AUX_COLUMNS
TRIES = 20


class TrignoEmulator(PacketEmulator):
    """Avanti sensors in some of 16 slots, each with EMG, accelerometer and gyroscope.

    What it says comes in the frames that a TcpBundle makes of three ports.
    """

    key: ClassVar[str] = "trigno"

    def __init__(self, faults: Faults, slots: tuple[int, ...] = (1, 2, 5)) -> None:
        super().__init__(faults, 1.0 / FRAME_S)
        self.slots = slots
        self._emg = (1e-6 * repeating_emg(EMG_ROWS / FRAME_S, SLOTS)).astype(np.float32)
        self._commands = bytearray()
        self._answered = 0
        self._fetched = 0

    def opened(self, host: float) -> None:
        super().opened(host)
        self.halt()
        self._commands.clear()
        self._said.clear()
        self._answered = 0
        self._answer("Delsys Trigno System Digital Protocol Version 3.6.0")

    def receive(self, data: bytes) -> None:
        self._commands += data
        while END in self._commands:
            command, _, rest = self._commands.partition(END)
            self._commands = bytearray(rest)
            self._answer(self._reply(command.decode("ascii").strip()))

    def start(self) -> None:
        self._fetched = self.sent
        super().start()

    def emg(self, first: int, count: int) -> np.ndarray:
        """Rows of the EMG port in volts, ``(count, 16)``; row k is the same in every run."""
        rows = np.zeros((count, SLOTS), np.float32)
        used = [slot - 1 for slot in self.slots]
        rows[:, used] = self._emg[(first + np.arange(count)) % len(self._emg)][:, used]
        return rows

    def aux(self, first: int, count: int) -> np.ndarray:
        """Rows of the auxiliary port, ``(count, 144)``: a slow tilt, and its rate in °/s."""
        rows = np.zeros((count, SLOTS, AUX_COLUMNS), np.float32)
        angle = 2.0 * np.pi * (first + np.arange(count)) / 1000.0
        for slot in self.slots:
            rows[:, slot - 1, 0] = np.sin(angle)
            rows[:, slot - 1, 2] = np.cos(angle)
            rows[:, slot - 1, 4] = 360.0 * AUX_ROWS / FRAME_S / 1000.0
        return rows.reshape(count, -1)

    def packet(self, number: int) -> bytes:
        # Ports count their bytes from the start of the measurement.
        since = number - self._fetched
        emg = self.emg(number * EMG_ROWS, EMG_ROWS)
        aux = self.aux(number * AUX_ROWS, AUX_ROWS)
        return port_frame(
            EMG_PORT, since * EMG_ROWS * EMG_ROW_BYTES, emg.astype("<f4").tobytes()
        ) + port_frame(AUX_PORT, since * AUX_ROWS * AUX_ROW_BYTES, aux.astype("<f4").tobytes())

    def _answer(self, text: str) -> None:
        data = text.encode("latin-1") + END
        self.say(port_frame(COMMANDS, self._answered, data))
        self._answered += len(data)

    def _reply(self, command: str) -> str:
        known = {
            "ENDIAN LITTLE": "OK",
            "BACKWARDS COMPATIBILITY?": "NO",
            "UPSAMPLING?": "UPSAMPLING OFF",
            "FRAME INTERVAL?": f"{FRAME_S}",
            "MAX SAMPLES EMG?": f"{EMG_ROWS}",
            "MAX SAMPLES AUX?": f"{AUX_ROWS}",
        }
        if command in known:
            return known[command]
        if command == "START":
            if self.streaming:
                return "CANNOT COMPLETE"
            self.start()
            return "OK"
        if command == "STOP":
            self.halt()
            return "OK"
        match command.split():
            case ["SENSOR", slot, *what] if slot.isdecimal():
                return self._sensor(int(slot), " ".join(what))
        return "INVALID COMMAND"

    def _sensor(self, slot: int, what: str) -> str:
        paired = slot in self.slots
        if what == "PAIRED?":
            return "YES" if paired else "NO"
        if not paired:
            return "CANNOT COMPLETE"
        answers = {"EMGCHANNELCOUNT?": "1", "AUXCHANNELCOUNT?": "6", "STARTINDEX?": f"{slot}"}
        units = ["V", *["g"] * 3, *["?/s"] * 3]
        answers |= {f"CHANNEL {k + 1} UNITS?": unit for k, unit in enumerate(units)}
        return answers.get(what, "INVALID COMMAND")


class TrignoServer(EmulatorServer):
    """Serves at ``tcp:127.0.0.1:port`` and at the data ports after it; port 0 takes free ones."""

    def __init__(
        self, emulator: TrignoEmulator, port: int = 0, back_after_s: float | None = None
    ) -> None:
        super().__init__(emulator, back_after_s)
        self._port = port
        self._listeners: list[socket.socket] = []
        self._connections: dict[int, Connection] = {}
        self._frames = FrameReader()

    @property
    def address(self) -> str:
        return f"tcp:{LOCALHOST}:{self._port}"

    def _plug(self) -> None:
        steps = (0, *PORTS["Avanti, Quattro, Duo"])
        for _ in range(TRIES):
            with contextlib.ExitStack() as stack:
                first = stack.enter_context(socket.create_server((LOCALHOST, self._port)))
                port = first.getsockname()[1]
                try:
                    rest = [
                        stack.enter_context(socket.create_server((LOCALHOST, port + step)))
                        for step in steps[1:]
                    ]
                except (OSError, OverflowError):
                    continue
                stack.pop_all()
            self._port, self._listeners = port, [first, *rest]
            return
        raise EmgError("There are no free ports for an emulated Trigno server.")

    def _unplug(self) -> None:
        self._hang_up()
        for listener in self._listeners:
            listener.close()
        self._listeners = []

    def _hang_up(self) -> None:
        for connection in self._connections.values():
            connection.program.close()
        self._connections = {}

    def _take(self, timeout_s: float) -> bytes:
        open_ones = [c.program for c in self._connections.values()]
        ready = select.select([*self._listeners, *open_ones], [], [], timeout_s)[0]
        for number, listener in enumerate(self._listeners):
            if listener in ready:
                self._connections[number] = Connection(listener.accept()[0])
                if number == COMMANDS:
                    self._frames = FrameReader()
                    self.emulator.opened(host_time())
        commands = self._connections.get(COMMANDS)
        if commands is None or commands.program not in ready:
            return b""
        data = commands.take()
        if data is None:
            self._hang_up()
        return data or b""

    def _give(self, data: bytes) -> None:
        for frame in self._frames.feed(data):
            connection = self._connections.get(frame.stream)
            if connection is not None and not connection.give(frame.payload):
                self._hang_up()
        for connection in list(self._connections.values()):
            connection.give(b"")
