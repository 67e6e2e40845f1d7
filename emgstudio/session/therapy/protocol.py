"""Therapy protocols as data: goals, sets, times and what is measured."""

from __future__ import annotations

import json
import logging
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import Any

from emgstudio.core.errors import EmgError
from emgstudio.core.files import write_json
from emgstudio.core.paths import resource
from emgstudio.session.reference import Method

log = logging.getLogger(__name__)

FILE = "protocols.json"
LONGEST_S = 3600.0
MOST_REPETITIONS = 200
HIGHEST_GOAL = 150.0


class Kind(StrEnum):
    """What a goal asks for."""

    UP = "up"
    DOWN = "down"
    BAND = "band"
    COMPARE = "compare"
    RECIPROCAL = "reciprocal"
    ASSESS = "assess"
    FREE = "free"


@dataclass(frozen=True, slots=True)
class Step:
    """``repetitions`` of work and rest in s; a rest up to ``rest_most_s`` is drawn by chance."""

    name: str = ""
    repetitions: int = 1
    work_s: float = 0.0
    rest_s: float = 0.0
    rest_most_s: float | None = None

    def __post_init__(self) -> None:
        longest = self.rest_s if self.rest_most_s is None else self.rest_most_s
        if not (
            1 <= self.repetitions <= MOST_REPETITIONS
            and 0 <= self.work_s <= LONGEST_S
            and 0 <= self.rest_s <= longest <= LONGEST_S
            and self.work_s + self.rest_s > 0
        ):
            raise EmgError(
                "The times of this step cannot be.",
                f"1 to {MOST_REPETITIONS} repetitions, work and rest up to an hour, not both 0.",
            )


@dataclass(frozen=True, slots=True)
class Protocol:
    """One protocol. ``goals`` one per muscle group in per cent of the ``reference``.

    Without a reference, goals are in the unit of the signal.
    ``band`` is low and high; ``rest_factor`` makes a goal of the rest level where
    no reference is asked for. Raises EmgError for what cannot be done.
    """

    id: str
    title: str
    kind: Kind
    steps: tuple[Step, ...] = ()
    text: str = ""
    muscles: int = 1
    reference: Method | None = None
    goals: tuple[float, ...] = ()
    band: tuple[float, float] | None = None
    rest_factor: float | None = None
    sets: int = 1
    measures: tuple[str, ...] = ()
    source: str = ""
    own: bool = field(default=False, compare=False)

    def __post_init__(self) -> None:
        if not self.id or not self.title.strip():
            raise EmgError("A protocol needs a name.", "Write what it is called.")
        if not 1 <= self.sets <= 20:
            raise EmgError(f"{self.sets} sets cannot be.", "1 to 20 sets.")
        if not all(0 < goal <= HIGHEST_GOAL for goal in self.goals):
            raise EmgError("A goal lies above 0 and up to 150 %.")
        if self.kind is Kind.BAND and (self.band is None or not 0 <= self.band[0] < self.band[1]):
            raise EmgError("A band has a lower and an upper line.", "Set both, the upper higher.")
        if self.kind in (Kind.UP, Kind.COMPARE) and not self.goals:
            raise EmgError("This kind of protocol needs a goal.", "Set one in per cent.")
        if self.kind is Kind.RECIPROCAL and len(self.goals) != 2:
            raise EmgError("Two muscles need two goals.", "One to reach, one to stay below.")

    @property
    def duration_s(self) -> float:
        """All sets, the longest rests, without the countdown; 0 for a free session."""
        rests = [(s, s.rest_s if s.rest_most_s is None else s.rest_most_s) for s in self.steps]
        return self.sets * sum(s.repetitions * (s.work_s + rest) for s, rest in rests)


def protocol_from(stored: Mapping[str, Any], *, own: bool) -> Protocol:
    """A protocol from JSON. Raises EmgError when it cannot be one."""
    try:
        values = dict(stored)
        values["kind"] = Kind(values["kind"])
        wanted = values.get("reference")
        values["reference"] = None if wanted is None else Method(wanted)
        values["steps"] = tuple(Step(**step) for step in values.get("steps", ()))
        for name in ("goals", "measures"):
            values[name] = tuple(values.get(name, ()))
        if values.get("band") is not None:
            low, high = values["band"]
            values["band"] = (float(low), float(high))
        return Protocol(**{**values, "own": own})
    except (KeyError, TypeError, ValueError) as error:
        raise EmgError(f"This is no protocol ({error}).") from error


class Protocols:
    """Those that come with the app and a person's own ones in ``folder``, by id."""

    def __init__(self, folder: Path) -> None:
        self._path = folder / FILE
        shipped = json.loads(resource(FILE).read_text("utf-8"))["protocols"]
        self._shipped = {p.id: p for p in (protocol_from(s, own=False) for s in shipped)}
        self._own = {p.id: p for p in self._read()}

    def all(self) -> Sequence[Protocol]:
        """A person's own one stands in place of a shipped one of the same id."""
        return list({**self._shipped, **self._own}.values())

    def get(self, key: str) -> Protocol:
        """Raises EmgError when there is none."""
        found = self._own.get(key) or self._shipped.get(key)
        if found is None:
            raise EmgError(f"There is no protocol “{key}”.", "Choose another one.")
        return found

    def keep(self, protocol: Protocol) -> None:
        """Store a person's own or changed protocol. Raises EmgError when it cannot be written."""
        self._own = {**self._own, protocol.id: protocol}
        self._write()

    def drop(self, key: str) -> None:
        """Forget an own one; the shipped one of that id comes back."""
        self._own = {k: p for k, p in self._own.items() if k != key}
        self._write()

    def _write(self) -> None:
        stored = []
        for protocol in self._own.values():
            values = asdict(protocol)
            values.pop("own")
            stored.append(values)
        try:
            write_json(self._path, {"protocols": stored})
        except OSError as error:
            raise EmgError(
                f"The protocol could not be saved ({error.strerror}).",
                f"Look at the folder {self._path.parent}.",
            ) from error

    def _read(self) -> list[Protocol]:
        try:
            stored = json.loads(self._path.read_text("utf-8"))["protocols"]
            return [protocol_from(s, own=True) for s in stored]
        except FileNotFoundError:
            return []
        except (OSError, ValueError, KeyError, TypeError, EmgError) as error:
            log.info("%s is not readable: %r", self._path, error)
            try:
                self._path.replace(self._path.with_name(FILE + ".bad"))
            except OSError as refused:
                log.info("%s cannot be set aside: %s", self._path, refused)
            return []
