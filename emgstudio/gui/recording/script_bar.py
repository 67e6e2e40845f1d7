"""What the operator sees of a running cue script: where it is, pause, stop, the screen."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QFrame, QProgressBar, QVBoxLayout

from emgstudio.core.clock import host_time
from emgstudio.gui.assets import set_icon
from emgstudio.gui.folding import FoldingRow
from emgstudio.gui.recording.cue_screen import CueScreen
from emgstudio.gui.theme import theme
from emgstudio.gui.widgets import button, label, large_target, restyle

if TYPE_CHECKING:
    from emgstudio.session.cue_script_run import CueScriptRun, ScriptView

Attempt = Callable[[Callable[[], object]], object]
PROGRESS_WIDTH = 160


class ScriptBar(QFrame):
    """Pulls a script forward at every frame and shows its screen. ``ended`` when it is over."""

    ended = Signal()

    def __init__(self, attempt: Attempt) -> None:
        super().__init__()
        self._attempt = attempt
        self._run: CueScriptRun | None = None
        self.screen_: CueScreen | None = None
        self.setProperty("role", "toolbar")
        self.setAccessibleName("Cue script")
        self.words = label("", "heading")
        self.following = label("", "muted")
        self.progress = QProgressBar()
        self.progress.setTextVisible(False)
        self.progress.setAccessibleName("Progress of the cue script")
        self.progress.setFixedWidth(theme().pixels(PROGRESS_WIDTH))
        self.pause = button("Pause", self.toggle_pause)
        self._pause_icon = set_icon(self.pause, "pause")
        self.show_screen = button("Cue screen", self.open_screen, icon="freeze")
        self.stop = button("Stop script", self.abort, icon="stop-square")
        large_target(self.pause, self.show_screen, self.stop)
        self._row = FoldingRow(spacing=8)
        self._row.add(self.words)
        self._row.add(self.following, 3)
        self._row.add_stretch()
        self._row.add(self.progress, 2)
        self._row.add(self.pause)
        self._row.add(self.show_screen, 1)
        self._row.add(self.stop)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(14, 4, 10, 4)
        layout.addWidget(self._row)
        self.hide()

    @property
    def run(self) -> CueScriptRun | None:
        """The script that runs."""
        return self._run

    def follow(self, run: CueScriptRun) -> None:
        """Show another script from its beginning."""
        self._close_screen()
        self._run = run
        self.progress.setRange(0, max(1, run.script.count))
        self.show()
        self.open_screen()
        self.frame(host_time())

    def open_screen(self) -> None:
        """Open the screen for the cues, or bring it to the front."""
        if self._run is None:
            return
        if self.screen_ is None:
            self.screen_ = CueScreen(self._run.script)
            self.screen_.painted.connect(self._painted)
            self.screen_.paused.connect(self.toggle_pause)
            self.screen_.closed.connect(self._screen_closed)
        self.screen_.show_view(self._run.view(host_time()))
        self.screen_.show_on(self.window())

    def toggle_pause(self) -> None:
        """Hold, or go on."""
        run = self._run
        if run is not None and not run.finished:
            now = host_time()
            self._attempt(lambda: run.resume(now) if run.paused else run.pause(now))
            self.frame(now)

    def abort(self) -> None:
        """End it early; what was shown so far is kept."""
        run = self._run
        if run is not None:
            self._attempt(lambda: run.stop(host_time()))
            self.frame(host_time())

    def frame(self, now: float) -> None:
        """Move on and show it."""
        run = self._run
        if run is None:
            return
        run.advance(now)
        view = run.view(now)
        if self.screen_ is not None:
            self.screen_.show_view(view)
        self._show(view)
        if run.stopped:
            self.leave()

    def leave(self) -> None:
        """Take everything of the script away."""
        self._run = None
        self._close_screen()
        self.hide()
        self.ended.emit()

    def _show(self, view: ScriptView) -> None:
        if view.unseen:
            words, following = "Waiting: the cue screen is not visible", "Show it to go on."
        elif view.kind == "done":
            words, following = "The cue script is finished", "Close its screen when you like."
        else:
            now = view.cue.text or view.cue.name if view.cue is not None else "Rest"
            state = "Paused: " if view.paused else ""
            words = f"{state}Cue {view.number} of {view.total}: {now}"
            following = f"next: {view.following}" if view.following else ""
        restyle(self, "level", "warning" if view.unseen else "")
        for widget, text in ((self.words, words), (self.following, following)):
            if widget.text() != text:
                widget.setText(text)
                self._row.fold()
        self.progress.setValue(view.number)
        done = view.kind == "done"
        text, icon = ("Go on", "play") if view.paused else ("Pause", "pause")
        if self.pause.text() != text:
            self.pause.setText(text)
            self.pause.setAccessibleName(text)
            self._pause_icon.show(icon)
        self.pause.setEnabled(not done)
        end = "Close script" if done else "Stop script"
        if self.stop.text() != end:
            self.stop.setText(end)
            self.stop.setAccessibleName(end)

    def _painted(self, step: int, host: float) -> None:
        run = self._run
        if run is not None:
            self._attempt(lambda: run.painted(step, host))

    def _screen_closed(self) -> None:
        self.screen_ = None
        if self._run is not None and self._run.finished:
            self.abort()

    def _close_screen(self) -> None:
        screen, self.screen_ = self.screen_, None
        if screen is not None:
            screen.closed.disconnect(self._screen_closed)
            screen.close()
            screen.deleteLater()
