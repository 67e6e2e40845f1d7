"""Models that were saved before, and whether each fits the sensor that is connected."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QSize
from PySide6.QtWidgets import QHBoxLayout, QPushButton, QVBoxLayout, QWidget

from emgstudio.core.errors import EmgError
from emgstudio.gui.assets import Picture
from emgstudio.gui.widgets import button, card, column, label, large_target, row
from emgstudio.ml.gestures import REST, gesture_title
from emgstudio.ml.model import GestureModel

if TYPE_CHECKING:
    from emgstudio.session.session import Session

SHOWN = 20


@dataclass(frozen=True, slots=True)
class SavedModel:
    """A model in the user's folder; ``problem`` says why it cannot be used now, "" if it can."""

    path: Path
    model: GestureModel | None
    problem: str


def saved_models(session: Session) -> list[SavedModel]:
    """The newest models, each tried against the stream that would be decoded."""
    return [_looked_at(session, path) for path in session.models()[:SHOWN]]


def _looked_at(session: Session, path: Path) -> SavedModel:
    try:
        model = GestureModel.load(path)
    except EmgError as error:
        return SavedModel(path, None, error.message)
    stream = session.main_stream
    if stream is None:
        return SavedModel(path, model, "Connect a sensor first.")
    try:
        model.check_stream(stream.info)
    except EmgError as error:
        return SavedModel(path, model, error.message)
    return SavedModel(path, model, "")


class SavedModelList(QWidget):
    """One row per model; ``use`` is called with the one whose button ``verb`` is pressed."""

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
        made.setEnabled(not saved.problem)
        self.buttons.append(made)
        across = QHBoxLayout()
        across.setSpacing(14)
        across.addWidget(Picture("icons/model", QSize(28, 28), "accent"))
        across.addLayout(words, 1)
        across.addWidget(made)
        return card(across, margin=12)


def about(saved: SavedModel) -> str:
    """What it recognises, how well, what it was made with, and when."""
    made = f"{datetime.fromtimestamp(saved.path.stat().st_mtime):%Y-%m-%d, %H:%M}"
    model = saved.model
    if model is None:
        return made
    names = ", ".join(gesture_title(name) for name in model.classes if name != REST)
    share = model.report.balanced_accuracy
    right = f"{share * 100:.0f} % right" if share is not None else "not tested"
    return f"{names} · {right} · {len(model.channels)} channels at {model.rate:g} Hz · {made}"
