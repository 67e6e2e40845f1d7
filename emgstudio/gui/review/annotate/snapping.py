"""Edges that are dragged catch on onsets, suggestions and other edges within 10 ms."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from emgstudio.core.tasks import Progress, Task
from emgstudio.gui.review.document import Document

if TYPE_CHECKING:
    from emgstudio.session.session import Session

REACH_S = 0.010
LONGEST_LOOK_S = 60.0
AROUND_S = 2.0

Floats = NDArray[np.float64]


class Edges:
    """What edges catch on in one recording.

    Those of annotations are always known. Onsets are looked for beside everything
    else where somebody begins to drag, and used as soon as they are there.
    """

    def __init__(self, session: Session, document: Document) -> None:
        self._session = session
        self._document = document
        self._onsets: Floats = np.empty(0)
        self._looked: list[tuple[float, float]] = []
        self._task: Task[Floats] | None = None

    def learn(self, edges: Floats) -> None:
        """These onsets and offsets (seconds) were found."""
        self._onsets = np.unique(np.concatenate([self._onsets, edges]))

    def look(self, start: float, stop: float) -> Task[Floats] | None:
        """Look for onsets between two times unless that was done or takes long."""
        self._collect()
        if self._task is not None or stop - start > LONGEST_LOOK_S:
            return None
        if any(a <= start and stop <= b for a, b in self._looked):
            return None
        stream = self._document.stream
        first, last = (stream.sample_at(t) for t in (start - AROUND_S, stop + AROUND_S))
        self._looked.append((start, stop))

        def work(progress: Progress) -> Floats:
            from emgstudio.session.activity import edges_between

            return edges_between(stream, first, last, progress=progress)

        self._task = self._session.tasks.submit("Looking for onsets", work)
        return self._task

    def snap(self, time: float, apart: str = "") -> float:
        """The nearest edge within 10 ms, not of the annotation ``apart``; else ``time``."""
        self._collect()
        near = [t for t in self._of_annotations(time, apart) if abs(t - time) <= REACH_S]
        at = int(np.searchsorted(self._onsets, time))
        near += [float(t) for t in self._onsets[max(0, at - 1) : at + 1] if abs(t - time) < REACH_S]
        return min(near, key=lambda t: abs(t - time), default=time)

    def close(self) -> None:
        """Nobody drags any more."""
        if self._task is not None:
            self._task.cancel()
            self._task.wait()
            self._task = None

    def _of_annotations(self, time: float, apart: str) -> list[float]:
        document = self._document
        found: list[float] = []
        for name in document.tracks:
            track = document.index.tracks.get(name)
            for item in track.within(time - REACH_S, time + REACH_S) if track else ():
                if item.id != apart:
                    found += [item.start, item.stop]
        return found

    def _collect(self) -> None:
        if self._task is not None and self._task.ended:
            task, self._task = self._task, None
            if task.state == "done":
                self.learn(task.result())
