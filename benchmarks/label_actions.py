"""What keys cost in Review with thousands of labels, beside none: opening and every action.

    python -m benchmarks.label_actions

CPU time of all threads of the process, Qt's painting ones among them, while the window paints.
"""

from __future__ import annotations

import argparse
import os
import statistics
import tempfile
import time
from collections.abc import Callable
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

import numpy as np

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

from benchmarks.machine import speed
from emgstudio.core.types import Annotation, Channel, ConditionSpec, StreamInfo
from emgstudio.storage.new_session import NewSession
from emgstudio.storage.recording import Recording

COUNTS = (20, 5_000, 10_000)
"""With no label at all most keys would have nothing to do."""
HOURS = 2.0
REPEATS, OPENINGS = 25, 7


def actions(hours: float) -> None:
    """CPU time of what one does, without labels and with many; the window paints each time.

    The recordings take turns at everything: a shared machine changes its speed within seconds.
    """
    from PySide6.QtWidgets import QApplication

    from emgstudio.gui.rooms.review import ReviewRoom
    from emgstudio.gui.theme import theme
    from emgstudio.gui.tick import Tick
    from emgstudio.session.session import Session

    app = QApplication.instance() or QApplication([])
    theme().apply("dark")
    figures: dict[str, list[list[tuple[float, float]]]] = {}
    with tempfile.TemporaryDirectory() as folder, Session(Path(folder) / "settings") as session:
        paths = [_long_recording(Path(folder) / str(count), hours, count) for count in COUNTS]
        rooms = []
        for path in paths:
            rooms.append(ReviewRoom(session, Tick(session)))
            rooms[-1].resize(1600, 900)
            rooms[-1].show()
            rooms[-1].entered()
            # The first time pays for imports and fonts; it is not counted.
            rooms[-1].open(path)
            app.processEvents()
        told = figures["open"] = [[] for _ in COUNTS]
        for _ in range(OPENINGS):
            for room, path, runs in zip(rooms, paths, told, strict=True):
                runs.append(_spent(partial(room.open, path), app.processEvents))
        keys = [_keys(room, hours, app.processEvents) for room in rooms]
        for name in keys[0]:
            told = figures[name] = [[] for _ in COUNTS]
            for _ in range(REPEATS):
                for work, runs in zip(keys, told, strict=True):
                    runs.append(work[name]())
        for room in rooms:
            room.close_room()
            room.close()
    _print(figures)


def _print(figures: dict[str, list[list[tuple[float, float]]]]) -> None:
    heads = "".join(f"{f'{count} labels':>14} {'ratio':>6}" for count in COUNTS)
    print(f"the machine at {speed():.2f} of its speed at the end")
    print(f"{'CPU ms':<22} {heads}   elapsed ms: median, and 9 of 10")
    for name, told in figures.items():
        cells = [statistics.median(cpu for cpu, _ in runs) for runs in told]
        shown = "".join(f"{cpu:>14.1f} {cpu / cells[0]:>6.2f}" for cpu in cells)
        walls = [sorted(wall for _, wall in runs) for runs in told]
        pairs = (f"{statistics.median(w):.1f}, {w[int(0.9 * (len(w) - 1))]:.1f}" for w in walls)
        print(f"{name:<22} {shown}   {' | '.join(pairs)}")


def _long_recording(folder: Path, hours: float, count: int) -> Path:
    rate, channels = 500.0, 16
    named = tuple(Channel(f"ch{i + 1}", scale=0.2) for i in range(channels))
    info = StreamInfo("emg", rate, named, "int16", "benchmark")
    made = NewSession(folder, [(info, ConditionSpec())], {}, host_s=0.0, created=datetime.now(UTC))
    minute = np.random.default_rng(1).normal(0, 300, (round(60 * rate), channels))
    for k in range(round(60 * hours)):
        made.streams[0].writer.append(minute.astype(np.int16), round(k * 60e9))
    step = hours * 3600 / max(1, count)
    made.annotations.add(
        *(
            Annotation(1 + i * step, 1.4 + i * step, f"label {i % 6}", "labels", id=f"{i:06}")
            for i in range(count)
        )
    )
    made.finish("benchmark")
    with Recording.open(folder) as recording:
        if not recording.main.has_pyramid:
            recording.main.build_pyramid()
    return folder


def _spent(work: Callable[[], object], paint: Callable[[], object]) -> tuple[float, float]:
    began, wall = time.process_time(), time.perf_counter()
    work()
    paint()
    return (time.process_time() - began) * 1000, (time.perf_counter() - wall) * 1000


def _keys(
    room: object, hours: float, paint: Callable[[], object]
) -> dict[str, Callable[[], tuple[float, float]]]:
    """What to do once for each thing; it says what that cost."""
    from emgstudio.gui.rooms.review import ReviewRoom

    assert isinstance(room, ReviewRoom)
    document = room.document
    assert document is not None
    middle = hours * 1800
    room.view.show_span(middle - 5, middle + 5)
    document.add(middle + 0.1, middle + 0.5, "mine", track="mine")
    mine = document.selected_id
    commands = {keys: call for _text, keys, call in room.commands.table()}
    work: dict[str, Callable[[], object]] = {
        "nudge ]": commands["]"],
        "label 2": commands["2"],
        "undo": document.undo,
        "redo": document.redo,
        "checked, next Enter": commands["Return"],
        "next Tab": lambda: room.commands.step(1),
        "next unchecked U": commands["U"],
        "add": lambda: document.add(middle - 1.5, middle - 1.2, "more", track="mine"),
        "delete Del": commands["Del"],
    }

    def run(name: str, call: Callable[[], object]) -> tuple[float, float]:
        if name == "delete Del":
            document.add(middle - 1.5, middle - 1.2, "more", track="mine")
        elif name not in ("undo", "redo"):
            document.select(mine)
        # Where the next one is far away, going there would be counted as well.
        room.view.show_span(middle - 5, middle + 5)
        paint()
        return _spent(call, paint)

    return {name: partial(run, name, call) for name, call in work.items()}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("--hours", type=float, default=HOURS)
    actions(parser.parse_args().hours)


if __name__ == "__main__":
    main()
