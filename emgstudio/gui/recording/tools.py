"""Brings the strip, the keys and the script of a recording into the window, and their page.

Nothing of it is built before the first recording or before somebody asks for the page.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, TypeVar

from PySide6.QtCore import QObject
from PySide6.QtGui import QAction, QKeySequence
from PySide6.QtWidgets import QSizePolicy, QTabWidget, QVBoxLayout, QWidget

from emgstudio.core.errors import EmgError
from emgstudio.core.types import Level, Notice
from emgstudio.gui.overlay import Overlay
from emgstudio.gui.recording.key_times import PAGE_KEYS, RecordingKeys
from emgstudio.gui.tick import Tick
from emgstudio.gui.widgets import column

if TYPE_CHECKING:
    from emgstudio.gui.recording.camera_page import CameraPage
    from emgstudio.gui.recording.script_bar import ScriptBar
    from emgstudio.gui.recording.strip import RecordingStrip
    from emgstudio.gui.recording.trigger_page import TriggerPage
    from emgstudio.session.cue_script import CueScript
    from emgstudio.session.session import Session

T = TypeVar("T")
REFRESH_S = 0.2
PAGE_WIDTH = 980
TABS = ("Labels", "Cue script", "Triggers", "Camera")
KEYS = (
    ("Label of the set: moment, or hold for a span", "1"),
    ("Pain or effort, 0 to 10", "Q"),
    ("Note at this moment", "F2"),
)


class RecordingTools(QObject):
    """``place`` is the layout above the rooms, ``body`` what the page covers, ``said`` tells."""

    def __init__(
        self,
        session: Session,
        tick: Tick,
        place: QVBoxLayout,
        body: QWidget,
        said: Callable[[Notice], object],
    ) -> None:
        super().__init__(body)
        self._session = session
        self._place = place
        self._body = body
        self._say = said
        self._refreshed = 0.0
        self._folded = False
        self._keys: RecordingKeys | None = None
        self.strip: RecordingStrip | None = None
        self.script: ScriptBar | None = None
        self.page: Overlay | None = None
        self._triggers: TriggerPage | None = None
        self._camera: CameraPage | None = None
        # For the keyboard map alone: these keys are no shortcuts, they also go up.
        self.actions = [_shown(text, keys) for text, keys in KEYS]
        if session.settings.recording.triggers:
            from emgstudio.gui.recording.trigger_page import listen_again

            listen_again(session)
        tick.frame.connect(self.frame)

    def frame(self, now: float) -> None:
        """Follow the recording."""
        recorder, cues = self._session.recorder, self._session.calibration
        # Cues label their own recording, and the person needs the room for the picture.
        cued = cues is not None and cues.owns_recording and cues.recorder is recorder
        running = recorder is not None and not cued
        if running and self.strip is None:
            self._build_strip()
        if self.strip is not None and self.strip.isVisibleTo(self._body) != running:
            self.strip.setVisible(running)
        if self.script is not None:
            self.script.frame(now)
        if now - self._refreshed < REFRESH_S:
            return
        self._refreshed = now
        if running and self.strip is not None:
            self.strip.refresh()
        if self._triggers is not None:
            self._triggers.refresh()
        if self._camera is not None:
            self._camera.refresh()

    def fold(self, on: bool) -> None:
        """Whether the strip of labels is one line, because the room needs its height."""
        self._folded = on
        if self.strip is not None:
            self.strip.fold(on)

    def show_page(self, tab: int = 0) -> None:
        """Labels, cue scripts and triggers, over the room; recording goes on."""
        from emgstudio.gui.recording.camera_page import CameraPage
        from emgstudio.gui.recording.label_page import LabelPage
        from emgstudio.gui.recording.script_page import ScriptPage
        from emgstudio.gui.recording.trigger_page import TriggerPage

        if self.page is not None:
            self.page.leave()
            return
        tabs = QTabWidget()
        labels = LabelPage(self._session, self.attempt)
        labels.used.connect(self._sets_changed)
        script = ScriptPage(self.attempt)
        script.start_wanted.connect(self.start_script)
        self._triggers = TriggerPage(self._session, self.attempt)
        self._camera = CameraPage(self._session, self.attempt)
        pages = (labels, script, self._triggers, self._camera)
        for text, made in zip(TABS, pages, strict=True):
            made.setContentsMargins(16, 16, 16, 16)
            tabs.addTab(made, text)
        tabs.setCurrentIndex(tab)
        tabs.currentChanged.connect(lambda _tab: _fit_shown(tabs))
        _fit_shown(tabs)
        title = "Labels, cue scripts, triggers, camera"
        self.page = Overlay(self._body, title, column(tabs), width=PAGE_WIDTH)
        self.page.closed.connect(self._page_closed)

    def start_script(self, script: CueScript) -> None:
        """Run a script in the recording, in a new one when none runs."""
        from emgstudio.gui.recording.script_bar import ScriptBar

        run = self.attempt(lambda: self._session.recording.start_script(script))
        if run is None:
            return
        if self.page is not None:
            self.page.leave()
        if self.script is None:
            self.script = ScriptBar(self.attempt)
            self._place.insertWidget(0, self.script)
        self.script.follow(run)

    def attempt(self, work: Callable[[], T]) -> T | None:
        """Do what a person asked for; what goes wrong becomes a notice."""
        try:
            return work()
        except EmgError as error:
            self._say(Notice(Level.ERROR, error.message, error.hint, "recording"))
            return None

    def close(self) -> None:
        """The window closes: so does the screen of a script."""
        if self.script is not None:
            self.script.leave()

    def _build_strip(self) -> None:
        from emgstudio.gui.recording.strip import RecordingStrip

        self.strip = RecordingStrip(self._session, self.attempt)
        self.strip.setup_wanted.connect(self.show_page)
        self.strip.fold(self._folded)
        self._place.insertWidget(0, self.strip)
        self._keys = RecordingKeys(self._body.window(), self._key_down, self._key_up)
        self.strip.list_opened.connect(self._keys.hear_in)

    def _key_down(self, name: str, host: float) -> bool:
        if self._session.recorder is None or self.strip is None:
            return False
        if name in PAGE_KEYS.values():
            if not self._session.settings.recording.page_keys:
                return False
            self._session.recording.triggers.key_pressed(name, host)
            return True
        return self.strip.key_down(name, host)

    def _key_up(self, name: str, host: float) -> None:
        if self._session.recorder is not None and self.strip is not None:
            self.strip.key_up(name, host)

    def _sets_changed(self) -> None:
        if self.strip is not None:
            self.strip.show_sets()

    def _page_closed(self) -> None:
        self.page = self._triggers = self._camera = None


def _fit_shown(tabs: QTabWidget) -> None:
    """Only the page that is shown asks for room: a wide one makes no other wider."""
    for number in range(tabs.count()):
        shown = number == tabs.currentIndex()
        policy = QSizePolicy.Policy.Preferred if shown else QSizePolicy.Policy.Ignored
        page = tabs.widget(number)
        assert page is not None
        page.setSizePolicy(policy, policy)


def _shown(text: str, keys: str) -> QAction:
    action = QAction(text)
    action.setShortcut(QKeySequence(keys))
    return action
