"""The tick brings news, then a frame, and is the only one that collects garbage."""

from __future__ import annotations

import gc
import weakref

from pytestqt.qtbot import QtBot

from emgstudio.core.types import Level, Notice
from emgstudio.gui.tick import Tick
from emgstudio.session.session import Session


def test_news_come_before_the_frame_and_in_order(session: Session) -> None:
    tick = Tick(session)
    seen: list[object] = []
    tick.arrived.connect(seen.append)
    tick.frame.connect(lambda now: seen.append(type(now)))
    session.outbox.notice(Level.INFO, "first")
    session.outbox.notice(Level.INFO, "second")
    tick.beat()
    assert seen == [Notice(Level.INFO, "first"), Notice(Level.INFO, "second"), float]


def test_it_beats_by_itself_until_it_is_stopped(qtbot: QtBot, session: Session) -> None:
    tick = Tick(session, interval_ms=5)
    frames: list[float] = []
    tick.frame.connect(frames.append)
    tick.start()
    qtbot.waitUntil(lambda: len(frames) >= 3)
    tick.stop()
    count = len(frames)
    tick.beat()
    assert len(frames) == count + 1
    assert not tick.running
    assert frames == sorted(frames)


def test_only_the_tick_collects_while_it_runs(qtbot: QtBot, session: Session) -> None:
    gc.enable()
    tick = Tick(session, interval_ms=5)
    tick.start()
    try:
        assert not gc.isenabled()

        class Knot:
            pass

        knot = Knot()
        knot.itself = knot  # type: ignore[attr-defined]
        gone = weakref.ref(knot)
        del knot
        # Enough live objects for the young generation to be due.
        keep = [[] for _ in range(5000)]
        qtbot.waitUntil(lambda: gone() is None)
        assert keep
    finally:
        tick.stop()
    assert gc.isenabled()
    gc.disable()
