from pathlib import Path

import numpy as np
import pytest

from emgstudio.core.errors import EmgError
from emgstudio.core.outbox import Outbox
from emgstudio.core.types import Level, Notice
from emgstudio.storage import disk_space
from emgstudio.storage.disk_space import (
    Ballast,
    DiskPolicy,
    DiskWatch,
    free_where,
    in_words,
    write_test,
)
from emgstudio.storage.timing import fit_line, thinned


def test_the_write_test_makes_the_folder_and_leaves_nothing(tmp_path: Path) -> None:
    write_test(tmp_path / "new" / "folder")
    assert list((tmp_path / "new" / "folder").iterdir()) == []


def test_a_folder_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(EmgError, match=r'Folder cannot be written: ".*file'):
        write_test(tmp_path / "file")


def test_a_disk_that_gives_back_something_else_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Path, "read_bytes", lambda _: b"other")
    with pytest.raises(EmgError, match="other bytes"):
        write_test(tmp_path)


def test_free_space_is_that_of_the_next_folder_there_is(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    free = free_where(tmp_path)
    assert free is not None
    assert free > 0
    assert free_where(tmp_path / "not" / "yet") is not None
    assert free_where(tmp_path / "file" / "not" / "possible") is not None


def test_free_space_that_nobody_may_know_is_not_known(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert free_where(tmp_path / ("a name that is too long" * 20)) is None

    def refused(_folder: Path) -> int:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(disk_space, "free_bytes", refused)
    assert free_where(tmp_path) is None


def test_ballast_is_real_bytes_and_released_once(tmp_path: Path) -> None:
    ballast = Ballast(tmp_path, 3_000_000)
    ballast.fill()
    file = tmp_path / ".ballast"
    assert file.stat().st_size == 3_000_000
    assert file.stat().st_blocks * 512 >= 3_000_000
    assert ballast.release()
    assert not ballast.release()


def test_d9_the_watch_warns_once_per_level_and_stops_at_the_reserve(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    free = 0
    monkeypatch.setattr(disk_space, "free_bytes", lambda _: free)
    outbox = Outbox()
    watch = DiskWatch(tmp_path, DiskPolicy(reserve_bytes=1000), 10.0, outbox)
    said = []
    for now, free in enumerate((40_000, 18_000, 17_000, 3_400, 3_000, 500)):
        stop = watch.must_stop(now * 10.0, 0)
        said.append([(n.level, n.text) for n in outbox.drain() if isinstance(n, Notice)])
        assert stop == (free < 1000)
    assert said == [
        [],
        [(Level.WARNING, "Disk nearly full: 28 min 20 s of recording left.")],
        [],
        [(Level.ERROR, "Disk nearly full: 4 min of recording left.")],
        [],
        [],
    ]
    assert watch.left_s == 0.0
    usual = DiskPolicy()
    assert (usual.strong_s, usual.reserve_bytes) == (5 * 60.0, 200_000_000)


def test_a_video_beside_the_signals_shortens_the_time_that_is_left(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(disk_space, "free_bytes", lambda _: 1_001_000)
    (tmp_path / ".ballast").write_bytes(bytes(500_000))
    video = tmp_path / "camera.mjpeg"
    policy = DiskPolicy(reserve_bytes=1000, warn_s=0.0, strong_s=0.0)
    watch = DiskWatch(tmp_path, policy, 100.0, Outbox())
    left = []
    for now in range(0, 60, 2):
        with video.open("ab") as file:
            # It begins after ten seconds and breaks off after forty.
            file.write(bytes(2000 if 10 <= now < 40 else 0))
        watch.must_stop(float(now), 0)
        left.append(watch.left_s)
    assert left[4] == 10_000.0
    assert left[19] == pytest.approx(1000.0, rel=0.15)
    assert left[-1] > 2000.0


@pytest.mark.parametrize(
    ("seconds", "words"),
    [(0.8, "0.8 s"), (45, "45 s"), (60, "1 min"), (751, "12 min 31 s"), (7512, "2 h 5 min")],
)
def test_durations_in_words(seconds: float, words: str) -> None:
    assert in_words(seconds) == words


def test_late_packets_do_not_move_the_line() -> None:
    random = np.random.default_rng(0)
    sample = np.arange(0, 120_000, 500)
    true = 3.0 + sample / 1000.7
    late = np.where(random.random(len(sample)) < 0.3, random.exponential(0.05, len(sample)), 0.0)
    line = fit_line(list(zip(sample.tolist(), (true + late).tolist(), strict=True)), 1000.0)
    assert line is not None
    assert line.fitted
    assert line.rate == pytest.approx(1000.7, abs=0.02)
    assert line.start_s == pytest.approx(3.0, abs=0.003)


def test_a_device_at_half_its_nominal_rate_is_measured() -> None:
    line = fit_line([(k * 250, k * 0.5) for k in range(100)], 1000.0)
    assert line is not None
    assert line.rate == pytest.approx(500.0)


def test_a_short_recording_keeps_the_nominal_rate() -> None:
    line = fit_line([(500, 0.61), (1000, 1.1)], 1000.0)
    assert line is not None
    assert (line.rate, line.fitted) == (1000.0, False)
    assert line.start_s == pytest.approx(0.1)
    assert fit_line([], 1000.0) is None
    assert len(thinned([(k, float(k)) for k in range(5000)])) == 1000
