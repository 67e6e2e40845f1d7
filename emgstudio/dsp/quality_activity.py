"""Rest and contraction told apart without any protocol, and what follows from that."""

from __future__ import annotations

from collections import deque

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]

# Rest is the quietest second of this long; where noise cannot be told from muscle by its
# shape, a long hold would become rest, so it is longer there.
REST_S, REST_S_SHAPELESS = 20.0, 90.0
# The edges of a long hold alone do not make a new rest.
ENOUGH_REST_S = 3.0
# Nobody is called noisy at rest before there was this much time to rest.
REST_KNOWN_S = 10.0
RESTING, ACTIVE, CONTRACTING = 2.0, 2.5, 4.0
# The spectrum of muscle has a hill, that of noise does not (20–25 and 2 dB).
MUSCLE_DB = 10.0
# Flat activity above this comes from outside, below it is a noisy amplifier or contact.
LOUD_UV, LOUD_TIMES = 40.0, 8.0
PEAK_S = 20.0
CLEAR_CONTRACTION_DB = 20.0
OWN_HOPS = 3
# Muscle tone stays below this.
TONE_UV = 10.0


class Activity:
    """Keeps the resting level of each channel; all sizes in the unit of the channel.

    ``muscle_seen`` and ``gain_db`` are those of :class:`~emgstudio.dsp.quality_spectrum.Spectra`.
    """

    def __init__(
        self,
        channels: int,
        hop_s: float,
        *,
        shape_known: bool,
        muscle_seen: float,
        gain_db: float,
    ) -> None:
        span = REST_S if shape_known else REST_S_SHAPELESS
        self._hop_s = hop_s
        self._gain_db = gain_db
        self._tone_uv = TONE_UV * muscle_seen
        self._seconds = 0.0
        self._quiet: deque[Floats] = deque(maxlen=round(span / hop_s))
        self._peaks: deque[Floats] = deque(maxlen=round(PEAK_S / hop_s))
        self._own = np.zeros(channels, int)
        nothing, no = np.full(channels, np.nan), np.zeros(channels, bool)
        self.rest, self.noise, self.contraction_db, self.shape_db = (nothing.copy() for _ in "1234")
        self.resting, self.contracting = no, no

    def add(self, level: Floats, shape_db: Floats, to_uv: Floats, *, sound: bool) -> None:
        """The newest level without hum, the shape of its spectrum, and µV per unit (or NaN).

        ``sound`` says that every channel hears something.
        """
        known = np.isfinite(level)
        if not known.any():
            self.noise[:] = self.contraction_db[:] = self.shape_db[:] = np.nan
            self.resting = self.contracting = np.zeros(len(level), bool)
            self._own[:] = 0
            return
        self._seconds += self._hop_s
        with np.errstate(invalid="ignore", divide="ignore"):
            self._follow_rest(level, shape_db)
            self.resting = level <= RESTING * self.rest
            self.contracting = level >= CONTRACTING * self.rest
            flat = shape_db < MUSCLE_DB
            loud = np.where(
                np.isfinite(to_uv), level * to_uv >= LOUD_UV, level >= LOUD_TIMES * self.rest
            )
            foreign = self.contracting & loud
            hiss = np.where(flat & ~foreign, level, 0.0)
            always = self.rest if self._seconds >= REST_KNOWN_S else np.zeros(len(level))
            # In a contraction nobody can tell how it is at rest.
            self.noise = np.where(self.contracting & ~flat, np.nan, np.maximum(hiss, always))
            self.shape_db = np.where(foreign, shape_db, np.inf)
            self._judge_contraction(level, ~flat & sound, to_uv)

    def _follow_rest(self, level: Floats, shape_db: Floats) -> None:
        muscle = (level >= CONTRACTING * self.rest) & (shape_db >= MUSCLE_DB)
        self._quiet.append(np.where(muscle, np.nan, level))
        kept = np.array(self._quiet)
        there = np.isfinite(kept)
        quietest = np.where(there, kept, np.inf).min(axis=0)
        enough = there.sum(axis=0) * self._hop_s >= ENOUGH_REST_S
        known = np.where(np.isfinite(self.rest), self.rest, np.inf)
        rest = np.where(enough, quietest, np.minimum(known, quietest))
        self.rest = np.where(np.isfinite(rest), rest, np.nan)

    def _judge_contraction(self, level: Floats, muscle: Flags, to_uv: Floats) -> None:
        """A contraction is judged at the channel that hears it best: the others hear crosstalk."""
        self._peaks.append(level)
        peak = np.nanmax(np.array(self._peaks), axis=0, initial=0.0)
        above = 20.0 * np.log10(peak / self.rest) - self._gain_db
        loudest = np.zeros(len(level), bool)
        loudest[np.nanargmax(np.where(np.isfinite(to_uv), level * to_uv, level))] = True
        in_uv = np.isfinite(to_uv)
        active = (level >= np.where(in_uv, ACTIVE, CONTRACTING) * self.rest) & (
            ~in_uv | (level * to_uv >= self._tone_uv)
        )
        own = loudest & muscle & active
        self._own = np.where(own, self._own + 1, 0)
        told = (self._own >= OWN_HOPS) | (above >= CLEAR_CONTRACTION_DB)
        self.contraction_db = np.where(told, above, np.nan)
