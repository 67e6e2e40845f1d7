"""Whether a rest was one: an arm that was tense at first, or lost samples, spoil the thresholds."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from emgstudio.core.ring import Chunk

MOST_FALL = 0.30
MOST_LOST = 0.01
PARTS = 3
# Nobody is soft at the very moment of being told so.
REACTION_S = 1.0
SHORTEST_S = 4.0


@dataclass(frozen=True, slots=True)
class RestVerdict:
    """``level`` is the RMS at rest, mean over channels in channel units; ``problem`` "" if good."""

    ok: bool
    level: float
    fall: float
    lost: float
    problem: str


def judge_rest(chunk: Chunk, rate: float) -> RestVerdict:
    """Judge conditioned samples ``(n, channels)`` at ``rate`` Hz of the whole rest.

    Rejected when the RMS of the last third is more than 30 % below that of the
    first (the first second left out), or more than 1 % of the samples are lost.
    A rest below 4 s is too short to see whether it falls.
    """
    lost = 1.0 - float(chunk.valid.mean()) if len(chunk) else 1.0
    if lost > MOST_LOST:
        return RestVerdict(
            False, 0.0, 0.0, lost, f"{lost * 100:.0f} % of the samples were lost. Rest again?"
        )
    skipped = round(REACTION_S * rate) if len(chunk) >= SHORTEST_S * rate else 0
    data = chunk.data[skipped:][chunk.valid[skipped:]].astype(np.float64)
    parts = [_level(part) for part in np.array_split(data, PARTS)]
    fall = 1.0 - parts[-1] / parts[0] if parts[0] > 0 else 0.0
    tense = skipped > 0 and fall > MOST_FALL
    problem = "The arm was tense at first and let go later. Rest again?" if tense else ""
    return RestVerdict(not tense, min(parts), fall, lost, problem)


def _level(data: np.ndarray) -> float:
    return float(np.sqrt((data**2).mean(axis=0)).mean()) if len(data) else 0.0
