"""The channel map of one device: what each channel is called, where it sits, whether it counts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import Signal
from PySide6.QtWidgets import QFrame, QVBoxLayout, QWidget

from emgstudio.core.errors import EmgError
from emgstudio.gui.assets import set_icon
from emgstudio.gui.devices.channel_table import ChannelModel, ChannelTable
from emgstudio.gui.devices.tap_part import TapPart, wrapping_status
from emgstudio.gui.flow import FlowLayout
from emgstudio.gui.widgets import button, column, label, row
from emgstudio.session import channel_map
from emgstudio.session.channel_map import Problem
from emgstudio.session.sensors import ChannelNote

if TYPE_CHECKING:
    from emgstudio.devices.stream import Stream
    from emgstudio.devices.worker import DeviceWorker
    from emgstudio.session.session import Session

Notes = tuple[ChannelNote, ...]
LEVEL_S = 0.25
UNDO_KEPT = 200
PROBLEMS_SHOWN = 4
SAVED = "Saved and in use."
LATER = "Saved. {} needs the channels as they are now; the map is used when it has ended."


class StreamMap(QWidget):
    """The table of one stream under a button that folds it."""

    def __init__(self, session: Session, worker: DeviceWorker, stream: Stream) -> None:
        super().__init__()
        self.session, self.worker, self.stream = session, worker, stream
        info = worker.as_the_device_says(stream)
        self.emg = any(channel.kind == "EMG" for channel in info.channels)
        self.model = ChannelModel(info, channel_map.stored_notes(session, worker, stream))
        self.table = ChannelTable(self.model)
        self.head = button(
            f"{info.name}: {info.n_channels} channels in {info.channels[0].unit}",
            self._fold,
            kind="quiet",
        )
        self.setLayout(column(row(self.head, 1), self.table, spacing=4))
        self._show_table(self.emg)

    def refresh(self) -> None:
        """The newest levels and impedances."""
        if self.table.isHidden():
            return
        self.model.show_levels(levels_of(self.stream).tolist())
        first = self.worker.streams[0] is self.stream
        found = self.worker.readings.values() if first else ()
        self.model.show_impedance(
            {
                reading.channel: f"{reading.value:.3g} {reading.unit}"
                for reading in found
                if reading.key == "impedance" and reading.channel is not None
            }
        )

    def check(self) -> tuple[Problem, ...]:
        """Look for what is wrong with the map as it is edited now."""
        found = channel_map.problems(self.session, self.worker, self.stream, self.model.notes)
        self.model.show_problems(found)
        return found

    def value_of(self, problem: Problem) -> tuple[str, str]:
        """What several channels have in common that must not be."""
        note = self.model.notes[problem.channel]
        if problem.field == "site":
            return note.site.casefold(), note.side
        return note.name or self.model.info.channels[problem.channel].name, ""

    def _fold(self) -> None:
        self._show_table(self.table.isHidden())

    def _show_table(self, shown: bool) -> None:
        self.table.setVisible(shown)
        set_icon(self.head, "chevron-down" if shown else "chevron-right")
        self.head.setToolTip("Hide the channels" if shown else "Show the channels")
        self.head.setAccessibleDescription("Open" if shown else "Folded")


class ChannelMap(QFrame):
    """Every stream of a device, those with EMG first; each edit is stored at once.

    ``said`` carries an EmgError that a person should read.
    """

    said = Signal(object)

    def __init__(self, session: Session, worker: DeviceWorker) -> None:
        super().__init__()
        self.setProperty("role", "well")
        self.setAccessibleName("Channel map")
        self.session, self.worker = session, worker
        self.streams: list[StreamMap] = []
        self._before: list[tuple[StreamMap, Notes]] = []
        self._waiting = False
        self.status = wrapping_status()
        self.undo_button = button("Undo", self.undo, icon="undo")
        self.reset_button = button("As the device says", self.reset, icon="repeat")
        self.tap_button = button("Tap to assign", self._tap, icon="hand")
        self.tap_button.setCheckable(True)
        self.tapping: TapPart | None = None
        self._tools = FlowLayout((8, 8))
        for made in (self.tap_button, self.undo_button, self.reset_button):
            self._tools.addWidget(made)
        self._problems = label("", wrap=True)
        self._problems.hide()
        self._choices = QWidget()
        self._choice_flow = FlowLayout((8, 8))
        self._choices.setLayout(self._choice_flow)
        self._choices.hide()
        self._tap_place = QVBoxLayout()
        self._stream_place = QVBoxLayout()
        self._stream_place.setSpacing(8)
        self._parts = column(
            self._tools, self._tap_place, self._stream_place, self._problems, self.status, spacing=8
        )
        self._parts.setContentsMargins(12, 12, 12, 12)
        self.setLayout(self._parts)
        self.undo_button.setEnabled(False)
        self.status.hide()

    def refresh(self) -> None:
        """Newest levels; taps; and a map that waited is used once nobody needs the old one."""
        if not self.streams and self.worker.streams:
            self._make_streams()
        for one in self.streams:
            one.refresh()
        self.tap_button.setEnabled(bool(self.streams) and self.streams[0].emg)
        if self.tapping is not None:
            self.tapping.refresh()
        if self._waiting and channel_map.use_maps(self.session, self.worker):
            self._waiting = False
            self.status.show_status("good", SAVED)

    def undo(self) -> str | None:
        """Take the last change back; its text, None when there is none."""
        if not self._before:
            return None
        one, notes = self._before.pop()
        self.undo_button.setEnabled(bool(self._before))
        one.model.show_notes(notes)
        self._store(one)
        return "Channel map: last change taken back."

    def reset(self) -> None:
        """Every channel is again as the device says."""
        for one in self.streams:
            if any(note != ChannelNote() for note in one.model.notes):
                self.change(one, channel_map.padded((), one.model.info.n_channels))

    def change(self, one: StreamMap, notes: Notes) -> None:
        """Another map for a stream, as one step that can be taken back."""
        before = one.model.notes
        one.model.show_notes(notes)
        self._edited(one, before)

    def _make_streams(self) -> None:
        made = [StreamMap(self.session, self.worker, stream) for stream in self.worker.streams]
        self.streams = sorted(made, key=lambda one: not one.emg)
        for one in self.streams:
            self._stream_place.addWidget(one)
            one.model.edited.connect(lambda before, one=one: self._edited(one, before))
            one.check()

    def _edited(self, one: StreamMap, before: Notes) -> None:
        self._before = [*self._before, (one, before)][-UNDO_KEPT:]
        self.undo_button.setEnabled(True)
        self._store(one)

    def _store(self, one: StreamMap) -> None:
        found = [(other, problem) for other in self.streams for problem in other.check()]
        self._show_problems(found)
        self.status.show()
        if any(other is one and problem.grave for other, problem in found):
            self.status.show_status(
                "stop", "Not saved yet: see above. What you typed is kept here."
            )
            return
        try:
            used = channel_map.store_map(self.session, self.worker, one.stream, one.model.notes)
        except EmgError as error:
            self.status.show_status("stop", "Not saved. What you typed is kept here.")
            self.said.emit(error)
            return
        self._waiting = not used
        holder = channel_map.needed_by(self.session, self.worker).capitalize()
        self.status.show_status(
            "good" if used else "check", SAVED if used else LATER.format(holder)
        )

    def _show_problems(self, found: Sequence[tuple[StreamMap, Problem]]) -> None:
        # What concerns several channels is marked at each, and said once.
        said = {
            (one, problem.field, one.value_of(problem)): f"Channel {problem.channel + 1}: {problem}"
            for one, problem in reversed(found)
        }
        lines = list(said.values())[::-1]
        if len(lines) > PROBLEMS_SHOWN:
            lines[PROBLEMS_SHOWN:] = [f"and {len(lines) - PROBLEMS_SHOWN} more"]
        self._problems.setText("\n".join(lines))
        self._problems.setVisible(bool(lines))
        self._offer_choice(found)

    def _offer_choice(self, found: Sequence[tuple[StreamMap, Problem]]) -> None:
        """Which of the channels that claim one muscle keeps it; the first such muscle."""
        flow = self._choice_flow
        while (item := flow.takeAt(0)) is not None:
            if (gone := item.widget()) is not None:
                gone.hide()
                gone.deleteLater()
        claims = [(one, problem) for one, problem in found if problem.field == "site"]
        rivals = [
            problem.channel
            for one, problem in claims
            if one is claims[0][0] and one.value_of(problem) == one.value_of(claims[0][1])
        ]
        self._choices.setVisible(len(rivals) > 1)
        for channel in rivals if len(rivals) > 1 else ():
            text = f"Channel {channel + 1} keeps it"
            flow.addWidget(button(text, partial(self._keep, claims[0][0], channel, rivals)))

    def _keep(self, one: StreamMap, channel: int, rivals: Sequence[int]) -> None:
        others = set(rivals) - {channel}
        notes = enumerate(one.model.notes)
        self.change(
            one,
            tuple(replace(note, site="", side="") if k in others else note for k, note in notes),
        )

    def _tap(self) -> None:
        if self.tapping is not None:
            self.tapping.hide()
            self._tap_place.removeWidget(self.tapping)
            self.tapping.deleteLater()
            self.tapping = None
            self.tap_button.setChecked(False)
            self.streams[0].table.setEnabled(True)
            return
        one = self.streams[0]
        one.table.setEnabled(False)
        self.tapping = TapPart(self.worker, one.stream, one.model.notes)
        self.tapping.assigned.connect(lambda notes: self.change(one, notes))
        self.tapping.finished.connect(self._tap)
        self._tap_place.addWidget(self.tapping)
        self.tap_button.setChecked(True)


def levels_of(stream: Stream) -> NDArray[np.float64]:
    """RMS of conditioned EMG over 0.25 s, the mean of what is no EMG; NaN before data."""
    info = stream.info
    count = max(1, round(LEVEL_S * info.rate))
    levels = np.full(info.n_channels, np.nan)
    clean, raw = stream.clean.latest(count), stream.raw.latest(count)
    if clean.valid.any():
        levels = np.sqrt(np.mean(np.square(clean.data[clean.valid], dtype=np.float64), axis=0))
    others = np.array([channel.kind != "EMG" for channel in info.channels])
    if others.any() and raw.valid.any():
        values = info.to_physical(raw.data[raw.valid])
        levels[others] = values.mean(axis=0, dtype=np.float64)[others]
    return levels
