"""A model that was made for another sensor: what does not fit, and the two ways on."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QSize
from PySide6.QtWidgets import QFrame, QHBoxLayout

from emgstudio.gui.assets import Picture
from emgstudio.gui.widgets import button, column, icon_button, label, large_target
from emgstudio.gui.wizard.flow import Flow


class MisfitBar(QFrame):
    """Below the steps while a model was refused; everything else on the page goes on."""

    def __init__(self, flow: Flow, to_models: Callable[[], object]) -> None:
        super().__init__()
        self._flow = flow
        self._to_models = to_models
        self.setProperty("role", "banner")
        self.words = label("", "heading", wrap=True)
        self.about = label("", "muted", wrap=True)
        self.other = button("Choose other model", self._choose, icon="model")
        self.again = button("Recalibrate", flow.recalibrate, icon="calibrate", kind="primary")
        self.away = icon_button("close", "Put this message away", flow.forget_misfit)
        large_target(self.other, self.again)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(18, 8, 10, 8)
        layout.setSpacing(10)
        layout.addWidget(Picture("icons/stop", QSize(18, 18), "stop"))
        layout.addLayout(column(self.words, self.about, spacing=2), 1)
        for made in (self.other, self.again, self.away):
            layout.addWidget(made)
        self.hide()

    def refresh(self) -> None:
        """Show what was refused last, or nothing."""
        misfit = self._flow.misfit
        self.setVisible(misfit is not None)
        if misfit is None:
            return
        named = f"“{misfit.name}” is not used. " if misfit.name else ""
        self.words.setText(misfit.message)
        self.about.setText(f"{named}Recording and streaming go on.")
        self.setAccessibleName(f"{misfit.message} {self.about.text()}")

    def _choose(self) -> None:
        self._flow.forget_misfit()
        self._to_models()
