import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from emgstudio.core.errors import EmgError
from emgstudio.core.types import Gap
from emgstudio.storage.format import HEADER_BYTES, RECORD_BYTES, RECORD_TYPE, pack_record
from emgstudio.storage.recording import Recording
from emgstudio.storage.session_file import read_session, write_session
from tests.work import bytes_taken, lines_run

Make = Callable[..., tuple[Path, np.ndarray[Any, Any], np.ndarray[Any, Any]]]
with_fixture = settings(
    suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=40
)
PARTS = st.lists(st.integers(-40, 90).filter(bool), min_size=1, max_size=8)


@with_fixture
@given(PARTS, st.sampled_from(["int16", "int32", "float32"]), st.data())
def test_what_was_written_is_read_at_any_place(
    make: Make, parts: list[int], dtype: str, data: st.DataObject
) -> None:
    path, samples, there = make(parts, dtype=dtype)
    stream = Recording.open(path).main
    assert (stream.samples, stream.lost) == (len(samples), int((~there).sum()))
    for _ in range(5):
        start = data.draw(st.integers(-10, len(samples) + 10))
        stop = data.draw(st.integers(-10, len(samples) + 10))
        raw, valid = stream.raw(start, stop)
        span = slice(max(0, start), max(0, start, stop))
        np.testing.assert_array_equal(raw, samples[span])
        np.testing.assert_array_equal(valid, there[span])
        assert raw.dtype == np.dtype(dtype)
        physical = stream.physical(start, stop)
        expected = samples[span] * np.float32([0.5, 1.5, 2.5]) - np.float32([0, 1, 2])
        np.testing.assert_allclose(physical[valid], expected[valid], rtol=1e-6)
        assert np.isnan(physical[~valid]).all()


def test_gaps_take_no_bytes_and_are_told(make: Make) -> None:
    path, _, _ = make([100, -30, -5, 50, -7])
    stream = Recording.open(path).main
    assert stream.gaps == (Gap("emg", 100, 35), Gap("emg", 185, 7))
    assert (path / "emg.i16").stat().st_size == 150 * 3 * 2


def test_a_slice_is_cut_by_recording_time(make: Make) -> None:
    path, samples, _ = make([1000])
    piece = Recording.open(path).slice(0.2495, 0.5)
    assert (piece.first, piece.time0, len(piece.data)) == (249, 0.249, 251)
    assert piece.data[0, 0] == samples[249, 0] * 0.5
    with Recording.open(path) as recording:
        assert len(recording.slice(5.0, 6.0).data) == len(recording.slice(-2.0, -1.0).data) == 0
        assert recording.duration_s == 1.0


@with_fixture
@given(PARTS, st.data())
def test_an_unfinished_recording_is_an_exact_prefix_wherever_its_files_end(
    make: Make, parts: list[int], data: st.DataObject
) -> None:
    path, samples, there = make(parts, finish=False)
    for name in ("emg.i16", "emg.idx"):
        raw = bytearray((path / name).read_bytes())
        least = HEADER_BYTES if name == "emg.idx" else 0
        cut = data.draw(st.integers(least, len(raw)))
        tail = data.draw(st.sampled_from(["none", "zeros", "noise"]))
        rest = {"none": b"", "zeros": bytes(len(raw) - cut), "noise": b"\xa7" * (len(raw) - cut)}
        (path / name).write_bytes(bytes(raw[:cut]) + rest[tail])
    stream = Recording.open(path).main
    got, valid = stream.raw(0, stream.samples)
    np.testing.assert_array_equal(got, samples[: len(got)])
    np.testing.assert_array_equal(valid, there[: len(got)])


def test_an_untouched_unfinished_recording_is_whole(make: Make) -> None:
    path, samples, _ = make([500, -10, 500], finish=False)
    recording = Recording.open(path)
    assert (recording.state, recording.main.samples) == ("recording", len(samples))


@pytest.mark.parametrize("bad", [[0], [2], [3], [1, 2], [0, 4], [2, 5], [6]])
def test_a_finished_recording_goes_on_behind_bad_records(make: Make, bad: list[int]) -> None:
    parts = [100, -30, 50, 60, -5, 80, 40]
    path, samples, there = make(parts)
    raw = bytearray((path / "emg.idx").read_bytes())
    edges = np.cumsum([0, *map(abs, parts)])
    for record in bad:
        raw[HEADER_BYTES + record * RECORD_BYTES] ^= 1
        there[edges[record] : edges[record + 1]] = False
    (path / "emg.idx").write_bytes(raw)
    stream = Recording.open(path).main
    got, valid = stream.raw(0, stream.samples)
    np.testing.assert_array_equal(valid, there[: len(valid)])
    np.testing.assert_array_equal(got[valid], samples[: len(valid)][valid])
    assert len(valid) == (len(samples) if 6 not in bad else edges[6])


def test_a_finished_recording_whose_samples_were_cut_keeps_what_is_there(make: Make) -> None:
    path, samples, _ = make([100, 100, 100])
    data = (path / "emg.i16").read_bytes()
    (path / "emg.i16").write_bytes(data[: 150 * 6])
    stream = Recording.open(path).main
    raw, valid = stream.raw(0, 300)
    assert valid[:100].all()
    np.testing.assert_array_equal(raw[valid], samples[:300][valid])


def test_an_hour_opens_with_the_work_of_a_second(make: Make) -> None:
    short, _, _ = make([10], rate=2000.0, channels=16)
    path, _, _ = make([10], rate=2000.0, channels=16)
    records = [pack_record(at, 100, 0, at, 0) for at in range(0, 7_200_000, 100)]
    header = (path / "emg.idx").read_bytes()[:HEADER_BYTES]
    (path / "emg.idx").write_bytes(header + b"".join(records))
    with (path / "emg.i16").open("wb") as file:
        file.truncate(7_200_000 * 32)
    stream = Recording.open(path).main
    assert stream.samples == 7_200_000
    # Nothing is done block by block, and no sample is read before somebody looks at it.
    assert lines_run(lambda: Recording.open(path).main) < 1.1 * lines_run(
        lambda: Recording.open(short).main
    )
    assert bytes_taken(lambda: Recording.open(path).main) < 10 * len(records) * RECORD_BYTES
    assert len(stream.slice(3000.0, 3010.0).data) == 20_000
    assert lines_run(lambda: stream.slice(3000.0, 3010.0)) < 300
    assert bytes_taken(lambda: stream.slice(3000.0, 3010.0)) < 10 * 20_000 * 16 * 4


def test_opening_changes_nothing_and_needs_no_right_to_write(make: Make) -> None:
    path, _, _ = make([100], finish=False)
    (path / "events.jsonl").write_bytes(b"torn")
    before = {f.name: (f.stat().st_mtime_ns, f.read_bytes()) for f in path.iterdir()}
    assert Recording.open(path).annotations == ()
    assert before == {f.name: (f.stat().st_mtime_ns, f.read_bytes()) for f in path.iterdir()}


def test_the_only_session_in_a_folder_is_meant(make: Make, tmp_path: Path) -> None:
    path, _, _ = make([100])
    assert Recording.open(tmp_path).path == path
    assert Recording.open(path / "session.json").path == path
    make([50])
    with pytest.raises(EmgError, match="holds 2 recordings"):
        Recording.open(tmp_path)
    with pytest.raises(EmgError, match="not a recording"):
        Recording.open(tmp_path / "nowhere")


def test_meta_data_and_its_own_checksum(make: Make) -> None:
    path, _, _ = make([100], meta={"title": "grip", "subject": "P1", "session": "3"})
    recording = Recording.open(path)
    assert (recording.title, recording.subject, recording.meta["session"]) == ("grip", "P1", "3")
    assert recording.meta["created"] == "2026-11-20T14:32:05.000+00:00"
    assert recording.main.condition.low_hz == 20.0


def test_a_recording_of_a_newer_version_is_read_only(make: Make) -> None:
    path, _, _ = make([100])
    session = read_session(path)
    write_session(path, {**session, "version": 3, "something_new": 1})
    recording = Recording.open(path)
    assert recording.read_only
    assert recording.main.samples == 100


def test_foreign_and_damaged_descriptions_are_refused_with_a_hint(make: Make) -> None:
    path, _, _ = make([100])
    (path / "session.json").write_text('{"kind": "something"}')
    with pytest.raises(EmgError, match="not a recording of EMG Studio"):
        Recording.open(path)
    (path / "session.json").write_text("{")
    with pytest.raises(EmgError, match="Run recover"):
        Recording.open(path)
    other, _, _ = make([100], dtype="int32", channels=2)
    shutil.copy(other / "emg.idx", path / "emg.idx")
    shutil.copy(make([100])[0] / "session.json", path / "session.json")
    with pytest.raises(EmgError, match="does not belong"):
        Recording.open(path)


def test_records_out_of_order_end_an_unfinished_recording(make: Make) -> None:
    path, samples, _ = make([10, 20, 30], finish=False)
    raw = (path / "emg.idx").read_bytes()
    records = np.frombuffer(raw, RECORD_TYPE, offset=HEADER_BYTES)
    swapped = records[[0, 2, 1]].tobytes()
    (path / "emg.idx").write_bytes(raw[:HEADER_BYTES] + swapped)
    assert Recording.open(path).main.samples == 10
    assert len(samples) == 60
