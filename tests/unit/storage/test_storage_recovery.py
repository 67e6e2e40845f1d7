import errno
import json
import os
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from emgstudio.core.errors import EmgError
from emgstudio.core.types import Annotation
from emgstudio.storage.annotations import AnnotationLog
from emgstudio.storage.format import HEADER_BYTES
from emgstudio.storage.library import recordings_in
from emgstudio.storage.lock import FolderLock, is_being_written
from emgstudio.storage.recording import Recording
from emgstudio.storage.recovery import find_unfinished, recover, verify
from emgstudio.storage.session_file import read_session, write_session

Make = Callable[..., tuple[Path, np.ndarray[Any, Any], np.ndarray[Any, Any]]]


def flip(path: Path, position: int) -> None:
    raw = bytearray(path.read_bytes())
    raw[position] ^= 0x10
    path.write_bytes(raw)


def test_a_finished_recording_is_intact_and_labels_may_be_added(make: Make) -> None:
    path, _, _ = make([500, -20, 500])
    assert verify(path).ok
    log = AnnotationLog.open(path)
    log.add(Annotation(0.1, 0.2, "fist"))
    log.close()
    Recording.open(path).main.build_pyramid()
    report = verify(path)
    assert (report.ok, report.blocks, report.problems) == (True, 3, ())


@pytest.mark.parametrize(
    ("name", "position", "problem"),
    [
        ("emg.i16", 200, "emg.i16: 1 damaged blocks, the first at 0.0 s"),
        ("emg.idx", HEADER_BYTES + 3, "emg.idx: 1 damaged index records"),
        ("emg.idx", 12, "head of the recording's index is damaged"),
        ("events.jsonl", 30, "events.jsonl has damaged lines"),
        ("checksums.json", 30, "differs|damaged|missing"),
        ("session.json", 200, "session.json was changed"),
    ],
)
def test_one_flipped_bit_anywhere_is_found(
    make: Make, name: str, position: int, problem: str
) -> None:
    path, _, _ = make([500, -20, 500], meta={"title": "a long enough title " * 20})
    log = AnnotationLog.open(path)
    log.add(Annotation(0.1, 0.2, "fist"))
    log.close()
    flip(path / name, position)
    report = verify(path)
    assert not report.ok
    assert any(re.search(problem, p) for p in report.problems), report.problems


def test_a_damaged_block_becomes_a_gap_by_recovery(make: Make) -> None:
    path, samples, _ = make([500, 500, 500])
    flip(path / "emg.i16", 700 * 6)
    size = (path / "emg.i16").stat().st_size
    report = recover(path)
    assert (report.lost_s, report.torn) == (0.0, ())
    assert "1 damaged blocks are marked as gaps" in report.problems[0]
    raw, valid = Recording.open(path).main.raw(0, 1500)
    np.testing.assert_array_equal(valid, np.repeat([True, False, True], 500))
    np.testing.assert_array_equal(raw[valid], samples[valid])
    assert (path / "emg.i16").stat().st_size == size
    assert not verify(path).ok


def test_recovery_cuts_torn_ends_keeps_their_bytes_and_finishes(make: Make) -> None:
    path, samples, _ = make([500, 300], finish=False)
    with (path / "emg.i16").open("ab") as file:
        file.write(b"\x01" * (120 * 6 + 1))
    with (path / "emg.idx").open("ab") as file:
        file.write(b"\x02" * 40)
    with (path / "events.jsonl").open("ab") as file:
        file.write(b'{"crc":"12')
    (path / ".ballast").write_bytes(b"x" * 100)
    report = recover(path)
    assert report.text == "Recording recovered. 0.8 s saved, last 0.1 s lost."
    assert sorted(p.name for p in report.torn) == [
        "emg.i16.torn",
        "emg.idx.torn",
        "events.jsonl.torn",
    ]
    assert (path / "emg.i16.torn").read_bytes() == b"\x01" * 721
    assert (path / "emg.idx.torn").read_bytes() == b"\x02" * 40
    assert verify(path).ok
    recording = Recording.open(path)
    assert (recording.state, recording.meta["ended_by"]) == ("finished", "recovered")
    np.testing.assert_array_equal(recording.main.raw(0, 800)[0], samples)
    assert not (path / ".ballast").exists()
    assert find_unfinished(path.parent) == []
    again = recover(path)
    assert (again.saved_s, again.lost_s, again.torn) == (0.8, 0.0, ())


def test_the_start_is_found_from_the_index_when_it_was_not_noted(make: Make) -> None:
    path, _, _ = make([500], finish=False)
    session = read_session(path)
    session["host_s"] = 99.5
    session["streams"][0]["start_s"] = None
    write_session(path, session)
    assert Recording.open(path).main.start_s == pytest.approx(0.5)
    recover(path)
    assert Recording.open(path).main.start_s == pytest.approx(0.5)


@pytest.mark.parametrize("content", [None, "", "{", "[]"])
def test_samples_survive_the_loss_of_session_json(make: Make, content: str | None) -> None:
    path, samples, there = make([500, -30, 100], finish=False)
    (path / "session.json").unlink()
    if content is not None:
        (path / "session.json").write_text(content)
    assert find_unfinished(path.parent) == [path]
    report = recover(path)
    assert "scales are unknown" in report.problems[0]
    stream = Recording.open(path).main
    raw, valid = stream.raw(0, 630)
    np.testing.assert_array_equal(raw, samples)
    np.testing.assert_array_equal(valid, there)
    assert (stream.info.rate, stream.info.channels[0].unit) == (1000.0, "a.u.")
    assert verify(path).ok


def test_a_damaged_head_is_written_again(make: Make) -> None:
    path, samples, _ = make([500], finish=False)
    flip(path / "emg.idx", 20)
    with pytest.raises(EmgError, match="Run recover"):
        Recording.open(path)
    recover(path)
    np.testing.assert_array_equal(Recording.open(path).main.raw(0, 500)[0], samples)


def test_a_running_recording_is_neither_offered_nor_recovered(make: Make) -> None:
    path, _, _ = make([500], finish=False)
    lock = FolderLock(path)
    assert lock.take()
    assert is_being_written(path)
    assert find_unfinished(path.parent) == []
    with pytest.raises(EmgError, match="is being recorded"):
        recover(path)
    lock.release()
    assert find_unfinished(path.parent) == [path]


def test_a_folder_that_may_not_be_looked_into_hides_no_recording(
    make: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    path, _, _ = make([500], finish=False)
    (path.parent / "lost+found").mkdir()
    look = Path.iterdir

    def refused(folder: Path) -> Iterator[Path]:
        if folder.name == "lost+found":
            raise PermissionError(errno.EACCES, "Permission denied", str(folder))
        return look(folder)

    ask = Path.stat

    def hidden(asked: Path, *, follow_symlinks: bool = True) -> os.stat_result:
        if asked.parent.name == "lost+found" or asked.name == "gone server":
            raise PermissionError(errno.EACCES, "Permission denied", str(asked))
        return ask(asked, follow_symlinks=follow_symlinks)

    (path.parent / "gone server").mkdir()
    monkeypatch.setattr(Path, "iterdir", refused)
    monkeypatch.setattr(Path, "stat", hidden)
    assert find_unfinished(path.parent) == [path]
    assert [found.path for found in recordings_in(path.parent)] == [path]
    assert find_unfinished(path.parent / "lost+found") == []


def test_nothing_to_recover_is_said(tmp_path: Path) -> None:
    with pytest.raises(EmgError, match="not a recording"):
        recover(tmp_path / "nowhere")
    with pytest.raises(EmgError, match="can be recovered"):
        recover(tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_the_library_lists_newest_first_and_names_problems(make: Make, tmp_path: Path) -> None:
    make([1000, -100], meta={"title": "old", "subject": "P1"})
    path, _, _ = make([2000], meta={"title": "new"})
    session = read_session(path)
    write_session(path, {**session, "created": "2027-01-01T00:00:00.000+00:00"})
    make([300], finish=False, meta={"title": "crashed"})
    broken = tmp_path / "client" / "broken"
    broken.mkdir(parents=True)
    (broken / "session.json").write_text("{")
    rows = recordings_in(tmp_path)
    by_title = {row.title: row for row in rows}
    assert rows.index(by_title["new"]) < rows.index(by_title["old"])
    old = by_title["old"]
    assert (old.duration_s, old.lost, old.channels, old.rate) == (1.1, 100, 3, 1000.0)
    assert (old.subject, old.state, old.device) == ("P1", "finished", "test")
    assert old.bytes > 6000
    assert (by_title["crashed"].state, by_title["crashed"].duration_s) == ("recording", 0.3)
    assert [row.path for row in rows if row.problem] == [broken]
    assert recordings_in(tmp_path / "nowhere") == []


@pytest.mark.parametrize(
    ("where", "value"),
    [
        (("state",), None),
        (("duration_s",), {}),
        (("host_s",), float("nan")),
        (("meta",), 5),
        (("streams",), "x"),
        (("streams", 0), 7),
        (("streams", 0, "file"), "../other.i16"),
        (("streams", 0, "index"), 10**30),
        (("streams", 0, "id"), "?"),
        (("streams", 0, "condition"), [1, 2]),
        (("streams", 0, "fitted_rate"), -3.0),
        (("streams", 0, "info", "rate"), float("nan")),
        (("streams", 0, "info", "dtype"), "int7"),
        (("streams", 0, "info", "channels"), []),
        (("streams", 0, "info", "channels", 1), 0),
        (("streams", 0, "info", "channels", 1, "name"), None),
    ],
)
def test_an_impossible_description_is_one_sentence_and_recovery_makes_a_new_one(
    make: Make, where: tuple[Any, ...], value: object
) -> None:
    path, data, valid = make([500, -20, 500])
    session = read_session(path)
    place: Any = session
    for key in where[:-1]:
        place = place[key]
    place[where[-1]] = value
    write_session_as_it_is(path, session)
    for use in (Recording.open, verify):
        with pytest.raises(EmgError, match=r"damaged|cannot be stored"):
            use(path)
    assert recordings_in(path.parent)[0].problem
    report = recover(path)
    assert len(report.problems) == 1
    raw, there = Recording.open(path).main.raw(0, len(data))
    assert (raw == data).all()
    assert (there == valid).all()


def test_checksums_that_say_nothing_are_a_problem_not_a_crash(make: Make) -> None:
    path, _, _ = make([500])
    (path / "checksums.json").write_text('{"files": {"emg.i16": {}}}')
    assert "checksums.json is damaged." in verify(path).problems


def write_session_as_it_is(folder: Path, value: dict[str, Any]) -> None:
    (folder / "session.json").write_text(json.dumps(value), "utf-8")


def test_recovery_never_says_more_than_it_did(make: Make) -> None:
    whole, _, _ = make([500])
    assert recover(whole).text == "There is nothing to recover: all 0.5 s are finished."
    killed, _, _ = make([500], finish=False)
    text = "Recording recovered. 0.5 s saved, all that was written is there."
    assert recover(killed).text == text
    damaged, _, _ = make([500])
    flip(damaged / "emg.i16", 200)
    report = recover(damaged)
    assert report.text == "Recording recovered. 0.5 s saved, what was damaged is marked."
    assert "damaged blocks" in report.problems[0]


def test_a_description_of_other_samples_is_made_anew(make: Make) -> None:
    path, data, _ = make([500])
    session = read_session(path)
    session["streams"][0]["info"]["channels"].pop()
    write_session(path, session)
    with pytest.raises(EmgError, match="Run recover"):
        Recording.open(path)
    assert "made anew" in recover(path).problems[0]
    assert (Recording.open(path).main.raw(0, 500)[0] == data).all()
