"""One saved model: who it is for, how well it did, its notes, another one beside it."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QComboBox, QGridLayout, QPlainTextEdit, QWidget

from emgstudio.gui.widgets import StatusWord, button, column, label, large_target, row
from emgstudio.gui.wizard.check_rows import LAMPS
from emgstudio.gui.wizard.page import wrapping_status
from emgstudio.gui.wizard.saved_models import right_words
from emgstudio.ml.gestures import gesture_title
from emgstudio.ml.report import light
from emgstudio.session.calibration_versions import by_movement, compared
from emgstudio.session.saved_models import SavedModel

NOTES_HEIGHT = 64
NOTHING = "Compare with…"
PAIRS = 2
"""Facts and movements side by side."""


class ModelDetails(QWidget):
    """``keep_notes`` is called with other notes once they are kept."""

    def __init__(self, keep_notes: Callable[[SavedModel, str], object]) -> None:
        super().__init__()
        self._keep = keep_notes
        self.saved: SavedModel | None = None
        self._others: list[SavedModel] = []
        self.title = label("", "title", wrap=True)
        self.fits = wrapping_status()
        self.facts: dict[str, str] = {}
        self._form = QGridLayout()
        self._form.setHorizontalSpacing(18)
        self._form.setVerticalSpacing(4)
        self.other = QComboBox()
        self.other.setAccessibleName("Model to compare with")
        large_target(self.other)
        self.difference = label("", wrap=True)
        self._grid = QGridLayout()
        self._grid.setHorizontalSpacing(20)
        self._grid.setVerticalSpacing(4)
        self.lamps: list[StatusWord] = []
        self.notes = QPlainTextEdit()
        self.notes.setAccessibleName("Notes")
        self.notes.setPlaceholderText("Where the sensor sat, which socket, what to remember")
        self.notes.setFixedHeight(NOTES_HEIGHT)
        self.notes.setTabChangesFocus(True)
        self.keep = button("Keep the notes", self._keep_notes, icon="save")
        large_target(self.keep)
        self.notes.textChanged.connect(self._notes_changed)
        self.other.currentIndexChanged.connect(self._show_movements)
        self.setLayout(
            column(
                self.title,
                self.fits,
                self._form,
                row(label("Recognised when left out", "heading"), 1, self.other),
                self.difference,
                self._grid,
                row(label("Notes", "heading"), 1, self.keep),
                self.notes,
                spacing=10,
            )
        )

    def show_model(self, saved: SavedModel, others: list[SavedModel]) -> None:
        """Show another model; ``others`` are those that it can be compared with."""
        if saved == self.saved and others == self._others:
            return
        same = self.saved is not None and saved.path == self.saved.path
        chosen = self.other.currentData() if same else None
        self.saved, self._others = saved, others
        self.title.setText(saved.name)
        if saved.problem:
            self.fits.show_status("check", saved.problem)
        else:
            self.fits.show_status("good", "Fits the sensor that is connected")
        self._show_facts(saved)
        self.other.blockSignals(True)
        self.other.clear()
        self.other.addItem(NOTHING, None)
        for other in others:
            self.other.addItem(other.name, other.path)
        self.other.setCurrentIndex(max(0, self.other.findData(chosen)))
        self.other.blockSignals(False)
        self.other.setEnabled(bool(others) and saved.facts is not None)
        if not same:
            self.notes.setPlainText(saved.notes)
        self._notes_changed()
        self._show_movements()

    def _show_facts(self, saved: SavedModel) -> None:
        _empty(self._form)
        model = saved.facts
        electrodes = f"{len(model.channels)} at {model.rate:g} Hz" if model is not None else ""
        facts = (
            ("Person", saved.person or "not stated"),
            ("Made", f"{saved.made:%Y-%m-%d, %H:%M}"),
            ("Version", str(saved.version)),
            ("Score", right_words(saved) if model is not None else ""),
            ("Electrodes", electrodes),
            ("Sensor sits", saved.mark),
            ("Updated", _updates(saved)),
        )
        self.facts = {head: text for head, text in facts if text}
        for at, (head, text) in enumerate(self.facts.items()):
            place = (at // PAIRS, at % PAIRS * 2)
            self._form.addWidget(label(head, "muted"), *place, Qt.AlignmentFlag.AlignTop)
            value = label(text, wrap=True)
            # Level with its head, where another value of the line takes more lines.
            value.setAlignment(Qt.AlignmentFlag.AlignTop | Qt.AlignmentFlag.AlignLeft)
            self._form.addWidget(value, place[0], place[1] + 1)
        for column_number in range(PAIRS):
            self._form.setColumnStretch(2 * column_number + 1, 1)

    def _show_movements(self) -> None:
        _empty(self._grid)
        self.lamps = []
        saved = self.saved
        model = saved.facts if saved is not None else None
        path = self.other.currentData()
        other = next((o.facts for o in self._others if o.path == path), None)
        words = compared(other, model) if other is not None and model is not None else ""
        self.difference.setText(f"Against “{self.other.currentText()}”: {words}." if words else "")
        self.difference.setVisible(bool(words))
        if model is None:
            return
        for at, (gesture, before, now) in enumerate(by_movement(other or model, model)):
            lamp = StatusWord(_percent(now), LAMPS[light(now)] if now is not None else "lamp-off")
            title = gesture_title(gesture)
            lamp.setAccessibleName(f"{title}: {_percent(now)}")
            self.lamps.append(lamp)
            line, first = at // PAIRS, at % PAIRS * 3
            self._grid.addWidget(label(title), line, first)
            self._grid.addWidget(lamp, line, first + 1)
            if other is not None:
                was = label(f"was {_percent(before)}", "muted")
                self._grid.addWidget(was, line, first + 2, Qt.AlignmentFlag.AlignLeft)
        self._grid.setColumnStretch(3 * PAIRS, 1)

    def _notes_changed(self) -> None:
        saved = self.saved
        changed = saved is not None and self.notes.toPlainText().strip() != saved.notes
        self.keep.setEnabled(changed)

    def _keep_notes(self) -> None:
        if self.saved is not None:
            self._keep(self.saved, self.notes.toPlainText())
            self._notes_changed()


def _empty(layout: QGridLayout) -> None:
    while (item := layout.takeAt(0)) is not None:
        if (old := item.widget()) is not None:
            old.setParent(None)
            old.deleteLater()


def _updates(saved: SavedModel) -> str:
    """How many new days it has seen, and whether it was adapted without labels."""
    told = saved.facts.provenance if saved.facts is not None else {}
    days = len(told.get("updated_with", ()))
    parts = [f"on {days} new day{'s' if days > 1 else ''}"] if days else []
    if "recentred_with_windows" in told:
        parts.append("adapted without labels")
    return ", ".join(parts)


def _percent(recall: float | None) -> str:
    return "not tested" if recall is None else f"{recall * 100:.0f} %"
