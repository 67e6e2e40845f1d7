import threading

import pytest

from emgstudio.core.errors import Cancelled, EmgError
from emgstudio.core.outbox import Outbox
from emgstudio.core.tasks import Progress, Task, TaskPool, TaskState
from emgstudio.core.types import Level, Notice


@pytest.fixture
def outbox() -> Outbox:
    return Outbox()


@pytest.fixture
def pool(outbox: Outbox):
    pool = TaskPool(outbox)
    yield pool
    pool.close()


def test_work_is_done_in_a_thread_and_told(pool: TaskPool, outbox: Outbox, wait_until) -> None:
    def work(progress: Progress) -> str:
        progress.report(0.5, "half")
        return threading.current_thread().name

    task = pool.submit("Training", work)
    assert task.result() == "task-1"
    assert (task.state, task.progress, task.text) == (TaskState.DONE, 1.0, "half")
    got: list[object] = []
    wait_until(lambda: got.extend(outbox.drain()) or got)
    assert got == [task]
    assert pool.tasks == ()


def test_states_and_progress_can_be_watched(pool: TaskPool, wait_until) -> None:
    go = threading.Event()

    def work(progress: Progress) -> None:
        progress.report(0.25, "reading")
        progress.report(0.5)
        progress.report(7.0)
        progress.report(0.5)
        go.wait(60)

    first, second = pool.submit("a", work), pool.submit("b", lambda _: 2)
    wait_until(lambda: first.progress == 0.5)
    assert (first.state, first.text, first.ended) == (TaskState.RUNNING, "reading", False)
    assert (second.state, second.progress) == (TaskState.WAITING, 0.0)
    assert not second.wait(0.01)
    assert set(pool.tasks) == {first, second}
    go.set()
    assert second.result() == 2
    assert first.ended


def test_cancel_ends_running_and_waiting_work(pool: TaskPool, outbox: Outbox) -> None:
    started = threading.Event()

    def forever(progress: Progress) -> None:
        while True:
            started.set()
            progress.report(0.1)

    running, waiting = pool.submit("a", forever), pool.submit("b", forever)
    assert started.wait(60)
    waiting.cancel()
    running.cancel()
    for task in (running, waiting):
        with pytest.raises(Cancelled):
            task.result()
        assert task.state is TaskState.CANCELLED
    pool.close()
    assert not any(isinstance(item, Notice) for item in outbox.drain())


def test_what_is_cancelled_before_its_turn_never_begins() -> None:
    begun: list[Progress] = []
    task = Task("one", begun.append)
    task.cancel()
    task.run()
    assert (begun, task.state) == ([], TaskState.CANCELLED)


def test_an_error_for_people_is_passed_on(pool: TaskPool, outbox: Outbox) -> None:
    def work(_: Progress) -> None:
        raise EmgError("Only one repetition.", "Record one more.")

    task = pool.submit("Training", work)
    with pytest.raises(EmgError, match="Only one"):
        task.result()
    pool.close()
    assert outbox.drain() == [
        Notice(Level.ERROR, "Only one repetition.", "Record one more.", "Training"),
        task,
    ]
    assert task.state is TaskState.FAILED


def test_a_bug_is_logged_told_and_does_not_stop_the_pool(
    pool: TaskPool, outbox: Outbox, caplog: pytest.LogCaptureFixture
) -> None:
    def bug(_: Progress) -> None:
        raise IndexError("17")

    task = pool.submit("Training", bug)
    with pytest.raises(IndexError):
        task.result()
    assert pool.submit("next", lambda _: "fine").result() == "fine"
    assert "IndexError" in caplog.text
    notice = outbox.drain()[0]
    assert isinstance(notice, Notice)
    assert notice.level is Level.ERROR


def test_close_cancels_waits_and_may_be_repeated(outbox: Outbox) -> None:
    pool = TaskPool(outbox, workers=2)
    started = threading.Event()

    def forever(progress: Progress) -> None:
        while True:
            started.set()
            progress.check()

    tasks = [pool.submit(str(n), forever) for n in range(5)]
    assert started.wait(60)
    pool.close()
    pool.close()
    assert {task.state for task in tasks} == {TaskState.CANCELLED}
    with pytest.raises(RuntimeError, match="closed"):
        pool.submit("late", forever)


def test_an_unused_pool_has_no_threads(outbox: Outbox) -> None:
    pool = TaskPool(outbox, workers=2)
    assert not [t for t in threading.enumerate() if t.name.startswith("task-")]
    pool.close()


def test_a_task_runs_once() -> None:
    task = Task("one", lambda _: 1)
    task.run()
    with pytest.raises(RuntimeError, match="twice"):
        task.run()
    assert task.result() == 1
