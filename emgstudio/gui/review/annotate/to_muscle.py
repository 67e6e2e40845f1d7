"""Puts both ends of the selected label where the muscles began and ended."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING

from emgstudio.core.tasks import Progress, Task
from emgstudio.gui.review.document import Document

if TYPE_CHECKING:
    from emgstudio.session.session import Session

Ends = tuple[float | None, float | None]


class ToMuscle:
    """Looks beside everything else; ``frame`` takes over what was found.

    ``snap`` gives the nearest sample's time.
    """

    def __init__(
        self, session: Session, document: Document, snap: Callable[[float], float]
    ) -> None:
        self._session = session
        self._document = document
        self._snap = snap
        self._task: Task[Ends] | None = None
        self._id = ""

    def begin(self) -> None:
        """Look around the selected label, unless that is going on."""
        document, item = self._document, self._document.selected
        if item is None or item.is_event:
            document.said.emit("Select a segment first: A puts its ends where the muscle moved")
            return
        if document.is_locked(item.track):
            document.said.emit(document.why_locked or f"Track {item.track} is locked")
            return
        if self._task is not None:
            return
        stream, start, stop = document.stream, item.start, item.stop

        def work(progress: Progress) -> Ends:
            from emgstudio.session.suggest_cues import ends_near

            return ends_near(stream, start, stop, progress=progress)

        self._id = item.id
        self._task = self._session.tasks.submit("Looking for the ends of a label", work)

    def frame(self) -> None:
        """Change the label once its ends are known."""
        task = self._task
        if task is None or not task.ended:
            return
        self._task = None
        document, item = self._document, self._document.index.get(self._id)
        if task.error is not None:
            document.said.emit(str(task.error))
        if item is None or task.error is not None:
            return
        start, stop = task.result() if task.state == "done" else (None, None)
        if start is None and stop is None:
            document.said.emit("No clear change of the signals within 0.3 s of either end")
            return
        first = self._snap(item.start if start is None else start)
        last = self._snap(item.stop if stop is None else stop)
        if first < last:
            moved = (first - item.start) * 1000, (last - item.stop) * 1000
            what = f"Ends of {item.label} put on the muscle: {moved[0]:+.0f} and {moved[1]:+.0f} ms"
            document.change(replace(item, start=first, stop=last), what)

    def close(self) -> None:
        """Nobody asks any more."""
        if self._task is not None:
            self._task.cancel()
            self._task.wait()
            self._task = None
