"""Which channels an annotation is about: all, or some of them."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Signal
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QMenu, QToolButton

Channels = tuple[int, ...] | None
NAMED = 3


def channels_text(channels: Channels, names: Sequence[str]) -> str:
    """The channels in words, None as “all”."""
    if channels is None:
        return "all"
    known = [names[k] if k < len(names) else str(k + 1) for k in channels]
    if len(known) > NAMED:
        return f"{', '.join(known[:NAMED])} and {len(known) - NAMED} more"
    return ", ".join(known)


class ChannelMenu(QToolButton):
    """A button with a menu of channels; ``chosen`` carries the columns, None for all."""

    chosen = Signal(object)

    def __init__(self) -> None:
        super().__init__()
        self.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        self.setMenu(QMenu(self))
        self.menu().aboutToShow.connect(self._fill)
        self._names: tuple[str, ...] = ()
        self._channels: Channels = None
        self.show_channels(None, ())

    def show_channels(self, channels: Channels, names: Sequence[str]) -> None:
        """Show another choice among the channels of a recording."""
        self._channels, self._names = channels, tuple(names)
        text = channels_text(channels, self._names)
        self.setText("all channels" if channels is None else text)
        self.setToolTip(f"About these channels: {text}")
        self.setAccessibleName(f"Channels: {text}")

    def switch(self, column: int) -> None:
        """Take one channel in or out; none left, or every one, is all of them."""
        now = set(range(len(self._names)) if self._channels is None else self._channels)
        # From all of them the first one that is picked is the one that is meant.
        now = {column} if self._channels is None else now ^ {column}
        whole = not now or len(now) == len(self._names)
        self.chosen.emit(None if whole else tuple(sorted(now)))

    def _fill(self) -> None:
        menu = self.menu()
        menu.clear()
        menu.addAction(self._item("All channels", self._channels is None, None))
        menu.addSeparator()
        for column, name in enumerate(self._names):
            on = self._channels is not None and column in self._channels
            menu.addAction(self._item(name, on, column))

    def _item(self, text: str, on: bool, column: int | None) -> QAction:
        action = QAction(text, self.menu())
        action.setCheckable(True)
        action.setChecked(on)
        if column is None:
            action.triggered.connect(lambda _on=False: self.chosen.emit(None))
        else:
            action.triggered.connect(lambda _on=False: self.switch(column))
        return action
