"""Which saved classifier shall look through a recording; one that was made for others says so."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QComboBox

from emgstudio.session.suggest_model import Classifier

Offers = Callable[[], Sequence[Classifier]]


class ModelChoice(QComboBox):
    """The saved classifiers, those that fit the recording first.

    Reading them takes a while: :meth:`look` does it once somebody wants one.
    """

    def __init__(self) -> None:
        super().__init__()
        self.setAccessibleName("Classifier")
        self.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        self.setMinimumContentsLength(12)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self._offers: Offers | None = None
        self._problems: dict[Path, str] = {}

    def offer(self, offers: Offers) -> None:
        """What there is for another recording."""
        self._offers = offers

    def look(self) -> None:
        """Fill in what is offered, unless that was done."""
        if self._offers is None:
            return
        found, self._offers = self._offers(), None
        chosen = self.currentData()
        self._problems = {one.path: one.problem for one in found}
        self.clear()
        for one in found:
            fits = " (does not fit)" if one.problem else ""
            self.addItem(one.path.name + fits, one.path)
            self.setItemData(self.count() - 1, one.problem, Qt.ItemDataRole.ToolTipRole)
        if chosen is not None and self._problems.get(chosen) == "":
            self.setCurrentIndex(self.findData(chosen))

    @property
    def problem(self) -> str:
        """Why the chosen one cannot be run over this recording; empty if it can."""
        if not self.count():
            return "There is none yet: save one in Calibrate."
        return self._problems.get(self.currentData(), "")
