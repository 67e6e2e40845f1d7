"""The steps of the wizard in a row; reached ones can be clicked."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QPushButton

from emgstudio.gui.widgets import StatusWord, label
from emgstudio.gui.wizard.flow import STEPS, Flow


class Header(QFrame):
    """``chosen`` carries the step that was clicked."""

    chosen = Signal(int)

    def __init__(self) -> None:
        super().__init__()
        self.setProperty("role", "toolbar")
        self.lamp = StatusWord()
        layout = QHBoxLayout(self)
        layout.setContentsMargins(18, 6, 18, 6)
        layout.setSpacing(2)
        self.buttons: list[QPushButton] = []
        for step, name in enumerate(STEPS):
            if step:
                layout.addWidget(label("–", "muted"))
            made = QPushButton(f"{step + 1}  {name}")
            made.setProperty("kind", "quiet")
            made.setCheckable(True)
            made.setMinimumHeight(32)
            made.setAccessibleName(f"Step {step + 1}: {name}")
            made.clicked.connect(lambda _on=False, step=step: self.chosen.emit(step))
            self.buttons.append(made)
            layout.addWidget(made)
        layout.addStretch(1)
        layout.addWidget(self.lamp)

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
