"""What a device does when a person asks: vibrate, measure its electrodes, play a test signal."""

from __future__ import annotations

import logging
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from emgstudio.core.errors import EmgError
from emgstudio.core.outbox import Outbox
from emgstudio.core.types import Level
from emgstudio.devices.link import Link, LinkLost

if TYPE_CHECKING:
    from emgstudio.devices.driver import Driver

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Action:
    """One thing to ask for; ``options`` is an options class where it needs to know more."""

    key: str
    title: str
    detail: str
    options: type | None = None


@dataclass(frozen=True, slots=True)
class Deed:
    """The bytes that make a device do it, and what a person is told once they are sent."""

    data: bytes
    told: str


class Orders:
    """Commands of any thread, carried out in order by the device's own."""

    def __init__(self, driver: Driver, device_id: str, outbox: Outbox) -> None:
        self._driver = driver
        self._device_id = device_id
        self._outbox = outbox
        self._waiting: deque[Callable[[Link], None]] = deque()

    def write(self, data: bytes) -> None:
        """Send bytes as they are."""
        self._waiting.append(lambda link: link.write(data))

    def act(self, key: str, values: Mapping[str, Any]) -> None:
        """Let the driver carry out one of its actions."""
        kept = dict(values)
        self._waiting.append(lambda link: self._act(link, key, kept))

    def forget(self) -> None:
        """Drop what was asked of a connection that is gone."""
        self._waiting.clear()

    def carry_out(self, link: Link) -> None:
        """Do all that was asked; raises LinkLost or OSError as ``link.write`` does."""
        while self._waiting:
            self._waiting.popleft()(link)

    def _act(self, link: Link, key: str, values: dict[str, Any]) -> None:
        try:
            deed = self._driver.act(key, values)
        except LinkLost:
            raise
        except EmgError as error:
            self._outbox.notice(Level.WARNING, error.message, error.hint, self._device_id)
            return
        if deed.data:
            link.write(deed.data)
        log.info("%s: %s %s", self._device_id, key, values)
        self._outbox.notice(Level.INFO, deed.told, source=self._device_id)
