"""Running work on a page: how far it is, in words, a way to stop it, and what became of it."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from PySide6.QtWidgets import QWidget
from pytestqt.qtbot import QtBot

from emgstudio.core.errors import EmgError
from emgstudio.core.tasks import Progress, Task
from emgstudio.gui.running import Running, tell_not_done
from emgstudio.gui.tick import Tick
from emgstudio.gui.widgets import StatusWord, column, label


@pytest.fixture
def work(qtbot: QtBot, tick: Tick) -> Iterator[Running]:
    """On a page of its own; nothing but ``tick.frame`` moves it."""
    page = QWidget()
    qtbot.addWidget(page)
    made = Running(page, tick, "Progress of a test", "Stop the test")
    page.setLayout(column(made.doing, made.bar, made.stop))
    page.show()
    yield made
    page.close()


def there(work: Running) -> list[bool]:
    return [part.isVisible() for part in (work.bar, work.doing, work.stop)]


def test_bar_and_words_follow_until_the_end_and_then_leave(work: Running, tick: Tick) -> None:
    seen: list[tuple[int, str]] = []
    ended: list[Task[str]] = []
    work.ended.connect(ended.append)

    def steps(progress: Progress) -> str:
        for share in (0.25, 0.5):
            progress.report(share, f"at {share}")
            tick.frame.emit(0.0)
            seen.append((work.bar.value(), work.doing.text()))
        return "made"

    assert (there(work), work.busy) == ([False] * 3, False)
    task = Task("test", steps)
    work.follow(task)
    tick.frame.emit(0.0)
    assert work.doing.text() == "Waiting until other work is done"
    assert (there(work), work.busy) == ([True] * 3, True)
    task.run()
    assert seen == [(250, "at 0.25"), (500, "at 0.5")]
    assert not ended
    tick.frame.emit(0.0)
    tick.frame.emit(0.0)
    assert [one.result() for one in ended] == ["made"]
    assert (there(work), work.busy) == ([False] * 3, False)
    assert work.stop.accessibleName() == "Stop the test"
    assert work.bar.accessibleName() == "Progress of a test"


def _refused(_progress: Progress) -> None:
    raise EmgError("The folder cannot be written.", "Choose another.")


def _fault(_progress: Progress) -> None:
    raise KeyError("a fault of ours")


@pytest.mark.parametrize(
    ("what", "level", "words", "hint"),
    [
        (_refused, "stop", "The folder cannot be written.", "Choose another."),
        (_fault, "stop", "It went wrong.", "KeyError('a fault of ours')"),
        (None, "lamp-off", "Stopped. Nothing was written.", ""),
    ],
)
@pytest.mark.logs_warnings
def test_what_was_not_done_is_told(
    work: Running,
    tick: Tick,
    what: Callable[[Progress], None] | None,
    level: str,
    words: str,
    hint: str,
) -> None:
    state, told = StatusWord(), label("what was told before")

    def tell(task: Task[None]) -> None:
        tell_not_done(
            task, state, told, stopped="Stopped. Nothing was written.", failed="It went wrong."
        )

    work.ended.connect(tell)
    task = Task("test", what or (lambda progress: progress.check()))
    work.follow(task)
    if what is None:
        work.stop.click()
    task.run()
    tick.frame.emit(0.0)
    assert (state.level, state.word.text(), told.text()) == (level, words, hint)


def test_what_was_dropped_is_stopped_and_not_told(work: Running, tick: Tick) -> None:
    ended: list[Task[None]] = []
    work.ended.connect(ended.append)
    old, new = (Task(name, lambda progress: progress.check()) for name in ("old", "new"))
    work.follow(old)
    work.drop()
    assert there(work) == [False] * 3
    work.follow(new)
    for task in (old, new):
        task.run()
    tick.frame.emit(0.0)
    assert [one.name for one in ended] == ["new"]
    assert [one.state.value for one in (old, new)] == ["cancelled", "done"]
