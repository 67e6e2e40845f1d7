"""Tests of control: four cards, then the test that was chosen, then what it found."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

from PySide6.QtCore import Qt
from PySide6.QtGui import QHideEvent, QKeyEvent
from PySide6.QtWidgets import (
    QFileDialog,
    QGridLayout,
    QProgressBar,
    QSizePolicy,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)

from emgstudio.core.clock import host_time
from emgstudio.core.errors import EmgError
from emgstudio.gui.assets import set_icon
from emgstudio.gui.evaluation.cards import KindCard
from emgstudio.gui.evaluation.result import ResultView
from emgstudio.gui.evaluation.stage import TestStage
from emgstudio.gui.fitted import FittedScroll
from emgstudio.gui.report.saving import ask_file
from emgstudio.gui.widgets import button, label, large_target, row
from emgstudio.gui.wizard.flow import Flow
from emgstudio.gui.wizard.page import WizardPage, wrapping_status
from emgstudio.ml.gestures import gesture_title
from emgstudio.ml.model import GestureModel
from emgstudio.session.evaluation_tests.book import TestBook
from emgstudio.session.evaluation_tests.kept import Done, write_tables
from emgstudio.session.evaluation_tests.kinds import KINDS, Kind
from emgstudio.session.evaluation_tests.run import ControlRun, problem_of

NEWEST = 400
"""Decisions looked at in each frame: twenty seconds of them, for a window that was held up."""
CARDS, RUNNING, RESULT = range(3)
LEFT = "You went to another page."


class TestsPage(WizardPage):
    """Three views after each other; a run is only shown here, and done by :class:`ControlRun`."""

    __test__ = False

    def __init__(
        self, flow: Flow, leave: Callable[[], object], to_models: Callable[[], object]
    ) -> None:
        super().__init__(flow)
        self.setFocusPolicy(Qt.FocusPolicy.ClickFocus)
        self.run: ControlRun | None = None
        self.done: Done | None = None
        self.book = TestBook(flow.session)
        self.dialog: QFileDialog | None = None
        self._cue: tuple[str, float] | None = None
        self.source = wrapping_status()
        self.start = button("Start recognition", self._recognise, icon="play")
        self.models = button("Saved models", to_models, icon="model")
        self.cards = {key: KindCard(kind, self.begin) for key, kind in KINDS.items()}
        self.prompt = label("", "display")
        self.detail = label("", "muted", wrap=True)
        self.recognised = label("", "muted")
        self.stage = TestStage()
        self.bar = QProgressBar()
        self.bar.setRange(0, 1000)
        self.bar.setTextVisible(False)
        self.bar.setAccessibleName("Progress of the test")
        self.pause = button("Pause", self.toggle_pause, tooltip="Key: Space")
        self._pause_icon = set_icon(self.pause, "pause")
        self.stop_button = button(
            "Stop", self.stop, icon="stop-square", kind="quiet", tooltip="Key: Esc"
        )
        self.result = ResultView()
        self.again = button("Do it again", self._again, icon="repeat", kind="primary")
        self.export = button("Save as CSV…", self._ask_where, icon="export")
        self.others = button("Other tests", self.show_cards, icon="chart")
        self.said = wrapping_status()
        self.said.hide()
        self.away = button("Back to the wizard", leave, icon="arrow-left")
        large_target(self.start, self.models, self.pause, self.stop_button)
        large_target(self.again, self.export, self.others, self.away)
        self._lay_out()

    def refresh(self) -> None:
        """The model, the sensor or what is saved may have changed."""
        decoder = self.flow.session.decoder
        self._keep_waiting()
        level, words = self._source_words()
        if self.source.word.text() != words:
            self.source.show_status(level, words)
        self.start.setVisible(decoder is None and self.flow.model is not None)
        classes = decoder.model.classes if decoder is not None else ()
        for key, card in self.cards.items():
            last = self._attempt(partial(self.book.last, key, classes))
            card.show_model(classes, last, ready=decoder is not None)

    def frame(self) -> None:
        """The test goes on."""
        run = self.run
        if run is None or run.over:
            return
        session = self.flow.session
        decoder = session.decoder
        decisions = decoder.decisions[-NEWEST:] if decoder is not None else ()
        if decoder is not None and decoder.model.classes != run.classes:
            self.stop()
            self._say("check", "Another model is in use now: the test was left.")
            return
        run.advance(host_time(), decisions, problem_of(session))
        self._perform(run)
        self.show_run(run)
        self._finish(run)

    def show_run(self, run: ControlRun) -> None:
        """What the person sees of a run now."""
        self.stage.show_run(run)
        if self.prompt.text() != run.prompt:
            self.prompt.setText(run.prompt)
            self.flow.sound.say(run.prompt)
            self.stage.setAccessibleName(run.prompt)
        if self.detail.text() != run.detail:
            self.detail.setText(run.detail)
        self.bar.setValue(round(run.done * 1000))
        latest = run.latest
        # The motion test has it above the hand already.
        told = latest is not None and run.kind.key != "motion"
        said = f"Recognised: {gesture_title(latest.gesture)}" if latest and told else ""
        if self.recognised.text() != said:
            self.recognised.setText(said)
        words, icon = ("Go on", "play") if run.paused else ("Pause", "pause")
        if self.pause.text() != words:
            self.pause.setText(words)
            self.pause.setAccessibleName(words)
            self._pause_icon.show(icon)
        self.pause.setEnabled(not (run.paused and run.problem))

    def begin(self, kind: Kind, options: Any) -> None:
        """Begin a test with the model that decides now."""
        decoder = self.flow.session.decoder
        if decoder is None:
            return
        self._say("lamp-off", "")
        seed = secrets.randbelow(2**31)
        run = self._attempt(
            lambda: ControlRun(kind, decoder.model.classes, seed=seed, options=options)
        )
        if run is None:
            return
        self.run, self.done, self._cue = run, None, None
        self._show(RUNNING)
        # The quiet screen has a line of time of its own.
        self.bar.setVisible(kind.key != "idle")
        self.show_run(run)
        self.setFocus()

    def toggle_pause(self) -> None:
        """Pause, or go on."""
        run = self.run
        if run is None:
            return
        if run.paused:
            run.resume()
        else:
            run.pause()
        self.show_run(run)

    def stop(self) -> None:
        """Leave the test; nothing is kept of it."""
        if self.run is not None and not self.run.over:
            self.run = None
            self._relax()
            self._say("lamp-off", "Stopped. Nothing was kept of that test.")
            self.show_cards()

    def show_cards(self) -> None:
        """Choose another test."""
        self._show(CARDS)
        self.refresh()
        self.setFocus()

    def primary(self) -> None:
        """Go on with what is paused, or once more."""
        if self.run is not None and self.run.paused:
            self.toggle_pause()
        elif self._stack.currentIndex() == RESULT:
            self._again()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Space pauses and goes on, Esc leaves the test."""
        at_work = self._stack.currentIndex() == RUNNING
        if at_work and event.key() == Qt.Key.Key_Space:
            self.toggle_pause()
        elif at_work and event.key() == Qt.Key.Key_Escape:
            self.stop()
        else:
            super().keyPressEvent(event)

    def hideEvent(self, event: QHideEvent) -> None:
        """Nobody sees what is asked."""
        super().hideEvent(event)
        if self.run is not None:
            self.run.pause(LEFT)
            self._relax()

    def save_tables(self, file: Path) -> None:
        """Write the last test as CSV; says how it went."""
        done = self.done
        if done is None:
            return
        if file.exists():
            self._say("stop", f"“{file.name}” is there already: choose another name.")
            return
        try:
            files = write_tables(file, done.outcome)
        except OSError as error:
            self._say("stop", f"“{file.name}” could not be written: {error}.")
            return
        self._say("good", f"Saved: {', '.join(made.name for made in files)}")

    def _finish(self, run: ControlRun) -> None:
        """Keep and show what a run found, if it is over."""
        model, outcome = self._model(), run.outcome
        if model is None or outcome is None:
            return
        self._relax()
        done = Done.of(run, outcome, model)
        former = self._attempt(lambda: self.book.former(done)) or []
        self.done = done
        self.book.add(done)
        self.result.show_done(done, former)
        self.refresh()
        self._show(RESULT)
        self.setFocus()

    def _again(self) -> None:
        run = self.run
        if run is not None:
            self.begin(run.kind, run.options)

    def _recognise(self) -> None:
        model = self.flow.model
        if model is not None:
            self._attempt(lambda: self.flow.session.start_decoding(model))
            self.refresh()

    def _model(self) -> GestureModel | None:
        """What decides, as the sliders of Try have set it; else what could be started."""
        flow, decoder = self.flow, self.flow.session.decoder
        if decoder is None:
            return flow.model
        ours = flow.model is not None and flow.model.lda is decoder.model.lda
        return flow.model if ours else decoder.model

    def _keep_waiting(self) -> None:
        """Tests of a model that was saved meanwhile go into its folder."""
        flow, model = self.flow, self._model()
        saved = flow.saved if model is flow.model else None
        name = saved.name if saved is not None else flow.person.arm
        self.book.of(model, saved, name)
        words = self._attempt(self.book.keep_waiting)
        if words is not None and self.done is not None:
            self.result.show_kept(*words)

    def _source_words(self) -> tuple[str, str]:
        flow, session = self.flow, self.flow.session
        problem = problem_of(session)
        if session.decoder is None and flow.model is None:
            return "check", "No model is in use: calibrate, or choose a saved model and use it."
        if problem:
            return "check", problem
        known = flow.saved if self._model() is flow.model else None
        name = f"“{known.name}”" if known is not None else "the model that is in use"
        return "good", f"Ready to test {name}."

    def _perform(self, run: ControlRun) -> None:
        """A simulated person does what helps."""
        device, cue = self.flow.device, run.cue
        if cue != self._cue and device is not None and cue[0] in (*device.gestures, "rest"):
            self._cue = cue
            device.perform(*cue)

    def _relax(self) -> None:
        device = self.flow.device
        self._cue = None
        if device is not None:
            device.perform("rest")

    def _ask_where(self) -> None:
        if self.done is not None:
            self.dialog = ask_file(
                self, "Save the test as CSV", self.done.stem, "csv", self.save_tables
            )

    def _say(self, level: str, words: str) -> None:
        self.said.show_status(level, words)
        self.said.setVisible(bool(words))

    def _attempt(self, work: Callable[[], Any]) -> Any:
        try:
            return work()
        except EmgError as error:
            self._say("stop", str(error))
            return None

    def _show(self, view: int) -> None:
        """One of the three views, with what can be done there below it."""
        self._stack.setCurrentIndex(view)
        self.away.setVisible(view != RUNNING)
        for made in (self.again, self.others, self.export):
            made.setVisible(view == RESULT)

    def _lay_out(self) -> None:
        self._stack = QStackedWidget()
        for view in (self._cards_view(), self._running_view(), self.result):
            self._stack.addWidget(view)
        outer = QVBoxLayout(self)
        outer.setContentsMargins(24, 14, 24, 14)
        outer.setSpacing(8)
        outer.addWidget(self._stack, 1)
        foot = row(self.away, self.again, self.others, self.export, self.said)
        foot.addStretch(1)
        foot.setStretch(4, 10)
        outer.addLayout(foot)
        self._show(CARDS)

    def _cards_view(self) -> QWidget:
        inside = QWidget()
        grid = QGridLayout(inside)
        grid.setContentsMargins(0, 0, 8, 0)
        grid.setSpacing(14)
        for at, card in enumerate(self.cards.values()):
            grid.addWidget(card, at // 2, at % 2)
        grid.setColumnStretch(0, 1)
        grid.setColumnStretch(1, 1)
        fitted = FittedScroll(inside)
        fitted.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Expanding)
        head = row(self.source, self.start, self.models)
        head.setStretch(0, 1)
        page = QWidget()
        layout = QVBoxLayout(page)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(10)
        layout.addWidget(label("Tests of control", "title"))
        layout.addLayout(head)
        layout.addWidget(fitted, 1)
        return page

    def _running_view(self) -> QWidget:
        for word in (self.prompt, self.detail):
            word.setAlignment(Qt.AlignmentFlag.AlignCenter)
        page = QWidget()
        layout = QVBoxLayout(page)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(6)
        layout.addWidget(self.prompt)
        layout.addWidget(self.detail)
        layout.addWidget(self.stage, 1)
        layout.addWidget(self.bar)
        layout.addLayout(row(self.pause, self.recognised, 1, self.stop_button))
        return page
