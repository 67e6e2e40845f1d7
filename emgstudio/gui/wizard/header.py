"""The steps of the wizard in a row; reached ones can be clicked."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QPushButton

from emgstudio.devices.worker import DeviceState
from emgstudio.gui.folding import FoldingRow
from emgstudio.gui.steps import name_steps
from emgstudio.gui.widgets import StatusWord, label
from emgstudio.gui.wizard.flow import STEPS, Flow

MARGIN, GAP = 18, 2

NONE, CONNECTING = "No sensor", "Connecting…"
SHORT = {
    DeviceState.STALLED: "The sensor sends nothing",
    DeviceState.LOST: "Not connected",
    DeviceState.WAITING: "Not connected",
    DeviceState.CLOSED: NONE,
}


class Header(QFrame):
    """``chosen`` carries the step that was clicked."""

    chosen = Signal(int)

    def __init__(self) -> None:
        super().__init__()
        self.setProperty("role", "toolbar")
        self.lamp = StatusWord()
        steps = FoldingRow(spacing=GAP)
        self.buttons: list[QPushButton] = []
        for step, name in enumerate(STEPS):
            if step:
                steps.add(label("–", "muted"), 2)
            made = QPushButton(f"{step + 1}  {name}")
            made.setProperty("kind", "quiet")
            made.setCheckable(True)
            made.setMinimumHeight(32)
            made.setAccessibleName(f"Step {step + 1}: {name}")
            made.clicked.connect(lambda _on=False, step=step: self.chosen.emit(step))
            self.buttons.append(made)
            steps.add(made)
        steps.add_stretch()
        steps.add(self.lamp, 1)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(MARGIN, 6, MARGIN, 6)
        layout.addWidget(steps)
        self._steps = steps

    def refresh(self, flow: Flow, *, aside: bool = False) -> None:
        """Which step is shown (none on a page ``aside``), which can be gone to, and the sensor."""
        for step, made in enumerate(self.buttons):
            made.setChecked(step == flow.step and not aside)
            made.setEnabled(step <= flow.reached)
        device = flow.device
        if flow.ready and device is not None:
            self.lamp.show_status("good", device.title)
        else:
            # In few words: the whole sentence has no room beside the steps.
            words = SHORT.get(device.state, CONNECTING) if device else NONE
            self.lamp.show_status("check", words)
        self.lamp.setToolTip(device.state_text if device else "")
        self._shorten()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """More or less room for the names of the steps."""
        super().resizeEvent(event)
        self._shorten()

    def _shorten(self) -> None:
        name_steps(self.buttons, STEPS, self.width() - 2 * MARGIN, 2 * GAP)
        self._steps.fold()
