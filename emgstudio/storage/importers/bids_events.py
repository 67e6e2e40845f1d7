"""The table of events that a BIDS dataset keeps beside a data file: its labels."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from emgstudio.core.types import Annotation
from emgstudio.storage.importers.bids_tables import Row, cell, nearest, number, rows_of
from emgstudio.storage.importers.foreign import labels_from
from emgstudio.storage.importers.imported import LABEL_TRACK

SUFFIX = "_events.tsv"
DESCRIPTION = "_events.json"
# Columns that say what an event was, the best first.
TEXTS = ("trial_type", "value", "event", "description")
# Columns of our own export; another program's “track” would be something else.
OWN = ("onset", "duration", "trial_type", "track", "source", "repetition", "confidence")
# Times that were rounded to a millisecond are the same.
SAME_S = 1e-3


@dataclass(frozen=True, slots=True)
class Events:
    """Labels of a file with those of its dataset, what was said, and HED strings by label."""

    labels: list[Annotation]
    said: list[str]
    hed: dict[str, str]


def with_events(file: Path, own: Sequence[Annotation], known: Sequence[Annotation] = ()) -> Events:
    """``own`` labels of a data file ``…_emg.edf`` and those of its table of events, none twice.

    ``known`` are marks that became something else than a label, such as holes; what
    stands in the table of them is left out. Rows without a number as onset are passed
    over and counted in what is said. Seconds count from the first sample.
    """
    table = nearest(file, SUFFIX)
    if table is None:
        return Events(list(own), [], {})
    try:
        names, rows = rows_of(table)
    except OSError as error:
        unread = f"“{table.name}” cannot be read ({error.strerror}); its labels were left out."
        return Events(list(own), [unread], {})
    if tuple(names[:2]) != ("onset", "duration"):
        other = f"“{table.name}” holds no onsets and durations; its labels were left out."
        return Events(list(own), [other], {})
    good = [row for row in rows if number(row, "onset") is not None]
    labels = _labels(good, tuple(names[: len(OWN)]) == OWN, table.name)
    merged, twice = _merged(labels, good, own, known)
    both = "of the file itself and those " if own else ""
    once = f"; {twice} that stand in both are there once" if twice and own else ""
    passed = len(rows) - len(good)
    left = f"; {passed} without an onset were left out" if passed else ""
    said = [f"Labels are those {both}of “{table.name}”{once}{left}."]
    hed = _hed(file, said)
    return Events(merged, said, hed)


def _labels(rows: Sequence[Row], own: bool, author: str) -> list[Annotation]:
    lengths = [max(0.0, number(row, "duration") or 0.0) for row in rows]
    tracks = [LABEL_TRACK if length > 0 else "markers" for length in lengths]
    counts = [0] * len(rows)
    if own:
        tracks = [cell(row, "track") or track for row, track in zip(rows, tracks, strict=True)]
        counts = [round(max(0.0, number(row, "repetition") or 0.0)) for row in rows]
    onsets = [number(row, "onset") for row in rows]
    texts = [next(_texts(row), "event") for row in rows]
    return labels_from(onsets, lengths, texts, tracks, counts, author)


def _texts(row: Row) -> Iterator[str]:
    return (text for name in TEXTS if (text := cell(row, name)))


def _merged(
    labels: Sequence[Annotation],
    rows: Sequence[Row],
    own: Sequence[Annotation],
    known: Sequence[Annotation],
) -> tuple[list[Annotation], int]:
    """Both, each label once, in order of time; and how many of the table the file has, too."""
    places: dict[tuple[str, int], list[Annotation]] = {}
    for one in (*known, *own):
        places.setdefault((_word(one.label), round(one.start / SAME_S)), []).append(one)
    holes = {one.id for one in known}
    taken: set[str] = set()
    kept: list[Annotation] = []
    for label, row in zip(labels, rows, strict=True):
        same = _same(label, row, places, taken)
        if same is None:
            kept.append(label)
            continue
        taken.add(same.id)
        if same.id not in holes:
            longer = label if label.duration > 0 else same
            kept.append(
                replace(label, start=longer.start, stop=longer.stop, track=_track(label, same))
            )
    kept += [one for one in own if one.id not in taken]
    return sorted(kept, key=lambda a: (a.start, a.stop)), len(taken - holes)


def _same(
    label: Annotation,
    row: Row,
    places: dict[tuple[str, int], list[Annotation]],
    taken: set[str],
) -> Annotation | None:
    """What the file itself says of this row: the same word at the same time."""
    at = round(label.start / SAME_S)
    for text in _texts(row):
        for near in (at, at - 1, at + 1):
            for one in places.get((_word(text), near), ()):
                lasts = min(one.duration, label.duration)
                agree = lasts <= 0 or abs(one.duration - label.duration) <= SAME_S
                if one.id not in taken and agree and abs(one.start - label.start) <= SAME_S:
                    return one
    return None


def _track(label: Annotation, same: Annotation) -> str:
    """A moment in the table that lasts in the file is on the track of what lasts."""
    lasts_only_there = label.duration <= 0 < same.duration and label.track == "markers"
    return same.track if lasts_only_there else label.track


def _word(text: str) -> str:
    return " ".join(text.split())


def _hed(file: Path, said: list[str]) -> dict[str, str]:
    """HED strings of the levels that labels are named after, by label."""
    table = nearest(file, DESCRIPTION)
    if table is None:
        return {}
    try:
        about = json.loads(table.read_text("utf-8-sig"))
    except (OSError, ValueError) as error:
        said.append(f"“{table.name}” cannot be read ({error}); it was left out.")
        return {}
    found: dict[str, str] = {}
    for column in reversed(TEXTS):
        entry = about.get(column) if isinstance(about, dict) else None
        levels = entry.get("HED") if isinstance(entry, dict) else None
        if isinstance(levels, dict):
            found |= {k: v for k, v in levels.items() if isinstance(v, str) and v.strip()}
    if found:
        labels = "1 label" if len(found) == 1 else f"{len(found)} labels"
        said.append(f"HED tags of {labels} are those of “{table.name}”.")
    return found
