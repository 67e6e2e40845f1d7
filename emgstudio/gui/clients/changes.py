"""What was changed about clients, so that it can be taken back and made again."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

KEPT = 200


@dataclass(frozen=True, slots=True)
class Change:
    """``text`` says what was done; ``back`` and ``again`` may raise EmgError."""

    text: str
    back: Callable[[], object]
    again: Callable[[], object]


class Changes:
    """A stack of changes of this run of the app; nothing of it is written down."""

    def __init__(self) -> None:
        self._done: list[Change] = []
        self._undone: list[Change] = []

    def add(self, text: str, back: Callable[[], object], again: Callable[[], object]) -> None:
        """A change has just been made."""
        self._done.append(Change(text, back, again))
        del self._done[:-KEPT]
        self._undone.clear()

    def undo(self) -> str | None:
        """Take the last one back; its text, None without one."""
        return _moved(self._done, self._undone, lambda change: change.back())

    def redo(self) -> str | None:
        """Make it again; its text, None without one."""
        return _moved(self._undone, self._done, lambda change: change.again())


def _moved(
    source: list[Change], target: list[Change], call: Callable[[Change], object]
) -> str | None:
    if not source:
        return None
    # One that fails is gone: it would stand in the way of those before it.
    change = source.pop()
    call(change)
    target.append(change)
    return change.text
