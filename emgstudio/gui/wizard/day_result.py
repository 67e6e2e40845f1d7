"""What a new day showed: scores before and after, how the sensor sits, each movement."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import (
    QHBoxLayout,
    QPushButton,
    QSizePolicy,
    QVBoxLayout,
    QWidget,
)

from emgstudio.gui.fitted import FittedScroll, LowPage
from emgstudio.gui.widgets import StatusWord, button, card, column, label, large_target
from emgstudio.gui.wizard.arm_picture import ArmPicture, Pad, short_name
from emgstudio.gui.wizard.check_rows import LAMPS
from emgstudio.gui.wizard.choice import Choice
from emgstudio.gui.wizard.page import wrapping_status
from emgstudio.ml.gestures import REST, gesture_title
from emgstudio.session.newday_result import DayResult


class DayResultView(QWidget):
    """``redo`` is called with a movement that is to be held again.

    ``chosen`` tells that another of the models that can be used today is looked at:
    :attr:`kind`.
    """

    chosen = Signal()

    def __init__(self, redo: Callable[[str], object]) -> None:
        super().__init__()
        self._redo = redo
        self._result: DayResult | None = None
        self._shown: object = None
        self.headline = label("", "title", wrap=True)
        self.offers: Choice | None = None
        self._offers = QVBoxLayout()
        self._findings = QVBoxLayout()
        self._findings.setSpacing(4)
        self.findings: list[StatusWord] = []
        self.advice = wrapping_status("check")
        self.done = wrapping_status("good")
        self.lamps: list[StatusWord] = []
        self.redos: dict[str, QPushButton] = {}
        self._movements = QVBoxLayout()
        self._movements.setSpacing(4)
        self.arm = ArmPicture("Electrodes today")
        self.arm_words = label("", "muted", wrap=True)
        self.arm_words.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self._lay_out()

    @property
    def kind(self) -> str:
        """Which of the models is looked at, "" before there is a result."""
        return self.offers.value if self.offers is not None else ""

    def show_result(self, result: DayResult, *, can_redo: bool) -> None:
        """Show what came of it; the best model is looked at first."""
        if result is not self._result:
            self._result = result
            self.headline.setText(result.words)
            self._fill_offers(result)
            self._fill_findings(result)
            self._show_arm(result)
        self._show_movements(can_redo=can_redo)
        self._side.setVisible(bool(self.arm.pads))

    def show_problem(self, words: str) -> None:
        """There is no result; why not."""
        self._result, self._shown = None, None
        self.headline.setText(words)
        _empty(self._offers)
        _empty(self._findings)
        _empty(self._movements)
        self.offers, self.findings, self.lamps, self.redos = None, [], [], {}
        for widget in (self.advice, self.done, self._side):
            widget.hide()

    def say_done(self, words: str) -> None:
        """What was done with it, "" for nothing yet."""
        self.done.show_status("good", words)
        self.done.setVisible(bool(words))

    def _fill_offers(self, result: DayResult) -> None:
        _empty(self._offers)
        self.offers = Choice(
            "Model for today", {offer.kind: offer.words for offer in result.offers}
        )
        self.offers.show_value(result.best.kind)
        self.offers.chosen.connect(lambda _kind: self._chosen())
        self._offers.addWidget(self.offers)

    def _chosen(self) -> None:
        self._show_movements(can_redo=any(made.isEnabled() for made in self.redos.values()))
        self.chosen.emit()

    def _fill_findings(self, result: DayResult) -> None:
        _empty(self._findings)
        self.findings = []
        for finding in result.findings:
            lamp = wrapping_status()
            lamp.show_status(finding.level, finding.words)
            self.findings.append(lamp)
            self._findings.addWidget(lamp)

    def _show_arm(self, result: DayResult) -> None:
        check = result.check
        pads = []
        for at, (name, gain) in enumerate(check.gains.items()):
            level = "stop" if name in check.dead else "check" if name in check.noisy else "good"
            pads.append(Pad(short_name(name, at), min(1.0, gain / 2), level, f"× {gain:.1f}"))
        self.arm.show_pads(pads)
        # Each in one piece: a line does not end between an electrode and its figure.
        each = (f"{name} × {gain:.1f}".replace(" ", "\N{NO-BREAK SPACE}") for name, gain in
                check.gains.items())  # fmt: skip
        told = ", ".join(each)
        self.arm_words.setText(f"Signal against the day of the model: {told}")

    def _show_movements(self, *, can_redo: bool) -> None:
        result = self._result
        if result is None:
            return
        shown = (id(result), self.kind, can_redo)
        if shown == self._shown:
            return
        self._shown = shown
        _empty(self._movements)
        self.lamps, self.redos = [], {}
        for movement in result.movements(self.kind):
            lamp = StatusWord(movement.words, LAMPS[movement.light])
            self.lamps.append(lamp)
            line = QWidget()
            across = QHBoxLayout(line)
            across.setContentsMargins(0, 0, 0, 0)
            across.addWidget(lamp, 1)
            if movement.light != "green" and movement.gesture != REST:
                title = gesture_title(movement.gesture)
                again = button(f"Redo {title}", partial(self._redo, movement.gesture))
                again.setToolTip("One more hold of this movement only")
                again.setEnabled(can_redo)
                large_target(again)
                self.redos[movement.gesture] = again
                across.addWidget(again)
            self._movements.addWidget(line)
        advice = result.advice(self.kind)
        self.advice.show_status("check", advice)
        self.advice.setVisible(bool(advice))

    def _lay_out(self) -> None:
        inside = QWidget()
        words = column(
            self.headline,
            self._offers,
            self._findings,
            self._movements,
            self.advice,
            self.done,
            1,
            spacing=14,
        )
        inside.setLayout(words)
        fitted = FittedScroll(inside)
        fitted.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Expanding)
        picture = LowPage()
        picture.setLayout(column(self.arm, self.arm_words, spacing=6))
        electrodes = FittedScroll(picture)
        electrodes.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Expanding)
        self._side = card(
            column(label("Electrodes today", "heading"), electrodes, spacing=6), margin=14
        )
        across = QHBoxLayout(self)
        across.setContentsMargins(0, 0, 0, 0)
        across.setSpacing(18)
        across.addWidget(card(column(fitted), margin=18), 3)
        across.addWidget(self._side, 2)


def _empty(layout: QVBoxLayout) -> None:
    while (item := layout.takeAt(0)) is not None:
        if (old := item.widget()) is not None:
            old.setParent(None)
            old.deleteLater()
