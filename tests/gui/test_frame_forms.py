"""Forms show options, check them and give back what was put in."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict, dataclass

import pytest
from PySide6.QtCore import QLocale, QPoint, QPointF, Qt
from PySide6.QtGui import QWheelEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QCheckBox, QComboBox, QLineEdit, QSpinBox, QWidget
from pytestqt.qtbot import QtBot

from emgstudio.core.errors import EmgError
from emgstudio.core.options import option
from emgstudio.devices.registry import DRIVERS
from emgstudio.gui.forms import OptionsForm, PlainDouble
from emgstudio.gui.widgets import DecimalField


@dataclass(frozen=True)
class Sensor:
    rate: float = option(1000.0, "Sampling rate", unit="Hz", minimum=200, maximum=4000)
    channels: int = option(8, "Channels", minimum=1, maximum=64, doc="How many electrodes")
    side: str = option("left", "Side", choices=("left", "right"))
    gain: int = option(12, "Gain", choices=(1, 6, 12))
    fast: bool = option(False, "Fast link")
    name: str = option("", "Name")
    drift: float = option(0.5, "Drift")


@pytest.fixture
def form(qtbot: QtBot) -> OptionsForm:
    made = OptionsForm(Sensor)
    qtbot.addWidget(made)
    return made


def test_defaults_come_back_as_they_are(form: OptionsForm) -> None:
    assert form.options() == Sensor()


def test_values_of_every_type_make_the_round_trip(form: OptionsForm) -> None:
    wanted = Sensor(1999.75, 16, "right", 6, True, "arm 3", -0.000125)
    form.set_values(asdict(wanted))
    assert form.options() == wanted
    assert {k: type(v) for k, v in form.values().items()} == {
        k: type(v) for k, v in asdict(wanted).items()
    }


@pytest.mark.parametrize("kind", DRIVERS, ids=lambda kind: kind.scheme)
def test_every_device_kind_has_a_form(qtbot: QtBot, kind: object) -> None:
    made = OptionsForm(kind.options)
    qtbot.addWidget(made)
    assert made.options() == kind.options()


@pytest.fixture(params=["de_DE", "en_US", "fr_CH"])
def desktop(request: pytest.FixtureRequest) -> Iterator[QLocale]:
    """A desktop of another country: some write 2.5 as 2,5, and 1000 as 1.000 or 1,000."""
    before = QLocale()
    QLocale.setDefault(QLocale(request.param))
    yield QLocale()
    QLocale.setDefault(before)


@pytest.mark.parametrize("kind", [DecimalField, PlainDouble])
@pytest.mark.parametrize(
    ("typed", "meant"), [("2.5", 2.5), ("2,5", 2.5), ("1234.5", 1234.5), (",5", 0.5)]
)
def test_point_and_comma_mean_the_same_on_every_desktop(
    qtbot: QtBot, desktop: QLocale, kind: type[DecimalField], typed: str, meant: float
) -> None:
    field = kind()
    qtbot.addWidget(field)
    field.setRange(0.0, 1e4)
    field.setSuffix(" Hz")
    field.selectAll()
    QTest.keyClicks(field, typed)
    field.interpretText()
    assert field.value() == meant, desktop.name()
    assert f"{meant:g}" in field.text()


def test_numbers_stay_in_their_range(form: OptionsForm) -> None:
    form.set_values({"rate": 1e9, "channels": -4})
    assert form.values()["rate"] == 4000.0
    assert form.values()["channels"] == 1


def test_what_is_typed_counts_without_enter(qtbot: QtBot, form: OptionsForm) -> None:
    box = form.editors["channels"]
    assert isinstance(box, QSpinBox)
    box.lineEdit().setText("32")
    assert form.options().channels == 32


def test_a_value_that_does_not_fit_is_named_and_refused(qtbot: QtBot, form: OptionsForm) -> None:
    form.show()
    box = form.editors["side"]
    assert isinstance(box, QComboBox)
    box.setItemData(0, "middle")
    with pytest.raises(EmgError, match="Side cannot be 'middle'"):
        form.options()
    assert box.property("wrong")
    assert "left, right" in form._problem.text()
    assert form._problem.isVisible()
    box.setItemData(0, "left")
    assert form.options() == Sensor()
    assert not form._problem.isVisible()


def test_editing_tells(qtbot: QtBot, form: OptionsForm) -> None:
    line, box = form.editors["name"], form.editors["fast"]
    assert isinstance(line, QLineEdit)
    assert isinstance(box, QCheckBox)
    with qtbot.waitSignal(form.changed):
        qtbot.keyClicks(line, "x")
    with qtbot.waitSignal(form.changed):
        box.click()


def test_each_field_says_what_it_is_with_unit_and_range(form: OptionsForm) -> None:
    assert form.editors["rate"].accessibleName() == "Sampling rate in Hz"
    assert form.editors["rate"].toolTip() == "200 to 4000 Hz"
    assert form.editors["channels"].toolTip() == "How many electrodes. 1 to 64"
    box = form.editors["rate"]
    assert box.text() == "1000 Hz"


def test_the_wheel_over_a_field_without_focus_changes_nothing(
    qtbot: QtBot, form: OptionsForm
) -> None:
    form.show()
    box = form.editors["channels"]
    _turn_wheel(box)
    assert form.values()["channels"] == 8
    box.setFocus()
    qtbot.waitUntil(box.hasFocus)
    _turn_wheel(box)
    assert form.values()["channels"] == 9


def _turn_wheel(widget: QWidget) -> None:
    at = QPointF(widget.rect().center())
    event = QWheelEvent(
        at,
        QPointF(widget.mapToGlobal(at.toPoint())),
        QPoint(0, 0),
        QPoint(0, 120),
        Qt.MouseButton.NoButton,
        Qt.KeyboardModifier.NoModifier,
        Qt.ScrollPhase.NoScrollPhase,
        False,
    )
    QApplication.sendEvent(widget, event)


def test_a_special_value_is_shown_as_its_word(qtbot: QtBot) -> None:
    @dataclass(frozen=True)
    class Port:
        baud: int = option(0, "Baud rate", choices=(0, 9600), words={0: "automatic"})
        rate: float = option(0.0, "Rate", unit="Hz", minimum=0.0, words={0: "automatic"})
        most: int = option(0, "Channels", minimum=0, words={0: "all"})

    made = OptionsForm(Port)
    qtbot.addWidget(made)
    baud = made.editors["baud"]
    assert isinstance(baud, QComboBox)
    assert [baud.itemText(k) for k in range(2)] == ["automatic", "9600"]
    assert (made.editors["rate"].text(), made.editors["most"].text()) == ("automatic", "all")
    assert made.options() == Port()
    made.set_values({"rate": 500.0, "most": 3})
    assert (made.editors["rate"].text(), made.editors["most"].text()) == ("500 Hz", "3")
