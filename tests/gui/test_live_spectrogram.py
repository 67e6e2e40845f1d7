"""The spectrogram strip: right frequencies, right values, right time, only new frames."""

from __future__ import annotations

import numpy as np
import pytest

from emgstudio.gui.plots.colormaps import STOPS, lookup
from emgstudio.gui.plots.raster import rgb
from emgstudio.gui.plots.spectrogram_strip import SpectrogramStrip
from emgstudio.gui.theme import current
from tests.gui.streams import HandStream

RATE = 1000.0


@pytest.fixture
def strip(qtbot) -> SpectrogramStrip:
    made = SpectrogramStrip()
    qtbot.addWidget(made)
    made.resize(1000, 200)
    made.show()
    return made


def push_tone(stream: HandStream, hertz: float, n: int, amplitude: float = 400.0) -> None:
    t = (stream.clean.head + np.arange(n)) / RATE
    stream.push(np.tile(amplitude * np.sin(2 * np.pi * hertz * t)[:, None], (1, 4)))


def shown(strip: SpectrogramStrip) -> np.ndarray:
    image = strip.grab().toImage()
    image = image.convertToFormat(image.Format.Format_RGB32)
    pixels = np.frombuffer(image.constBits(), np.uint32).reshape(image.height(), -1)
    return pixels[:, strip.plot.left() : strip.plot.right() + 1].copy()


def test_a_tone_is_a_bright_line_at_its_frequency(strip) -> None:
    stream = HandStream(4, RATE)
    push_tone(stream, 100.0, 4000)
    push_tone(stream, 300.0, 4000)
    strip.show_stream(stream, 0)
    pixels = shown(strip)
    brightest = lookup("viridis")[255]
    for seconds, hertz in ((2.0, 100.0), (6.0, 300.0)):
        column = pixels[:, int(seconds / 10 * pixels.shape[1])]
        rows = np.flatnonzero(column == brightest)
        middle = (1 - rows.mean() / (len(column) - 1)) * 500
        assert middle == pytest.approx(hertz, abs=6)


def test_frame_by_frame_and_at_once_give_the_same_picture(strip) -> None:
    stream = HandStream(4, RATE)
    strip.show_stream(stream, 1)
    for frame in range(400):
        if frame == 200:
            stream.lose(150)
        stream.push_noise(33)
        strip.advance()
    swept = shown(strip)
    strip._redraw()
    np.testing.assert_array_equal(shown(strip), swept)


def test_only_new_frames_are_computed_and_only_new_columns_shown(strip) -> None:
    stream = HandStream(4, RATE)
    strip.show_stream(stream, 0)
    for _ in range(30):
        stream.push_noise(33)
        strip.advance()
    computed = strip.frames_computed
    for _ in range(300):
        stream.push_noise(33)
        strip.advance()
        dirty = sum(rect.width() * rect.height() for rect in strip.dirty)
        assert dirty <= 0.025 * strip.width() * strip.height()
    assert strip.frames_computed - computed <= 300 * 33 / 32 + 1


def test_a_gap_is_a_hole_wherever_a_frame_touches_it(strip) -> None:
    stream = HandStream(4, RATE)
    stream.push_noise(4000)
    stream.lose(500)
    stream.push_noise(4000)
    strip.show_stream(stream, 0)
    pixels = shown(strip)
    empty = (pixels == rgb(current().canvas)).all(axis=0)
    per_second = pixels.shape[1] / 10
    # Frames are 256 ms long: half of that is lost on either side of the gap.
    assert empty[int(3.95 * per_second) : int(4.55 * per_second)].all()
    assert not empty[int(1 * per_second) : int(3.8 * per_second)].any()
    assert not empty[int(4.7 * per_second) : int(8.2 * per_second)].any()


def test_the_colour_range_is_fixed_until_it_is_fitted(strip) -> None:
    stream = HandStream(4, RATE)
    stream.push_noise(8000, level=2000.0 / 50)
    strip.show_stream(stream, 0)
    assert strip.range_db == (-20.0, 30.0)
    low, high = strip.fit_range()
    # White noise of 40 µV over 500 Hz: 10 lg(1600 / 500) = 5 dB, spread by chance.
    assert low < 5.05 < high
    assert high - low < 50
    stream.push_noise(500, level=600.0)
    strip.advance()
    assert strip.range_db == (low, high)


def test_freeze_holds_the_strip(strip) -> None:
    stream = HandStream(4, RATE)
    stream.push_noise(5000)
    strip.show_stream(stream, 0)
    strip.freeze(True)
    still = shown(strip)
    stream.push_noise(2000)
    strip.advance()
    np.testing.assert_array_equal(shown(strip), still)
    strip.freeze(False)
    strip.advance()
    assert not np.array_equal(shown(strip), still)


@pytest.mark.parametrize("name", list(STOPS))
def test_colour_maps_grow_lighter_all_the_way(name) -> None:
    pixels = lookup(name)
    red, green, blue = ((pixels >> shift) & 0xFF for shift in (16, 8, 0))
    lightness = 0.2126 * red + 0.7152 * green + 0.0722 * blue
    assert len(pixels) == 256
    assert (np.diff(lightness) > -0.5).all()
    assert lightness[-1] - lightness[0] > 150
