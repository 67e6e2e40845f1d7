"""What went wrong with Bluetooth, in one sentence, and what to do about it."""

from __future__ import annotations

import sys

from emgstudio.core.errors import EmgError
from emgstudio.devices.link import LinkLost

PERMISSION_HINTS = {
    "darwin": "Allow it in System Settings › Privacy & Security › Bluetooth, then start again.",
    "win32": "Allow it in Settings › Privacy & security › Radios, then search again.",
    "linux": "Add your user to the group bluetooth, sign in again, then search again.",
}
BUS_GONE = (FileNotFoundError, ConnectionRefusedError, ConnectionResetError, BrokenPipeError)
SERVICE_ABSENT = ("ServiceUnknown", "NameHasNoOwner", "NoReply", "Spawn")
NO_PERMISSION = ("AccessDenied", "NotPermitted", "AuthFailed")
NEEDS_PAIRING = ("NotAuthorized", "AuthenticationFailed", "AuthenticationRejected")


def explained(error: BaseException, who: str) -> EmgError:
    """The sentence for an exception that bleak raised while it dealt with ``who``.

    A LinkLost where trying again later makes sense, another EmgError where a
    person has to do something first.
    """
    from bleak.exc import BleakBluetoothNotAvailableError, BleakDBusError, BleakDeviceNotFoundError

    if isinstance(error, EmgError):
        return error
    if isinstance(error, BleakBluetoothNotAvailableError):
        return _not_available(error.reason.name)
    if isinstance(error, BleakDeviceNotFoundError):
        return not_in_sight(who)
    if isinstance(error, TimeoutError):
        return LinkLost(
            f"{who} does not answer.",
            "Is it switched on, near, and not connected to another program or phone?",
        )
    if isinstance(error, BleakDBusError):
        return _bus_said_no(error.dbus_error.rpartition(".")[2], error.dbus_error_details, who)
    if isinstance(error, PermissionError):
        return no_permission()
    if isinstance(error, BUS_GONE) or type(error).__module__.startswith("dbus_fast"):
        return EmgError(
            "Bluetooth cannot be used here: this system has no message bus (D-Bus).",
            "Install and start BlueZ and D-Bus. In a container or WSL there is no Bluetooth.",
        )
    what = str(error).strip().rstrip(".") or type(error).__name__
    return LinkLost(f"Bluetooth trouble with {who}: {what}.", "Switch the device off and on again.")


def silent() -> EmgError:
    """The system was asked to begin or end a search and never said that it has."""
    return LinkLost(
        "This computer's Bluetooth does not answer.", "Switch Bluetooth off and on again."
    )


def not_in_sight(who: str) -> EmgError:
    """Nobody advertises under that address or name."""
    return LinkLost(
        f"{who} is not in sight.",
        "Switch it on, bring it near, and end its connection to any other program or phone.",
    )


def no_permission() -> EmgError:
    """The system keeps this program from using Bluetooth."""
    return EmgError(
        "This program may not use Bluetooth.",
        PERMISSION_HINTS.get(sys.platform, "Allow it in the system's settings."),
    )


def switched_off() -> EmgError:
    """M-02 of the message list."""
    return EmgError(
        "Bluetooth is switched off on this computer.", "Switch it on, then search again."
    )


def _not_available(reason: str) -> EmgError:
    if reason == "POWERED_OFF":
        return switched_off()
    if reason.startswith("DENIED"):
        return no_permission()
    if reason == "NO_BLE_CENTRAL_ROLE":
        return EmgError(
            "This computer's Bluetooth is too old for low-energy sensors.",
            "Plug in a USB adapter with Bluetooth 4.0 or newer.",
        )
    return EmgError(
        "This computer has no Bluetooth adapter.",
        "Plug in a USB Bluetooth adapter, then search again.",
    )


def _bus_said_no(name: str, details: str | None, who: str) -> EmgError:
    if any(word in name for word in SERVICE_ABSENT):
        return EmgError(
            "The Bluetooth service of this computer is not running.",
            "Start it with: sudo systemctl start bluetooth. Then search again.",
        )
    if name in NO_PERMISSION:
        return no_permission()
    if name in NEEDS_PAIRING:
        return EmgError(
            f"{who} has to be paired first.", "Pair it in the system's Bluetooth settings."
        )
    if name == "NotReady":
        return switched_off()
    if name == "InProgress":
        return LinkLost("Bluetooth is busy with another connection.", "It is tried again.")
    if name in ("UnknownObject", "DoesNotExist"):
        return not_in_sight(who)
    why = f" ({details})" if details else ""
    return LinkLost(f"{who} refused the connection{why}.", "Switch it off and on again.")
