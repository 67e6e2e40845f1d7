"""The efforts of a reference capture, one row each: what it gave, or why it does not count."""

from __future__ import annotations

from functools import partial

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QVBoxLayout, QWidget

from emgstudio.gui.plots.amplitude import amount
from emgstudio.gui.widgets import StatusWord, button, column, label, large_target
from emgstudio.session.reference_capture import ReferenceCapture
from emgstudio.session.reference_trial import Trial


class TrialRows(QWidget):
    """``anyway_wanted`` carries the number of an effort that shall count all the same."""

    anyway_wanted = Signal(int)

    def __init__(self) -> None:
        super().__init__()
        self.rows: list[TrialRow] = []
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.setSpacing(6)
        self._shown: list[tuple[Trial, ...]] = []

    def show_capture(self, capture: ReferenceCapture | None) -> None:
        """Follow the efforts of a capture; nothing happens while they are the same."""
        trials: list[tuple[Trial, ...]] = []
        if capture is not None:
            by_channel = [capture.trials(place) for place in range(len(capture.channels))]
            trials = list(zip(*by_channel, strict=True))
        if trials == self._shown:
            return
        self._shown = trials
        for row in self.rows:
            self._column.removeWidget(row)
            row.hide()
            row.deleteLater()
        self.rows = []
        for number, effort in enumerate(trials):
            assert capture is not None
            row = TrialRow(number, effort, self._unit(capture), alone=capture.open_ended)
            row.anyway.clicked.connect(partial(self.anyway_wanted.emit, number))
            self._column.addWidget(row)
            self.rows.append(row)

    def _unit(self, capture: ReferenceCapture) -> str:
        return capture.stream.info.channels[capture.channels[0]].unit


class TrialRow(QWidget):
    """One effort: value and status as shape and word, the reason and a way to use it below."""

    def __init__(self, number: int, effort: tuple[Trial, ...], unit: str, *, alone: bool) -> None:
        super().__init__()
        used = sum(trial.used for trial in effort)
        name = "Strongest moment" if alone else f"Trial {number + 1}"
        worst = next((trial for trial in effort if trial.problems and not trial.anyway), None)
        if len(effort) == 1:
            trial = effort[0]
            value = amount(trial.value, unit) if trial.value == trial.value else "no value"
            word = "good" if not trial.problems else "used anyway" if trial.anyway else "not used"
            text = f"{name}:  {value}, {word}"
        else:
            text = f"{name}:  {used} of {len(effort)} channels good"
        level = "good" if worst is None else "stop" if not used else "check"
        if worst is None and any(trial.anyway for trial in effort):
            level = "check"
        self.status = StatusWord(text, level)
        self.reason = label(worst.reason if worst is not None else "", "muted", wrap=True)
        self.reason.setVisible(worst is not None)
        self.anyway = button("Use it anyway", lambda: None)
        self.anyway.setAccessibleName(f"Use trial {number + 1} anyway")
        large_target(self.anyway)
        can = worst is not None and not used and effort[0].value == effort[0].value
        self.anyway.setVisible(can)
        self.setLayout(column(self.status, self.reason, self.anyway, spacing=4))
