"""A number that can stand in a report: with its unit, how it was made, and its doubts."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Measure:
    """One value; NaN where it cannot be had, then ``flags`` say why. ``recipe`` is how it is made.

    ``channel`` names the muscle, or both of a pair.
    """

    channel: str
    name: str
    value: float
    unit: str
    recipe: str
    flags: tuple[str, ...] = ()
