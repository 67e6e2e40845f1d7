from __future__ import annotations

import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest

from benchmarks.crash import run_once
from benchmarks.diskfull import fill, small_disk
from emgstudio.core.types import Annotation
from emgstudio.storage.annotations import AnnotationLog
from emgstudio.storage.recorder import ROUND_S
from tests.flow.storage.labelling_child import act

ROOT = Path(__file__).parents[3]
KILLS = 3


def test_f4_a_killed_recording_keeps_its_labels_and_is_recovered(
    tmp_path: Path,
) -> None:
    """All that was said to be written is there; how late that was is the machine's affair."""
    assert ROUND_S <= 0.5
    for number in range(KILLS):
        kill = run_once(tmp_path / str(number), number, 0.4, 1.5)
        assert kill.problem == ""
        assert kill.readable
        assert kill.missing == 0
        assert kill.labels_made > 0
        assert kill.labels_missing == 0
        assert kill.offered
        assert kill.recovered


@pytest.mark.parametrize("reserve_mb", [0.0, 2.0])
def test_a_full_disk_stops_cleanly_with_everything_before_exact(reserve_mb: float) -> None:
    try:
        with small_disk(8.0) as folder:
            filled = fill(folder, 8.0, reserve_mb)
    except PermissionError as reason:
        pytest.skip(str(reason))
    assert filled.ended == "disk_full"
    assert filled.notice == "The disk is full: recording stopped."
    assert filled.exact
    assert filled.saved > 50_000
    assert filled.verified
    assert filled.label_saved


def labels_after(folder: Path, actions: int) -> tuple[Annotation, ...]:
    """What is there after so many actions of the process that nobody kills."""
    folder.mkdir()
    with closing(AnnotationLog.open(folder, "Ana")) as log:
        for k in range(actions):
            act(log, k)
        return log.items


@pytest.mark.parametrize("seen", [1, 60])
def test_f4_labels_survive_kill_9(tmp_path: Path, seen: int) -> None:
    """Every action that was told is there; at most the next one is, too."""
    folder = tmp_path / "killed"
    folder.mkdir()
    command = [sys.executable, "-m", "tests.flow.storage.labelling_child", str(folder)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=ROOT) as child:
        assert child.stdout is not None
        told = [child.stdout.readline() for _ in range(seen)]
        child.kill()
        told += list(child.stdout)
    done = sum(line.endswith("\n") for line in told)
    assert done >= seen
    with closing(AnnotationLog.open(folder, "Ana")) as log:
        found = log.items
        assert found in (
            labels_after(tmp_path / "told", done),
            labels_after(tmp_path / "one more", done + 1),
        )
        assert log.undo_text is not None
