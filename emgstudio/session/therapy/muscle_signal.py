"""One muscle of a recorded exercise: its conditioned samples and where it is active."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from emgstudio.dsp.analyses.timing import sharp_bursts, unsure
from emgstudio.dsp.envelope import moving_rms
from emgstudio.dsp.onset import Interval, WhitenedDoubleThreshold, quietest, signal_to_noise_db
from emgstudio.session.therapy.recorded_exercise import Part, RecordedExercise

Floats = NDArray[np.float64]

REST_S, SHORT_REST_S = 1.0, 0.5
# Rest is even: its loudest tenth of a second is not far above its quietest.
EVEN = 1.8


@dataclass(frozen=True, slots=True)
class Bursts:
    """Where a muscle is active, in s of recording time; ``doubts`` when it is hard to see."""

    samples: tuple[Interval, ...]
    onsets: Floats
    offsets: Floats
    snr_db: float
    recipe: str
    doubts: tuple[str, ...]


@dataclass(frozen=True)
class MuscleSignal:
    """One muscle of an exercise: conditioned ``x (n,)``, NaN where there is nothing to measure."""

    exercise: RecordedExercise
    muscle: int
    x: Floats

    @property
    def name(self) -> str:
        return self.exercise.plan.muscles[self.muscle].words

    @property
    def rate(self) -> float:
        """Nominal, as filters and windows are made for."""
        return self.exercise.stream.info.rate

    @property
    def unit(self) -> str:
        """Of the signal itself."""
        names = [channel.name for channel in self.exercise.stream.info.channels]
        channel = names.index(self.exercise.plan.muscles[self.muscle].channel)
        return self.exercise.stream.info.channels[channel].unit

    @property
    def recipe(self) -> str:
        return self.exercise.filter_words

    @cached_property
    def bursts(self) -> Bursts:
        """All of the recording. EmgError when its rest cannot be found."""
        detector = WhitenedDoubleThreshold()
        rest = resting(self.x, self.rate)
        exercise = self.exercise
        forward = exercise.one_way(self.muscle)
        backward = exercise.one_way(self.muscle, backward=True)
        found = sharp_bursts(detector, forward, backward, self.rate, rest)
        snr = signal_to_noise_db(np.nan_to_num(self.x), rest, found)
        recipe = (
            f"{detector.recipe}, onsets forwards and offsets backwards, rest: quietest "
            f"{(rest.stop - rest.start) / self.rate:g} s; {exercise.stream.condition.summary()}"
        )
        stream = self.exercise.stream
        onsets = np.array([stream.time_of(b.start) for b in found])
        offsets = np.array([stream.time_of(b.stop) for b in found])
        return Bursts(found, onsets, offsets, snr, recipe, unsure(snr))

    def during(self, part: Part) -> Floats:
        return self.exercise.during(part, self.x)

    def steps(self, *, rests: bool = False) -> list[tuple[str, list[Part]]]:
        """Work phases by step, each with what stands before a measure's name.

        With ``rests`` steps that hold nothing but rest, too.
        """
        parts = self.exercise.parts
        working = {part.step for part in parts if part.work}
        found: dict[str, list[Part]] = {}
        for part in parts:
            if part.work or (rests and part.step not in working):
                found.setdefault(part.step, []).append(part)
        return [(f"{step}: " if step else "", of) for step, of in found.items()]


def level_of(x: Floats, rate: float, window_s: float) -> Floats:
    """Moving RMS ``(n,)`` of ``x (n,)`` without lag, NaN rows missing."""
    return moving_rms(x[:, None], rate, window_s, centred=True)[:, 0]


def resting(x: Floats, rate: float) -> Interval:
    """The quietest second of ``x (n,)``, or half a second where the muscle is active in that.

    A rest with activity in it hides what is no stronger. EmgError when there is none.
    """
    rest = quietest(x, rate, REST_S)
    each = max(1, round(0.1 * rate))
    part = x[rest.start : rest.stop]
    power = np.square(part[: len(part) // each * each]).reshape(-1, each).mean(axis=1)
    if np.sqrt(power.max()) > EVEN * np.sqrt(power.min()):
        return quietest(x, rate, SHORT_REST_S)
    return rest
