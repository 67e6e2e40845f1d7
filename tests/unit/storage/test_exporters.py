"""Exports: exact where the format allows, whole or not at all, and silent about people."""

import json
import runpy
import shutil
from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import numpy as np
import pytest
from scipy.io import loadmat

from emgstudio.core.errors import Cancelled, EmgError
from emgstudio.core.tasks import Progress
from emgstudio.core.types import Annotation, Channel, ConditionSpec, Source, StreamInfo
from emgstudio.dsp.conditioner import Conditioner
from emgstudio.dsp.envelope import MovingRms
from emgstudio.storage.annotations import AnnotationLog
from emgstudio.storage.exporters import FORMATS, ExportRequest, ExportView, export
from emgstudio.storage.exporters.edf import records_for, signal_labels
from emgstudio.storage.exporters.edf_file import _spread
from emgstudio.storage.exporters.labels import audacity, labels_csv, seconds
from emgstudio.storage.importers import import_file
from emgstudio.storage.importers.imported import imported_session
from emgstudio.storage.readings import ReadingsFile, RecordedReading
from emgstudio.storage.recording import Recording

RATE = 500.0
NAME = "Jane Doe"


def recorded(folder: Path, samples: int = 2100) -> Path:
    """A recording with a hole, labels of several sources, and a name in every text."""
    channels = (
        Channel("Vastus med. left", scale=0.25, site="Vastus medialis", side="left"),
        Channel("Vastus med. left and right", scale=0.25),
        Channel("angle", unit="°/s", scale=0.5, kind="GYRO"),
    )
    info = StreamInfo("EMG", RATE, channels, "int16", "Testband", device_id="SN-4711")
    rng = np.random.default_rng(4)
    data = rng.integers(-4000, 4000, (samples, 3)).astype(np.int16)
    path = folder / "jane"
    meta = {"title": NAME, "subject": "C-0042", "author": NAME, "created": "2026-11-21T08:00:00Z"}
    with imported_session(path, info, meta) as session:
        session.append(data[:700])
        session.skip(50)
        session.append(data[750:])
    with_labels = AnnotationLog.open(path, NAME)
    with_labels.add(
        Annotation(0.5, 1.25, "fist", source=Source.CUE, repetition=1),
        Annotation(2.0, 2.0, f"{NAME} moved", note=NAME),
        Annotation(3.0, 3.5, "rest"),
    )
    with_labels.close()
    return path


@pytest.fixture(scope="module")
def path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return recorded(tmp_path_factory.mktemp("recordings"))


@pytest.mark.parametrize("key", FORMATS)
def test_nothing_that_leaves_names_the_person(key: str, path: Path, tmp_path: Path) -> None:
    request = ExportRequest(key, known_labels=frozenset({"rest"}))
    report = export(path, tmp_path / "out", request)
    for file in report.files:
        content = file.read_bytes()
        for planted in (b"Jane", b"C-0042", b"SN-4711", b"2026", b"21.11.26"):
            assert planted not in content, (file, planted)
        assert "ane" not in file.name
    assert any("note" in what for what in report.removed)
    assert any("date" in what for what in report.removed)


def test_the_name_of_an_imported_file_stays_behind(path: Path, tmp_path: Path) -> None:
    named = export(path, tmp_path / "first", ExportRequest("csv", identified=True)).folder
    file = (named / "EMG.csv").rename(named / "Jane Doe.csv")
    with_name = import_file(file, tmp_path / "back")
    for key in FORMATS:
        report = export(with_name, tmp_path / key, ExportRequest(key))
        for made in report.files:
            assert b"Jane" not in made.read_bytes(), made
        assert any("name of the imported file" in what for what in report.removed)
    kept = export(with_name, tmp_path / "kept", ExportRequest("csv", identified=True))
    facts = json.loads(next(f for f in kept.files if f.name == "emg.json").read_text("utf-8"))
    assert facts["device"] == "file Jane Doe.csv"


def test_what_devices_told_and_how_it_was_made_lie_beside(
    path: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    copied = tmp_path / "jane"
    shutil.copytree(path, copied)
    told = ReadingsFile(copied)
    told.append(RecordedReading(1.5, "SN-4711", "battery", 84.0, "%"))
    told.append(RecordedReading(2.0, "SN-4711", "impedance", 12.5, "kΩ", 1))
    told.close()
    condition = ConditionSpec(30.0, 200.0, notch_hz=50.0)
    request = ExportRequest("csv", view=ExportView.ENVELOPE, condition=condition, start_s=0.5)
    made = export(copied, tmp_path / "out", request)
    table = (tmp_path / "out" / "readings.csv").read_text("utf-8").splitlines()
    assert table[1:] == ["1.000,1,battery,,84,%", "1.500,1,impedance,2,12.5,kΩ"]
    script = tmp_path / "out" / "how_it_was_made.py"
    monkeypatch.setattr("sys.argv", [str(script), str(copied), str(tmp_path / "again")])
    runpy.run_path(str(script), run_name="__main__")
    assert len(capsys.readouterr().out.splitlines()) == len(made.files)
    for file in made.files:
        assert (tmp_path / "again" / file.name).read_bytes() == file.read_bytes(), file.name


def test_known_words_and_cues_keep_their_names(path: Path, tmp_path: Path) -> None:
    export(path, tmp_path / "out", ExportRequest("labels", known_labels=frozenset({"rest"})))
    table = (tmp_path / "out" / "labels.csv").read_text()
    assert [line.split(",")[2] for line in table.splitlines()[1:]] == ["fist", "label 1", "rest"]


def test_identified_and_with_texts_everything_is_there(path: Path, tmp_path: Path) -> None:
    request = ExportRequest("edf", identified=True, texts=True)
    report = export(path, tmp_path / "out", request)
    head = (tmp_path / "out" / "EMG.edf").read_bytes()
    assert head[8:14] == b"C-0042"
    assert b"Jane Doe moved" in head
    assert report.removed == ()


def test_csv_holds_the_same_float32_and_leaves_holes_empty(path: Path, tmp_path: Path) -> None:
    export(path, tmp_path / "out", ExportRequest("csv"))
    table = np.genfromtxt(tmp_path / "out" / "EMG.csv", delimiter=",", skip_header=1)
    with Recording.open(path) as recording:
        x = recording.main.physical(0, recording.main.samples)
    np.testing.assert_array_equal(table[:, 1:].astype(np.float32), x)
    assert np.isnan(table[:, 1]).sum() == 50
    np.testing.assert_allclose(table[:, 0], np.arange(len(x)) / RATE, atol=1e-6)
    facts = json.loads((tmp_path / "out" / "EMG.json").read_text("utf-8"))
    assert facts["lost"] == [[700, 750, False]]
    assert facts["conditioning"] == "raw samples, not filtered"
    assert facts["channels"][0]["site"] == "Vastus medialis"


def test_hed_tags_go_with_their_labels_and_come_back(path: Path, tmp_path: Path) -> None:
    tags = (("fist", "Agent-action, Close"), (f"{NAME} moved", "Event"), ("unused", "Event"))
    request = ExportRequest("bids", task="grip", known_labels=frozenset({"rest"}), hed=tags)
    done = export(path, tmp_path / "first", request)
    (about,) = done.folder.rglob("*_events.json")
    assert json.loads(about.read_text())["trial_type"]["HED"] == {"fist": "Agent-action, Close"}
    dataset = json.loads((done.folder / "dataset_description.json").read_text())
    assert dataset["HEDVersion"]
    assert "HED tags of 1 label stay behind with the text" in done.remarks
    assert not any(
        NAME in f.read_text("utf-8", "replace") for f in done.files if f.suffix != ".bdf"
    )
    (bdf,) = done.folder.rglob("*.bdf")
    back = import_file(bdf, tmp_path / "back")
    with Recording.open(back) as recording:
        assert "HED tags of 1 label are those of" in recording.meta["import_remarks"][-1]
    again = export(back, tmp_path / "second", ExportRequest("bids", task="grip", texts=True))
    (second,) = again.folder.rglob("*_events.json")
    assert second.read_text() == about.read_text()


def test_a_made_up_text_gets_no_tags_of_a_label_of_that_name(path: Path, tmp_path: Path) -> None:
    request = ExportRequest("bids", task="grip", hed=(("label 1", "Event"),))
    done = export(path, tmp_path / "out", request)
    (about,) = done.folder.rglob("*_events.json")
    assert "HED" not in json.loads(about.read_text())["trial_type"]


def test_mat_and_npz_hold_samples_units_and_labels(path: Path, tmp_path: Path) -> None:
    export(path, tmp_path / "mat", ExportRequest("mat"))
    export(path, tmp_path / "npz", ExportRequest("npz"))
    with Recording.open(path) as recording:
        x = recording.main.physical(0, recording.main.samples)
    stored = loadmat(tmp_path / "mat" / "recording.mat", squeeze_me=True)
    np.testing.assert_array_equal(stored["EMG"]["data"].item(), x)
    assert stored["EMG"]["rate_hz"] == RATE
    assert list(stored["labels"]["onset_s"].item()) == [0.5, 2.0, 3.0]
    with np.load(tmp_path / "npz" / "EMG.npz", allow_pickle=False) as arrays:
        np.testing.assert_array_equal(arrays["emg"], x)
        assert list(arrays["channel_units"]) == ["µV", "µV", "°/s"]
        assert "BAD_gap" in list(arrays["label_text"])


def test_a_span_is_cut_and_its_labels_with_it(path: Path, tmp_path: Path) -> None:
    request = ExportRequest("csv", start_s=1.0, stop_s=2.5, texts=True)
    export(path, tmp_path / "out", request)
    table = np.genfromtxt(tmp_path / "out" / "EMG.csv", delimiter=",", skip_header=1)
    with Recording.open(path) as recording:
        np.testing.assert_array_equal(
            table[:, 1:].astype(np.float32), recording.main.physical(500, 1250)
        )
    rows = (tmp_path / "out" / "labels.csv").read_text().splitlines()[1:]
    assert [row.split(",")[:2] for row in rows] == [["0", "0.25"], ["1", "0"]]


@pytest.mark.parametrize("view", [ExportView.CONDITIONED, ExportView.ENVELOPE])
def test_as_displayed_says_what_was_done(view: ExportView, path: Path, tmp_path: Path) -> None:
    spec = ConditionSpec(low_hz=30.0, high_hz=200.0)
    request = ExportRequest("npz", view=view, condition=spec)
    report = export(path, tmp_path / "out", request)
    with Recording.open(path) as recording:
        raw, valid = recording.main.raw(0, recording.main.samples)
        info = recording.main.info
    expected: np.ndarray = Conditioner(spec, RATE, 3).process(info.to_physical(raw), valid)
    if view is ExportView.ENVELOPE:
        expected = MovingRms(0.1, RATE, 3).process(expected)
    with np.load(tmp_path / "out" / "EMG.npz") as arrays:
        np.testing.assert_allclose(arrays["emg"][valid], expected[valid], rtol=1e-4, atol=1e-3)
    assert "30–200 Hz" in report.recipe["EMG"]
    assert ("RMS 100 ms" in report.recipe["EMG"]) == (view is ExportView.ENVELOPE)


def test_a_cancelled_export_leaves_nothing(path: Path, tmp_path: Path) -> None:
    progress = Progress()
    progress.cancel()
    with pytest.raises(Cancelled):
        export(path, tmp_path / "for" / "Anna" / "out", ExportRequest("csv"), progress)
    assert list(tmp_path.iterdir()) == []


def test_nothing_is_written_over(path: Path, tmp_path: Path) -> None:
    (tmp_path / "out").mkdir()
    with pytest.raises(EmgError, match="exists already"):
        export(path, tmp_path / "out", ExportRequest("csv"))


@pytest.mark.parametrize(
    ("request_", "words"),
    [
        (ExportRequest("docx"), "no export format"),
        (ExportRequest("csv", streams=("IMU",)), "no stream “IMU”"),
        (ExportRequest("csv", start_s=100.0), "no samples"),
    ],
)
def test_what_cannot_be_exported_is_said(
    request_: ExportRequest, words: str, path: Path, tmp_path: Path
) -> None:
    with pytest.raises(EmgError, match=words):
        export(path, tmp_path / "out", request_)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("rate", [200.0, 493.217, 1925.9259, 2000.0, 2048.0, 1999.9915624])
def test_a_record_keeps_the_sampling_rate(rate: float) -> None:
    records = records_for(rate, 16, 24)
    assert abs(records.rate / rate - 1) < 1e-6
    assert len(str(records.duration)) <= 8
    assert records.samples * 16 * 3 <= 61_440
    assert records.duration > Decimal("0")


def test_labels_fit_the_header_and_stay_apart(path: Path) -> None:
    from emgstudio.storage.exporters.content import content_of

    with Recording.open(path) as recording:
        stream = content_of(recording, ExportRequest("edf")).streams[0]
        names = signal_labels(stream)
    assert names == ["Vastus med. left", "Vastus med. le 2", "angle"]
    assert all(len(name) <= 16 for name in names)


def test_texts_are_spread_in_order_and_none_is_lost() -> None:
    texts = [f"label {k}".encode() * (1 + k % 3) for k in range(1000)]
    records = _spread(texts, 60)
    assert len(records) == 60
    assert b"".join(records) == b"".join(texts)
    assert max(map(len, records)) < 2.5 * sum(map(len, texts)) / 60


def test_tables_of_labels() -> None:
    labels = (Annotation(0.5, 1.25, "a\tb\nc"), Annotation(1e-7, 1e-7, "x, y"))
    assert audacity(labels).splitlines() == ["0.5\t1.25\ta b c", "0.0000001\t0.0000001\tx, y"]
    assert labels_csv(labels).splitlines()[2].startswith('0.0000001,0,"x, y"')
    assert seconds(-0.0) == "0"
    assert seconds(replace(labels[0], start=3600.0).start) == "3600"


def tsv(file: Path) -> list[dict[str, str]]:
    head, *rows = (line.split("\t") for line in file.read_text("utf-8").splitlines())
    return [dict(zip(head, row, strict=True)) for row in rows]


def test_channels_point_to_electrodes_and_those_to_a_coordinate_system(
    path: Path, tmp_path: Path
) -> None:
    emg = export(path, tmp_path / "bids", ExportRequest("bids", task="grip")).folder / "sub-01/emg"
    channels = tsv(emg / "sub-01_task-grip_channels.tsv")
    electrodes = tsv(emg / "sub-01_electrodes.tsv")
    assert [row["signal_electrode"] for row in channels] == [
        *(r["name"] for r in electrodes),
        "n/a",
    ]
    assert channels[0]["placement_description"] == "left Vastus medialis"
    assert [(row["x"], row["y"]) for row in electrodes] == [("n/a", "n/a")] * 2
    for row in electrodes:
        space = emg / f"sub-01_space-{row['coordinate_system']}_coordsystem.json"
        assert json.loads(space.read_text("utf-8"))["EMGCoordinateUnits"] == "n/a"
    about = json.loads((emg / "sub-01_task-grip_emg.json").read_text("utf-8"))
    assert about["EMGPlacementScheme"] == "ChannelSpecific"


def test_an_armband_says_where_around_it_each_sensor_is(tmp_path: Path) -> None:
    ring = tuple(Channel(f"EMG {k}", site="forearm ring") for k in range(1, 9))
    info = StreamInfo("EMG", RATE, ring, "int16", "Testband")
    with imported_session(tmp_path / "ring", info, {}) as session:
        session.append(np.zeros((500, 8), np.int16))
    folder = export(tmp_path / "ring", tmp_path / "bids", ExportRequest("bids")).folder
    (file,) = folder.rglob("*_electrodes.tsv")
    assert [float(row["x"]) for row in tsv(file)] == [12.5 * k for k in range(8)]
    (space,) = folder.rglob("*_coordsystem.json")
    assert json.loads(space.read_text("utf-8"))["EMGCoordinateUnits"] == "percent"
