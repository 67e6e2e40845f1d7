"""A saved model written for other programs, from the Save page and the list of models."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from PySide6.QtWidgets import QMenu, QWidget

from emgstudio.core.paths import data_folder
from emgstudio.gui.folders import show_folder
from emgstudio.gui.wizard.flow import Flow
from emgstudio.ml.export import export_model
from emgstudio.ml.model import GestureModel

EXPORTS = {"json": "Weights as JSON", "c": "C header", "onnx": "ONNX"}
ENDINGS = {"json": "json", "c": "h", "onnx": "onnx"}


def export_menu(parent: QWidget, export: Callable[[str], object]) -> QMenu:
    """A menu of the kinds; ``export`` is called with the one that was chosen."""
    menu = QMenu(parent)
    for kind, words in EXPORTS.items():
        menu.addAction(words).triggered.connect(lambda _on=False, kind=kind: export(kind))
    return menu


def export_saved(flow: Flow, name: str, model: GestureModel, kind: str) -> Path | None:
    """Write a model among the exports and show where it is; None when that was not possible."""
    file = data_folder() / "exports" / f"{name}.{ENDINGS[kind]}"
    if not flow.attempt(lambda: export_model(model, kind, file)):
        return None
    show_folder(file.parent)
    return file
