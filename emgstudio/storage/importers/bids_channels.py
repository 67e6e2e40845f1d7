"""The table of channels that a BIDS dataset keeps beside a data file: names, muscles, bad ones."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from emgstudio.core.types import ARBITRARY_UNIT, Channel
from emgstudio.storage.importers.bids_tables import Row, cell, nearest, rows_of
from emgstudio.storage.importers.foreign import ForeignStream, unit_of

SUFFIX = "_channels.tsv"
# So many characters has a label in the header of an EDF or BDF file.
LABEL_LENGTH = 16
# So many names stand in a sentence before it says only how many more there are.
NAMED = 5


def with_channels(
    file: Path, streams: Sequence[ForeignStream]
) -> tuple[list[ForeignStream], list[str]]:
    """The streams of a data file ``…_emg.edf`` as its table of channels tells of them.

    Taken are names, kinds, units that the file does not tell, muscles, sides, and which
    channels are bad. Samples are never touched: where the table tells another unit than
    the file, the file's own is kept. Also returns sentences that say what was taken and
    what was not.
    """
    table = nearest(file, SUFFIX)
    if table is None:
        return list(streams), []
    try:
        names, rows = rows_of(table)
    except OSError as error:
        return list(streams), [
            f"“{table.name}” cannot be read ({error.strerror}); it was left out."
        ]
    rows = [row for row in rows if cell(row, "name")]
    if "name" not in names or not rows:
        return list(streams), [f"“{table.name}” names no channels; it was left out."]
    before = [channel for stream in streams for channel in stream.info.channels]
    found = _by_name(rows, before)
    in_order = not found and len(streams) == 1 and len(rows) == len(before)
    if in_order:
        found = dict(enumerate(rows))
    if not found:
        other = f"“{table.name}” names other channels than the file has; it was left out."
        return list(streams), [other]
    after = _told(before, found)
    changed, at = [], 0
    for stream in streams:
        part = tuple(after[at : at + stream.info.n_channels])
        changed.append(replace(stream, info=replace(stream.info, channels=part)))
        at += len(part)
    said = _sentences(table.name, before, after, found, in_order)
    return changed, said + _passed_over(table.name, rows, found, in_order)


def _by_name(rows: Sequence[Row], channels: Sequence[Channel]) -> dict[int, Row]:
    """Rows by the place of their channel; a name may be longer than a header has room for."""
    whole = {cell(row, "name"): row for row in reversed(rows)}
    short: dict[str, Row | None] = {}
    for name, row in whole.items():
        cut = name[:LABEL_LENGTH].strip()
        short[cut] = None if cut in short else row
    found = {}
    for place, channel in enumerate(channels):
        told = whole.get(channel.name) or short.get(channel.name)
        if told is not None:
            found[place] = told
    return found


def _told(before: Sequence[Channel], found: Mapping[int, Row]) -> list[Channel]:
    names = [cell(row, "name") for row in found.values()]
    after = []
    for place, channel in enumerate(before):
        row = found.get(place)
        if row is None:
            after.append(channel)
            continue
        name = cell(row, "name")
        kind, unit = cell(row, "type"), cell(row, "units")
        missing = channel.unit == ARBITRARY_UNIT and unit
        after.append(
            replace(
                channel,
                name=name if names.count(name) == 1 else channel.name,
                kind=kind.upper() if kind.isascii() and kind.isalnum() else channel.kind,
                unit=unit_of(unit) if missing else channel.unit,
                site=cell(row, "target_muscle") or channel.site,
                side=cell(row, "side") or channel.side,
                used=channel.used and cell(row, "status").lower() != "bad",
            )
        )
    return after


def _sentences(
    table: str,
    before: Sequence[Channel],
    after: Sequence[Channel],
    found: Mapping[int, Row],
    in_order: bool,
) -> list[str]:
    pairs = list(zip(before, after, strict=True))
    bad = [place for place, (old, new) in enumerate(pairs) if old.used and not new.used]
    counts = {
        "name": sum(old.name != new.name for old, new in pairs),
        "kind": sum(old.kind != new.kind for old, new in pairs),
        "unit": sum(old.unit != new.unit for old, new in pairs),
        "muscle": sum(old.site != new.site for old, new in pairs),
        "side": sum(old.side != new.side for old, new in pairs),
        "bad channel": len(bad),
    }
    taken = [f"{n} {what}{'s' if n > 1 else ''}" for what, n in counts.items() if n]
    text = ", ".join(taken) or "nothing that the file does not tell itself"
    if in_order:
        text += "; its names are others than the file's, so its rows were taken in order"
    said = [f"Taken from “{table}”: {text}."]
    reasons = [
        _reason(after[place].name, cell(found[place], "status_description")) for place in bad
    ]
    if reasons:
        said.append(f"Kept, but set as not used: {_listed(reasons)}.")
    other: dict[tuple[str, str], list[str]] = {}
    for place, row in found.items():
        unit, kept = cell(row, "units"), after[place]
        if unit and unit_of(unit) != kept.unit:
            other.setdefault((unit, kept.unit), []).append(kept.name)
    said += [
        f"“{table}” tells {unit} and the file {own} for {_listed(who)}; the file's own is kept."
        for (unit, own), who in other.items()
    ]
    return said


def _passed_over(
    table: str, rows: Sequence[Row], found: Mapping[int, Row], in_order: bool
) -> list[str]:
    counts = Counter(cell(row, "name") for row in rows)
    there = {cell(row, "name") for row in found.values()}
    twice = [name for name, count in counts.items() if name in there and count > 1]
    left = [name for name in counts if name not in there]
    said = []
    if twice and not in_order:
        said.append(f"“{table}” has several rows for {_listed(twice)}; the first was taken.")
    if left:
        said.append(f"“{table}” tells of {_listed(left)}, which the file does not have.")
    return said


def _reason(name: str, why: str) -> str:
    return f"{name} ({why})" if why else name


def _listed(names: Sequence[str]) -> str:
    more = f" and {len(names) - NAMED} more" if len(names) > NAMED else ""
    return ", ".join(names[:NAMED]) + more
