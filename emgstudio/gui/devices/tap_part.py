"""Tap to assign: the person taps one sensor after another, the channel that jumps is it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QComboBox, QFrame, QSizePolicy, QWidget

from emgstudio.gui.devices.channel_fields import muscle_line
from emgstudio.gui.flow import FlowLayout
from emgstudio.gui.widgets import StatusWord, button, column, label, restyle, row
from emgstudio.session.sensors import ChannelNote
from emgstudio.session.tapping import Place, Tap, TapAssignment, TapWatch

if TYPE_CHECKING:
    from emgstudio.devices.stream import Stream
    from emgstudio.devices.worker import DeviceWorker

SIDES = {
    "no side": ("",),
    "left": ("left",),
    "right": ("right",),
    "left and right": ("left", "right"),
}
LISTEN = "Keep the muscles soft and tap it once, firmly."
LEARN = "Keep still for a moment…"


def wrapping_status() -> StatusWord:
    """A status whose words use the whole width and go on in the next line."""
    made = StatusWord()
    made.word.setWordWrap(True)
    made.word.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
    made.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Minimum)
    return made


class TapPart(QFrame):
    """First the order of the muscles, then one tap for each.

    ``assigned`` carries the whole channel map after each step, ``finished`` comes
    when the person is through or has enough.
    """

    assigned = Signal(object)
    finished = Signal()

    def __init__(self, worker: DeviceWorker, stream: Stream, notes: Sequence[ChannelNote]) -> None:
        super().__init__()
        self.setAccessibleName("Tap to assign")
        restyle(self, "role", "card")
        self._worker, self._stream = worker, stream
        self._before = tuple(notes)
        self.places = [Place(n.site, n.side) for n in notes if n.site and n.used]
        self.assignment: TapAssignment | None = None
        self._watch: TapWatch | None = None
        self._reader = stream.clean.reader()
        self._list_part = self._make_list()
        self._tap_part = self._make_tapping()
        self._tap_part.hide()
        parts = column(self._list_part, self._tap_part)
        parts.setContentsMargins(14, 12, 14, 12)
        self.setLayout(parts)
        self._show_places()

    def begin(self) -> None:
        """Ask for the first place."""
        if self.muscle.text().strip():
            self._add()
        if not self.places:
            self.hint.show_status("check", "Name at least one muscle.")
            self.hint.show()
            return
        self.assignment = TapAssignment(self.places)
        watched = [k for k, note in enumerate(self._before) if note.used]
        info = self._stream.info
        self._watch = TapWatch(info.rate, info.n_channels, watched)
        self._reader = self._stream.clean.reader()
        self._list_part.hide()
        self._tap_part.show()
        self._ask()

    def refresh(self) -> None:
        """Look whether somebody tapped."""
        if self._watch is None or self.assignment is None:
            return
        chunk = self._reader.take()
        if self._reader.lost:
            self._reader = self._stream.clean.reader()
        learned = self._watch.ready
        for tap in self._watch.feed(chunk.data, chunk.valid):
            self._take(tap)
        if self._watch.ready != learned and self.assignment.place is not None:
            self.hint_now.show_status("lamp-off", LISTEN)

    def skip(self) -> None:
        """No sensor for this muscle."""
        if self.assignment is not None:
            self.assignment.skip()
            self._ask()

    def back(self) -> None:
        """Ask for the muscle before again; its channel is as it was."""
        if self.assignment is not None and self.assignment.back():
            self.assigned.emit(self.assignment.notes(self._before))
            self._ask()

    def _take(self, tap: Tap) -> None:
        assignment = self.assignment
        if assignment is None or assignment.place is None:
            return
        names = [f"channel {k + 1}" for k in tap.channels]
        if tap.lasting:
            self.hint_now.show_status("check", f"That was a muscle at work ({names[0]}). {LISTEN}")
        elif not tap.clear:
            both = " and ".join(names[:2])
            self.hint_now.show_status("check", f"Not clear: {both} jumped. Tap again, one only.")
        else:
            place = assignment.place
            taken = assignment.give(tap.channels[0])
            if taken is not None:
                text = f"{names[0].capitalize()} is “{taken.words}” already. Tap another one."
                self.hint_now.show_status("check", text)
                return
            self.assigned.emit(assignment.notes(self._before))
            self._ask(f"{place.words}: {names[0]}.")

    def _ask(self, done: str = "") -> None:
        assignment = self.assignment
        if assignment is None:
            return
        # A simulated person keeps still like a real one who was asked to.
        self._worker.perform("rest")
        place, count = assignment.place, len(assignment.places)
        self.back_button.setEnabled(assignment.done > 0)
        self.skip_button.setEnabled(place is not None)
        if place is None:
            given = len(assignment.assigned)
            self.prompt.setText(f"{given} of {count} sensors are assigned.")
            self.progress.setText(done)
            self.hint_now.show_status("good", "All have had their turn.")
            self.stop_button.setText("Done")
            return
        self.stop_button.setText("Stop")
        self.prompt.setText(f"Tap the sensor for {place.words}")
        self.progress.setText(f"{assignment.done + 1} of {count}. {done}".strip())
        ready = self._watch is not None and self._watch.ready
        self.hint_now.show_status("good" if done else "lamp-off", LISTEN if ready else LEARN)

    def _make_list(self) -> QWidget:
        self.muscle = muscle_line()
        self.muscle.setPlaceholderText("Muscle, for example Vastus medialis")
        self.muscle.returnPressed.connect(self._add)
        self.side = QComboBox()
        self.side.setAccessibleName("Side of the body")
        for words, sides in SIDES.items():
            self.side.addItem(words, sides)
        self.add_button = button("Add", self._add, icon="plus")
        self.remove_button = button("Remove last", self._remove, icon="minus")
        self.begin_button = button("Begin", self.begin, icon="hand", kind="primary")
        self.cancel_button = button("Cancel", self.finished.emit)
        self.order = label("", wrap=True)
        self.hint = StatusWord()
        self.hint.hide()
        tools = FlowLayout((8, 8))
        for one in (self.side, self.add_button, self.remove_button):
            tools.addWidget(one)
        made = QWidget()
        made.setLayout(
            column(
                label("In which order will you tap the sensors?", "heading", wrap=True),
                self.muscle,
                tools,
                self.order,
                self.hint,
                row(self.begin_button, self.cancel_button, 1),
            )
        )
        return made

    def _make_tapping(self) -> QWidget:
        self.prompt = label("", "title", wrap=True)
        self.progress = label("", "muted", wrap=True)
        self.hint_now = wrapping_status()
        self.skip_button = button("Skip", self.skip, icon="arrow-right")
        self.back_button = button("Back", self.back, icon="undo")
        self.stop_button = button("Stop", self.finished.emit)
        tools = FlowLayout((8, 8))
        for one in (self.skip_button, self.back_button, self.stop_button):
            tools.addWidget(one)
        made = QWidget()
        made.setLayout(column(self.prompt, self.progress, self.hint_now, tools))
        return made

    def _add(self) -> None:
        site = " ".join(self.muscle.text().split())
        if not site:
            self.hint.show_status("check", "Type the name of a muscle first.")
            self.hint.show()
            return
        new = [Place(site, side) for side in self.side.currentData()]
        self.places += [place for place in new if place not in self.places]
        self.muscle.clear()
        self.muscle.setFocus(Qt.FocusReason.OtherFocusReason)
        self.hint.hide()
        self._show_places()

    def _remove(self) -> None:
        self.places = self.places[:-1]
        self._show_places()

    def _show_places(self) -> None:
        words = [f"{k}. {place.words}" for k, place in enumerate(self.places, start=1)]
        self.order.setText("   ".join(words) or "Nothing yet.")
        self.remove_button.setEnabled(bool(self.places))
