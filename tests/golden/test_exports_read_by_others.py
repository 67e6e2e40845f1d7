"""What other people's programs read out of our exports: to the step, the sample and the rule."""

import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from emgstudio.core.types import Annotation, Channel, FloatSamples, Source, StreamInfo
from emgstudio.storage.annotations import AnnotationLog
from emgstudio.storage.exporters import ExportRequest, export
from emgstudio.storage.importers.imported import imported_session
from emgstudio.storage.recording import Recording

pytestmark = pytest.mark.filterwarnings("ignore")

# A rate that no whole number of samples per second fits, as Delsys's sensors have.
RATE = 1925.926
LABELS = ((0.25, 1.5, "fist"), (2.0, 2.0, "trigger"), (2.75, 3.9, "pinch"))


@pytest.fixture(scope="module")
def path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("recordings") / "one"
    channels = tuple(Channel(f"EMG {k}", scale=0.022, site="forearm ring") for k in range(1, 5))
    info = StreamInfo("EMG", RATE, channels, "int32", "Testband")
    data = np.random.default_rng(2).integers(-(2**23), 2**23, (8000, 4)).astype(np.int32)
    with imported_session(folder, info, {"subject": "C-0042"}) as session:
        session.append(data[:3000])
        session.skip(77)
        session.append(data[3077:])
    log = AnnotationLog.open(folder)
    log.add(*(Annotation(a, b, text, source=Source.CUE) for a, b, text in LABELS))
    log.close()
    return folder


@pytest.fixture(scope="module")
def samples(path: Path) -> FloatSamples:
    with Recording.open(path) as recording:
        return recording.main.physical(0, recording.main.samples)


def exported(path: Path, folder: Path, key: str) -> Path:
    hed = (("fist", "Agent-action, (Close, Hand)"), ("trigger", "Sensory-event"))
    request = ExportRequest(key, task="grip", mains_hz=50.0, hed=hed)
    return export(path, folder / key, request).folder


@pytest.mark.parametrize(("ending", "bits"), [("edf", 16), ("bdf", 24)])
def test_mne_reads_samples_to_half_a_step_and_labels_to_the_sample(
    ending: str, bits: int, path: Path, samples: FloatSamples, tmp_path: Path
) -> None:
    import mne

    file = exported(path, tmp_path, ending) / f"EMG.{ending}"
    raw = getattr(mne.io, f"read_raw_{ending}")(file, verbose="error")
    data = raw.get_data().T * 1e6
    there = np.isfinite(samples).all(axis=1)
    step = np.abs(samples[there]).max(axis=0) / (2 ** (bits - 1) - 1)
    # Half a step, and a little for a range that must be told in seven characters.
    assert (np.abs(data[: len(samples)][there] - samples[there]) <= 0.51 * step).all()
    assert abs(raw.info["sfreq"] / RATE - 1) < 1e-7
    read = {d: (o, length) for o, length, d in zip(
        raw.annotations.onset, raw.annotations.duration, raw.annotations.description, strict=True
    )}  # fmt: skip
    for start, stop, text in LABELS:
        assert abs(read[text][0] - start) * RATE < 0.01
        assert abs(read[text][1] - (stop - start)) * RATE < 0.01
    onset, length = read["BAD_gap"]
    assert (round(onset * RATE), round(length * RATE)) == (3000, 77)
    onset, length = read["BAD_padding"]
    assert round(onset * RATE) == len(samples)
    assert round((onset + length) * RATE) == len(data)


@pytest.mark.parametrize("ending", ["edf", "bdf"])
def test_the_strict_reader_takes_the_files_too(ending: str, path: Path, tmp_path: Path) -> None:
    import pyedflib

    file = exported(path, tmp_path, ending) / f"EMG.{ending}"
    with pyedflib.EdfReader(str(file)) as reader:
        assert reader.getSignalLabels() == ["EMG 1", "EMG 2", "EMG 3", "EMG 4"]
        assert reader.getPhysicalDimension(0) == "uV"
        onsets, _, texts = reader.readAnnotations()
    assert sorted(texts) == ["BAD_gap", "BAD_padding", "fist", "pinch", "trigger"]
    assert onsets[list(texts).index("pinch")] == pytest.approx(2.75, abs=1e-6)


def test_pyxdf_reads_samples_times_and_labels(
    path: Path, samples: FloatSamples, tmp_path: Path
) -> None:
    import pyxdf

    streams, _ = pyxdf.load_xdf(str(exported(path, tmp_path, "xdf") / "recording.xdf"))
    emg = next(s for s in streams if s["info"]["name"][0] == "EMG")
    labels = next(s for s in streams if s["info"]["name"][0] == "labels")
    np.testing.assert_array_equal(emg["time_series"], samples)
    np.testing.assert_allclose(emg["time_stamps"], np.arange(len(samples)) / RATE, atol=1e-6)
    channel = emg["info"]["desc"][0]["channels"][0]["channel"][0]
    assert (channel["label"], channel["unit"]) == (["EMG 1"], ["microvolts"])
    np.testing.assert_allclose(labels["time_stamps"], [start for start, _, _ in LABELS], atol=1e-9)
    assert [row[0] for row in labels["time_series"]] == [
        "fist (1.25 s)",
        "trigger",
        "pinch (1.15 s)",
    ]


def test_the_bids_validator_finds_no_error_and_mne_bids_reads_it(
    path: Path, samples: FloatSamples, tmp_path: Path
) -> None:
    from mne_bids import BIDSPath, read_raw_bids

    dataset = exported(path, tmp_path, "bids")
    beside = Path(sys.executable).with_name("bids-validator-deno")
    validator = str(beside) if beside.exists() else shutil.which("bids-validator-deno")
    assert validator is not None
    done = subprocess.run(
        [validator, str(dataset), "--json"],
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert '"severity":"error"' not in done.stdout.replace(" ", ""), done.stdout
    assert done.returncode == 0, done.stdout + done.stderr
    assert "EXCESSIVE_ELECTRODE_SPECIFICITY" not in done.stdout
    assert {file.name for file in (dataset / "sub-01" / "emg").iterdir()} >= {
        "sub-01_electrodes.tsv",
        "sub-01_space-armband_coordsystem.json",
    }
    raw = read_raw_bids(
        BIDSPath(subject="01", task="grip", datatype="emg", suffix="emg", root=dataset),
        verbose="error",
    )
    assert set(raw.get_channel_types()) == {"emg"}
    assert {"fist", "pinch", "trigger", "BAD_gap"} <= set(raw.annotations.description)
    assert raw.n_times >= len(samples)
