"""Models that were saved before, and whether each fits the sensor that is connected."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from PySide6.QtCore import QSize
from PySide6.QtWidgets import QHBoxLayout, QPushButton, QVBoxLayout, QWidget

from emgstudio.gui.assets import Picture
from emgstudio.gui.widgets import button, card, column, label, large_target, row
from emgstudio.ml.gestures import gesture_title
from emgstudio.session.saved_models import SavedModel


class SavedModelList(QWidget):
    """One row per model; ``use`` is called with the one whose button ``verb`` is pressed.

    A model for another sensor can be pressed too: whoever uses it says what can be done.
    """

    def __init__(
        self, models: list[SavedModel], use: Callable[[SavedModel], object], *, verb: str = "Use"
    ) -> None:
        super().__init__()
        self._verb = verb
        self.buttons: list[QPushButton] = []
        self.problems: list[str] = [saved.problem for saved in models]
        rows = QVBoxLayout(self)
        rows.setContentsMargins(0, 0, 0, 0)
        rows.setSpacing(10)
        for saved in models:
            rows.addWidget(self._row(saved, use))
        if not models:
            rows.addWidget(
                label("No model is saved yet. Calibrate once and save; it appears here.", "muted")
            )
        rows.addStretch(1)

    def _row(self, saved: SavedModel, use: Callable[[SavedModel], object]) -> QWidget:
        words = column(
            label(saved.path.name, "heading", wrap=True),
            label(about(saved), "muted", wrap=True),
            spacing=3,
        )
        if saved.problem:
            why = row(Picture("icons/check", QSize(14, 14), "check"), spacing=6)
            why.addWidget(label(saved.problem, wrap=True), 1)
            words.addLayout(why)
        made = button(self._verb, partial(use, saved), icon="play", kind="primary")
        large_target(made)
        made.setAccessibleName(f"{self._verb} {saved.path.name}")
        made.setAccessibleDescription(saved.problem)
        made.setEnabled(not saved.problem or saved.misfit)
        self.buttons.append(made)
        across = QHBoxLayout()
        across.setSpacing(14)
        across.addWidget(Picture("icons/model", QSize(28, 28), "accent"))
        across.addLayout(words, 1)
        across.addWidget(made)
        return card(across, margin=12)


def about(saved: SavedModel) -> str:
    """What it recognises, how well, what it was made with, and when."""
    made = f"{saved.made:%Y-%m-%d, %H:%M}"
    model = saved.facts
    if model is None:
        return made
    names = ", ".join(gesture_title(name) for name in saved.movements)
    electrodes = f"{len(model.channels)} channels at {model.rate:g} Hz"
    return f"{names} · {right_words(saved)} · {electrodes} · {made}"


def right_words(saved: SavedModel) -> str:
    """``93 % right``"""
    share = saved.score
    return f"{share * 100:.0f} % right" if share is not None else "not tested"
