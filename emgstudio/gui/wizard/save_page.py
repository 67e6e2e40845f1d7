"""A name for the model, its versions, and what to do with it."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import (
    QFrame,
    QHBoxLayout,
    QPlainTextEdit,
    QSizePolicy,
    QVBoxLayout,
    QWidget,
)

from emgstudio.core.errors import EmgError
from emgstudio.core.paths import data_folder
from emgstudio.gui.fitted import FittedScroll
from emgstudio.gui.flow import FlowLayout
from emgstudio.gui.folders import show_folder
from emgstudio.gui.review.fields import TypingField
from emgstudio.gui.widgets import StatusWord, button, card, column, label, large_target, row
from emgstudio.gui.wizard.arm_picture import ArmPicture
from emgstudio.gui.wizard.check_page import headline
from emgstudio.gui.wizard.flow import MOVEMENTS, Flow
from emgstudio.gui.wizard.model_files import export_menu, export_saved
from emgstudio.gui.wizard.page import WizardPage
from emgstudio.gui.wizard.placement_card import print_card
from emgstudio.gui.wizard.saved_models import about
from emgstudio.ml.model import GestureModel
from emgstudio.session.calibration_versions import (
    base_of,
    compared,
    next_name,
    put_aside,
    versions_of,
)
from emgstudio.session.saved_models import SavedModel

WIDTH = 500
NOTES_HEIGHT = 76
VERSIONS_SHOWN = 6


class SavePage(WizardPage):
    """Saves the model as the next version; says what changed, and offers what comes next."""

    send_wanted = Signal()

    def __init__(
        self, flow: Flow, to_live: Callable[[], object], picture: ArmPicture | None = None
    ) -> None:
        super().__init__(flow)
        self._picture = picture
        self._proposed = self._base = ""
        self.name = TypingField()
        self.name.setPlaceholderText("for example: right arm")
        self.name.setAccessibleName("Name of the model")
        self.name.setMaxLength(80)
        self.name.returnPressed.connect(self.primary)
        self.name.textChanged.connect(self.refresh)
        self.notes = QPlainTextEdit()
        self.notes.setAccessibleName("Notes")
        self.notes.setPlaceholderText("Where the sensor sat, which socket, what to remember")
        self.notes.setFixedHeight(NOTES_HEIGHT)
        self.notes.setTabChangesFocus(True)
        self.about = label("", "muted", wrap=True)
        self.save = button("Save", self.primary, icon="save", kind="primary")
        self.done = StatusWord()
        self.where = label("", "muted", wrap=True)
        self.where.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self.difference = label("", wrap=True)
        self.live = button("Use it in Live", to_live, icon="live")
        self.card = button("Card", self.print_card, icon="file", tooltip="A sheet for the sensor")
        self.export = button("Export", lambda: None, icon="export", tooltip="For the prosthesis")
        self.export.setMenu(export_menu(self, self.export_as))
        self.undo = button("Undo", self._undo, icon="undo", tooltip="Take this version away again")
        self.anew = button("New calibration", lambda: flow.go(MOVEMENTS), icon="calibrate")
        self.send = button("Send decisions…", self.send_wanted.emit, icon="export")
        large_target(self.send)
        large_target(self.save, self.live, self.card, self.export, self.undo, self.anew)
        self._versions = QVBoxLayout()
        self._versions.setSpacing(6)
        self._rows: list[QWidget] = []
        self._listed: tuple[Path, ...] | None = None
        self._lay_out()

    def refresh(self) -> None:
        """The model, or whether it is saved, has changed."""
        model, saved = self.flow.model, self.flow.saved
        self._propose()
        self.save.setEnabled(model is not None and bool(self.name.text().strip()))
        self._after.setVisible(saved is not None)
        if model is not None:
            lesson = self.flow.lesson
            self.about.setText(
                headline(model.report) if lesson is None else lesson.verdict.sentence
            )
        if saved is not None:
            self.done.show_status("good", f"Saved as {saved.name}")
            self.where.setText(f"{saved}\nTomorrow: the new day takes a minute.")
        self.undo.setVisible(saved is not None and not self.flow.from_disk)
        self._list()

    def primary(self) -> None:
        """Save under the name that was typed."""
        if self.save.isEnabled():
            name = next_name(self.flow.session.models(), self.name.text().strip())
            if self.flow.save(name, self.notes.toPlainText().strip()):
                self._proposed, self._base = self.name.text(), base_of(name)

    def print_card(self) -> Path | None:
        """Write the card beside the models and show where it is."""
        saved, model = self.flow.saved, self.flow.model
        if saved is None or model is None:
            return None
        path = data_folder() / "cards" / f"{saved.name}.pdf"
        if not self.flow.attempt(lambda: print_card(path, saved.name, model, self._picture)):
            return None
        show_folder(path.parent)
        return path

    def export_as(self, kind: str) -> Path | None:
        """Write the saved model for other programs and show where it is."""
        saved, model = self.flow.saved, self.flow.model
        if saved is None or model is None:
            return None
        return export_saved(self.flow, saved.name, model, kind)

    def _undo(self) -> None:
        """Take the version away that was just saved; it can be saved again."""
        saved = self.flow.saved
        if saved is not None and self.flow.attempt(lambda: put_aside(saved)):
            self.flow.saved = None
            self.refresh()

    def _propose(self) -> None:
        """A name while nobody has typed another one."""
        if self.name.text() != self._proposed or self.flow.saved is not None:
            return
        name = next_name(self.flow.session.models(), self._base or self.flow.person.arm)
        if name != self._proposed:
            self._proposed = name
            self.name.blockSignals(True)
            self.name.setText(name)
            self.name.blockSignals(False)

    def _list(self) -> None:
        """The versions of this arm, and what changed since the one before."""
        name = self.flow.saved.name if self.flow.saved is not None else self.name.text().strip()
        versions = versions_of(self.flow.session.models(), name)[:VERSIONS_SHOWN]
        paths = tuple(version.path for version in versions)
        if paths == self._listed:
            return
        self._listed = paths
        for made in self._rows:
            made.setParent(None)
            made.deleteLater()
        self._rows = []
        loaded = [(path, _load(path)) for path in paths]
        for path, model in loaded:
            self._rows.append(self._row(path, model))
            self._versions.addWidget(self._rows[-1])
        if not loaded:
            self._rows.append(label("None saved yet.", "muted"))
            self._versions.addWidget(self._rows[-1])
        self._compare([model for path, model in loaded if path != self.flow.saved])

    def _compare(self, older: list[GestureModel | None]) -> None:
        model = self.flow.model
        before = next((m for m in older if m is not None), None)
        words = compared(before, model) if before is not None and model is not None else ""
        self.difference.setText(f"Against the version before: {words}." if words else "")
        self.difference.setVisible(bool(words))

    def _row(self, path: Path, model: GestureModel | None) -> QWidget:
        made = QWidget()
        layout = QHBoxLayout(made)
        layout.setContentsMargins(0, 0, 0, 0)
        words = column(
            label(path.name, "heading", wrap=True),
            label(about(SavedModel(path, model, "")), "muted", wrap=True),
            spacing=1,
        )
        layout.addLayout(words, 1)
        if model is not None:
            use = button("Use", partial(self.flow.use_saved, path, model), icon="play")
            use.setAccessibleName(f"Use {path.name}")
            large_target(use)
            layout.addWidget(use)
        return made

    def _lay_out(self) -> None:
        self._after = QFrame()
        after = QVBoxLayout(self._after)
        after.setContentsMargins(0, 6, 0, 0)
        after.setSpacing(8)
        after.addWidget(self.done)
        after.addWidget(self.where)
        places = FlowLayout()
        for made in (self.live, self.card, self.export, self.undo, self.send, self.anew):
            places.addWidget(made)
        after.addLayout(places)
        form = column(
            label("Save the model", "title"),
            self.about,
            label("Name", "muted"),
            self.name,
            label("Notes", "muted"),
            self.notes,
            row(self.save, 1),
            self._after,
            spacing=8,
        )
        left = card(form, margin=22)
        left.setMinimumWidth(WIDTH)
        right = card(
            column(
                label("Versions of this arm", "heading"),
                self._versions,
                self.difference,
                1,
                spacing=10,
            ),
            margin=18,
        )
        middle = QWidget()
        layout = QHBoxLayout(middle)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(18)
        layout.addWidget(left, 3, Qt.AlignmentFlag.AlignTop)
        layout.addWidget(right, 2, Qt.AlignmentFlag.AlignTop)
        outer = QVBoxLayout(self)
        outer.setContentsMargins(24, 16, 24, 16)
        fitted = FittedScroll(middle)
        fitted.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Expanding)
        outer.addWidget(fitted)


def _load(path: Path) -> GestureModel | None:
    try:
        return GestureModel.load(path)
    except EmgError:
        return None
