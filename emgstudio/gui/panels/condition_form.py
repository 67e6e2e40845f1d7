"""The filter of the conditioned view: band and notch, in a few words."""

from __future__ import annotations

from dataclasses import replace

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QComboBox, QDoubleSpinBox, QGridLayout, QVBoxLayout, QWidget

from emgstudio.core.types import ConditionSpec
from emgstudio.gui.widgets import label

PRESETS: tuple[tuple[str, float | None, float | None], ...] = (
    ("Surface EMG, 20–450 Hz", 20.0, 450.0),
    ("Trunk and neck, 30–450 Hz", 30.0, 450.0),
    ("Wide, 10–500 Hz", 10.0, 500.0),
    ("No band", None, None),
)
OWN = "Own band"
NOTCHES: tuple[tuple[str, float | None], ...] = (("Off", None), ("50 Hz", 50.0), ("60 Hz", 60.0))
NOTE = "Recordings keep the raw signal; this only changes the clean view and what is decoded."


class ConditionForm(QWidget):
    """``wanted`` carries the spec that a person put together."""

    wanted = Signal(object)

    def __init__(self, spec: ConditionSpec, rate: float) -> None:
        super().__init__()
        self._spec = spec
        self.band = QComboBox()
        self.band.addItems([name for name, _, _ in PRESETS])
        self.band.addItem(OWN)
        self.low = self._edge("Lower edge of the band", rate)
        self.high = self._edge("Upper edge of the band", rate)
        self.notch = QComboBox()
        self.notch.addItems([name for name, _ in NOTCHES])
        self.band.setAccessibleName("Band")
        self.notch.setAccessibleName("Mains notch")
        grid = QGridLayout()
        grid.setHorizontalSpacing(12)
        grid.setVerticalSpacing(8)
        rows: tuple[tuple[str, QWidget], ...] = (
            ("Band", self.band),
            ("From", self.low),
            ("to", self.high),
            ("Mains notch", self.notch),
        )
        for number, (text, field) in enumerate(rows):
            grid.addWidget(label(text, "muted"), number, 0)
            grid.addWidget(field, number, 1)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(10)
        layout.addWidget(label("Filter", "heading"))
        layout.addLayout(grid)
        note = label(NOTE, "muted", wrap=True)
        note.setMinimumWidth(280)
        layout.addWidget(note)
        self.show_spec(spec)
        self.band.activated.connect(self._preset_chosen)
        self.low.editingFinished.connect(self._edges_changed)
        self.high.editingFinished.connect(self._edges_changed)
        self.notch.activated.connect(self._notch_chosen)

    def show_spec(self, spec: ConditionSpec) -> None:
        """Fill the form in; nothing is wanted by that."""
        self._spec = spec
        edges = [(low, high) for _, low, high in PRESETS]
        found = (spec.low_hz, spec.high_hz)
        self.band.setCurrentIndex(edges.index(found) if found in edges else len(PRESETS))
        self.low.setValue(spec.low_hz or 0.0)
        self.high.setValue(spec.high_hz or 0.0)
        hertz = [value for _, value in NOTCHES]
        self.notch.setCurrentIndex(hertz.index(spec.notch_hz) if spec.notch_hz in hertz else 0)

    def _edge(self, name: str, rate: float) -> QDoubleSpinBox:
        made = QDoubleSpinBox()
        made.setRange(0.0, max(rate / 2, 500.0))
        made.setDecimals(0)
        made.setSuffix(" Hz")
        made.setSpecialValueText("none")
        made.setAccessibleName(name)
        return made

    def _preset_chosen(self, number: int) -> None:
        if number < len(PRESETS):
            _, low, high = PRESETS[number]
            self._want(replace(self._spec, low_hz=low, high_hz=high))

    def _edges_changed(self) -> None:
        low, high = self.low.value() or None, self.high.value() or None
        if (low, high) != (self._spec.low_hz, self._spec.high_hz):
            self._want(replace(self._spec, low_hz=low, high_hz=high))

    def _notch_chosen(self, number: int) -> None:
        self._want(replace(self._spec, notch_hz=NOTCHES[number][1]))

    def _want(self, spec: ConditionSpec) -> None:
        if spec != self._spec:
            self.show_spec(spec)
            self.wanted.emit(spec)
