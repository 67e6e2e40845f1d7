"""Every saved model: look, compare, note, use, export, delete and bring back."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import TypeVar

from PySide6.QtCore import QEvent, Qt, Signal
from PySide6.QtWidgets import (
    QButtonGroup,
    QHBoxLayout,
    QPushButton,
    QSizePolicy,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)

from emgstudio.gui.fitted import FittedScroll
from emgstudio.gui.flow import FlowLayout
from emgstudio.gui.widgets import button, card, column, label, large_target, row
from emgstudio.gui.wizard.flow import Flow
from emgstudio.gui.wizard.model_details import ModelDetails
from emgstudio.gui.wizard.model_files import export_menu, export_saved
from emgstudio.gui.wizard.model_reading import ModelReading
from emgstudio.gui.wizard.page import WizardPage, wrapping_status
from emgstudio.gui.wizard.saved_models import right_words
from emgstudio.ml.model import GestureModel
from emgstudio.session.calibration_versions import put_aside, put_back
from emgstudio.session.saved_models import (
    SavedModel,
    bring_back,
    in_order,
    keep_notes,
    removed_models,
    saved_models,
)

T = TypeVar("T")


class ModelTile(QPushButton):
    """Name, person, date, score and whether it fits; pressed to look at it."""

    def __init__(self, saved: SavedModel) -> None:
        super().__init__()
        self.saved = saved
        self.setProperty("kind", "tile")
        self.setCheckable(True)
        fits = "fits this sensor" if not saved.problem else saved.problem
        whose = saved.person if saved.person and saved.person not in saved.name else ""
        about = (f"{saved.made:%Y-%m-%d}", f"version {saved.version}", right_words(saved), whose)
        told = " · ".join(part for part in about if part)
        self.setAccessibleName(f"{saved.name}, {told}")
        self.setAccessibleDescription(fits)
        self._inside = QVBoxLayout(self)
        self._inside.setContentsMargins(12, 8, 12, 8)
        self._inside.setSpacing(2)
        for text, role in ((saved.name, "heading"), (told, "muted"), (saved.problem, "")):
            words = label(text, role, wrap=True)
            words.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
            if text:
                self._inside.addWidget(words)

    def event(self, event: QEvent) -> bool:
        """A push button does not grow with what is in it; the style sheet has a say in it, too."""
        done = super().event(event)
        if event.type() in (QEvent.Type.Resize, QEvent.Type.LayoutRequest, QEvent.Type.Polish):
            high = self._inside.totalHeightForWidth(self.width())
            if high > 0 and high != self.height():
                self.setFixedHeight(high)
        return done


class ModelsPage(WizardPage):
    """The list on the left, the chosen model on the right; deleting goes to a bin, with undo."""

    tests_wanted = Signal()

    def __init__(
        self,
        flow: Flow,
        leave: Callable[[], object],
        new_day: Callable[[SavedModel], object],
    ) -> None:
        super().__init__(flow)
        self._new_day = new_day
        self.tiles: list[ModelTile] = []
        self.bin: list[QPushButton] = []
        self.chosen: Path | None = None
        self._deleted: tuple[Path, str] | None = None
        self._listed: tuple[object, ...] | None = None
        self._group = QButtonGroup(self)
        self._group.setExclusive(True)
        self.details = ModelDetails(self._keep_notes)
        self.use = button("Use now", self.primary, icon="play", kind="primary")
        self.look = button("Open", self._open, icon="search", tooltip="How well each take did")
        self.day = button("New day", self._begin_day, icon="sun")
        self.tests = button("Tests of this model", self._test, icon="chart")
        self.export = button("Export", lambda: None, icon="export", tooltip="For the prosthesis")
        self.export.setMenu(export_menu(self, self.export_as))
        self.delete = button("Delete", self._delete, icon="delete", tooltip="Goes to the bin")
        self.said = wrapping_status()
        self.reading = ModelReading(flow.session)
        self.reading.read.connect(self.refresh)
        self.undo_button = button("Undo", self.undo, icon="undo")
        self.away = button("Back to the wizard", leave, icon="arrow-left")
        large_target(self.use, self.look, self.day, self.export, self.delete)
        large_target(self.undo_button, self.away, self.tests)
        self._list = QVBoxLayout()
        self._list.setSpacing(8)
        self._lay_out()

    def refresh(self) -> None:
        """Models or the sensor may have changed."""
        models = in_order(saved_models(self.flow.session))
        self.reading.look()
        removed = removed_models()
        listed = (tuple((m.path, m.problem, m.made) for m in models), tuple(removed))
        if listed != self._listed:
            self._listed = listed
            self._fill(models, removed)
        if self.chosen not in [m.path for m in models]:
            self.chosen = models[0].path if models else None
        for tile in self.tiles:
            tile.setChecked(tile.saved.path == self.chosen)
        self._show_chosen(models)
        deleted = self._deleted
        self.undo_button.setVisible(deleted is not None)
        self.said.setVisible(deleted is not None)
        if deleted is not None:
            self.said.show_status("good", f"“{deleted[1]}” is in the bin.")

    def frame(self) -> None:
        """Older models may have been read."""
        self.reading.frame()

    def primary(self) -> None:
        """Use the chosen model."""
        self._with_chosen(self.flow.use_saved)

    def undo(self) -> str | None:
        """Bring back what was deleted last; its words, None when there is nothing."""
        if self._deleted is None:
            return None
        aside, name = self._deleted
        if not self.flow.attempt(lambda: put_back(aside, name)):
            return None
        self._deleted = None
        self.chosen = aside.parent.parent / "models" / name
        self.refresh()
        return f"Deleted “{name}”"

    def export_as(self, kind: str) -> Path | None:
        """Write the chosen model for other programs and show where it is."""
        return self._with_chosen(
            lambda path, model: export_saved(self.flow, path.name, model, kind)
        )

    def choose(self, path: Path) -> None:
        """Look at another model."""
        self.chosen = path
        self.refresh()

    def _chosen_model(self) -> SavedModel | None:
        return next((t.saved for t in self.tiles if t.saved.path == self.chosen), None)

    def _with_chosen(self, use: Callable[[Path, GestureModel], T]) -> T | None:
        """Read the chosen model and use it; None, with a notice, where it is not sound."""
        saved = self._chosen_model()
        if saved is None or saved.facts is None:
            return None
        loaded: list[GestureModel] = []
        if not self.flow.attempt(lambda: loaded.append(saved.load())):
            self.refresh()
            return None
        return use(saved.path, loaded[0])

    def _open(self) -> None:
        self._with_chosen(self.flow.open_saved)

    def _test(self) -> None:
        """Use the chosen model, and go to its tests of control."""
        if self._with_chosen(self.flow.use_saved):
            self.tests_wanted.emit()

    def _begin_day(self) -> None:
        saved = self._chosen_model()
        if saved is not None:
            self._new_day(saved)

    def _delete(self) -> None:
        path = self.chosen
        aside: list[Path] = []
        if path is None or not self.flow.attempt(lambda: aside.append(put_aside(path))):
            return
        if self.flow.saved == path:
            self.flow.saved = None
        self._deleted = (aside[0], path.name)
        self.refresh()

    def _bring_back(self, aside: Path) -> None:
        if not self.flow.attempt(lambda: self.choose(bring_back(self.flow.session, aside))):
            return
        if self._deleted is not None and self._deleted[0] == aside:
            self._deleted = None
        self.refresh()

    def _keep_notes(self, saved: SavedModel, text: str) -> None:
        self.flow.attempt(lambda: keep_notes(saved, text))

    def _show_chosen(self, models: list[SavedModel]) -> None:
        saved = next((m for m in models if m.path == self.chosen), None)
        self._side.setCurrentIndex(0 if saved is None else 1)
        if saved is None:
            return
        others = [m for m in models if m.path != saved.path and m.facts is not None]
        self.details.show_model(saved, others)
        sound = saved.facts is not None
        can = sound and (not saved.problem or saved.misfit)
        for made, on in (
            (self.use, can),
            (self.day, can),
            (self.tests, can),
            (self.look, sound),
            (self.export, sound),
        ):
            made.setEnabled(on)

    def _fill(self, models: list[SavedModel], removed: list[Path]) -> None:
        while (item := self._list.takeAt(0)) is not None:
            if (old := item.widget()) is not None:
                old.setParent(None)
                old.deleteLater()
        self.tiles, self.bin = [], []
        for saved in models:
            tile = ModelTile(saved)
            tile.clicked.connect(lambda _on=False, path=saved.path: self.choose(path))
            self._group.addButton(tile)
            self.tiles.append(tile)
            self._list.addWidget(tile)
        if not models and not self.reading.busy:
            none = "No model is saved yet. Calibrate once and save; it appears here."
            self._list.addWidget(label(none, "muted", wrap=True))
        if removed:
            self._list.addWidget(label("In the bin", "heading"))
        for aside in removed:
            again = button("Bring back", partial(self._bring_back, aside), icon="undo")
            again.setAccessibleName(f"Bring back {aside.name}")
            large_target(again)
            self.bin.append(again)
            line = QWidget()
            line.setLayout(row(label(aside.name, "muted"), 1, again))
            self._list.addWidget(line)
        self._list.addStretch(1)

    def _lay_out(self) -> None:
        inside = QWidget()
        self._list.setContentsMargins(0, 0, 8, 0)
        inside.setLayout(self._list)
        listed = FittedScroll(inside)
        listed.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Expanding)
        shown = FittedScroll(self.details)
        shown.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Expanding)
        deeds = FlowLayout()
        for deed in (self.use, self.day, self.look, self.export, self.delete):
            deeds.addWidget(deed)
        right = card(column(shown, deeds, spacing=10), margin=16)
        nothing = QWidget()
        self._side = QStackedWidget()
        self._side.addWidget(nothing)
        self._side.addWidget(right)
        across = QHBoxLayout()
        across.setSpacing(18)
        across.addLayout(column(self.reading, listed, spacing=6), 2)
        across.addWidget(self._side, 3)
        outer = QVBoxLayout(self)
        outer.setContentsMargins(24, 16, 24, 14)
        outer.setSpacing(10)
        outer.addWidget(label("Saved models", "title"))
        outer.addLayout(across, 1)
        outer.addLayout(row(self.away, self.tests, self.said, self.undo_button, 1))
