"""Shows a folder in the desktop's own file viewer."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QUrl
from PySide6.QtGui import QDesktopServices


def show_folder(folder: Path) -> None:
    """Show a folder in the desktop's file viewer."""
    QDesktopServices.openUrl(QUrl.fromLocalFile(str(folder)))
