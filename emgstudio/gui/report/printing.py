"""Pages as a PDF that can be searched, or as pictures of the same commands."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from PySide6.QtCore import QBuffer, QByteArray, QIODevice, QMarginsF, QPointF, QRectF, QSizeF
from PySide6.QtGui import (
    QColor,
    QImage,
    QPageLayout,
    QPageSize,
    QPainter,
    QPainterPath,
    QPdfWriter,
    QPen,
)

from emgstudio.core.errors import EmgError
from emgstudio.gui.report.sheet import MARGIN, Draw, Sheet, width_of, wrapped, write
from emgstudio.gui.theme import LIGHT
from emgstudio.session.therapy.report import STATEMENT

DOTS_PER_INCH = 1200
DEMO = "DEMO – simulated signals, nobody was measured"
DEMO_TOP, DEMO_HEIGHT = 14.0, 18.0


@dataclass(frozen=True, slots=True)
class Printed:
    """Finished pages of ``size`` points each."""

    title: str
    size: tuple[float, float]
    pages: tuple[tuple[Draw, ...], ...]


def printed(
    sheet: Sheet, title: str, foot: Callable[[int, int], str], size: float, *, demo: bool
) -> Printed:
    """Give every page its foot: the statement, and what ``foot(page, of)`` says.

    ``size`` is that of its words; ``demo`` puts the striped tag on every page.
    """
    count = len(sheet.pages)
    tag: list[Draw] = [partial(_demo, sheet.size[0])] if demo else []
    pages: list[tuple[Draw, ...]] = []
    for number, page in enumerate(sheet.pages, 1):
        end: Draw = partial(_foot, sheet.size, foot(number, count), size)
        pages.append((*tag, *page, end))
    return Printed(title, sheet.size, tuple(pages))


def foot_height(paper_width: float, size: float) -> float:
    """What the statement and the line below it need, with the margin."""
    lines = len(wrapped(STATEMENT, paper_width - 2 * MARGIN, size)) + 1
    return lines * size * 1.3 + 36


def pdf_of(pages: Printed) -> bytes:
    """The whole document, its fonts embedded."""
    data = QByteArray()
    buffer = QBuffer(data)
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    writer = QPdfWriter(buffer)
    writer.setResolution(DOTS_PER_INCH)
    writer.setTitle(pages.title)
    writer.setCreator("EMG Studio")
    writer.setPageLayout(
        QPageLayout(
            QPageSize(QSizeF(*pages.size), QPageSize.Unit.Point),
            QPageLayout.Orientation.Portrait,
            QMarginsF(0, 0, 0, 0),
        )
    )
    painter = QPainter(writer)
    try:
        painter.scale(DOTS_PER_INCH / 72, DOTS_PER_INCH / 72)
        for number, page in enumerate(pages.pages):
            if number:
                writer.newPage()
            for draw in page:
                draw(painter)
    finally:
        painter.end()
        buffer.close()
    return bytes(data.data())


def picture_of(pages: Printed, number: int, width: int) -> QImage:
    """Page ``number`` from 0 on, ``width`` pixels wide."""
    scale = width / pages.size[0]
    image = QImage(width, round(pages.size[1] * scale), QImage.Format.Format_RGB32)
    image.fill(QColor(LIGHT.surface))
    painter = QPainter(image)
    try:
        painter.setRenderHints(
            QPainter.RenderHint.Antialiasing | QPainter.RenderHint.TextAntialiasing
        )
        painter.scale(scale, scale)
        for draw in pages.pages[number]:
            draw(painter)
        # Only here: white paper would not be seen on a white page.
        painter.setPen(QPen(QColor(LIGHT.outline), 1))
        painter.drawRect(QRectF(0.5, 0.5, pages.size[0] - 1, pages.size[1] - 1))
    finally:
        painter.end()
    return image


def save_new(path: Path, data: bytes) -> None:
    """Write a file that is not there yet. Raises EmgError when it is, or cannot be written."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("xb") as file:
            file.write(data)
    except FileExistsError as error:
        raise EmgError(f'"{path}" exists already.', "Choose a name that is free.") from error
    except OSError as error:
        raise EmgError(
            f'"{path}" could not be written ({error.strerror}).', "Choose another folder."
        ) from error


def _foot(paper: tuple[float, float], words: str, size: float, painter: QPainter) -> None:
    width, height = paper
    lines = [*wrapped(STATEMENT, width - 2 * MARGIN, size), words]
    y = height - 24 - (len(lines) - 1) * size * 1.3
    painter.setPen(QPen(QColor(LIGHT.outline), 0.6))
    painter.drawLine(QPointF(MARGIN, y - size - 3), QPointF(width - MARGIN, y - size - 3))
    for k, line in enumerate(lines):
        at = QPointF(MARGIN, y + k * size * 1.3)
        write(painter, at, line, size, colour=LIGHT.muted)


def _demo(width: float, painter: QPainter) -> None:
    """Stripes in words' colour: they are seen on a grey print, too."""
    area = QRectF(MARGIN, DEMO_TOP, width - 2 * MARGIN, DEMO_HEIGHT)
    painter.save()
    edge = QPainterPath()
    edge.addRect(area)
    painter.setClipPath(edge)
    painter.setPen(QPen(QColor(LIGHT.check), 4))
    x = area.left() - DEMO_HEIGHT
    while x < area.right():
        painter.drawLine(QPointF(x, area.bottom()), QPointF(x + DEMO_HEIGHT, area.top()))
        x += 11
    painter.restore()
    half = width_of(DEMO, 9.5, True) / 2 + 8
    middle = area.center()
    inside = QRectF(middle.x() - half, area.top(), 2 * half, area.height())
    painter.fillRect(inside, QColor(LIGHT.surface))
    at = QPointF(middle.x(), middle.y() + 3.4)
    write(painter, at, DEMO, 9.5, bold=True, align=0.5)
