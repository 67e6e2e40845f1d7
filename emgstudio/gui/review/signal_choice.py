"""Which view of the recorded signals is shown: raw, conditioned, rectified, envelope."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from emgstudio.core.errors import EmgError
from emgstudio.dsp.signal_view import Shown, SignalView
from emgstudio.gui.review.document import Document
from emgstudio.gui.review.source import CONDITION_UP_TO_S
from emgstudio.gui.review.view import TimeView


class SignalChoice:
    """Changes what the document's source shows; ``changed`` follows, ``say`` tells in words."""

    def __init__(
        self, view: TimeView, changed: Callable[[], None], say: Callable[[str], None]
    ) -> None:
        self._view = view
        self._changed = changed
        self._say = say
        self._last = Shown.CONDITIONED
        self.document: Document | None = None

    def choose(self, shown: Shown) -> None:
        """Show this kind of signal; a span that is too wide for it gets narrower."""
        if self.document is not None:
            self._use(replace(self.document.source.view, shown=shown))

    def switch(self) -> None:
        """From raw to what was shown before it, and back."""
        document = self.document
        if document is not None:
            self.choose(self._last if document.source.raw else Shown.RAW)

    def take_out(self, *, heartbeat: bool | None = None, hum: bool | None = None) -> None:
        """Take the heartbeat or the hum out of what is shown, or leave it in."""
        document = self.document
        if document is None:
            return
        view = document.source.view
        if heartbeat is not None:
            view = replace(view, heartbeat_out=heartbeat)
        if hum is not None:
            view = replace(view, hum_out=hum)
        if heartbeat or hum:
            # Raw is raw: what is taken out can be seen in the other views only.
            shown = view.shown if view.shown is not Shown.RAW else Shown.CONDITIONED
            view = replace(view, shown=shown)
        self._use(view)

    def moved(self) -> None:
        """Back to raw where too much time is shown to be filtered."""
        document = self.document
        if document is None or document.source.raw:
            return
        if not document.source.can_condition(self._view.span):
            kind = document.source.view.shown
            document.source.show(replace(document.source.view, shown=Shown.RAW))
            self._changed()
            self._say(f"Raw again: {kind} is for up to {CONDITION_UP_TO_S:g} s on screen")

    def _use(self, view: SignalView) -> None:
        document = self.document
        assert document is not None
        before = document.source.view
        if view.shown is not Shown.RAW:
            self._last = view.shown
            if not document.source.can_condition(self._view.span):
                middle = self._view.start + self._view.span / 2
                half = CONDITION_UP_TO_S / 2
                self._view.show_span(middle - half, middle + half)
        document.source.show(view)
        try:
            self._changed()
        except EmgError as error:
            document.source.show(before)
            self._changed()
            self._say(f"{error.message} {error.hint}")
            return
        self._say(f"Shown: {document.source.recipe}. The file is as it was recorded")
