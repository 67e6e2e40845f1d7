"""The toolbar of the Live room: what is shown, how long, how large, how filtered."""

from __future__ import annotations

from collections.abc import Sequence
from enum import StrEnum

from PySide6.QtCore import QObject, Qt, Signal
from PySide6.QtGui import QAction
from PySide6.QtWidgets import (
    QAbstractButton,
    QComboBox,
    QFrame,
    QHBoxLayout,
    QMenu,
    QPushButton,
    QToolButton,
    QWidget,
)

from emgstudio.gui.assets import ThemedIcon, set_icon
from emgstudio.gui.folding import FoldingRow
from emgstudio.gui.panels.lamps import LampChip
from emgstudio.gui.plots.amplitude import STEPS, amount
from emgstudio.gui.plots.feed import View
from emgstudio.gui.plots.trace_options import TraceOptions
from emgstudio.gui.widgets import explain, large_target, restyle
from emgstudio.session.quality import ChannelQuality

TIMES = (1.0, 2.0, 5.0, 10.0, 20.0, 30.0, 60.0)
VIEW_WORDS = {
    View.RAW: ("Raw", "What the sensor sends, unfiltered"),
    View.CONDITIONED: ("Conditioned", "Filtered as the badge says"),
    View.RECTIFIED: ("Rectified", "Conditioned, without its sign"),
    View.ENVELOPE: ("Envelope", "Moving RMS over 100 ms of the conditioned signal"),
    View.PERCENT: ("% of maximum", "Envelope in % of a reference effort (%MVC)"),
}
AUTO, EACH = "Auto", "Auto, each"
FREEZE_TIP = "Stop drawing; recording goes on  (Z)"
TARGET = 44


class Picture(StrEnum):
    """What the middle of the room shows."""

    TRACES = "traces"
    BARS = "bars"
    GRID = "grid"
    VALUES = "values"


PICTURE_WORDS = {
    Picture.BARS: ("Bars", "One bar per channel: how strong right now"),
    Picture.GRID: ("Electrode array", "Activity under each electrode of a high-density array"),
    Picture.VALUES: ("Values", "Numbers in a table, once a second  (F6)"),
}


class LiveToolbar(QFrame):
    """Shows :class:`TraceOptions` and tells what a person wants changed.

    What has no room is folded into the menu ``more``, which also holds
    ``further`` actions of the room.
    """

    view_wanted = Signal(object)
    picture_wanted = Signal(object)
    time_wanted = Signal(float)
    scale_wanted = Signal(object, bool)
    filter_pressed = Signal()
    spectrogram_wanted = Signal(bool)
    freeze_wanted = Signal(bool)
    panel_wanted = Signal(bool)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setProperty("role", "toolbar")
        self._unit = "µV"
        self._further: tuple[QAction | None, ...] = ()
        self._views: list[View | Picture | None] = []
        self._folded: list[QObject] = []
        self._picture = Picture.TRACES
        self._view = View.CONDITIONED
        self.view = self._choice("What is shown", "What is shown  (E: next form of the signal)")
        self._fill_views()
        self.view.activated.connect(self._view_chosen)
        self.time = self._choice("Time shown", "Time shown  ( [ and ] )")
        self.time.addItems([f"{seconds:g} s" for seconds in TIMES])
        self.time.activated.connect(lambda i: self.time_wanted.emit(TIMES[i]))
        self.scale = self._choice("Amplitude scale", "Amplitude scale  (Shift+↑ and Shift+↓)")
        self.scale.setMinimumContentsLength(9)
        self.scale.activated.connect(self._scale_chosen)
        self._fill_scales()
        self.filter = QPushButton()
        self.filter.setAccessibleName("Filter")
        set_icon(self.filter, "filter")
        self.filter.clicked.connect(lambda _checked: self.filter_pressed.emit())
        self.lamps = LampChip()
        self.spectrogram = self._switch(
            "Spectrogram", "spectrogram", "Spectrogram of the selected channel  (S)"
        )
        self.spectrogram.toggled.connect(self.spectrogram_wanted)
        self.freeze = self._switch("Freeze", "freeze", FREEZE_TIP)
        self.freeze.toggled.connect(self.freeze_wanted)
        self.panel = self._icon("channels", "Channel panel", "Channel panel  (Ctrl+\\)")
        self.panel.setCheckable(True)
        self.panel.toggled.connect(self.panel_wanted)
        self.more = self._icon("more", "More of the Live room", "More")
        self.more.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        self.more.setStyleSheet("QToolButton::menu-indicator { image: none; }")
        self.more.setMenu(QMenu(self.more))
        self.more.menu().aboutToShow.connect(self._fill_more)
        self._lay_out()

    def use_further(self, actions: Sequence[QAction | None]) -> None:
        """Actions of the room that are in the menu only; None is a line."""
        self._further = tuple(actions)

    def show_options(self, options: TraceOptions) -> None:
        """Mirror what is shown."""
        self._view = options.view
        self._show_view()
        if options.seconds in TIMES:
            self.time.setCurrentIndex(TIMES.index(options.seconds))
        if options.scale is None:
            self.scale.setCurrentIndex(1 if options.each else 0)
        elif options.scale in STEPS:
            self.scale.setCurrentIndex(2 + STEPS.index(options.scale))
        else:
            self.scale.setPlaceholderText(f"0–{options.scale:g} %")
            self.scale.setCurrentIndex(-1)

    def show_picture(self, picture: Picture) -> None:
        """Mirror which picture is shown; time belongs to traces only."""
        self._picture = picture
        self._show_view()
        self._row.want(self.time, picture is Picture.TRACES)
        self._row.want(self.scale, picture is not Picture.VALUES)
        self._row.fold()

    def show_unit(self, unit: str) -> None:
        """The unit that the amplitude scale is in."""
        if unit != self._unit:
            self._unit = unit
            chosen = self.scale.currentIndex()
            self._fill_scales()
            self.scale.setCurrentIndex(chosen)

    def show_filter(self, summary: str, *, on: bool) -> None:
        """What the conditioned view is filtered with."""
        text = summary if on else "Filter off"
        if text != self.filter.text():
            self.filter.setText(text)
            self._row.fold()
        explain(
            self.filter,
            f"Filter of the conditioned view: {summary}  (F switches)",
            f"Filter: {summary if on else 'off'}",
        )
        restyle(self.filter, "level", "" if on else "check")

    def show_quality(self, channels: Sequence[ChannelQuality]) -> None:
        """What the quality lamps say."""
        before = self.lamps.text()
        self.lamps.show_quality(channels)
        if self.lamps.text() != before:
            self._row.fold()

    @property
    def lamps_anchor(self) -> QWidget:
        """The widget beside which the lamps are explained."""
        return self.lamps if self.lamps.isVisible() else self.more

    def show_frozen(self, frozen: bool, behind_s: float = 0.0) -> None:
        """Whether the picture stands still, and how far back it looks."""
        self.freeze.blockSignals(True)
        self.freeze.setChecked(frozen)
        self.freeze.blockSignals(False)
        back = f" −{behind_s:.1f} s" if behind_s >= 0.05 else ""
        self.freeze.setText(f"Frozen{back}" if frozen else "Freeze")
        tip = "Go on with the newest  (Z); ← → look back" if frozen else FREEZE_TIP
        self.freeze.setToolTip(tip)
        self._row.fold()
        self._freeze_icon.show("play" if frozen else "freeze")

    def _lay_out(self) -> None:
        row = self._row = FoldingRow(spacing=8)
        row.add(self.view)
        row.add(self.time, 4)
        row.add(self.scale, 5)
        row.add(self.filter, 3)
        row.add(self.lamps, 1)
        row.add_stretch()
        row.add(self.spectrogram, 6)
        row.add(self.freeze, 2)
        row.add(self.panel)
        row.add(self.more)
        large_target(self.view, self.time, self.scale, self.filter)
        large_target(self.spectrogram, self.freeze, self.panel, self.more, self.lamps)
        for button in (self.panel, self.more):
            button.setMinimumWidth(TARGET)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(10, 4, 10, 4)
        layout.addWidget(row)

    def _choice(self, name: str, tip: str) -> QComboBox:
        made = QComboBox()
        made.setAccessibleName(name)
        made.setToolTip(tip)
        made.setMaxVisibleItems(16)
        return made

    def _switch(self, text: str, icon: str, tip: str) -> QPushButton:
        made = QPushButton(text)
        made.setCheckable(True)
        made.setAccessibleName(text)
        made.setToolTip(tip)
        shown: ThemedIcon = set_icon(made, icon)
        if icon == "freeze":
            self._freeze_icon = shown
        return made

    def _icon(self, icon: str, name: str, tip: str) -> QToolButton:
        made = QToolButton()
        made.setProperty("kind", "quiet")
        made.setAccessibleName(name)
        made.setToolTip(tip)
        set_icon(made, icon)
        return made

    def _fill_views(self) -> None:
        # Data of an item would come back as plain text, which is why they are kept beside.
        for part in (VIEW_WORDS, None, PICTURE_WORDS):
            if part is None:
                self.view.insertSeparator(self.view.count())
                self._views.append(None)
                continue
            for shown, (name, tip) in part.items():
                self.view.addItem(name)
                self.view.setItemData(self.view.count() - 1, tip, Qt.ItemDataRole.ToolTipRole)
                self._views.append(shown)

    def _show_view(self) -> None:
        traces = self._picture is Picture.TRACES
        self.view.setCurrentIndex(self._views.index(self._view if traces else self._picture))

    def _view_chosen(self, index: int) -> None:
        chosen = self._views[index]
        if isinstance(chosen, View):
            self.picture_wanted.emit(Picture.TRACES)
            self.view_wanted.emit(chosen)
        elif isinstance(chosen, Picture):
            self.picture_wanted.emit(chosen)

    def _fill_scales(self) -> None:
        self.scale.clear()
        self.scale.addItems([AUTO, EACH, *(f"±{amount(step, self._unit)}" for step in STEPS)])

    def _scale_chosen(self, index: int) -> None:
        if index < 2:
            self.scale_wanted.emit(None, index == 1)
        else:
            self.scale_wanted.emit(STEPS[index - 2], False)

    def _fill_more(self) -> None:
        menu = self.more.menu()
        # Not clear(): it would delete the room's own actions, and their keys with them.
        for action in menu.actions():
            menu.removeAction(action)
        for made in self._folded:
            made.deleteLater()
        self._folded.clear()
        for widget in self._row.folded:
            if isinstance(widget, QComboBox):
                self._add_choice(menu, widget)
            elif isinstance(widget, QAbstractButton):
                self._add_button(menu, widget)
        if self._row.folded:
            menu.addSeparator()
        for further in self._further:
            if further is None:
                menu.addSeparator()
            else:
                menu.addAction(further)

    def _add_choice(self, menu: QMenu, box: QComboBox) -> None:
        inside = menu.addMenu(box.accessibleName())
        self._folded.append(inside)
        for index in range(box.count()):
            action = inside.addAction(box.itemText(index))
            action.setCheckable(True)
            action.setChecked(index == box.currentIndex())
            action.triggered.connect(lambda _checked, i=index: box.activated.emit(i))

    def _add_button(self, menu: QMenu, button: QAbstractButton) -> None:
        action = menu.addAction(button.accessibleName())
        self._folded.append(action)
        action.setCheckable(button.isCheckable())
        action.setChecked(button.isChecked())
        action.triggered.connect(lambda _checked: button.click())
