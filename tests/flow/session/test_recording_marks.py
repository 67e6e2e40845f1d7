"""Labels given while a recording runs, on a recorder whose stream the test writes by hand."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from emgstudio.core.clock import host_time
from emgstudio.core.errors import EmgError
from emgstudio.core.outbox import Outbox
from emgstudio.session.label_sets import Label, LabelKind, LabelSet
from emgstudio.session.recording_marks import RecordingMarks
from emgstudio.storage.annotations import read_annotations
from emgstudio.storage.disk_space import DiskPolicy
from emgstudio.storage.recorder import Recorder
from tests.flow.storage.feed import Feed

SET = LabelSet(
    "Test",
    (
        Label("tap", "1", kind=LabelKind.POINT),
        Label("fist", "2", group="gesture"),
        Label("open", "3", group="gesture"),
        Label("talking", "4"),
    ),
    score="pain",
)


@dataclass
class Control:
    """A recording that runs, or none."""

    recorder: Recorder | None

    @property
    def running(self) -> Recorder:
        if self.recorder is None:
            raise EmgError("Nothing is being recorded.")
        return self.recorder


@pytest.fixture
def recorder(tmp_path: Path) -> Iterator[Recorder]:
    policy = DiskPolicy(reserve_bytes=0, ballast_bytes=100_000)
    made = Recorder(tmp_path, [Feed().source()], {}, Outbox(), policy)
    made.start()
    yield made
    made.stop()


@pytest.fixture
def marks(recorder: Recorder) -> RecordingMarks:
    return RecordingMarks(Control(recorder), SET)


def there(recorder: Recorder) -> list[tuple[str, float]]:
    return [(a.label, round(a.duration, 3)) for a in recorder.annotations.items]


def test_a_point_lies_at_the_time_of_the_key_press(marks, recorder):
    pressed = host_time() - 0.25
    made = marks.press("tap", pressed)
    assert made.start == pytest.approx(recorder.time_of(pressed))
    assert made.is_event
    assert marks.release("tap") is None
    assert there(recorder) == [("tap", 0.0)]


def test_a_held_key_is_a_span_and_a_tapped_one_lasts_until_the_next_tap(marks, recorder):
    marks.press("talking", 100.0)
    span = marks.release("talking", 102.5)
    assert span is not None
    assert span.duration == pytest.approx(2.5)
    marks.press("talking", 110.0)
    assert marks.release("talking", 110.1) is None
    assert marks.open == ("talking",)
    marks.press("talking", 114.0)
    assert marks.open == ()
    assert there(recorder) == [("talking", 2.5), ("talking", 4.0)]


def test_one_of_a_group_ends_the_other(marks, recorder):
    marks.press("talking", 100.0)
    marks.press("fist", 100.0)
    marks.release("fist", 100.1)
    marks.press("open", 103.0)
    assert marks.open == ("talking", "open")
    assert ("fist", 3.0) in there(recorder)


def test_undo_takes_back_the_newest_in_turn(marks, recorder):
    marks.press("tap", 99.0)
    marks.press("talking", 100.0)
    marks.press("tap", 101.0)
    marks.undo()
    assert there(recorder) == [("tap", 0.0), ("talking", 0.0)]
    marks.undo()
    assert marks.open == ()
    marks.press("fist", 102.0)
    marks.release("fist", 103.0)
    marks.undo()
    assert there(recorder) == [("tap", 0.0)]
    recorder.annotations.redo()
    assert there(recorder) == [("tap", 0.0), ("fist", 1.0)]
    marks.undo()
    marks.undo()
    assert there(recorder) == []
    assert marks.undo() is None


def test_what_goes_on_is_on_the_disk_already_and_ends_with_the_recording(marks, recorder):
    marks.press("fist")
    assert [a.label for a in read_annotations(recorder.path)] == ["fist"]
    marks.end_all()
    marks.end_all()
    (span,) = recorder.annotations.items
    assert span.label == "fist"
    assert span.stop <= recorder.now()


def test_no_span_of_a_recording_that_takes_no_more_labels_goes_on_in_the_next(marks, recorder):
    marks.press("talking")
    marks.press("fist")
    recorder.stop()
    with pytest.raises(EmgError, match="labels are closed"):
        marks.end_all()
    assert marks.open == ()
    assert marks.begun == {}
    assert marks.release("talking", host_time() + 5.0) is None


def test_scores_and_notes_have_tracks_of_their_own(marks, recorder):
    marks.score(7, 100.0)
    marks.note("  felt a pull ", 101.0)
    score, note = recorder.annotations.items
    assert (score.label, score.track) == ("pain 7", "score")
    assert (note.label, note.track, note.note) == ("note", "notes", "felt a pull")
    with pytest.raises(EmgError, match="not on the scale"):
        marks.score(11)
    with pytest.raises(EmgError, match="empty"):
        marks.note("  ")


def test_another_set_ends_what_goes_on(marks, recorder):
    marks.press("fist", 100.0)
    marks.use(LabelSet("Other", (Label("jump", "1"),)))
    assert marks.open == ()
    assert marks.labels.name == "Other"


def test_without_a_recording_every_mark_says_so():
    marks = RecordingMarks(Control(None), SET)
    for work in (lambda: marks.press("tap"), lambda: marks.score(3), lambda: marks.note("x")):
        with pytest.raises(EmgError, match="Nothing is being recorded"):
            work()
