"""Suggests the label whose examples in the same recording a stretch of activity looks most like."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from emgstudio.core.errors import EmgError
from emgstudio.core.tasks import Progress
from emgstudio.core.types import Annotation
from emgstudio.session.activity import Activity
from emgstudio.session.suggesting import Material, Suggested

Floats = NDArray[np.float64]

CUES = ("cue", "script", "test", "replaced")
NOTED = ("markers", "device", "score", "notes", "trigger", "quality", "bad")
NOT_EXAMPLES = (*CUES, *NOTED, "auto")
# Examples of one movement differ by about this much however few there are.
LEAST_SPREAD_DB = 2.0
FAR = 2.5
LEAST_CONFIDENCE = 0.5


@dataclass(frozen=True)
class Templates:
    """Mean pattern of each label ``(labels, channels)`` in dB over rest, and the spread."""

    names: tuple[str, ...]
    means: Floats
    spread: Floats

    def nearest(self, pattern: Floats) -> tuple[str, float]:
        """The most similar label and how sure that is, 0–1; 0 where nothing is similar."""
        away = np.sqrt(np.mean(np.square((pattern - self.means) / self.spread), axis=1))
        weights = np.exp(-0.5 * len(pattern) * (np.square(away) - np.square(away.min())))
        best = int(np.argmin(away))
        near = float(np.exp(-max(0.0, float(away[best]) - FAR)))
        return self.names[best], float(weights[best] / weights.sum()) * near


def from_examples(material: Material, _progress: Progress) -> Suggested:
    """Activity that is not labelled yet, with the label of what it resembles.

    Raises EmgError without labelled segments.
    """
    examples = [
        a
        for a in material.labels
        if a.track not in NOT_EXAMPLES and not a.is_event and a.label != "rest"
    ]
    if not examples:
        raise EmgError(
            "There are no labelled segments to compare with.",
            "Label one or two of each kind by hand first.",
        )
    activity, templates = material.activity, _templates(material, examples)
    count = len(examples)
    recipe = f"like {count} labelled segments: pattern of {len(activity.channels)} channels"
    made = []
    for run in activity.together("any"):
        name, sure = templates.nearest(_pattern(activity, run.start, run.stop))
        sure *= activity.confidence(run.start, run.stop)
        if sure >= LEAST_CONFIDENCE:
            made.append(material.suggestion(run, name, sure, recipe))
    said = f"{len(made)} segments like the {count} labelled ones ({', '.join(templates.names)})"
    return Suggested(tuple(made), said)


def _templates(material: Material, examples: list[Annotation]) -> Templates:
    stream, activity = material.stream, material.activity
    names = tuple(dict.fromkeys(a.label for a in examples))
    patterns = {name: [] for name in names}  # type: dict[str, list[Floats]]
    for a in examples:
        span = stream.sample_at(a.start), stream.sample_at(a.stop)
        patterns[a.label].append(_pattern(activity, *span))
    means = np.array([np.mean(patterns[name], axis=0) for name in names])
    rest = [p - means[k] for k, name in enumerate(names) for p in patterns[name]]
    free = max(1, len(examples) - len(names))
    spread = np.sqrt(np.sum(np.square(rest), axis=0) / free)
    return Templates(names, means, np.maximum(spread, LEAST_SPREAD_DB))


def _pattern(activity: Activity, start: int, stop: int) -> Floats:
    """Level of each channel in dB over its rest; what is below rest counts as rest."""
    levels = np.nan_to_num(activity.levels(start, stop), nan=1.0)
    return np.asarray(10.0 * np.log10(np.maximum(levels, 1.0)))
