"""What every test gets: folders of its own, no stray threads, no unexpected warnings.

Nothing here imports Qt: core to session are also tested with PySide6 absent.
"""

from __future__ import annotations

import gc
import logging
import os
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from types import SimpleNamespace

import pytest
from hypothesis import settings

from tests.stepped_time import SteppedTime

# Before anything imports Qt; a developer may still choose another platform.
os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
# Before anything imports numpy; as the program itself has it (emgstudio/cli).
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

# The machine's load decides how long one example takes, so no deadline per example. The same
# examples each time: a commit that passed passes again. ``--hypothesis-profile search`` looks
# for new ones.
settings.register_profile(
    "house", deadline=None, max_examples=60, print_blob=True, derandomize=True
)
settings.register_profile("search", settings.get_profile("house"), derandomize=False)
settings.load_profile("house")

TESTS = Path(__file__).resolve().parent
THREADS_END_WITHIN_S = 30.0
# Far above what any of it takes: a slow or busy machine is no reason to fail.
GIVE_UP_S = 60.0
# Pools that libraries keep for the whole life of the process.
LIBRARY_THREADS = ("QueueManagerThread", "ExecutorManagerThread", "QueueFeederThread", "asyncio_")


@pytest.hookimpl(trylast=True)
def pytest_unconfigure() -> None:
    """Threads that a failed test left must not keep the whole run from ending."""
    main = threading.main_thread()
    left = [t for t in threading.enumerate() if t is not main and not t.daemon]
    if any(_ours(thread) for thread in left):
        sys.stdout.flush()
        os._exit(1)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if TESTS / "gui" in item.path.parents:
            item.add_marker(pytest.mark.gui)


@pytest.fixture(autouse=True)
def own_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Settings, models, logs and recordings of a test never touch the user's."""
    home = tmp_path / "home"
    monkeypatch.setenv("EMGSTUDIO_HOME", str(home))
    return home


@pytest.fixture(autouse=True)
def no_stray_threads() -> Iterator[None]:
    """Whatever a test starts must have ended when it ends."""
    before = set(threading.enumerate())
    yield
    deadline = time.monotonic() + THREADS_END_WITHIN_S
    while (left := _new_threads(before)) and time.monotonic() < deadline:
        left[0].join(max(0.0, deadline - time.monotonic()))
    if left:
        pytest.fail(f"threads still running after the test: {[t.name for t in left]}")


def _new_threads(before: set[threading.Thread]) -> list[threading.Thread]:
    return [
        thread
        for thread in threading.enumerate()
        if thread not in before and thread.is_alive() and _ours(thread)
    ]


def _ours(thread: threading.Thread) -> bool:
    # Threads that Qt or another library started only look like Python ones.
    looks = isinstance(thread, threading._DummyThread)
    return not looks and not thread.name.startswith(LIBRARY_THREADS)


class _Collector(logging.Handler):
    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self.texts: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        text = f"{record.levelname} {record.name}: {record.getMessage()}"
        if record.exc_info:
            text += "\n" + logging.Formatter().formatException(record.exc_info)
        self.texts.append(text)


@pytest.fixture(autouse=True)
def no_unexpected_warnings(request: pytest.FixtureRequest) -> Iterator[None]:
    """A WARNING or worse in the log fails the test.

    A test that expects some says so: it asks for ``caplog`` (and looks at it),
    or carries ``@pytest.mark.logs_warnings``.
    """
    collector = _Collector()
    logging.getLogger().addHandler(collector)
    yield
    logging.getLogger().removeHandler(collector)
    expected = "caplog" in request.fixturenames or request.node.get_closest_marker("logs_warnings")
    if collector.texts and not expected:
        pytest.fail("unexpected in the log:\n" + "\n".join(collector.texts))


@pytest.fixture(autouse=True)
def collector_stays_in_gui_thread(request: pytest.FixtureRequest) -> Iterator[None]:
    """Python's cyclic collector must not run in a worker thread while widgets live."""
    if not request.node.get_closest_marker("gui"):
        yield
        return
    was_on = gc.isenabled()
    gc.disable()
    # To look through what all imports made took a fifth of the time of these tests.
    gc.freeze()
    yield
    gc.collect()
    if was_on:
        gc.enable()


@pytest.fixture
def stepped_time(monkeypatch: pytest.MonkeyPatch) -> SteppedTime:
    """The host's clock and the pauses of loopback links, for tests of one thread."""
    stepped = SteppedTime()
    monkeypatch.setattr("emgstudio.core.clock.time", stepped)
    monkeypatch.setattr(
        "emgstudio.devices.links.loopback.threading", SimpleNamespace(Event=lambda: stepped)
    )
    return stepped


@pytest.fixture
def wait_until() -> Callable[..., None]:
    """``wait_until(condition)`` polls instead of sleeping for a fixed time."""
    return _wait_until


def _wait_until(condition: Callable[[], object], timeout: float = GIVE_UP_S) -> None:
    deadline = time.monotonic() + timeout
    while not condition():
        if time.monotonic() > deadline:
            pytest.fail(f"not within {timeout} s: {condition}")
        time.sleep(0.002)
