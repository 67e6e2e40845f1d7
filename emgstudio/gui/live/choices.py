"""What a person chose for one stream: hidden channels, order, colours, scales."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TypeVar

from emgstudio.core.types import Channel, StreamInfo

T = TypeVar("T")
BLOCK = 16
BLOCKS_FROM = 32


@dataclass(frozen=True, slots=True)
class Choices:
    """Display choices by channel number; ``colours`` are numbers of trace colours.

    ``grouping`` is one of :func:`groupings_of`, "" for none.
    """

    hidden: frozenset[int] = frozenset()
    unused: frozenset[int] = frozenset()
    order: tuple[int, ...] = ()
    colours: tuple[tuple[int, int], ...] = ()
    own_scales: tuple[tuple[int, float], ...] = ()
    grouping: str = ""

    def with_unused(self, unused: frozenset[int]) -> Choices:
        """Other channels are in use: those are shown, the others no longer."""
        if unused == self.unused:
            return self
        return replace(self, unused=unused, hidden=(self.hidden - self.unused) | unused)

    def with_colour(self, channel: int, colour: int | None) -> Choices:
        """Another colour for a channel; None is the theme's."""
        return replace(self, colours=_with(self.colours, channel, colour))

    def with_scale(self, channel: int, scale: float | None) -> Choices:
        """An amplitude scale for one channel alone; None is that of the others."""
        return replace(self, own_scales=_with(self.own_scales, channel, scale))


def first_choices(info: StreamInfo) -> Choices:
    """What is shown of a stream at first: every channel that is in use."""
    unused = frozenset(n for n, channel in enumerate(info.channels) if not channel.used)
    hidden = unused if len(unused) < info.n_channels else frozenset()
    return Choices(hidden, hidden, order=tuple(range(info.n_channels)))


@dataclass(frozen=True, slots=True)
class Group:
    """Channels that belong together, under a name."""

    name: str
    channels: tuple[int, ...]


def groupings_of(channels: tuple[Channel, ...]) -> dict[str, tuple[Group, ...]]:
    """By kind, side and site where the channels differ in them; large arrays also in blocks."""
    used = [n for n, channel in enumerate(channels) if channel.used]
    found = {
        "kind": _by([channels[n].kind for n in used], used),
        "side": _by([channels[n].side for n in used], used),
        "site": _by([channels[n].site for n in used], used),
    }
    if len(channels) >= BLOCKS_FROM:
        blocks = []
        for first in range(0, len(channels), BLOCK):
            last = min(first + BLOCK, len(channels))
            name = f"{channels[first].name} … {channels[last - 1].name}"
            blocks.append(Group(name, tuple(range(first, last))))
        found["sixteen"] = tuple(blocks)
    return {name: groups for name, groups in found.items() if groups}


def _by(values: list[str], channels: list[int]) -> tuple[Group, ...]:
    names = list(dict.fromkeys(value for value in values if value))
    if len(set(values)) < 2:
        return ()
    together = [
        Group(
            name[0].upper() + name[1:],
            tuple(c for c, v in zip(channels, values, strict=True) if v == name),
        )
        for name in names
    ]
    return tuple(group for group in together if len(group.channels) > 1)


def _with(
    pairs: tuple[tuple[int, T], ...], channel: int, value: T | None
) -> tuple[tuple[int, T], ...]:
    kept = tuple((c, v) for c, v in pairs if c != channel)
    return kept if value is None else (*kept, (channel, value))
