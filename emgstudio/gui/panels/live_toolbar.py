"""The toolbar of the Live room: what is shown, how long, how large, how filtered."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import (
    QButtonGroup,
    QComboBox,
    QFrame,
    QHBoxLayout,
    QPushButton,
    QToolButton,
    QWidget,
)

from emgstudio.gui.assets import ThemedIcon, set_icon
from emgstudio.gui.folding import FoldingRow
from emgstudio.gui.plots.amplitude import STEPS, amount
from emgstudio.gui.plots.feed import View
from emgstudio.gui.plots.trace_picture import TraceOptions
from emgstudio.gui.widgets import restyle

TIMES = (1.0, 2.0, 5.0, 10.0, 20.0, 30.0, 60.0)
VIEWS = {
    View.RAW: ("Raw", "What the sensor sends, unfiltered"),
    View.CONDITIONED: ("Conditioned", "Filtered as the badge says"),
    View.ENVELOPE: ("Envelope", "Moving RMS over 100 ms of the conditioned signal"),
}
AUTO, EACH = "Auto", "Auto, each"


class LiveToolbar(QFrame):
    """Shows :class:`TraceOptions` and tells what a person wants changed."""

    view_wanted = Signal(object)
    time_wanted = Signal(float)
    scale_wanted = Signal(object, bool)
    filter_pressed = Signal()
    spectrogram_wanted = Signal(bool)
    freeze_wanted = Signal(bool)
    panel_wanted = Signal(bool)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setProperty("role", "toolbar")
        self._unit = "µV"
        self.views = self._view_buttons()
        self.time = QComboBox()
        self.time.addItems([f"{seconds:g} s" for seconds in TIMES])
        self.time.setAccessibleName("Time shown")
        self.time.setToolTip("Time shown  ( [ and ] )")
        self.time.activated.connect(lambda i: self.time_wanted.emit(TIMES[i]))
        self.scale = QComboBox()
        self.scale.setAccessibleName("Amplitude scale")
        self.scale.setToolTip("Amplitude scale  (Shift+↑ and Shift+↓)")
        self.scale.setMinimumContentsLength(9)
        self.scale.activated.connect(self._scale_chosen)
        self.filter = QPushButton()
        self.filter.setAccessibleName("Filter")
        set_icon(self.filter, "filter")
        self.filter.clicked.connect(lambda _checked: self.filter_pressed.emit())
        self.spectrogram = self._switch(
            "Spectrogram", "spectrogram", "Spectrogram of the selected channel  (S)"
        )
        self.spectrogram.toggled.connect(self.spectrogram_wanted)
        self.freeze = self._switch("Freeze", "freeze", "Stop drawing; recording goes on  (Z)")
        self.freeze.toggled.connect(self.freeze_wanted)
        self.panel = QToolButton()
        self.panel.setCheckable(True)
        self.panel.setProperty("kind", "quiet")
        self.panel.setAccessibleName("Channel panel")
        self.panel.setToolTip("Channel panel  (Ctrl+\\)")
        set_icon(self.panel, "channels")
        self.panel.toggled.connect(self.panel_wanted)
        row = self._row = FoldingRow(spacing=8)
        row.add(self.views)
        row.add(self.time)
        row.add(self.scale, 2)
        row.add(self.filter)
        row.add_stretch()
        row.add(self.spectrogram, 3)
        row.add(self.freeze, 1)
        row.add(self.panel)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(10, 6, 10, 6)
        layout.addWidget(row)
        self._fill_scales()

    def show_options(self, options: TraceOptions) -> None:
        """Mirror what is shown."""
        for view, button in self._buttons.items():
            button.setChecked(view is options.view)
        if options.seconds in TIMES:
            self.time.setCurrentIndex(TIMES.index(options.seconds))
        if options.scale is None:
            self.scale.setCurrentIndex(1 if options.each else 0)
        elif options.scale in STEPS:
            self.scale.setCurrentIndex(2 + STEPS.index(options.scale))

    def show_unit(self, unit: str) -> None:
        """The unit that the amplitude scale is in."""
        if unit != self._unit:
            self._unit = unit
            chosen = self.scale.currentIndex()
            self._fill_scales()
            self.scale.setCurrentIndex(chosen)

    def show_filter(self, summary: str, *, on: bool) -> None:
        """What the conditioned view is filtered with."""
        text = summary if on else "Filter off"
        if text != self.filter.text():
            self.filter.setText(text)
            self._row.fold()
        self.filter.setAccessibleName(f"Filter: {summary if on else 'off'}")
        self.filter.setToolTip(f"Filter of the conditioned view: {summary}  (F switches)")
        restyle(self.filter, "level", "" if on else "check")

    def show_frozen(self, frozen: bool) -> None:
        """Whether the picture stands still."""
        self.freeze.blockSignals(True)
        self.freeze.setChecked(frozen)
        self.freeze.blockSignals(False)
        self.freeze.setText("Frozen" if frozen else "Freeze")
        self._row.fold()
        self._freeze_icon.show("play" if frozen else "freeze")

    def _view_buttons(self) -> QWidget:
        box = QWidget()
        row = QHBoxLayout(box)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(2)
        group = QButtonGroup(box)
        self._buttons: dict[View, QPushButton] = {}
        for view, (name, tip) in VIEWS.items():
            button = QPushButton(name)
            button.setCheckable(True)
            button.setAccessibleName(f"Show {name.lower()} signal")
            button.setToolTip(f"{tip}  (E)")
            button.clicked.connect(lambda _checked, view=view: self.view_wanted.emit(view))
            group.addButton(button)
            row.addWidget(button)
            self._buttons[view] = button
        return box

    def _switch(self, text: str, icon: str, tip: str) -> QPushButton:
        made = QPushButton(text)
        made.setCheckable(True)
        made.setAccessibleName(text)
        made.setToolTip(tip)
        shown: ThemedIcon = set_icon(made, icon)
        if icon == "freeze":
            self._freeze_icon = shown
        return made

    def _fill_scales(self) -> None:
        self.scale.clear()
        self.scale.addItems([AUTO, EACH, *(f"±{amount(step, self._unit)}" for step in STEPS)])

    def _scale_chosen(self, index: int) -> None:
        if index < 2:
            self.scale_wanted.emit(None, index == 1)
        else:
            self.scale_wanted.emit(STEPS[index - 2], False)
