"""What a person decided to leave out or to merge before learning, with undo."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Any

from emgstudio.core.errors import EmgError
from emgstudio.ml.gestures import REST, gesture_title

FEWEST = 2


@dataclass(frozen=True, slots=True)
class Chosen:
    """Movements left out, and pairs of a movement and what it counts as."""

    left_out: frozenset[str] = frozenset()
    merged: tuple[tuple[str, str], ...] = ()


class Choices:
    """Nothing is deleted: a choice is a view of the takes, and can be taken back."""

    def __init__(self) -> None:
        self._steps: list[tuple[Chosen, str]] = [(Chosen(), "")]
        self._at = 0

    @property
    def now(self) -> Chosen:
        """What holds at present."""
        return self._steps[self._at][0]

    @property
    def can_undo(self) -> bool:
        return self._at > 0

    @property
    def can_redo(self) -> bool:
        return self._at + 1 < len(self._steps)

    @property
    def words(self) -> str:
        """The newest choice in words, "" for none."""
        return self._steps[self._at][1]

    def leave_out(self, gesture: str) -> None:
        """Learn without it. Raises EmgError for rest, which is what all others are held against."""
        if gesture == REST:
            raise EmgError("Rest cannot be left out.", "Record it again instead.")
        out = self.now.left_out | {gesture}
        self._do(replace(self.now, left_out=out), f"Left out {gesture_title(gesture)}")

    def merge(self, gesture: str, other: str) -> None:
        """Count ``gesture`` as ``other``. Raises EmgError when they are the same."""
        if gesture == other:
            raise EmgError("A movement cannot be merged with itself.", "Choose another one.")
        earlier = tuple((a, other if b == gesture else b) for a, b in self.now.merged)
        words = f"{gesture_title(gesture)} counts as {gesture_title(other)}"
        self._do(replace(self.now, merged=(*earlier, (gesture, other))), words)

    def undo(self) -> str:
        """Go one choice back; what was taken back."""
        words = self._steps[self._at][1]
        self._at -= 1
        return words

    def redo(self) -> str:
        """Go one choice forward again; what it was."""
        self._at += 1
        return self._steps[self._at][1]

    def how(self, recorded: Iterable[str]) -> dict[str, Any]:
        """What training is told, given the movements that were recorded.

        Raises EmgError when fewer than two would be left.
        """
        renamed = dict(self.now.merged)
        kept = {name for name in recorded if name not in self.now.left_out}
        if len({renamed.get(name, name) for name in kept}) < FEWEST:
            raise EmgError("Fewer than two movements would be left.", "Undo, or record another.")
        if self.now == Chosen():
            return {}
        return {"gestures": kept, "renamed": MappingProxyType(renamed)}

    def _do(self, chosen: Chosen, words: str) -> None:
        self._steps = [*self._steps[: self._at + 1], (chosen, words)]
        self._at += 1
