"""How a therapy session is set up: for whom, what, with which muscles and which goal."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from emgstudio.core.errors import EmgError
from emgstudio.session.therapy.goal import Goal
from emgstudio.session.therapy.protocol import Kind, Protocol, protocol_from

# In session.json: the newest set as it was set up, and all of them in order.
META, SETS = "therapy", "therapy_sets"
# From quick to calm; shown levels scatter less the longer it is.
LEVEL_S = 0.25


@dataclass(frozen=True, slots=True)
class Muscle:
    """A channel of the main stream and what it is stuck on; ``side`` is left, right or ""."""

    channel: str
    name: str = ""
    side: str = ""

    @property
    def words(self) -> str:
        """What people call it."""
        return " ".join(filter(None, (self.name or self.channel, self.side)))


@dataclass(frozen=True, slots=True)
class Resting:
    """A muscle that should stay soft while others work.

    ``limit`` is the level above which it does not, in the unit of the signal; None where
    its rest was not measured, so that it is not watched.
    """

    muscle: Muscle
    limit: float | None = None


@dataclass(frozen=True, slots=True)
class Plan:
    """Whole set-up of a session; ``client`` is a code, "" for nobody in particular.

    ``level_s`` is the window of the RMS that goals are compared with. Raises EmgError
    for a plan without a muscle.
    """

    protocol: Protocol
    muscles: tuple[Muscle, ...]
    goal: Goal
    client: str = ""
    device: str = ""
    level_s: float = LEVEL_S
    seed: int = 1
    resting: tuple[Resting, ...] = ()

    def __post_init__(self) -> None:
        if not self.muscles:
            raise EmgError("No muscle is chosen.", "Choose at least one channel.")
        if self.protocol.kind in (Kind.COMPARE, Kind.RECIPROCAL) and len(self.muscles) != 2:
            raise EmgError(
                f"“{self.protocol.title}” needs two muscles, {len(self.muscles)} are chosen.",
                "Choose two channels.",
            )

    def stored(self) -> dict[str, Any]:
        """For session.json and for “Repeat last session”; no name is in it."""
        values = asdict(self)
        values["protocol"].pop("own")
        return values


def plan_from(stored: Mapping[str, Any]) -> Plan:
    """A stored plan. Raises EmgError when it is none."""
    try:
        values = dict(stored)
        values["protocol"] = protocol_from(values["protocol"], own=False)
        values["muscles"] = tuple(Muscle(**muscle) for muscle in values["muscles"])
        values["resting"] = tuple(
            Resting(Muscle(**one["muscle"]), one["limit"]) for one in values.get("resting", ())
        )
        goal = dict(values["goal"])
        values["goal"] = Goal(Kind(goal.pop("kind")), **goal)
        return Plan(**values)
    except (EmgError, KeyError, TypeError, ValueError, AttributeError) as error:
        raise EmgError("The last session's plan cannot be read.", "Set it up anew.") from error
