"""A picture of widgets as a file: pixels (PNG) or lines and text that stay sharp (SVG, PDF)."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QMarginsF, QPoint, QRect, QSize, QSizeF
from PySide6.QtGui import QPageLayout, QPageSize, QPainter, QPdfWriter
from PySide6.QtSvg import QSvgGenerator
from PySide6.QtWidgets import QWidget

from emgstudio.core.errors import EmgError

ENDINGS = (".png", ".svg", ".pdf")
DOTS_PER_INCH = 96


def save_widget(widget: QWidget, path: Path, title: str) -> None:
    """Save what ``widget`` shows; the ending of ``path`` says how.

    Raises EmgError for another ending and when the file cannot be written.
    """
    ending = path.suffix.lower()
    if ending not in ENDINGS:
        raise EmgError(
            f"A picture cannot be saved as “{path.suffix}”.", "Use .png, .svg or .pdf as ending."
        )
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        # Qt says nothing about a file that it cannot open; Python says why.
        path.open("wb").close()
    except OSError as error:
        raise EmgError(
            f"The picture could not be saved: {error.strerror}.", f"Look at {path.parent}."
        ) from error
    pixels = ending == ".png"
    saved = widget.grab().save(str(path)) if pixels else _save_vector(widget, path, title)
    if not saved:
        path.unlink(missing_ok=True)
        raise EmgError("The picture could not be saved.", f"Look at the folder {path.parent}.")


def _save_vector(widget: QWidget, path: Path, title: str) -> bool:
    make = _pdf if path.suffix.lower() == ".pdf" else _svg
    device = make(path, widget.size(), title)
    painter = QPainter()
    if not painter.begin(device):
        return False
    try:
        widget.render(painter, QPoint(0, 0))
    finally:
        painter.end()
    return True


def _svg(path: Path, size: QSize, title: str) -> QSvgGenerator:
    made = QSvgGenerator()
    made.setFileName(str(path))
    made.setSize(size)
    made.setViewBox(QRect(QPoint(0, 0), size))
    made.setResolution(DOTS_PER_INCH)
    made.setTitle(title)
    made.setDescription("Made with EMG Studio")
    return made


def _pdf(path: Path, size: QSize, title: str) -> QPdfWriter:
    made = QPdfWriter(str(path))
    made.setResolution(DOTS_PER_INCH)
    made.setTitle(title)
    made.setCreator("EMG Studio")
    points = QSizeF(size) * (72 / DOTS_PER_INCH)
    made.setPageLayout(
        QPageLayout(
            QPageSize(points, QPageSize.Unit.Point),
            QPageLayout.Orientation.Portrait,
            QMarginsF(0, 0, 0, 0),
        )
    )
    return made
