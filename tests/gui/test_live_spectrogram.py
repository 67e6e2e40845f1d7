"""The spectrogram strip: right frequencies, right values, right time, only new frames."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from PySide6.QtCore import QPointF

from emgstudio.core.types import Channel
from emgstudio.dsp.spectrogram import Spectrogram
from emgstudio.gui.plots.colormaps import STOPS, lookup
from emgstudio.gui.plots.raster import blank, rgb
from emgstudio.gui.plots.spectrogram_lanes import SpectrogramLanes
from emgstudio.gui.plots.spectrogram_strip import SpectrogramStrip
from emgstudio.gui.plots.trace_picture import TraceOptions
from emgstudio.gui.plots.traces import TraceCanvas
from emgstudio.gui.theme import current, theme
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
    return pixels[: strip.plot.height(), strip.plot.left() : strip.plot.right() + 1].copy()


def test_a_tone_is_a_bright_line_at_its_frequency(strip) -> None:
    stream = HandStream(4, RATE)
    push_tone(stream, 100.0, 4000)
    push_tone(stream, 300.0, 4000)
    strip.show_stream(stream, (0,))
    pixels = shown(strip)
    brightest = lookup("viridis")[255]
    for seconds, hertz in ((2.0, 100.0), (6.0, 300.0)):
        column = pixels[:, int(seconds / 10 * pixels.shape[1])]
        rows = np.flatnonzero(column == brightest)
        middle = (1 - rows.mean() / (len(column) - 1)) * 500
        assert middle == pytest.approx(hertz, abs=6)


def test_words_below_have_room_when_texts_grow(strip) -> None:
    strip.show_stream(HandStream(4, RATE), (0, 1, 2))
    footer, least = strip.footer, strip.minimumHeight()
    try:
        theme().apply("dark", 200)
        assert (strip.footer, strip.minimumHeight()) == (2 * footer, 2 * least)
    finally:
        theme().apply("dark", 100)
    assert (strip.footer, strip.minimumHeight()) == (footer, least)


def test_frame_by_frame_and_at_once_give_the_same_picture(strip) -> None:
    stream = HandStream(4, RATE)
    strip.show_stream(stream, (1,))
    for frame in range(400):
        if frame == 200:
            stream.lose(150)
        stream.push_noise(33)
        strip.advance()
    # Two hops at least: a sweep looks at no less.
    stream.push_noise(64)
    strip.advance()
    swept = shown(strip)
    strip._redraw()
    np.testing.assert_array_equal(shown(strip), swept)


def test_only_new_frames_are_computed_and_only_new_columns_shown(strip) -> None:
    stream = HandStream(4, RATE)
    strip.show_stream(stream, (0,))
    for _ in range(30):
        stream.push_noise(33)
        strip.advance()
    computed = strip.feed.computed
    for _ in range(300):
        stream.push_noise(33)
        strip.advance()
        dirty = sum(rect.width() * rect.height() for rect in strip.dirty)
        assert dirty <= 0.02 * strip.width() * strip.height()
    assert strip.feed.computed - computed <= 300 * 33 / 32 + 1


def test_a_gap_is_a_hole_wherever_a_frame_touches_it(strip) -> None:
    stream = HandStream(4, RATE)
    stream.push_noise(4000)
    stream.lose(500)
    stream.push_noise(4000)
    strip.show_stream(stream, (0,))
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
    strip.show_stream(stream, (0,))
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
    strip.show_stream(stream, (0,))
    strip.freeze(True)
    still = shown(strip)
    stream.push_noise(2000)
    strip.advance()
    np.testing.assert_array_equal(shown(strip), still)
    strip.freeze(False)
    strip.advance()
    assert not np.array_equal(shown(strip), still)


def test_a_moment_is_at_the_same_place_as_in_the_traces(qtbot, strip) -> None:
    """A click in silence: its loudest column is under the sample, sweeping and scrolling."""
    stream = HandStream(4, RATE)
    x = np.zeros((9000, 4))
    x[7000:7004] = 800.0
    stream.push(x)
    stream.push_noise(20, level=0.0)
    strip.show_range(-60.0, 40.0)
    traces = TraceCanvas()
    qtbot.addWidget(traces)
    traces.resize(1000, 300)
    traces.use_gutter(strip.gutter)
    for scroll in (False, True):
        traces.show_options(TraceOptions(seconds=10.0, scroll=scroll))
        traces.show_stream(stream)
        strip.show_time(10.0, scrolling=scroll)
        strip.show_stream(stream, (0,))
        # The head's line is no part of the picture.
        strip.freeze(True)
        pixels = shown(strip)
        strip.freeze(False)
        quiet = lookup("viridis")[0]
        loud = np.flatnonzero(
            ((pixels != quiet) & (pixels != rgb(current().canvas))).mean(axis=0) > 0.5
        )
        expected = traces.x_of(7002 / traces.feed.per_column) - traces.plot.left()
        assert (loud[0] + loud[-1]) / 2 == pytest.approx(expected, abs=3)
        assert strip.head == traces.feed.columns.head


def test_eight_channels_have_a_lane_each_with_their_own_frequencies(strip) -> None:
    stream = HandStream(10, RATE)
    t = np.arange(8000) / RATE
    tones = 45.0 * np.arange(1, 11)
    stream.push(400 * np.sin(2 * np.pi * tones * t[:, None]))
    strip.resize(1000, 420)
    chosen = (9, 0, 1, 2, 3, 4, 5, 6)
    strip.show_stream(stream, (*chosen, 7, 0))
    assert strip.channels == chosen
    pixels = shown(strip)
    column = pixels[:, 300]
    brightest = lookup("viridis")[255]
    pitch = (len(column) + 2) // 8
    for lane, channel in enumerate(chosen):
        part = column[lane * pitch : (lane + 1) * pitch - 2]
        up = 1 - np.flatnonzero(part == brightest).mean() / (len(part) - 1)
        assert up * 500 == pytest.approx(tones[channel], abs=14)
    assert "Muscle 10, Muscle 1," in strip.accessibleName()


def test_a_low_lane_shows_the_mean_density_of_its_lines(strip) -> None:
    stream = HandStream(4, RATE)
    stream.push_noise(8000)
    powers = Spectrogram(RATE, 4, padding=1).densities(stream.clean.read(0, 8000).data)
    lines = powers.shape[2]
    lanes = SpectrogramLanes(4, lines, 4 * 30 + 3 * 2)
    block = lanes.colours(powers[:50].astype(np.float32), (-20.0, 30.0), "viridis", "#123456")
    first = np.arange(31) * lines // 30
    for row, lane in ((0, 0), (29, 0), (5, 2)):
        at = 29 - row
        mean = powers[:50, lane, first[at] : first[at + 1]].mean(axis=1)
        index = np.clip((10 * np.log10(mean) + 20) * 255 / 50, 0, 255)
        got = block[:, lane, at]
        expected = lookup("viridis")[np.round(index - 0.5).astype(int)]
        assert np.mean(got == expected) > 0.9
    assert block.shape == (50, 4, 30)
    picture = blank(lanes.rows_needed, 3)
    lanes.rows(picture)[:] = block[7]
    assert picture[29, 1] == block[7, 0, 0]
    assert picture[32, 1] == block[7, 1, 29]
    assert (picture[30:32] == 0).all()


@pytest.mark.parametrize("channels", [1, 2, 8])
@pytest.mark.parametrize("seconds", [1.0, 10.0, 60.0])
def test_every_time_base_and_number_of_channels_draws_to_the_newest_frame(
    strip, channels, seconds
) -> None:
    stream = HandStream(8, RATE)
    strip.show_time(seconds, scrolling=False)
    strip.show_stream(stream, tuple(range(channels)))
    for _ in range(150):
        stream.push_noise(33)
        strip.advance()
    pixels = shown(strip)
    newest_middle = (150 * 33 - 256) // 32 * 32 + 128
    at = int(newest_middle / RATE / seconds * pixels.shape[1] % pixels.shape[1]) - 1
    assert (pixels[:, at] != rgb(current().canvas)).mean() > 0.9
    swept = pixels
    strip._redraw()
    np.testing.assert_array_equal(shown(strip), swept)


def test_looking_back_shows_the_past_without_new_transforms(strip) -> None:
    stream = HandStream(4, RATE)
    strip.show_stream(stream, (0, 2))
    for _ in range(30):
        push_tone(stream, 100.0, 500)
        strip.advance()
    early = shown(strip)
    for _ in range(30):
        push_tone(stream, 300.0, 500)
        strip.advance()
    strip.freeze(True)
    computed = strip.feed.computed
    strip.look_at(15_000)
    back = shown(strip)
    assert strip.feed.computed == computed
    # What was not complete then is now: 0.13 s before the place.
    same = (back == early).all(axis=0).mean()
    assert same > 0.97
    strip.look_at(None)
    assert not strip.frozen
    assert not np.array_equal(shown(strip), back)


def test_looking_back_before_the_strip_was_shown_transforms_what_the_ring_holds(strip) -> None:
    stream = HandStream(4, RATE)
    push_tone(stream, 100.0, 20_000)
    stream.push_noise(20_000)
    strip.show_stream(stream, (0,))
    strip.freeze(True)
    strip.look_at(15_000)
    pixels = shown(strip)
    bright = (pixels == lookup("viridis")[255]).any(axis=0)
    assert np.count_nonzero(~bright) <= strip.erased_ahead


def test_the_pointer_reads_the_level_of_one_frame(strip) -> None:
    stream = HandStream(4, RATE)
    push_tone(stream, 100.0, 8000)
    strip.show_stream(stream, (1,))
    x = strip.x_of(int(4.0 * RATE / (RATE * 10 / strip.columns_wide)))
    text = strip.reading_at(QPointF(x, (1 - 100.5 / 501) * strip.plot.height()))
    assert text.startswith("Muscle 2   100 Hz")
    level = float(text.split("   ")[2].removesuffix(" dB"))
    # A sine's power of 400²/2 µV² in Hann's equivalent bandwidth of 1.5 / 0.256 Hz.
    assert level == pytest.approx(10 * np.log10(400**2 / 2 / (1.5 / 0.256)), abs=0.3)
    assert strip.reading_at(QPointF(5, 5)) == ""


def test_units_that_are_not_microvolts_fit_the_colours_by_themselves_once(strip) -> None:
    stream = HandStream(2, RATE)
    made = tuple(Channel(f"A{i}", unit="V", scale=0.5) for i in range(2))
    stream.info = replace(stream.info, channels=made)
    changed = []
    strip.range_changed.connect(lambda: changed.append(strip.range_db))
    strip.show_stream(stream, (0,))
    for _ in range(120):
        stream.push_noise(33)
        strip.advance()
    assert len(changed) == 1
    assert strip.scale_text == "dB re 1 V²/Hz"


def test_new_names_and_chosen_colours_are_shown(strip) -> None:
    stream = HandStream(2, RATE)
    stream.push_noise(5000)
    strip.show_stream(stream, (1,))
    before = strip.grab().toImage()
    strip.use_colours({1: 5})
    assert strip.grab().toImage() != before
    stream.info = replace(stream.info, channels=(Channel("A"), Channel("Biceps left")))
    strip.show_stream(stream, (1,))
    assert strip.accessibleName() == "Spectrogram, Biceps left"


@pytest.mark.parametrize("name", list(STOPS))
def test_colour_maps_grow_lighter_all_the_way(name) -> None:
    pixels = lookup(name)
    red, green, blue = ((pixels >> shift) & 0xFF for shift in (16, 8, 0))
    lightness = 0.2126 * red + 0.7152 * green + 0.0722 * blue
    assert len(pixels) == 256
    assert (np.diff(lightness) > -0.5).all()
    assert lightness[-1] - lightness[0] > 150
