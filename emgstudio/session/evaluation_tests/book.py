"""The tests of one model: those on the disk, and those that wait until it is saved."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from emgstudio.ml.lda import ShrunkLDA
from emgstudio.ml.model import GestureModel
from emgstudio.session.evaluation_tests.kept import Done, Kept, keep, tests_of_arm

if TYPE_CHECKING:
    from emgstudio.session.session import Session

UNSAVED = "not saved yet"


class TestBook:
    """Told which model is tested, it finds former tests of all versions of that arm."""

    __test__ = False

    def __init__(self, session: Session) -> None:
        self._session = session
        self._lda: ShrunkLDA | None = None
        self._saved: Path | None = None
        self._name = ""
        self._kept: list[Kept] | None = None
        self.waiting: list[Done] = []

    def of(self, model: GestureModel | None, saved: Path | None, name: str) -> None:
        """The model lies in ``saved``, None while it is not saved; ``name`` is that of its arm."""
        lda = model.lda if model is not None else None
        if lda is not self._lda:
            self.waiting = []
        if (lda, saved, name) != (self._lda, self._saved, self._name):
            self._lda, self._saved, self._name, self._kept = lda, saved, name, None

    def add(self, done: Done) -> None:
        """A test that has just ended; :meth:`keep_waiting` writes it."""
        self.waiting.append(done)

    def keep_waiting(self) -> tuple[str, str]:
        """Write what waits, if the model is saved; a lamp and words for where the newest is.

        Raises EmgError when it cannot be written.
        """
        if self._saved is None:
            return "check", "Kept until you close the app: save the model, and it is kept with it."
        while self.waiting:
            keep(self._saved, self.waiting[0])
            del self.waiting[0]
            self._kept = None
        return "good", f"Kept with “{self._saved.name}”."

    def last(self, kind: str, classes: Sequence[str]) -> Kept | None:
        """The newest test of this kind with the present model or an earlier version."""
        wanted = [k for k in self._all() if k.entry["kind"] == kind]
        return next((k for k in wanted if k.entry["classes"] == list(classes)), None)

    def former(self, done: Done) -> list[Kept]:
        """Those that a test can be compared with, newest first."""
        entry = done.to_json()
        return [kept for kept in self._all() if kept.like(entry)]

    def _all(self) -> list[Kept]:
        """Waiting ones first, then those on the disk; read once until something changes."""
        if self._kept is None:
            models = self._session.models() if self._name else []
            self._kept = tests_of_arm(models, self._name) if models else []
        waiting = [Kept(UNSAVED, done.to_json()) for done in reversed(self.waiting)]
        return waiting + self._kept
