"""A recording written by format version 1 must open for ever, and be written the same."""

import json
import shutil
import struct
import zlib
from datetime import UTC, datetime
from pathlib import Path

import numpy as np

from emgstudio.core.types import Gap, Source
from emgstudio.storage.annotations import AnnotationLog
from emgstudio.storage.format import Flag
from emgstudio.storage.new_session import NewSession
from emgstudio.storage.recording import Recording
from emgstudio.storage.recovery import verify

GOLDEN = Path(__file__).parent / "recording_v1"
K = np.arange(80)
SAMPLES = np.column_stack([K * 7 - 200, K * K - 3000])
THERE = (K < 40) | (K >= 50)


def test_the_golden_recording_reads_as_it_was_written() -> None:
    recording = Recording.open(GOLDEN)
    stream = recording.main
    raw, valid = stream.raw(0, 80)
    np.testing.assert_array_equal(valid, THERE)
    np.testing.assert_array_equal(raw[THERE], SAMPLES[THERE])
    assert stream.gaps == (Gap("emg", 40, 10, estimated=True),)
    physical = stream.physical(0, 80)[THERE]
    np.testing.assert_allclose(physical[:, 0], SAMPLES[THERE, 0] * 0.25 + 1.0, rtol=1e-6)
    np.testing.assert_allclose(physical[:, 1], SAMPLES[THERE, 1] * 0.001, rtol=1e-6)
    assert stream.info.channels[0].rails == (-2048, 2047)
    assert (stream.info.simulated, stream.condition.notch_hz) == (True, 50.0)
    assert (recording.meta["note"], recording.subject) == ("kept", "P1")
    assert recording.duration_s == 0.08
    fist, mark = recording.annotations
    assert (fist.label, fist.source, fist.repetition) == ("fist", Source.CUE, 1)
    assert (mark.label, mark.note) == ("mark", "µ")
    assert verify(GOLDEN).ok


def test_undo_goes_on_where_it_was(tmp_path: Path) -> None:
    shutil.copy(GOLDEN / "events.jsonl", tmp_path)
    log = AnnotationLog.open(tmp_path)
    assert (log.undo_text, log.redo_text) == ("Add “mark”", "Remove “mark”")
    log.close()


def test_todays_writer_makes_the_same_bytes(tmp_path: Path) -> None:
    stream = Recording.open(GOLDEN).main
    session = NewSession(
        tmp_path / "new",
        [(stream.info, stream.condition)],
        {},
        host_s=100.0,
        created=datetime(2026, 11, 20, tzinfo=UTC),
    )
    writer = session.streams[0].writer
    writer.append(SAMPLES[:40].astype(np.int16), 100_000_000_000)
    writer.skip(10, 100_040_000_000, Flag.ESTIMATED)
    writer.append(SAMPLES[50:].astype(np.int16), 100_050_000_000)
    session.finish("stop")
    new = tmp_path / "new"
    assert (new / "emg.i16").read_bytes() == (GOLDEN / "emg.i16").read_bytes()
    assert (new / "emg.idx").read_bytes()[64:] == (GOLDEN / "emg.idx").read_bytes()[64:]
    assert (new / "emg.idx").read_bytes()[:16] == (GOLDEN / "emg.idx").read_bytes()[:16]
    entry = json.loads((GOLDEN / "session.json").read_text())["streams"][0]
    assert json.loads((new / "session.json").read_text())["streams"][0]["info"] == entry["info"]


def test_the_description_is_enough_to_read_it_with_the_standard_library() -> None:
    """The reader of docs/file-format.md, word for word."""
    index = (GOLDEN / "emg.idx").read_bytes()
    magic, version, record_bytes, channels = struct.unpack_from("<8sHHI", index)
    assert (magic, version, record_bytes, channels) == (b"EMGINDEX", 1, 32, 2)
    data = (GOLDEN / "emg.i16").read_bytes()
    samples, row = {}, 0
    for at in range(64, len(index), record_bytes):
        first, count, crc, _host_ns, flags, own_crc = struct.unpack_from("<QIIQII", index, at)
        assert zlib.crc32(index[at : at + 28]) == own_crc
        if flags & 1:
            continue
        block = data[row * channels * 2 : (row + count) * channels * 2]
        assert zlib.crc32(block) == crc
        for k, values in enumerate(struct.iter_unpack(f"<{channels}h", block)):
            samples[first + k] = values
        row += count
    assert samples == {int(k): tuple(SAMPLES[k].tolist()) for k in K[THERE]}
