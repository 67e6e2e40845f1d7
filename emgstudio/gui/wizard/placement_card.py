"""One sheet to keep with the sensor: how it was put on, what it recognises, how well."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

from PySide6.QtCore import QMarginsF, QRectF, Qt
from PySide6.QtGui import QFont, QPageLayout, QPageSize, QPainter, QPdfWriter, QTextDocument
from PySide6.QtWidgets import QWidget

from emgstudio.core.errors import EmgError
from emgstudio.gui.statement import STATEMENT
from emgstudio.ml.gestures import gesture_title
from emgstudio.ml.model import GestureModel

DOTS_PER_INCH = 144
PICTURE_SHARE = 0.42
FONT_POINTS = 10


def print_card(path: Path, name: str, model: GestureModel, picture: QWidget | None) -> None:
    """Write the card as a PDF of one A5 sheet; ``picture`` shows the electrodes.

    Raises EmgError when the file cannot be written.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.open("wb").close()
    except OSError as error:
        raise EmgError(
            f"The card could not be saved: {error.strerror}.", f"Look at {path.parent}."
        ) from error
    writer = QPdfWriter(str(path))
    writer.setPageSize(QPageSize(QPageSize.PageSizeId.A5))
    writer.setPageMargins(QMarginsF(12, 12, 12, 12), QPageLayout.Unit.Millimeter)
    writer.setResolution(DOTS_PER_INCH)
    writer.setTitle(name)
    words = QTextDocument()
    words.setDefaultFont(QFont("sans-serif", FONT_POINTS))
    words.documentLayout().setPaintDevice(writer)
    words.setHtml(card_html(name, model))
    words.setTextWidth(writer.width())
    painter = QPainter(writer)
    words.drawContents(painter)
    if picture is not None:
        _draw(painter, picture, writer.width(), words.size().height(), writer.height())
    painter.end()


def card_html(name: str, model: GestureModel) -> str:
    """The words of the card."""
    about = model.provenance
    rows = "".join(
        f"<tr><td>{_plain(gesture_title(g.gesture))}</td><td align=right>{_percent(g.recall)}</td>"
        f"</tr>"
        for g in model.report.gestures
    )
    lines = [
        ("Person and side", str(about.get("arm", ""))),
        ("Sensor sits", str(about.get("mark", ""))),
        ("Electrodes", f"{len(model.channels)} at {model.rate:g} Hz"),
        ("Notes", str(about.get("notes", ""))),
        ("Made", str(about.get("created", f"{datetime.now():%Y-%m-%d}"))[:10]),
    ]
    facts = "".join(
        f"<tr><td><b>{head}</b>&nbsp;&nbsp;</td><td>{_plain(text)}</td></tr>"
        for head, text in lines
        if text
    )
    return (
        f"<h2>{_plain(name)}</h2><table>{facts}</table>"
        f"<h3>Recognised when left out</h3><table width='60%'>{rows}</table>"
        f"<p>{_plain(STATEMENT)}</p>"
    )


def _percent(recall: float | None) -> str:
    return "not tested" if recall is None else f"{recall * 100:.0f} %"


def _plain(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def _draw(painter: QPainter, picture: QWidget, width: int, top: float, height: int) -> None:
    """The picture below the words, as large as there is room."""
    side = min(width * PICTURE_SHARE, height - top)
    if side <= 0:
        return
    image = picture.grab()
    size = image.size().scaled(int(side), int(side), Qt.AspectRatioMode.KeepAspectRatio)
    at = QRectF((width - size.width()) / 2, top, size.width(), size.height())
    painter.drawPixmap(at, image, QRectF(image.rect()))
