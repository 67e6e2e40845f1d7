"""Whatever bleak raises becomes one sentence and what to do."""

from __future__ import annotations

import pytest
from bleak.exc import (
    BleakBluetoothNotAvailableError,
    BleakBluetoothNotAvailableReason,
    BleakDBusError,
    BleakDeviceNotFoundError,
    BleakError,
)

from emgstudio.core.errors import EmgError
from emgstudio.devices.link import LinkLost
from emgstudio.devices.links.ble_errors import explained

Reason = BleakBluetoothNotAvailableReason
NOT_AVAILABLE = {
    Reason.NO_BLUETOOTH: "no Bluetooth adapter",
    Reason.NO_BLE_CENTRAL_ROLE: "too old for low-energy sensors",
    Reason.POWERED_OFF: "Bluetooth is switched off on this computer.",
    Reason.DENIED_BY_USER: "may not use Bluetooth",
    Reason.DENIED_BY_SYSTEM: "may not use Bluetooth",
    Reason.DENIED_BY_UNKNOWN: "may not use Bluetooth",
    Reason.UNKNOWN: "no Bluetooth adapter",
}
A_PERSON_MUST = [
    *(
        (BleakBluetoothNotAvailableError("", reason), text)
        for reason, text in NOT_AVAILABLE.items()
    ),
    (FileNotFoundError(2, "No such file"), "no message bus"),
    (ConnectionRefusedError(111, "refused"), "no message bus"),
    (PermissionError(13, "denied"), "may not use Bluetooth"),
    (BleakDBusError("org.freedesktop.DBus.Error.ServiceUnknown", ["no"]), "is not running"),
    (BleakDBusError("org.freedesktop.DBus.Error.AccessDenied", ["no"]), "may not use Bluetooth"),
    (BleakDBusError("org.bluez.Error.AuthenticationFailed", []), "Myo has to be paired first"),
    (BleakDBusError("org.bluez.Error.NotReady", []), "switched off"),
]
TRY_AGAIN = [
    (BleakDeviceNotFoundError("E1", "not found"), "Myo is not in sight."),
    (BleakDBusError("org.freedesktop.DBus.Error.UnknownObject", []), "Myo is not in sight."),
    (TimeoutError(), "Myo does not answer."),
    (BleakDBusError("org.bluez.Error.InProgress", []), "busy"),
    (BleakDBusError("org.bluez.Error.Failed", ["le-connection-abort-by-local"]),
     "Myo refused the connection (le-connection-abort-by-local)."),
    (BleakError("Not connected."), "Bluetooth trouble with Myo: Not connected."),
    (RuntimeError(), "Bluetooth trouble with Myo: RuntimeError."),
    (OSError(-2147023673, "The operation was cancelled"), "Bluetooth trouble with Myo"),
]  # fmt: skip


@pytest.mark.parametrize(("error", "text"), [*A_PERSON_MUST, *TRY_AGAIN], ids=repr)
def test_it_is_explained(error: Exception, text: str) -> None:
    known = explained(error, "Myo")
    assert text in known.message
    assert known.hint
    assert known.message.endswith(".")


def test_what_passes_by_itself_is_tried_again() -> None:
    assert all(isinstance(explained(error, "Myo"), LinkLost) for error, _ in TRY_AGAIN)
    assert not any(isinstance(explained(error, "Myo"), LinkLost) for error, _ in A_PERSON_MUST)


def test_what_is_already_explained_stays() -> None:
    error = EmgError("said", "do")
    assert explained(error, "Myo") is error
