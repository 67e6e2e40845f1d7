"""Asks for a new file whose proposed name is free."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import QStandardPaths
from PySide6.QtWidgets import QFileDialog, QWidget


def free_file(folder: Path, stem: str, ending: str) -> Path:
    """``folder/stem.ending``, or with -2, -3 … when that is taken."""
    names = itertools.chain([stem], (f"{stem}-{n}" for n in itertools.count(2)))
    return next(file for name in names if not (file := folder / f"{name}.{ending}").exists())


def ask_file(
    parent: QWidget, title: str, stem: str, ending: str, chosen: Callable[[Path], None]
) -> QFileDialog:
    """Open the dialog; ``chosen`` gets the file. What is there already is never replaced."""
    where = QStandardPaths.StandardLocation.DocumentsLocation
    folder = Path(QStandardPaths.writableLocation(where) or Path.home())
    folder = folder if folder.is_dir() else Path.home()
    dialog = QFileDialog(parent, title, str(folder), f"*.{ending}")
    dialog.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
    # The page itself refuses a name that is taken.
    dialog.setOption(QFileDialog.Option.DontConfirmOverwrite)
    dialog.setDefaultSuffix(ending)
    dialog.selectFile(free_file(folder, stem, ending).name)
    dialog.fileSelected.connect(lambda file: chosen(Path(file)))
    dialog.finished.connect(dialog.deleteLater)
    dialog.open()
    return dialog
