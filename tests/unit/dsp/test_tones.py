"""The sounds of an exercise as samples: pitch, no clicks, silence in time, any block size."""

from __future__ import annotations

import math
from itertools import pairwise

import numpy as np
import pytest

from emgstudio.dsp.tones import FADE_S, TONE_GAIN, Cue, Voices, cue_sound, pitch

RATE = 48_000.0


def steepest(x: np.ndarray) -> float:
    return float(np.abs(np.diff(x)).max())


def heard(voices: Voices, *blocks: int) -> np.ndarray:
    return np.concatenate([voices.render(n) for n in blocks])


def test_pitch_rises_by_equal_intervals_from_nothing_to_a_fifth_above_the_goal() -> None:
    assert (pitch(0.0), pitch(0.6), pitch(1.2)) == pytest.approx((220.0, 440.0, 880.0))
    assert pitch(7.0) == pitch(1.2)
    assert pitch(-1.0) == pitch(0.0)


def test_the_tone_has_the_pitch_of_the_effort() -> None:
    voices = Voices(RATE)
    voices.share = 1.0
    x = heard(voices, 48_000)[24_000:]
    found = np.fft.rfftfreq(len(x), 1 / RATE)[np.abs(np.fft.rfft(x)).argmax()]
    assert found == pytest.approx(pitch(1.0), abs=2.0)
    assert np.abs(x).max() == pytest.approx(TONE_GAIN, rel=0.01)


def test_a_jump_of_effort_glides_without_a_click() -> None:
    voices = Voices(RATE)
    voices.share = 0.1
    before = heard(voices, 4800)
    voices.share = 1.2
    after = heard(voices, *[480] * 30)
    whole = np.concatenate([before, after])
    # No step is steeper than the steepest sine that may sound.
    assert steepest(whole) <= 1.05 * TONE_GAIN * 2 * math.pi * 880.0 / RATE
    late = after[round(0.2 * RATE) :]
    found = np.fft.rfftfreq(len(late), 1 / RATE)[np.abs(np.fft.rfft(late)).argmax()]
    assert found == pytest.approx(880.0, abs=12.0)


def test_blocks_of_any_size_sound_the_same() -> None:
    def play(*blocks: int) -> np.ndarray:
        voices = Voices(RATE)
        voices.share = 0.7
        voices.play(Cue.WORK)
        return heard(voices, *blocks)

    whole = play(9600)
    assert play(*[64] * 150) == pytest.approx(whole, abs=1e-6)
    assert play(1, 999, 8600) == pytest.approx(whole, abs=1e-6)


@pytest.mark.parametrize("cue", list(Cue))
def test_cues_begin_and_end_in_silence(cue: Cue) -> None:
    x = cue_sound(cue, RATE)
    assert abs(x[0]) < 1e-3
    assert abs(x[-1]) < 1e-3
    assert 0.05 < np.abs(x).max() < 1.0
    assert steepest(x) < 0.2


def test_work_rises_and_rest_falls() -> None:
    def course(cue: Cue) -> list[float]:
        x = cue_sound(cue, RATE)
        halves = (x[: round(0.1 * RATE)], x[round(0.15 * RATE) : round(0.3 * RATE)])
        return [float(np.count_nonzero(np.diff(np.signbit(h))) / len(h)) for h in halves]

    assert course(Cue.WORK) == sorted(course(Cue.WORK))
    assert course(Cue.REST) == sorted(course(Cue.REST), reverse=True)


def test_hushed_means_silent_after_a_fade_and_without_a_click() -> None:
    voices = Voices(RATE)
    voices.share = 1.0
    voices.play(Cue.DONE)
    before = heard(voices, 2400)
    assert np.abs(before).max() > 0.1
    voices.play(Cue.SUCCESS)
    voices.hush()
    after = heard(voices, 4800)
    fade = round(FADE_S * RATE) + 2
    assert np.abs(after[fade:]).max() == 0.0
    assert steepest(np.concatenate([before, after])) < 0.2
    voices.play(Cue.REST)
    assert np.abs(heard(voices, 4800)).max() > 0.1


def test_volume_is_quieter_and_never_jumps() -> None:
    loudest = []
    for volume in (0.0, 0.3, 1.0):
        voices = Voices(RATE)
        voices.volume = volume
        voices.share = 1.0
        loudest.append(float(np.abs(heard(voices, 9600)).max()))
    assert loudest[0] == 0.0
    assert all(a < b for a, b in pairwise(loudest))
    voices.volume = 0.0
    assert steepest(heard(voices, 4800)) < 0.05


def test_everything_at_once_stays_within_the_loudspeaker() -> None:
    voices = Voices(RATE)
    voices.share = 1.2
    for cue in Cue:
        voices.play(cue)
    assert np.abs(heard(voices, 48_000)).max() <= 1.0
