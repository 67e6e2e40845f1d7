"""A name for the model, and what to do with it."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFrame, QPlainTextEdit, QVBoxLayout, QWidget

from emgstudio.gui.fitted import FittedScroll
from emgstudio.gui.review.fields import TypingField
from emgstudio.gui.widgets import StatusWord, button, card, column, label, large_target, row
from emgstudio.gui.wizard.check_page import headline
from emgstudio.gui.wizard.flow import MOVEMENTS, Flow
from emgstudio.gui.wizard.page import WizardPage

WIDTH = 560
NOTES_HEIGHT = 84


class SavePage(WizardPage):
    """Saves the model; afterwards says where it is and offers what comes next."""

    def __init__(self, flow: Flow, to_live: Callable[[], object]) -> None:
        super().__init__(flow)
        self.name = TypingField()
        self.name.setPlaceholderText("for example: right arm")
        self.name.setAccessibleName("Name of the model")
        self.name.setMaxLength(80)
        self.name.returnPressed.connect(self.primary)
        self.name.textChanged.connect(self.refresh)
        self.notes = QPlainTextEdit()
        self.notes.setAccessibleName("Notes")
        self.notes.setPlaceholderText("Where the sensor sat, which socket, what to remember")
        self.notes.setFixedHeight(NOTES_HEIGHT)
        self.notes.setTabChangesFocus(True)
        self.about = label("", "muted", wrap=True)
        self.save = button("Save", self.primary, icon="save", kind="primary")
        self.done = StatusWord()
        self.where = label("", "muted", wrap=True)
        self.where.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self.live = button("Use it in Live", to_live, icon="live")
        self.anew = button("New calibration", lambda: flow.go(MOVEMENTS), icon="calibrate")
        large_target(self.save, self.live, self.anew)
        self._after = QFrame()
        after = QVBoxLayout(self._after)
        after.setContentsMargins(0, 8, 0, 0)
        after.addWidget(self.done)
        after.addWidget(self.where)
        after.addLayout(row(self.live, self.anew, 1))
        form = column(
            label("Save the model", "title"),
            self.about,
            label("Name", "muted"),
            self.name,
            label("Notes", "muted"),
            self.notes,
            row(self.save, 1),
            self._after,
            spacing=8,
        )
        frame = card(form, margin=24)
        frame.setMinimumWidth(WIDTH)
        middle = QWidget()
        layout = QVBoxLayout(middle)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(frame)
        outer = QVBoxLayout(self)
        outer.setContentsMargins(24, 20, 24, 20)
        outer.addWidget(FittedScroll(middle), 0, Qt.AlignmentFlag.AlignHCenter)
        outer.addStretch(1)

    def refresh(self) -> None:
        """The model, or whether it is saved, has changed."""
        model, saved = self.flow.model, self.flow.saved
        self.save.setEnabled(model is not None and bool(self.name.text().strip()))
        self._after.setVisible(saved is not None)
        if model is not None:
            self.about.setText(headline(model.report))
        if saved is not None:
            self.done.show_status("good", f"Saved as {saved.name}")
            self.where.setText(str(saved))

    def primary(self) -> None:
        """Save under the name that was typed."""
        if self.save.isEnabled():
            self.flow.save(self.name.text().strip(), self.notes.toPlainText().strip())
