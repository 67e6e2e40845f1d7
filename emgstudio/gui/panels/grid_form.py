"""The shape of an electrode array: rows, columns, and how its channels follow each other."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QCheckBox, QComboBox, QHBoxLayout, QSpinBox, QWidget

from emgstudio.gui.plots.grid_shape import KNOWN, LARGEST, GridShape, Order, shaped
from emgstudio.gui.widgets import column, label, line, pad

OWN = "Own size"
ORDERS = {
    Order.ROWS: "Row by row",
    Order.COLUMNS: "Column by column",
    Order.SNAKE_ROWS: "Rows, to and fro",
    Order.SNAKE_COLUMNS: "Columns, up and down",
}


class GridForm(QWidget):
    """``shape_wanted`` carries a :class:`GridShape`, ``smooth_wanted`` how it is filled."""

    shape_wanted = Signal(object)
    smooth_wanted = Signal(bool)

    def __init__(self) -> None:
        super().__init__()
        self._shape = KNOWN[0]
        self._channels = KNOWN[0].electrodes
        self.size_box = QComboBox()
        self.size_box.addItems([shape.size for shape in KNOWN] + [OWN])
        self.size_box.setAccessibleName("Size of the electrode array, rows × columns")
        self.size_box.activated.connect(self._size_chosen)
        self.rows = self._count("Rows of the array")
        self.columns = self._count("Columns of the array")
        self.order = QComboBox()
        self.order.addItems(list(ORDERS.values()))
        self.order.setAccessibleName("How the channels of the array follow each other")
        self.order.activated.connect(lambda _index: self._want())
        self.smooth = QCheckBox("Fill in between electrodes")
        self.smooth.setChecked(True)
        self.smooth.toggled.connect(self.smooth_wanted)
        self._own = QWidget()
        own = QHBoxLayout(self._own)
        own.setContentsMargins(0, 0, 0, 0)
        for part in (self.rows, label("×", "muted"), self.columns):
            own.addWidget(part)
        self.setLayout(
            column(
                line(),
                label("Electrode array", "heading"),
                self.size_box,
                self._own,
                self.order,
                self.smooth,
                spacing=8,
            )
        )
        self.show_shape(self._shape, self._channels)

    def show_shape(self, shape: GridShape, channels: int) -> None:
        """Fill the form in for an array in a stream of so many EMG channels."""
        self._shape, self._channels = shape, channels
        sizes = [(known.rows, known.columns) for known in KNOWN]
        found = (shape.rows, shape.columns)
        self.size_box.setCurrentIndex(sizes.index(found) if found in sizes else len(KNOWN))
        for field, value in ((self.rows, shape.rows), (self.columns, shape.columns)):
            field.blockSignals(True)
            field.setValue(value)
            field.blockSignals(False)
        self.order.setCurrentIndex(list(ORDERS).index(shape.order))
        self._own.setVisible(found not in sizes)

    def _count(self, name: str) -> QSpinBox:
        made = QSpinBox()
        made.setRange(1, LARGEST)
        made.setAccessibleName(name)
        pad(made)
        made.valueChanged.connect(lambda _value: self._want())
        return made

    def _size_chosen(self, index: int) -> None:
        if index == len(KNOWN):
            self._own.show()
            self.rows.setFocus()
        else:
            self.shape_wanted.emit(KNOWN[index])

    def _want(self) -> None:
        order = list(ORDERS)[self.order.currentIndex()]
        rows, columns = self.rows.value(), self.columns.value()
        self.shape_wanted.emit(shaped(rows, columns, order, self._channels))
