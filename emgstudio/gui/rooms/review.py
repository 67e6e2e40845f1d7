"""Look through a recording and label it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QAction, QDragEnterEvent, QDropEvent
from PySide6.QtWidgets import (
    QFileDialog,
    QFrame,
    QHBoxLayout,
    QSplitter,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)

from emgstudio.core.tasks import Task
from emgstudio.gui.assets import Picture
from emgstudio.gui.notices import announce
from emgstudio.gui.review.annotate.editor import AnnotationEditor
from emgstudio.gui.review.canvas import ReviewCanvas
from emgstudio.gui.review.commands import Commands
from emgstudio.gui.review.document import Document
from emgstudio.gui.review.editing import clock
from emgstudio.gui.review.export_page import Exporting
from emgstudio.gui.review.opening import is_of, open_document, prepare_overview
from emgstudio.gui.review.picture_saving import PictureSaving
from emgstudio.gui.review.playback import Playback
from emgstudio.gui.review.side_panel import WIDTH, SidePanel
from emgstudio.gui.review.signal_choice import SignalChoice
from emgstudio.gui.review.toolbar import ReviewToolbar
from emgstudio.gui.review.two_lines import TwoLines
from emgstudio.gui.review.view import TimeView
from emgstudio.gui.review.welcome import Welcome
from emgstudio.gui.rooms.room import Room
from emgstudio.gui.tick import Tick
from emgstudio.gui.widgets import button, label
from emgstudio.session.state import RecordingChanged
from emgstudio.storage.importers import SUFFIXES

if TYPE_CHECKING:
    from emgstudio.session.session import Session

MAIN_WIDTH = 900


class ReviewRoom(Room):
    """An hour as smoothly as a second; every label is on the disk at once and can be undone."""

    key = "review"
    title = "Review"
    icon_name = "review"
    tells_changes = True

    import_wanted = Signal()
    file_dropped = Signal(Path)

    def __init__(self, session: Session, tick: Tick, parent: QWidget | None = None) -> None:
        super().__init__(session, tick, parent)
        self.document: Document | None = None
        self.view = TimeView()
        self.commands = Commands(self.view)
        self.toolbar = ReviewToolbar()
        self.canvas = ReviewCanvas(self.view)
        self.panel = SidePanel()
        self.welcome = Welcome(self.choose, self.import_wanted.emit)
        self.choice = SignalChoice(self.view, self._show_source, self._say)
        self.playback = Playback(self.view)
        self.saving = PictureSaving(self.canvas, self.view, self._say, self.attempt)
        self.exporting = Exporting(session, tick, self)
        self._overview_task: Task[None] | None = None
        self._build()
        self._connect()
        self._add_keys()
        self.editor = AnnotationEditor(self)
        self.setAcceptDrops(True)
        self._show_document(None)

    def entered(self) -> None:
        """Look which recordings there are, and take over what happened meanwhile."""
        self._show_recent()
        if self.document is not None:
            self.canvas.setFocus()

    def left(self) -> None:
        """What nobody sees is not played."""
        self.playback.stop()

    def open(self, thing: object) -> None:
        """Open the recording at a path."""
        if isinstance(thing, str | Path):
            self.open_path(Path(thing))

    def open_path(self, path: Path) -> None:
        """Show another recording; the one before is closed, with everything saved."""
        if self.document is not None and is_of(self.document, path):
            # Not even this window may hold the labels of a recording twice.
            self._close_document()
        document = self.attempt(lambda: open_document(self.session, path))
        if document is None:
            return
        used = self.session.settings.used("recordings", str(document.path))
        self.attempt(lambda: self.session.update_settings(used))
        self._close_document()
        document.setParent(self)
        document.edited.connect(self._edited)
        document.chosen.connect(self._chosen)
        document.said.connect(self._say)
        self._show_document(document)
        self._say(document.why_locked or "Drag in a lane to label. F1 shows all keys.")
        self._show_recent()
        self.canvas.setFocus()

    def choose(self) -> None:
        """Ask which recording to open."""
        start = str(self.session.recordings_folder())
        dialog = QFileDialog(self, "Open recording", start)
        dialog.setFileMode(QFileDialog.FileMode.Directory)
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.fileSelected.connect(lambda chosen: self.open_path(Path(chosen)))
        dialog.open()

    def undo(self) -> str | None:
        """Take the last change of an annotation back."""
        return self._heard(self.document.undo() if self.document else None)

    def redo(self) -> str | None:
        """Make it again."""
        return self._heard(self.document.redo() if self.document else None)

    def export(self) -> None:
        """Ask how the open recording shall be handed over."""
        if self.document is not None:
            self.exporting.open(self.document, (self.view.start, self.view.stop))

    def close_room(self) -> None:
        """Let go of the files."""
        self.exporting.close()
        self._close_document()

    def actions(self) -> list[QAction]:
        """Those of the room, and of its plots."""
        return [*super().actions(), *self.canvas.actions()]

    def _build(self) -> None:
        self.message = TwoLines()
        self.message.setAccessibleName("What was just done")
        self._lock_text = label("", wrap=True)
        self._banner = QFrame()
        self._banner.setProperty("role", "banner")
        banner = QHBoxLayout(self._banner)
        banner.setContentsMargins(12, 6, 12, 6)
        banner.addWidget(Picture("icons/info", QSize(16, 16), "accent"))
        banner.addWidget(self._lock_text, 1)
        banner.addWidget(button("Look again", self._reload, kind="quiet"))
        foot = QFrame()
        foot.setProperty("role", "bar")
        foot_row = QHBoxLayout(foot)
        foot_row.setContentsMargins(10, 3, 10, 3)
        self._cursor_text = label("", "muted")
        foot_row.addWidget(self.message, 1)
        foot_row.addWidget(self._cursor_text)
        left = QWidget()
        column = QVBoxLayout(left)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        for part in (self._banner, self.canvas, foot):
            column.addWidget(part, 1 if part is self.canvas else 0)
        split = QSplitter(Qt.Orientation.Horizontal)
        split.addWidget(left)
        split.addWidget(self.panel)
        split.setStretchFactor(0, 1)
        split.setCollapsible(0, False)
        split.setHandleWidth(1)
        split.setSizes([MAIN_WIDTH, WIDTH])
        self._stack = QStackedWidget()
        self._stack.addWidget(self.welcome)
        self._stack.addWidget(split)
        outer = QVBoxLayout(self)
        outer.setContentsMargins(0, 0, 0, 0)
        outer.setSpacing(0)
        outer.addWidget(self.toolbar)
        outer.addWidget(self._stack, 1)

    def _connect(self) -> None:
        bar, canvas, panel = self.toolbar, self.canvas, self.panel
        bar.open_wanted.connect(self.choose)
        bar.recent_wanted.connect(lambda path: self.open_path(Path(path)))
        bar.undo_wanted.connect(lambda: self.attempt(self.undo))
        bar.redo_wanted.connect(lambda: self.attempt(self.redo))
        bar.zoomed.connect(lambda factor: self.view.zoom(factor))
        bar.whole_wanted.connect(lambda: self.view.show_span(self.view.begin, self.view.end))
        bar.scaled.connect(canvas.traces.step_amplitude)
        bar.fit_wanted.connect(canvas.traces.fit_amplitude)
        bar.signal.chosen.connect(self.choice.choose)
        bar.signal.heartbeat.connect(lambda on: self.choice.take_out(heartbeat=on))
        bar.signal.hum.connect(lambda on: self.choice.take_out(hum=on))
        bar.signal.spectrogram.connect(self._show_spectrogram)
        bar.play_wanted.connect(self.playback.toggle)
        bar.speed.chosen.connect(self.playback.set_speed)
        bar.speed.looped.connect(self.playback.set_loop)
        self.playback.changed.connect(lambda: bar.show_playing(self.playback))
        self.playback.moved.connect(canvas.show_playhead)
        self.tick.frame.connect(self.playback.frame)
        panel.measures.said.connect(self._say)
        bar.went.connect(self._go)
        bar.track_toggled.connect(self._toggle_track)
        bar.export_wanted.connect(self.export)
        self.welcome.chosen.connect(self.open_path)
        canvas.traces.scaled.connect(self._scaled)
        canvas.traces.create_wanted.connect(self._create)
        canvas.lanes.edit_wanted.connect(panel.details.edit_label)
        canvas.stepped.connect(self.commands.step)
        panel.list.jumped.connect(self._jump)
        self.playback.moved.connect(panel.video.follow)
        panel.labels.picked.connect(self._relabel)
        panel.labels.added.connect(self._add_label)
        panel.details.finished.connect(canvas.setFocus)
        self.view.moved.connect(self.choice.moved)
        self.tick.frame.connect(self._frame)
        self.tick.arrived.connect(self._arrived)

    def _add_keys(self) -> None:
        for text, keys, call in self.commands.table():
            self.add_action(text, keys, call)
        traces = self.canvas.traces
        self.add_action("Larger traces", "Shift+Up", lambda: traces.step_amplitude(1))
        self.add_action("Smaller traces", "Shift+Down", lambda: traces.step_amplitude(-1))
        self.add_action("Export…", "Ctrl+E", self.export)
        self.add_action("Go to a time", "G", self.toolbar.go.setFocus)
        self.add_action("Write a note", "F2", self.panel.details.edit_note)
        self.add_action("Nothing selected", "Esc", self._let_go)
        self.add_action("Raw or conditioned", "F", self.choice.switch)
        self.add_action(
            "Spectrogram", "S", lambda: self._show_spectrogram(self.canvas.spectrogram.isHidden())
        )
        play = self.playback
        self.add_action("Play, stop", "Space", play.toggle)
        self.add_action("Loop the selection", "L", lambda: play.set_loop(not play.loop))
        self.add_action("Play faster", "Ctrl+Up", lambda: play.step_speed(1))
        self.add_action("Play slower", "Ctrl+Down", lambda: play.step_speed(-1))
        self.add_action("Save picture…", "Ctrl+Shift+S", self._save_picture)

    def _show_document(self, document: Document | None) -> None:
        self.document = document
        self.commands.document = document
        self.choice.document = document
        self.playback.show_document(document)
        self._stack.setCurrentIndex(0 if document is None else 1)
        ready = True
        if document is not None:
            stream = document.stream
            self.view.open(stream.rate, stream.start_s, stream.duration_s)
            self._overview_task = prepare_overview(self.session, document)
            ready = self._overview_task is None
            self._lock_text.setText(document.why_locked)
        self._banner.setVisible(document is not None and document.locked)
        self.toolbar.show_document(document)
        self.canvas.show_document(document, ready)
        self.panel.show_document(document)
        self.editor.show_document(document)

    def _close_document(self) -> None:
        if self._overview_task is not None:
            self._overview_task.cancel()
            self._overview_task.wait()
            self._overview_task = None
        if self.document is not None:
            self.document.close()
            self.document.deleteLater()
            self._show_document(None)

    def _reload(self) -> None:
        if self.document is not None:
            path, start, stop = self.document.path, self.view.start, self.view.stop
            self.open_path(path)
            self.view.show_span(start, stop)

    def _edited(self) -> None:
        if self.document is not None:
            self.toolbar.show_edits(self.document)
            self.canvas.show_edits()
            self.panel.show_edits()

    def _chosen(self) -> None:
        self.canvas.show_choice()
        self.panel.show_choice()
        if self.document is not None:
            self._cursor_text.setText(f"Cursor {clock(self.document.cursor)}")

    def _show_source(self) -> None:
        if self.document is not None:
            self.toolbar.show_document(self.document)
            self.canvas.show_source()
            self.panel.measures.refresh()

    def _show_spectrogram(self, on: bool) -> None:
        self.canvas.spectrogram.setVisible(on)
        self.toolbar.signal.with_spectrogram.setChecked(on)

    def _save_picture(self) -> None:
        if self.document is not None:
            self.saving.ask(self.document, self.session.recordings_folder())

    def _scaled(self, units: float) -> None:
        if self.document is not None:
            self.toolbar.show_amplitude(units, self.document.stream.info.channels[0].unit)

    def _create(self, start: float, stop: float) -> None:
        if self.document is not None:
            self.document.add(start, stop)

    def _relabel(self, name: str) -> None:
        if self.document is not None:
            self.document.relabel(name)

    def _add_label(self, name: str) -> None:
        if self.document is not None:
            self.document.add_label(name)

    def _go(self, time: float) -> None:
        if self.document is not None:
            self.document.put_cursor(self.view.snap(time))
            self.view.centre(time)
            self.canvas.setFocus()

    def _jump(self, id: str) -> None:
        if self.document is not None:
            self.commands.select(self.document.index.get(id))

    def _toggle_track(self, name: str, shown: bool) -> None:
        if self.document is not None and (name in self.document.hidden) == shown:
            self.document.hide(name, not shown)

    def _let_go(self) -> None:
        if self.document is None or self.editor.stop_flow():
            return
        if self.document.range() is not None:
            self.document.put_cursor(self.document.cursor)
        else:
            self.toolbar.open.setFocus()

    def _heard(self, change: str | None) -> str | None:
        """A change whose words the message has; a screen reader says them as well."""
        if change:
            announce(self.message, self.message.text())
        return change

    def _say(self, text: str) -> None:
        self.message.setText(text)

    def _show_recent(self) -> None:
        recent = [p for p in self.session.settings.recent.recordings if Path(p).exists()]
        self.toolbar.show_recent(recent)
        if self.document is None:
            self.welcome.refresh(self.session.recordings_folder(), recent)

    def _frame(self, _now: float) -> None:
        task = self._overview_task
        if task is None:
            return
        overview = self.canvas.overview
        if task.ended:
            self._overview_task = None
            overview.show_document(self.document, ready=True)
            self.canvas.traces.update()
        elif overview.preparing != task.progress:
            overview.preparing = task.progress
            overview.update()

    def _arrived(self, item: object) -> None:
        if not isinstance(item, RecordingChanged):
            return
        if self.document is not None and item.path == self.document.path and not item.running:
            self._reload()
        self._show_recent()

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        if any(url.isLocalFile() for url in event.mimeData().urls()):
            event.acceptProposedAction()

    def dropEvent(self, event: QDropEvent) -> None:
        files = [Path(url.toLocalFile()) for url in event.mimeData().urls() if url.isLocalFile()]
        if not files:
            return
        event.acceptProposedAction()
        if files[0].suffix.lower() in SUFFIXES:
            self.file_dropped.emit(files[0])
        else:
            self.open_path(files[0])
