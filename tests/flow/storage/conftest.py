"""A recorder in a folder of its own, stopped at the end."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from emgstudio.core.outbox import Outbox
from emgstudio.storage.disk_space import DiskPolicy
from emgstudio.storage.recorder import Recorder
from tests.flow.storage.feed import SMALL, Feed


@pytest.fixture
def outbox() -> Outbox:
    return Outbox()


@pytest.fixture
def start(tmp_path: Path, outbox: Outbox) -> Iterator[Callable[..., Recorder]]:
    running: list[Recorder] = []

    def started(*feeds: Feed, policy: DiskPolicy = SMALL, **meta: Any) -> Recorder:
        recorder = Recorder(tmp_path, [feed.source() for feed in feeds], meta, outbox, policy)
        recorder.start()
        running.append(recorder)
        return recorder

    yield started
    for recorder in running:
        recorder.stop()
