"""The recordings of a client; Enter opens one in Review."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from PySide6.QtCore import Qt

from emgstudio.gui import wording
from emgstudio.gui.row_table import Index, RowTable
from emgstudio.session.therapy.results import TherapyResult
from emgstudio.storage.library import RecordingSummary

HEADINGS = ("Date", "Protocol", "Repetitions", "Best", "Comment")
COMMENT = HEADINGS.index("Comment")


@dataclass(frozen=True, slots=True)
class SessionLine:
    """What the table says of one recording."""

    path: Path
    words: tuple[str, ...]


def session_line(summary: RecordingSummary, result: TherapyResult | None) -> SessionLine:
    """Without a result it is a plain recording, or one that was not looked at yet."""
    date = f"{summary.created.astimezone():%d %b %Y, %H:%M}"
    if summary.problem:
        return SessionLine(summary.path, (date, summary.path.name, "", "", summary.problem))
    if result is None:
        title = summary.title or "recording"
        length = wording.clock_time(summary.duration_s)
        return SessionLine(summary.path, (date, f"{title}, {length}", "", "", ""))
    done = len(result.repetitions)
    good = sum(r.success for r in result.repetitions)
    best = result.value(result.plan.muscles[0].words, "best repetition")
    return SessionLine(
        summary.path,
        (
            date + (", simulated" if result.simulated else ""),
            result.plan.protocol.title,
            f"{good} of {done} good" if done else "none finished",
            "" if math.isnan(best) else f"{best:.3g} {result.unit}",
            "; ".join(result.notes),
        ),
    )


class SessionTable(RowTable):
    """Sessions, newest first."""

    headings = HEADINGS
    rows: list[SessionLine]

    def __init__(self) -> None:
        super().__init__()
        self.rows = []

    def show(self, summaries: Sequence[RecordingSummary], results: Sequence[TherapyResult]) -> None:
        """Show these; a result belongs to the recording at its path."""
        by_path = {result.path: result for result in results}
        with self.other_rows():
            self.rows = [session_line(s, by_path.get(s.path)) for s in summaries]

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        words = self.rows[index.row()].words[index.column()]
        if role == Qt.ItemDataRole.DisplayRole:
            return words
        if role == Qt.ItemDataRole.ToolTipRole:
            return words or None
        return None
