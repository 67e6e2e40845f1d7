"""In control: a hand that does what is recognised, how sure it is, how fast, and a short test."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from functools import partial

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QHideEvent
from PySide6.QtWidgets import (
    QGridLayout,
    QHBoxLayout,
    QProgressBar,
    QSizePolicy,
    QSlider,
    QVBoxLayout,
    QWidget,
)

from emgstudio.gui.fitted import FittedScroll, LowPage
from emgstudio.gui.plots.confidence import ConfidenceBars
from emgstudio.gui.widgets import (
    Popover,
    StatusWord,
    button,
    card,
    column,
    label,
    large_target,
    row,
)
from emgstudio.gui.wizard.decision_options import DecisionOptions
from emgstudio.gui.wizard.flow import SAVE, Flow
from emgstudio.gui.wizard.hand_view import HandView
from emgstudio.gui.wizard.motion_test import MotionTestRun
from emgstudio.gui.wizard.page import WizardPage, wrapping_status
from emgstudio.ml.decoder import DecoderState
from emgstudio.ml.gestures import REST, gesture_title
from emgstudio.ml.postprocess import BALANCED, FAST, STEADY, PostprocessSpec

MOST_SURE = 90
PER_ROW = 4
SOFTEST, USUAL, HARDEST = 10, 100, 150
"""Effort of the simulated person in percent of its usual one."""


@dataclass(frozen=True, slots=True)
class Pace:
    """A trade of speed against steadiness, and what to say of it."""

    spec: PostprocessSpec
    words: str


PACES = (
    Pace(FAST, "Fast: follows at once, may flicker"),
    Pace(BALANCED, "Balanced: a third fewer mistakes, some 70 ms later"),
    Pace(STEADY, "Steady: hardly ever flickers, some 100 ms later"),
)


OWN_WAY = "Your own options; moving the slider goes back to one of three"


def pace_of(spec: PostprocessSpec) -> int:
    """The place of a spec among :data:`PACES`; one made otherwise is the nearest in steadiness."""
    plain = replace(spec, min_confidence=0.0)
    for at, pace in enumerate(PACES):
        if pace.spec == plain:
            return at
    return 0 if plain.votes <= 1 else 1


IN_CONTROL = "Now you are in control."
NOT_YET = "Start recognition to be in control."


class TryPage(WizardPage):
    """Shows the newest decision; two sliders trade speed against steadiness."""

    send_wanted = Signal()
    tests_wanted = Signal()

    def __init__(self, flow: Flow) -> None:
        super().__init__(flow)
        self.hand = HandView()
        self.test = MotionTestRun(flow)
        self.name = label("", "big")
        self.name.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.bars = ConfidenceBars()
        self.latency = StatusWord()
        self.strength = QProgressBar()
        self.strength.setRange(0, 100)
        self.strength.setTextVisible(False)
        self.strength.setAccessibleName("Strength")
        self.strength_word = label("Strength", "muted")
        self.pace = _slider(0, len(PACES) - 1, "Speed or steadiness")
        self.pace_word = label("", "muted", wrap=True)
        self.sureness = _slider(0, MOST_SURE, "Sureness")
        self.sureness_word = label("", "muted", wrap=True)
        self.pace.valueChanged.connect(self._tuned)
        self.sureness.valueChanged.connect(self._trusted)
        self.options = button("All options…", self._show_options, icon="settings", kind="quiet")
        self.again = button("Start recognition", flow.try_live, icon="play")
        self.on = button("Save…", lambda: flow.go(SAVE), icon="save", kind="primary")
        self.headline = label(IN_CONTROL, "title", wrap=True)
        self.send = button("Send decisions…", self.send_wanted.emit, icon="export")
        self.tests = button("Tests…", self.tests_wanted.emit, icon="chart")
        self.test_button = button("30-second test", self._toggle_test, icon="clock")
        self.test_words = wrapping_status()
        large_target(self.options, self.again, self.on, self.send, self.test_button, self.tests)
        self._performer = QWidget()
        self._performer_layout = QGridLayout(self._performer)
        self._performer_layout.setContentsMargins(0, 0, 0, 0)
        self._performer_layout.setSpacing(6)
        self._offered: tuple[str, ...] = ()
        self._performed = REST
        self.how_hard = _slider(SOFTEST, HARDEST, "How strongly the simulated person does it")
        self.how_hard.setValue(USUAL)
        self.how_hard_word = label("", "muted")
        self.how_hard.valueChanged.connect(lambda _value: self._perform(self._performed))
        self._lay_out()

    def refresh(self) -> None:
        """Sliders and the simulated person follow the model and the device."""
        model = self.flow.model
        if model is not None:
            for slider, value in (
                (self.pace, pace_of(model.postprocess)),
                (self.sureness, round(model.postprocess.min_confidence * 100)),
            ):
                slider.blockSignals(True)
                slider.setValue(value)
                slider.blockSignals(False)
            self._say_tuning()
        self._offer_performer()
        self.frame()

    def frame(self) -> None:
        """The newest decision."""
        decoder = self.flow.session.decoder
        latest = decoder.latest if decoder is not None else None
        self.again.setVisible(decoder is None)
        self.test_button.setEnabled(decoder is not None)
        self._show_test(self.test.frame())
        if decoder is None or latest is None:
            self.hand.show_hand(REST, 0.0, "outline", faded=True)
            self.name.setText("Not running" if decoder is None else "…")
            self.latency.show_status("lamp-off", "Recognition is not running")
            self._show_nothing()
            return
        self.headline.setText(IN_CONTROL)
        waiting = decoder.state is not DecoderState.RUNNING
        role = "outline" if latest.rejected or waiting else "good"
        held = self.test.held
        filled = latest.confidence if held is None else held
        shape = self.flow.pictures.drawing(latest.gesture) or latest.gesture
        self.hand.show_hand(shape, filled, role, faded=waiting)
        title = gesture_title(latest.gesture)
        self.hand.setAccessibleDescription(f"Recognised: {title}")
        shown = self.test.prompt or title
        if self.name.text() != shown:
            self.name.setText(shown)
        self.bars.show_shares(decoder.model.classes, latest.probabilities, latest.gesture)
        self._show_strength(round(latest.proportional * 100))
        self._show_latency(decoder.latency(), waiting)

    def _show_nothing(self) -> None:
        """What was decided last is over."""
        model = self.flow.model
        classes = model.classes if model is not None else ()
        self.headline.setText(NOT_YET)
        self.bars.show_shares(classes, (0.0,) * len(classes), "")
        self._show_strength(0)

    def _show_strength(self, share: int) -> None:
        self.strength.setValue(share)
        self.strength_word.setText(f"Strength {share} %")

    def primary(self) -> None:
        """On to saving."""
        self.flow.go(SAVE)

    def hideEvent(self, event: QHideEvent) -> None:
        """Nobody sees the targets any more."""
        super().hideEvent(event)
        self.test.stop()

    def _toggle_test(self) -> None:
        if self.test.running:
            self.test.stop()
        else:
            self.test.start()

    def _show_test(self, running: bool) -> None:
        words = "Stop the test" if running else "30-second test"
        if self.test_button.text() != words:
            self.test_button.setText(words)
            self.test_button.setAccessibleName(words)
        level, text = self.test.status
        if self.test_words.word.text() != text:
            self.test_words.show_status(level, text)

    def _show_latency(self, latency: tuple[float, float], waiting: bool) -> None:
        median, late = latency
        if waiting:
            self.latency.show_status("check", "Waiting for the signal")
        elif math.isnan(median):
            self.latency.show_status("lamp-off", "Beginning…")
        else:
            text = f"Decision after {median * 1000:.0f} ms (99 % within {late * 1000:.0f} ms)"
            self.latency.show_status("good" if late < 0.25 else "check", text)

    def _tuned(self) -> None:
        model = self.flow.model
        if model is None:
            return
        pace = PACES[self.pace.value()]
        spec = replace(pace.spec, min_confidence=self.sureness.value() / 100)
        self.flow.set_postprocess(spec)
        self._say_tuning()

    def _trusted(self) -> None:
        model = self.flow.model
        if model is None:
            return
        share = self.sureness.value() / 100
        self.flow.set_postprocess(replace(model.postprocess, min_confidence=share))
        self._say_tuning()

    def _show_options(self) -> None:
        model = self.flow.model
        if model is None:
            return
        options = DecisionOptions(model.postprocess, model.sureness, model.classes)
        options.tuned.connect(self._tuned_by_options)
        Popover(self.window(), column(options)).show_beside(self.options)

    def _tuned_by_options(self, spec: PostprocessSpec, sureness: dict[str, float]) -> None:
        self.flow.set_postprocess(spec, sureness)
        self.refresh()

    def _say_tuning(self) -> None:
        model = self.flow.model
        if model is None:
            return
        own = replace(model.postprocess, min_confidence=0.0) not in [p.spec for p in PACES]
        self.pace_word.setText(OWN_WAY if own else PACES[self.pace.value()].words)
        share = self.sureness.value()
        self.sureness_word.setText(
            f"Below {share} % the last movement is held" if share else "Every decision counts"
        )

    def _offer_performer(self) -> None:
        device, model = self.flow.device, self.flow.model
        can = device.gestures if device is not None else ()
        wanted = model.classes if model is not None else ()
        offered = tuple(g for g in can if g in wanted)
        self._performer_card.setVisible(bool(offered))
        if offered == self._offered:
            return
        self._offered = offered
        while (item := self._performer_layout.takeAt(0)) is not None:
            if (old := item.widget()) is not None:
                old.deleteLater()
        for at, gesture in enumerate(offered):
            made = button(gesture_title(gesture), partial(self._perform, gesture))
            self._performer_layout.addWidget(made, at // PER_ROW, at % PER_ROW)

    def _perform(self, gesture: str) -> None:
        device, share = self.flow.device, self.how_hard.value()
        self._performed = gesture
        self.how_hard_word.setText(f"Effort {share} %")
        if device is not None:
            device.perform(gesture, share / USUAL)

    def _lay_out(self) -> None:
        left = QVBoxLayout()
        left.setSpacing(4)
        left.addWidget(self.name)
        left.addWidget(self.hand, 1)
        # Below each other: beside each other they have no room where text is large.
        for made in (self.again, self.test_button):
            left.addWidget(made, 0, Qt.AlignmentFlag.AlignHCenter)
        left.addWidget(self.test_words)
        speed = column(label("Faster or steadier"), self.pace, self.pace_word, 1, spacing=2)
        sure = column(label("Only when sure"), self.sureness, self.sureness_word, 1, spacing=2)
        tuning = QHBoxLayout()
        tuning.setSpacing(24)
        tuning.addLayout(speed, 1)
        tuning.addLayout(sure, 1)
        self._performer_card = card(
            column(
                label("Ask the simulated person", "heading"),
                self._performer,
                row(self.how_hard_word, self.how_hard),
                spacing=6,
            ),
            margin=12,
        )
        self.how_hard_word.setText(f"Effort {USUAL} %")
        inside = QWidget()
        right = QVBoxLayout(inside)
        right.setContentsMargins(0, 0, 0, 0)
        right.setSpacing(8)
        right.addWidget(self.headline)
        right.addWidget(card(column(self.bars, spacing=0), margin=10), 10)
        right.addLayout(row(self.strength_word, self.strength))
        right.addWidget(self.latency)
        right.addLayout(tuning)
        right.addLayout(row(self.options, 1))
        right.addWidget(self._performer_card)
        right.addStretch(1)
        across = QHBoxLayout()
        across.setSpacing(28)
        shown = LowPage()
        left.setContentsMargins(0, 0, 0, 0)
        shown.setLayout(left)
        beside = FittedScroll(shown)
        beside.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Expanding)
        across.addWidget(beside, 1)
        fitted = FittedScroll(inside)
        fitted.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Expanding)
        across.addWidget(fitted, 1)
        outer = QVBoxLayout(self)
        outer.setContentsMargins(24, 14, 24, 14)
        outer.setSpacing(8)
        outer.addLayout(across, 1)
        outer.addLayout(row(1, self.tests, self.send, self.on))


def _slider(smallest: int, largest: int, name: str) -> QSlider:
    made = QSlider(Qt.Orientation.Horizontal)
    made.setRange(smallest, largest)
    made.setAccessibleName(name)
    made.setMinimumHeight(22)
    return made
