"""Suggestions are annotations of their own track that nobody has said yes to yet."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable
from dataclasses import replace

from emgstudio.core.types import Annotation, Source
from emgstudio.gui.review.annotate.overlaps import share_channels
from emgstudio.gui.review.annotate.tracks import AUTO_TRACK, takes_labels


def is_suggestion(item: Annotation) -> bool:
    """Whether an annotation waits to be accepted."""
    return item.source is Source.MODEL and not item.reviewed


def accepted(item: Annotation, track: str, author: str, label: str = "") -> Annotation:
    """A suggestion as a label of ``author``; from its own track it moves into ``track``.

    How it was found stays in its recipe.
    """
    where = track if item.track == AUTO_TRACK else item.track
    return replace(item, track=where, author=author, label=label or item.label, reviewed=True)


def waiting(items: Iterable[Annotation]) -> list[Annotation]:
    """The suggestions among annotations."""
    return [item for item in items if is_suggestion(item)]


def sure(items: Iterable[Annotation], least: float) -> list[Annotation]:
    """The suggestions with at least this confidence."""
    return [a for a in waiting(items) if a.confidence is not None and a.confidence >= least]


def still_new(
    found: Iterable[Annotation], items: Iterable[Annotation], share: float
) -> list[Annotation]:
    """Those of ``found`` that no label covers already by this ``share`` of the shorter one.

    So a second run leaves alone what somebody has checked.
    """
    labels = (a for a in items if takes_labels(a.track) and not is_suggestion(a))
    checked = sorted((a for a in labels if not a.is_event), key=lambda a: a.start)
    longest = max((a.duration for a in checked), default=0.0)
    kept = []
    for item in found:
        at = bisect_left(checked, item.start - longest, key=lambda a: a.start)
        covered = False
        while at < len(checked) and checked[at].start < item.stop and not covered:
            covered = _covers(checked[at], item, share)
            at += 1
        if not covered:
            kept.append(item)
    return kept


def _covers(old: Annotation, new: Annotation, share: float) -> bool:
    both = min(old.stop, new.stop) - max(old.start, new.start)
    return share_channels(old, new) and both >= share * min(old.duration, new.duration)
