"""Forms made from options classes, so that a new device needs no window code."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from PySide6.QtCore import QEvent, QObject, Qt, Signal
from PySide6.QtWidgets import (
    QAbstractSpinBox,
    QCheckBox,
    QComboBox,
    QDoubleSpinBox,
    QFormLayout,
    QLineEdit,
    QSpinBox,
    QWidget,
)

from emgstudio.core.errors import EmgError
from emgstudio.core.options import OptionField, checked, option_fields
from emgstudio.gui.widgets import DecimalField, label, pad, restyle

LARGEST_INT = 2**31 - 1
LARGEST_FLOAT = 1e12


class PlainDouble(DecimalField):
    """Shows as many digits as the number has, not more."""

    def textFromValue(self, value: float) -> str:
        """The shortest text of the value."""
        return self.locale().toString(value, "g", 9)


class OptionsForm(QWidget):
    """One labelled field per option of ``options_type``; ``changed`` after every edit."""

    changed = Signal()

    def __init__(self, options_type: type, values: Mapping[str, Any] | None = None) -> None:
        super().__init__()
        self.options_type = options_type
        self.fields = option_fields(options_type)
        self.editors: dict[str, QWidget] = {}
        form = QFormLayout(self)
        form.setContentsMargins(0, 0, 0, 0)
        form.setHorizontalSpacing(16)
        form.setVerticalSpacing(8)
        form.setFieldGrowthPolicy(QFormLayout.FieldGrowthPolicy.AllNonFixedFieldsGrow)
        form.setLabelAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
        self._problem = label("", "problem", wrap=True)
        for field in self.fields:
            self._add(form, field)
        form.addRow(self._problem)
        self._problem.hide()
        self.set_values(values or {})

    def set_values(self, values: Mapping[str, Any]) -> None:
        """Show these values, the default where one is missing."""
        for field in self.fields:
            _show(self.editors[field.name], values.get(field.name, field.default))

    def values(self) -> dict[str, Any]:
        """What the fields hold now, by option name, each of its option's type."""
        return {f.name: _value(self.editors[f.name], f) for f in self.fields}

    def options(self) -> Any:
        """The options as an instance of their class.

        Raises EmgError when a value does not fit; the form shows which.
        """
        values = self.values()
        problem: EmgError | None = None
        for field in self.fields:
            try:
                checked(field, values[field.name])
                restyle(self.editors[field.name], "wrong", False)
            except EmgError as error:
                restyle(self.editors[field.name], "wrong", True)
                problem = problem or error
        self._problem.setText(str(problem or ""))
        self._problem.setVisible(problem is not None)
        if problem is not None:
            raise problem
        return self.options_type(**values)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Turning the wheel over a field scrolls the page instead of changing the value."""
        scrolled = event.type() == QEvent.Type.Wheel
        if scrolled and isinstance(watched, QWidget) and not watched.hasFocus():
            event.ignore()
            return True
        return super().eventFilter(watched, event)

    def _add(self, form: QFormLayout, field: OptionField) -> None:
        editor = _editor(field)
        editor.setObjectName(field.name)
        name = f"{field.label} in {field.unit}" if field.unit else field.label
        editor.setAccessibleName(name)
        limits = field.limits[:1].upper() + field.limits[1:]
        help_text = ". ".join(filter(None, [field.doc.rstrip("."), limits]))
        editor.setToolTip(help_text)
        editor.setAccessibleDescription(help_text)
        editor.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        editor.installEventFilter(self)
        self._connect(editor)
        self.editors[field.name] = editor
        if isinstance(editor, QCheckBox):
            form.addRow("", editor)
            return
        caption = label(field.label)
        caption.setBuddy(editor)
        caption.setToolTip(help_text)
        form.addRow(caption, editor)

    def _connect(self, editor: QWidget) -> None:
        if isinstance(editor, QCheckBox):
            editor.toggled.connect(lambda _on: self.changed.emit())
        elif isinstance(editor, QComboBox):
            editor.currentIndexChanged.connect(lambda _index: self.changed.emit())
        elif isinstance(editor, QLineEdit):
            editor.textEdited.connect(lambda _text: self.changed.emit())
        elif isinstance(editor, QSpinBox | QDoubleSpinBox):
            editor.valueChanged.connect(lambda _value: self.changed.emit())


def _editor(field: OptionField) -> QWidget:
    if field.type is bool:
        return QCheckBox(field.label)
    if field.choices:
        box = QComboBox()
        for choice in field.choices:
            plain = f"{choice} {field.unit}".strip() if str(choice) else "automatic"
            box.addItem(field.word(choice) or plain, choice)
        return box
    if field.type is int:
        whole = QSpinBox()
        # A spin box counts in 32 bits.
        low = -LARGEST_INT if field.minimum is None else field.minimum
        high = LARGEST_INT if field.maximum is None else field.maximum
        whole.setRange(round(max(low, -LARGEST_INT)), round(min(high, LARGEST_INT)))
        whole.setSpecialValueText(field.word(whole.minimum()))
        return _with_unit(whole, field)
    if field.type is float:
        number = PlainDouble()
        number.setDecimals(6)
        number.setRange(
            -LARGEST_FLOAT if field.minimum is None else field.minimum,
            LARGEST_FLOAT if field.maximum is None else field.maximum,
        )
        number.setStepType(QAbstractSpinBox.StepType.AdaptiveDecimalStepType)
        number.setSpecialValueText(field.word(number.minimum()))
        return _with_unit(number, field)
    return QLineEdit()


def _with_unit(box: QSpinBox | QDoubleSpinBox, field: OptionField) -> QWidget:
    if field.unit:
        box.setSuffix(f" {field.unit}")
    box.setKeyboardTracking(False)
    pad(box)
    return box


def _show(editor: QWidget, value: Any) -> None:
    if isinstance(editor, QCheckBox):
        editor.setChecked(bool(value))
    elif isinstance(editor, QComboBox):
        index = editor.findData(value)
        editor.setCurrentIndex(max(0, index))
    elif isinstance(editor, QSpinBox | QDoubleSpinBox):
        editor.setValue(value)
    elif isinstance(editor, QLineEdit):
        editor.setText(str(value))


def _value(editor: QWidget, field: OptionField) -> Any:
    if isinstance(editor, QCheckBox):
        return editor.isChecked()
    if isinstance(editor, QComboBox):
        return editor.currentData()
    if isinstance(editor, QSpinBox | QDoubleSpinBox):
        # What is typed but not yet confirmed with Enter counts too.
        editor.interpretText()
        return field.type(editor.value())
    assert isinstance(editor, QLineEdit)
    return editor.text()
