"""The scenarios of the simulated device, read from resources/scenarios.json."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cache
from typing import Any, Literal

from emgstudio.core.errors import EmgError
from emgstudio.core.paths import resource


@dataclass(frozen=True, slots=True)
class FaultSpec:
    """One fault as written in the file: when it is there, where, and its numbers.

    ``channels`` count from 0 here, from 1 in the file; empty means all.
    """

    kind: str
    start_s: float
    for_s: float | None
    every_s: float | None
    channels: tuple[int, ...]
    values: Mapping[str, float]

    def active(self, seconds: float) -> bool:
        """Whether the fault is there ``seconds`` after the device was switched on."""
        since = seconds - self.start_s
        if since < 0.0:
            return False
        if self.every_s is not None:
            since %= self.every_s
        return self.for_s is None or since < self.for_s


@dataclass(frozen=True, slots=True)
class Scenario:
    """What a simulated device is and does; see the file for the meaning of each part."""

    key: str
    title: str
    detail: str
    layout: Literal["ring", "separate"]
    channels: int
    cycle: tuple[str, ...]
    hold_s: float
    rest_s: float
    begin_s: float
    variation: float
    range_uv: float | None
    arm: Mapping[str, float]
    fatigue: Mapping[str, float] | None
    tremor: Mapping[str, float] | None
    faults: tuple[FaultSpec, ...]


@cache
def scenarios() -> dict[str, Scenario]:
    """Every scenario by its key, in the file's order."""
    loaded = json.loads(resource("scenarios.json").read_text(encoding="utf-8"))
    return {entry["key"]: scenario_from_json(entry) for entry in loaded["scenarios"]}


def scenario(key: str) -> Scenario:
    """The scenario called ``key``; raises EmgError when there is none."""
    known = scenarios()
    if key not in known:
        raise EmgError(f"There is no simulated scenario '{key}'.", f"Choose: {', '.join(known)}.")
    return known[key]


def timed(chosen: Scenario, start_s: float, for_s: float | None) -> Scenario:
    """The scenario with all its faults from ``start_s`` on, ``for_s`` long (None: for ever)."""
    faults = [replace(f, start_s=start_s, for_s=for_s, every_s=None) for f in chosen.faults]
    return replace(chosen, faults=tuple(faults))


def scenario_from_json(entry: Mapping[str, Any]) -> Scenario:
    """One entry of the file; faults may be combined as the writer likes."""
    cycle = entry["cycle"]
    return Scenario(
        key=entry["key"],
        title=entry["title"],
        detail=entry["detail"],
        layout=entry["layout"],
        channels=entry["channels"],
        cycle=(cycle,) if isinstance(cycle, str) else tuple(cycle),
        hold_s=entry["hold_s"],
        rest_s=entry["rest_s"],
        begin_s=entry.get("begin_s", 0.0),
        variation=entry.get("variation", 1.0),
        range_uv=entry.get("range_uv"),
        arm=entry.get("arm", {}),
        fatigue=entry.get("fatigue"),
        tremor=entry.get("tremor"),
        faults=tuple(_fault(fault) for fault in entry.get("faults", ())),
    )


def _fault(entry: Mapping[str, Any]) -> FaultSpec:
    values = dict(entry)
    return FaultSpec(
        kind=values.pop("kind"),
        start_s=values.pop("start_s", 0.0),
        for_s=values.pop("for_s", None),
        every_s=values.pop("every_s", None),
        channels=tuple(number - 1 for number in values.pop("channels", ())),
        values=values,
    )
