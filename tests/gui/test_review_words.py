"""Words beside the plots: they keep to their place, and say what can be done."""

from __future__ import annotations

from pathlib import Path

from pytestqt.qtbot import QtBot

from emgstudio.gui.review.annotate.to_muscle import ToMuscle
from emgstudio.gui.review.details import DetailsPanel
from emgstudio.gui.review.document import Document
from emgstudio.gui.review.opening import is_of, open_document
from emgstudio.gui.review.two_lines import TwoLines
from emgstudio.session.session import Session
from emgstudio.storage.annotations import AnnotationLog
from emgstudio.storage.lock import LABELS_LOCK_FILE
from emgstudio.storage.recording import Recording
from tests.gui.review_recordings import make_recording

LONG = "30 of 30 cues moved to the muscle: start +284 ms, end +574 ms; 2 of them are labelled"


def test_a_long_sentence_takes_two_lines_and_is_whole_in_the_tool_tip(qtbot: QtBot) -> None:
    said = TwoLines()
    qtbot.addWidget(said)
    said.setText(LONG)
    assert (said.text(), said.toolTip()) == (LONG, LONG)
    words = said.fontMetrics()
    wide = words.horizontalAdvance(LONG)
    assert said.lines(wide + 20) == [LONG]
    narrow = wide // 4
    first, second = said.lines(narrow)
    assert LONG.startswith(first)
    assert second.endswith("…")
    assert max(words.horizontalAdvance(first), words.horizontalAdvance(second)) <= narrow
    assert said.heightForWidth(narrow) <= 2 * words.lineSpacing() + 2
    halves = said.lines(round(wide * 0.7))
    assert " ".join(halves) == LONG
    said.setText("Saved as " + LONG.replace(" ", "_"))
    path = said.lines(narrow)[-1]
    assert path.endswith("…")
    assert words.horizontalAdvance(path) <= narrow
    said.setText("")
    assert said.lines(narrow) == [""]


def test_a_selected_span_says_how_long_it_is_and_which_keys_label_it(
    qtbot: QtBot, tmp_path: Path
) -> None:
    path = make_recording(tmp_path / "r", seconds=10.0, channels=2, rate=500.0)
    document = Document(Recording.open(path), AnnotationLog.open(path), "")
    panel = DetailsPanel()
    qtbot.addWidget(panel)
    panel.show_document(document)
    assert "Nothing is selected" in panel._empty.text()
    document.select_span(2.0, 3.5)
    panel.refresh()
    assert panel._empty.text().startswith("0:02.000 to 0:03.500, 1.500 s.")
    document.add(2.0, 3.5, "fist")
    panel.refresh()
    assert panel._empty.isHidden()
    assert panel.channels.text() == "all channels"
    document.close()


def test_a_key_puts_the_ends_of_a_label_on_the_muscle(session: Session, tmp_path: Path) -> None:
    """The signal is loud from 4 to 6 s."""
    path = make_recording(tmp_path / "r", seconds=12.0, channels=2, rate=500.0)
    document = open_document(session, path)
    said: list[str] = []
    document.said.connect(said.append)
    ends = ToMuscle(session, document, lambda time: time)

    def press() -> None:
        ends.begin()
        if ends._task is not None:
            ends._task.wait()
        ends.frame()

    press()
    assert "Select a segment first" in said[-1]
    document.add(4.2, 5.85, "fist")
    press()
    item = document.selected
    assert item is not None
    assert abs(item.start - 4.0) <= 0.03
    assert abs(item.stop - 6.0) <= 0.03
    assert "put on the muscle" in said[-1]
    document.undo()
    document.add(8.6, 9.4, "fist")
    press()
    assert "No clear change" in said[-1]
    document.lock(document.track)
    press()
    assert "is locked" in said[-1]
    ends.close()
    document.close()


def test_labels_are_changed_in_one_window_at_a_time(session: Session, tmp_path: Path) -> None:
    path = make_recording(tmp_path / "r", seconds=1.0, channels=2, rate=500.0)
    first, second = open_document(session, path), open_document(session, path)
    assert not first.locked
    assert second.locked
    assert "Another window labels" in second.why_locked
    assert is_of(first, path)
    assert is_of(first, path / "session.json")
    assert not is_of(first, tmp_path / "nothing")
    second.close()
    first.close()
    assert not (path / LABELS_LOCK_FILE).exists()
    third = open_document(session, path)
    assert not third.locked
    third.close()


def test_a_torn_line_of_the_window_that_labels_is_left_alone(
    session: Session, tmp_path: Path
) -> None:
    path = make_recording(tmp_path / "r", seconds=1.0, channels=2, rate=500.0)
    first = open_document(session, path)
    first.add(0.1, 0.2, "fist")
    assert first._log is not None
    with first._log.path.open("ab") as half_written:
        half_written.write(b'{"half')
    before = first._log.path.read_bytes()
    second = open_document(session, path)
    assert "Another window labels" in second.why_locked
    assert first._log.path.read_bytes() == before
    second.close()
    first.close()


def test_a_folder_that_takes_no_lock_is_shown_read_only(session: Session, tmp_path: Path) -> None:
    path = make_recording(tmp_path / "r", seconds=1.0, channels=2, rate=500.0)
    (path / LABELS_LOCK_FILE).mkdir()
    document = open_document(session, path)
    assert document.locked
    assert "cannot be changed" in document.why_locked
    document.close()
