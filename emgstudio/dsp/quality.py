"""Measures of how good an EMG signal is, channel by channel, from half second to half second.

What they are for, and the limits put on them, stands in resources/quality.toml.
Everything is worked out for all channels at once and costs one spectrum per half second.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from emgstudio.core.types import MICROVOLT, Mask, Samples, StreamInfo
from emgstudio.dsp.quality_activity import Activity
from emgstudio.dsp.quality_heart import SPAN_S, Heartbeat
from emgstudio.dsp.quality_spectrum import SEGMENTS, Spectra

Floats = NDArray[np.float64]
Measures = Mapping[str, Floats]

# What the rules may ask for; NaN in a measure says that it cannot be told at present.
MEASURES: dict[str, str] = {
    "rms_uv": "RMS from 20 to 450 Hz, hum included, in µV",
    "flat_share": "share of pieces of 50 ms or 20 samples in which the signal is one number",
    "clip_share": "share of samples at the rails, or on flat tops where rails are not known",
    "hum_uv": "steady hum with its harmonics above its surroundings, RMS in µV",
    "hum_hz": "mains frequency found in the stream, 50 or 60 Hz",
    "hum_share": "share of the power from 20 to 450 Hz that is hum, in %",
    "hum_rest_uv": "hum_uv while the muscle rests, or is below 30 µV",
    "hum_contraction_share": "hum_share while the muscle contracts; 0 while it rests",
    "move_share": "share of the power below 20 Hz, in %",
    "move_uv": "RMS from 2 to 20 Hz in µV",
    "heart": "how well beats 0.35 to 1.5 s apart repeat, 0 to 1; not told where muscle drowns them",
    "beats_alike": "how alike those beats are in shape, −1 to 1; not told where nothing repeats",
    "noise_uv": "RMS at rest without hum in µV; not told during contractions",
    "level_uv": "RMS from 20 to 450 Hz without hum in µV",
    "contraction_db": "strongest contraction of the last 20 s above rest",
    "shape_db": "highest over lowest point of the spectrum in a contraction (DP)",
    "loss_share": "samples lost in the last 10 s in %; 0 once nothing was lost for 4 s",
    "silence_s": "seconds since a sample came",
    "battery": "charge of the sensor in %",
    "impedance_kohm": "contact of the electrode in kΩ, as the device measures it",
}

HOPS_KEPT = 4
# A hop with more holes than this says nothing about the spectrum.
MOST_HOLES = 0.25
FLAT_PIECE_S, FLAT_PIECE_SAMPLES = 0.05, 20
# A flat top: this many equal numbers at the extreme, entered in a step of this share of
# the whole range; a slow wave that turns round reaches its extreme in tiny steps.
TOP_SAMPLES, TOP_STEP, TOP_STEPS = 4, 0.02, 64
# Activity below this does not drown a hum of 5 µV.
QUIET_UV = 30.0
BEATING = 0.6
# A channel beyond these hears nothing: then nobody can say who hears a muscle best.
MOST_FLAT, MOST_HUM = 0.2, 0.8
TO_MICROVOLT = {MICROVOLT: 1.0, "mV": 1e3, "V": 1e6}


class QualityMeter:
    """Follows the ``columns`` of one stream; not safe for several threads.

    :attr:`hop` samples (about 0.5 s) are given at a time. Measures look at the last
    2 s, those of the heart at 3 s. A measure in µV is −inf for channels in another unit
    than µV, mV or V.
    """

    def __init__(self, info: StreamInfo, columns: Sequence[int]) -> None:
        self._columns = np.array(columns, int)
        chosen = [info.channels[k] for k in columns]
        self._scale = np.array([c.scale for c in chosen], np.float32)
        self._offset = np.array([c.offset for c in chosen], np.float32)
        self._to_uv = np.array([TO_MICROVOLT.get(c.unit, np.nan) for c in chosen])
        nowhere = (-np.inf, np.inf)
        self._low_rail, self._high_rail = np.array([c.rails or nowhere for c in chosen]).T
        self._heart = Heartbeat(info.rate, len(chosen))
        self.hop = self._heart.step * max(1, round(info.rate / 2 / self._heart.step))
        self.hop_s = self.hop / info.rate
        self._spectra = Spectra(info.rate, self.hop, len(chosen))
        self._activity = Activity(
            len(chosen),
            self.hop_s,
            shape_known=self._spectra.shape_known,
            muscle_seen=self._spectra.muscle_seen,
            gain_db=self._spectra.gain_db,
        )
        self._last: NDArray[np.float32] | None = None
        self._seen: deque[NDArray[np.bool_]] = deque(maxlen=SEGMENTS)
        self._drowned: deque[NDArray[np.bool_]] = deque(maxlen=round(SPAN_S / self.hop_s))
        self._flat: deque[Floats] = deque(maxlen=HOPS_KEPT)
        self._clipped: deque[Floats] = deque(maxlen=HOPS_KEPT)
        shape = max(FLAT_PIECE_S * info.rate, FLAT_PIECE_SAMPLES)
        self._pieces = max(1, int(self.hop / shape))

    def add(self, raw: Samples, valid: Mask) -> Measures:
        """Measures ``(columns,)`` after the next ``(hop, channels)`` raw numbers.

        Rows that are not ``valid`` were lost: they are bridged by straight lines.
        """
        numbers = raw[:, self._columns]
        whole = bool(np.mean(valid) >= 1.0 - MOST_HOLES)
        self._flat.append(self._flat_share(numbers, valid))
        self._clipped.append(self._clip_share(numbers, valid))
        x = numbers.astype(np.float32) * self._scale + self._offset
        x = self._bridged(x, valid)
        self._heart.add(x, whole)
        self._spectra.add(x, whole)
        spectra = self._spectra
        with np.errstate(invalid="ignore"):
            blind = (self._flat[-1] > MOST_FLAT) | (spectra.hum_share > MOST_HUM)
        self._activity.add(spectra.level, spectra.shape, self._to_uv, sound=not blind.any())
        return self._measures()

    def _measures(self) -> dict[str, Floats]:
        spectra, activity, uv = self._spectra, self._activity, self._to_uv
        hum_uv, hum_share = spectra.hum * uv, 100.0 * spectra.hum_share
        resting, contracting = activity.resting, activity.contracting
        unknown = np.full(len(uv), np.nan)
        with np.errstate(invalid="ignore"):
            quiet = spectra.level * uv < QUIET_UV
            seen = resting | quiet
            self._seen.append(seen)
            share = np.where(contracting, hum_share, np.where(seen, 0.0, np.nan))
            # A contraction drowns heartbeats for as long as it is in what the heart looks at.
            self._drowned.append(contracting & ~quiet)
            contracted = np.any(self._drowned, axis=0)
            heart = self._heart.repeats(contracted)
            drowned = contracted & (heart < BEATING)
        told = {
            "flat_share": _mean(self._flat),
            "clip_share": 100.0 * _mean(self._clipped),
            "hum_hz": np.full(len(uv), spectra.mains_hz),
            "hum_share": hum_share,
            "hum_contraction_share": share,
            "move_share": 100.0 * spectra.move_share,
            "heart": np.where(drowned, np.nan, heart),
            "beats_alike": self._heart.alike,
            "contraction_db": activity.contraction_db,
            "shape_db": activity.shape_db,
        }
        sizes = {
            "rms_uv": spectra.rms * uv,
            "level_uv": spectra.level * uv,
            "hum_uv": hum_uv,
            "hum_rest_uv": spectra.hum_seen(self._seen) * uv,
            "move_uv": spectra.move * uv,
            "noise_uv": activity.noise * uv,
        }
        # A size in an unknown unit lies below every limit; it is not a size still to be told.
        beyond = ~np.isfinite(uv)
        told |= {name: np.where(beyond, -np.inf, size) for name, size in sizes.items()}
        return {name: told.get(name, unknown) for name in MEASURES}

    def _flat_share(self, numbers: Samples, valid: Mask) -> Floats:
        size = len(numbers) // self._pieces
        pieces = numbers[: size * self._pieces].reshape(self._pieces, size, -1)
        high, low = pieces.max(axis=1), pieces.min(axis=1)
        inside = (low > self._low_rail) & (high < self._high_rail)
        seen = valid[: size * self._pieces].reshape(self._pieces, size).all(axis=1)
        if not seen.any():
            return np.full(numbers.shape[1], np.nan)
        return np.asarray(((high == low) & inside)[seen].mean(axis=0))

    def _clip_share(self, numbers: Samples, valid: Mask) -> Floats:
        seen = numbers if valid.all() else numbers[valid]
        if len(seen) == 0:
            return np.full(numbers.shape[1], np.nan)
        high, low = seen.max(axis=0), seen.min(axis=0)
        share = np.zeros(numbers.shape[1])
        at_rail = np.flatnonzero((low <= self._low_rail) | (high >= self._high_rail))
        part = seen[:, at_rail]
        share[at_rail] = np.mean(
            (part <= self._low_rail[at_rail]) | (part >= self._high_rail[at_rail]), axis=0
        )
        for extreme in (high, low):
            top = seen == extreme
            run = top[3:] & top[2:-1] & top[1:-2] & top[:-3]
            for column in np.flatnonzero(run.any(axis=0) & (high > low) & (share == 0.0)):
                share[column] = _flat_top(seen[:, column], extreme[column])
        return share

    def _bridged(self, x: NDArray[np.float32], valid: Mask) -> NDArray[np.float32]:
        if not valid.all():
            good = np.flatnonzero(valid)
            known = x[good]
            if self._last is not None:
                good, known = np.append(-1, good), np.concatenate([self._last[None], known])
            if len(good):
                x = _lines(good, known, len(x))
        self._last = x[-1].copy()
        return x


def _lines(at: NDArray[np.intp], known: NDArray[np.float32], n: int) -> NDArray[np.float32]:
    rows = np.arange(n)
    right = np.clip(np.searchsorted(at, rows), 0, len(at) - 1)
    left = np.maximum(right - 1, 0)
    span = np.maximum(at[right] - at[left], 1)
    share = np.clip((rows - at[left]) / span, 0.0, 1.0)[:, None].astype(np.float32)
    return np.asarray(known[left] + share * (known[right] - known[left]))


def _mean(parts: deque[Floats]) -> Floats:
    """The mean of what is known, NaN where nothing is."""
    stacked = np.array(parts)
    known = np.isfinite(stacked)
    with np.errstate(invalid="ignore"):
        return np.asarray(np.where(known, stacked, 0.0).sum(axis=0) / known.sum(axis=0))


def _flat_top(x: NDArray[np.generic], extreme: object) -> float:
    """Share of the samples on flat tops: at the extreme, four or more, entered in a leap."""
    values = x.astype(np.float64)
    steps = np.abs(np.diff(values))
    whole = float(np.ptp(values))
    if whole < TOP_STEPS * np.diff(np.unique(values)).min():
        return 0.0
    edges = np.flatnonzero(np.diff(x == extreme, prepend=False, append=False)).reshape(-1, 2)
    counted = 0
    for start, stop in edges[edges[:, 1] - edges[:, 0] >= TOP_SAMPLES]:
        before = steps[start - 1] if start else np.inf
        after = steps[stop - 1] if stop < len(x) else np.inf
        if min(before, after) >= TOP_STEP * whole and np.isfinite(max(before, after)):
            counted += int(stop - start)
    return counted / len(x)
