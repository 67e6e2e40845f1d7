"""The strip of labels that is there while a recording runs, in every room."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QComboBox, QFrame, QGridLayout, QSizePolicy, QVBoxLayout, QWidget

from emgstudio.core.clock import host_time
from emgstudio.gui import wording
from emgstudio.gui.flow import FlowLayout
from emgstudio.gui.recording.label_button import LabelButton
from emgstudio.gui.recording.score_popover import ScorePopover
from emgstudio.gui.review.fields import TypingField
from emgstudio.gui.theme import theme
from emgstudio.gui.widgets import Popover, button, icon_button, label, large_target
from emgstudio.session.label_sets import LabelSets

if TYPE_CHECKING:
    from emgstudio.core.types import Annotation
    from emgstudio.session.recording_marks import RecordingMarks
    from emgstudio.session.session import Session

Attempt = Callable[[Callable[[], object]], object]
NOTE_WIDTH = 180
TARGET = 44
MARGIN, SIDES, GAP = 4, 10, 6
MOST_LINES = 2
LABELS_ACROSS = 3
SCORE_KEY = "q"
NOTE_KEY = "F2"


class RecordingStrip(QFrame):
    """Labels by mouse and finger; the keys come from :class:`RecordingKeys` and end here too.

    ``attempt`` does what a person asked for and tells what goes wrong. ``list_opened`` carries
    the list of labels, which has the keyboard while it is open.
    """

    setup_wanted = Signal()
    list_opened = Signal(QWidget)

    def __init__(self, session: Session, attempt: Attempt) -> None:
        super().__init__()
        self._session = session
        self._attempt = attempt
        self._note_at: float | None = None
        self._folded = self._compact = False
        self.buttons: dict[str, LabelButton] = {}
        self._offered: dict[str, LabelButton] = {}
        self._list: Popover | None = None
        self.setProperty("role", "toolbar")
        self.setAccessibleName("Labels of the recording")
        self.sets = QComboBox()
        self.sets.setAccessibleName("Label set")
        self.sets.setToolTip("Which labels the keys give")
        self.sets.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToContents)
        self.labels = button("Labels", self._offer_labels, icon="mark")
        self.score = button("", self.ask_score, tooltip=f"Key {SCORE_KEY.upper()}: 0 to 10")
        self.note = TypingField()
        self.note.setPlaceholderText("Note, Enter")
        self.note.setAccessibleName("Note at this moment")
        self.note.setToolTip("F2: the note is kept with the moment of the key")
        self.note.returnPressed.connect(self._keep_note)
        self.undo = button("Undo", self._undo, icon="undo", tooltip="Take the last label back")
        self.setup = icon_button(
            "settings", "Labels, cue scripts, triggers (Ctrl+L)", self.setup_wanted.emit
        )
        self.last = label("", "muted")
        self.last.setMinimumHeight(TARGET)
        large_target(self.sets, self.labels, self.score, self.note, self.undo, self.setup)
        for widget in (self.sets, self.labels, self.score, self.undo, self.setup):
            widget.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self._flow = FlowLayout((GAP, 4))
        around = QVBoxLayout(self)
        around.setContentsMargins(SIDES, MARGIN, SIDES, MARGIN)
        around.addLayout(self._flow)
        policy = QSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Minimum)
        policy.setHeightForWidth(True)
        self.setSizePolicy(policy)
        self.show_sets()
        self._follow_theme()
        self.sets.activated.connect(lambda _index: self._use(self.sets.currentText()))
        theme().changed.connect(self._follow_theme)

    def fold(self, on: bool) -> None:
        """One line where a room needs its height: labels then have their keys and a list."""
        self._folded = on
        self._arrange()

    @property
    def compact(self) -> bool:
        """Whether labels have moved into a list, for a room or because texts are large."""
        return self._compact

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Less room, fewer lines."""
        super().resizeEvent(event)
        self._arrange()

    def _arrange(self) -> None:
        """Not more lines than leave room for the signals."""
        always = [self.score, self.note, self.undo, self.setup]
        everything = [self.sets, *self.buttons.values(), *always]
        self._compact = self._folded or self._lines(everything) > MOST_LINES
        for widget in everything[: -len(always)]:
            widget.setVisible(not self._compact)
        self.labels.setVisible(self._compact and bool(self.buttons))
        shown = [self.labels, *always] if self._compact else everything
        # What was said last begins no line of its own.
        self.last.setVisible(self._lines([*shown, self.last]) == self._lines(shown))
        self.updateGeometry()

    def _lines(self, widgets: Sequence[QWidget]) -> int:
        """How many lines these would take."""
        lines, x, room = 1, 0, self.width() - 2 * SIDES
        for widget in widgets:
            widget.ensurePolished()
            width = widget.sizeHint().width()
            width = min(max(width, widget.minimumWidth()), widget.maximumWidth())
            if x and x + width > room:
                lines, x = lines + 1, 0
            x += width + GAP
        return lines

    @property
    def marks(self) -> RecordingMarks:
        return self._session.recording.marks

    def minimumSizeHint(self) -> QSize:
        """As high as its lines at the width it has."""
        inside = max(200, self.width() - 2 * SIDES)
        return QSize(200, self._flow.heightForWidth(inside) + 2 * MARGIN)

    def show_sets(self) -> None:
        """The label sets there are, and the labels of the one in use."""
        names = list(LabelSets().all())
        self.sets.clear()
        self.sets.addItems(names)
        self.sets.setCurrentText(self.marks.labels.name)
        self._show_labels()

    def key_down(self, name: str, host: float) -> bool:
        """A key that nobody else wants; True when it is one of ours."""
        about = self.marks.labels.at_key(name)
        if about is not None:
            self._press(about.name, host)
        elif name == SCORE_KEY:
            self._close_list()
            self.ask_score()
        elif name == NOTE_KEY:
            self._close_list()
            self._note_at = host
            self.note.setFocus()
        else:
            return False
        return True

    def key_up(self, name: str, host: float) -> None:
        """It was let go."""
        about = self.marks.labels.at_key(name)
        if about is not None:
            self._release(about.name, host)

    def ask_score(self) -> None:
        """Offer the numbers 0 to 10."""
        scale = self.marks.labels.score or "it"
        popover = ScorePopover(
            self.window(),
            scale,
            lambda value: self._attempt(lambda: self._said(self.marks.score(value))),
        )
        popover.show_beside(self.score)

    def refresh(self) -> None:
        """How long open spans have gone on."""
        recorder = self._session.recorder
        if recorder is None:
            return
        now = recorder.now()
        begun = self.marks.begun
        for name, made in (*self.buttons.items(), *self._offered.items()):
            since = begun.get(name)
            made.show_open(None if since is None else max(0.0, now - since))

    def _show_labels(self) -> None:
        while (item := self._flow.takeAt(0)) is not None:
            widget = item.widget()
            if isinstance(widget, LabelButton):
                widget.deleteLater()
        self.buttons = {about.name: self._button(about.name) for about in self.marks.labels.labels}
        scale = self.marks.labels.score
        self.score.setText(f"Q  {scale.capitalize() or 'Score'} 0–10")
        self.score.setAccessibleName(f"{scale.capitalize() or 'Score'}, 0 to 10")
        for widget in (
            self.sets,
            self.labels,
            *self.buttons.values(),
            self.score,
            self.note,
            self.undo,
            self.setup,
            self.last,
        ):
            self._flow.addWidget(widget)
            widget.show()
        self._arrange()
        self.refresh()

    def _offer_labels(self) -> None:
        """The labels in a list that stays open, for mouse and finger."""
        self._offered = {about.name: self._button(about.name) for about in self.marks.labels.labels}
        grid = QGridLayout()
        for at, made in enumerate(self._offered.values()):
            grid.addWidget(made, *divmod(at, LABELS_ACROSS))
        popover = self._list = Popover(self.window(), grid)
        popover.setAccessibleName("Labels")
        popover.destroyed.connect(self._list_closed)
        popover.show_beside(self.labels)
        self.list_opened.emit(popover)
        self.refresh()

    def _close_list(self) -> None:
        if self._list is not None:
            self._list.close()

    def _list_closed(self) -> None:
        self._list = None
        self._offered.clear()

    def _button(self, name: str) -> LabelButton:
        about = self.marks.labels.label(name)
        assert about is not None
        made = LabelButton(about)
        made.pressed.connect(lambda: self._press(name, host_time()))
        made.released.connect(lambda: self._release(name, host_time()))
        return made

    def _press(self, name: str, host: float) -> None:
        self._attempt(lambda: self._said(self.marks.press(name, host)))
        self.refresh()

    def _release(self, name: str, host: float) -> None:
        self._attempt(lambda: self.marks.release(name, host))
        self.refresh()

    def _keep_note(self) -> None:
        text, at = self.note.text(), self._note_at
        self._note_at = None
        self.note.clear()
        if text.strip():
            self._attempt(lambda: self._said(self.marks.note(text, at)))

    def _undo(self) -> None:
        text = self._attempt(self.marks.undo)
        self._tell(f"undone: {text}" if text else "nothing to undo")
        self.refresh()

    def _use(self, name: str) -> None:
        made = LabelSets().get(name)
        self._attempt(lambda: self.marks.use(made))
        settings = self._session.settings.changed("recording", label_set=name)
        self._attempt(lambda: self._session.update_settings(settings))
        self._show_labels()

    def _said(self, made: Annotation) -> None:
        self._tell(f"{made.label} at {wording.clock_time(made.start)}")

    def _tell(self, words: str) -> None:
        self.last.setText(words)
        self._arrange()

    def _follow_theme(self) -> None:
        self.note.setFixedWidth(theme().pixels(NOTE_WIDTH))
        for made in self.buttons.values():
            made.follow_theme()
        self._arrange()
