"""How numbers become microvolts: by converter and amplifier, by two points, or by a factor."""

from __future__ import annotations

from dataclasses import replace

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QComboBox, QDoubleSpinBox, QFrame, QWidget

from emgstudio.core.errors import EmgError
from emgstudio.devices.drivers.ascii_options import (
    AsciiOptions,
    Scale,
    scale_of,
    scale_through,
)
from emgstudio.gui.flow import FlowLayout
from emgstudio.gui.forms import PlainDouble
from emgstudio.gui.widgets import column, label, pad, row

NONE, CONVERTER, POINTS, FACTOR = range(4)
WAYS = (
    "No scale: numbers without a unit (a.u.)",
    "By converter and amplifier",
    "By two points",
    "By microvolts per step",
)
CONVERTERS = (
    ("Arduino Uno, Nano, Mega", 10, 5.0),
    ("Arduino Uno R4", 14, 5.0),
    ("ESP32, Pico, Teensy, Due", 12, 3.3),
    ("STM32 and others with 16 bit", 16, 3.3),
)
# Gain, and the volts that mean zero; None is half of the reference.
AMPLIFIERS: tuple[tuple[str, float, float | None], ...] = (
    ("MyoWare 2.0, RAW", 200.0, None),
    ("Gravity SEN0240", 1000.0, 1.5),
)
OWN = "Another one"
HALF, ZERO, GIVEN = range(3)
CLOSE = 1e-9


class ScaleForm(QFrame):
    """``changed`` after every edit; the formula in use is always shown."""

    changed = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.setProperty("role", "well")
        self.way = _box("How numbers become microvolts", WAYS)
        self._parts = {
            CONVERTER: self._converter_part(),
            POINTS: self._points_part(),
            FACTOR: self._factor_part(),
        }
        self.formula = label("", wrap=True)
        self.formula.setAccessibleName("Formula")
        layout = column(
            label("Scale", "heading"),
            row(self.way, 1),
            *self._parts.values(),
            self.formula,
            spacing=10,
        )
        layout.setContentsMargins(14, 12, 14, 12)
        self.setLayout(layout)
        self.way.currentIndexChanged.connect(lambda _i: self._edited())
        self._edited()

    def show_options(self, options: AsciiOptions) -> None:
        """Show the scale that these options have."""
        if options.factor:
            self.factor.setValue(options.factor)
            self.at_zero.setValue(options.zero)
            self.way.setCurrentIndex(FACTOR)
        elif options.vref:
            self.bits.setValue(options.bits)
            self.vref.setValue(options.vref)
            self.gain.setValue(options.gain)
            self.zero.setCurrentIndex(HALF if options.middle else ZERO)
            self.way.setCurrentIndex(CONVERTER)
        else:
            self.way.setCurrentIndex(NONE)

    def put_into(self, options: AsciiOptions) -> AsciiOptions:
        """``options`` with this scale and no other. Raises EmgError where it makes none."""
        bare = replace(options, vref=0.0, factor=0.0, zero=0.0)
        way = self.way.currentIndex()
        if way == CONVERTER:
            if not self.vref.value():
                raise EmgError("The reference voltage is missing.", "Arduino Uno: 5 V.")
            whole = replace(
                bare,
                vref=self.vref.value(),
                bits=round(self.bits.value()),
                gain=self.gain.value(),
                middle=self.zero.currentIndex() == HALF,
            )
            if self.zero.currentIndex() != GIVEN:
                return whole
            scale = scale_of(whole)
            assert scale is not None
            raw = self.volts.value() / self.vref.value() * (1 << whole.bits)
            return replace(bare, factor=scale.factor, zero=raw)
        if way == POINTS:
            low, high = self._points
            scale = scale_through(
                (low[0].value(), low[1].value()), (high[0].value(), high[1].value())
            )
            return replace(bare, factor=scale.factor, zero=scale.zero)
        if way == FACTOR:
            if not self.factor.value():
                raise EmgError("Microvolts per step cannot be 0.", "Choose “No scale” for that.")
            return replace(bare, factor=self.factor.value(), zero=self.at_zero.value())
        return bare

    def scale(self) -> Scale | None:
        """The scale that is shown; None where there is none (yet)."""
        try:
            return scale_of(self.put_into(AsciiOptions()))
        except EmgError:
            return None

    def _edited(self) -> None:
        for way, part in self._parts.items():
            part.setVisible(way == self.way.currentIndex())
        self.volts.setVisible(self.zero.currentIndex() == GIVEN)
        try:
            text = self._words(scale_of(self.put_into(AsciiOptions())))
        except EmgError as error:
            text = str(error)
        self.formula.setText(text)
        self.changed.emit()

    def _words(self, scale: Scale | None) -> str:
        if scale is None:
            return "Numbers stay what they are. Microvolts are never guessed."
        short = f"µV = (number − {scale.zero:g}) × {scale.factor:.6g} µV"
        if self.way.currentIndex() != CONVERTER:
            return short
        how = (
            f"(number − {scale.zero:g}) × {self.vref.value():g} V ÷ 2^{self.bits.value():.0f} "
            f"÷ {self.gain.value():g} × 10⁶"
        )
        return f"µV = {how} = (number − {scale.zero:g}) × {scale.factor:.6g} µV"

    def _converter_part(self) -> QWidget:
        self.converter = _box("Converter", (*(c[0] for c in CONVERTERS), OWN))
        self.amplifier = _box("Amplifier", (*(a[0] for a in AMPLIFIERS), OWN))
        self.bits = _number("Bits of the converter", 1, 32, CONVERTERS[0][1], " bit", 0)
        self.vref = _number("Reference voltage in V", 0, 50, CONVERTERS[0][2], " V")
        self.gain = _number("Gain of the amplifier", 1e-3, 1e6, AMPLIFIERS[0][1], "")
        self.zero = _box("Zero", ("half of the reference", "at 0 V", "at a voltage of its own"))
        self.volts = _number("Voltage that means zero", 0, 50, 1.5, " V")
        self.converter.activated.connect(self._take_converter)
        self.amplifier.activated.connect(self._take_amplifier)
        self.zero.currentIndexChanged.connect(lambda _i: self._edited())
        for number in (self.bits, self.vref, self.gain, self.volts):
            number.valueChanged.connect(lambda _v: self._edited())
        return _flow(
            ("Converter", self.converter),
            ("Bits", self.bits),
            ("Reference", self.vref),
            ("Amplifier", self.amplifier),
            ("Gain", self.gain),
            ("Zero is", self.zero),
            ("", self.volts),
        )

    def _take_converter(self, index: int) -> None:
        if index < len(CONVERTERS):
            _, bits, vref = CONVERTERS[index]
            self.bits.setValue(bits)
            self.vref.setValue(vref)

    def _take_amplifier(self, index: int) -> None:
        if index < len(AMPLIFIERS):
            _, gain, volts = AMPLIFIERS[index]
            self.gain.setValue(gain)
            self.zero.setCurrentIndex(HALF if volts is None else GIVEN)
            self.volts.setValue(volts or 0.0)

    def _points_part(self) -> QWidget:
        self._points = (
            (_number("First number", None, None, 0.0), _number("Its µV", None, None, 0.0, " µV")),
            (
                _number("Second number", None, None, 1023.0),
                _number("Its µV", None, None, 1000.0, " µV"),
            ),
        )
        captions = ("First number", "is", "Second number", "is")
        fields = [field for point in self._points for field in point]
        for field in fields:
            field.valueChanged.connect(lambda _v: self._edited())
        return _flow(*zip(captions, fields, strict=True))

    def _factor_part(self) -> QWidget:
        self.factor = _number("Microvolts per step", None, None, 1.0, " µV")
        self.at_zero = _number("Number that means 0 µV", None, None, 0.0)
        for field in (self.factor, self.at_zero):
            field.valueChanged.connect(lambda _v: self._edited())
        return _flow(("One step is", self.factor), ("0 µV is the number", self.at_zero))


def _box(name: str, choices: tuple[str, ...]) -> QComboBox:
    made = QComboBox()
    made.setAccessibleName(name)
    made.addItems(choices)
    made.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToContents)
    return made


def _number(
    name: str,
    low: float | None,
    high: float | None,
    value: float,
    unit: str = "",
    decimals: int = 6,
) -> QDoubleSpinBox:
    made = PlainDouble()
    made.setDecimals(decimals)
    made.setRange(-1e9 if low is None else low, 1e9 if high is None else high)
    made.setValue(value)
    made.setSuffix(unit)
    made.setAccessibleName(name)
    made.setKeyboardTracking(False)
    made.setMinimumWidth(made.fontMetrics().horizontalAdvance("−0000.000 µV") + 36)
    pad(made)
    return made


def _flow(*parts: tuple[str, QWidget]) -> QWidget:
    """Captions with their fields, going on in the next line where there is no room."""
    flow = FlowLayout((14, 8))
    for caption, field in parts:
        pair = QWidget()
        words = label(caption)
        words.setBuddy(field)
        pair.setLayout(row(words, field, spacing=6) if caption else row(field))
        flow.addWidget(pair)
    made = QWidget()
    made.setLayout(flow)
    return made
