"""How well it will work: words first, then each movement, then the numbers."""

from __future__ import annotations

from PySide6.QtCore import QSize, Qt
from PySide6.QtWidgets import (
    QBoxLayout,
    QHBoxLayout,
    QProgressBar,
    QScrollArea,
    QSizePolicy,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)

from emgstudio.gui import theme
from emgstudio.gui.assets import Picture
from emgstudio.gui.fitted import FittedScroll, LowPage
from emgstudio.gui.widgets import StatusWord, button, card, column, label, large_target, row
from emgstudio.gui.wizard.check_rows import GestureRow, take_lamp
from emgstudio.gui.wizard.cueing import MOVEMENTS
from emgstudio.gui.wizard.evidence import Evidence
from emgstudio.gui.wizard.flow import Flow
from emgstudio.gui.wizard.page import WizardPage
from emgstudio.gui.wizard.pair_advice import PairAdvice
from emgstudio.ml.gestures import gesture_title
from emgstudio.ml.report import GestureResult, TrainingReport

GAP = 20
LEAST_HEIGHT = 200
"""Of the list and of what is beside it, in pixels at 100 %."""


def headline(report: TrainingReport) -> str:
    """``18 of 20 takes right; Pinch is taken for Fist 3 of 10 times.``"""
    takes = [take for gesture in report.gestures for take in gesture.repetitions]
    if not takes:
        return report.summary
    # The same rule as the lamps below it.
    right = sum(take_lamp(take) == "good" for take in takes)
    weak = [g for g in report.gestures if g.light in ("amber", "red")]
    counted = f"{right} of {len(takes)} takes right"
    if not weak:
        return f"{counted}; every movement works reliably."
    worst = min(weak, key=lambda g: g.recall if g.recall is not None else 1.0)
    return f"{counted}; {worst.verdict}"


class CheckPage(WizardPage):
    """Training with progress, then the verdict, then on to trying."""

    def __init__(self, flow: Flow) -> None:
        super().__init__(flow)
        self.rows: list[GestureRow] = []
        self.headline = label("", "title", wrap=True)
        self.detail = label("", "muted", wrap=True)
        self.evidence = Evidence(flow)
        self.matrix = self.evidence.matrix
        self.pair = PairAdvice(flow)
        self.undo = button("Undo", flow.undo, icon="undo")
        self.progress = QProgressBar()
        self.progress.setRange(0, 1000)
        self.progress.setAccessibleName("Progress of the training")
        self.doing = label("Training…", "title")
        self.doing_what = label("", "muted")
        self.problem = label("", "title", wrap=True)
        self.try_it = button("Try it live", flow.try_live, icon="play", kind="primary")
        large_target(self.try_it, self.undo)
        self.note = label("", "muted", wrap=True)
        self.missing = StatusWord()
        self._shown: object = None
        self._stack = QStackedWidget()
        for page in (self._working_page(), self._problem_page(), self._result_page()):
            self._stack.addWidget(page)
        outer = QVBoxLayout(self)
        outer.setContentsMargins(24, 16, 24, 14)
        outer.addWidget(self._stack)

    def refresh(self) -> None:
        """Show training, trouble or the result."""
        flow = self.flow
        if flow.task is not None:
            self._stack.setCurrentIndex(0)
        elif flow.problem:
            self.problem.setText(flow.problem)
            self._stack.setCurrentIndex(1)
        elif flow.model is not None:
            self._stack.setCurrentIndex(2)
            self._show_report(flow.model.report)
            self.pair.refresh()
        words = f"Undo: {flow.choices.words}"
        self.undo.setVisible(flow.choices.can_undo)
        self.undo.setText(words)
        self.undo.setAccessibleName(words)
        for made in self.rows:
            made.allow(flow.can_redo and not flow.from_disk)

    def frame(self) -> None:
        """Training goes on, or the size of text has changed."""
        self._make_room()
        self.evidence.frame()
        task = self.flow.task
        if task is not None:
            self.progress.setValue(round(task.progress * 1000))
            if self.doing_what.text() != task.text:
                self.doing_what.setText(task.text)

    def primary(self) -> None:
        """Go on to trying."""
        if self._stack.currentIndex() == 2:
            self.flow.try_live()

    def _show_report(self, report: TrainingReport) -> None:
        self.note.setText(self._note())
        missing = self._missing(report)
        self.missing.show_status("check", missing)
        self.missing.setVisible(bool(missing))
        if report is self._shown:
            return
        self._shown = report
        lesson, model = self.flow.lesson, self.flow.model
        self.headline.setText(headline(report) if lesson is None else lesson.verdict.sentence)
        self.detail.setText(_reliable(report))
        worst = _worst_first(report)
        if model is not None:
            self.evidence.show_model(model, _detail(report), worst[0].gesture if worst else "")
        for made in self.rows:
            made.setParent(None)
            made.deleteLater()
        self.rows = [GestureRow(result, self.flow, report.classes) for result in worst]
        for at, made in enumerate(self.rows):
            self._list.insertWidget(at, made)
        self._make_room()

    def _make_room(self) -> None:
        """No row loses its buttons: takes go below the verdict, then the numbers below the list."""
        self._scroll.setMinimumHeight(theme.theme().pixels(LEAST_HEIGHT))
        bar = self._scroll.verticalScrollBar().sizeHint().width()
        room = self._stack.width() - GAP - self._numbers.minimumSizeHint().width() - bar
        folded = max((made.whole_width for made in self.rows), default=0) > room
        for made in self.rows:
            made.fold(folded)
        least = self._inside.minimumSizeHint().width()
        way = QBoxLayout.Direction
        self.across.setDirection(way.TopToBottom if folded and least > room else way.LeftToRight)
        self._scroll.setMinimumWidth(least + bar)

    def _missing(self, report: TrainingReport) -> str:
        """Movements that were cued and that the classifier does not know, unasked."""
        calibration = None if self.flow.from_disk else self.flow.calibration
        cued = calibration.plan.classes if calibration is not None else ()
        chosen = self.flow.choices.now
        meant = {*report.classes, *chosen.left_out, *(name for name, _ in chosen.merged)}
        names = [gesture_title(name) for name in cued if name not in meant]
        if not names:
            return ""
        return f"Not learned, too little was recorded: {', '.join(names)}"

    def _note(self) -> str:
        if self.flow.from_disk and self.flow.saved is not None:
            return f"This is the saved model “{self.flow.saved.name}”. Start anew to record more."
        if self.flow.can_redo:
            return "The recording goes on until you save, so that you can redo a take."
        return "The recording has ended. Start again to record more."

    def _working_page(self) -> QWidget:
        page = QWidget()
        layout = QVBoxLayout(page)
        layout.addStretch(1)
        layout.addWidget(self.doing, 0, Qt.AlignmentFlag.AlignHCenter)
        self.progress.setFixedWidth(420)
        layout.addWidget(self.progress, 0, Qt.AlignmentFlag.AlignHCenter)
        layout.addWidget(self.doing_what, 0, Qt.AlignmentFlag.AlignHCenter)
        layout.addStretch(2)
        return page

    def _problem_page(self) -> QWidget:
        page = QWidget()
        layout = QVBoxLayout(page)
        layout.addStretch(1)
        layout.addWidget(Picture("icons/check", QSize(40, 40), "check"))
        layout.addWidget(self.problem)
        again = button("Train again", self.flow.train, kind="primary")
        anew = button("Choose movements", lambda: self.flow.go(MOVEMENTS))
        large_target(again, anew)
        layout.addLayout(row(again, anew, 1))
        layout.addStretch(2)
        return page

    def _result_page(self) -> QWidget:
        inside = QWidget()
        inside.setProperty("role", "page")
        self._list = QVBoxLayout(inside)
        self._list.setContentsMargins(0, 0, 8, 0)
        self._list.setSpacing(2)
        self._list.addStretch(1)
        scroll = QScrollArea()
        scroll.setWidgetResizable(True)
        scroll.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        scroll.setWidget(inside)
        self._inside, self._scroll = inside, scroll
        self._numbers = card(column(self.evidence, spacing=0), margin=12)
        self.across = QHBoxLayout()
        self.across.setSpacing(GAP)
        self.across.addWidget(scroll, 3)
        self.across.addWidget(self._numbers, 2)
        # On a small screen with large texts all of it scrolls, for nothing is lower than it can be.
        whole = LowPage()
        layout = QVBoxLayout(whole)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(8)
        layout.addWidget(self.headline)
        layout.addWidget(self.detail)
        layout.addWidget(self.missing)
        layout.addWidget(self.pair)
        layout.addLayout(self.across, 1)
        fitted = FittedScroll(whole)
        fitted.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Expanding)
        foot = row(self.note, self.undo, self.try_it)
        foot.setStretch(0, 1)
        page = QWidget()
        outer = QVBoxLayout(page)
        outer.setContentsMargins(0, 0, 0, 0)
        outer.setSpacing(8)
        outer.addWidget(fitted, 1)
        outer.addLayout(foot)
        return page


def _worst_first(report: TrainingReport) -> list[GestureResult]:
    order = {"red": 0, "amber": 1, "untested": 2, "green": 3}
    return sorted(report.gestures, key=lambda g: (order[g.light], g.recall or 0.0))


def _reliable(report: TrainingReport) -> str:
    """``5 of 6 movements work reliably.``"""
    tested = [g for g in report.gestures if g.recall is not None]
    good = sum(g.light == "green" for g in tested)
    if not tested:
        return "Nothing could be tested: record every movement at least twice."
    return (
        f"{good} of {len(report.gestures)} movements work reliably. "
        "Each take was tested by a classifier trained on the others."
    )


def _detail(report: TrainingReport) -> str:
    if report.accuracy is None or report.balanced_accuracy is None:
        return "Nothing could be tested: record every movement at least twice."
    return (
        f"{report.accuracy * 100:.1f} % of all moments right, "
        f"{report.balanced_accuracy * 100:.1f} % on average over movements."
    )
