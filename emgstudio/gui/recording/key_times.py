"""Keys that label the running recording, at the time at which they went down."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QEvent, QObject, Qt
from PySide6.QtGui import QInputEvent, QKeyEvent
from PySide6.QtWidgets import QApplication, QWidget

from emgstudio.core.clock import host_time

# An event that is older than this has a time of another kind, or the computer slept.
OLDEST_S = 2.0
PAGE_KEYS = {
    Qt.Key.Key_PageDown: "PgDn",
    Qt.Key.Key_PageUp: "PgUp",
    Qt.Key.Key_Period: "period",
}
STRONG = (
    Qt.KeyboardModifier.ControlModifier
    | Qt.KeyboardModifier.AltModifier
    | Qt.KeyboardModifier.MetaModifier
)


class EventTimes:
    """Host time of an input event from the system's own stamp in it.

    The window may be busy painting while a key goes down. The system stamps the event
    at once, in milliseconds since some day; the event that came to us with the least
    delay tells that day.
    """

    def __init__(self) -> None:
        self._offset: float | None = None

    def host(self, stamp_ms: int, now: float) -> float:
        """When the event with this stamp happened, seconds of host time; now without a stamp."""
        if stamp_ms <= 0:
            return now
        offset = now - stamp_ms / 1000
        if self._offset is None or not 0 <= offset - self._offset <= OLDEST_S:
            self._offset = offset
        return stamp_ms / 1000 + self._offset


class RecordingKeys(QObject):
    """Sees the keys of a window that no shortcut and no text field has taken.

    ``down`` gets the text of the key, or its name for a page key, and the host time;
    it says whether it was of use. ``up`` the same when a used key is let go.
    """

    def __init__(
        self, window: QWidget, down: Callable[[str, float], bool], up: Callable[[str, float], None]
    ) -> None:
        super().__init__(window)
        self._window = window
        self._down = down
        self._up = up
        self._held: dict[int, str] = {}
        self._times = EventTimes()
        self._popup: QWidget | None = None
        handle = window.windowHandle()
        if handle is not None:
            handle.installEventFilter(self)

    def hear_in(self, popup: QWidget) -> None:
        """Keys label while this popup has the keyboard, too; what is held goes on."""
        self._popup = popup
        popup.installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Take the keys of labels; all others go their way."""
        kind = event.type()
        if kind == QEvent.Type.KeyPress and isinstance(event, QKeyEvent):
            return self.pressed(event)
        if kind == QEvent.Type.KeyRelease and isinstance(event, QKeyEvent):
            return self.released(event)
        if kind == QEvent.Type.FocusOut and watched is not self._popup:
            self._let_go()
        return super().eventFilter(watched, event)

    def pressed(self, event: QKeyEvent) -> bool:
        """A key goes down; True when it labels something."""
        if event.key() in self._held:
            # The keyboard repeats a held key: it is still the same press.
            return True
        if event.isAutoRepeat() or event.modifiers() & STRONG or typing():
            return False
        name = key_name(event)
        if not name or not self._down(name, self._at(event)):
            return False
        self._held[event.key()] = name
        return True

    def released(self, event: QKeyEvent) -> bool:
        """A key goes up; True when it had labelled something."""
        if event.isAutoRepeat():
            return event.key() in self._held
        name = self._held.pop(event.key(), None)
        if name is not None:
            self._up(name, self._at(event))
        return name is not None

    def _at(self, event: QInputEvent) -> float:
        return self._times.host(event.timestamp(), host_time())

    def _let_go(self) -> None:
        """Another window gets the keys: it would never be told here that one goes up."""
        held, self._held = self._held, {}
        for name in held.values():
            self._up(name, host_time())


def key_name(event: QKeyEvent) -> str:
    """The character of a key, F2, or the name of a page key."""
    if event.key() in PAGE_KEYS:
        return PAGE_KEYS[Qt.Key(event.key())]
    return "F2" if event.key() == Qt.Key.Key_F2 else event.text().lower()


def typing() -> bool:
    """Whether the keyboard belongs to a text field now."""
    focus = QApplication.focusWidget()
    return focus is not None and focus.testAttribute(Qt.WidgetAttribute.WA_InputMethodEnabled)
