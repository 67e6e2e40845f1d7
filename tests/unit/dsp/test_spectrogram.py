"""Streaming frames do not depend on how the samples come, nor on where reading began."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import signal

from emgstudio.dsp.spectrogram import Spectrogram


def whole(x, **how):
    return Spectrogram(1000.0, x.shape[1], **how).process(x)


@settings(max_examples=40, deadline=None)
@given(
    seed=st.integers(0, 999),
    n=st.integers(0, 900),
    hop=st.sampled_from([0.032, 0.1, 0.4]),
    sizes=st.lists(st.integers(1, 300), min_size=1, max_size=5),
)
def test_any_cutting_gives_the_same_frames(seed, n, hop, sizes):
    x = np.random.default_rng(seed).standard_normal((n, 2)).astype(np.float32)
    stream, first, turn, parts = Spectrogram(1000.0, 2, hop_s=hop), 0, 0, []
    expected = whole(x, hop_s=hop)
    while first < n:
        step = sizes[turn % len(sizes)]
        parts.append(stream.process(x[first : first + step]))
        first, turn = first + step, turn + 1
        assert stream.next_frame == sum(len(part) for part in parts)
    if parts:
        np.testing.assert_allclose(np.concatenate(parts), expected, atol=1e-9)


@pytest.mark.parametrize("first", [1, 31, 32, 500])
def test_frames_lie_on_the_grid_of_the_stream_wherever_reading_began(first):
    x = np.random.default_rng(0).standard_normal((2000, 1))
    late = Spectrogram(1000.0, 1)
    late.process(x[:100])
    late.restart(first)
    number = late.next_frame
    np.testing.assert_allclose(late.process(x[first:]), whole(x)[number:], atol=1e-9)
    assert late.next_frame == len(whole(x))


def test_a_hole_blanks_the_frames_that_touch_it_and_no_others():
    x = np.random.default_rng(1).standard_normal((2000, 2))
    valid = np.ones(2000, bool)
    valid[1000] = False
    stream = Spectrogram(1000.0, 2)
    frames = stream.process(x, valid)
    starts = np.arange(len(frames)) * stream.hop
    touched = (starts <= 1000) & (starts + stream.length > 1000)
    np.testing.assert_array_equal(np.isnan(frames).all(axis=(1, 2)), touched)
    np.testing.assert_allclose(frames[~touched], whole(x)[~touched])


@pytest.mark.parametrize("padding", [1, 2])
@pytest.mark.parametrize("rate", [200.0, 1000.0, 2048.0])
def test_eight_channels_are_scipys_to_a_hundredth_of_a_db(rate, padding):
    x = np.random.default_rng(2).standard_normal((int(3 * rate), 8)) * np.logspace(-6, 3, 8)
    stream = Spectrogram(rate, 8, padding=padding)
    got = np.concatenate([stream.process(part) for part in np.array_split(x, 37)])
    _, _, expected = signal.spectrogram(
        x, rate, "hann", stream.length, stream.length - stream.hop, stream.nfft, axis=0
    )
    expected = 10 * np.log10(expected[: len(stream.frequencies)]).transpose(2, 0, 1)
    assert got.shape == expected.shape
    np.testing.assert_allclose(got, expected, atol=0.01)


def test_flat_line_is_finite():
    assert np.isfinite(whole(np.full((600, 1), 7.0))).all()


def test_shape_frequencies_and_times():
    stream = Spectrogram(2000.0, 3)
    frames = stream.process(np.zeros((2000, 3)))
    assert (stream.length, stream.hop, stream.nfft) == (512, 64, 1024)
    assert frames.shape == (24, len(stream.frequencies), 3)
    assert stream.frequencies[-1] == pytest.approx(500.0)
    assert stream.frame_time(0) == pytest.approx(0.128)
    assert stream.frame_time(3) == pytest.approx(0.224)
