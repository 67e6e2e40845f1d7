"""Which driver, and its options: a form made from what the registry knows of an address."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QComboBox, QFormLayout, QFrame, QVBoxLayout, QWidget

from emgstudio.core.errors import EmgError
from emgstudio.core.options import options_from_text, options_to_text
from emgstudio.devices.address import DRIVER, DeviceUri
from emgstudio.devices.registry import DRIVERS, kind_of
from emgstudio.gui.forms import OptionsForm
from emgstudio.gui.widgets import column, label, row

CHOOSE = "Choose what it is…"


def every_guess(uri: DeviceUri) -> tuple[str, ...]:
    """The address with each driver that its scheme has; with its own driver only if it says one."""
    if uri.driver:
        return (str(uri),)
    kinds = [kind for kind in DRIVERS if kind.scheme == uri.scheme]
    if len(kinds) == 1:
        return (str(uri),)
    return (
        str(uri),
        *(str(DeviceUri(uri.scheme, uri.target, {DRIVER: k.key, **uri.query})) for k in kinds),
    )


class DriverForm(QFrame):
    """Shows one address in one or several readings; ``changed`` when another driver is chosen."""

    changed = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.setProperty("role", "card")
        self.options: OptionsForm | None = None
        self.driver = QComboBox()
        self.driver.setAccessibleName("Driver")
        self.driver.setSizeAdjustPolicy(
            QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon
        )
        self.driver.setMinimumContentsLength(12)
        self.driver.currentIndexChanged.connect(lambda _index: self._show_options())
        self._driver_row = QWidget()
        caption = label("Driver")
        caption.setBuddy(self.driver)
        driver_row = row(caption, spacing=16)
        driver_row.addWidget(self.driver, 1)
        self._driver_row.setLayout(driver_row)
        self._nothing = label("This device has no settings.", "muted")
        self._place = QVBoxLayout()
        layout = column(self._driver_row, self._place, self._nothing, spacing=10)
        layout.setContentsMargins(14, 12, 14, 12)
        self.setLayout(layout)
        self._uris: tuple[str, ...] = ()

    def show_uris(self, uris: Sequence[str]) -> None:
        """The readings of one address, the best guess first; the same again changes nothing."""
        if tuple(uris) == self._uris:
            return
        self._uris = tuple(uris)
        self.driver.blockSignals(True)
        self.driver.clear()
        for uri in uris:
            self.driver.addItem(_title(uri), uri)
        self.driver.blockSignals(False)
        self._driver_row.setVisible(len(uris) > 1)
        self._show_options()

    @property
    def complete(self) -> bool:
        """Whether it is said which driver."""
        try:
            kind_of(DeviceUri.parse(self._chosen()))
        except EmgError:
            return False
        return True

    def uri(self) -> str:
        """The address with driver and options. Raises EmgError, the form shows where."""
        parsed = DeviceUri.parse(self._chosen())
        kind_of(parsed)
        if self.options is None:
            return str(parsed)
        return str(parsed.with_options(options_to_text(self.options.options())))

    def _chosen(self) -> str:
        return str(self.driver.currentData() or "")

    def _show_options(self) -> None:
        if self.options is not None:
            self._place.removeWidget(self.options)
            self.options.deleteLater()
            self.options = None
        if self.complete:
            parsed = DeviceUri.parse(self._chosen())
            kind = kind_of(parsed)
            self.options = OptionsForm(kind.options)
            self.options.changed.connect(partial(self.changed.emit))
            _fill(self.options, kind.options, parsed)
            make_narrow(self.options)
            self._place.addWidget(self.options)
        has_fields = self.options is not None and bool(self.options.fields)
        self._nothing.setVisible(self.complete and not has_fields)
        self.changed.emit()


def make_narrow(form: OptionsForm) -> None:
    """Let it fit beside the cards: long captions above their fields, long choices cut."""
    layout = form.layout()
    if isinstance(layout, QFormLayout):
        layout.setRowWrapPolicy(QFormLayout.RowWrapPolicy.WrapLongRows)
    policy = QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon
    for box in form.findChildren(QComboBox):
        box.setSizeAdjustPolicy(policy)
        box.setMinimumContentsLength(10)


def _fill(form: OptionsForm, options_type: type, uri: DeviceUri) -> None:
    try:
        options: object = options_from_text(options_type, uri.options)
    except EmgError:
        # Typed by hand or of an older version: connecting says what is wrong with it.
        return
    form.set_values({f.name: getattr(options, f.name) for f in form.fields})


def _title(uri: str) -> str:
    try:
        return kind_of(DeviceUri.parse(uri)).title
    except EmgError:
        return CHOOSE
