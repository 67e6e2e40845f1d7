"""Which rooms the window has, in the order of the rail."""

from __future__ import annotations

from emgstudio.gui.rooms.calibrate import CalibrateRoom
from emgstudio.gui.rooms.devices import DevicesRoom
from emgstudio.gui.rooms.home import HomeRoom
from emgstudio.gui.rooms.live import LiveRoom
from emgstudio.gui.rooms.review import ReviewRoom
from emgstudio.gui.rooms.room import Room

ROOMS: tuple[type[Room], ...] = (HomeRoom, DevicesRoom, LiveRoom, CalibrateRoom, ReviewRoom)
