"""No limit of the product runs out here because a thread of a busy machine stood still."""

from __future__ import annotations

import importlib.util

import pytest

from emgstudio.devices import worker
from tests.flow.devices.bench import HandClock

LONG_S = 60.0
# What waits for an answer that comes at once on a machine with nothing else to do. A test whose
# subject is one of these sets it again. Limits that are waited out in full are not among them.
LIMITS = {
    "devices.worker": ("STALL_S", "JOIN_TIMEOUT_S"),
    "devices.ble_sniff": ("JOIN_TIMEOUT_S",),
    "devices.links.ble": (
        "SCAN_S", "CONNECT_S", "SYSTEM_S", "REQUEST_S", "GOODBYE_S", "DISCONNECT_S", "CLOSE_WAIT_S",
    ),
    "devices.links.ble_loop": ("CLOSE_TIMEOUT_S", "CANCEL_TIMEOUT_S"),
    "devices.links.lsl": ("FIND_S", "OPEN_S"),
    "devices.links.lsl_search": ("FORGET_S",),
    "devices.links.serial": ("WRITE_TIMEOUT_S",),
    "devices.links.simulated": ("LONGEST_BACKLOG_S",),
    "devices.links.tcp": ("CONNECT_TIMEOUT_S", "WRITE_TIMEOUT_S"),
    "devices.emulators.emulator": ("LONGEST_BACKLOG_S",),
    "devices.emulators.fake_bluez": ("CALL_TIMEOUT_S",),
    "devices.emulators.private_bus": ("END_S",),
    "devices.emulators.server": ("JOIN_TIMEOUT_S",),
    "devices.emulators.tcp": ("CALL_TIMEOUT_S",),
    "devices.drivers.ascii_lines": ("WAKE_S",),
    "devices.drivers.bitalino": ("ANSWER_S",),
    "devices.drivers.chords": ("ANSWER_S", "FIRST_PACKET_S"),
    "devices.drivers.cyton": ("RESET_S", "ANSWER_S"),
    "devices.drivers.framed": ("ANSWER_TIMEOUT_S",),
    "devices.drivers.ganglion": ("IMPEDANCE_TIMEOUT_S",),
    "devices.drivers.gatt": ("ANSWER_TIMEOUT_S", "FIRST_DATA_TIMEOUT_S"),
    "devices.drivers.muovi": ("PATIENCE_S",),
    "devices.drivers.quattrocento": ("ANSWER_S",),
    "devices.drivers.sessantaquattro": ("PATIENCE_S",),
    "devices.drivers.shimmer3": ("ANSWER_S",),
    "devices.drivers.spikerbox": ("ANSWER_S",),
    "devices.drivers.trigno": ("ANSWER_S",),
}  # fmt: skip
MOST_WAITING = 1 << 24


@pytest.fixture(autouse=True)
def limits_of_a_busy_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    for module, names in LIMITS.items():
        if module.endswith("fake_bluez") and importlib.util.find_spec("dbus_fast") is None:
            continue
        for name in names:
            monkeypatch.setattr(f"emgstudio.{module}.{name}", LONG_S)
    # The speed that is tried first is the emulated board's.
    monkeypatch.setattr("emgstudio.devices.drivers.ascii_lines.TRIAL_S", (LONG_S,))
    # What an emulator has to say after its thread stood still for seconds is no backlog.
    monkeypatch.setattr("emgstudio.devices.emulators.pty_server.MOST_WAITING", MOST_WAITING)
    monkeypatch.setattr(
        "emgstudio.devices.emulators.tcp_server.TcpServer.most_waiting", MOST_WAITING
    )
    # pyserial 3.5 sets its limit for a port server's answers at each opening, to 3 s.
    monkeypatch.setattr(
        "serial.rfc2217.Serial._network_timeout",
        property(lambda _port: LONG_S, lambda _port, _seconds: None),
        raising=False,
    )


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> HandClock:
    """The time of all workers made from now on; they try again only when they are woken.

    While it stands still nothing can seem lost because it came late: only what the bytes
    themselves say is missing.
    """
    made = HandClock()
    monkeypatch.setattr(worker, "host_time", made)
    monkeypatch.setattr(worker, "FIRST_WAIT_S", LONG_S)
    monkeypatch.setattr(worker, "LONGEST_WAIT_S", LONG_S)
    return made
