"""A D-Bus of our own: there a program talks to an emulated Bluetooth service."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from pathlib import Path

from emgstudio.core.errors import EmgError

ADDRESS_VARIABLE = "DBUS_SYSTEM_BUS_ADDRESS"
END_S = 5.0
CONFIGURATION = """<!DOCTYPE busconfig PUBLIC "-//freedesktop//DTD D-Bus Bus Configuration 1.0//EN"
 "http://www.freedesktop.org/standards/dbus/1.0/busconfig.dtd">
<busconfig>
  <type>custom</type>
  <listen>unix:path={socket}</listen>
  <auth>EXTERNAL</auth>
  <policy context="default">
    <allow send_destination="*" eavesdrop="true"/>
    <allow eavesdrop="true"/>
    <allow own="*"/>
  </policy>
</busconfig>"""


def has_dbus_daemon() -> bool:
    """Whether the program that a private bus needs is installed."""
    return shutil.which("dbus-daemon") is not None


class PrivateBus:
    """A running dbus-daemon. While entered, this process takes it for the system's bus.

    Raises EmgError where there is no dbus-daemon.
    """

    def __init__(self) -> None:
        if not has_dbus_daemon():
            raise EmgError(
                "The emulated Bluetooth needs the program dbus-daemon.",
                "On Linux install the package dbus; elsewhere use ble:emulated.",
            )
        self._folder = tempfile.TemporaryDirectory(prefix="emgstudio-bus-")
        configuration = Path(self._folder.name) / "bus.conf"
        socket = Path(self._folder.name) / "socket"
        configuration.write_text(CONFIGURATION.format(socket=socket), encoding="utf-8")
        self._process = subprocess.Popen(
            [
                "dbus-daemon",
                f"--config-file={configuration}",
                "--nofork",
                "--nopidfile",
                "--print-address=1",
            ],
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
        )
        assert self._process.stdout is not None
        self.address = self._process.stdout.readline().strip()
        self._before: str | None = None

    def __enter__(self) -> PrivateBus:
        self._before = os.environ.get(ADDRESS_VARIABLE)
        os.environ[ADDRESS_VARIABLE] = self.address
        return self

    def __exit__(self, *_exc: object) -> None:
        if self._before is None:
            os.environ.pop(ADDRESS_VARIABLE, None)
        else:
            os.environ[ADDRESS_VARIABLE] = self._before
        self.close()

    def kill(self) -> None:
        """The bus dies, as when the system goes down; twice is fine."""
        self._process.terminate()
        try:
            self._process.wait(END_S)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        if self._process.stdout is not None:
            self._process.stdout.close()

    def close(self) -> None:
        """End the daemon and remove its folder."""
        self.kill()
        self._folder.cleanup()
