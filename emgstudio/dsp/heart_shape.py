"""The shape of a heartbeat in every channel: found, averaged, and fitted to the next beat."""

from __future__ import annotations

from typing import Protocol

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

REFINE_S, LIKELY_OFF_S = 0.006, 0.003
# The size of a beat changes with the breath by about this much.
GAIN_SD = 0.15
FORGET = 0.95
LEAST_BEATS = 3
# An average of noise alone: less than this many times its expected power is no shape.
STANDS_OUT = 3.0
TAPER_S = 0.010
SMOOTH_S = 0.006
FIRST_BEATS, FIRST_LIKENESS, FIRST_UNEVEN = 4, 0.7, 0.25
FIRST_APART_S = 0.36


class HasRows(Protocol):
    """Rows of a signal by their index."""

    def read(self, start: int, stop: int) -> Floats: ...


class Shape:
    """A running average of beats, ``(before + after, channels)``, each weighed by its noise.

    ``seen`` rows after the beat are there when it has to be fitted.
    """

    def __init__(self, rate: float, before: int, after: int, seen: int, channels: int) -> None:
        self._before, self._after, self._seen = before, after, seen
        self._off = max(1, round(REFINE_S * rate))
        self._likely_off = LIKELY_OFF_S * rate
        self._taper = taper(before + after, round(TAPER_S * rate))[:, None]
        self._smooth = max(1, round(SMOOTH_S * rate))
        self._channels = channels
        self.forget()

    def forget(self) -> None:
        """Nothing is known of the heart any more."""
        self._sum = np.zeros((self._before + self._after, self._channels))
        self._weight = np.zeros(self._channels)
        self._count = 0
        self._mean = self._sum

    @property
    def known(self) -> bool:
        return self._count >= LEAST_BEATS

    def learn(self, beat: Floats) -> None:
        """Add one whole beat ``(before + after, channels)``."""
        noise = np.square(beat - self._mean if self._count else beat).mean(axis=0)
        weight = 1.0 / np.maximum(noise, 1e-12)
        self._sum = FORGET * self._sum + weight * beat
        self._weight = FORGET * self._weight + weight
        self._count += 1
        mean = smoothed(self._sum / self._weight, self._smooth) * self._taper
        clear = np.square(mean).mean(axis=0) * self._weight > STANDS_OUT
        self._mean = np.where(clear, mean, 0.0)

    def fitted(self, rows: HasRows, at: int) -> Floats | None:
        """The shape in the place and size that it has at row ``at``; None while it is unknown."""
        if not self.known:
            return None
        used = slice(self._off, self._before + self._seen - self._off)
        shape = self._mean[used]
        seen = rows.read(at - self._before, at + self._seen)
        noise = np.maximum(np.square(seen[used] - shape).mean(axis=0), 1e-12)
        return fit(self._mean, seen, noise, self._off, self._likely_off)


def fit(mean: Floats, seen: Floats, noise: Floats, off: int, likely_off: float) -> Floats:
    """``mean (n, channels)`` moved and scaled to the beat in ``seen (m <= n, channels)``.

    One shift of at most ``off`` rows for all channels and one size for each,
    both held back by how unlikely they are against ``noise (channels,)``.
    """
    moved = shifted(mean, shift_of(mean, seen, noise, off, likely_off))
    inner = slice(off, len(seen) - off)
    used = moved[inner]
    energy = np.square(used).sum(axis=0)
    projection = (seen[inner] * used).sum(axis=0) - energy
    return np.asarray(moved * (1.0 + projection / (energy + noise / GAIN_SD**2)))


def shift_of(mean: Floats, seen: Floats, noise: Floats, off: int, likely_off: float) -> float:
    """How many rows later than in ``mean`` the beat most likely is in ``seen``."""
    length = len(seen)
    weighed = mean[off : length - off] / noise
    steps = np.arange(-off, off + 1)
    scores = np.array([(seen[off + k : length - off + k] * weighed).sum() for k in steps])
    scores -= 0.5 * (steps / likely_off) ** 2
    return float(steps[np.argmax(scores)]) + parabola_top(scores)


def parabola_top(scores: Floats) -> float:
    """Where between the steps the highest of ``scores`` lies, -0.5 to 0.5; 0 at an edge."""
    top = int(np.argmax(scores))
    if not 0 < top < len(scores) - 1:
        return 0.0
    left, middle, right = scores[top - 1 : top + 2]
    bend = left - 2.0 * middle + right
    return float(0.5 * (left - right) / bend) if bend < 0.0 else 0.0


def shifted(x: Floats, rows: float) -> Floats:
    """``x (n, channels)`` moved down by any number of rows; its ends are held."""
    places = np.clip(np.arange(len(x)) - rows, 0, len(x) - 1)
    low = np.minimum(places.astype(int), len(x) - 2)
    part = (places - low)[:, None]
    return np.asarray((1.0 - part) * x[low] + part * x[low + 1])


def smoothed(x: Floats, length: int) -> Floats:
    """``x (n, channels)`` under a Hann kernel: a heartbeat has nothing above some 150 Hz."""
    kernel = np.hanning(length + 2)[1:-1]
    kernel /= kernel.sum()
    half = len(kernel) // 2
    padded = np.pad(x, ((half, len(kernel) - 1 - half), (0, 0)))
    out = np.zeros_like(x)
    for k, weight in enumerate(kernel[::-1]):
        out += weight * padded[k : k + len(x)]
    return out


def taper(length: int, edge: int) -> Floats:
    """Ones that rise and fall as half cosines over ``edge`` rows at both ends."""
    out = np.ones(length)
    rise = 0.5 - 0.5 * np.cos(np.pi * (np.arange(edge) + 0.5) / edge)
    out[:edge], out[length - edge :] = rise, rise[::-1]
    return out


def first_shape(x: Floats, rate: float, before: int, after: int) -> tuple[Floats, Floats] | None:
    """The beat that is repeated in ``x (n, channels)``, and the mean square between beats.

    None where no heart can be told: too few peaks, too uneven, or not alike.
    """
    noise = np.maximum(np.median(np.square(x), axis=0) / 0.455, 1e-12)
    energy = np.square(x / np.sqrt(noise)).sum(axis=1)
    # Beats stand out of their own second; a burst of the muscle would hide those in rest.
    around = np.ones(min(round(rate), len(energy)))
    energy /= np.convolve(energy, around, "same") / np.convolve(np.ones(len(x)), around, "same")
    tops = _peaks(energy[before : len(x) - after], round(FIRST_APART_S * rate)) + before
    if len(tops) < FIRST_BEATS:
        return None
    apart = np.diff(tops)
    if apart.std() > FIRST_UNEVEN * apart.mean():
        return None
    beats = np.array([x[t - before : t + after] for t in tops])
    weighed = beats / np.sqrt(noise)
    mean = weighed.mean(axis=0)
    size = np.sqrt(np.square(weighed).sum(axis=(1, 2)) * np.square(mean).sum())
    likeness = (weighed * mean).sum(axis=(1, 2)) / np.maximum(size, 1e-12)
    if np.median(likeness) < FIRST_LIKENESS:
        return None
    return beats[likeness >= FIRST_LIKENESS].mean(axis=0), noise


def _peaks(energy: Floats, apart: int) -> NDArray[np.int64]:
    """Highest places at least ``apart`` from each other, of comparable height, in order."""
    left = energy.copy()
    tops: list[int] = []
    heights: list[float] = []
    while len(tops) < len(energy) // apart:
        top = int(np.argmax(left))
        if len(tops) >= FIRST_BEATS and left[top] < 0.45 * heights[FIRST_BEATS - 1]:
            break
        if left[top] <= 0.0:
            break
        tops.append(top)
        heights.append(float(left[top]))
        left[max(0, top - apart) : top + apart + 1] = -1.0
    return np.sort(np.array(tops, np.int64))
