"""Which streams of signals other programs send over the Lab Streaming Layer right now."""

from __future__ import annotations

import importlib.util
import logging
import socket
from typing import Any

from emgstudio.core.errors import EmgError
from emgstudio.core.words import several
from emgstudio.devices.address import DeviceUri
from emgstudio.devices.kinds import FoundDevice
from emgstudio.devices.optional import optional_module

log = logging.getLogger(__name__)

SCHEME, EXTRA, WHAT = "lsl", "lsl", "Lab Streaming Layer"
# How our own outlets begin what they call their source.
OWN_SOURCE = "emgstudio "
FORGET_S = 4.0


def lsl_installed() -> bool:
    """Whether the optional library is there; cheap."""
    return importlib.util.find_spec("pylsl") is not None


class LslSearch:
    """Looks from :meth:`start` to :meth:`stop`; without the library it finds nothing."""

    def __init__(self) -> None:
        self.installed = lsl_installed()
        self._resolver: Any = None

    def start(self) -> None:
        """Begin; loads the library, which takes a moment."""
        if not self.installed:
            return
        try:
            lsl = optional_module("pylsl", EXTRA, WHAT)
            self._resolver = lsl.ContinuousResolver(forget_after=FORGET_S)
        except (EmgError, RuntimeError) as error:
            log.info("streams of other programs are not looked for: %s", error)
            self.installed = False

    def stop(self) -> None:
        """End; twice is fine."""
        self._resolver = None

    @property
    def seen(self) -> tuple[FoundDevice, ...]:
        """Streams with a steady rate, but those that this computer's EMG Studio sends itself."""
        if self._resolver is None:
            return ()
        here = socket.gethostname()
        found = {
            info.name(): _found(info)
            for info in self._resolver.results()
            if info.nominal_srate() > 0.0
            and not (info.source_id().startswith(OWN_SOURCE) and info.hostname() == here)
        }
        return tuple(found[name] for name in sorted(found))


def _found(info: Any) -> FoundDevice:
    channels = several(info.channel_count(), "channel")
    kind = f"{info.type()} · " if info.type() else ""
    return FoundDevice(
        str(DeviceUri(SCHEME, info.name())),
        info.name(),
        f"{kind}{channels} · {info.nominal_srate():g} Hz · from {info.hostname()}",
    )
