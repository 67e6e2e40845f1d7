"""Teach a board that prints numbers: what its columns are and what the numbers are worth."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from PySide6.QtWidgets import QComboBox, QLineEdit, QPlainTextEdit, QWidget

from emgstudio.core.clock import host_time
from emgstudio.core.errors import EmgError
from emgstudio.devices.address import DRIVER, DeviceUri
from emgstudio.devices.drivers.ascii_layout import SEPARATORS, Line
from emgstudio.devices.drivers.ascii_lines import AsciiDriver
from emgstudio.devices.drivers.ascii_options import AsciiOptions
from emgstudio.devices.drivers.ascii_teach import (
    Lesson,
    Use,
    follow,
    learn,
    pasted_lines,
    taught_options,
)
from emgstudio.devices.search import typed_address
from emgstudio.devices.worker import DeviceState, DeviceWorker
from emgstudio.gui.devices.page import DevicePage, fixed_font, make_short
from emgstudio.gui.devices.scale_form import ScaleForm
from emgstudio.gui.devices.teach_table import TeachTable
from emgstudio.gui.theme import theme
from emgstudio.gui.widgets import button, label, row
from emgstudio.session.teaching import apply_lesson, text_driver

if TYPE_CHECKING:
    from emgstudio.session.session import Session

ABOUT = (
    "For any board that prints numbers, line by line. What is guessed can be corrected here; it is "
    "kept for this sensor."
)
PASTED = "pasted"
KEPT, CONNECTING = "Kept for this sensor.", "Kept for this sensor. Connecting with it…"
LINES_SHOWN = 6
LINES_LOOKED_AT = 200
LEARN_EVERY_S = 2.0
RAW_MARGIN = 26
EXAMPLE = "Paste lines here, as the Arduino serial monitor shows them:\n512,498\n515,493\n…"


class TeachPage(DevicePage):
    """Lines of a connected device or pasted ones; :meth:`apply` connects with what was taught."""

    def __init__(self, session: Session, device_id: str = "", port: str = "") -> None:
        super().__init__("Teach a board", ABOUT)
        self._session = session
        self.lesson: Lesson | None = None
        self._shape: tuple[str, str, int] | None = None
        self._base = AsciiOptions()
        self._learnt = 0.0
        self.source = QComboBox()
        self.source.setAccessibleName("Lines from")
        make_short(self.source, 18)
        self.separator = QComboBox()
        self.separator.setAccessibleName("Separator")
        for key in ("auto", *SEPARATORS):
            self.separator.addItem("automatic" if key == "auto" else key, key)
        self.raw = QPlainTextEdit()
        self.raw.setAccessibleName("Lines as they come")
        self.raw.setPlaceholderText(EXAMPLE)
        self.raw.setTabChangesFocus(True)
        self.guess = label("", wrap=True)
        self.guess.setAccessibleName("What the lines show")
        self.table = TeachTable()
        self.scale = ScaleForm()
        self.port = QLineEdit(port)
        self.port.setPlaceholderText("COM4, /dev/ttyUSB0, socket://…")
        self.port.setAccessibleName("Port of the board")
        self._port_row = QWidget()
        words = label("Port of the board")
        words.setBuddy(self.port)
        self._port_row.setLayout(row(words, self.port, spacing=12))
        self.result = label("", "muted", wrap=True)
        self.apply_button = button("Apply and reconnect", self.apply, icon="done", kind="primary")
        self._lay_out()
        self._fill_sources(device_id)
        self.source.currentIndexChanged.connect(lambda _i: self._begin())
        self.separator.currentIndexChanged.connect(lambda _i: self._forget())
        self.table.edited.connect(self._check)
        self.scale.changed.connect(self._check)
        self.raw.textChanged.connect(self._pasted)
        theme().changed.connect(self._follow_theme)
        self._follow_theme()
        self._begin()

    def _follow_theme(self) -> None:
        """The lines are as large as all other texts, also when that changes."""
        self.raw.setFont(fixed_font())
        lines = self.raw.fontMetrics().lineSpacing() * LINES_SHOWN
        self.raw.setFixedHeight(lines + RAW_MARGIN)

    @property
    def worker(self) -> DeviceWorker | None:
        """The device whose lines are looked at; None for pasted ones."""
        return self._session.devices.get(str(self.source.currentData()))

    @property
    def driver(self) -> AsciiDriver | None:
        worker = self.worker
        return text_driver(worker.driver) if worker is not None else None

    def refresh(self) -> None:
        """The newest lines of the device and what they show."""
        self._fill_sources(str(self.source.currentData()))
        driver = self.driver
        if driver is None:
            return
        self._show_raw("\n".join(driver.recent[-LINES_SHOWN:]))
        self._learn(driver.remembered[-LINES_LOOKED_AT:])
        worker = self.worker
        streaming = worker is not None and worker.state is DeviceState.STREAMING
        if streaming and self.result.text() == CONNECTING:
            self.result.setText(KEPT)

    def options(self) -> AsciiOptions:
        """What is said on this page as options. Raises EmgError where it makes none."""
        if self.lesson is None:
            raise EmgError("There are no lines to learn from yet.", "Connect a board, or paste.")
        said = taught_options(self.lesson, self.table.uses, self.table.names, self._base)
        if self.separator.currentData() == "auto" and self._base.separator == "auto":
            said = replace(said, separator="auto")
        return self.scale.put_into(said)

    def apply(self) -> None:
        """Connect the device (again) with what is said here, and keep it."""
        try:
            device_id = apply_lesson(self._session, self._address(), self.options())
        except EmgError as error:
            self.tell(error)
            return
        self.tell(None)
        self._fill_sources(device_id)
        self.result.setText(CONNECTING)

    def _address(self) -> str:
        worker = self.worker
        if worker is not None:
            return worker.uri
        if not self.port.text().strip():
            self.port.setFocus()
            raise EmgError("At which port is the board?", "Type it, such as COM4.")
        typed = typed_address(self.port.text())
        return str(typed if typed.driver else DeviceUri(
            typed.scheme, typed.target, {DRIVER: AsciiDriver.key, **typed.query}
        ))  # fmt: skip

    def _lay_out(self) -> None:
        body = self.body
        sources = label("Lines from")
        sources.setBuddy(self.source)
        separators = label("Separator")
        separators.setBuddy(self.separator)
        chosen = row(sources, self.source, separators, self.separator, 1, spacing=12)
        body.addLayout(chosen)
        for part in (self.raw, self.guess, self.table, self.scale):
            body.addWidget(part)
        body.addStretch(1)
        self.foot.addWidget(self._port_row, 1)
        self.foot.addWidget(self.result, 1)
        self.foot.addWidget(self.apply_button)

    def _fill_sources(self, wanted: str) -> None:
        """Devices come and go while the page is open; what is chosen stays chosen."""
        there = [(w.title, i) for i, w in self._session.devices.items() if text_driver(w.driver)]
        entries = [*there, ("Lines that I paste", PASTED)]
        shown = [
            (self.source.itemText(k), self.source.itemData(k)) for k in range(self.source.count())
        ]
        at = next((k for k, (_, key) in enumerate(entries) if key == wanted), 0)
        if entries == shown and at == self.source.currentIndex():
            return
        before = self.source.currentData()
        self.source.blockSignals(True)
        self.source.clear()
        for text, key in entries:
            self.source.addItem(text, key)
        self.source.setCurrentIndex(at)
        self.source.blockSignals(False)
        if before is not None and before != entries[at][1]:
            self._begin()

    def _begin(self) -> None:
        """Other lines from now on."""
        driver = self.driver
        pasting = driver is None
        self._base = driver.options if driver is not None else AsciiOptions()
        self.raw.setReadOnly(not pasting)
        self.raw.blockSignals(True)
        self.raw.setPlainText("")
        self.raw.blockSignals(False)
        self.scale.show_options(self._base)
        self._port_row.setVisible(pasting)
        self.result.setVisible(not pasting)
        self.result.setText("")
        self.apply_button.setText("Connect with this" if pasting else "Apply and reconnect")
        self._forget()
        self.refresh()

    def _forget(self) -> None:
        self.lesson, self._shape = None, None
        self.table.hide()
        if self.driver is None:
            self._pasted()
        else:
            self.refresh()

    def _pasted(self) -> None:
        if self.driver is None:
            self._learn(pasted_lines(self.raw.toPlainText())[-LINES_LOOKED_AT:])

    def _show_raw(self, text: str) -> None:
        if text != self.raw.toPlainText() and not self.raw.textCursor().hasSelection():
            self.raw.setPlainText(text)

    def _learn(self, lines: tuple[Line, ...]) -> None:
        lesson = self._newest_lesson(lines)
        self.lesson = lesson
        self.guess.setText(self._words(lines))
        if lesson is None:
            self._check()
            return
        shape = (str(self.source.currentData()), lesson.separator, lesson.fields)
        if shape != self._shape:
            self._shape = shape
            self.table.show_columns(*self._beginning(lesson))
            self.table.show()
        self.table.show_values(lesson, self.scale.scale())
        self._check()

    def _newest_lesson(self, lines: tuple[Line, ...]) -> Lesson | None:
        """Learnt anew now and then; in between only the numbers are new."""
        due = host_time() - self._learnt >= LEARN_EVERY_S
        if self.lesson is not None and self.driver is not None and not due:
            followed = follow(self.lesson, lines)
            if followed is not None:
                return followed
        self._learnt = host_time()
        return learn(lines, str(self.separator.currentData()))

    def _beginning(self, lesson: Lesson) -> tuple[tuple[Use, ...], tuple[str, ...]]:
        """What the columns are at first: as the device reads them now, else as guessed."""
        layout = self.driver.layout if self.driver is not None else None
        if layout is None or layout.fields != lesson.fields:
            return lesson.uses, lesson.names
        uses, names = [Use.IGNORE] * lesson.fields, list(lesson.names)
        for column, name in zip(layout.columns, layout.names, strict=True):
            uses[column] = Use.EMG
            names[column] = f"Column {name}" if name.isdigit() else name
        if layout.order is not None:
            timed = bool(layout.order.per_second)
            uses[layout.order.column] = Use.TIME if timed else Use.COUNTER
        return tuple(uses), tuple(names)

    def _words(self, lines: tuple[Line, ...]) -> str:
        lesson, driver, worker = self.lesson, self.driver, self.worker
        if lesson is None:
            if worker is not None and worker.state is not DeviceState.STREAMING:
                return worker.state_text
            return "Waiting for lines that agree in their number of columns." if lines else (
                "" if driver is None else "Nothing has come yet."
            )  # fmt: skip
        columns = "1 column" if lesson.fields == 1 else f"{lesson.fields} columns"
        parts = [columns if lesson.fields == 1 else f"{columns}, with a {lesson.separator} between"]
        layout = driver.layout if driver is not None else None
        known = layout.names if layout is not None else ()
        named = lesson.named or any(not name.isdigit() for name in known)
        parts.append("with names" if named else "without names")
        if lesson.order is None:
            parts.append("no counter and no time: what is lost can only be estimated")
        else:
            kind = "is a time" if lesson.order.per_second else "counts"
            parts.append(f"column {lesson.order.column + 1} {kind}")
        rate = layout.rate if layout is not None else lesson.rate
        parts.append(f"{rate:g} Hz" if rate else "the sampling rate is measured when connected")
        if driver is not None and driver.baud:
            parts.append(f"{driver.baud} baud")
        return "Seen: " + " · ".join(parts) + "."

    def _check(self) -> None:
        """Whether it can be applied, and if not, why."""
        if self.lesson is None:
            self.tell(None)
            self.apply_button.setEnabled(False)
            return
        self.table.show_values(self.lesson, self.scale.scale())
        try:
            self.options()
        except EmgError as error:
            self.tell(error)
            self.apply_button.setEnabled(False)
        else:
            self.tell(None)
            self.apply_button.setEnabled(True)
