"""The row of controls above a recording."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import Signal
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QFrame, QHBoxLayout, QMenu, QToolButton

from emgstudio.gui.assets import set_icon
from emgstudio.gui.folding import FoldingRow
from emgstudio.gui.plots.amplitude import amount
from emgstudio.gui.review.document import Document
from emgstudio.gui.review.editing import seconds_of
from emgstudio.gui.review.fields import TypingField
from emgstudio.gui.review.playback import Playback
from emgstudio.gui.review.toolbar_menus import PlaySpeed, SignalMenu
from emgstudio.gui.theme import theme
from emgstudio.gui.widgets import button, icon_button, label, restyle

LONGEST_TITLE = 36


class ReviewToolbar(QFrame):
    """What one does most with the mouse; the keys do the same."""

    open_wanted = Signal()
    recent_wanted = Signal(str)
    undo_wanted = Signal()
    redo_wanted = Signal()
    zoomed = Signal(float)
    whole_wanted = Signal()
    scaled = Signal(int)
    fit_wanted = Signal()
    play_wanted = Signal()
    went = Signal(float)
    track_toggled = Signal(str, bool)
    export_wanted = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.setProperty("role", "toolbar")
        self.open = button("Open…", self.open_wanted.emit, icon="folder")
        self.recent = _menu_button("Recent", "Recent recordings")
        self.recent.menu().triggered.connect(lambda a: self.recent_wanted.emit(a.data()))
        self.title = label("", "heading")
        self.undo = icon_button("undo", "Undo (Ctrl+Z)", self.undo_wanted.emit)
        self.redo = icon_button("redo", "Redo (Ctrl+Y)", self.redo_wanted.emit)
        self.signal = SignalMenu()
        self.play = icon_button("play", "Play from the cursor (Space)", self.play_wanted.emit)
        self.speed = PlaySpeed()
        self.softer = icon_button(
            "minus", "Smaller traces (Shift+Down)", lambda: self.scaled.emit(-1)
        )
        self.amplitude = button("", self.fit_wanted.emit, kind="quiet")
        self.amplitude.setAccessibleName("Amplitude, fit to what is visible")
        self.amplitude.setToolTip("Half a channel's row. Click: fit to what is visible")
        self.louder = icon_button("plus", "Larger traces (Shift+Up)", lambda: self.scaled.emit(1))
        self.out = icon_button("zoom-out", "See more time (-)", lambda: self.zoomed.emit(1.5))
        self.closer = icon_button("zoom-in", "See less time (+)", lambda: self.zoomed.emit(1 / 1.5))
        self.whole = icon_button("fit", "See the whole recording (Ctrl+0)", self.whole_wanted.emit)
        self.go = TypingField()
        self.go.setPlaceholderText("Go to 1:23 (G)")
        self.go.setAccessibleName("Go to time")
        self._fit_words()
        theme().changed.connect(self._fit_words)
        self.go.returnPressed.connect(self._go)
        self.tracks = _menu_button("Tracks", "Show or hide tracks")
        set_icon(self.tracks, "channels")
        self.export = button("Export…", self.export_wanted.emit, icon="export")
        self.export.setToolTip("Hand this recording over to other programs (Ctrl+E)")
        # What has no room is folded away, highest number first; keys and menus still do it.
        self._parts = (
            (self.undo, 3), (self.redo, 3), (self.play, 3), (self.speed, 5),
            (self.signal, 4), (self.softer, 7),
            (self.amplitude, 2), (self.louder, 7), (self.out, 5), (self.closer, 5),
            (self.whole, 6), (self.go, 4), (self.tracks, 1),
            (self.export, 6),
        )  # fmt: skip
        self.folding = FoldingRow(spacing=4)
        self.folding.add(self.open)
        self.folding.add(self.recent, 8)
        self.folding.add(self.title, 9)
        self.folding.add_stretch()
        for part, rank in self._parts:
            self.folding.add(part, rank)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(12, 6, 12, 6)
        layout.addWidget(self.folding)

    def _fit_words(self) -> None:
        self.go.setFixedWidth(theme().pixels(128))

    def show_document(self, document: Document | None) -> None:
        """Offer what fits the open recording."""
        for part in (self.title, *(part for part, _rank in self._parts)):
            self.folding.want(part, document is not None)
        if document is None:
            return
        recording = document.recording
        name = recording.title or recording.path.name
        self.title.setText(name if len(name) <= LONGEST_TITLE else f"{name[:LONGEST_TITLE]}…")
        self.title.setToolTip(str(recording.path))
        self.signal.show_view(document.source.view)
        self.show_edits(document)
        self.folding.fold()

    def show_edits(self, document: Document) -> None:
        """Undo, redo and the tracks may have changed."""
        undo, redo = document.undo_texts()
        self.undo.setEnabled(undo is not None)
        self.redo.setEnabled(redo is not None)
        self.undo.setToolTip(f"Undo: {undo} (Ctrl+Z)" if undo else "Nothing to undo")
        self.redo.setToolTip(f"Redo: {redo} (Ctrl+Y)" if redo else "Nothing to redo")
        menu = self.tracks.menu()
        menu.clear()
        for name in document.all_tracks:
            action = QAction(name, menu)
            action.setCheckable(True)
            action.setChecked(name not in document.hidden)
            action.toggled.connect(lambda on, name=name: self.track_toggled.emit(name, on))
            menu.addAction(action)

    def show_playing(self, playback: Playback) -> None:
        """Playing has begun or ended, or its speed is another."""
        running = playback.running
        set_icon(self.play, "pause" if running else "play")
        name = "Stop playing (Space)" if running else "Play from the cursor (Space)"
        self.play.setToolTip(name)
        self.play.setAccessibleName(name)
        self.speed.show_speed(playback.speed, loop=playback.loop)

    def show_amplitude(self, units: float, unit: str) -> None:
        """The scale has changed."""
        self.amplitude.setText(f"± {amount(units, unit)}")
        self.folding.fold()
        self.amplitude.setAccessibleName(f"Amplitude scale {amount(units, unit)}, click to fit")

    def show_recent(self, paths: list[str]) -> None:
        """Offer these recordings."""
        menu = self.recent.menu()
        menu.clear()
        for path in paths:
            menu.addAction(Path(path).name).setData(path)
        self.recent.setEnabled(bool(paths))

    def _go(self) -> None:
        time = seconds_of(self.go.text())
        restyle(self.go, "wrong", time is None)
        if time is not None:
            self.go.clear()
            self.went.emit(time)


def _menu_button(text: str, name: str) -> QToolButton:
    made = QToolButton()
    made.setText(text)
    made.setAccessibleName(name)
    made.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
    made.setMenu(QMenu(made))
    return made
