"""The keyboard map: every key that does something now, collected from the actions themselves."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from PySide6.QtCore import Qt
from PySide6.QtGui import QAction, QKeySequence
from PySide6.QtWidgets import QGridLayout, QHBoxLayout, QLayout, QVBoxLayout

from emgstudio.gui.widgets import column, label, row

Section = tuple[str, Sequence[QAction]]


def keys_of(action: QAction) -> list[str]:
    """The first key of an action and single characters beside it, as this platform writes them."""
    native = QKeySequence.SequenceFormat.NativeText
    texts = [keys.toString(native) for keys in action.shortcuts() if not keys.isEmpty()]
    return texts[:1] + [text for text in texts[1:] if len(text) == 1]


def keyboard_map(sections: Iterable[Section]) -> QLayout:
    """Sections of keys and what they do, in columns."""
    columns = [QVBoxLayout(), QVBoxLayout()]
    heights = [0, 0]
    for title, actions in sections:
        shown = [action for action in actions if keys_of(action) and action.text()]
        if not shown:
            continue
        shortest = heights.index(min(heights))
        heights[shortest] += len(shown) + 3
        columns[shortest].addLayout(_section(title, shown))
        columns[shortest].addSpacing(16)
    side_by_side = QHBoxLayout()
    side_by_side.setContentsMargins(0, 0, 0, 0)
    side_by_side.setSpacing(40)
    for part in columns:
        part.addStretch(1)
        side_by_side.addLayout(part, 1)
    hint = label("Single keys rest while you type in a text field.", "muted", wrap=True)
    return column(side_by_side, hint, spacing=12)


def _section(title: str, actions: Sequence[QAction]) -> QLayout:
    grid = QGridLayout()
    grid.setHorizontalSpacing(16)
    grid.setVerticalSpacing(7)
    grid.setColumnStretch(1, 1)
    grid.addWidget(label(title, "heading"), 0, 0, 1, 2)
    for number, action in enumerate(actions, start=1):
        keys = row(*(label(text, "key") for text in keys_of(action)), 1, spacing=6)
        grid.addLayout(keys, number, 0, Qt.AlignmentFlag.AlignVCenter)
        grid.addWidget(label(action.text().replace("&", "").rstrip("…"), wrap=True), number, 1)
    return grid
