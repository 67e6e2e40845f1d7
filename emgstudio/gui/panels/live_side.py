"""The side panel of the Live room: channels with their levels, and how the picture moves."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import Signal
from PySide6.QtWidgets import QComboBox, QFrame, QHBoxLayout, QVBoxLayout, QWidget

from emgstudio.core.types import StreamInfo
from emgstudio.gui.fitted import FittedScroll
from emgstudio.gui.panels.channel_list import ChannelList
from emgstudio.gui.panels.grid_form import GridForm
from emgstudio.gui.panels.live_toolbar import Picture
from emgstudio.gui.plots.colormaps import STOPS
from emgstudio.gui.theme import theme
from emgstudio.gui.widgets import button, column, label, line

WIDTH = 250
SHORTEST_LIST = 110
MOTIONS = (("Sweep", False), ("Scroll", True))


class LiveSide(QFrame):
    """Channel list and display settings; tells what a person wants changed.

    ``above`` is shown on top.
    """

    motion_wanted = Signal(bool)
    colours_wanted = Signal(str)
    fit_wanted = Signal()
    all_wanted = Signal()

    def __init__(self, *above: QWidget, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setProperty("role", "bar")
        self.list = ChannelList()
        self.all = button("Show all", self.all_wanted.emit, kind="quiet")
        self.summary = label("", "muted")
        self.motion = QComboBox()
        self.motion.addItems([name for name, _ in MOTIONS])
        self.motion.setAccessibleName("How the traces move")
        self.motion.setToolTip("Sweep stands still and is overwritten, scroll moves  (W)")
        self.motion.activated.connect(lambda i: self.motion_wanted.emit(MOTIONS[i][1]))
        self.colours = QComboBox()
        self.colours.addItems(list(STOPS))
        self.colours.setAccessibleName("Colours of the spectrogram")
        self.colours.activated.connect(lambda i: self.colours_wanted.emit(list(STOPS)[i]))
        self.range = label("", "muted")
        self.fit = button("Fit colours once", self.fit_wanted.emit)
        self.fit.setToolTip("Set the colour range once from what is on the screen")
        self.grid = GridForm()
        head = QHBoxLayout()
        head.addWidget(label("Channels", "heading"))
        head.addStretch(1)
        head.addWidget(self.all)
        self._spectral = QWidget()
        self._spectral.setLayout(
            column(
                line(),
                label("Spectrogram", "heading"),
                _pair("Colours", self.colours),
                self.range,
                self.fit,
                spacing=8,
            )
        )
        self._motion = QWidget()
        motion = _pair("Motion", self.motion)
        motion.setContentsMargins(0, 0, 0, 0)
        self._motion.setLayout(motion)
        settings = QWidget()
        settings.setLayout(column(self._motion, self.grid, self._spectral, 1, spacing=8))
        self._settings = FittedScroll(settings)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(12, 10, 12, 12)
        layout.setSpacing(8)
        for widget in above:
            layout.addWidget(widget)
        layout.addLayout(head)
        layout.addWidget(self.summary)
        layout.addWidget(self.list, 1)
        layout.addWidget(self._settings)
        self.list.setMinimumHeight(SHORTEST_LIST)
        self.show_picture(Picture.TRACES)
        theme().changed.connect(self._fit_width)
        self._fit_width()

    def show_info(self, info: StreamInfo) -> None:
        """Another stream."""
        self.list.channels.show_channels(info.channels)
        kinds = {channel.kind for channel in info.channels}
        measure = "RMS over 0.25 s" if "EMG" in kinds else "Mean over 0.25 s"
        self.summary.setText(f"{measure} · {info.n_channels} channels")

    def show_channels(self, hidden: frozenset[int], selected: int) -> None:
        """Which channels are hidden and which one is selected."""
        self.list.channels.show_hidden(hidden)
        self.all.setVisible(bool(hidden))
        self.list.select(selected)

    def show_levels(self, levels: NDArray[np.floating], full_scale: Sequence[float]) -> None:
        """The newest RMS of each channel, and where its bar is full."""
        self.list.channels.show_levels(levels.tolist(), full_scale)

    def show_order(self, order: tuple[int, ...], colours: tuple[str, ...]) -> None:
        """In which order the channels stand and in which colours."""
        self.list.channels.show_order(order)
        self.list.channels.show_colours(colours)

    def show_picture(self, picture: Picture) -> None:
        """Offer what belongs to the picture that is shown."""
        self._motion.setVisible(picture is Picture.TRACES)
        self.grid.setVisible(picture is Picture.GRID)
        self._settings.updateGeometry()

    def show_motion(self, scrolling: bool) -> None:
        """Sweep or scroll."""
        self.motion.setCurrentIndex(int(scrolling))

    def show_spectrogram(self, on: bool, range_text: str) -> None:
        """Whether there is a spectrogram, and what its colours span."""
        self._spectral.setVisible(on)
        self.range.setText(range_text)

    def _fit_width(self, _palette: object = None) -> None:
        self.setFixedWidth(theme().pixels(WIDTH))


def _pair(name: str, field: QWidget) -> QHBoxLayout:
    made = QHBoxLayout()
    made.addWidget(label(name, "muted"))
    made.addStretch(1)
    made.addWidget(field)
    return made
