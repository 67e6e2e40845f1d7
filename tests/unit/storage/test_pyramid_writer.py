import logging
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from emgstudio.core.types import Channel, ConditionSpec, SampleType, StreamInfo
from emgstudio.storage.format import PYRAMID_SUFFIX, Flag
from emgstudio.storage.new_session import NewSession, free_name
from emgstudio.storage.pyramid_writer import PyramidWriter
from emgstudio.storage.recording import Recording


def written(folder: Path, pieces: list[int], dtype: SampleType = "int16") -> Path:
    """A finished session with its overview; negative pieces are lost samples."""
    info = StreamInfo("EMG", 1000.0, tuple(Channel(f"c{k}") for k in range(3)), dtype, "test")
    path = free_name(folder, "made")
    made = NewSession(
        path,
        [(info, ConditionSpec())],
        {},
        host_s=0.0,
        created=datetime(2026, 1, 1, tzinfo=UTC),
        overview=True,
    )
    random = np.random.default_rng(len(pieces))
    writer = made.streams[0].writer
    for piece in pieces:
        if piece < 0:
            writer.skip(-piece, 0, Flag(0))
        elif piece:
            writer.append(random.integers(-3000, 3000, (piece, 3)).astype(dtype), 0)
    made.finish("stop")
    return path


def sidecar(path: Path) -> Path:
    return next(path.glob(f"*{PYRAMID_SUFFIX}"))


def built_after(path: Path) -> bytes:
    """The bytes of the sidecar as it is built from the finished recording."""
    sidecar(path).unlink()
    Recording.open(path).main.build_pyramid()
    return sidecar(path).read_bytes()


@pytest.mark.parametrize("dtype", ["int16", "int32", "float32"])
def test_grown_while_recording_it_is_the_same_file_as_built_after(tmp_path, dtype):
    path = written(tmp_path, [7, 9, 100, -5, 3, -70_000, 66_000, -1, -16, 20, 70_001], dtype)
    assert Recording.open(path).main.has_pyramid
    assert sidecar(path).read_bytes() == built_after(path)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=30)
@given(pieces=st.lists(st.integers(-40, 60).filter(bool), min_size=1, max_size=12))
def test_any_pieces_and_gaps_give_the_same_file(tmp_path, pieces):
    path = written(tmp_path, pieces)
    grown = sidecar(path).read_bytes()
    assert grown == built_after(path)


def test_it_takes_at_most_15_percent_of_the_samples(tmp_path):
    path = written(tmp_path, [100_000])
    samples = next(path.glob("*.i16")).stat().st_size
    assert sidecar(path).stat().st_size <= 0.15 * samples


def test_one_that_was_cut_off_is_not_trusted_and_built_anew(tmp_path):
    path = written(tmp_path, [5000])
    whole = sidecar(path).read_bytes()
    torn = (
        bytes(44) + whole[44:2000],
        bytes(44) + whole[44:],
        whole[:-1],
        b"",
    )
    for bytes_there in torn:
        sidecar(path).write_bytes(bytes_there)
        stream = Recording.open(path).main
        assert not stream.has_pyramid
        stream.build_pyramid()
        assert sidecar(path).read_bytes() == whole


def test_a_disk_that_refuses_the_overview_costs_no_sample(tmp_path, monkeypatch, caplog):
    def refuse(self, data):
        raise OSError(28, "No space left on device")

    caplog.set_level(logging.INFO)
    monkeypatch.setattr(PyramidWriter, "append", refuse)
    path = written(tmp_path, [100, 200])
    assert Recording.open(path).main.samples == 300
    assert list(path.glob(f"*{PYRAMID_SUFFIX}")) == []
    assert "given up" in caplog.text


def test_a_stream_without_a_sample_has_no_overview(tmp_path):
    assert list(written(tmp_path, []).glob(f"*{PYRAMID_SUFFIX}")) == []
