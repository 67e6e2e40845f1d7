import numpy as np
import pytest

from emgstudio.core.types import ConditionSpec
from emgstudio.dsp.signal_view import RecordedView, Shown, SignalView

RATE = 1000.0
SPEC = ConditionSpec(20.0, 400.0, notch_hz=50.0)


def recorded(view: SignalView, x: np.ndarray) -> RecordedView:
    data = x.astype(np.float32)
    return RecordedView(lambda a, b: data[a:b], len(x), RATE, SPEC, view)


def noise(seconds: float) -> np.ndarray:
    return np.random.default_rng(4).normal(0, 50, (round(seconds * RATE), 2))


def test_raw_is_what_was_recorded() -> None:
    x = noise(2)
    shown = recorded(SignalView(hum_out=True, heartbeat_out=True), x).stretch(100, 900)
    np.testing.assert_array_equal(shown, x[100:900].astype(np.float32))


def test_rectified_and_envelope_follow_the_conditioned_signal() -> None:
    x = noise(6)
    x[4000:4100] = np.nan
    parts = [recorded(SignalView(kind), x).stretch(3000, 5000) for kind in Shown]
    _raw, clean, rectified, envelope = parts
    np.testing.assert_array_equal(rectified, np.abs(clean))
    middle = envelope[500]
    squares = np.square(clean[450:550].astype(float)).mean(axis=0)
    assert middle == pytest.approx(np.sqrt(squares), rel=0.05)
    for part in parts[1:]:
        assert np.isnan(part[1000:1100]).all()
        assert not np.isnan(part[1100:]).any()


def test_hum_is_gone_and_a_stretch_looks_the_same_from_everywhere() -> None:
    x = noise(48)
    t = np.arange(len(x)) / RATE
    hum = 200 * np.sin(2 * np.pi * 50.02 * t)[:, None]
    view = SignalView(Shown.CONDITIONED, hum_out=True)
    with_hum = recorded(view, x + hum)
    out = with_hum.stretch(19_000, 21_000)
    want = recorded(SignalView(Shown.CONDITIONED, hum_out=True), x).stretch(19_000, 21_000)
    assert np.std(out - want) < 0.1 * np.std(want)
    later = recorded(view, x + hum).stretch(20_500, 22_000)
    np.testing.assert_allclose(later[:500], out[1500:], atol=0.05)
    # The end is shorter than a block and belongs to the one before.
    assert len(with_hum.stretch(47_000, 60_000)) == 1000


def test_a_recipe_says_what_is_done() -> None:
    view = SignalView(Shown.ENVELOPE, heartbeat_out=True, hum_out=True)
    words = view.recipe(SPEC, RATE)
    for part in ("hum taken out", "20–400 Hz", "heartbeat", "moving RMS 0.1 s"):
        assert part in words
    assert "notch" not in words
    assert SignalView().recipe(SPEC, RATE) == "raw"
    assert view.before_rectifying().shown is Shown.CONDITIONED
    assert SignalView().before_rectifying().shown is Shown.RAW
