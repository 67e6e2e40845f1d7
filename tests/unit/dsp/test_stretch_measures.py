import csv
import io
import math

import numpy as np
import pytest

from emgstudio.core.errors import EmgError
from emgstudio.core.types import Channel, StreamInfo
from emgstudio.dsp.stretch_measures import NAMES, StretchMeasures, stretch_measures

RATE = 1000.0
INFO = StreamInfo("emg", RATE, (Channel("A"), Channel("B")), "int16", "test")
BEGAN = 2.5


def measured(
    x: np.ndarray, span: tuple[int, int], clipped: tuple[int, ...] = (0, 0)
) -> StretchMeasures:
    data = x.astype(np.float32)

    def read(start: int, stop: int) -> np.ndarray:
        return data[max(0, start) : stop]

    return stretch_measures(
        INFO,
        read,
        read,
        span,
        time_of=lambda sample: BEGAN + sample / RATE,
        recipe="raw",
        filtered_recipe="20–450 Hz",
        clipped=clipped,
    )


def bursts(seconds: float = 12.0) -> np.ndarray:
    """Quiet noise, loud from 5 to 7 s in channel A; B is a sine of 97.3 Hz, 10 µV."""
    draw = np.random.default_rng(1)
    t = np.arange(round(seconds * RATE)) / RATE
    a = draw.normal(0, 1, len(t)) * np.where((t >= 5) & (t < 7), 20.0, 1.0)
    b = 10 * np.sin(2 * np.pi * 97.3 * t) + 3.0 + draw.normal(0, 0.01, len(t))
    return np.stack([a, b], axis=1)


def test_a_sine_measures_what_it_must() -> None:
    found = measured(bursts(), (2000, 4000))
    values = {name: found.of("B", name) for name in NAMES}
    assert values["duration"].value == 2.0
    assert values["RMS"].value == pytest.approx(10 / math.sqrt(2), rel=1e-3)
    assert values["ARV"].value == pytest.approx(20 / math.pi, rel=1e-3)
    assert values["peak"].value == pytest.approx(10, rel=0.01)
    assert values["peak-to-peak"].value == pytest.approx(20, rel=0.01)
    assert values["MDF"].value == pytest.approx(97.3, abs=1)
    assert values["MNF"].value == pytest.approx(97.3, abs=1)
    assert [values[n].unit for n in ("duration", "RMS", "MDF", "onset")] == ["s", "µV", "Hz", "s"]
    assert all("raw" in values[n].recipe for n in ("RMS", "MDF"))


def test_onset_and_offset_are_in_recording_time() -> None:
    found = measured(bursts(), (4000, 8000))
    assert found.of("A", "onset").value == pytest.approx(BEGAN + 5.0, abs=0.02)
    assert found.of("A", "offset").value == pytest.approx(BEGAN + 7.0, abs=0.02)
    cut = measured(bursts(), (5500, 6500))
    assert math.isnan(cut.of("A", "onset").value)
    assert "active before the selection" in cut.flags("A")
    assert "active after the selection" in cut.flags("A")
    assert "no activity found" in measured(bursts(), (1000, 3000)).flags("A")


def test_doubts_are_told() -> None:
    x = bursts()
    x[2100:2150] = np.nan
    found = measured(x, (2000, 2500), clipped=(7, 0))
    assert {"50 samples lost", "7 samples clipped", "shorter than 1 s"} <= set(found.flags("A"))
    assert "7 samples clipped" not in found.flags("B")
    nothing = measured(np.full((12_000, 2), np.nan), (2000, 4000))
    assert math.isnan(nothing.of("A", "RMS").value)
    assert "2000 samples lost" in nothing.flags("A")


def test_a_table_has_a_row_per_value_with_unit_and_recipe() -> None:
    found = measured(bursts(), (4000, 8000))
    rows = list(csv.DictReader(io.StringIO(found.table(","))))
    assert len(rows) == 2 * len(NAMES)
    rms = next(r for r in rows if (r["channel"], r["measure"]) == ("B", "RMS"))
    assert float(rms["value"]) == pytest.approx(found.of("B", "RMS").value, rel=1e-5)
    assert (rms["unit"], rms["start_s"]) == ("µV", "6.500000")
    assert "raw" in rms["recipe"]


@pytest.mark.parametrize("span", [(500, 500), (0, 61_000)])
def test_nothing_and_too_much_are_refused(span: tuple[int, int]) -> None:
    with pytest.raises(EmgError):
        measured(bursts(), span)


def test_a_fast_needle_recording_has_the_shape_of_its_unit() -> None:
    rate = 20_000.0
    info = StreamInfo("needle", rate, (Channel("N", "mV"),), "float32", "test")
    x = np.zeros((400, 1), np.float32)
    # Two periods in 5 ms: four phases.
    x[100:200, 0] = 0.3 * np.sin(2 * np.pi * 400 * np.arange(100) / rate)
    found = stretch_measures(
        info, lambda a, b: x[max(0, a) : b], lambda a, b: x[max(0, a) : b], (0, 400),
        time_of=lambda sample: sample / rate, recipe="raw", filtered_recipe="raw",
    )  # fmt: skip
    assert found.of("N", "amplitude").value == pytest.approx(600, rel=0.01)
    assert found.of("N", "phases").value == 4
    assert found.of("N", "unit duration").value == pytest.approx(5, abs=0.2)
    assert found.of("N", "thickness").unit == "ms"
    with pytest.raises(KeyError):
        measured(bursts(), (0, 1000)).of("A", "phases")
