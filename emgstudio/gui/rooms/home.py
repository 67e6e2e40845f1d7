"""Where one begins: the demo, one's own sensor, or an old recording."""

from __future__ import annotations

import dataclasses
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtWidgets import (
    QCheckBox,
    QFrame,
    QGridLayout,
    QHBoxLayout,
    QHeaderView,
    QScrollArea,
    QTreeWidget,
    QTreeWidgetItem,
    QVBoxLayout,
    QWidget,
)

from emgstudio.gui import wording
from emgstudio.gui.assets import Picture
from emgstudio.gui.rooms.room import Room
from emgstudio.gui.statement import SAFETY, STATEMENT
from emgstudio.gui.tick import Tick
from emgstudio.gui.tiles import Tile
from emgstudio.gui.widgets import card, column, label
from emgstudio.gui.wizard.start import NEW_DAY
from emgstudio.session.state import RecordingChanged
from emgstudio.storage.format import FINISHED, RECORDING
from emgstudio.storage.library import RecordingSummary, recordings_in

if TYPE_CHECKING:
    from emgstudio.session.session import Session

WIDEST = 1080
RECENT_SHOWN = 12
HINTS = (
    "Press F1 for every key that does something.",
    "Ctrl+R starts and stops a recording, M marks a moment.",
    "Recordings are safe on the disk every second, even if the computer stops.",
)


class HomeRoom(Room):
    """Start the demo, connect a sensor, open a recording; first of all read the statement."""

    key = "home"
    title = "Home"
    icon_name = "home"

    accepted = Signal()
    demo_wanted = Signal()
    open_wanted = Signal()

    def __init__(self, session: Session, tick: Tick, parent: QWidget | None = None) -> None:
        super().__init__(session, tick, parent)
        self._summaries: list[RecordingSummary] = []
        self._greeting = label(greeting(datetime.now().hour), "display")
        self.tick_box = QCheckBox("I have read this and will keep to it")
        self.statement = self._statement_card()
        self.tiles = self._make_tiles()
        self.recent = self._make_list()
        self._empty = label(
            "Nothing recorded yet. What you record appears here.", "muted", wrap=True
        )
        page = QWidget()
        page.setProperty("role", "page")
        page.setMaximumWidth(WIDEST)
        page.setLayout(self._page())
        centred = QWidget()
        centred.setProperty("role", "page")
        around = QHBoxLayout(centred)
        around.setContentsMargins(24, 28, 24, 20)
        around.addStretch(1)
        around.addWidget(page, 100)
        around.addStretch(1)
        scroll = QScrollArea()
        scroll.setWidgetResizable(True)
        scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        scroll.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        scroll.setWidget(centred)
        outer = QVBoxLayout(self)
        outer.setContentsMargins(0, 0, 0, 0)
        outer.addWidget(scroll)
        tick.arrived.connect(self._arrived)
        self._show_statement()

    def entered(self) -> None:
        """Look again at what has been recorded."""
        self._greeting.setText(greeting(datetime.now().hour))
        self._show_statement()
        self.refresh()
        read = self.session.settings.accepted_statement
        (self.tiles[0] if read else self.tick_box).setFocus()

    def refresh(self) -> None:
        """Read the list of recordings again."""
        folder = self.session.recordings_folder()
        self._summaries = self.attempt(lambda: recordings_in(folder)[:RECENT_SHOWN]) or []
        self.recent.clear()
        recorder = self.session.recorder
        running = recorder.path if recorder is not None else None
        for summary in self._summaries:
            self.recent.addTopLevelItem(_item(summary, running=summary.path == running))
        self.recent.setVisible(bool(self._summaries))
        self._empty.setVisible(not self._summaries)
        rows = min(len(self._summaries), 8)
        height = self.recent.sizeHintForRow(0) * rows + self.recent.header().sizeHint().height()
        self.recent.setFixedHeight(max(height + 12, 60))

    def _page(self) -> QVBoxLayout:
        grid = QGridLayout()
        grid.setSpacing(14)
        for number, tile in enumerate(self.tiles):
            grid.addWidget(tile, number // 2, number % 2)
        recent = column(label("Recent recordings", "heading"), self.recent, self._empty, spacing=8)
        hints = column(*(self._hint(text) for text in HINTS), spacing=5)
        return column(
            column(
                self._greeting,
                label("What would you like to do?", "muted"),
                spacing=2,
            ),
            self.statement,
            grid,
            recent,
            hints,
            1,
            spacing=20,
        )

    def _hint(self, text: str) -> QWidget:
        made = QWidget()
        layout = QHBoxLayout(made)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(8)
        layout.addWidget(Picture("icons/info", QSize(15, 15), "muted"))
        layout.addWidget(label(text, "muted", wrap=True), 1)
        return made

    def _statement_card(self) -> QFrame:
        self.tick_box.setAccessibleName(self.tick_box.text())
        self.tick_box.setAccessibleDescription(STATEMENT)
        self.tick_box.toggled.connect(self._ticked)
        words = column(
            label("Before you begin", "heading"),
            label(STATEMENT, wrap=True),
            *(label(sentence, "muted", wrap=True) for sentence in SAFETY),
            self.tick_box,
            spacing=8,
        )
        layout = QHBoxLayout()
        layout.setSpacing(16)
        shield = Picture("icons/shield", QSize(34, 34), "accent")
        layout.addWidget(shield, 0, Qt.AlignmentFlag.AlignTop)
        layout.addLayout(words, 1)
        return card(layout)

    def _make_tiles(self) -> list[Tile]:
        return [
            Tile(
                "demo",
                "Try the demo",
                "A simulated arm with eight electrodes. Nothing to plug in.",
                self.demo_wanted.emit,
            ),
            Tile(
                "devices",
                "Connect my sensor",
                "Find a device and see its signal.",
                lambda: self.wanted.emit("devices", None),
            ),
            Tile(
                "therapy",
                "Start a therapy session",
                "Choose an exercise, place the electrodes, work towards a goal.",
                lambda: self.wanted.emit("therapy", None),
            ),
            Tile(
                "person",
                "Clients",
                "Find a client, go on as last time, see the progress.",
                lambda: self.wanted.emit("clients", None),
            ),
            Tile(
                "calibrate",
                "Calibrate gestures",
                "Teach the computer your movements in two minutes.",
                lambda: self.wanted.emit("calibrate", None),
            ),
            Tile(
                "sun",
                "New day",
                "One short hold each, under a minute: yesterday's model fits again.",
                lambda: self.wanted.emit("calibrate", NEW_DAY),
            ),
            Tile(
                "folder",
                "Open a recording",
                "Look through it, label it, take it further.",
                self.open_wanted.emit,
            ),
            Tile(
                "import",
                "Import a file",
                "A recording that another program made.",
                self.import_wanted.emit,
            ),
        ]

    def _make_list(self) -> QTreeWidget:
        made = QTreeWidget()
        made.setHeaderLabels(["Recording", "Made", "Length", "Channels", "State"])
        made.setRootIsDecorated(False)
        made.setUniformRowHeights(True)
        made.setAccessibleName("Recent recordings")
        made.header().setSectionResizeMode(QHeaderView.ResizeMode.ResizeToContents)
        made.header().setSectionResizeMode(0, QHeaderView.ResizeMode.Stretch)
        made.header().setStretchLastSection(False)
        made.itemActivated.connect(self._open_item)
        return made

    def _open_item(self, item: QTreeWidgetItem) -> None:
        self.wanted.emit("review", Path(item.data(0, Qt.ItemDataRole.UserRole)))

    def _arrived(self, item: object) -> None:
        if isinstance(item, RecordingChanged) and self.isVisible():
            self.refresh()

    def _show_statement(self) -> None:
        read = self.session.settings.accepted_statement
        self.statement.setVisible(not read)
        for tile in self.tiles:
            tile.setEnabled(read)

    def _ticked(self, on: bool) -> None:
        if not on or self.session.settings.accepted_statement:
            return
        settings = dataclasses.replace(self.session.settings, accepted_statement=True)
        self.attempt(lambda: self.session.update_settings(settings))
        for tile in self.tiles:
            tile.setEnabled(True)
        self.tiles[0].setFocus()
        self.accepted.emit()


def greeting(hour: int) -> str:
    """A friendly word for the time of day."""
    if 4 <= hour < 12:
        return "Good morning."
    return "Good afternoon." if 12 <= hour < 18 else "Good evening."


def _item(summary: RecordingSummary, *, running: bool) -> QTreeWidgetItem:
    made = QTreeWidgetItem(
        [
            summary.title or summary.path.name,
            wording.when(summary.created.astimezone(), datetime.now().astimezone()),
            "" if summary.problem else wording.clock_time(summary.duration_s),
            "" if summary.problem else f"{summary.channels} at {wording.rate(summary.rate)} Hz",
            "recording now" if running else _state(summary),
        ]
    )
    made.setData(0, Qt.ItemDataRole.UserRole, str(summary.path))
    made.setToolTip(0, str(summary.path))
    if summary.problem:
        made.setToolTip(4, summary.problem)
    return made


def _state(summary: RecordingSummary) -> str:
    if summary.problem:
        return "cannot be read"
    words = {FINISHED: "complete", RECORDING: "not finished"}
    state = words.get(summary.state, summary.state)
    return f"demo, {state}" if summary.simulated else state
