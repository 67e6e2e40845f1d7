"""The protocols as cards, of which one is chosen."""

from __future__ import annotations

import math
from collections.abc import Sequence

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QButtonGroup, QPushButton, QSizePolicy, QVBoxLayout, QWidget

from emgstudio.gui.widgets import label
from emgstudio.session.therapy.protocol import Kind, Protocol

KINDS = {
    Kind.UP: "reach a line",
    Kind.DOWN: "stay below a line",
    Kind.BAND: "keep between two lines",
    Kind.COMPARE: "both sides alike",
    Kind.RECIPROCAL: "one works, one rests",
    Kind.ASSESS: "measured, no goal",
    Kind.FREE: "no timetable",
}


def times(protocol: Protocol) -> str:
    """Sets, repetitions, work and rest in a few words."""
    if not protocol.steps:
        return "as long as you like"
    sets = f"{protocol.sets} sets, " if protocol.sets > 1 else ""
    # Halves go up: a session is planned with what it may take.
    minutes = max(1, math.floor(protocol.duration_s / 60 + 0.5))
    if len(protocol.steps) > 1:
        return f"{sets}{len(protocol.steps)} parts, {minutes} min"
    step = protocol.steps[0]
    rest = f"{step.rest_s:g}"
    if step.rest_most_s is not None:
        rest += f"–{step.rest_most_s:g}"
    return f"{sets}{step.repetitions} × {step.work_s:g} s work, {rest} s rest, {minutes} min"


class ProtocolCard(QPushButton):
    """Title, what it asks for, and how long."""

    def __init__(self, protocol: Protocol) -> None:
        super().__init__()
        self.protocol = protocol
        self.setCheckable(True)
        self.setProperty("kind", "tile")
        own = " (own)" if protocol.own else ""
        title, text = (
            label(protocol.title + own, "heading", wrap=True),
            label(protocol.text, wrap=True),
        )
        figures = label(f"{KINDS[protocol.kind]} · {times(protocol)}", "muted", wrap=True)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(12, 8, 12, 8)
        layout.setSpacing(2)
        for words in (title, text, figures):
            layout.addWidget(words)
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Minimum)
        self.setAccessibleName(f"{protocol.title}{own}: {protocol.text}")

    def hasHeightForWidth(self) -> bool:
        return True

    def heightForWidth(self, width: int) -> int:
        layout = self.layout()
        return layout.heightForWidth(width) if layout is not None else -1


class ProtocolCards(QWidget):
    """One below the other; ``chosen`` carries the protocol."""

    chosen = Signal(object)

    def __init__(self) -> None:
        super().__init__()
        self.cards: list[ProtocolCard] = []
        self._group = QButtonGroup(self)
        self._group.buttonClicked.connect(self._clicked)
        self._layout = QVBoxLayout(self)
        self._layout.setContentsMargins(0, 0, 6, 0)
        self._layout.setSpacing(6)
        self._layout.addStretch(1)

    def show_protocols(self, protocols: Sequence[Protocol]) -> None:
        """Cards for these, own ones first."""
        ordered = sorted(protocols, key=lambda p: not p.own)
        shown = [card.protocol for card in self.cards]
        if ordered == shown and [p.own for p in ordered] == [p.own for p in shown]:
            return
        for card in self.cards:
            self._group.removeButton(card)
            self._layout.removeWidget(card)
            card.hide()
            card.deleteLater()
        self.cards = [ProtocolCard(protocol) for protocol in ordered]
        for place, card in enumerate(self.cards):
            self._group.addButton(card)
            self._layout.insertWidget(place, card)

    def show_chosen(self, key: str) -> None:
        """Mark the one with this id."""
        for card in self.cards:
            if card.protocol.id == key:
                card.setChecked(True)

    def _clicked(self, card: QPushButton) -> None:
        assert isinstance(card, ProtocolCard)
        self.chosen.emit(card.protocol)
