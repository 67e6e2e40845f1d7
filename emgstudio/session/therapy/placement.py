"""Where electrodes go on a muscle, and how sure the app is of that."""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cache

from emgstudio.core.paths import resource
from emgstudio.session.therapy.plan import Muscle

FILE = "placement.json"
SOURCES = {
    "seniam": "agrees with SENIAM",
    "lit": "agrees with a published table",
    "memory": "unchecked: not yet compared with a source",
}


@dataclass(frozen=True, slots=True)
class Placement:
    """One muscle. ``view`` is front or back of the drawn body, ``x`` from its mid-line.

    ``x`` and ``y`` are in units of the drawing. ``belly`` are both ends of the muscle there
    (x, y, x, y) and half of its width, ``fibres`` the way of its fibres (x outwards, y down).
    ``rule`` tells the place by landmarks, ``reference`` where the reference electrode goes,
    ``cited`` where the rule was read.
    """

    name: str
    region: str
    view: str
    x: float
    y: float
    belly: tuple[float, float, float, float, float]
    fibres: tuple[float, float]
    posture: str
    rule: str
    along: str
    test: str
    reference: str
    source: str
    cited: str

    @property
    def checked(self) -> bool:
        """Whether the rule was compared with a source."""
        return self.source != "memory"

    @property
    def source_words(self) -> str:
        """Where the rule is from, for people."""
        return SOURCES[self.source]

    @property
    def cited_words(self) -> str:
        """The same with the place where it was read."""
        return f"{self.source_words} ({self.cited})" if self.cited else self.source_words


@cache
def placements() -> tuple[Placement, ...]:
    """Every muscle that the app knows a place for, from the shoulder down."""
    loaded = json.loads(resource(FILE).read_text(encoding="utf-8"))
    return tuple(
        Placement(**{**m, "belly": tuple(m["belly"]), "fibres": tuple(m["fibres"])})
        for m in loaded["muscles"]
    )


def placement_of(name: str) -> Placement | None:
    """By name, whatever its case; None for a muscle without a rule."""
    wanted = name.strip().casefold()
    return next((p for p in placements() if p.name.casefold() == wanted), None) if wanted else None


def recorded_placement(muscles: tuple[Muscle, ...]) -> str:
    """One line for a recording: what was put where, by which rule."""
    parts = []
    for muscle in muscles:
        found = placement_of(muscle.name)
        rule = f" ({found.rule}; {found.source_words})" if found is not None else ""
        parts.append(f"{muscle.words} on {muscle.channel}{rule}")
    return "; ".join(parts)


def places_of(recorded: str) -> str:
    """Such a line without where its rules are from: a rule that was checked moved no electrode."""
    for words in SOURCES.values():
        recorded = recorded.replace(f"; {words})", ")")
    return recorded
