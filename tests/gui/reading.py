"""Looks at what a person reads and uses: names for a screen reader, room for every word."""

from __future__ import annotations

from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import (
    QAbstractButton,
    QAbstractItemView,
    QAbstractSlider,
    QAbstractSpinBox,
    QApplication,
    QComboBox,
    QHeaderView,
    QLabel,
    QLineEdit,
    QPlainTextEdit,
    QScrollBar,
    QTabBar,
    QWidget,
)

INTERACTIVE = (
    QAbstractButton,
    QAbstractItemView,
    QAbstractSlider,
    QAbstractSpinBox,
    QComboBox,
    QLineEdit,
    QPlainTextEdit,
    QTabBar,
)
# Parts that Qt makes inside its own widgets; the owner carries the name.
INNER = ("qt_", "ScrollLeftButton", "ScrollRightButton")
INNER_CLASSES = ("QLineEditIconButton", "QTableCornerButton")
PADDING = "~"


def nameless(window: QWidget) -> list[str]:
    """Everything in the tree, seen or not, that can be used and that nothing names."""
    return [
        f"{type(w).__name__} {w.toolTip()} {w.property('kind')} in {type(w.parent()).__name__}"
        for w in window.findChildren(QWidget)
        if isinstance(w, INTERACTIVE)
        and not isinstance(w, QScrollBar | QHeaderView)
        and not w.objectName().startswith(INNER)
        and not isinstance(w.parent(), QAbstractSpinBox | QComboBox)
        and w.metaObject().className() not in INNER_CLASSES
        and w.parent().metaObject().className() != "QComboBoxPrivateContainer"
        and not (w.accessibleName() or (isinstance(w, QAbstractButton) and w.text()))
    ]


def cut_off(window: QWidget) -> list[str]:
    """Visible labels and buttons that have less width than their words need."""
    found = []
    for widget in window.findChildren(QWidget):
        if not widget.isVisible() or not isinstance(widget, QLabel | QAbstractButton):
            continue
        if isinstance(widget, QLabel) and (widget.wordWrap() or not widget.text()):
            continue
        seen = widget.visibleRegion()
        if seen.isEmpty():
            continue
        needed = widget.sizeHint().width()
        inside = seen.boundingRect().width()
        if min(widget.width(), inside) < needed - 1 and widget.width() < 2000:
            found.append(f"{widget.text()!r}: {inside} of {needed} px")
    return found


def lengthen(window: QWidget) -> None:
    """All words that are seen become 40 % longer, as in another language."""
    for widget in window.findChildren(QWidget):
        if isinstance(widget, QLabel | QAbstractButton) and widget.isVisible():
            text = widget.text()
            if any(c.isalpha() for c in text) and PADDING not in text:
                # Of words that can be broken, as longer texts are.
                more = max(1, round(0.4 * len(text)))
                widget.setText(text + (" " + 7 * PADDING) * (more // 8) + PADDING * (more % 8))
    for widget in window.findChildren(QWidget):
        if widget.isVisible():
            # What chooses its form by its width does so when it gets one.
            QApplication.sendEvent(widget, QResizeEvent(widget.size(), widget.size()))
    QApplication.sendEvent(window, QResizeEvent(window.size(), window.size()))
