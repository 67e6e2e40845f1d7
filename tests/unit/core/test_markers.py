"""Labels from a device reach every reader once, in order."""

from __future__ import annotations

import sys
import threading

import pytest

from emgstudio.core.markers import MarkerLog
from emgstudio.core.types import Marker


def marker(n: int) -> Marker:
    return Marker("EMG", n, 0, str(n))


def test_each_reader_gets_what_is_new_to_it() -> None:
    log = MarkerLog()
    log.add(marker(0))
    log.add(marker(1))
    assert [m.at for m in log.since(0)] == [0, 1]
    seen = log.count
    assert log.since(seen) == ()
    log.add(marker(2))
    assert [m.at for m in log.since(seen)] == [2]
    assert [m.at for m in log.since(0, seen)] == [0, 1]


def test_none_is_missed_or_seen_twice_while_others_come() -> None:
    log = MarkerLog()
    before = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    writer = threading.Thread(target=lambda: [log.add(marker(n)) for n in range(5000)])
    try:
        writer.start()
        got: list[int] = []
        seen = 0
        over = False
        while not over:
            over = not writer.is_alive()
            count = log.count
            got += [m.at for m in log.since(seen, count)]
            seen = count
    finally:
        writer.join()
        sys.setswitchinterval(before)
    assert got == list(range(5000))


def test_the_oldest_go_first_when_there_are_too_many(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("emgstudio.core.markers.KEPT", 1000)
    log = MarkerLog()
    for n in range(1005):
        log.add(marker(n))
    assert log.count == 1005
    kept = log.since(0)
    assert (kept[0].at, kept[-1].at, len(kept)) == (5, 1004, 1000)
