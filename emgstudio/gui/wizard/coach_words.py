"""What the coach says under the cues: one thing at a time, with what can be done about it."""

from __future__ import annotations

from PySide6.QtWidgets import QFrame, QHBoxLayout

from emgstudio.gui.widgets import button, label, large_target
from emgstudio.gui.wizard.flow import Flow
from emgstudio.gui.wizard.page import wrapping_status
from emgstudio.ml.gestures import gesture_title


class AdviceLine(QFrame):
    """A sentence and, where a take is in doubt, a button that asks for it again."""

    def __init__(self, flow: Flow) -> None:
        super().__init__()
        self._flow = flow
        self._take: tuple[str, int] | None = None
        self._said = ""
        self.words = wrapping_status("check")
        self.again = button("Do it again", self._redo, icon="repeat")
        large_target(self.again)
        self.setProperty("role", "well")
        layout = QHBoxLayout(self)
        layout.setContentsMargins(14, 4, 6, 4)
        layout.addWidget(self.words, 1)
        layout.addWidget(self.again)
        self.hide()

    def refresh(self) -> None:
        """Say what the coach has to say now, or nothing."""
        coach = self._flow.coach
        advice = coach.advice if coach is not None else None
        self.setVisible(advice is not None)
        if advice is None:
            self._said = ""
            return
        self._take = advice.take
        words = advice.words
        if advice.take is not None:
            words = f"{gesture_title(advice.take[0])} {advice.take[1]}: {words}"
        if self.words.word.text() != words:
            self.words.show_status("check", words)
            self.setAccessibleName(words)
        if words != self._said:
            self._said = words
            self._flow.sound.say(words, after=True)
        self.again.setVisible(advice.take is not None)
        self.again.setEnabled(self._flow.can_redo)

    def _redo(self) -> None:
        if self._take is not None:
            self._flow.redo(*self._take)


class RestQuestion(QFrame):
    """A rest that was none: rest again, or use it as it is."""

    def __init__(self, flow: Flow) -> None:
        super().__init__()
        self._flow = flow
        self._said = ""
        self.setProperty("role", "card")
        self.words = label("", "heading", wrap=True)
        self.again = button("Rest again", flow.repeat_rest, icon="repeat", kind="primary")
        self.use = button("Use it anyway", flow.accept_rest)
        self.again.setToolTip("Keys: Enter, R")
        self.use.setToolTip("Key: Space")
        large_target(self.again, self.use)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(14, 8, 10, 8)
        layout.addWidget(self.words, 1)
        layout.addWidget(self.use)
        layout.addWidget(self.again)
        self.hide()

    def refresh(self) -> None:
        """Ask while the rest is refused."""
        coach = self._flow.coach
        asked = coach is not None and coach.rest_refused
        self.setVisible(asked)
        words = coach.rest.problem if coach is not None and coach.rest is not None else ""
        self.words.setText(words)
        if asked and words != self._said:
            self._flow.sound.say(words, after=True)
        self._said = words if asked else ""
