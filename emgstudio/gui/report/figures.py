"""Curves that belong to results, drawn on paper: trends in a hold, mean cycles, loads."""

from __future__ import annotations

import math

import numpy as np
from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPen, QPolygonF

from emgstudio.gui.report.axes import WORDS, Axes, reduced, ticks
from emgstudio.gui.report.sheet import width_of, write
from emgstudio.gui.theme import LIGHT
from emgstudio.session.therapy.figure import Figure

LEFT, RIGHT, ABOVE, BELOW = 34.0, 12.0, 22.0, 36.0
DOT = 1.8


def figure_plot(figure: Figure, painter: QPainter, area: QRectF, colour: int = 0) -> None:
    """One figure in ``area``: its band and spans below, its curve or dots above."""
    plot = area.adjusted(LEFT, ABOVE, -RIGHT, -BELOW)
    x = float(figure.x[0]), float(figure.x[-1])
    axes = Axes(plot, x, _ends(figure))
    for start, stop in figure.spans:
        left, right = axes.across(start), axes.across(stop)
        shade = QRectF(left, plot.top(), right - left, plot.height())
        painter.fillRect(shade, LIGHT.tint("accent", 0.14))
    _band(figure, axes, painter, colour)
    axes.frame(painter, [(at, f"{at:g}") for at in ticks(*x, 6)], about=4)
    title = QPointF(area.left() + LEFT, area.top() + 12)
    write(painter, title, f"{figure.title}, {figure.unit}", 8.5, bold=True)
    foot = QPointF(plot.right(), plot.bottom() + 2 * WORDS + 6)
    write(painter, foot, figure.x_words, WORDS, colour=LIGHT.muted, align=1.0)
    about = QPointF(plot.left(), foot.y() + WORDS + 2)
    write(painter, about, figure.about, WORDS, colour=LIGHT.muted)
    _zones(figure, axes, painter)
    if figure.dots:
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(LIGHT.trace(colour)))
        for a, b in zip(figure.x.tolist(), figure.y.tolist(), strict=True):
            if np.isfinite(b):
                painter.drawEllipse(axes.at(a, b), DOT, DOT)
        painter.setBrush(Qt.BrushStyle.NoBrush)
    else:
        axes.line(painter, *reduced(figure.x, figure.y), colour=LIGHT.trace(colour), width=1.2)
    if figure.line is not None:
        (a, b), (c, d) = figure.line
        painter.setPen(QPen(QColor(LIGHT.accent), 1.4))
        painter.drawLine(axes.at(a, b), axes.at(c, d))


def _zones(figure: Figure, axes: Axes, painter: QPainter) -> None:
    """Dashed levels; the words of low ones stand at the end, where a load's curve is high."""
    before = QPointF(0.0, -math.inf)
    for level, words in sorted(figure.zones, reverse=True):
        if level > axes.y[1]:
            continue
        axes.dash(painter, *axes.x, level, LIGHT.check)
        low = level < axes.y[1] / 2
        at = axes.at(axes.x[low], level) + QPointF(-4 if low else 4, -3)
        wide = width_of(words, WORDS)
        if at.y() - before.y() < WORDS + 6:
            at.setX(before.x() - wide - 10)
            # The line above goes through the words.
            behind = QRectF(at.x() - low * wide - 2, at.y() - WORDS, wide + 4, WORDS + 1)
            painter.fillRect(behind, QColor(LIGHT.surface))
        write(painter, at, words, WORDS, colour=LIGHT.muted, align=float(low))
        before = at


def _ends(figure: Figure) -> tuple[float, float]:
    """From 0, or from a bit below what is negative."""
    parts = [part for part in (figure.y, figure.low, figure.high) if part is not None]
    known = np.concatenate([part[np.isfinite(part)] for part in parts])
    if not len(known):
        return 0.0, 1.0
    low, high = float(known.min()), float(known.max())
    if low >= 0:
        return 0.0, 1.1 * high or 1.0
    reach = (high - low) or 1.0
    return low - 0.05 * reach, high + 0.05 * reach


def _band(figure: Figure, axes: Axes, painter: QPainter, colour: int) -> None:
    if figure.low is None or figure.high is None:
        return
    there = np.isfinite(figure.low) & np.isfinite(figure.high)
    x, low, high = figure.x[there], figure.low[there], figure.high[there]
    upper = [axes.at(a, b) for a, b in zip(x.tolist(), high.tolist(), strict=True)]
    lower = [axes.at(a, b) for a, b in zip(x.tolist(), low.tolist(), strict=True)]
    fill = QColor(LIGHT.trace(colour))
    fill.setAlphaF(0.22)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(fill)
    painter.drawPolygon(QPolygonF([*upper, *reversed(lower)]))
    painter.setBrush(Qt.BrushStyle.NoBrush)
