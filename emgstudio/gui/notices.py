"""What a person should read: a book of notices, and toasts that never interrupt.

Nothing here is modal. A toast leaves by itself unless it reports an error; the
book keeps everything that was said.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime

from PySide6.QtCore import QEvent, QObject, QSize, Qt, QTimer, Signal
from PySide6.QtGui import QAccessible, QAccessibleAnnouncementEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QScrollArea, QVBoxLayout, QWidget

from emgstudio.core.types import Level, Notice
from emgstudio.gui.assets import Picture
from emgstudio.gui.theme import theme
from emgstudio.gui.widgets import Popover, button, column, icon_button, label, row

KEPT = 200
SHOWN_AT_ONCE = 3
STAYS_S = {Level.INFO: 6.0, Level.WARNING: 12.0, Level.ERROR: 0.0}
LOOKS = {
    Level.INFO: ("info", "good"),
    Level.WARNING: ("check", "check"),
    Level.ERROR: ("stop", "stop"),
}
TOAST_WIDTH = 420

Actions = tuple[tuple[str, Callable[[], object]], ...]


@dataclass(frozen=True, slots=True)
class Entry:
    """A notice, when it came (last), and how often."""

    notice: Notice
    when: datetime
    times: int = 1


class NoticeBook(QObject):
    """Every notice since the start, newest last; the same notice again only counts up."""

    added = Signal(object, object)
    changed = Signal()

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.entries: list[Entry] = []
        self.unread = 0

    def add(self, notice: Notice, actions: Actions = ()) -> None:
        """Write a notice down and announce it."""
        now = datetime.now()
        last = self.entries[-1] if self.entries else None
        if last is not None and last.notice == notice:
            self.entries[-1] = replace(last, when=now, times=last.times + 1)
        else:
            self.entries.append(Entry(notice, now))
            del self.entries[:-KEPT]
            self.unread += notice.level != Level.INFO
        self.added.emit(notice, actions)
        self.changed.emit()

    def read(self) -> None:
        """A person has looked at the list."""
        self.unread = 0
        self.changed.emit()


class Toast(QFrame):
    """One notice with its buttons."""

    gone = Signal(object)

    def __init__(self, notice: Notice, actions: Actions, parent: QWidget) -> None:
        super().__init__(parent)
        self.notice = notice
        self._times = 1
        self.setProperty("role", "notice")
        self.setProperty("level", str(notice.level))
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.setAccessibleName(f"{notice.level}: {notice.text} {notice.hint}".strip())
        shape, colour = LOOKS[notice.level]
        self._text = label(notice.text, "heading", wrap=True)
        words = column(self._text, spacing=2)
        if notice.hint:
            words.addWidget(label(notice.hint, "muted", wrap=True))
        if actions:
            words.addSpacing(4)
            words.addLayout(row(*(self._button(*action) for action in actions), 1))
        close = icon_button("close", "Dismiss", self.dismiss)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(12, 10, 8, 10)
        layout.setSpacing(10)
        layout.addWidget(Picture(f"icons/{shape}", QSize(16, 16), colour), 0, _TOP)
        layout.addLayout(words, 1)
        layout.addWidget(close, 0, _TOP)
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.timeout.connect(self.dismiss)
        self._wait()

    def again(self) -> None:
        """The same notice came once more."""
        self._times += 1
        self._text.setText(f"{self.notice.text} ({self._times} times)")
        self._wait()

    def dismiss(self) -> None:
        """Leave; the book still has the notice."""
        self._timer.stop()
        self.gone.emit(self)

    def enterEvent(self, event: QEvent) -> None:
        """It stays while somebody points at it."""
        self._timer.stop()

    def leaveEvent(self, event: QEvent) -> None:
        """It may go now."""
        self._wait()

    def _wait(self) -> None:
        stays = STAYS_S[self.notice.level]
        if stays:
            self._timer.start(round(stays * 1000))

    def _button(self, text: str, called: Callable[[], object]) -> QWidget:
        def press() -> None:
            self.dismiss()
            called()

        return button(text, press)


_TOP = Qt.AlignmentFlag.AlignTop


class Toasts(QWidget):
    """The newest notices, stacked in the lower right corner of ``host``."""

    def __init__(self, book: NoticeBook, host: QWidget) -> None:
        super().__init__(host)
        self._host = host
        self._shown: list[Toast] = []
        self._stack = QVBoxLayout(self)
        self._stack.setContentsMargins(0, 0, 0, 0)
        self._stack.setSpacing(8)
        self.hide()
        host.installEventFilter(self)
        book.added.connect(self.show_notice)

    @property
    def toasts(self) -> list[Toast]:
        """What is shown now, oldest first."""
        return list(self._shown)

    def show_notice(self, notice: Notice, actions: Actions = ()) -> None:
        """Show a toast; an equal one that is still there counts up instead."""
        announce(self._host, f"{notice.text} {notice.hint}", urgent=notice.level == Level.ERROR)
        for toast in self._shown:
            if toast.notice == notice:
                toast.again()
                self._place()
                return
        toast = Toast(notice, actions, self)
        toast.gone.connect(self._remove)
        self._stack.addWidget(toast)
        self._shown.append(toast)
        toast.show()
        while len(self._shown) > SHOWN_AT_ONCE:
            self._remove(self._least_urgent())
        self._place()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Keep to the corner when the window changes its size."""
        if event.type() == QEvent.Type.Resize:
            self._place()
        return super().eventFilter(watched, event)

    def event(self, event: QEvent) -> bool:
        """Words that were laid out only now, or in another size, take the room they need."""
        done = super().event(event)
        if event.type() == QEvent.Type.LayoutRequest:
            self._place()
        return done

    def _least_urgent(self) -> Toast:
        order = [Level.INFO, Level.WARNING, Level.ERROR]
        return min(self._shown[:-1], key=lambda toast: order.index(toast.notice.level))

    def _remove(self, toast: Toast) -> None:
        if toast not in self._shown:
            return
        self._shown.remove(toast)
        self._stack.removeWidget(toast)
        toast.hide()
        toast.deleteLater()
        self._place()

    def _place(self) -> None:
        if not self._shown:
            self.hide()
            return
        width = min(theme().pixels(TOAST_WIDTH), self._host.width() - 32)
        self.setFixedWidth(width)
        height = self._stack.totalHeightForWidth(width)
        self.setFixedHeight(height if height > 0 else self._stack.sizeHint().height())
        self.move(self._host.width() - width - 16, self._host.height() - self.height() - 16)
        self.show()
        self.raise_()


def announce(widget: QWidget, text: str, *, urgent: bool = False) -> None:
    """Let a screen reader say something that happened."""
    event = QAccessibleAnnouncementEvent(widget, text.strip())
    if urgent:
        event.setPoliteness(QAccessible.AnnouncementPoliteness.Assertive)
    QAccessible.updateAccessibility(event)


def notice_list(book: NoticeBook, parent: QWidget) -> Popover:
    """The book, newest first, as a popover."""
    lines = QVBoxLayout()
    lines.setContentsMargins(0, 0, 0, 0)
    lines.setSpacing(12)
    for entry in reversed(book.entries):
        lines.addLayout(_line(entry))
    if not book.entries:
        lines.addWidget(label("Nothing to report.", "muted"))
    lines.addStretch(1)
    page = QWidget()
    page.setProperty("role", "page")
    page.setLayout(lines)
    scroll = QScrollArea()
    scroll.setWidgetResizable(True)
    scroll.setWidget(page)
    scroll.setMinimumSize(
        theme().pixels(TOAST_WIDTH), theme().pixels(min(320, 60 + 60 * len(book.entries)))
    )
    scroll.setAccessibleName("Notices, newest first")
    made = Popover(parent, column(label("Notices", "heading"), scroll, spacing=10))
    made.setAccessibleName("Notices")
    book.read()
    return made


def _line(entry: Entry) -> QHBoxLayout:
    shape, colour = LOOKS[entry.notice.level]
    times = f" ({entry.times} times)" if entry.times > 1 else ""
    words = column(label(entry.notice.text + times, wrap=True), spacing=2)
    if entry.notice.hint:
        words.addWidget(label(entry.notice.hint, "muted", wrap=True))
    made = QHBoxLayout()
    made.setSpacing(10)
    made.addWidget(Picture(f"icons/{shape}", QSize(14, 14), colour), 0, _TOP)
    made.addWidget(label(f"{entry.when:%H:%M:%S}", "muted"), 0, _TOP)
    made.addLayout(words, 1)
    return made
