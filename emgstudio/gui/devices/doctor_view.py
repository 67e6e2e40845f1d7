"""What the connection doctor says about one device, and the safety of what has a cable."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from PySide6.QtCore import QSize, Qt
from PySide6.QtWidgets import QFrame, QVBoxLayout, QWidget

from emgstudio.core.types import Level
from emgstudio.devices.doctor import Advice
from emgstudio.gui.assets import Picture
from emgstudio.gui.widgets import button, card, column, label, restyle, row

SHAPES = {
    Level.ERROR: ("stop", "stop"),
    Level.WARNING: ("check", "check"),
    Level.INFO: ("info", "good"),
}
SAFETY = (
    "A cable from the wearer's electrodes to a computer on the mains can become a way for mains "
    "current. Before electrodes are worn: run the computer on its battery with the charger "
    "unplugged, or put a medical-grade USB isolator in between, and connect nothing else to it "
    "that is plugged in."
)


class DoctorView(QWidget):
    """Findings below each other; takes no room when there are none."""

    def __init__(self) -> None:
        super().__init__()
        self.setAccessibleName("Connection doctor")
        self.said: tuple[Advice, ...] = ()
        self.findings: list[Finding] = []
        self._lines = QVBoxLayout(self)
        self._lines.setContentsMargins(0, 0, 0, 0)
        self._lines.setSpacing(8)
        self.hide()

    def show_advice(self, advice: Sequence[Advice]) -> None:
        """Another set of findings; a widget is made anew only for another finding."""
        if tuple(advice) == self.said:
            return
        before = [(one.key, one.level, bool(one.hint)) for one in self.said]
        self.said = tuple(advice)
        if before == [(one.key, one.level, bool(one.hint)) for one in advice]:
            # Only figures in it have changed: made anew, everything below would jump.
            for finding, one in zip(self.findings, advice, strict=True):
                finding.show_words(one)
            return
        while (item := self._lines.takeAt(0)) is not None:
            if (gone := item.widget()) is not None:
                gone.hide()
                gone.deleteLater()
        self.findings = [Finding(one) for one in advice]
        for finding in self.findings:
            self._lines.addWidget(finding)
            # Else it is shown in a later turn of the event loop, and a gap is seen till then.
            finding.show()
        self.setVisible(bool(advice))


class Finding(QFrame):
    """A shape for how bad it is, what it is, and what helps."""

    def __init__(self, advice: Advice) -> None:
        super().__init__()
        shape, colour = SHAPES[advice.level]
        self.text = label("", wrap=True)
        self.hint = label("", "muted", wrap=True)
        self.hint.setVisible(bool(advice.hint))
        layout = row(spacing=10)
        layout.addWidget(
            Picture(f"icons/{shape}", QSize(16, 16), colour), 0, Qt.AlignmentFlag.AlignTop
        )
        layout.addLayout(column(self.text, self.hint, spacing=2), 1)
        self.setLayout(layout)
        self.show_words(advice)

    def show_words(self, advice: Advice) -> None:
        """The same finding with other figures."""
        self.text.setText(advice.text)
        self.hint.setText(advice.hint)
        self.setAccessibleName(f"{advice.level}: {advice.text} {advice.hint}".strip())


class SafetyCard(QFrame):
    """Battery or isolator: shown for boards at a cable until somebody has confirmed it."""

    def __init__(self, confirmed: Callable[[], object]) -> None:
        super().__init__()
        self.confirm_button = button("Yes: battery or isolator", confirmed, icon="shield")
        self.confirm_button.setToolTip("It runs on battery or through an isolator.")
        layout = column(
            row(
                Picture("icons/check", QSize(18, 18), "check"),
                label("Is the wearer apart from the mains?", "heading", wrap=True),
                spacing=10,
            ),
            label(SAFETY, wrap=True),
            row(self.confirm_button, 1),
            spacing=10,
        )
        inside = card(layout, margin=14)
        restyle(inside, "role", "well")
        self.setLayout(column(inside))
        self.setAccessibleName("Electrical safety")
