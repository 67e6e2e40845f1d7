"""A recorder in a folder of its own, stopped at the end."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from emgstudio.core.outbox import Outbox
from emgstudio.storage import recorder
from emgstudio.storage.disk_space import DiskPolicy
from emgstudio.storage.recorder import Recorder
from tests.flow.storage.feed import SMALL, Feed


@pytest.fixture
def outbox() -> Outbox:
    return Outbox()


@pytest.fixture(autouse=True)
def busy_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    """A thread that stands still is no slow disk; the tests of slow disks say what is slow."""
    monkeypatch.setattr(recorder, "SLOW_S", 1e9)


@pytest.fixture
def start(tmp_path: Path, outbox: Outbox) -> Iterator[Callable[..., Recorder]]:
    running: list[Recorder] = []

    def started(*feeds: Feed, policy: DiskPolicy = SMALL, **meta: Any) -> Recorder:
        new = Recorder(tmp_path, [feed.source() for feed in feeds], meta, outbox, policy)
        new.start()
        running.append(new)
        return new

    yield started
    for one in running:
        one.stop()
