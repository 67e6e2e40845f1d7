"""The steps of the wizard in a row; reached ones can be clicked."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QPushButton

from emgstudio.gui.folding import FoldingRow
from emgstudio.gui.widgets import StatusWord, label
from emgstudio.gui.wizard.flow import STEPS, Flow


class Header(QFrame):
    """``chosen`` carries the step that was clicked."""

    chosen = Signal(int)

    def __init__(self) -> None:
        super().__init__()
        self.setProperty("role", "toolbar")
        self.lamp = StatusWord()
        steps = FoldingRow(spacing=2)
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
        layout.setContentsMargins(18, 6, 18, 6)
        layout.addWidget(steps)
        self._steps = steps

    def refresh(self, flow: Flow) -> None:
        """Which step is shown, which can be gone to, and whether the sensor sends."""
        for step, made in enumerate(self.buttons):
            made.setChecked(step == flow.step)
            made.setEnabled(step <= flow.reached)
        device = flow.device
        if flow.ready and device is not None:
            self.lamp.show_status("good", device.title)
        else:
            self.lamp.show_status("check", device.state_text if device else "No sensor")
        self._steps.fold()
