"""The live spectrum: right numbers, marked mains, a reason where there is none, no idle work."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import signal

from emgstudio.dsp.spectrum import spectrum
from emgstudio.gui.plots.spectrum_panel import SpectrumPanel
from emgstudio.gui.theme import theme
from tests.gui.streams import HandStream

RATE = 2000.0


@pytest.fixture
def panel(qtbot) -> SpectrumPanel:
    made = SpectrumPanel()
    qtbot.addWidget(made)
    made.resize(400, 500)
    made.show()
    return made


def hand_stream(hum: float = 0.0, rate: float = RATE, n: int = 6000) -> HandStream:
    """EMG-like noise in all channels, mains hum in channel 1 only, 10 times as strong in 2."""
    stream = HandStream(4, rate)
    t = np.arange(n) / rate
    x = stream.random.normal(0, 20, (n, 4))
    x[:, 1] += hum * np.sin(2 * np.pi * 50 * t)
    x[:, 2] *= 10
    stream.push(x)
    return stream


def test_curves_are_welchs_of_the_newest_two_seconds(panel) -> None:
    stream = hand_stream()
    panel.show_stream(stream, (0, 2))
    panel.refresh(0.0)
    x = stream.clean.read(2000, 6000).data[:, [0, 2]]
    _, power = signal.welch(x.astype(float), RATE, "hann", 2000, 1000, axis=0)
    curves = [item for item in panel.plot.getPlotItem().listDataItems()]
    assert len(curves) == 2
    frequencies, levels = max((c.getData() for c in curves), key=lambda d: d[1].mean())
    assert frequencies[-1] == 500.0
    np.testing.assert_allclose(levels, 10 * np.log10(power[:501, 1]), atol=0.01)
    panel.scale.setCurrentIndex(1)
    panel.scale.activated.emit(1)
    panel.refresh(1.0)
    frequencies, levels = max((c.getData() for c in curves), key=lambda d: d[1].mean())
    np.testing.assert_allclose(levels, power[:501, 1], rtol=0.002)


def test_median_and_mean_are_lines_with_numbers(panel) -> None:
    stream = hand_stream()
    panel.show_stream(stream, (0,))
    panel.refresh(0.0)
    whole = spectrum(stream.clean.read(2000, 6000).data[:, :1], RATE)
    assert panel.plot.median.isVisible()
    assert panel.plot.median.value() == pytest.approx(whole.median_hz[0])
    assert panel.plot.mean.value() == pytest.approx(whole.mean_hz[0])
    text = panel.figures.sentences()[0]
    assert text.startswith("Muscle 1, median 2")
    assert text in panel.accessibleName()


def test_mains_lines_are_marked_where_they_stick_out(panel) -> None:
    stream = hand_stream(hum=15.0)
    panel.show_stream(stream, (1,))
    panel.refresh(0.0)
    assert panel.plot.mains[0].isVisible()
    assert panel.plot.mains[0].value() == pytest.approx(50, abs=0.5)
    assert not panel.plot.mains[2].isVisible()
    assert "50 Hz" in panel.hum.text()
    assert "Muscle 2" in panel.hum.text()
    panel.show_stream(stream, (0,))
    panel.refresh(1.0)
    assert not panel.plot.mains[0].isVisible()
    assert not panel.hum.isVisible()


def test_a_slow_sensor_gets_the_reason_and_no_lines(panel) -> None:
    panel.show_stream(hand_stream(rate=200.0, n=1000), (0,))
    panel.refresh(0.0)
    assert "200 Hz, 800 Hz needed" in panel.note.text()
    assert panel.note.isVisible()
    assert not panel.plot.median.isVisible()
    assert panel.figures.sentences() == ["Muscle 1"]


def test_at_most_four_times_a_second_and_never_while_hidden_or_frozen(panel) -> None:
    stream = hand_stream()
    panel.show_stream(stream, (0,))
    for tick in range(30):
        stream.push_noise(60)
        panel.refresh(tick / 30)
    assert panel.updates <= 4
    made = panel.updates
    panel.refresh(5.0)
    panel.refresh(6.0)
    assert panel.updates == made + 1, "nothing new has come"
    panel.freeze(True)
    stream.push_noise(60)
    panel.refresh(7.0)
    panel.freeze(False)
    panel.hide()
    panel.refresh(8.0)
    assert panel.updates == made + 1


def test_raw_samples_are_shown_in_physical_units(panel) -> None:
    stream = hand_stream()
    panel.show_stream(stream, (2,))
    panel.refresh(0.0)
    clean = panel.found.power
    panel.signal.setCurrentIndex(1)
    panel.signal.activated.emit(1)
    panel.refresh(1.0)
    # This stream's clean ring holds the same samples.
    np.testing.assert_allclose(panel.found.power, clean, rtol=1e-3)


def test_loss_is_said_and_other_themes_do_no_harm(panel) -> None:
    stream = hand_stream()
    stream.lose(5000)
    stream.push_noise(100)
    panel.show_stream(stream, (0, 1, 2))
    panel.refresh(0.0)
    assert "lost" in panel.note.text()
    theme().apply("light", 150)
    stream.push_noise(5000)
    panel.refresh(1.0)
    assert not panel.note.isVisible()


def test_where_it_is_narrow_the_heading_goes_and_the_choices_stay(panel) -> None:
    least = panel.minimumSizeHint().width()
    panel.resize(least, 400)
    assert not panel._heading.isVisible()
    assert panel.signal.geometry().right() < panel.scale.geometry().left()
    assert panel.scale.geometry().right() <= panel.width()
    panel.resize(least + 200, 400)
    assert panel._heading.isVisible()


def test_the_scale_grows_at_once_and_shrinks_late(panel) -> None:
    stream = hand_stream()
    panel.show_stream(stream, (0,))
    panel.refresh(0.0)
    quiet = panel.plot.getPlotItem().viewRange()[1]
    stream.push_noise(4000, level=900.0)
    panel.refresh(1.0)
    loud = panel.plot.getPlotItem().viewRange()[1]
    assert loud[1] >= quiet[1] + 20
    for tick in range(2, 20):
        stream.push_noise(4000, level=20.0)
        panel.refresh(float(tick))
        if tick == 6:
            assert panel.plot.getPlotItem().viewRange()[1] == loud
    assert panel.plot.getPlotItem().viewRange()[1][1] <= quiet[1] + 10
