"""The filter of the conditioned view: band, mains notch, heartbeat, and what comes of them."""

from __future__ import annotations

from dataclasses import replace

from PySide6.QtCore import QSignalBlocker, Signal
from PySide6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QGridLayout,
    QLabel,
    QLayout,
    QSizePolicy,
    QVBoxLayout,
    QWidget,
)

from emgstudio.core.errors import EmgError
from emgstudio.core.types import ConditionSpec
from emgstudio.dsp.conditioner import badge, left_out
from emgstudio.dsp.hum import HumReport
from emgstudio.gui.panels.response_curve import ResponseCurve
from emgstudio.gui.widgets import DecimalField, button, label, pad, row

PRESETS: tuple[tuple[str, float | None, float | None], ...] = (
    ("Surface EMG, 20–450 Hz", 20.0, 450.0),
    ("Trunk and neck, 30–450 Hz", 30.0, 450.0),
    ("Wide, 5–500 Hz", 5.0, 500.0),
    ("No band", None, None),
)
OWN = "Own band"
MAINS: tuple[float, ...] = (50.0, 60.0)
ORDERS = (2, 4, 6, 8)
# Measured within this of what a notch is set to, the notch is already there.
SAME_HZ = 0.2
NOTE = "Recordings keep the raw signal; this only changes the clean view and what is decoded."
HEART = "Take the heartbeat out"
HEART_NOTE = "For muscles of the trunk. It learns for some 15 s, and the view is 0.1 s later."
NARROW = 290


def hum_in_words(report: HumReport, unit: str) -> str:
    """How much hum there is at worst and where, for example “12 µV at 50.1 and 150 Hz”."""
    if report.frequency is None:
        return ""
    lines = [f"{k * report.frequency:.4g}" for k in report.harmonics]
    places = " and ".join([", ".join(lines[:-1]), lines[-1]] if len(lines) > 1 else lines)
    return f"{report.microvolts.max():.3g} {unit} at {places} Hz"


class ConditionForm(QWidget):
    """``wanted`` carries the spec that a person put together; the form itself changes nothing."""

    wanted = Signal(object)

    def __init__(self, spec: ConditionSpec, rate: float, unit: str = "µV") -> None:
        super().__init__()
        self._spec = spec
        self._rate = rate
        self._unit = unit
        self._hum: HumReport | None = None
        self._make_fields()
        self.curve = ResponseCurve()
        self.offer = button("", self._take_hum_out)
        self.reset = button("Back to 20–450 Hz", lambda: self._want(ConditionSpec()), kind="quiet")
        self.hum = self._words("muted")
        self.effective = self._words("")
        self.lost = self._words("problem")
        self.locked = self._words("problem")
        self._lay_out()
        self.offer.hide()
        self.hum.hide()
        self.locked.hide()
        self.show_spec(spec)
        self.band.activated.connect(self._preset_chosen)
        self.low.editingFinished.connect(self._edges_changed)
        self.high.editingFinished.connect(self._edges_changed)
        self.order.activated.connect(lambda n: self._want(replace(self._spec, order=ORDERS[n])))
        self.notch.activated.connect(self._notch_chosen)
        self.heart.toggled.connect(lambda on: self._want(replace(self._spec, ecg=on)))

    def show_spec(self, spec: ConditionSpec) -> None:
        """Fill the form in; nothing is wanted by that."""
        self._spec = spec
        edges = [(low, high) for _, low, high in PRESETS]
        found = (spec.low_hz, spec.high_hz)
        self.band.setCurrentIndex(edges.index(found) if found in edges else len(PRESETS))
        self.low.setValue(spec.low_hz or 0.0)
        self.high.setValue(spec.high_hz or 0.0)
        if spec.order in ORDERS:
            self.order.setCurrentIndex(ORDERS.index(spec.order))
        self._show_notches(spec.notch_hz)
        with QSignalBlocker(self.heart):
            self.heart.setChecked(spec.ecg)
        self._show_effect()
        self._show_offer()

    def show_hum(self, report: HumReport) -> None:
        """What was measured just now: offered, never switched on by itself."""
        self._hum = report
        self._show_notches(self._spec.notch_hz)
        self._show_offer()

    def show_locked(self, reason: str) -> None:
        """Why nothing can be changed at present; empty: it can."""
        self.locked.setText(reason)
        self.locked.setVisible(bool(reason))
        for field in (self.band, self.low, self.high, self.order, self.notch, self.heart,
                      self.offer, self.reset):  # fmt: skip
            field.setEnabled(not reason)

    def _make_fields(self) -> None:
        self.band = QComboBox()
        self.band.addItems([name for name, _, _ in PRESETS])
        self.band.addItem(OWN)
        self.low = self._edge("Lower edge of the band")
        self.high = self._edge("Upper edge of the band")
        self.order = QComboBox()
        self.order.addItems([f"{order * 6} dB per octave (order {order})" for order in ORDERS])
        self.notch = QComboBox()
        self.heart = QCheckBox(HEART)
        self.heart.setAccessibleName(HEART)
        self.heart.setAccessibleDescription(HEART_NOTE)
        self.band.setAccessibleName("Band")
        self.order.setAccessibleName("Slope of the band's edges")
        self.notch.setAccessibleName("Mains notch")

    def _lay_out(self) -> None:
        grid = QGridLayout()
        grid.setHorizontalSpacing(12)
        grid.setVerticalSpacing(6)
        grid.setColumnStretch(1, 1)
        edges = row(self.low, label("to", "muted"), self.high)
        edges.setStretch(0, 1)
        edges.setStretch(2, 1)
        rows: tuple[tuple[str, QWidget | QLayout], ...] = (
            ("Band", self.band),
            ("From", edges),
            ("Slope", self.order),
            ("Mains notch", self.notch),
        )
        for number, (text, field) in enumerate(rows):
            grid.addWidget(label(text, "muted"), number, 0)
            if isinstance(field, QLayout):
                grid.addLayout(field, number, 1)
            else:
                grid.addWidget(field, number, 1)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 10, 0)
        layout.setSpacing(8)
        layout.addWidget(label("Filter", "heading"))
        layout.addWidget(self.locked)
        layout.addLayout(grid)
        layout.addWidget(self.hum)
        layout.addWidget(self.offer)
        layout.addWidget(self.heart)
        layout.addWidget(self._words("muted", HEART_NOTE))
        layout.addWidget(self.effective)
        layout.addWidget(self.lost)
        layout.addWidget(self.curve)
        layout.addWidget(self._words("muted", NOTE))
        layout.addWidget(self.reset)

    def _words(self, role: str, text: str = "") -> QLabel:
        made = label(text, role, wrap=True)
        made.setMinimumWidth(NARROW)
        made.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Minimum)
        return made

    def _edge(self, name: str) -> DecimalField:
        made = DecimalField()
        made.setRange(0.0, max(self._rate / 2, 500.0))
        made.setDecimals(0)
        made.setSuffix(" Hz")
        made.setSpecialValueText("none")
        made.setAccessibleName(name)
        pad(made)
        return made

    def _show_notches(self, chosen: float | None) -> None:
        found: list[tuple[str, float | None]] = [("Off", None)]
        found += [(f"{hertz:g} Hz", hertz) for hertz in MAINS]
        if chosen is not None and chosen not in MAINS:
            found.append((f"{chosen:g} Hz", chosen))
        names = [name for name, _ in found]
        if [self.notch.itemText(n) for n in range(self.notch.count())] != names:
            self.notch.clear()
            self.notch.addItems(names)
        self._notches = [hertz for _, hertz in found]
        self.notch.setCurrentIndex(self._notches.index(chosen))

    def _show_effect(self) -> None:
        try:
            on, lost = badge(self._spec, self._rate), left_out(self._spec, self._rate)
        except EmgError as error:
            on, lost = "nothing: " + error.message, ()
        self.effective.setText(f"At {self._rate:g} Hz this is: {on}")
        self.lost.setText("\n".join(f"▲ {reason}" for reason in lost))
        self.lost.setVisible(bool(lost))
        self.curve.show_spec(self._spec, self._rate)

    def _show_offer(self) -> None:
        words = hum_in_words(self._hum, self._unit) if self._hum else ""
        done = self._hum is not None and self._is_taken_out(self._hum)
        self.hum.setVisible(self._hum is not None)
        if self._hum is not None:
            after = " before the notch" if done else ""
            self.hum.setText(f"Hum measured{after}: {words}" if words else "No hum measured")
        self.offer.setVisible(bool(words) and not done)
        if words and self._hum is not None and self._hum.frequency is not None:
            loudest = f"{self._hum.microvolts.max():.3g} {self._unit} measured"
            text = f"Take out {self._hum.frequency:.3g} Hz hum ({loudest})"
            self.offer.setText(text)
            self.offer.setAccessibleName(text)

    def _is_taken_out(self, report: HumReport) -> bool:
        hertz = self._spec.notch_hz
        if hertz is None or report.frequency is None:
            return False
        near = abs(hertz - report.frequency) <= SAME_HZ
        return near and set(report.harmonics) <= set(self._spec.notch_multiples)

    def _take_hum_out(self) -> None:
        report = self._hum
        if report is not None and report.frequency is not None:
            hertz = round(report.frequency, 1)
            self._want(replace(self._spec, notch_hz=hertz, notch_at=report.harmonics))

    def _preset_chosen(self, number: int) -> None:
        if number < len(PRESETS):
            _, low, high = PRESETS[number]
            self._want(replace(self._spec, low_hz=low, high_hz=high))

    def _edges_changed(self) -> None:
        low, high = self.low.value() or None, self.high.value() or None
        if (low, high) != (self._spec.low_hz, self._spec.high_hz):
            self._want(replace(self._spec, low_hz=low, high_hz=high))

    def _notch_chosen(self, number: int) -> None:
        chosen = self._notches[number]
        if chosen != self._spec.notch_hz:
            self._want(replace(self._spec, notch_hz=chosen, notch_at=()))

    def _want(self, spec: ConditionSpec) -> None:
        if spec != self._spec:
            self.show_spec(spec)
            self.wanted.emit(spec)
