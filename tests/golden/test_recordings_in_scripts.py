"""``emgstudio.open`` and what it gives to scripts: the same numbers in MNE's and pandas' forms."""

from pathlib import Path

import numpy as np
import pytest

import emgstudio
from emgstudio.core.errors import EmgError
from emgstudio.core.types import Annotation, Channel, StreamInfo
from emgstudio.storage.annotations import AnnotationLog
from emgstudio.storage.importers.imported import imported_session
from emgstudio.storage.other_forms import _library

pytestmark = pytest.mark.filterwarnings("ignore")


@pytest.fixture
def path(tmp_path: Path) -> Path:
    channels = (Channel("biceps", scale=0.5), Channel("angle", unit="°", kind="MISC"))
    info = StreamInfo("emg", 500.0, channels, "int16", "d")
    data = np.arange(2000, dtype=np.int16).reshape(-1, 2)
    with imported_session(tmp_path / "one", info, {}) as session:
        session.append(data[:400])
        session.skip(10)
        session.append(data[410:])
    log = AnnotationLog.open(tmp_path / "one")
    log.add(Annotation(0.5, 0.75, "fist"))
    log.close()
    return tmp_path / "one"


def test_mne_gets_volts_labels_and_holes(path: Path) -> None:
    raw = emgstudio.open(path).to_mne()
    assert raw.get_channel_types() == ["emg", "misc"]
    assert raw.get_data()[0, 100] == pytest.approx(200 * 0.5e-6)
    assert raw.get_data()[1, 100] == 201
    assert raw.get_data()[0, 405] == 0
    rows = zip(raw.annotations.onset, raw.annotations.duration, raw.annotations.description,
               strict=True)  # fmt: skip
    assert list(rows) == [(0.5, 0.25, "fist"), (0.8, 0.02, "BAD_gap")]


def test_pandas_gets_units_time_and_nan(path: Path) -> None:
    recording = emgstudio.open(path)
    frame = recording.to_pandas("emg")
    assert frame.attrs["units"] == {"biceps": "µV", "angle": "°"}
    assert frame.index[100] == pytest.approx(0.2)
    assert frame["biceps"].iloc[100] == 100.0
    assert frame["biceps"].isna().sum() == 10
    labels = recording.labels_to_pandas()
    assert labels[["onset", "duration", "label"]].values.tolist() == [[0.5, 0.25, "fist"]]


def test_what_is_not_there_is_said(path: Path) -> None:
    with pytest.raises(EmgError, match="no stream “IMU”"):
        emgstudio.open(path).to_pandas("IMU")
    with pytest.raises(EmgError, match="nosuchlibrary is not installed"):
        _library("nosuchlibrary")
    with pytest.raises(EmgError):
        emgstudio.open(path / "nothing")
