"""The table of labels that our own CSV export keeps beside the samples."""

from __future__ import annotations

import csv
import json
import math
from pathlib import Path
from typing import Any

from emgstudio.core.types import Annotation
from emgstudio.storage.importers.foreign import labels_from

LABELS = "labels.csv"
HEADER = ["onset", "duration", "description", "track", "source", "repetition"]


def own_labels(file: Path) -> tuple[list[Annotation], list[str]]:
    """Labels of the ``labels.csv`` beside a table of ours, and what to say of them.

    Both are empty where there is none of our form.
    """
    table = file.with_name(LABELS)
    try:
        rows = list(csv.reader(table.read_text("utf-8").splitlines()))
        start_s = _start_s(file)
    except (OSError, ValueError, csv.Error):
        return [], []
    if start_s is None or not rows or rows[0] != HEADER:
        return [], []
    good = [read for row in rows[1:] if (read := _row(row, start_s)) is not None]
    starts, lengths, texts, tracks, repetitions = zip(*good, strict=True) if good else ((),) * 5
    labels = labels_from(starts, lengths, texts, tracks, repetitions, LABELS)
    passed = len(rows) - 1 - len(good)
    left = f"; {passed} rows that cannot be read were left out" if passed else ""
    return labels, [f"Labels are those of “{LABELS}”{left}."]


def _start_s(file: Path) -> float | None:
    """When the table begins on the clock of the labels; None where it is none of ours."""
    facts = json.loads(file.with_suffix(".json").read_text("utf-8"))
    known = isinstance(facts, dict) and isinstance(facts.get("start_s"), int | float)
    return float(facts["start_s"]) if known else None


def _row(row: list[str], start_s: float) -> tuple[Any, ...] | None:
    try:
        onset, duration, text, track, _, repetition = row
        start, length = float(onset) - start_s, float(duration)
        good = math.isfinite(start) and 0 <= length < math.inf
        return (start, length, text, track, int(repetition or 0)) if good else None
    except ValueError:
        return None
