"""Joins suggestions, flow mode, tracks and label sets to the Review room."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import QObject

from emgstudio.core.tasks import Task
from emgstudio.core.types import Level, Notice
from emgstudio.gui.review.annotate.flow import Flow
from emgstudio.gui.review.annotate.snapping import Edges
from emgstudio.gui.review.annotate.suggestions import is_suggestion, still_new, sure
from emgstudio.gui.review.annotate.to_muscle import ToMuscle
from emgstudio.gui.review.annotate.tracks import AUTO_TRACK
from emgstudio.gui.review.document import Document
from emgstudio.session.label_sets import LabelSets
from emgstudio.session.suggest_model import classifiers
from emgstudio.session.suggesting import Suggested, suggest

if TYPE_CHECKING:
    from emgstudio.gui.rooms.review import ReviewRoom

# A suggestion that is half covered by a checked label is the same thing.
SAME = 0.5
NOT_LAST = "That is not the last change any more: Ctrl+Z goes back step by step."


class AnnotationEditor(QObject):
    """What the Review room does with annotations beyond its keys."""

    def __init__(self, room: ReviewRoom) -> None:
        super().__init__(room)
        self.room = room
        self.session = room.session
        self.document: Document | None = None
        self.flow: Flow | None = None
        self.edges: Edges | None = None
        self.to_muscle: ToMuscle | None = None
        self.sets = LabelSets()
        self._set_name = self.session.settings.review.label_set
        self._task: Task[Suggested] | None = None
        panel, lanes = room.panel, room.canvas.lanes
        self.panel = panel.suggest
        self.panel.wanted.connect(self.suggest)
        self.panel.cancelled.connect(self.cancel)
        self.panel.accept_wanted.connect(self.accept_sure)
        self.panel.reject_wanted.connect(self.reject_all)
        self.panel.flow_wanted.connect(lambda on: self.start_flow() if on else self.stop_flow())
        panel.tracks.shift_wanted.connect(room.commands.shift)
        panel.tracks.said.connect(self._say)
        panel.labels.renamed.connect(self._rename)
        panel.labels.set_chosen.connect(self.use_set)
        panel.labels.added.connect(self._keep_label)
        lanes.drag_began.connect(self._look_for_edges)
        room.commands.decided = self._decided
        room.tick.frame.connect(self._frame)
        room.add_action("Check suggestions one by one", "W", self.start_flow)
        room.add_action("Ends to the muscle", "A", self.put_ends)
        room.add_action("Shift a block…", "B", panel.tracks.offset.setFocus)
        room.add_action("Suggest labels…", "Ctrl+J", self._show_panel)

    def show_document(self, document: Document | None) -> None:
        """Edit another recording, or none."""
        self.stop_flow()
        self.cancel(wait=True)
        if self.edges is not None:
            self.edges.close()
        if self.to_muscle is not None:
            self.to_muscle.close()
        self.document, self.to_muscle = document, None
        if document is not None:
            self.to_muscle = ToMuscle(self.session, document, self.room.view.snap)
        self.edges = Edges(self.session, document) if document is not None else None
        self.room.canvas.lanes.snap = self.edges.snap if self.edges is not None else None
        self.panel.show_document(document)
        self.room.panel.tracks.show_document(document)
        if document is None:
            return
        document.removed.connect(self._removed)
        document.edited.connect(self._edited)
        info, session = document.stream.info, self.session
        self.panel.offer_models(lambda: classifiers(session.models(), info))
        self.room.panel.labels.offer_sets(self.sets.all())
        name = self._set_name or str(document.recording.meta.get("label_set", ""))
        if name in self.sets.all():
            document.choice.use(self.sets.get(name))
        self.room.panel.labels.refresh()

    def suggest(self) -> None:
        """Look for suggestions beside everything else."""
        document = self.document
        if document is None or document.locked or self._task is not None:
            return
        wish = self.panel.wish(document.label)
        path, labels = document.path, document.index.items
        self._task = self.session.tasks.submit(
            "Suggesting labels", lambda progress: suggest(path, wish, labels, progress=progress)
        )
        self.panel.show_result("")
        self.panel.show_running(0.0)

    def cancel(self, *, wait: bool = False) -> None:
        """Nobody wants the suggestions any more."""
        task = self._task
        if task is None:
            return
        task.cancel()
        if wait:
            task.wait()
            self._task = None
            self.panel.show_running(None)

    def take(self, found: Suggested) -> None:
        """Put suggestions in place of those that wait; what is checked stays as it is."""
        document = self.document
        if document is None:
            return
        new = still_new(found.annotations, document.index.items, SAME)
        track = document.index.tracks.get(AUTO_TRACK)
        old = [a.id for a in track.items if is_suggestion(a)] if track is not None else []
        known = len(found.annotations) - len(new)
        said = found.said + (f"; {known} of them are labelled already" if known else "")
        if self.edges is not None:
            self.edges.learn(np.array(found.edges))
        if new or old:
            document.edit(new, old, f"Suggested {len(new)} labels", select=False)
        self.panel.show_result(said)
        document.said.emit(said)

    def accept_sure(self, least: float) -> None:
        """Accept every suggestion that is at least so sure, as one step."""
        document = self.document
        if document is not None:
            document.accept(sure(document.index.suggestions, least))
            self._show_pace()

    def reject_all(self) -> None:
        """Take all suggestions away that wait, as one step."""
        document = self.document
        if document is not None:
            document.remove(*(a.id for a in document.index.suggestions))
            self._show_pace()

    def put_ends(self) -> None:
        """Put the ends of the selected label where the muscles began and ended."""
        if self.to_muscle is not None:
            self.to_muscle.begin()

    def start_flow(self) -> None:
        """Go through the suggestions one by one."""
        document = self.document
        if document is None:
            return
        self.flow = Flow(document, self.room.view)
        if not self.flow.go_on():
            self.flow = None
            self._say("No suggestion waits; Ctrl+J looks for some")
        self._show_panel()
        self._show_pace()
        self.room.canvas.setFocus()

    def stop_flow(self) -> bool:
        """End flow mode; False when it was not on."""
        was, self.flow = self.flow, None
        self.panel.show_pace("")
        return was is not None

    def use_set(self, name: str) -> None:
        """The labels of this set have the number keys; an empty name is the recording's own.

        It is chosen for every recording, in the next days too.
        """
        self._set_name = name
        new = self.session.settings.changed("review", label_set=name)
        self.room.attempt(lambda: self.session.update_settings(new))
        if self.document is not None:
            self.document.choice.use(self.sets.get(name) if name else None)
            self.document.edited.emit()
            self.document.chosen.emit()
        self.room.canvas.setFocus()

    def _decided(self) -> bool:
        """Somebody said yes, no or another label; True when flow mode goes on by itself."""
        if self.flow is None:
            return False
        self.flow.decided()
        self._show_pace()
        return True

    def _show_pace(self) -> None:
        self.panel.show_pace(self.flow.text() if self.flow is not None else "")
        if self.flow is not None:
            self._say(self.flow.text())

    def _keep_label(self, name: str) -> None:
        """A new label becomes part of the set that is chosen, for every recording."""
        document = self.document
        larger = document.choice.with_label(name) if document is not None else None
        if document is None or larger is None:
            return
        self.room.attempt(lambda: self.sets.save(larger))
        document.choice.use(larger)
        document.edited.emit()

    def _rename(self, old: str, new: str) -> None:
        if self.document is not None:
            self.document.rename(old, new)
            self.room.canvas.setFocus()

    def _removed(self, text: str) -> None:
        document = self.document
        if document is None:
            return
        deleted = document.undo_texts()[0]

        def undo() -> None:
            # The toast stays for a while: its Undo takes back this, and nothing done since.
            if self.document is document and document.undo_texts()[0] == deleted:
                self.room.attempt(self.room.undo)
            else:
                self._say(NOT_LAST)

        self.room.said.emit(Notice(Level.INFO, text), (("Undo", undo),))

    def _edited(self) -> None:
        self.panel.refresh()
        self.room.panel.tracks.refresh()

    def _look_for_edges(self) -> None:
        view = self.room.view
        if self.edges is not None:
            self.edges.look(view.start, view.stop)

    def _show_panel(self) -> None:
        tabs = self.room.panel.tabs
        index = next(i for i in range(tabs.count()) if tabs.tabText(i) == "Suggest")
        tabs.setCurrentIndex(index)

    def _frame(self, _now: float) -> None:
        if self.to_muscle is not None:
            self.to_muscle.frame()
        task = self._task
        if task is None:
            return
        if not task.ended:
            self.panel.show_running(task.progress)
            return
        self._task = None
        self.panel.show_running(None)
        if task.state == "done":
            self.take(task.result())
        elif task.error is not None:
            self.panel.show_result(str(task.error))

    def _say(self, text: str) -> None:
        if self.document is not None:
            self.document.said.emit(text)
