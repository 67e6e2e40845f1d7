"""Rest, and the effort that per cent are of: measured, kept from before, or left out."""

from __future__ import annotations

from datetime import datetime
from functools import partial

from PySide6.QtWidgets import QHBoxLayout, QPushButton, QVBoxLayout, QWidget

from emgstudio.core.clock import host_time
from emgstudio.gui.panels.reference_panel import ReferencePanel
from emgstudio.gui.plots.amplitude import amount
from emgstudio.gui.therapy.flow import PLACE, TherapyFlow
from emgstudio.gui.therapy.page import Attempt, TherapyPage, foot, scrolled
from emgstudio.gui.therapy.rest_card import RestCard
from emgstudio.gui.widgets import StatusWord, button, column, label, large_target, row
from emgstudio.gui.wizard.page import wrapping_status
from emgstudio.session.reference import Method, taken
from emgstudio.session.reference_capture import IN_THE_CLINIC

NONE_NEEDED = "This protocol needs no reference effort."
GOES_WITHOUT = (
    "You go on without the reference effort of this protocol: what is reached today cannot be "
    "compared with other days. Choose the protocol once more to measure one after all."
)
SKIPPED = (
    "Without a reference the screen shows {unit}, the goal line is yours to place, rests are "
    "not judged, and the numbers cannot be compared with other days."
)
BEGIN, BACK = "Begin the exercise", "Back to the exercise"
PANEL_WIDTH = 330


class ReferencePage(TherapyPage):
    """Both can be skipped; what that means is said beside the button."""

    def __init__(self, flow: TherapyFlow, attempt: Attempt) -> None:
        super().__init__(flow, attempt)
        self.rest = RestCard(flow, attempt)
        self.rest.measured.connect(self.refresh)
        self.panel = ReferencePanel(flow.session, attempt, pace=IN_THE_CLINIC)
        self.panel.close_button.hide()
        self.panel.stored.connect(self.refresh)
        self.panel.setMinimumWidth(PANEL_WIDTH)
        self.chosen = 0
        self.buttons: list[QPushButton] = []
        self.lamps: list[StatusWord] = []
        self._muscles = QVBoxLayout()
        self._muscles.setSpacing(6)
        self.none_needed = label(NONE_NEEDED, "muted", wrap=True)
        self.consequence = label("", "muted", wrap=True)
        self.skip = button("Go on without a reference", self._skip)
        self.state = wrapping_status()
        self.back = button("Back", lambda: flow.go(PLACE), kind="quiet")
        self.begin = button(BEGIN, self.primary, icon="play", kind="primary")
        large_target(self.skip, self.back, self.begin)
        self._lay_out()

    def refresh(self) -> None:
        """What the flow has of rest and references."""
        flow = self.flow
        self.rest.refresh()
        self._fill_muscles()
        wanted = flow.protocol.reference is not None
        self.none_needed.setVisible(not wanted)
        self.none_needed.setText(GOES_WITHOUT if flow.reference_skipped else NONE_NEEDED)
        self.panel.setVisible(wanted)
        needs_rest = flow.protocol.rest_factor is not None and not flow.rest
        held = flow.on_hold
        self.skip.setVisible((flow.wants_reference or needs_rest) and not held)
        self.consequence.setVisible(self.skip.isVisibleTo(self))
        stream = flow.stream
        unit = stream.info.channels[0].unit if stream is not None else "the signal's unit"
        self.consequence.setText(SKIPPED.format(unit=unit))
        missing = flow.missing()
        self.rest.setVisible(not held)
        self.back.setVisible(not held)
        self.begin.setText(BACK if held else BEGIN)
        self.begin.setAccessibleName(self.begin.text())
        ready = missing is None and not flow.wants_reference and not needs_rest
        self.begin.setEnabled(ready or held)
        if held:
            self.state.show_status("good", "The exercise waits where it was.")
        elif missing is not None:
            self.state.show_status("stop", missing.sentence)
        elif flow.wants_reference:
            self.state.show_status("check", "A muscle has no reference effort yet.")
        elif needs_rest:
            self.state.show_status("check", "The goal of this protocol is made of rest.")
        else:
            self.state.show_status("good", "Ready to begin.")

    def frame(self, now: float) -> None:
        """Follow what is measured."""
        self.rest.frame(now)
        if self.panel.isVisible():
            self.panel.refresh(now)

    def primary(self) -> None:
        """Begin: the countdown runs. Or back to the exercise that waits."""
        if not self.begin.isEnabled() or self.panel.running:
            return
        go = self.flow.back_to_exercise if self.flow.on_hold else self.flow.begin
        self.attempt(lambda: go(host_time()))

    def leave(self) -> None:
        """A running effort is of no use when nobody looks."""
        if self.panel.running:
            self.panel.cancel()

    def _skip(self) -> None:
        self.leave()
        self.flow.without_reference()

    def _choose(self, place: int) -> None:
        self.chosen = place
        self._show_chosen()

    def _show_chosen(self) -> None:
        flow, stream = self.flow, self.flow.stream
        self.chosen = min(self.chosen, len(flow.muscles) - 1)
        for k, made in enumerate(self.buttons):
            made.setChecked(k == self.chosen)
        if stream is None or self.chosen < 0:
            self.panel.show_stream(None)
            return
        names = [c.name for c in stream.info.channels]
        channel = flow.muscles[self.chosen].channel
        if channel in names:
            self.panel.show_stream(stream, names.index(channel))

    def _fill_muscles(self) -> None:
        muscles, references = self.flow.muscles, self.flow.references()
        while len(self.buttons) > len(muscles):
            for old in (self.buttons.pop(), self.lamps.pop()):
                self._muscles.removeWidget(old)
                old.hide()
                old.deleteLater()
        while len(self.buttons) < len(muscles):
            place = len(self.buttons)
            made = button("", partial(self._choose, place))
            made.setCheckable(True)
            lamp = wrapping_status()
            self.buttons.append(made)
            self.lamps.append(lamp)
            self._muscles.addWidget(made)
            self._muscles.addWidget(lamp)
        wanted = self.flow.protocol.reference is not None
        now = datetime.now().astimezone()
        for k, (muscle, found) in enumerate(zip(muscles, references, strict=True)):
            self.buttons[k].setText(muscle.words)
            self.buttons[k].setAccessibleName(f"Reference of {muscle.words}")
            for shown in (self.buttons[k], self.lamps[k]):
                shown.setVisible(wanted)
            if found is None:
                self.lamps[k].show_status("lamp-off", "no reference yet")
                continue
            when = taken(found, now)
            today = when.startswith("today")
            text = f"{amount(found.value, found.unit)}, {found.method.words}, {when}"
            hint = "" if today else ": with electrodes put on anew, take it again"
            self.lamps[k].show_status("good" if today else "check", text + hint)
        method = self.flow.protocol.reference
        if method is not None and not self.panel.running and references.count(None):
            self.panel.method.setCurrentIndex(list(Method).index(method))
            self.chosen = references.index(None)
        self._show_chosen()

    def _lay_out(self) -> None:
        inside = QWidget()
        inside.setLayout(
            column(
                self.rest,
                label("Reference effort", "heading"),
                self.none_needed,
                self._muscles,
                self.consequence,
                row(self.skip, 1),
                1,
                spacing=8,
            )
        )
        left = QVBoxLayout()
        left.addWidget(scrolled(inside, "Rest and reference"), 1)
        left.addWidget(foot(self.state, self.back, self.begin))
        layout = QHBoxLayout(self)
        layout.setContentsMargins(16, 12, 16, 12)
        layout.setSpacing(16)
        layout.addLayout(left, 5)
        layout.addWidget(self.panel, 4)
