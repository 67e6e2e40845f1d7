"""One card per test: what it measures, how long it takes, what it needs, how it went last time."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from PySide6.QtWidgets import QFrame, QVBoxLayout

from emgstudio.core.errors import EmgError
from emgstudio.gui.forms import OptionsForm
from emgstudio.gui.widgets import (
    Popover,
    button,
    column,
    icon_button,
    label,
    large_target,
    line,
    row,
)
from emgstudio.gui.wizard.page import wrapping_status
from emgstudio.session.evaluation_tests.kept import Kept
from emgstudio.session.evaluation_tests.kinds import Kind, seconds_of

NEVER = "Not done yet with this model."


class KindCard(QFrame):
    """``begin`` is called with the kind and the options that are set."""

    def __init__(self, kind: Kind, begin: Callable[[Kind, Any], object]) -> None:
        super().__init__()
        self.setProperty("role", "card")
        self.kind = kind
        self.options = kind.options()
        self._begin = begin
        self._classes: tuple[str, ...] = ()
        self._popover: Popover | None = None
        self.form: OptionsForm | None = None
        self.takes = label("", "muted", wrap=True)
        self.last = wrapping_status()
        self.start = button("Start", self._start, icon="play", kind="primary")
        self.start.setAccessibleName(f"Start: {kind.title}")
        self.settings = icon_button("settings", f"Settings: {kind.title}", self.show_settings)
        large_target(self.start, self.settings)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(16, 12, 16, 12)
        layout.setSpacing(6)
        layout.addWidget(label(kind.title, "heading"))
        layout.addWidget(label(kind.measures, wrap=True))
        layout.addWidget(self.takes)
        layout.addStretch(1)
        layout.addWidget(line())
        layout.addWidget(self.last)
        layout.addLayout(row(1, self.settings, self.start))

    def show_model(self, classes: Sequence[str], last: Kept | None, ready: bool) -> None:
        """What a model of these ``classes`` can do, and how it did last time."""
        self._classes = tuple(classes)
        problem = self.kind.problem(classes) if classes else ""
        self.start.setEnabled(ready and not problem)
        words = problem or self._duration()
        if self.takes.text() != words:
            self.takes.setText(words)
        level, text = "lamp-off", NEVER
        if last is not None:
            level = last.entry["level"]
            text = f"{last.when:%d %b, %H:%M}: {last.entry['words']}"
        if self.last.word.text() != text:
            self.last.show_status(level, text)

    def show_settings(self) -> None:
        """What can be varied, beside the button; it counts from the next start."""
        values = {name: getattr(self.options, name) for name in self.options.__dataclass_fields__}
        self.form = OptionsForm(self.kind.options, values)
        self.form.changed.connect(self._changed)
        about = label(
            "Tests with other settings are not compared with each other.", "muted", wrap=True
        )
        usual = button("As usual", lambda: self.set_options(self.kind.options()))
        large_target(usual)
        inside = column(label(self.kind.title, "heading"), self.form, about, usual, spacing=10)
        self._popover = Popover(self, inside)
        self._popover.show_beside(self.settings)

    def set_options(self, options: Any) -> None:
        """Use these from the next start on."""
        self.options = options
        if self._popover is not None:
            self._popover.close()
            self._popover, self.form = None, None
        self._refresh()

    def _changed(self) -> None:
        form = self.form
        if form is None:
            return
        try:
            self.options = form.options()
        except EmgError:
            # The form itself says beside the field what is wrong; the last good ones stay.
            return
        self._refresh()

    def _refresh(self) -> None:
        if self._classes and not self.kind.problem(self._classes):
            self.takes.setText(self._duration())

    def _start(self) -> None:
        self._begin(self.kind, self.options)

    def _duration(self) -> str:
        if not self._classes:
            return self.kind.needs
        shortest, longest = seconds_of(self.kind.make(self._classes, 0, self.options))
        return f"{_minutes(shortest, longest)}. {self.kind.needs}"


def _minutes(shortest: float, longest: float) -> str:
    if longest < 100:
        low, high, unit = round(shortest, -1), round(longest, -1), "s"
    else:
        low, high, unit = max(1, round(shortest / 60)), max(1, round(longest / 60)), "min"
    return f"About {low:.0f} {unit}" if low == high else f"{low:.0f} to {high:.0f} {unit}"
