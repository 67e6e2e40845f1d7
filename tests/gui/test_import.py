"""A table of another program becomes a recording in Review; what is wrong is a sentence."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

from emgstudio.gui.import_page import ImportPage, in_words_of_the_form
from emgstudio.gui.main_window import MainWindow
from emgstudio.gui.review.about_panel import facts
from emgstudio.storage.recording import Recording

RATE = 200.0


def table(path: Path, *, header: bool = True, samples: int = 1200) -> Path:
    """Two channels, a label column with a name of its own, repetitions, and a clock."""
    numbers = np.random.default_rng(1).normal(0, 20, (samples, 2))
    third = samples // 3
    lines = ["t,flexor [uV],extensor [uV],movement,rep"] if header else []
    for k in range(samples):
        name = "fist" if third <= k < 2 * third else "rest"
        clock = f"{k / RATE:.3f}," if header else ""
        words = f",{name},1" if header else ""
        lines.append(f"{clock}{numbers[k, 0]:.2f},{numbers[k, 1]:.2f}{words}")
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


def page_of(window: MainWindow, file: Path) -> ImportPage:
    window.importing.open(file)
    page = window.importing.page
    assert page is not None
    return page


def header_of(page: ImportPage, column: int) -> str:
    item = page.table.horizontalHeaderItem(column)
    assert item is not None
    return item.text()


def test_guesses_are_filled_in_and_the_result_opens_in_review(
    qtbot: QtBot, window: MainWindow, tmp_path: Path
) -> None:
    page = page_of(window, table(tmp_path / "session.csv"))
    assert page.rate.value() == RATE
    assert page.labels.currentText() == "movement"
    assert page.repetitions.currentText() == "rep"
    assert header_of(page, 0) == "t\ntime"
    assert header_of(page, 1) == "flexor [uV]\nsignal"
    assert header_of(page, 3) == "movement\nlabel"
    qtbot.mouseClick(page.begin, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: window.room.key == "review")
    assert window.importing.page is None, "the page has left"
    document = window.rooms["review"].document
    assert document is not None
    with_labels = Recording.open(document.path)
    assert with_labels.main.info.rate == RATE
    assert [c.name for c in with_labels.main.info.channels] == ["flexor [uV]", "extensor [uV]"]
    assert [a.label for a in with_labels.annotations] == ["rest", "fist", "rest"]
    with_labels.close()


def test_no_labels_means_no_labels(qtbot: QtBot, window: MainWindow, tmp_path: Path) -> None:
    page = page_of(window, table(tmp_path / "session.csv"))
    page.labels.setCurrentIndex(0)
    page.repetitions.setCurrentIndex(0)
    assert header_of(page, 3) == "movement\nnot used"
    page.begin.click()
    qtbot.waitUntil(lambda: window.room.key == "review")
    document = window.rooms["review"].document
    assert document is not None
    assert document.recording.annotations == ()
    assert document.recording.main.info.n_channels == 2


def test_an_unknown_rate_is_asked_for(qtbot: QtBot, window: MainWindow, tmp_path: Path) -> None:
    page = page_of(window, table(tmp_path / "plain.txt", header=False))
    assert not page.begin.isEnabled()
    assert "sampling rate" in page.state.word.text()
    page.rate.setValue(500)
    assert page.begin.isEnabled()
    page.begin.click()
    qtbot.waitUntil(lambda: window.room.key == "review")


def test_a_file_that_is_no_table_is_refused_in_words(
    qtbot: QtBot, window: MainWindow, tmp_path: Path
) -> None:
    file = tmp_path / "letter.csv"
    file.write_text("Dear all,\nhere is no table.\n", encoding="utf-8")
    window.importing.open(file)
    assert window.importing.page is None
    qtbot.waitUntil(lambda: bool(window.book.entries))
    assert "letter.csv" in window.book.entries[-1].notice.text


def test_what_breaks_on_the_way_is_said_on_the_page(
    qtbot: QtBot, window: MainWindow, tmp_path: Path
) -> None:
    file = table(tmp_path / "torn.csv", samples=3000)
    with file.open("a", encoding="utf-8") as more:
        more.write("this is no line of numbers\n" * 3000)
    page = page_of(window, file)
    page.begin.click()
    qtbot.waitUntil(lambda: page.state.level == "stop")
    assert "cannot be read" in page.state.word.text()
    assert page.begin.isEnabled(), "one may try again with other settings"
    assert not list(window.session.recordings_folder().glob("*/session.json"))


def test_what_the_import_noticed_is_told(qtbot: QtBot, window: MainWindow, tmp_path: Path) -> None:
    file = table(tmp_path / "torn.csv")
    lines = file.read_text("utf-8").splitlines()
    file.write_text("\n".join([*lines[:200], "cut off", *lines[201:]]) + "\n", encoding="utf-8")
    page_of(window, file).begin.click()
    qtbot.waitUntil(
        lambda: any("Line 201 cannot be read" in e.notice.hint for e in window.book.entries),
    )
    document = window.rooms["review"].document
    assert document is not None
    assert ("Import", "Line 201 cannot be read and is a gap now.") in facts(document.recording)


def test_leaving_the_page_stops_the_import(
    qtbot: QtBot, window: MainWindow, tmp_path: Path
) -> None:
    page = page_of(window, table(tmp_path / "long.csv", samples=60_000))
    page.begin.click()
    task = page.work.task
    assert task is not None
    qtbot.keyClick(page.work.stop, Qt.Key.Key_Escape)
    assert window.importing.page is None
    assert task.wait(60)
    assert window.room.key == "home"


@pytest.mark.parametrize(
    ("given", "said"),
    [
        (
            "Give it yourself, for example --rate 1000.",
            "Give it yourself, in the field “Sampling rate”.",
        ),
        ("Column 4 looks like labels: try --label-column 4.",
         "Column 4 looks like labels: choose column 4."),
    ],
)  # fmt: skip
def test_hints_speak_of_the_form(given: str, said: str) -> None:
    assert in_words_of_the_form(given) == said
