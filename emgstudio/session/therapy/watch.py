"""Muscles that should stay soft, watched while others work; and what was seen, for the results."""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from dataclasses import dataclass

from emgstudio.core.types import Annotation
from emgstudio.dsp.measure import Measure

# Track and labels of what is seen.
TRACK = "watch"
COMPENSATION, FATIGUE, LIMIT = "compensation", "fatigue", "limit"
# Shorter than this is a twitch; calm again only after this.
TENSE_AFTER_S, CALM_AFTER_S = 0.5, 0.3
# Once tense, it must come this far below the limit to be calm.
CALM_SHARE = 0.9
# Above what was just seen, when a person allows it.
ALLOWED = 1.2


@dataclass
class SoftWatch:
    """One muscle: tense when its level stays above ``limit``, calm when it stays below.

    ``update`` is told the level of each frame; while ``tense``, ``since`` is when it became so.
    """

    words: str
    limit: float
    tense: bool = False
    since: float = math.nan
    peak: float = 0.0
    count: int = 0
    _turning: float | None = None

    def update(self, level: float, now: float) -> bool:
        """Whether it became tense or calm with this frame; NaN (an outage) changes nothing."""
        if math.isnan(level):
            self._turning = None
            return False
        turned = level < CALM_SHARE * self.limit if self.tense else level > self.limit
        if self.tense:
            self.peak = max(self.peak, level)
        if not turned:
            self._turning = None
            return False
        self._turning = now if self._turning is None else self._turning
        if now - self._turning < (CALM_AFTER_S if self.tense else TENSE_AFTER_S):
            return False
        self.tense, self.since = not self.tense, self._turning
        self._turning = None
        if self.tense:
            self.count, self.peak = self.count + 1, level
        return True

    def stop(self) -> bool:
        """Nobody works now: calm until work goes on. Whether it was tense."""
        was, self.tense, self._turning = self.tense, False, None
        return was

    def allow(self) -> None:
        """A person finds this much all right: the limit is a fifth above the peak."""
        self.limit = ALLOWED * max(self.limit, self.peak)
        self.tense, self._turning = False, None


def watched_measures(annotations: Sequence[Annotation]) -> list[Measure]:
    """How often and how long each watched muscle was tense, and where fatigue was told."""
    found: dict[str, list[Annotation]] = {}
    warned: dict[str, int] = {}
    for seen in (a for a in annotations if a.track == TRACK):
        muscle = str(_note(seen).get("muscle", ""))
        if seen.label == COMPENSATION:
            found.setdefault(muscle, []).append(seen)
        elif seen.label == FATIGUE:
            warned[muscle] = warned.get(muscle, 0) + 1
    how = f"above its limit for {TENSE_AFTER_S:g} s while another muscle works"
    rows = []
    for muscle, spans in found.items():
        total = sum(s.duration for s in spans)
        rows.append(Measure(muscle, "compensations", float(len(spans)), "1", how))
        rows.append(Measure(muscle, "time tense", total, "s", how))
    rows += [
        Measure(muscle, "fatigue warnings", float(n), "1", "falling median frequency, live")
        for muscle, n in warned.items()
    ]
    return rows


def _note(annotation: Annotation) -> dict[str, object]:
    try:
        told = json.loads(annotation.note or "{}")
    except ValueError:
        return {}
    return told if isinstance(told, dict) else {}
