"""What a protocol asks to be measured is in the session's results, or the reason why it is not."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import pytest

from emgstudio.core.types import Annotation, Channel, Source
from emgstudio.dsp.measure import Measure
from emgstudio.session.reference import Method
from emgstudio.session.therapy.measuring import MEASURES
from emgstudio.session.therapy.muscle_signal import resting
from emgstudio.session.therapy.plan import Muscle
from emgstudio.session.therapy.protocol import Kind, Protocol, Protocols, Step
from emgstudio.session.therapy.results import TherapyResult, therapy_result
from emgstudio.session.therapy.run import PAUSE, TRACK
from emgstudio.storage.recording import RecordedStream
from tests.unit.session.exercises import MVC, exercise, noise

RATE = 1000.0


def protocol(*measures: str, muscles: int = 1, reference: Method | None = None) -> Protocol:
    return Protocol(
        "own", "Own", Kind.ASSESS, (Step("", 1, 4.0),), muscles=muscles, measures=measures,
        reference=reference,
    )  # fmt: skip


def of(result: TherapyResult, name: str, channel: str = "a") -> Measure:
    (found,) = [m for m in result.measures if (m.channel, m.name) == (channel, name)]
    return found


def bursts(seconds: float, spans: list[tuple[float, float]], seed: int = 1) -> np.ndarray:
    """2 µV of rest, 60 µV where a muscle is active."""
    level = np.full(round(seconds * RATE), 2.0)
    for start, stop in spans:
        level[round(start * RATE) : round(stop * RATE)] = 60.0
    return level * noise(seconds, RATE, seed)


def test_every_shipped_protocol_asks_for_what_can_be_computed(tmp_path: Path) -> None:
    asked = {key for p in Protocols(tmp_path).all() for key in p.measures}
    assert asked
    assert asked <= set(MEASURES)


def test_every_sample_is_read_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    seconds = 65.0
    path = exercise(
        tmp_path, protocol("timing", "spectrum"), bursts(seconds, [(5, 9)])[:, None], RATE,
        [(5.0, 9.0, "")],
    )  # fmt: skip
    read = 0
    plain = RecordedStream.raw

    def counted(self: RecordedStream, start: int, stop: int) -> object:
        nonlocal read
        read += stop - start
        return plain(self, start, stop)

    monkeypatch.setattr(RecordedStream, "raw", counted)
    therapy_result(path)
    assert read == seconds * RATE


def test_reaction_and_relaxation_are_timed_from_cue_to_edge(tmp_path: Path) -> None:
    cues = [3.0, 8.0, 13.0, 18.0]
    late = [0.2, 0.3, 0.05, 0.4]
    x = bursts(24, [(c + d, c + 2.25) for c, d in zip(cues, late, strict=True)])
    path = exercise(
        tmp_path, protocol("reaction time", "time to relax", "rise time", "timing"), x[:, None],
        RATE, [(c, c + 2.0, "") for c in cues], [(c + 2.0, c + 5.0, "") for c in cues],
    )  # fmt: skip
    found = therapy_result(path)
    assert of(found, "reaction time").value == pytest.approx(300, abs=10)
    assert any("1 before 100 ms" in flag for flag in of(found, "reaction time").flags)
    assert of(found, "time to relax").value == pytest.approx(0.25, abs=0.03)
    assert of(found, "bursts").value == 4
    assert of(found, "onset after the cue").value == pytest.approx(0.25, abs=0.02)
    assert 0 < of(found, "rise time").value < 0.1
    assert "double threshold" in of(found, "reaction time").recipe
    assert "onsets forwards" in of(found, "reaction time").recipe


def test_a_rest_with_activity_in_it_is_taken_shorter() -> None:
    x = 60.0 * noise(4, RATE)
    x[:900] = 2.0 * noise(0.9, RATE)
    rest = resting(x, RATE)
    assert (rest.start, rest.stop - rest.start) == (rest.start, 500)
    assert rest.stop <= 900
    x[900:1400] = 2.0 * noise(0.5, RATE, 3)
    assert resting(x, RATE).stop - resting(x, RATE).start == 1000


def test_parts_are_measured_under_their_names(tmp_path: Path) -> None:
    x = bursts(20, [(4, 8), (12, 16)])
    x[12000:16000] *= 2
    path = exercise(
        tmp_path, protocol("amplitude", "steadiness", "spectrum"), x[:, None], RATE,
        [(4, 8, "holds"), (12, 16, "endurance")], [(0, 4, "rest before")],
    )  # fmt: skip
    found = therapy_result(path)
    assert of(found, "rest before: RMS").value == pytest.approx(2, rel=0.05)
    assert of(found, "holds: RMS").value == pytest.approx(60, rel=0.05)
    assert of(found, "endurance: RMS").value == pytest.approx(120, rel=0.05)
    assert of(found, "endurance: iEMG").unit == "µV·s"
    assert of(found, "holds: steadiness (CV)").value < 15
    # Flat from 20 to 450 Hz.
    assert of(found, "holds: median frequency").value == pytest.approx(235, abs=15)


def test_a_slow_device_has_the_reason_in_place_of_the_numbers(tmp_path: Path) -> None:
    slow = np.random.default_rng(1).standard_normal((3000, 1))
    path = exercise(
        tmp_path, protocol("fatigue", "spectrum", "load", "sorcery"), slow, 200.0, [(1, 14, "")]
    )
    found = therapy_result(path)
    for name in ("fatigue", "spectrum"):
        assert math.isnan(of(found, name).value)
        assert "200 Hz, 800 Hz needed" in of(found, name).flags[0]
    assert "maximum (MVC)" in of(found, "load").flags[0]
    assert "does not know" in of(found, "sorcery").flags[0]


def test_the_load_of_work_with_its_gaps(tmp_path: Path) -> None:
    percent = np.full(round(20 * RATE), 4.0)
    percent[10000:18000] = 20.0
    percent[5000:6000] = 0.05
    x = (percent / 100 * MVC)[:, None] * noise(20, RATE)[:, None]
    made = protocol("load", reference=Method.MVC)
    found = therapy_result(
        exercise(tmp_path, made, x, RATE, [(0, 20, "")], meta={"rest": {"a": 0.1}})
    )
    assert of(found, "median load (P50)").value == pytest.approx(4, rel=0.1)
    assert of(found, "peak load (P90)").value == pytest.approx(20, rel=0.2)
    assert of(found, "EMG gaps").value == pytest.approx(3)
    assert of(found, "muscular rest").value == pytest.approx(4.5, abs=1)
    assert of(found, "level at rest").value == 0.1
    (said,) = [r for r in found.remarks if "static load" in r]
    assert "above the recommended 2, within the limit of 5" in said
    assert [f.unit for f in found.figures] == ["%MVC"]
    loud = therapy_result(
        exercise(tmp_path / "loud", made, x, RATE, [(0, 20, "")], meta={"rest": {"a": 4.0}})
    )
    assert math.isnan(of(loud, "EMG gaps").value)
    assert "rest noise is 2 %MVC" in of(loud, "EMG gaps").flags[0]


def test_a_rhythm_of_one_part_is_told_without_a_word_of_what_it_means(tmp_path: Path) -> None:
    time = np.arange(0, 20, 1 / RATE)
    envelope = np.where(time < 10, 20 * (1 + 0.9 * np.sin(2 * np.pi * 5.2 * time)), 20.0)
    x = (envelope * noise(20, RATE))[:, None]
    path = exercise(
        tmp_path, protocol("rhythm"), x, RATE, [(0, 10, "arms held out"), (10, 20, "moving")]
    )
    found = therapy_result(path)
    assert of(found, "arms held out: rhythm").value == pytest.approx(5.2, abs=0.1)
    assert of(found, "arms held out: rhythmic time").value == 100
    assert of(found, "moving: rhythmic time").value < 50
    assert "a, arms held out: rhythmic activity at 5.2 Hz, 100 % of the time." in found.remarks


@pytest.mark.parametrize("told_by", ["foot switch", "knee angle", "marks", "nothing"])
def test_steps_come_from_a_switch_an_angle_or_marks(tmp_path: Path, told_by: str) -> None:
    cycle, seconds = 1.2, 16.0
    time = np.arange(0, seconds, 1 / RATE)
    phase = (time / cycle) % 1.0
    spans = [(k * cycle + 0.24, k * cycle + 0.6) for k in range(13)]
    a = bursts(seconds, spans, 1)
    b = bursts(seconds, [(s + 0.3, e + 0.3) for s, e in spans], 2)
    switch = np.where(phase < 0.6, 3.0, 0.0)
    angle = 60 * np.exp(5 * (np.cos(2 * np.pi * phase) - 1))
    columns, extra = [a, b], ()
    if told_by in ("foot switch", "knee angle"):
        columns.append(switch if told_by == "foot switch" else angle)
        extra = (Channel(told_by, "V", kind="AUX"),)
    marks = tuple(
        Annotation(k * cycle, k * cycle, "mark", "markers", Source.USER) for k in range(13)
    )
    path = exercise(
        tmp_path, protocol("cycles", "co-activation", muscles=2), np.column_stack(columns), RATE,
        [(0.0, seconds, "")], muscles=(Muscle("a"), Muscle("b")), extra=extra,
        labels=marks if told_by == "marks" else (),
    )  # fmt: skip
    found = therapy_result(path)
    if told_by == "nothing":
        assert "mark each step" in of(found, "cycles", "b").flags[0]
        return
    assert of(found, "cycle time").value == pytest.approx(cycle, abs=0.01)
    assert of(found, "on").value == pytest.approx(20, abs=2)
    assert of(found, "off").value == pytest.approx(50, abs=2)
    assert of(found, "on", "b").value == pytest.approx(45, abs=2)
    assert 0 < of(found, "variability").value < 100
    assert told_by.split()[0] in of(found, "cycle time").recipe
    assert len(found.figures) == 2
    overlap = of(found, "overlap (shape)", "a / b")
    assert 5 < overlap.value < 60
    assert "not normalised" in overlap.flags[0]


def test_many_muscles_are_compared_in_pairs_and_told_in_their_order(tmp_path: Path) -> None:
    names = ("a", "b", "c")
    x = np.column_stack(
        [bursts(12, [(3 + d, 6), (8 + d, 10)], k) for k, d in enumerate((0.5, 0.1, 0.3))]
    )
    made = protocol("co-activation", "timing", muscles=3)
    found = therapy_result(
        exercise(tmp_path, made, x, RATE, [(3, 6, ""), (8, 10, "")],
                 muscles=tuple(map(Muscle, names)))
    )  # fmt: skip
    pairs = {m.channel for m in found.measures if m.name == "overlap (shape)"}
    assert pairs == {"a / b", "a / c", "b / c"}
    assert "Order of onsets: b, then c, then a." in found.remarks


def test_what_happens_in_a_pause_is_not_measured(tmp_path: Path) -> None:
    x = bursts(14, [(4, 10)])
    x[6000:8000] *= 10
    pause = Annotation(6.0, 8.0, PAUSE, TRACK, Source.CUE)
    path = exercise(
        tmp_path, protocol("amplitude"), x[:, None], RATE, [(4, 10, "")], labels=(pause,)
    )
    found = therapy_result(path)
    assert of(found, "RMS").value == pytest.approx(60, rel=0.05)
    # The window of a level still holds a quarter of a second of the pause.
    assert of(found, "mean in work").value < 100


def test_bursts_before_the_exercise_are_none_of_it(tmp_path: Path) -> None:
    spans = [(2.0, 3.0), (5.0, 6.0), (11.0, 12.0), (15.0, 16.0)]
    path = exercise(
        tmp_path, protocol("timing"), bursts(20, spans)[:, None], RATE,
        [(10.5, 12.5, ""), (14.5, 16.5, "")], [(12.5, 14.5, ""), (16.5, 18.5, "")],
    )  # fmt: skip
    found = therapy_result(path)
    assert of(found, "bursts").value == 2
    assert of(found, "active time").value == pytest.approx(100 * 2 / 8, abs=1)


def test_work_that_was_lost_has_no_load(tmp_path: Path) -> None:
    made = protocol("load", reference=Method.MVC)
    x = 10.0 * noise(30, RATE)[:, None]
    x[3000:28000] = math.nan
    found = therapy_result(exercise(tmp_path, made, x, RATE, [(0, 30, "")]))
    assert math.isnan(of(found, "load").value)
    assert not [remark for remark in found.remarks if "load" in remark]


def test_an_unsteady_effort_is_not_called_fatigue(tmp_path: Path) -> None:
    n, f = round(30 * RATE), np.fft.rfftfreq(1000, 1 / RATE)
    rng, parts = np.random.default_rng(5), []
    for k in range(30):
        top = 160.0 - 3.0 * k
        x = np.fft.irfft(np.fft.rfft(rng.normal(size=1000)) * ((f > 30) & (f < top)))
        parts.append(x / x.std() * (30.0 if k % 2 else 90.0))
    made = protocol("fatigue")
    x = np.concatenate(parts)[:n, None]
    (said,) = therapy_result(exercise(tmp_path, made, x, RATE, [(0, 30, "")])).remarks
    assert "the movement may be the reason" in said
    assert "signs of fatigue" not in said
