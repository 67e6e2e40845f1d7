"""The steps of a session in a row, for whom it is, and the client's picture."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QComboBox, QFrame, QHBoxLayout, QPushButton

from emgstudio.gui.folding import FoldingRow
from emgstudio.gui.steps import name_steps
from emgstudio.gui.therapy.client_pictures import PICTURES
from emgstudio.gui.therapy.flow import END, REFERENCE, RUN, STEPS, TherapyFlow
from emgstudio.gui.widgets import button, label

MARGIN, GAP = 16, 4


class TherapyHeader(QFrame):
    """``chosen`` carries a step, ``picture_chosen`` the place of a picture."""

    chosen = Signal(int)
    picture_chosen = Signal(int)
    screen_wanted = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.setProperty("role", "toolbar")
        self.buttons: list[QPushButton] = []
        self._row = FoldingRow(spacing=GAP)
        for step, name in enumerate(STEPS):
            made = QPushButton(f"{step + 1}  {name}")
            made.setProperty("kind", "quiet")
            made.setCheckable(True)
            made.setMinimumHeight(32)
            made.setAccessibleName(f"Step {step + 1}: {name}")
            made.clicked.connect(lambda _on=False, step=step: self.chosen.emit(step))
            self.buttons.append(made)
            self._row.add(made)
        self._row.add_stretch()
        self.client = label("", "heading")
        self.picture = QComboBox()
        self.picture.addItems([kind.title for kind in PICTURES])
        self.picture.setAccessibleName("Picture on the client screen")
        self.picture.setToolTip("What the client screen shows")
        self.picture.currentIndexChanged.connect(self.picture_chosen)
        self.show_screen = button("Client screen", self.screen_wanted.emit, tooltip="F11")
        sees = label("Client sees", "muted")
        sees.setBuddy(self.picture)
        for part, rank in ((self.client, 0), (sees, 2), (self.picture, 1), (self.show_screen, 0)):
            self._row.add(part, rank)
        self._beside = (self.client, self.picture, self.show_screen)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(MARGIN, 6, MARGIN, 6)
        layout.addWidget(self._row)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """More or less room for the names of the steps."""
        super().resizeEvent(event)
        self._shorten()

    def _shorten(self) -> None:
        beside = sum(part.sizeHint().width() + GAP for part in self._beside)
        name_steps(self.buttons, STEPS, self.width() - 2 * MARGIN - beside, GAP)
        self._row.fold()

    def refresh(self, flow: TherapyFlow) -> None:
        """Which step is shown and which can be gone to."""
        ready = flow.missing() is None
        for step, made in enumerate(self.buttons):
            made.setChecked(step == flow.step)
            before = ready and step <= REFERENCE and not flow.running
            made.setEnabled(step == flow.step or (step == 0 and not flow.running) or before)
        self.buttons[RUN].setEnabled(flow.step == RUN or flow.on_hold)
        self.buttons[END].setEnabled(flow.step == END)
        if self.client.text() != flow.client:
            self.client.setText(flow.client)
        self._shorten()
