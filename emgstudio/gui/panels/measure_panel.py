"""What lies between the two cursors: time, peak-to-peak and RMS of the selected channel."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Signal
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QFrame, QHBoxLayout, QWidget

from emgstudio.gui.plots.amplitude import amount
from emgstudio.gui.widgets import button, column, label, row

if TYPE_CHECKING:
    from emgstudio.gui.plots.measure import Measurement


class MeasurePanel(QFrame):
    """Hidden while nothing is measured; ``closed`` asks to measure no more."""

    closed = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._measurement: Measurement | None = None
        self.figures = label("", wrap=True)
        self.figures.setAccessibleName("Measured between the cursors")
        self.copy = button("Copy all channels", self._copy, tooltip="As a table for other programs")
        self.close_button = button("Done", self.closed.emit, kind="quiet")
        head = QHBoxLayout()
        head.addWidget(label("Between the cursors", "heading"))
        head.addStretch(1)
        layout = column(head, self.figures, row(self.copy, 1, self.close_button), spacing=6)
        layout.setContentsMargins(0, 0, 0, 6)
        self.setLayout(layout)
        self.hide()

    def show_measurement(self, measurement: Measurement | None, channel: int) -> None:
        """New figures, those of ``channel`` in words; None when nothing is measured."""
        self._measurement = measurement
        self.setVisible(measurement is not None)
        if measurement is None:
            return
        lines = [f"{measurement.seconds:.3f} s  ({per_second(measurement.seconds)})"]
        found = measurement.of(channel)
        if found is not None:
            lines.append(
                f"{found.name}: peak to peak {amount(found.peak_to_peak, found.unit)}, "
                f"RMS {amount(found.rms, found.unit)}, mean {amount(found.mean, found.unit)}"
            )
            if found.lost:
                lines.append(f"{found.lost} samples of it were lost.")
        if not measurement.complete:
            lines.append("Part of it is no longer in memory.")
        self.figures.setText("\n".join(lines))

    def _copy(self) -> None:
        if self._measurement is not None:
            QGuiApplication.clipboard().setText(self._measurement.text())


def per_second(seconds: float) -> str:
    """How often in a second something lasts that long."""
    return f"{1 / seconds:.3g} per second" if seconds > 0 else "–"
