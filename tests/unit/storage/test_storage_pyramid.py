from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from emgstudio.core.errors import Cancelled, EmgError
from emgstudio.core.tasks import Progress
from emgstudio.storage.pyramid import FACTORS
from emgstudio.storage.recording import RecordedStream, Recording

Make = Callable[..., tuple[Path, np.ndarray[Any, Any], np.ndarray[Any, Any]]]


def slow(stream: RecordedStream, edges: list[int]) -> tuple[Any, Any]:
    x = stream.physical(0, stream.samples).astype(float)
    low = np.full((len(edges) - 1, x.shape[1]), np.nan)
    high = low.copy()
    for k in range(len(edges) - 1):
        part = x[max(0, edges[k]) : max(0, edges[k + 1])]
        for c in range(x.shape[1]):
            there = part[:, c][~np.isnan(part[:, c])]
            if len(there):
                low[k, c], high[k, c] = there.min(), there.max()
    return low, high


@pytest.mark.parametrize("dtype", ["int16", "int32", "float32"])
def test_columns_on_block_edges_equal_the_slow_way(make: Make, dtype: str) -> None:
    path, _, _ = make([3000, -1500, 40_000, -70_000, 50_000, -3], dtype=dtype, channels=2)
    stream = Recording.open(path).main
    stream.build_pyramid()
    for factor in FACTORS[:4]:
        span = stream.samples // (4 * factor) * 4 * factor
        edges = list(range(0, span + 1, 4 * factor))
        low, high = stream.min_max(0, span, len(edges) - 1)
        expected_low, expected_high = slow(stream, edges)
        np.testing.assert_allclose(low, expected_low, rtol=1e-6)
        np.testing.assert_allclose(high, expected_high, rtol=1e-6)
        assert np.isnan(low).any() or factor > 1024


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=25)
@given(st.data())
def test_any_view_shows_every_peak_at_most_half_a_column_away(
    make: Make, data: st.DataObject
) -> None:
    path, _, _ = make([5000, -300, 9000], channels=1)
    stream = Recording.open(path).main
    start = data.draw(st.integers(-50, 10_000))
    stop = data.draw(st.integers(start + 1, 14_600))
    columns = data.draw(st.integers(1, 200))
    edges = [round(e) for e in np.linspace(start, stop, columns + 1)]
    low, high = stream.min_max(start, stop, columns)
    expected_low, expected_high = slow(stream, edges)
    np.testing.assert_allclose(low, expected_low, rtol=1e-6)
    np.testing.assert_allclose(high, expected_high, rtol=1e-6)
    stream.build_pyramid()
    half = (stop - start) // columns // 2 + 1
    low, high = stream.min_max(start, stop, columns)
    for k in range(columns):
        _, wide_high = slow(stream, [edges[k] - half, edges[k + 1] + half])
        _, narrow_high = slow(stream, [edges[k] + half, edges[k + 1] - half])
        if not np.isnan(high[k, 0]):
            assert high[k, 0] <= wide_high[0, 0]
        if not np.isnan(narrow_high[0, 0]):
            assert high[k, 0] >= narrow_high[0, 0]


def test_a_negative_scale_turns_minimum_and_maximum_round(make: Make) -> None:
    path, _, _ = make([100])
    stream = Recording.open(path).main
    low, high = stream._to_units(np.array([[1.0, 1.0, 1.0]]), np.array([[2.0, 2.0, 2.0]]))
    assert (low <= high).all()
    text = (path / "session.json").read_text().replace('"scale": 0.5', '"scale": -0.5')
    (path / "session.json").write_text(text)
    low, high = Recording.open(path).main.min_max(0, 100, 3)
    assert (low <= high).all()


def test_the_sidecar_is_made_once_and_is_a_seventh_of_the_samples(make: Make) -> None:
    path, _, _ = make([200_000])
    stream = Recording.open(path).main
    assert not stream.has_pyramid
    seen = []

    class Watched(Progress):
        def report(self, fraction: float, text: str = "") -> None:
            seen.append(fraction)

    stream.build_pyramid(Watched())
    assert stream.has_pyramid
    assert Recording.open(path).main.has_pyramid
    assert seen == sorted(seen)
    assert len(seen) == 4
    size = (path / "emg.pyr").stat().st_size
    assert size < 0.15 * (path / "emg.i16").stat().st_size


def test_cancelling_leaves_nothing(make: Make) -> None:
    path, _, _ = make([100_000])
    progress = Progress()
    progress.cancel()
    names = sorted(path.iterdir())
    with pytest.raises(Cancelled):
        Recording.open(path).main.build_pyramid(progress)
    assert sorted(path.iterdir()) == names


def test_a_sidecar_of_something_else_is_not_used(make: Make) -> None:
    one, _, _ = make([20_000])
    other, _, _ = make([20_000])
    Recording.open(one).main.build_pyramid()
    (other / "emg.pyr").write_bytes((one / "emg.pyr").read_bytes())
    assert not Recording.open(other).main.has_pyramid
    (one / "emg.pyr").write_bytes((one / "emg.pyr").read_bytes()[:-1])
    assert not Recording.open(one).main.has_pyramid


def test_a_folder_that_cannot_be_written_is_said(make: Make, monkeypatch: Any) -> None:
    path, _, _ = make([20_000])

    def refused(*_: object) -> None:
        raise OSError(30, "Read-only file system")

    monkeypatch.setattr("emgstudio.storage.pyramid._write_levels", refused)
    with pytest.raises(EmgError, match="could not be saved"):
        Recording.open(path).main.build_pyramid()
