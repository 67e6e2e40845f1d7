"""Long work (training, importing, scanning) beside the front end, with progress and cancel."""

from __future__ import annotations

import logging
import queue
import threading
from collections.abc import Callable
from enum import StrEnum
from typing import Any, Generic, TypeVar, cast

from emgstudio.core.errors import Cancelled, EmgError
from emgstudio.core.outbox import Outbox
from emgstudio.core.types import Level

log = logging.getLogger(__name__)

T = TypeVar("T")


class TaskState(StrEnum):
    """Where a task is in its life; the last three are final."""

    WAITING = "waiting"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"
    CANCELLED = "cancelled"


class Progress:
    """What running work tells about itself, and how it learns that nobody wants it any more."""

    def __init__(self) -> None:
        self.fraction = 0.0
        self.text = ""
        self._cancelled = threading.Event()

    def report(self, fraction: float, text: str = "") -> None:
        """Say how far the work is, 0–1; an empty text keeps the last one.

        Raises Cancelled once the task has been cancelled, so long work should
        report often.
        """
        self.check()
        self.fraction = min(1.0, max(0.0, fraction))
        self.text = text or self.text

    def check(self) -> None:
        """Raise Cancelled once the task has been cancelled."""
        if self._cancelled.is_set():
            raise Cancelled

    def cancel(self) -> None:
        """Make the next report or check raise."""
        self._cancelled.set()


class PartProgress(Progress):
    """Part ``number`` of ``count`` equal ones: what it reports moves the whole on."""

    def __init__(self, whole: Progress, number: int, count: int) -> None:
        super().__init__()
        self._whole = whole
        self._number = number
        self._count = count

    def report(self, fraction: float, text: str = "") -> None:
        """Say how far this part is; raises Cancelled once the whole is."""
        said = f"{self._number + 1} of {self._count}: {text}" if text else ""
        self._whole.report((self._number + min(1.0, max(0.0, fraction))) / self._count, said)

    def check(self) -> None:
        """Raise Cancelled once the whole has been."""
        self._whole.check()


class Task(Generic[T]):
    """One piece of work and what became of it; anybody may ask, cancel and wait."""

    def __init__(self, name: str, work: Callable[[Progress], T]) -> None:
        self.name = name
        self.state = TaskState.WAITING
        self.error: Exception | None = None
        self._work: Callable[[Progress], T] | None = work
        self._progress = Progress()
        self._value: T | None = None
        self._ended = threading.Event()

    @property
    def progress(self) -> float:
        """How far the work is, 0–1."""
        return self._progress.fraction

    @property
    def text(self) -> str:
        """What the work is doing now, in a few words."""
        return self._progress.text

    @property
    def ended(self) -> bool:
        return self._ended.is_set()

    def cancel(self) -> None:
        """Ask the work to stop; it ends as cancelled unless it was faster."""
        self._progress.cancel()

    def wait(self, timeout: float | None = None) -> bool:
        """Wait until the task has ended; False when ``timeout`` seconds were not enough."""
        return self._ended.wait(timeout)

    def result(self) -> T:
        """What the work returned; waits for it.

        Raises Cancelled, or whatever the work raised (an EmgError when a person
        can act on it).
        """
        self._ended.wait()
        if self.state is TaskState.CANCELLED:
            raise Cancelled
        if self.error is not None:
            raise self.error
        return cast("T", self._value)

    def run(self) -> None:
        """Do the work in this thread; never raises."""
        work, self._work = self._work, None
        if work is None:
            raise RuntimeError(f"task '{self.name}' was run twice")
        self.state, ended = TaskState.RUNNING, TaskState.DONE
        try:
            self._progress.check()
            self._value = work(self._progress)
            self._progress.fraction = 1.0
        except Cancelled:
            ended = TaskState.CANCELLED
        except EmgError as error:
            log.info("%s: %s", self.name, error)
            self.error, ended = error, TaskState.FAILED
        except Exception as error:
            log.exception("task '%s' failed", self.name)
            self.error, ended = error, TaskState.FAILED
        self.state = ended
        self._ended.set()


class TaskPool:
    """A few threads that run tasks in the order they came.

    Each task is posted to the outbox when it has ended; a failure also leaves
    a Notice, so that it is seen even if nobody looks at the task.
    """

    def __init__(self, outbox: Outbox, workers: int = 1) -> None:
        self._outbox = outbox
        self._waiting: queue.Queue[Task[Any] | None] = queue.Queue()
        self._open: set[Task[Any]] = set()
        self._lock = threading.Lock()
        self._closed = False
        self._threads = [
            threading.Thread(target=self._run, name=f"task-{n + 1}") for n in range(workers)
        ]
        self._started = False

    def submit(self, name: str, work: Callable[[Progress], T]) -> Task[T]:
        """Queue work; ``name`` is shown to people."""
        task = Task(name, work)
        with self._lock:
            if self._closed:
                raise RuntimeError(f"'{name}' was submitted to a closed pool")
            self._open.add(task)
            if not self._started:
                self._started = True
                for thread in self._threads:
                    thread.start()
            self._waiting.put(task)
        return task

    @property
    def tasks(self) -> tuple[Task[Any], ...]:
        """Those that wait or run."""
        with self._lock:
            return tuple(self._open)

    def close(self) -> None:
        """Cancel everything and wait for the threads; may be called twice."""
        with self._lock:
            first, self._closed = not self._closed, True
            for task in self._open:
                task.cancel()
        if not self._started:
            return
        if first:
            for _ in self._threads:
                self._waiting.put(None)
        for thread in self._threads:
            thread.join()

    def _run(self) -> None:
        while (task := self._waiting.get()) is not None:
            task.run()
            with self._lock:
                self._open.discard(task)
            if isinstance(task.error, EmgError):
                self._outbox.notice(Level.ERROR, task.error.message, task.error.hint, task.name)
            elif task.error is not None:
                self._outbox.notice(
                    Level.ERROR,
                    f"{task.name} failed: {task.error}",
                    "This is a fault of the program; details are in the log.",
                    task.name,
                )
            self._outbox.post(task)
