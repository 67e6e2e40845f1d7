"""Two movements that look alike, and the three things that can be done about it."""

from __future__ import annotations

from PySide6.QtWidgets import QFrame, QHBoxLayout

from emgstudio.gui.widgets import button, large_target
from emgstudio.gui.wizard.flow import Flow
from emgstudio.gui.wizard.page import wrapping_status
from emgstudio.ml.gestures import REST, gesture_title


class PairAdvice(QFrame):
    """Shown when leaving repetitions out has shown two movements to be mixed up."""

    def __init__(self, flow: Flow) -> None:
        super().__init__()
        self._flow = flow
        self._pair = ("", "")
        self.setProperty("role", "well")
        self.words = wrapping_status("check")
        self.again = button("Redo", self._redo, icon="repeat")
        self.merge = button("Merge", lambda: flow.merge(*self._pair))
        self.out = button("Leave out", lambda: flow.leave_out(self._pair[0]))
        large_target(self.again, self.merge, self.out)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(14, 4, 6, 4)
        layout.addWidget(self.words, 1)
        for made in (self.again, self.merge, self.out):
            layout.addWidget(made)
        self.hide()

    def refresh(self) -> None:
        """Show the worst pair of the lesson, or nothing."""
        lesson = self._flow.lesson
        pair = next((p for p in lesson.pairs if p.advice), None) if lesson is not None else None
        self.setVisible(pair is not None)
        if pair is None:
            return
        a, b = (pair.b, pair.a) if pair.a == REST else (pair.a, pair.b)
        self._pair = (a, b)
        self.words.show_status("stop" if pair.light == "red" else "check", pair.advice)
        for made, words in (
            (self.again, f"Redo {gesture_title(a)}"),
            (self.merge, f"Merge {gesture_title(a)} with {gesture_title(b)}"),
            (self.out, f"Leave out {gesture_title(a)}"),
        ):
            made.setAccessibleName(words)
            made.setToolTip(words)
        self.again.setText(f"Redo {gesture_title(a)}")
        self.again.setEnabled(self._flow.can_redo)
        self.merge.setVisible(b != REST)

    def _redo(self) -> None:
        self._flow.redo_gesture(self._pair[0])
