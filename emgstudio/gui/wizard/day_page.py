"""A new day: choose the model, one short hold each, keep the better one or go back."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import QSize, Qt
from PySide6.QtWidgets import (
    QHBoxLayout,
    QProgressBar,
    QSizePolicy,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)

from emgstudio.core.errors import EmgError
from emgstudio.core.types import Level
from emgstudio.gui.assets import Picture
from emgstudio.gui.fitted import FittedScroll
from emgstudio.gui.widgets import StatusWord, button, card, column, label, large_target, row
from emgstudio.gui.wizard.cue_page import cue_of, words_of
from emgstudio.gui.wizard.flow import NAME, Flow
from emgstudio.gui.wizard.page import WizardPage, wrapping_status
from emgstudio.gui.wizard.saved_models import SavedModel, SavedModelList, saved_models
from emgstudio.gui.wizard.stage import CueStage
from emgstudio.gui.wizard.takes import TakesGrid
from emgstudio.ml.gestures import gesture_title
from emgstudio.session.calibration_versions import next_name, put_aside
from emgstudio.session.newday import DayResult, MovementToday, NewDay

LAMPS = {"green": "good", "amber": "check", "red": "stop", "untested": "lamp-off"}


class DayPage(WizardPage):
    """Three views after each other: which model, the holds, and what came of them."""

    def __init__(self, flow: Flow, leave: Callable[[], object]) -> None:
        super().__init__(flow)
        self._leave = leave
        self.day: NewDay | None = None
        self.kept: Path | None = None
        self._path = Path()
        self._result: DayResult | None = None
        self.models: SavedModelList | None = None
        self._list = QVBoxLayout()
        self.stage = CueStage()
        self.word = label("", "display")
        self.title = label("", "big")
        self.takes = TakesGrid()
        self.bar = QProgressBar()
        self.bar.setRange(0, 1000)
        self.bar.setTextVisible(False)
        self.bar.setAccessibleName("Progress of the holds")
        self.stop = button("Stop", self._stop, icon="stop-square", kind="quiet")
        self.headline = label("", "title", wrap=True)
        self.turn = wrapping_status()
        self.advice = wrapping_status("check")
        self.lamps: list[StatusWord] = []
        self._shown: tuple[MovementToday, ...] = ()
        self._lamps = QVBoxLayout()
        self.done = wrapping_status()
        self.keep = button("Keep", self._keep, icon="done", kind="primary")
        self.undo = button("Undo", self._undo, icon="undo")
        self.again = button("Again", self._again, icon="repeat")
        self.away = button("Back to the wizard", leave, icon="arrow-left")
        large_target(self.stop, self.keep, self.undo, self.again, self.away)
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
        if self._stack.currentIndex() == 2 and self.keep.isEnabled() and self.kept is None:
            self._keep()

    def begin(self, saved: SavedModel) -> None:
        """Take the first breath of the day with a model."""
        if saved.model is None:
            return
        try:
            self.day = NewDay(self.flow.session, saved.path, saved.model)
        except EmgError as error:
            self._tell(error)
            return
        self.kept, self._result = None, None
        self.refresh()

    def show_result(self, path: Path, result: DayResult) -> None:
        """Offer to keep the better of two models; ``path`` is where the old one lies."""
        self._path, self._result, self.kept = path, result, None
        self.refresh()

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
            self.begin(SavedModel(day.path, day.before, ""))

    def _stop(self) -> None:
        self.leave()
        self.refresh()

    def _keep(self) -> None:
        """Save the better model as the next version and use it."""
        result = self._result
        if result is None or self.kept is not None:
            return
        session = self.flow.session
        if result.kept == "as it was":
            self.flow.use_saved(self._path, result.before)
            return
        try:
            name = next_name(session.models(), self._path.name)
            self.kept = session.save_model(result.model, name)
        except EmgError as error:
            self._tell(error)
            return
        self.refresh()
        self.flow.attempt(lambda: session.start_decoding(result.model))

    def _undo(self) -> None:
        """Use the old model again; the new version is put aside, the old one was never touched."""
        kept = self.kept
        if kept is None or not self.flow.attempt(lambda: put_aside(kept)):
            return
        self.kept = None
        self.refresh()
        self.done.show_status("good", f"“{self._path.name}” is used as it was.")
        self.done.show()
        self.flow.attempt(lambda: self.flow.session.start_decoding(self._path))

    def _tell(self, error: EmgError) -> None:
        self.flow.session.outbox.notice(Level.ERROR, error.message, error.hint, NAME)

    def _list_models(self) -> None:
        if self.models is not None:
            self._list.removeWidget(self.models)
            self.models.deleteLater()
        found = saved_models(self.flow.session)
        self.models = SavedModelList(found, self.begin, verb="Begin")
        self._list.addWidget(self.models)

    def _show_cue(self, day: NewDay) -> None:
        view = day.view()
        self.stage.show_cue(cue_of(view))
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
        self.headline.setText(words)
        self._show_lamps(())
        for widget in (self.turn, self.advice, self.keep, self.undo, self.done):
            widget.hide()

    def _show_result(self, result: DayResult) -> None:
        self._say(result)
        kept = self.kept
        self.keep.setVisible(kept is None)
        self.undo.setVisible(kept is not None)
        self.done.setVisible(kept is not None)
        self.keep.setText("Use it" if result.kept == "as it was" else "Keep")
        self.keep.setAccessibleName(self.keep.text())
        if kept is not None:
            self.done.show_status("good", f"Saved as “{kept.name}” and in use.")

    def _say(self, result: DayResult) -> None:
        self.headline.setText(result.words)
        turned = result.turn is not None and result.turn.steps != 0
        self.turn.show_status("check" if turned else "good", result.turn_words)
        self.turn.setVisible(bool(result.turn_words))
        self.advice.show_status("check", result.advice)
        self.advice.setVisible(bool(result.advice))
        self._show_lamps(result.movements)

    def _show_lamps(self, movements: tuple[MovementToday, ...]) -> None:
        if movements == self._shown:
            return
        self._shown = movements
        for lamp in self.lamps:
            lamp.setParent(None)
            lamp.deleteLater()
        self.lamps = []
        for movement in movements:
            words = f"{gesture_title(movement.gesture)}  {movement.recall * 100:.0f} %"
            lamp = StatusWord(words, LAMPS[movement.light])
            self.lamps.append(lamp)
            self._lamps.addWidget(lamp)

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
        layout.addWidget(FittedScroll(inside))
        layout.addStretch()
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
        layout.addLayout(row(1, self.stop))
        return page

    def _result_page(self) -> QWidget:
        self._lamps.setSpacing(6)
        inside = column(
            self.headline,
            self.turn,
            self.advice,
            self._lamps,
            row(self.keep, self.undo, self.again, 1),
            self.done,
            spacing=14,
        )
        frame = card(inside, margin=24)
        frame.setMinimumWidth(520)
        around = QWidget()
        layout = QVBoxLayout(around)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(frame)
        page = QWidget()
        outer = QVBoxLayout(page)
        outer.setContentsMargins(0, 0, 0, 0)
        layout.addStretch(1)
        fitted = FittedScroll(around)
        fitted.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Expanding)
        outer.addWidget(fitted)
        return page
