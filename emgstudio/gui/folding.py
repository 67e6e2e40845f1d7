"""A row of widgets that hides the less important ones where there is no room for all."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QSize, Qt
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QHBoxLayout, QLayout, QWidget


class FoldingRow(QWidget):
    """Widgets side by side; those with the highest ``rank`` go first, rank 0 always stays.

    A widget that :meth:`want` has switched off takes no part. ``more`` is shown
    while something is folded away.
    """

    def __init__(self, *, spacing: int = 4) -> None:
        super().__init__()
        self._ranks: dict[QWidget, int] = {}
        self._unwanted: set[QWidget] = set()
        self.more: QWidget | None = None
        self._layout = QHBoxLayout(self)
        self._layout.setContentsMargins(0, 0, 0, 0)
        self._layout.setSpacing(spacing)
        self._layout.setSizeConstraint(QLayout.SizeConstraint.SetNoConstraint)

    def add(self, widget: QWidget, rank: int = 0) -> None:
        """Append a widget."""
        self._ranks[widget] = rank
        self._layout.addWidget(widget, 0, Qt.AlignmentFlag.AlignVCenter)

    def add_stretch(self) -> None:
        """Append empty space that takes what is left."""
        self._layout.addStretch(1)

    def add_more(self, widget: QWidget) -> None:
        """Append the button that stands for what is folded away."""
        self.more = widget
        self._layout.addWidget(widget)
        widget.hide()

    def want(self, widget: QWidget, wanted: bool) -> None:
        """Whether a widget has anything to show at all."""
        if wanted == (widget not in self._unwanted):
            return
        self._unwanted.symmetric_difference_update({widget})
        self.fold()
        self.updateGeometry()

    @property
    def folded(self) -> list[QWidget]:
        """What should be seen but has no room, in order."""
        return [w for w in self._ranks if w not in self._unwanted and w.isHidden()]

    def fold(self) -> None:
        """Decide again what is shown."""
        shown = [w for w in self._ranks if w not in self._unwanted]
        room = self.width() - self.contentsMargins().left() - self.contentsMargins().right()
        by_rank = sorted((w for w in shown if self._ranks[w]), key=lambda w: self._ranks[w])
        hidden = False
        while by_rank and self._needs(shown, hidden) > room:
            gone = by_rank.pop()
            shown.remove(gone)
            hidden = True
        for widget in self._ranks:
            widget.setVisible(widget in shown)
        if self.more is not None:
            self.more.setVisible(hidden)

    def sizeHint(self) -> QSize:
        """All that is wanted, side by side."""
        wanted = [w for w in self._ranks if w not in self._unwanted]
        return QSize(self._needs(wanted, False), self._height())

    def minimumSizeHint(self) -> QSize:
        """Only what must stay."""
        firm = [w for w, r in self._ranks.items() if r == 0 and w not in self._unwanted]
        return QSize(self._needs(firm, True), self._height())

    def resizeEvent(self, event: QResizeEvent) -> None:
        """More or less room than before."""
        self.fold()

    def changeEvent(self, event: QEvent) -> None:
        """Another font needs another width."""
        super().changeEvent(event)
        if event.type() in (QEvent.Type.FontChange, QEvent.Type.StyleChange):
            self.fold()
            self.updateGeometry()

    def _height(self) -> int:
        heights = [w.sizeHint().height() for w in self._ranks if w not in self._unwanted]
        return max(heights, default=0)

    def _needs(self, widgets: list[QWidget], with_more: bool) -> int:
        seen = [*widgets, self.more] if with_more and self.more is not None else widgets
        widths = [max(w.sizeHint().width(), w.minimumWidth()) for w in seen]
        return sum(widths) + self._layout.spacing() * max(0, len(widths) - 1)
