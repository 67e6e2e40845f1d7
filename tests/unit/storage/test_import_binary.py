"""Files of other programs: what we read is what their own readers read, and damage is said."""

import contextlib
import re
import struct
import time
import wave
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import numpy as np
import pytest
from scipy.io import savemat

from emgstudio.core.errors import EmgError
from emgstudio.core.types import Annotation, Channel, Source, StreamInfo
from emgstudio.storage.annotations import AnnotationLog
from emgstudio.storage.exporters import ExportRequest, export
from emgstudio.storage.importers import import_file, preview
from emgstudio.storage.importers.edf import read_edf
from emgstudio.storage.importers.edf_file import EdfReader
from emgstudio.storage.importers.imported import imported_session
from emgstudio.storage.recording import Recording

RATE = 2000.0


@pytest.fixture(scope="module")
def path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("recordings") / "one"
    info = StreamInfo("emg", RATE, (Channel("a", scale=0.5), Channel("b", scale=0.5)), "int16", "d")
    data = np.random.default_rng(7).integers(-30000, 30000, (9001, 2)).astype(np.int16)
    with imported_session(folder, info, {"subject": "S1"}) as session:
        session.append(data[:4000])
        session.skip(33)
        session.append(data[4033:])
    log = AnnotationLog.open(folder)
    log.add(
        Annotation(0.5, 1.25, "fist", track="labels", source=Source.CUE),
        Annotation(2.0005, 2.0005, "trigger", source=Source.DEVICE),
    )
    log.close()
    return folder


FILES = {"edf": "emg.edf", "bdf": "emg.bdf", "xdf": "recording.xdf", "mat": "recording.mat",
         "npz": "emg.npz", "csv": "emg.csv", "bids": "sub-S1/emg/sub-S1_task-grip_emg.bdf",
         }  # fmt: skip


@pytest.mark.parametrize("key", FILES)
def test_f6_export_and_import_keep_samples_holes_and_labels(
    key: str, path: Path, tmp_path: Path
) -> None:
    request = ExportRequest(key, subject="S1", task="grip")
    folder = export(path, tmp_path / "out", request).folder
    back = Recording.open(import_file(folder / FILES[key], tmp_path / "back"))
    with Recording.open(path) as there:
        x = there.main.physical(0, there.main.samples)
    y = back.main.physical(0, back.main.samples)
    assert y.shape == x.shape
    np.testing.assert_array_equal(np.isnan(y), np.isnan(x))
    # 16 bits over a range that is told in seven characters; the others are exact.
    step = 0.51 * 15000 / 32767 if key == "edf" else 1e-3
    assert np.nanmax(np.abs(y - x)) <= step
    assert back.main.rate == pytest.approx(RATE, rel=1e-7)
    assert [(gap.at, gap.count) for gap in back.main.gaps] == [(4000, 33)]
    read = {a.label: [at * RATE for at in (a.start, a.stop)] for a in back.annotations}
    assert sorted(read) == ["fist", "trigger"]
    # A hundredth of a sample.
    assert read["fist"] == pytest.approx([0.5 * RATE, 1.25 * RATE], abs=0.01)
    assert read["trigger"] == pytest.approx([2.0005 * RATE] * 2, abs=0.01)
    back.close()


def test_a_channel_of_xdf_that_never_gave_a_number_costs_no_other(tmp_path: Path) -> None:
    info = StreamInfo("emg", RATE, (Channel("a"), Channel("dead")), "float32", "d")
    data = np.random.default_rng(7).normal(size=(300, 2)).astype(np.float32)
    data[:, 1] = np.nan
    with imported_session(tmp_path / "r", info, {}) as session:
        session.append(data)
    folder = export(tmp_path / "r", tmp_path / "out", ExportRequest("xdf")).folder
    with Recording.open(import_file(folder / FILES["xdf"], tmp_path / "back")) as back:
        raw, _ = back.main.raw(0, back.main.samples)
    np.testing.assert_array_equal(raw[:, 0], data[:, 0])


@pytest.mark.parametrize("key", ["xdf", "mat", "npz", "csv"])
def test_short_gaps_stay_gaps_and_are_said_of_xdf(key: str, tmp_path: Path) -> None:
    info = StreamInfo("emg", RATE, (Channel("a"), Channel("b")), "int16", "d")
    data = np.arange(400, dtype=np.int16).reshape(200, 2)
    with imported_session(tmp_path / "one", info, {}) as session:
        for count in (1, 2, 4):
            session.append(data)
            session.skip(count)
        session.append(data)
    folder = export(tmp_path / "one", tmp_path / "out", ExportRequest(key)).folder
    with Recording.open(import_file(folder / FILES[key], tmp_path / "back")) as back:
        gaps = [(gap.at, gap.count) for gap in back.main.gaps]
        assert gaps == [(200, 1), (401, 2), (603, 4)]
        assert back.main.samples == 807
        said = " ".join(back.meta["import_remarks"])
        if key == "xdf":
            assert "“emg” lacks 7 samples in 3 places, 0.0035 s in all" in said


@pytest.mark.parametrize(
    ("labels", "kept", "words"),
    [
        ("onset,duration\n1,1\n", [], ""),
        ("", [], ""),
        (None, [], ""),
        ("onset,duration,description,track,source,repetition\n0.5,1,fist,labels,user,2\n"
         "nan,1,a,labels,user,\n1,x,b,labels,user,\n1,-1,c,labels,user,\n2\n1,0,d,,user,x\n",
         [("fist", 0.5, 1.5, 2)], "5 rows that cannot be read"),
    ],
)  # fmt: skip
def test_labels_beside_a_table_of_ours_may_be_changed_or_gone(
    labels: str | None,
    kept: list[tuple[str, float, float, int]],
    words: str,
    path: Path,
    tmp_path: Path,
) -> None:
    folder = export(path, tmp_path / "out", ExportRequest("csv")).folder
    (folder / "labels.csv").unlink()
    if labels is not None:
        (folder / "labels.csv").write_text(labels, "utf-8")
    with Recording.open(import_file(folder / "emg.csv", tmp_path / "back")) as back:
        assert [(a.label, a.start, a.stop, a.repetition) for a in back.annotations] == kept
        assert words in " ".join(back.meta["import_remarks"])
        assert bool(kept) == any("labels.csv" in said for said in back.meta["import_remarks"])


def test_the_lazy_reader_agrees_with_the_library(tmp_path: Path) -> None:
    import pyedflib

    file = tmp_path / "rates.bdf"
    rng = np.random.default_rng(1)
    rates, ends = (1000, 250), (5000.0, 2.0)
    signals = [rng.uniform(-0.9 * e, 0.9 * e, 5 * r) for r, e in zip(rates, ends, strict=True)]
    with pyedflib.EdfWriter(str(file), 2, pyedflib.FILETYPE_BDFPLUS) as writer:
        for k, (rate, end, unit) in enumerate(zip(rates, ends, ("uV", "g"), strict=True)):
            writer.setSignalHeader(k, {
                "label": f"s{k}", "dimension": unit, "sample_frequency": rate,
                "physical_max": end, "physical_min": -end, "digital_max": 8388607,
                "digital_min": -8388608, "prefilter": "", "transducer": "",
            })  # fmt: skip
        writer.writeSamples(signals)
        writer.writeAnnotation(1.5, 0.25, "grüße")
    recording = Recording.open(import_file(file, tmp_path / "out"))
    assert list(recording.streams) == ["1000 Hz", "250 Hz"]
    with pyedflib.EdfReader(str(file)) as reader:
        for k, stream in enumerate(recording.streams.values()):
            ours = stream.physical(0, stream.samples)[:, 0]
            np.testing.assert_allclose(ours, reader.readSignal(k), rtol=1e-5, atol=1e-6)
    assert [c.unit for s in recording.streams.values() for c in s.info.channels] == ["µV", "g"]
    (label,) = recording.annotations
    assert (label.label, label.start, label.stop) == ("grüße", 1.5, 1.75)
    recording.close()


def test_labels_of_a_file_that_begins_within_a_second_count_from_its_first_sample(
    tmp_path: Path,
) -> None:
    import pyedflib

    file = tmp_path / "late.edf"
    with pyedflib.EdfWriter(str(file), 1, pyedflib.FILETYPE_EDFPLUS) as writer:
        writer.setSignalHeader(0, {
            "label": "a", "dimension": "uV", "sample_frequency": 100,
            "physical_max": 100.0, "physical_min": -100.0, "digital_max": 32767,
            "digital_min": -32768, "prefilter": "", "transducer": "",
        })  # fmt: skip
        writer.writeSamples([np.zeros(300)])
        writer.writeAnnotation(1.5, 0.5, "fist")
    # Every record, and so every label, a quarter of a second further into the header's second.
    raw = bytearray(file.read_bytes())
    ((begin, end),) = EdfReader(file)._notes
    for at in range(len(raw) - 3 * EdfReader(file).record_bytes, len(raw), 200 + end - begin):
        note = bytes(raw[at + begin : at + end])
        for second in (b"+0", b"+1", b"+2"):
            note = note.replace(second + b"\x14\x14", second + b".25\x14\x14")
        note = re.sub(rb"\+1\.5\d*\x15", b"+1.75\x15", note)
        raw[at + begin : at + end] = note[: end - begin].ljust(end - begin, b"\0")
    file.write_bytes(raw)
    with pyedflib.EdfReader(str(file)) as reader:
        onsets, lengths, _ = reader.readAnnotations()
    with Recording.open(import_file(file, tmp_path / "out")) as recording:
        (label,) = recording.annotations
        assert recording.main.start_s == 0
        assert (label.start, label.duration) == (onsets[0], lengths[0]) == (1.5, 0.5)


def test_an_hour_is_opened_without_being_read(path: Path, tmp_path: Path) -> None:
    file = export(path, tmp_path / "out", ExportRequest("bdf")).folder / "emg.bdf"
    reader = EdfReader(file)
    assert isinstance(reader._bytes, np.memmap)
    assert reader.records * reader.duration_s == pytest.approx(9001 / RATE, abs=reader.duration_s)


def test_pauses_of_the_discontinuous_variant_are_holes(path: Path, tmp_path: Path) -> None:
    file = export(path, tmp_path / "out", ExportRequest("edf")).folder / "emg.edf"
    raw = bytearray(file.read_bytes())
    raw[192:197] = b"EDF+D"
    # The last records begin ten seconds later than they follow on each other.
    second = raw.index(b"+1\x14\x14\0")
    assert second > 0
    raw[second : second + 6] = b"+9\x14\x14\0\0"[:6]
    file.write_bytes(raw)
    recording = Recording.open(import_file(file, tmp_path / "back"))
    assert any(gap.count == 8 * 2000 for gap in recording.main.gaps)
    recording.close()


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda raw: b"RIFF" + raw[4:], "does not begin as EDF"),
        (lambda raw: raw[:252] + b"many" + raw[256:], "number of signals is “many”"),
        (lambda raw: raw[:244] + b"soon    " + raw[252:], "duration of a record is “soon”"),
        (lambda raw: raw[:300], "speaks of 3 signals"),
    ],
)
def test_a_damaged_header_is_said_where(change, words: str, path: Path, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    file = export(path, tmp_path / "out", ExportRequest("edf")).folder / "emg.edf"
    file.write_bytes(change(file.read_bytes()))
    with pytest.raises(EmgError, match=words):
        import_file(file, tmp_path / "back")
    assert not (tmp_path / "back").exists()


@pytest.mark.parametrize(
    ("header", "started"),
    [
        (b"04.04.1112.57.02", datetime(2011, 4, 4, 12, 57, 2)),
        (b"31.12.9923.59.59", datetime(1999, 12, 31, 23, 59, 59)),
        (b"01.01.8500.00.00", None),
        (b"01.01.8510.23.45", None),
        (b"31.02.1112.00.00", None),
        (b"24.12.8412.00.00", None),
        (b"X       X       ", None),
    ],
)
def test_the_recording_is_as_old_as_the_file_says(
    header: bytes, started: datetime | None, path: Path, tmp_path: Path
) -> None:
    file = export(path, tmp_path / "out", ExportRequest("edf")).folder / "emg.edf"
    raw = file.read_bytes()
    file.write_bytes(raw[:168] + header + raw[184:])
    before = datetime.now(UTC) - timedelta(seconds=1)
    with Recording.open(import_file(file, tmp_path / "back")) as recording:
        created = datetime.fromisoformat(recording.meta["created"])
        if started is None:
            assert created >= before
        else:
            assert created == started.astimezone(UTC)
            assert recording.meta["recorded"] == str(started)


@pytest.mark.skipif(not hasattr(time, "tzset"), reason="no time zone of its own")
def test_a_date_comes_back_from_an_export_whatever_the_zone(
    path: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    wish = ExportRequest("edf", identified=True)
    try:
        with monkeypatch.context() as patch:
            patch.setenv("TZ", "XYZ+5")
            time.tzset()
            file = export(path, tmp_path / "out", wish).folder / "emg.edf"
            back = import_file(file, tmp_path / "back")
    finally:
        time.tzset()
    told = []
    for one in (path, back):
        with Recording.open(one) as recording:
            told.append(datetime.fromisoformat(recording.meta["created"]))
    assert timedelta(0) <= told[0] - told[1] < timedelta(seconds=1)
    header = file.read_bytes()[168:184].decode()
    place = timezone(timedelta(hours=-5))
    assert header == told[0].astimezone(place).strftime("%d.%m.%y%H.%M.%S")


def test_an_unfinished_and_torn_file_gives_what_is_whole(path: Path, tmp_path: Path) -> None:
    file = export(path, tmp_path / "out", ExportRequest("bdf")).folder / "emg.bdf"
    raw = bytearray(file.read_bytes())
    raw[236:244] = b"-1      "
    file.write_bytes(raw[:-100])
    foreign = read_edf(file)
    assert foreign.streams[0].samples > 0
    assert any("not a whole record" in said for said in foreign.remarks)


def test_random_bytes_behind_a_good_header_never_escape(path: Path, tmp_path: Path) -> None:
    file = export(path, tmp_path / "out", ExportRequest("edf")).folder / "emg.edf"
    good = file.read_bytes()
    rng = np.random.default_rng(3)
    for _ in range(60):
        raw = bytearray(good)
        for at in rng.integers(0, 256 * 4, 3):
            raw[at] = rng.integers(0, 256)
        file.write_bytes(raw)
        with contextlib.suppress(EmgError):
            for stream in read_edf(file).streams:
                assert stream.samples >= 0
                sum(1 for _ in stream.pieces())


def test_wav_with_events_beside(tmp_path: Path) -> None:
    data = np.arange(-500, 500, dtype="<i2").reshape(-1, 2)
    with wave.open(str(tmp_path / "a.wav"), "wb") as out:
        out.setnchannels(2)
        out.setsampwidth(2)
        out.setframerate(10000)
        out.writeframes(data.tobytes())
    (tmp_path / "a-events.txt").write_text("# Marker ID,\tTime (in s)\n1,\t0.0123\n2,\t0.02\n")
    recording = Recording.open(import_file(tmp_path / "a.wav", tmp_path / "out"))
    np.testing.assert_array_equal(recording.main.raw(0, 500)[0], data)
    assert [(a.label, a.start) for a in recording.annotations] == [("1", 0.0123), ("2", 0.02)]
    assert recording.main.info.channels[0].unit == "count"
    assert "gain" in recording.meta["import_remarks"][0]
    recording.close()


def test_wav_of_24_bits_keeps_the_sign(tmp_path: Path) -> None:
    with wave.open(str(tmp_path / "a.wav"), "wb") as out:
        out.setnchannels(1)
        out.setsampwidth(3)
        out.setframerate(8000)
        out.writeframes(b"".join(struct.pack("<i", v)[:3] for v in (-1, 8388607, -8388608, 5)))
    recording = Recording.open(import_file(tmp_path / "a.wav", tmp_path / "out"))
    assert recording.main.raw(0, 4)[0].ravel().tolist() == [-1, 8388607, -8388608, 5]
    recording.close()


def test_a_foreign_mat_file_needs_a_rate(tmp_path: Path) -> None:
    data = np.random.default_rng(0).normal(size=(4, 300))
    savemat(tmp_path / "a.mat", {"emg": data, "comment": "hello"})
    with pytest.raises(EmgError, match="sampling rate"):
        import_file(tmp_path / "a.mat", tmp_path / "out")
    savemat(tmp_path / "b.mat", {"emg": data, "Fs": 512.0})
    recording = Recording.open(import_file(tmp_path / "b.mat", tmp_path / "out", unit="mV"))
    assert (recording.main.rate, recording.main.info.channels[0].unit) == (512.0, "mV")
    np.testing.assert_allclose(recording.main.physical(0, 300), data.T, rtol=1e-6)
    recording.close()


@pytest.mark.parametrize("ending", ["edf", "bdf", "xdf", "mat", "wav", "npz"])
def test_noise_is_refused_in_a_sentence(ending: str, tmp_path: Path) -> None:
    file = tmp_path / f"noise.{ending}"
    file.write_bytes(np.random.default_rng(5).bytes(5000))
    with pytest.raises(EmgError, match=r"noise\."):
        import_file(file, tmp_path / "out")
    file.write_bytes(b"")
    with pytest.raises(EmgError):
        import_file(file, tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_the_preview_of_binary_files_says_what_is_inside(path: Path, tmp_path: Path) -> None:
    seen = preview(export(path, tmp_path / "out", ExportRequest("bdf")).folder / "emg.bdf")
    assert (seen.columns, seen.rate, seen.unit) == (("a", "b"), RATE, "µV")
    assert "2 labels" in seen.summary
    savemat(tmp_path / "a.mat", {"emg": np.zeros((100, 3))})
    assert preview(tmp_path / "a.mat").rate is None


def test_a_remark_above_the_table_tells_the_rate(tmp_path: Path) -> None:
    rows = "\n".join(str(v) for v in range(0, 4000, 7))
    (tmp_path / "a.txt").write_text(f"# Sampling Rate (Hz):= 512.50\n# x\n{rows}\n")
    recording = Recording.open(import_file(tmp_path / "a.txt", tmp_path / "out"))
    assert recording.main.rate == 512.5
    recording.close()
