"""Words that every floor of the house says in the same way."""

from __future__ import annotations


def several(count: int, one: str, many: str = "") -> str:
    """``1 device``, ``2 devices``; ``many`` where it is more than an s at the end."""
    return f"{count} {one if count == 1 else many or one + 's'}"
