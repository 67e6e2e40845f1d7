"""What the quality lamps say of a device's channels, as findings for its connection doctor."""

from __future__ import annotations

from typing import TYPE_CHECKING

from emgstudio.core.types import Level
from emgstudio.devices.doctor import Advice
from emgstudio.dsp.quality_lamps import LampLevel
from emgstudio.gui.panels.lamps import findings

if TYPE_CHECKING:
    from emgstudio.devices.worker import DeviceWorker
    from emgstudio.session.session import Session


def lamp_advice(session: Session, worker: DeviceWorker) -> tuple[Advice, ...]:
    """One finding for each kind of lamp; what is of the whole device the doctor says himself."""
    made = []
    for stream in worker.streams:
        for lamp, channels in findings(session.quality.lamps(stream)):
            if lamp.of_device:
                continue
            others = len(channels) - 1
            more = f" {others} more {'channel has' if others == 1 else 'channels have'} it too."
            level = Level.ERROR if lamp.level is LampLevel.STOP else Level.WARNING
            text = lamp.sentence + (more if others else "")
            made.append(Advice(f"{stream.info.name} {lamp.code}", level, text, lamp.advice))
    return tuple(made)
