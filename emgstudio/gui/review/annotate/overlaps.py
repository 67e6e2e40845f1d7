"""Two labels that exclude each other are never at once in a track: the older one gives way."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace

from emgstudio.core.types import Annotation, new_id

Excludes = Callable[[str, str], bool]


@dataclass(frozen=True, slots=True)
class Giving:
    """What gives way to a new annotation: other versions, ids that go, and that in words."""

    put: tuple[Annotation, ...] = ()
    gone: tuple[str, ...] = ()
    text: str = ""


def giving_way(
    new: Annotation, others: Iterable[Annotation], excludes: Excludes, least_s: float
) -> Giving:
    """Trim, split or remove those of ``others`` that cannot be at once with ``new``.

    ``others`` are of its track. What would be shorter than ``least_s`` goes altogether.
    Moments and annotations of other channels stay as they are.
    """
    put: list[Annotation] = []
    gone: list[str] = []
    words: list[str] = []
    for old in others:
        if not _collide(new, old) or not excludes(new.label, old.label):
            continue
        parts = _rest_of(old, new, least_s)
        if not parts:
            gone.append(old.id)
            words.append(f"{old.label} removed")
            continue
        put += parts
        cut = old.duration - sum(part.duration for part in parts)
        words.append(
            f"{old.label} split" if len(parts) > 1 else f"{old.label} trimmed by {_length(cut)}"
        )
    return Giving(tuple(put), tuple(gone), _joined(words))


def share_channels(one: Annotation, other: Annotation) -> bool:
    """Whether there is a channel that both are about."""
    if one.channels is None or other.channels is None:
        return True
    return not set(one.channels).isdisjoint(other.channels)


def _collide(new: Annotation, old: Annotation) -> bool:
    return (
        old.id != new.id
        and not old.is_event
        and not new.is_event
        and old.start < new.stop
        and old.stop > new.start
        and share_channels(new, old)
    )


def _rest_of(old: Annotation, new: Annotation, least_s: float) -> Sequence[Annotation]:
    """What is left of ``old``; the first part keeps its id."""
    spans = ((old.start, new.start), (new.stop, old.stop))
    left = [(start, stop) for start, stop in spans if stop - start >= least_s]
    return [
        replace(old, start=start, stop=stop, id=old.id if k == 0 else new_id())
        for k, (start, stop) in enumerate(left)
    ]


def _length(seconds: float) -> str:
    return f"{seconds * 1000:.0f} ms" if seconds < 1 else f"{seconds:.2f} s"


def _joined(words: Sequence[str]) -> str:
    if len(words) <= 2:
        return ", ".join(words)
    return f"{words[0]} and {len(words) - 1} others gave way"
