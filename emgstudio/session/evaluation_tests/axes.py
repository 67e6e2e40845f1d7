"""Which movement goes which way: opposite movements share an axis."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from emgstudio.ml.gestures import REST

OPPOSITES = (
    ("fist", "open"),
    ("wrist_flexion", "wrist_extension"),
    ("pronation", "supination"),
    ("ulnar", "radial"),
)


@dataclass(frozen=True, slots=True)
class Axis:
    """``plus`` moves up from zero, ``minus`` back.

    ``both_sides`` is False where ``minus`` belongs to another axis as well: then it
    only takes back what ``plus`` did.
    """

    plus: str
    minus: str
    both_sides: bool = True

    def way(self, gesture: str) -> int:
        """1, -1, or 0 for a movement that leaves this axis alone."""
        return 1 if gesture == self.plus else -1 if gesture == self.minus else 0


def axes_of(classes: Sequence[str]) -> tuple[Axis, ...]:
    """All movements of a model on axes, opposite ones together, others in twos in their order.

    One that is left over is taken back by opening the hand, or by the first movement
    there is. Empty for fewer than two movements.
    """
    movements = [name for name in classes if name != REST]
    if len(movements) < 2:
        return ()
    pairs = [pair for pair in OPPOSITES if set(pair) <= set(movements)]
    taken = {name for pair in pairs for name in pair}
    left = [name for name in movements if name not in taken]
    pairs += list(zip(left[::2], left[1::2], strict=False))
    axes = [Axis(*pair) for pair in pairs]
    if len(left) % 2:
        back = "open" if "open" in taken else axes[0].minus
        axes.append(Axis(left[-1], back, both_sides=False))
    return tuple(axes)
