"""The muscles of a session in a list: name, side and the channel that hears each."""

from __future__ import annotations

from dataclasses import replace

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QComboBox, QCompleter, QLineEdit, QVBoxLayout, QWidget

from emgstudio.gui.therapy.flow import TherapyFlow
from emgstudio.gui.widgets import column, icon_button, label, row
from emgstudio.session.muscles import muscle_names
from emgstudio.session.therapy.placement import placements
from emgstudio.session.therapy.plan import Muscle
from emgstudio.session.therapy.protocol import Kind

SIDES = ("", "left", "right")
SIDE_WORDS = ("no side", "left", "right")


def known_names() -> list[str]:
    """Muscles with a rule for the place first, then all others."""
    ruled = [p.name for p in placements()]
    return [*ruled, *(name for name in muscle_names() if name not in ruled)]


class MuscleRow(QWidget):
    """One muscle of the list; every change goes to the flow at once."""

    def __init__(self, flow: TherapyFlow, place: int) -> None:
        super().__init__()
        self._flow = flow
        self.place = place
        number = label(str(place + 1), "heading")
        number.setFixedWidth(18)
        self.part = label("", "muted")
        self.name = QLineEdit()
        self.name.setPlaceholderText("Muscle: click it on the body, or type")
        self.name.setAccessibleName(f"Muscle {place + 1}")
        completer = QCompleter(known_names(), self.name)
        completer.setCaseSensitivity(Qt.CaseSensitivity.CaseInsensitive)
        completer.setFilterMode(Qt.MatchFlag.MatchContains)
        self.name.setCompleter(completer)
        self.name.editingFinished.connect(self._changed)
        self.side = QComboBox()
        self.side.addItems(SIDE_WORDS)
        self.side.setAccessibleName(f"Side of muscle {place + 1}")
        self.side.activated.connect(self._changed)
        self.channel = QComboBox()
        self.channel.setAccessibleName(f"Channel of muscle {place + 1}")
        self.channel.activated.connect(self._changed)
        self.drop = icon_button("close", f"Leave muscle {place + 1} out", self._drop)
        upper = row(number, self.name, self.drop)
        lower = row(self.side, label("on", "muted"), self.channel, 1, self.part)
        lower.setContentsMargins(26, 0, 0, 0)
        upper.setStretch(1, 1)
        self.setLayout(column(upper, lower, spacing=4))

    def show_muscle(
        self, muscle: Muscle, channels: list[str], *, may_drop: bool, soft: bool
    ) -> None:
        """What the flow says."""
        self.part.setText("should stay soft" if soft else "")
        if not self.name.hasFocus() and self.name.text() != muscle.name:
            self.name.setText(muscle.name)
        self.side.setCurrentIndex(SIDES.index(muscle.side) if muscle.side in SIDES else 0)
        if [self.channel.itemText(k) for k in range(self.channel.count())] != channels:
            self.channel.clear()
            self.channel.addItems(channels)
        self.channel.setCurrentText(muscle.channel)
        self.drop.setEnabled(may_drop)

    def _changed(self, _index: int = 0) -> None:
        chosen = self._flow.chosen
        if self.place >= len(chosen):
            return
        was = chosen[self.place]
        now = replace(
            was,
            name=self.name.text().strip(),
            side=SIDES[self.side.currentIndex()],
            channel=self.channel.currentText() or was.channel,
        )
        if now != was:
            self._flow.set_muscle(self.place, now)

    def _drop(self) -> None:
        self._flow.drop_muscle(self.place)


class MuscleRows(QWidget):
    """All of them; a click on the body goes to the first without a name, else to the last."""

    def __init__(self, flow: TherapyFlow) -> None:
        super().__init__()
        self._flow = flow
        self.rows: list[MuscleRow] = []
        self._layout = QVBoxLayout()
        self._layout.setContentsMargins(0, 0, 0, 0)
        self._layout.setSpacing(6)
        self.setLayout(column(self._layout))

    def refresh(self) -> None:
        """As many rows as there are muscles."""
        flow, chosen = self._flow, self._flow.chosen
        while len(self.rows) > len(chosen):
            last = self.rows.pop()
            self._layout.removeWidget(last)
            last.hide()
            last.deleteLater()
        while len(self.rows) < len(chosen):
            made = MuscleRow(flow, len(self.rows))
            self.rows.append(made)
            self._layout.addWidget(made)
        fewest = max(1, flow.protocol.muscles)
        may = len(flow.muscles) > (1 if flow.protocol.kind is Kind.FREE else fewest)
        for place, (shown, muscle) in enumerate(zip(self.rows, chosen, strict=True)):
            soft = place >= len(flow.muscles)
            shown.show_muscle(muscle, flow.channels(), may_drop=may or soft, soft=soft)

    def put(self, name: str, side: str) -> None:
        """A muscle that was clicked on the body."""
        flow = self._flow
        if not flow.muscles:
            return
        chosen = flow.chosen
        same = [k for k, m in enumerate(chosen) if (m.name, m.side) == (name, side)]
        if same:
            flow.set_muscle(same[0], replace(chosen[same[0]], name="", side=""))
            return
        nameless = [k for k, m in enumerate(chosen) if not m.name]
        if not nameless and flow.protocol.kind in (Kind.FREE, Kind.ASSESS):
            before = len(flow.muscles)
            flow.add_muscle()
            nameless = [before] if len(flow.muscles) > before else []
        at = nameless[0] if nameless else len(flow.muscles) - 1
        flow.set_muscle(at, replace(flow.chosen[at], name=name, side=side))
