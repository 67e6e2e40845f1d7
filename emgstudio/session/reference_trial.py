"""What one strong effort gave per channel, and whether it may count as a reference."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from emgstudio.core.types import Mask, Samples
from emgstudio.dsp.envelope import MovingRms, moving_rms
from emgstudio.session.reference import WINDOW_S

Floats = NDArray[np.float64]

MOST_LOST = 0.01
JERK_S = 0.3
ARTEFACT = 1.5
BEST_TWO_DIFFER = 0.10
# Muscle that is not 10 dB above its rest is lost in noise.
LEAST_ABOVE_REST = 10.0 ** (10.0 / 20.0)
REST_WINDOW_S = 0.1
REST_QUANTILE = 0.2
SHORTEST_REST_S = 0.5

PROBLEMS = {
    "clipped": "The signal was too big for the device. Lower the gain or move off the tendon.",
    "lost": "More than 1 % of the samples were lost.",
    "jerk": "The peak came in the first 0.3 s. Build up the effort slowly.",
    "artefact": "Half as strong again as the other trials: an electrode may have moved.",
    "weak": "Too noisy for a reference: less than 10 dB above rest.",
    "nothing": "No signal arrived from the sensor.",
}


@dataclass(frozen=True, slots=True)
class Trial:
    """One channel in one effort: ``value`` is its largest centred RMS over the window.

    ``peak_s`` is when it was reached, ``clipped`` counts samples, ``lost`` is a share
    0–1, ``problems`` are codes of :data:`PROBLEMS`; ``anyway`` uses it all the same.
    """

    value: float
    peak_s: float = math.nan
    clipped: int = 0
    lost: float = 0.0
    problems: tuple[str, ...] = ()
    anyway: bool = False

    @property
    def used(self) -> bool:
        """Whether it counts."""
        return math.isfinite(self.value) and (self.anyway or not self.problems)

    @property
    def reason(self) -> str:
        """Why it does not count, in a sentence; empty where nothing is wrong."""
        return PROBLEMS[self.problems[0]] if self.problems else ""


def rest_level(x: Samples, valid: Mask, rate: float) -> Floats:
    """Quiet level per channel of ``x (n, channels)``: a low quantile of 100 ms RMS, NaN if short.

    A quantile, because people stir while they get ready.
    """
    if len(x) < SHORTEST_REST_S * rate:
        return np.full(x.shape[1], np.nan)
    levels = moving_rms(_holed(x, valid), rate, REST_WINDOW_S, centred=False)
    whole = levels[round(REST_WINDOW_S * rate) :]
    finite = np.isfinite(whole).all(axis=1)
    if not finite.any():
        return np.full(x.shape[1], np.nan)
    return np.asarray(np.quantile(whole[finite], REST_QUANTILE, axis=0))


def measure_trial(
    x: Samples,
    valid: Mask,
    clipped: Mask,
    rate: float,
    rest: Floats,
    *,
    window_s: float = WINDOW_S,
) -> tuple[Trial, ...]:
    """One :class:`Trial` per channel of the conditioned effort ``x (n, channels)``.

    ``clipped (n, channels)`` marks samples at the converter's rails, ``rest (channels,)``
    is the level before (NaN: not known). Only whole windows give the value; for the
    place of the peak windows are cut at the ends, or a jerk at the start would seem later.
    """
    half = round(window_s * rate) // 2
    lost = 1.0 - float(np.mean(valid)) if len(x) else 1.0
    if len(x) < 2 * half + 1 or not valid.any():
        return tuple(Trial(math.nan, lost=lost, problems=("nothing",)) for _ in range(x.shape[1]))
    levels = moving_rms(_holed(x, valid), rate, window_s, centred=True)
    levels = np.where(np.isfinite(levels), levels, -np.inf)
    values = levels[half : len(levels) - half].max(axis=0)
    peaks = levels.argmax(axis=0) / rate
    counts = np.count_nonzero(clipped, axis=0)
    made = []
    for value, peak, count, quiet in zip(values, peaks, counts, rest, strict=True):
        problems = []
        if count:
            problems.append("clipped")
        if lost > MOST_LOST:
            problems.append("lost")
        if peak < JERK_S:
            problems.append("jerk")
        if value < LEAST_ABOVE_REST * quiet:
            problems.append("weak")
        made.append(Trial(float(value), float(peak), int(count), lost, tuple(problems)))
    return tuple(made)


def judged(trials: Sequence[Trial]) -> tuple[Trial, ...]:
    """Trials of one channel, those far above the median of the good ones marked as artefacts."""
    own = [tuple(p for p in trial.problems if p != "artefact") for trial in trials]
    good = [t.value for t, problems in zip(trials, own, strict=True) if not problems]
    limit = ARTEFACT * float(np.median(good)) if len(good) > 1 else math.inf
    return tuple(
        replace(trial, problems=(*problems, *(("artefact",) if trial.value > limit else ())))
        for trial, problems in zip(trials, own, strict=True)
    )


def best_two_differ(trials: Sequence[Trial]) -> float | None:
    """By which share the second best is below the best; None with fewer than two that count."""
    values = sorted((t.value for t in trials if t.used), reverse=True)
    if len(values) < 2 or values[0] <= 0:
        return None
    return 1.0 - values[1] / values[0]


class RunningBest:
    """The largest RMS over ``window_s`` so far, per channel, of samples as they come.

    A window with a clipped or lost sample does not count.
    """

    def __init__(self, rate: float, channels: int, window_s: float = WINDOW_S) -> None:
        self.best: Floats = np.full(channels, np.nan)
        self._rms = MovingRms(window_s, rate, channels)
        self._seen = 0
        self._last_bad: Floats = np.full(channels, -1.0)

    def take(self, x: Samples, valid: Mask, clipped: Mask) -> None:
        """The next samples ``x (n, channels)``, ``valid (n,)``, ``clipped (n, channels)``."""
        if not len(x):
            return
        levels = self._rms.process(x, valid)
        at = np.arange(self._seen, self._seen + len(x), dtype=float)[:, None]
        bad = np.where(clipped | ~valid[:, None], at, -1.0)
        last_bad = np.maximum(np.maximum.accumulate(bad, axis=0), self._last_bad)
        whole = at - last_bad >= self._rms.length
        self._seen += len(x)
        self._last_bad = last_bad[-1]
        best = np.where(whole, levels, -np.inf).max(axis=0)
        self.best = np.where(np.isfinite(best), np.fmax(self.best, best), self.best)


def _holed(x: Samples, valid: Mask) -> Samples:
    return np.where(valid[:, None], x, np.nan)
