"""A hundred suggestions are checked by keys: how many keys that takes, and what each key costs."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from PySide6.QtWidgets import QApplication

from benchmarks.labels import KEY_S, LOOK_S, WITHIN_S, compare, simulate
from emgstudio.core.tasks import Progress
from emgstudio.core.types import Annotation
from emgstudio.gui.review.annotate.flow import Flow
from emgstudio.gui.review.commands import Commands
from emgstudio.gui.review.document import Document
from emgstudio.gui.review.index import AnnotationIndex
from emgstudio.gui.review.view import TimeView
from emgstudio.session.suggesting import Suggester, Wish, suggest
from emgstudio.storage import annotations as log_module
from emgstudio.storage.annotations import AnnotationLog
from emgstudio.storage.recording import Recording

CUED = 100
# Steps of the nudge keys in seconds, the coarse ones first.
STEPS = (("Ctrl+", 0.1), ("", 0.01))
EDGE_KEYS = {"start": "[]", "stop": ",."}


@dataclass
class Person:
    """Presses keys until the label on the screen lies at the truth; counts what that costs."""

    document: Document
    call: dict[str, Callable[[], object]]
    looks: int = 0
    keys: list[str] = field(default_factory=list)
    lines: list[int] = field(default_factory=list)

    def press(self, key: str) -> None:
        log = self.document._log
        assert log is not None
        before = log.path.read_bytes().count(b"\n")
        self.call[key]()
        self.lines.append(log.path.read_bytes().count(b"\n") - before)
        self.keys.append(key)
        assert len(self.keys) < 20 * CUED, "keys that change nothing"

    def check(self, truth: list[Annotation]) -> None:
        """Look at the selected suggestion, correct it and take it, or reject it."""
        self.looks += 1
        item = self.document.selected
        assert item is not None
        near = [t for t in truth if min(t.stop, item.stop) > max(t.start, item.start)]
        if not near:
            self.press("X")
            return
        right = max(near, key=lambda t: min(t.stop, item.stop) - max(t.start, item.start))
        for edge in EDGE_KEYS:
            self._put(edge, getattr(right, edge))
        self.press("Return")

    def _put(self, edge: str, wanted: float) -> None:
        earlier, later = EDGE_KEYS[edge]
        for prefix, step in STEPS:
            while True:
                item = self.document.selected
                assert item is not None
                off = getattr(item, edge) - wanted
                if abs(off) <= max(WITHIN_S, step / 2):
                    break
                self.press(prefix + (earlier if off > 0 else later))

    @property
    def model_s(self) -> float:
        """Seconds in the key-stroke model of Card, Moran and Newell (1980)."""
        return self.looks * LOOK_S + len(self.keys) * KEY_S


@pytest.fixture(scope="module")
def session(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, list[Annotation]]:
    """A hundred cued contractions, and when the muscles were really active."""
    return simulate(tmp_path_factory.mktemp("hundred") / "session", CUED, 2)


@pytest.fixture
def document(
    session: tuple[Path, list[Annotation]],
    tmp_path: Path,
    qapp: QApplication,
    monkeypatch: pytest.MonkeyPatch,
) -> Iterator[Document]:
    """The session with a log elsewhere that holds the suggestions and nothing else."""
    monkeypatch.setattr(log_module, "sync_data", lambda _handle: None)
    path, _truth = session
    with Recording.open(path) as recording:
        found = suggest(
            path, Wish(Suggester.CUES, "auto"), recording.annotations, progress=Progress()
        )
        log = AnnotationLog.open(tmp_path, "Ana")
        log.add(*found.annotations)
        made = Document(recording, log, "")
        yield made
        made.close()


def test_f1_a_hundred_suggestions_are_checked_within_five_minutes_of_key_strokes(
    session: tuple[Path, list[Annotation]], document: Document, monkeypatch: pytest.MonkeyPatch
) -> None:
    _path, truth = session
    score = compare(truth, document.index.suggestions, False)
    assert (score.true, score.missed, score.other_label) == (CUED, 0, 0)
    assert score.unchanged >= 70
    view = TimeView()
    view.set_width(1000, 1.0)
    view.open(document.stream.rate, document.stream.start_s, document.stream.duration_s)
    commands = Commands(view)
    commands.document = document
    flow = Flow(document, view)

    def on_to_the_next() -> bool:
        flow.decided()
        return True

    commands.decided = on_to_the_next
    counted_anew: list[int] = []
    build = AnnotationIndex.__init__

    def counted(self: AnnotationIndex, items: Sequence[Annotation] = ()) -> None:
        counted_anew.append(len(items))
        build(self, items)

    monkeypatch.setattr(AnnotationIndex, "__init__", counted)
    person = Person(document, {keys: call for _text, keys, call in commands.table()})
    flow.go_on()
    while flow.left:
        person.check(truth)
    assert flow.text().startswith("All 100 checked")
    assert person.looks == CUED
    assert person.model_s <= 300
    assert person.keys.count("Return") == CUED
    # What a key costs: one line of the log, and nothing is counted anew.
    assert set(person.lines) == {1}
    assert sum(counted_anew) == 0
    labels = document.index.tracks["labels"].items
    assert [a.label for a in labels] == [t.label for t in truth]
    for label, true in zip(labels, truth, strict=True):
        assert abs(label.start - true.start) <= WITHIN_S + 1e-6
        assert abs(label.stop - true.stop) <= WITHIN_S + 1e-6
    assert all(a.reviewed and a.author == "Ana" for a in labels)
