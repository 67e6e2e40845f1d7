"""Which rooms the window has, in the order of the rail; each is built when somebody goes there."""

from __future__ import annotations

import importlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, cast

if TYPE_CHECKING:
    from PySide6.QtWidgets import QWidget

    from emgstudio.gui.rooms.room import Room
    from emgstudio.gui.tick import Tick
    from emgstudio.session.session import Session


@dataclass(frozen=True, slots=True)
class Place:
    """What the rail shows of a room, and where its class is: a module called like the key.

    Importing and building all rooms took a third of the time until the first trace moved.
    """

    key: str
    title: str
    icon_name: str
    kind: str

    def build(self, session: Session, tick: Tick, parent: QWidget) -> Room:
        """The room itself."""
        module = importlib.import_module(f"emgstudio.gui.rooms.{self.key}")
        return cast("Room", getattr(module, self.kind)(session, tick, parent))


ROOMS = (
    Place("home", "Home", "home", "HomeRoom"),
    Place("clients", "Clients", "person", "ClientsRoom"),
    Place("therapy", "Therapy", "therapy", "TherapyRoom"),
    Place("devices", "Devices", "devices", "DevicesRoom"),
    Place("live", "Live", "live", "LiveRoom"),
    Place("calibrate", "Calibrate", "calibrate", "CalibrateRoom"),
    Place("review", "Review", "review", "ReviewRoom"),
)


class Rooms(Mapping[str, "Room"]):
    """The rooms of a window by key; ``build`` makes one when it is first asked for."""

    def __init__(self, places: Sequence[Place], build: Callable[[Place], Room]) -> None:
        self._places = {place.key: place for place in places}
        self._build = build
        self._built: dict[str, Room] = {}

    @property
    def built(self) -> tuple[Room, ...]:
        """Those that somebody has been to, in that order."""
        return tuple(self._built.values())

    def __getitem__(self, key: str) -> Room:
        if key not in self._built:
            self._built[key] = self._build(self._places[key])
        return self._built[key]

    def __contains__(self, key: object) -> bool:
        return key in self._places

    def __iter__(self) -> Iterator[str]:
        return iter(self._places)

    def __len__(self) -> int:
        return len(self._places)
