from pathlib import Path

import pytest

from benchmarks.crash import run_once
from benchmarks.diskfull import fill, small_disk

KILLS = 3


def test_a_killed_recording_is_readable_offered_and_recovered(tmp_path: Path) -> None:
    for number in range(KILLS):
        kill = run_once(tmp_path / str(number), number, 0.4, 1.5)
        assert kill.problem == ""
        assert kill.readable
        assert kill.lost_s <= 1.0
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
