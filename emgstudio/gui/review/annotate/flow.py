"""Flow mode: suggestion after suggestion comes into view at the same place, with pace in words."""

from __future__ import annotations

import time
from collections.abc import Callable

import numpy as np

from emgstudio.core.types import Annotation
from emgstudio.gui.review.document import Document
from emgstudio.gui.review.view import TimeView
from emgstudio.storage.annotation_columns import AnnotationColumns

PLACE = 0.3
CONTEXT_S = 1.0
# Who looks away for so long is not working; that pause is no part of the pace.
PAUSE_S = 30.0


class Flow:
    """Begun with the suggestions that wait; the zoom stays as it was then.

    ``clock`` gives seconds.
    """

    def __init__(
        self, document: Document, view: TimeView, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self.document = document
        self.view = view
        self._clock = clock
        waiting = self._waiting()
        self.total = len(waiting)
        longest = np.sort(waiting.stops - waiting.starts)
        usual = float(longest[int(0.9 * (len(longest) - 1))]) if len(longest) else 1.0
        self._span = max((usual + CONTEXT_S) / (1 - PLACE), CONTEXT_S / PLACE)
        self._times: list[float] = []
        self._last = clock()

    @property
    def left(self) -> int:
        """How many suggestions still wait."""
        return len(self._waiting())

    @property
    def done(self) -> int:
        """How many were decided on."""
        return max(0, self.total - self.left)

    @property
    def pace_s(self) -> float | None:
        """Seconds for each so far, None before the first."""
        return sum(self._times) / len(self._times) if self._times else None

    def text(self) -> str:
        """Progress and pace in words."""
        left = self.left
        if not left:
            pace = self.pace_s
            spent = f" at {pace:.1f} s each" if pace is not None else ""
            return f"All {self.total} checked{spent}"
        pace = self.pace_s
        if pace is None:
            return f"{self.done} of {self.total} checked"
        return (
            f"{self.done} of {self.total} checked, {pace:.1f} s per segment, "
            f"{in_words(pace * left)} left"
        )

    def decided(self) -> None:
        """Somebody has just decided on one; the next comes into view."""
        now = self._clock()
        spent, self._last = now - self._last, now
        if spent < PAUSE_S:
            self._times.append(spent)
        self.go_on()

    def go_on(self) -> bool:
        """Show the first that waits, from the cursor on; False when none does."""
        item = self.next()
        if item is None:
            return False
        self.document.select(item.id)
        start = item.start - PLACE * self._span
        self.view.show_span(start, start + self._span)
        return True

    def next(self) -> Annotation | None:
        """The first suggestion from the cursor on, else the first of all."""
        waiting = self._waiting()
        at = int(np.searchsorted(waiting.starts, self.document.cursor - 1e-9))
        return waiting[at if at < len(waiting) else 0] if len(waiting) else None

    def _waiting(self) -> AnnotationColumns:
        waiting = self.document.index.suggestions
        shown = [waiting.stock.known(name) for name in self.document.tracks]
        return waiting.take(np.isin(waiting.rows["track"], shown))


def in_words(seconds: float) -> str:
    """``1 min 40 s``; below a minute only seconds."""
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes} min {rest} s" if minutes else f"{rest} s"
