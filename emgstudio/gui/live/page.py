"""Where things are in the Live room: toolbar, banner, pictures and the side panel."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QSplitter, QStackedWidget, QVBoxLayout, QWidget

from emgstudio.gui.panels.above_badge import AboveBadge
from emgstudio.gui.panels.decision_panel import DecisionPanel
from emgstudio.gui.panels.live_side import LiveSide
from emgstudio.gui.panels.live_toolbar import LiveToolbar, Picture
from emgstudio.gui.panels.measure_panel import MeasurePanel
from emgstudio.gui.panels.no_reference import NoReference
from emgstudio.gui.panels.reference_panel import ReferencePanel
from emgstudio.gui.panels.stream_chooser import StreamChooser
from emgstudio.gui.panels.values_table import ValuesTable
from emgstudio.gui.plots.bars import BarsCanvas
from emgstudio.gui.plots.grid import GridCanvas
from emgstudio.gui.plots.spectrogram_strip import SpectrogramStrip
from emgstudio.gui.plots.spectrum_panel import SpectrumPanel
from emgstudio.gui.plots.traces import TraceCanvas
from emgstudio.gui.theme import theme
from emgstudio.gui.widgets import column, label, restyle

if TYPE_CHECKING:
    from emgstudio.session.session import Session

SPECTRUM_WIDTH, SPECTRUM_SHARE = 380, 0.42
Attempt = Callable[[Callable[[], object]], object]


class Banner(QFrame):
    """One sentence above the pictures while something is wrong with the device."""

    def __init__(self) -> None:
        super().__init__()
        self.setProperty("role", "banner")
        self.words = label("", wrap=True)
        layout = column(self.words)
        layout.setContentsMargins(14, 8, 14, 8)
        self.setLayout(layout)
        self.hide()

    def say(self, text: str) -> None:
        """Show a warning; an empty text takes it away."""
        self.setVisible(bool(text))
        if text and text != self.words.text():
            self.words.setText(text)
            restyle(self, "level", "warning")


class LivePage(QWidget):
    """The widgets of the Live room; pictures one below the other, ``side`` beside them.

    ``themed`` says that there are other colours.
    """

    themed = Signal()

    def __init__(self, session: Session, attempt: Attempt, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.toolbar = LiveToolbar()
        self.banner = Banner()
        self.traces = TraceCanvas()
        self.bars = BarsCanvas()
        self.grid = GridCanvas()
        self.values = ValuesTable()
        self.pictures = QStackedWidget()
        for picture in Picture:
            self.pictures.addWidget(self.picture(picture))
        self.above = AboveBadge(self.pictures)
        self.no_reference = NoReference(self.pictures)
        self.strip = SpectrogramStrip()
        self.chooser = StreamChooser(session)
        self.decision = DecisionPanel(session)
        self.measure = MeasurePanel()
        self.side = LiveSide(self.chooser, self.decision, self.measure)
        self.split = QSplitter(Qt.Orientation.Vertical)
        self.split.setChildrenCollapsible(False)
        self.split.setHandleWidth(3)
        self.split.addWidget(self.pictures)
        self.split.addWidget(self.strip)
        self.split.setStretchFactor(0, 4)
        self.split.setStretchFactor(1, 1)
        self.split.setSizes([520, 150])
        beside = QHBoxLayout()
        beside.setContentsMargins(0, 0, 0, 0)
        beside.setSpacing(0)
        self.spectrum = SpectrumPanel()
        self.spectrum.hide()
        self.across = QSplitter(Qt.Orientation.Horizontal)
        self.across.setChildrenCollapsible(False)
        self.across.setHandleWidth(3)
        self.across.addWidget(self.split)
        self.across.addWidget(self.spectrum)
        self.reference = ReferencePanel(session, attempt)
        self.reference.hide()
        self.across.addWidget(self.reference)
        self.across.setStretchFactor(0, 3)
        self.across.setStretchFactor(1, 1)
        beside.addWidget(self.across, 1)
        beside.addWidget(self.side)
        whole = QVBoxLayout(self)
        whole.setContentsMargins(0, 0, 0, 0)
        whole.setSpacing(0)
        whole.addWidget(self.toolbar)
        whole.addWidget(self.banner)
        whole.addLayout(beside, 1)
        self.traces.gutter_changed.connect(self.strip.use_gutter)
        self.toolbar.panel_wanted.connect(self.side.setVisible)
        self.toolbar.panel.setChecked(True)
        theme().changed.connect(self._other_theme)

    def picture(self, picture: Picture) -> QWidget:
        """The widget of one of the pictures."""
        return {
            Picture.TRACES: self.traces,
            Picture.BARS: self.bars,
            Picture.GRID: self.grid,
            Picture.VALUES: self.values,
        }[picture]

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Where there is little room, or text is large, most of it is for the signals."""
        super().resizeEvent(event)
        self._share_width()

    def _other_theme(self) -> None:
        self._share_width()
        self.themed.emit()

    def _share_width(self) -> None:
        share = round(SPECTRUM_SHARE * self.width())
        self.spectrum.setMinimumWidth(min(theme().pixels(SPECTRUM_WIDTH), share))
