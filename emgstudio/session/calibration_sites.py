"""Which electrodes answer, and which hear the same muscle, from ten seconds of moving."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from emgstudio.core.ring import Chunk
from emgstudio.dsp.windows import sliding
from emgstudio.ml.gestures import REST

Floats = NDArray[np.float64]

PROMPTS = (
    (REST, "Let the arm be soft", 2.0),
    ("open", "Open the hand", 2.0),
    ("fist", "Close the hand", 2.0),
    ("open", "Open the hand", 2.0),
    ("fist", "Close the hand", 2.0),
)
"""Movement, what to say, and for how many seconds."""
DURATION_S = sum(seconds for _gesture, _words, seconds in PROMPTS)
WINDOW_S, STEP_S = 0.25, 0.125
ACTIVE, QUIET = 90.0, 10.0
GOOD_DB, SOME_DB = 10.0, 6.0
SAME_MUSCLE = 0.9


@dataclass(frozen=True, slots=True)
class Site:
    """One electrode: how much louder it gets with effort; ``level`` is good, check or stop."""

    name: str
    contrast_db: float
    level: str
    words: str


@dataclass(frozen=True, slots=True)
class SitesReport:
    """What ten seconds of moving showed.

    ``same`` holds pairs of channel numbers (from 0) and the correlation of their
    signals; ``enough`` is whether as many sites answer as the control needs.
    """

    sites: tuple[Site, ...]
    same: tuple[tuple[int, int, float], ...]
    enough: bool
    headline: str
    advice: tuple[str, ...]


def prompt_at(seconds: float) -> tuple[str, str, float]:
    """Movement, what to say and how long it still lasts, ``seconds`` after the beginning."""
    end = 0.0
    for gesture, words, length in PROMPTS:
        end += length
        if seconds < end:
            return gesture, words, end - seconds
    return REST, "", 0.0


def judge_sites(chunk: Chunk, rate: float, names: Sequence[str], needed: int) -> SitesReport:
    """Judge conditioned samples ``(n, channels)`` at ``rate`` Hz of opening and closing the hand.

    The contrast is the 90th over the 10th percentile of the RMS in windows of
    0.25 s, in dB. ``needed`` sites must have 10 dB. Too few samples give sites
    without an answer.
    """
    contrast = _contrast_db(chunk, rate)
    sites = tuple(_site(name, float(db)) for name, db in zip(names, contrast, strict=True))
    same = _same_muscle(chunk.data[chunk.valid], sites)
    good = sum(site.level == "good" for site in sites)
    advice = [
        f"{names[a]} and {names[b]} hear the same muscle. Move one of them." for a, b, _ in same
    ]
    silent = [site.name for site in sites if site.level == "stop"]
    if silent and len(silent) < len(sites):
        advice.append(f"No answer from {', '.join(silent)}: press it on, or move it.")
    headline = f"{good} of {len(sites)} sites answer clearly."
    enough = good >= min(needed, len(sites)) and len(sites) >= needed
    if not enough:
        headline += f" This kind of control needs {needed}."
    return SitesReport(sites, same, enough, headline, tuple(advice))


def _contrast_db(chunk: Chunk, rate: float) -> Floats:
    data = np.where(chunk.valid[:, None], chunk.data, np.nan).astype(np.float64)
    length, step = max(2, round(WINDOW_S * rate)), max(1, round(STEP_S * rate))
    if len(data) < 4 * length:
        return np.full(data.shape[1], math.nan)
    cut = sliding(data, length, step)
    whole = cut[np.isfinite(cut).all(axis=(1, 2))]
    if len(whole) < 4:
        return np.full(data.shape[1], math.nan)
    rms = np.sqrt((whole**2).mean(axis=1))
    active, quiet = np.percentile(rms, [ACTIVE, QUIET], axis=0)
    # An input that gives nothing at all has no contrast; one is not to divide by it.
    alive = quiet > 1e-9 * max(1e-12, float(active.max()))
    ratio = np.divide(active, quiet, out=np.full_like(active, math.nan), where=alive)
    return np.asarray(20.0 * np.log10(ratio))


def _site(name: str, db: float) -> Site:
    if math.isnan(db):
        return Site(name, db, "stop", "no signal")
    shown = f"{db:.0f} dB"
    if db >= GOOD_DB:
        return Site(name, db, "good", f"answers, {shown}")
    if db >= SOME_DB:
        return Site(name, db, "check", f"weak, {shown}")
    return Site(name, db, "stop", f"no answer, {shown}")


def _same_muscle(
    data: NDArray[np.floating], sites: Sequence[Site]
) -> tuple[tuple[int, int, float], ...]:
    """Pairs whose signals (not only their loudness) go together; only sites that answer."""
    answering = [i for i, site in enumerate(sites) if site.level != "stop"]
    if len(answering) < 2 or len(data) < 2:
        return ()
    matrix = np.atleast_2d(np.corrcoef(data[:, answering].astype(np.float64), rowvar=False))
    return tuple(
        (a, b, float(matrix[i, j]))
        for i, a in enumerate(answering)
        for j, b in enumerate(answering)
        if i < j and abs(matrix[i, j]) > SAME_MUSCLE
    )
