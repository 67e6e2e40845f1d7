"""A new day: choose the model, one short hold each, then keep what serves best, or go back."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import QSize, Qt
from PySide6.QtWidgets import (
    QCheckBox,
    QHBoxLayout,
    QProgressBar,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)

from emgstudio.core.errors import EmgError
from emgstudio.core.types import Level
from emgstudio.gui.assets import Picture
from emgstudio.gui.fitted import FittedScroll
from emgstudio.gui.widgets import button, column, label, large_target, row
from emgstudio.gui.wizard.cue_page import cue_of
from emgstudio.gui.wizard.cue_sound import CueSoundChoice, words_of
from emgstudio.gui.wizard.day_result import DayResultView
from emgstudio.gui.wizard.flow import NAME, Flow
from emgstudio.gui.wizard.model_reading import ModelReading
from emgstudio.gui.wizard.page import WizardPage
from emgstudio.gui.wizard.saved_models import SavedModelList
from emgstudio.gui.wizard.stage import CueStage
from emgstudio.gui.wizard.takes import TakesGrid
from emgstudio.ml.model import GestureModel
from emgstudio.session.calibration_versions import next_name, put_aside
from emgstudio.session.newday import NewDay
from emgstudio.session.newday_result import DayResult
from emgstudio.session.saved_models import SavedModel, in_order, saved_models

RECENTRE = "Also offer the model adapted without labels"
ABOUT_RECENTRE = (
    "Off: nothing is learnt but from your holds. On: the old model moved by how far today's "
    "signals lie from the old ones, whichever movement they were. It helps a little and can "
    "drift; it is used only if you keep it."
)


class DayPage(WizardPage):
    """Three views after each other: which model, the holds, and what came of them."""

    def __init__(self, flow: Flow, leave: Callable[[], object]) -> None:
        super().__init__(flow)
        self.day: NewDay | None = None
        self.kept: Path | None = None
        self._path = Path()
        self._result: DayResult | None = None
        self.models: SavedModelList | None = None
        self._listed: list[SavedModel] | None = None
        self.reading = ModelReading(flow.session)
        self.reading.read.connect(self.refresh)
        self._list = QVBoxLayout()
        self.recentre = QCheckBox(RECENTRE)
        self.recentre.setToolTip(ABOUT_RECENTRE)
        self.recentre.setAccessibleDescription(ABOUT_RECENTRE)
        self.stage = CueStage(flow.pictures)
        self.word = label("", "display", wrap=True)
        self.title = label("", "big", wrap=True)
        self.takes = TakesGrid()
        self.bar = QProgressBar()
        self.bar.setRange(0, 1000)
        self.bar.setTextVisible(False)
        self.bar.setAccessibleName("Progress of the holds")
        self.sound = CueSoundChoice(flow.session)
        self.stop = button("Stop", self._stop, icon="stop-square", kind="quiet")
        self.shown = DayResultView(self._redo)
        self.keep = button("Keep", self._keep, icon="done", kind="primary")
        self.undo = button("Undo", self._undo, icon="undo")
        self.again = button("Again", self._again, icon="repeat")
        self.full = button("Full calibration", self._calibrate, icon="calibrate")
        self.away = button("Back to the wizard", leave, icon="arrow-left")
        large_target(self.recentre, self.stop, self.keep, self.undo, self.again)
        large_target(self.full, self.away)
        self.shown.chosen.connect(self._show_keep)
        self._stack = QStackedWidget()
        for page in (self._choose_page(), self._cue_page(), self._result_page()):
            self._stack.addWidget(page)
        outer = QVBoxLayout(self)
        outer.setContentsMargins(24, 16, 24, 14)
        outer.addWidget(self._stack, 1)
        outer.addLayout(row(self.away, 1))

    def refresh(self) -> None:
        """Show the models again while none is chosen."""
        day = self.day
        if self._result is not None:
            self._show_result(self._result)
            self._stack.setCurrentIndex(2)
        elif day is None:
            self._list_models()
            self._stack.setCurrentIndex(0)
        elif day.problem:
            self._show_problem(day.problem)
            self._stack.setCurrentIndex(2)
        else:
            self._stack.setCurrentIndex(1)

    def frame(self) -> None:
        """The cues go on by themselves."""
        self.reading.frame()
        day = self.day
        if day is None:
            return
        if day.advance():
            if day.result is not None:
                self.show_result(day.path, day.result)
            self.refresh()
        if self._stack.currentIndex() == 1:
            self._show_cue(day)

    def primary(self) -> None:
        """Keep what came of it."""
        if self._stack.currentIndex() == 2 and self._result is not None and self.kept is None:
            self._keep()

    def begin(self, saved: SavedModel) -> None:
        """Take the first breath of the day with a model."""
        loaded: list[GestureModel] = []
        if not self.flow.attempt(lambda: loaded.append(saved.load())):
            self.refresh()
            return
        model = loaded[0]
        if not self.flow.fits(model, saved.name):
            return
        if not self.flow.running:
            # Takes of today are not to mix with those of a calibration that is over.
            self.flow.finish_recording()
        recentre = self.recentre.isChecked()
        try:
            self.day = NewDay(self.flow.session, saved.path, model, recentre=recentre)
        except EmgError as error:
            self._tell(error)
            return
        self.kept, self._result = None, None
        self.refresh()

    def show_result(self, path: Path, result: DayResult) -> None:
        """Offer what can be used today; ``path`` is where the old model lies."""
        self._path, self._result, self.kept = path, result, None
        self.refresh()
        self.flow.sound.say(self.shown.headline.text(), after=True)

    def leave(self) -> None:
        """Another room or page is shown: what has begun is stopped."""
        if self.day is not None:
            self.day.stop()

    def start_over(self) -> None:
        """Choose a model again."""
        self.leave()
        self.day, self.kept, self._result = None, None, None
        self.refresh()

    def _again(self) -> None:
        day = self.day
        if day is not None:
            day.stop()
            self.begin(SavedModel(day.path, day.before))

    def _redo(self, gesture: str) -> None:
        """Hold one movement again, while everything else of today stays."""
        if self.day is not None and self.day.can_redo:
            self.day.redo(gesture)
            self._result = None
            self.refresh()

    def _calibrate(self) -> None:
        self.leave()
        if self._result is not None:
            self.flow.calibrate_in_full(self._result.old.model.classes)

    def _stop(self) -> None:
        self.leave()
        self.refresh()

    def _keep(self) -> None:
        """Save the chosen model as the next version and use it; the old one needs no saving."""
        result = self._result
        if result is None or self.kept is not None:
            return
        offer = result.offer(self.shown.kind)
        session = self.flow.session
        self.leave()
        if offer is result.old:
            self.flow.use_saved(self._path, offer.model)
            return
        try:
            name = next_name(session.models(), self._path.name)
            self.kept = session.save_model(offer.model, name)
        except EmgError as error:
            self._tell(error)
            return
        self.refresh()
        self.flow.run(offer.model, self.kept.name)

    def _undo(self) -> None:
        """Use the old model again; the new version is put aside, the old one was never touched."""
        kept, result = self.kept, self._result
        if kept is None or result is None or not self.flow.attempt(lambda: put_aside(kept)):
            return
        self.kept = None
        self.refresh()
        self.shown.say_done(f"“{self._path.name}” is used as it was.")
        self.flow.run(result.old.model, self._path.name)

    def _tell(self, error: EmgError) -> None:
        self.flow.session.outbox.notice(Level.ERROR, error.message, error.hint, NAME)

    def _list_models(self) -> None:
        found = in_order(saved_models(self.flow.session))
        self.reading.look()
        if self.models is not None:
            if found == self._listed:
                return
            self._list.removeWidget(self.models)
            self.models.deleteLater()
        self._listed = found
        self.models = SavedModelList(found, self.begin, verb="Begin")
        self._list.addWidget(self.models)

    def _show_cue(self, day: NewDay) -> None:
        view = day.view()
        self.stage.show_cue(cue_of(view))
        self.sound.refresh()
        self.flow.sound.follow(view)
        word, title = ("Comparing…", "") if day.thinking else words_of(view)
        for widget, text in ((self.word, word), (self.title, title)):
            if widget.text() != text:
                widget.setText(text)
                self.stage.setAccessibleName(f"{word}: {title}" if title else word)
        self.bar.setValue(round(view.progress * 1000))
        takes = frozenset((a.label, a.repetition) for a in day.calibration.takes)
        now = (view.gesture, view.repetition) if view.phase in ("rest", "hold") else None
        self.takes.show_takes(day.calibration.plan.classes, 1, takes, now)

    def _show_problem(self, words: str) -> None:
        self.shown.show_problem(words)
        self.again.setVisible(True)
        for made in (self.keep, self.undo, self.full):
            made.hide()

    def _show_result(self, result: DayResult) -> None:
        day = self.day
        self.shown.show_result(result, can_redo=day is not None and day.can_redo)
        kept = self.kept
        self.keep.setVisible(kept is None)
        self.undo.setVisible(kept is not None)
        self.full.setVisible(True)
        self.again.setVisible(day is not None)
        self.shown.say_done("" if kept is None else f"Saved as “{kept.name}” and in use.")
        self._show_keep()

    def _show_keep(self) -> None:
        words = "Use it as it was" if self.shown.kind == "as it was" else "Keep"
        self.keep.setText(words)
        self.keep.setAccessibleName(words)

    def _choose_page(self) -> QWidget:
        inside = QWidget()
        self._list.setContentsMargins(0, 0, 8, 0)
        inside.setLayout(self._list)
        head = row(Picture("icons/sun", QSize(34, 34), "accent"), spacing=16)
        head.addLayout(
            column(
                label("A new day. One short hold each.", "title", wrap=True),
                label(
                    "Put the sensor on, choose the model of this arm, follow the pictures. "
                    "Under a minute; the old model is kept whatever happens.",
                    "muted",
                    wrap=True,
                ),
                spacing=2,
            ),
            1,
        )
        page = QWidget()
        layout = QVBoxLayout(page)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(14)
        layout.addLayout(head)
        layout.addWidget(self.reading)
        layout.addWidget(FittedScroll(inside))
        layout.addStretch()
        layout.addWidget(self.recentre)
        layout.addWidget(label(ABOUT_RECENTRE, "muted", wrap=True))
        return page

    def _cue_page(self) -> QWidget:
        for word in (self.word, self.title):
            word.setAlignment(Qt.AlignmentFlag.AlignCenter)
        side = column(label("Today", "heading"), FittedScroll(self.takes), 1, spacing=10)
        across = QHBoxLayout()
        across.setSpacing(24)
        middle = QVBoxLayout()
        middle.setSpacing(4)
        middle.addWidget(self.word)
        middle.addWidget(self.title)
        middle.addWidget(self.stage, 1)
        across.addLayout(middle, 1)
        across.addLayout(side)
        page = QWidget()
        layout = QVBoxLayout(page)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addLayout(across, 1)
        layout.addWidget(self.bar)
        layout.addLayout(row(self.sound, 1, self.stop))
        return page

    def _result_page(self) -> QWidget:
        page = QWidget()
        layout = QVBoxLayout(page)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(12)
        layout.addWidget(self.shown, 1)
        layout.addLayout(row(self.keep, self.undo, self.full, self.again, 1))
        return page
