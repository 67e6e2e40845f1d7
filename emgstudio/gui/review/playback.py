"""Plays a recording: a line that runs through the signals in real time, slower or faster."""

from __future__ import annotations

from PySide6.QtCore import QObject, Signal

from emgstudio.gui.review.document import Document
from emgstudio.gui.review.view import TimeView

SPEEDS = (0.1, 0.25, 0.5, 1.0, 2.0, 4.0, 8.0)
TURN_AT, LEAD = 0.96, 0.04


class Playback(QObject):
    """``moved`` follows the line (None: it stands), ``changed`` running, speed and loop.

    :meth:`frame` is called with the host's time as often as there are pictures; the line
    follows that time, not the number of pictures.
    """

    moved = Signal(object)
    changed = Signal()

    def __init__(self, view: TimeView) -> None:
        super().__init__()
        self._view = view
        self._document: Document | None = None
        self._last: float | None = None
        self.at = 0.0
        self.running = False
        self.loop = False
        self.speed = 1.0

    def show_document(self, document: Document | None) -> None:
        """Stand still; play another recording from now on."""
        # The one before may be closed: its cursor stays where it is.
        self._document = None
        self.stop()
        self._document = document

    def toggle(self) -> None:
        """Play from the cursor or the selection, or stop and leave the cursor where the line is."""
        if self.running:
            self.stop()
        elif self._document is not None:
            self.at = self._begin(self._document)
            self._last = None
            self.running = True
            self._view.reveal(self.at, LEAD)
            self.moved.emit(self.at)
            self.changed.emit()

    def stop(self) -> None:
        """Stand still."""
        if not self.running:
            return
        self.running = False
        self.moved.emit(None)
        if self._document is not None:
            self._document.move_cursor(self._view.snap(self.at))
        self.changed.emit()

    def set_loop(self, on: bool) -> None:
        """Play the selection, or what is visible, again and again."""
        self.loop = on
        self.changed.emit()

    def set_speed(self, speed: float) -> None:
        """``speed`` seconds of the recording in each second."""
        self.speed = speed
        self.changed.emit()

    def step_speed(self, steps: int) -> None:
        """The next faster (positive) or slower speed."""
        nearest = min(range(len(SPEEDS)), key=lambda i: abs(SPEEDS[i] - self.speed))
        self.set_speed(SPEEDS[min(max(nearest + steps, 0), len(SPEEDS) - 1)])

    def frame(self, now: float) -> None:
        """Go on to the host's time ``now`` in s."""
        if not self.running:
            return
        last, self._last = self._last, now
        if last is None:
            return
        start, stop = self._span()
        self.at += (now - last) * self.speed
        if self.at >= stop:
            if not self.loop:
                self.at = stop
                self.stop()
                return
            self.at = start + (self.at - stop) % max(stop - start, 1e-3)
        self._follow()
        self.moved.emit(self.at)

    def _begin(self, document: Document) -> float:
        """The cursor, unless it lies outside of what is selected or looped."""
        start, stop = document.range() or self._span()
        return document.cursor if start <= document.cursor < stop - 1e-6 else start

    def _span(self) -> tuple[float, float]:
        """What is played: the selection when looping, else up to the end of the recording."""
        chosen = self._document.range() if self._document else None
        if self.loop and chosen is not None and chosen[1] > chosen[0]:
            return chosen
        return self._view.begin, self._view.end

    def _follow(self) -> None:
        """Turn the page when the line comes near the edge."""
        view = self._view
        if not view.start <= self.at <= view.start + TURN_AT * view.span:
            view.go(self.at - LEAD * view.span)
