"""The one asyncio loop for everything Bluetooth, in one thread, for the app's whole life.

Bleak wants all its objects on one loop; on Windows a second loop or a thread
with a window breaks it. Nobody else sees the loop: work is submitted to it.
"""

from __future__ import annotations

import asyncio
import concurrent.futures
import contextlib
import logging
import threading
from collections.abc import AsyncIterator, Coroutine
from typing import Any, TypeVar

from emgstudio.core.errors import EmgError

log = logging.getLogger(__name__)

T = TypeVar("T")

CLOSE_TIMEOUT_S = 5.0
CANCEL_TIMEOUT_S = 3.0
THREAD_NAME = "bluetooth"
# Bleak's own watcher of the D-Bus ends with the loop; cancelling it early makes noise.
BLEAKS_OWN = "BlueZManager"


class BleLoop:
    """A running loop in a thread of its own.

    ``radio`` is held while scanning or connecting, which must not overlap; a
    search ends when ``give_way`` is set, which it is while a connection waits.
    """

    def __init__(self) -> None:
        self._ready = threading.Event()
        self._problem: Exception | None = None
        # Daemon: a program that forgot to close must still be able to end.
        self._thread = threading.Thread(target=self._main, name=THREAD_NAME, daemon=True)
        self._thread.start()
        self._ready.wait()
        if self._problem is not None:
            raise EmgError(
                f"Bluetooth could not be started ({self._problem}).",
                "Close other programs, then try again.",
            )

    def _main(self) -> None:
        try:
            asyncio.run(self._live())
        except Exception as error:
            log.exception("the Bluetooth thread failed")
            self._problem = error
        finally:
            # Whoever waits must not wait for ever for a loop that never ran.
            self._ready.set()

    async def _live(self) -> None:
        self.loop = asyncio.get_running_loop()
        self.radio = asyncio.Lock()
        self.give_way = asyncio.Event()
        self._waiting = 0
        self._end = asyncio.Event()
        self._ready.set()
        await self._end.wait()
        me = asyncio.current_task()
        rest = [t for t in asyncio.all_tasks() if t is not me and not _is_bleaks(t)]
        for task in rest:
            task.cancel()
        if rest:
            await asyncio.wait(rest, timeout=CANCEL_TIMEOUT_S)

    @contextlib.asynccontextmanager
    async def radio_before_searches(self) -> AsyncIterator[None]:
        """Hold the radio; a search that has it, or gets it meanwhile, lets it go at once."""
        self._waiting += 1
        self.give_way.set()
        try:
            await self.radio.acquire()
        finally:
            self._waiting -= 1
            if not self._waiting:
                self.give_way.clear()
        try:
            yield
        finally:
            self.radio.release()

    @property
    def alive(self) -> bool:
        return self._thread.is_alive()

    def submit(self, work: Coroutine[Any, Any, T]) -> concurrent.futures.Future[T]:
        """Run a coroutine on the loop."""
        return asyncio.run_coroutine_threadsafe(work, self.loop)

    def close(self) -> None:
        """End the loop and join its thread; twice is fine."""
        if self._thread.is_alive():
            with contextlib.suppress(RuntimeError):
                self.loop.call_soon_threadsafe(self._end.set)
            self._thread.join(CLOSE_TIMEOUT_S)
            if self._thread.is_alive():
                log.error("the Bluetooth thread does not end")


def _is_bleaks(task: asyncio.Task[Any]) -> bool:
    coroutine = task.get_coro()
    return getattr(coroutine, "__qualname__", "").startswith(BLEAKS_OWN)


async def within(seconds: float, work: Coroutine[Any, Any, T]) -> T:
    """What ``work`` gives; raises TimeoutError when it takes longer.

    Nobody is given up for the program's own slowness: where this thread stood still until the
    time was over, an answer that lies ready is taken, which asyncio's own limit throws away.
    """
    task = asyncio.ensure_future(work)
    try:
        await asyncio.wait({task}, timeout=seconds)
        if not task.done():
            raise TimeoutError
        return task.result()
    finally:
        if not task.done():
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)
        elif not task.cancelled():
            # Who is cancelled just then does not ask, which asyncio would report as a fault.
            task.exception()


_lock = threading.Lock()
_current: BleLoop | None = None


def bluetooth() -> BleLoop:
    """The running loop; started when it is first needed."""
    global _current
    with _lock:
        if _current is None or not _current.alive:
            _current = BleLoop()
        return _current


def close_bluetooth() -> None:
    """End the loop and its thread, if there is one; the next use starts a new one."""
    global _current
    with _lock:
        if _current is not None:
            _current.close()
            _current = None
