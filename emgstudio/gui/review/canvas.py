"""Overview, traces, spectrogram, time axis and lanes, with the keyboard of the editor."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QColor, QMouseEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QVBoxLayout, QWidget

from emgstudio.gui.plots.review_axis import TimeAxis
from emgstudio.gui.plots.review_lanes import LaneView
from emgstudio.gui.plots.review_overview import Overview
from emgstudio.gui.plots.review_spectrogram import SpectrogramView
from emgstudio.gui.plots.review_traces import TraceView
from emgstudio.gui.review.document import Document
from emgstudio.gui.review.view import TimeView
from emgstudio.gui.theme import current

FRAME = 2


class ReviewCanvas(QWidget):
    """All plots of one recording. ``stepped`` follows Tab (1) and Shift+Tab (-1)."""

    stepped = Signal(int)

    def __init__(self, view: TimeView) -> None:
        super().__init__()
        self.view = view
        self.overview = Overview(view)
        self.traces = TraceView(view)
        self.spectrogram = SpectrogramView(view)
        self.spectrogram.hide()
        self.axis = TimeAxis(view)
        self.lanes = LaneView(view)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setAccessibleName("Recording: signals and annotations")
        layout = QVBoxLayout(self)
        layout.setContentsMargins(FRAME, FRAME, FRAME, FRAME)
        layout.setSpacing(0)
        for plot in (self.overview, self.traces, self.spectrogram, self.axis, self.lanes):
            layout.addWidget(plot, 1 if plot is self.traces else 0)

    def show_document(self, document: Document | None, ready: bool) -> None:
        """Show another recording."""
        self.overview.show_document(document, ready)
        self.traces.show_document(document)
        self.spectrogram.show_document(document)
        self.lanes.show_document(document)

    def show_edits(self) -> None:
        """Annotations have changed."""
        self.overview.relabel()
        self.lanes.refresh()
        self.traces.show_edits()

    def show_choice(self) -> None:
        """What is selected has changed."""
        self.overview.show_choice()
        self.traces.show_choice()
        self.spectrogram.update()
        self.lanes.show_choice()

    def show_source(self) -> None:
        """Another view of the signals is shown."""
        self.traces.changed_source()
        self.spectrogram.changed_source()

    def show_playhead(self, time: float | None) -> None:
        """What is played is at ``time``; None where nothing is."""
        for plot in (self.overview, self.traces, self.spectrogram):
            plot.show_playhead(time)

    def focusNextPrevChild(self, forward: bool) -> bool:
        """Tab steps from annotation to annotation; Esc leaves."""
        self.stepped.emit(1 if forward else -1)
        return True

    def paintEvent(self, _event: QPaintEvent) -> None:
        """A frame while the keys go here."""
        if self.hasFocus():
            painter = QPainter(self)
            painter.setPen(QPen(QColor(current().accent), FRAME))
            half = FRAME // 2
            painter.drawRect(self.rect().adjusted(half, half, -half, -half))
            painter.end()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        self.setFocus(Qt.FocusReason.MouseFocusReason)
        super().mousePressEvent(event)
