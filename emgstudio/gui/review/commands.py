"""What the keys of the Review room do, apart from how it looks."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import partial

import numpy as np

from emgstudio.core.types import Annotation
from emgstudio.gui.review.annotate.suggestions import is_suggestion
from emgstudio.gui.review.document import BAD_LABEL, BAD_TRACK, Document
from emgstudio.gui.review.editing import (
    COARSE_NUDGE_S,
    FINE_NUDGE_S,
    NUDGE_S,
    joined,
    nudged,
    shifted,
    split,
)
from emgstudio.gui.review.view import TimeView

ZOOM = 1.5

Command = tuple[str, str, Callable[[], object]]


class Commands:
    """Acts on the open document and the view; without a document nothing happens.

    ``decided`` is told that somebody accepted, rejected or relabelled a suggestion; when
    it says True, it has gone on to the next by itself.
    """

    def __init__(self, view: TimeView) -> None:
        self.view = view
        self.document: Document | None = None
        self.decided: Callable[[], bool] = lambda: False
        self._begun: float | None = None

    def table(self) -> list[Command]:
        """(text, shortcut, what to call) of every command of this class."""
        view = self.view
        commands: list[Command] = [
            ("Back 10 %", "Left", lambda: view.pan(-0.1)),
            ("On 10 %", "Right", lambda: view.pan(0.1)),
            ("Page back", "PgUp", lambda: view.pan(-0.9)),
            ("Page on", "PgDown", lambda: view.pan(0.9)),
            ("To the beginning", "Home", lambda: view.go(view.begin)),
            ("To the end", "End", lambda: view.go(view.end)),
            ("See less, larger", "+", lambda: view.zoom(1 / ZOOM, self._anchor())),
            ("See more, smaller", "-", lambda: view.zoom(ZOOM, self._anchor())),
            ("See everything", "Ctrl+0", lambda: view.show_span(view.begin, view.end)),
            ("Zoom to the selection", "Z", self.zoom_to_selection),
            ("Start at the cursor", "I", self.start_here),
            ("End at the cursor", "O", self.stop_here),
            ("Checked, next", "Return", self.accept),
            ("Reject a suggestion, next", "X", self.reject),
            ("Next unchecked", "U", self.next_unchecked),
            ("Split at the cursor", "K", self.split),
            ("Join with the next", "J", self.join),
            ("Delete", "Del", self.delete),
            ("Mark bad data", "D", self.mark_bad),
            ("Hide the track", "H", self.hide_track),
        ]
        for digit in range(10):
            # One line each in menus and the keyboard map stands for all ten keys.
            word = {0: "Label: rest", 1: "Label the selection (1 … 9)"}.get(digit, "")
            commands.append((word, str(digit), partial(self.label, digit)))
        return commands + self._nudges()

    def _nudges(self) -> list[Command]:
        steps = (("", NUDGE_S), ("Shift+", FINE_NUDGE_S), ("Ctrl+", COARSE_NUDGE_S))
        commands: list[Command] = []
        for prefix, step in steps:
            for key, edge, way in (
                ("[", "start", -1),
                ("]", "start", 1),
                (",", "stop", -1),
                (".", "stop", 1),
            ):
                word = "earlier" if way < 0 else "later"
                name = "Start" if edge == "start" else "End"
                text = f"{name} 10 ms {word} (Shift 1, Ctrl 100)" if not prefix else ""
                call = partial(self.nudge, **{edge: way * step})
                commands.append((text, prefix + key, call))
        return commands

    @property
    def selected(self) -> Annotation | None:
        return self.document.selected if self.document else None

    def select(self, item: Annotation | None) -> None:
        """Select and bring into view."""
        if self.document is not None and item is not None:
            self.document.select(item.id)
            self.view.reveal(item.start)

    def step(self, by: int) -> None:
        """The next (1) or previous (-1) annotation from the selected one or the cursor."""
        document = self.document
        if document is None:
            return
        if document.selected is not None:
            self.select(document.index.neighbour(document.selected, by))
        elif by > 0:
            self.select(document.index.after(document.cursor - 1e-9))
        else:
            self.select(document.index.before(document.cursor))

    def next_unchecked(self) -> None:
        """The next annotation nobody has looked at; from the beginning when there is none later."""
        document = self.document
        if document is not None:
            after = document.selected.start if document.selected else document.cursor
            found = document.index.after(after, unreviewed=True)
            self.select(found or document.index.after(-1.0, unreviewed=True))

    def label(self, digit: int) -> None:
        """Give the selection the label behind a number key; else choose it for what comes."""
        name = self.document.label_of_key(digit) if self.document else None
        item = self.selected
        if self.document is not None and name is not None:
            self.document.relabel(name)
            if item is not None and is_suggestion(item):
                self.decided()

    def start_here(self) -> None:
        """The selected annotation begins at the cursor; without one, a new one begins there."""
        document = self.document
        if document is None:
            return
        item = document.selected
        if item is None:
            self._begun = document.cursor
            document.said.emit("Start is set; put the cursor at the end and press O")
        elif document.cursor < item.stop:
            document.change(replace(item, start=document.cursor), f"Start of {item.label} moved")

    def stop_here(self) -> None:
        """The selected annotation ends at the cursor; after I, a new one is made."""
        document = self.document
        if document is None:
            return
        item = document.selected
        if item is not None:
            if document.cursor > item.start:
                document.change(replace(item, stop=document.cursor), f"End of {item.label} moved")
        elif self._begun is not None:
            begun, self._begun = self._begun, None
            document.add(begun, document.cursor)

    def nudge(self, start: float = 0.0, stop: float = 0.0) -> None:
        """Move an edge of the selected annotation by seconds."""
        item = self.selected
        if item is not None and self.document is not None:
            self.document.change(nudged(item, start=start, stop=stop), f"Moved {item.label}")

    def accept(self) -> None:
        """The selected annotation is right: mark it as checked and go on."""
        document, item = self.document, self.selected
        if document is None or item is None:
            return
        following = document.index.neighbour(item, 1)
        if is_suggestion(item):
            if not document.accept((item,)) or self.decided():
                return
        elif not item.reviewed:
            document.change(replace(item, reviewed=True), f"Checked {item.label}")
        self.select(following)

    def reject(self) -> None:
        """Take a suggestion away and go on; what a person made stays."""
        document, item = self.document, self.selected
        if document is None or item is None:
            return
        if not is_suggestion(item):
            document.said.emit("Only suggestions are rejected; Del deletes this one")
            return
        following = document.index.neighbour(item, 1)
        if document.edit((), (item.id,), f"Rejected {item.label}") and not self.decided():
            self.select(following)

    def shift(self, seconds: float) -> None:
        """Move a block of the active track, as one step.

        The block is what begins in the selected span, else what begins with the
        selected annotation or later, else the whole track.
        """
        document = self.document
        track = document.index.tracks.get(document.track) if document else None
        if document is None or track is None:
            self._say("There is nothing to shift in this track")
            return
        first, last = -1.0, float("inf")
        if document.span is not None:
            first, last = document.span
        elif document.selected is not None:
            first = document.selected.start
        begin, end = (
            np.searchsorted(track.starts, first),
            np.searchsorted(track.starts, last, "right"),
        )
        moved = tuple(shifted(item, seconds) for item in track.items[begin:end])
        if moved:
            what = f"Shifted {len(moved)} in {track.name} by {seconds * 1000:+.0f} ms"
            document.edit(moved, (), what, select=False)

    def split(self) -> None:
        """Two annotations that meet at the cursor."""
        document, item = self.document, self.selected
        halves = split(item, document.cursor) if document and item else None
        if document is None or halves is None or item is None:
            self._say("Put the cursor inside the selected annotation to split it")
            return
        document.edit(halves, (), f"Split {item.label}")

    def join(self) -> None:
        """One annotation over the selected one and the next of its label."""
        document, item = self.document, self.selected
        other = document.index.following(item) if document and item else None
        if document is None or item is None or other is None:
            self._say("The next annotation in this track has another label")
            return
        document.edit((joined(item, other),), (other.id,), f"Joined {item.label}")

    def delete(self) -> None:
        """Delete the selected annotation; undo brings it back."""
        if self.document is not None and self.selected is not None:
            self.document.remove(self.selected.id)

    def mark_bad(self) -> None:
        """The selected stretch is bad data."""
        chosen = self.document.range() if self.document else None
        if self.document is None or chosen is None:
            self._say("Select a stretch first: drag over the signals")
            return
        self.document.add(*chosen, label=BAD_LABEL, track=BAD_TRACK)

    def hide_track(self) -> None:
        """Hide the track that is active."""
        document = self.document
        if document is not None and len(document.tracks) > 1:
            document.hide(document.track)

    def zoom_to_selection(self) -> None:
        """The selection fills most of the width."""
        chosen = self.document.range() if self.document else None
        if chosen is not None:
            margin = max(0.1 * (chosen[1] - chosen[0]), 0.05)
            self.view.show_span(chosen[0] - margin, chosen[1] + margin)

    def _anchor(self) -> float | None:
        """Zoom about the cursor where it is visible."""
        document = self.document
        if document is None or not self.view.start <= document.cursor <= self.view.stop:
            return None
        return document.cursor

    def _say(self, text: str) -> None:
        if self.document is not None:
            self.document.said.emit(text)
