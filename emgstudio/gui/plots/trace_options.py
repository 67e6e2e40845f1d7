"""How live traces are shown, as frozen values: view, time, scales, order, groups, colours."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from emgstudio.gui.plots.feed import View
from emgstudio.gui.theme import Palette


@dataclass(frozen=True, slots=True)
class ChannelGroup:
    """Channels that belong together: one heading, one trace colour (None for each its own)."""

    name: str
    channels: tuple[int, ...]
    colour: int | None = None


@dataclass(frozen=True, slots=True)
class TraceOptions:
    """How the traces are shown.

    ``scale`` is what reaches from the baseline to a lane's edge, in the
    channel's unit; None follows the signal, for all lanes of a unit together or ``each``
    on its own; ``own_scales`` are ``(channel, scale)`` that stay whatever the others do.
    ``solo`` shows one channel alone whatever is ``hidden``. Channels in ``order`` come
    first, the rest follow as the device counts them; ``groups`` keep theirs together.
    ``colours`` are ``(channel, number of a trace colour)``.
    """

    view: View = View.CONDITIONED
    seconds: float = 10.0
    scroll: bool = False
    scale: float | None = None
    each: bool = False
    hidden: frozenset[int] = frozenset()
    solo: int | None = None
    selected: int = 0
    order: tuple[int, ...] = ()
    groups: tuple[ChannelGroup, ...] = ()
    colours: tuple[tuple[int, int], ...] = ()
    own_scales: tuple[tuple[int, float], ...] = ()

    def sections(self, count: int) -> list[tuple[str, tuple[int, ...]]]:
        """Headings and the channels under them, top to bottom; "" for those of no group."""
        if self.solo is not None and self.solo < count:
            return [("", (self.solo,))]
        wanted = [c for c in dict.fromkeys((*self.order, *range(count))) if 0 <= c < count]
        seen = [c for c in wanted if c not in self.hidden]
        made = [(g.name, tuple(c for c in seen if c in g.channels)) for g in self.groups]
        grouped = {c for group in self.groups for c in group.channels}
        made.append(("", tuple(c for c in seen if c not in grouped)))
        return [section for section in made if section[1]]

    def lanes(self, count: int) -> tuple[int, ...]:
        """The channels on the screen, top to bottom, of ``count``."""
        return tuple(c for _, channels in self.sections(count) for c in channels)

    def colour(self, channel: int, palette: Palette) -> str:
        """The colour of a channel's trace: its own, its group's, or by its number."""
        own = dict(self.colours).get(channel)
        if own is None:
            own = next((g.colour for g in self.groups if channel in g.channels), None)
        return palette.trace(channel if own is None else own)

    def headings(self, count: int) -> Iterator[tuple[int, str]]:
        """Where a heading stands: the number of the lane that it is above, and its words."""
        at = 0
        for name, channels in self.sections(count):
            if name:
                yield at, name
            at += len(channels)
