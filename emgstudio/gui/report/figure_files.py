"""Every figure of a report as files of its own: PNG of 300 dpi, SVG, PDF, and its values."""

from __future__ import annotations

import csv
import io
import zipfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np
from PySide6.QtCore import QBuffer, QByteArray, QIODevice, QMarginsF, QRect, QRectF, QSize, QSizeF
from PySide6.QtGui import QImage, QImageWriter, QPageLayout, QPageSize, QPainter, QPdfWriter
from PySide6.QtSvg import QSvgGenerator

from emgstudio.gui.report.clinical import FIGURE, LANE, REPETITION, TREND
from emgstudio.gui.report.facts import Facts, RawStretch
from emgstudio.gui.report.figures import figure_plot
from emgstudio.gui.report.plots import local, repetition_plot, session_plot, trend_plot
from emgstudio.gui.report.printing import DOTS_PER_INCH
from emgstudio.gui.report.sheet import Fill
from emgstudio.gui.theme import LIGHT
from emgstudio.session.therapy.figure import Figure
from emgstudio.session.therapy.trend import Trend

WIDTH = 480.0
PNG_DPI = 300.0


@dataclass(frozen=True, slots=True)
class FigureFile:
    """One figure of ``WIDTH`` by ``height`` points; ``head`` and ``rows`` are its table."""

    stem: str
    height: float
    draw: Fill
    head: tuple[str, ...]
    rows: Sequence[Sequence[object]]


def figures_of(facts: Facts) -> Iterator[FigureFile]:
    """Those of the newest session, then the trends."""
    result = facts.newest
    names = [muscle.words for muscle in result.plan.muscles]
    if len(result.envelopes) > 1:
        time = result.start_s + np.arange(len(result.envelopes)) / result.rate
        for k, name in enumerate(names):
            level = result.envelopes[:, k]
            yield FigureFile(
                f"session {name}", LANE, partial(session_plot, result, k),
                ("time s", f"level {result.unit}"), _table(time, level),
            )  # fmt: skip
    if facts.raw is not None:
        raw = facts.raw
        yield FigureFile(
            f"best repetition {names[0]}", REPETITION, partial(repetition_plot, result, raw),
            ("from s", f"lowest {raw.unit}", f"highest {raw.unit}"), _raw_table(raw),
        )  # fmt: skip
    for number, figure in enumerate(result.figures):
        yield _of_curve(figure, number)
    for found in facts.trends:
        yield _of_trend(found)


def figures_zip(facts: Facts) -> bytes:
    """All of them in one file."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as packed:
        for number, figure in enumerate(figures_of(facts), 1):
            stem = f"{number:02d} {figure.stem}".replace("/", "-").replace(":", "")
            for ending, data in (
                ("png", _png(figure)), ("svg", _svg(figure)), ("pdf", _pdf(figure)),
                ("csv", _csv(figure)),
            ):  # fmt: skip
                packed.writestr(f"{stem}.{ending}", data)
    return out.getvalue()


def _table(*columns: Sequence[float] | np.ndarray) -> list[list[str]]:
    """Rows of six figures; nothing where a value is missing."""
    return [
        ["" if not np.isfinite(v) else f"{v:.6g}" for v in row] for row in np.column_stack(columns)
    ]


def _raw_table(raw: RawStretch) -> list[list[str]]:
    edges = np.linspace(raw.start, raw.stop, len(raw.low), endpoint=False)
    return _table(edges, raw.low, raw.high)


def _of_curve(figure: Figure, number: int) -> FigureFile:
    head, columns = [figure.x_words, figure.unit], [figure.x, figure.y]
    if figure.low is not None and figure.high is not None:
        head += ["lower edge", "upper edge"]
        columns += [figure.low, figure.high]
    words = f"{figure.title} {figure.about}".partition(";")[0]
    return FigureFile(
        words, FIGURE, partial(figure_plot, figure, colour=number), tuple(head), _table(*columns)
    )


def _of_trend(found: Trend) -> FigureFile:
    rows = [(local(p.when).isoformat(), f"{p.value:.6g}", p.apart.words) for p in found.points]
    return FigureFile(
        f"trend {found.channel} {found.name}", TREND, partial(trend_plot, found),
        ("when", f"{found.name} {found.unit}", "not the same as in the session before"), rows,
    )  # fmt: skip


def _csv(figure: FigureFile) -> bytes:
    out = io.StringIO()
    rows = csv.writer(out, lineterminator="\n")
    rows.writerow(figure.head)
    rows.writerows(figure.rows)
    return out.getvalue().encode()


def _png(figure: FigureFile) -> bytes:
    scale = PNG_DPI / 72.0
    image = QImage(round(WIDTH * scale), round(figure.height * scale), QImage.Format.Format_RGB32)
    image.setDotsPerMeterX(round(PNG_DPI / 0.0254))
    image.setDotsPerMeterY(round(PNG_DPI / 0.0254))
    image.fill(LIGHT.surface)
    painter = QPainter(image)
    painter.setRenderHints(QPainter.RenderHint.Antialiasing | QPainter.RenderHint.TextAntialiasing)
    _paint(figure, painter, scale)
    data, buffer = _open()
    QImageWriter(buffer, QByteArray(b"png")).write(image)
    return bytes(data.data())


def _svg(figure: FigureFile) -> bytes:
    data, buffer = _open()
    made = QSvgGenerator()
    made.setOutputDevice(buffer)
    made.setResolution(72)
    size = QSize(round(WIDTH), round(figure.height))
    made.setSize(size)
    made.setViewBox(QRect(0, 0, size.width(), size.height()))
    made.setTitle(figure.stem)
    _paint(figure, QPainter(made), 1.0)
    return bytes(data.data())


def _pdf(figure: FigureFile) -> bytes:
    data, buffer = _open()
    made = QPdfWriter(buffer)
    made.setResolution(DOTS_PER_INCH)
    made.setTitle(figure.stem)
    page = QPageSize(QSizeF(WIDTH, figure.height), QPageSize.Unit.Point)
    made.setPageLayout(QPageLayout(page, QPageLayout.Orientation.Portrait, QMarginsF(0, 0, 0, 0)))
    _paint(figure, QPainter(made), DOTS_PER_INCH / 72.0)
    return bytes(data.data())


def _paint(figure: FigureFile, painter: QPainter, scale: float) -> None:
    try:
        painter.scale(scale, scale)
        figure.draw(painter, QRectF(0, 0, WIDTH, figure.height))
    finally:
        painter.end()


def _open() -> tuple[QByteArray, QBuffer]:
    data = QByteArray()
    buffer = QBuffer(data)
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    return data, buffer
