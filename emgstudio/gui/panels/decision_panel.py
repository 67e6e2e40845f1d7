"""What the decoder says, beside the traces, while it runs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtWidgets import QFrame, QHBoxLayout, QProgressBar, QWidget

from emgstudio.gui.widgets import button, column, label
from emgstudio.ml.gestures import gesture_title

if TYPE_CHECKING:
    from emgstudio.session.session import Session


class DecisionPanel(QFrame):
    """Hidden while nothing is decoded; ``refresh`` shows the newest decision."""

    def __init__(self, session: Session, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._session = session
        self._shown: tuple[str, int] | None = None
        self.gesture = label("", "heading")
        self.gesture.setAccessibleName("Decoded gesture")
        self.sureness = QProgressBar()
        self.sureness.setRange(0, 100)
        self.sureness.setFormat("%p % sure")
        self.sureness.setAccessibleName("How sure the decoder is")
        self.stop = button("Stop decoding", session.stop_decoding, kind="quiet")
        head = QHBoxLayout()
        head.addWidget(label("Decoding", "muted"))
        head.addStretch(1)
        head.addWidget(self.stop)
        layout = column(head, self.gesture, self.sureness, spacing=6)
        layout.setContentsMargins(0, 0, 0, 6)
        self.setLayout(layout)
        self.hide()

    def refresh(self) -> None:
        """Follow the decoder."""
        decoder = self._session.decoder
        self.setVisible(decoder is not None)
        decision = decoder.latest if decoder is not None else None
        if decision is None:
            return
        now = (decision.gesture, round(100 * decision.confidence))
        if now != self._shown:
            self._shown = now
            self.gesture.setText(gesture_title(decision.gesture))
            self.sureness.setValue(now[1])
