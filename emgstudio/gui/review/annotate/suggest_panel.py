"""Where suggestions come from, how far they are, and what is done with them."""

from __future__ import annotations

import numpy as np
from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QComboBox, QFormLayout, QProgressBar, QVBoxLayout, QWidget

from emgstudio.gui.review.annotate.model_choice import ModelChoice, Offers
from emgstudio.gui.review.annotate.tracks import AUTO_TRACK
from emgstudio.gui.review.document import Document
from emgstudio.gui.widgets import button, label, row
from emgstudio.session.suggesting import Suggester, Together, Wish
from emgstudio.storage.annotation_columns import AnnotationColumns

SURE = 0.9
TITLES = {
    Suggester.ACTIVITY: "Onset detector",
    Suggester.CUES: "Cues, moved to the muscle",
    Suggester.ALIKE: "Like what is labelled",
    Suggester.MODEL: "Classifier",
}
ABOUT = {
    Suggester.ACTIVITY: "Each stretch of activity gets the label that is chosen for new ones.",
    Suggester.CUES: "Each cue's label is put to where the muscle really begins and ends.",
    Suggester.ALIKE: "Activity gets the label of the segments that it resembles most.",
    Suggester.MODEL: "A saved classifier is run over the whole recording.",
}
CHANNELS = {
    Together.ANY: "Any channel",
    Together.ALL: "All channels",
    Together.EACH: "Each channel by itself",
}


class SuggestPanel(QWidget):
    """``wanted`` asks for suggestions, ``cancelled`` for an end of the search.

    ``accept_wanted`` carries the least confidence; ``reject_wanted`` is about all that
    wait, ``flow_wanted`` switches flow mode on (True) or off.
    """

    wanted = Signal()
    cancelled = Signal()
    accept_wanted = Signal(float)
    reject_wanted = Signal()
    flow_wanted = Signal(bool)

    def __init__(self) -> None:
        super().__init__()
        self._document: Document | None = None
        self.source = _combo("Suggestions from")
        for suggester, title in TITLES.items():
            self.source.addItem(title, suggester)
        self.channels = _combo("Which channels have to be active")
        for together, title in CHANNELS.items():
            self.channels.addItem(title, together)
        self.model = ModelChoice()
        self.model.currentIndexChanged.connect(lambda _i: self._show_about())
        self.about = label("", "muted", wrap=True)
        self.run = button("Suggest", self.wanted.emit, kind="primary")
        self.cancel = button("Cancel", self.cancelled.emit)
        self.progress = QProgressBar()
        self.progress.setAccessibleName("Progress of the search")
        self.progress.setTextVisible(False)
        self.result = label("", wrap=True)
        self.accept = button("", lambda: self.accept_wanted.emit(SURE))
        self.reject = button("Reject all", self.reject_wanted.emit, kind="quiet")
        self.flow = button("Check one by one (W)", self._switch_flow)
        self.flow.setCheckable(True)
        self.pace = label("", "heading", wrap=True)
        self.keys = label("Enter: yes. X: no. 1–9: other label. Esc: stop.", "muted", wrap=True)
        self._lay_out()
        self.source.currentIndexChanged.connect(lambda _i: self._show_source())
        self.show_running(None)
        self._show_source()

    def _lay_out(self) -> None:
        form = QFormLayout()
        form.setContentsMargins(0, 0, 0, 0)
        form.setVerticalSpacing(5)
        form.addRow(label("From", "muted"), self.source)
        self._channels_word = label("Active", "muted")
        form.addRow(self._channels_word, self.channels)
        self._model_word = label("Model", "muted")
        form.addRow(self._model_word, self.model)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(8)
        layout.addLayout(form)
        layout.addWidget(self.about)
        layout.addLayout(row(self.run, self.cancel, 1))
        for part in (self.progress, self.result, self.accept):
            layout.addWidget(part)
        layout.addLayout(row(self.flow, self.reject, 1))
        layout.addWidget(self.pace)
        layout.addWidget(self.keys)

    def show_document(self, document: Document | None) -> None:
        """Show what waits in another recording."""
        self._document = document
        self.result.setText("")
        self.show_pace("")
        self.refresh()

    def offer_models(self, offers: Offers) -> None:
        """The saved classifiers, looked at when somebody wants one."""
        self.model.offer(offers)
        self._show_source()

    def wish(self, new_label: str) -> Wish:
        """What is chosen; ``new_label`` is what activity gets."""
        return Wish(
            Suggester(self.source.currentData()),
            AUTO_TRACK,
            label=new_label,
            together=Together(self.channels.currentData()),
            model=self.model.currentData(),
        )

    def refresh(self) -> None:
        """Annotations have changed."""
        open_ones = self._document.index.suggestions if self._document else AnnotationColumns.of()
        clear = int(np.count_nonzero(open_ones.rows["confidence"] >= SURE))
        self.accept.setText(f"Accept all ≥ {SURE:g} ({clear})")
        self.accept.setAccessibleName(f"Accept all suggestions that are at least {SURE:.0%} sure")
        self.accept.setEnabled(clear > 0)
        self.reject.setEnabled(bool(open_ones))
        self.flow.setEnabled(bool(open_ones) or self.flow.isChecked())
        locked = self._document is None or self._document.locked
        busy = self.cancel.isVisibleTo(self)
        self.run.setEnabled(not locked and not busy and not self._problem())

    def show_running(self, fraction: float | None) -> None:
        """How far the search is; None while none runs."""
        running = fraction is not None
        self.cancel.setVisible(running)
        self.progress.setVisible(running)
        self.progress.setValue(round(100 * (fraction or 0.0)))
        self.refresh()

    def show_result(self, text: str) -> None:
        """What was found, or why nothing was."""
        self.result.setText(text)

    def show_pace(self, text: str) -> None:
        """Progress of flow mode in words; empty while it is off."""
        self.pace.setText(text)
        self.pace.setVisible(bool(text))
        self.keys.setVisible(bool(text))
        self.flow.setChecked(bool(text))
        self.flow.setText("Stop (Esc)" if text else "Check one by one (W)")
        self.refresh()

    def _switch_flow(self) -> None:
        self.flow_wanted.emit(self.flow.isChecked())

    def _problem(self) -> str:
        chosen = Suggester(self.source.currentData())
        return self.model.problem if chosen is Suggester.MODEL else ""

    def _show_source(self) -> None:
        chosen = Suggester(self.source.currentData())
        if chosen is Suggester.MODEL:
            self.model.look()
        for part in (self.channels, self._channels_word):
            part.setVisible(chosen is Suggester.ACTIVITY)
        for part in (self.model, self._model_word):
            part.setVisible(chosen is Suggester.MODEL and self.model.count() > 0)
        self._show_about()

    def _show_about(self) -> None:
        chosen = Suggester(self.source.currentData())
        self.about.setText(f"{ABOUT[chosen]} {self._problem()}".strip())
        self.refresh()


def _combo(name: str) -> QComboBox:
    made = QComboBox()
    made.setAccessibleName(name)
    made.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
    made.setMinimumContentsLength(12)
    made.setFocusPolicy(Qt.FocusPolicy.TabFocus)
    return made
