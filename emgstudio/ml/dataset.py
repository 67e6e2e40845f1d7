"""Labelled windows with where each came from, and the only ways to split them honestly."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from emgstudio.core.errors import EmgError
from emgstudio.core.tasks import Progress
from emgstudio.core.types import Annotation, FeatureSpec, FloatSamples, Mask, Samples, WindowSpec
from emgstudio.dsp.features import features_of, needs_thresholds, noise_thresholds
from emgstudio.dsp.windows import sliding
from emgstudio.ml.gestures import REST
from emgstudio.ml.lda import Floats

Group = Literal["repetition", "recording", "session", "subject"]
Names = NDArray[np.str_]
Describe = Callable[[Samples, float], Floats]
"""Feature rows ``(w, d)`` of windows ``(w, length, channels)`` at a rate in Hz."""
COLUMNS = ("x", "y", "repetition", "recording", "session", "subject", "amplitude")


@dataclass(frozen=True, slots=True)
class LabelledSamples:
    """One recording: conditioned ``samples (n, channels)`` at ``rate`` Hz, NaN rows in gaps.

    ``annotations`` are in seconds from sample 0; events (no duration) are passed over.
    """

    samples: FloatSamples
    rate: float
    annotations: tuple[Annotation, ...]
    recording: str
    session: str = ""
    subject: str = ""


@dataclass(frozen=True, slots=True)
class Span:
    """Samples ``[start, stop)`` that carry one label after trimming."""

    start: int
    stop: int
    gesture: str
    repetition: int


@dataclass(frozen=True, slots=True)
class Dataset:
    """Feature rows ``x (n, d)`` with gesture ``y (n,)`` and their origin, row by row.

    ``amplitude (n,)`` is the RMS of the window averaged over channels, in the
    channel unit. Rows can only be selected by whole groups: windows overlap,
    so parting the windows of one repetition would show the test to the training.
    """

    x: Floats
    y: Names
    repetition: NDArray[np.int64]
    recording: Names
    session: Names
    subject: Names
    amplitude: Floats

    def __len__(self) -> int:
        return len(self.y)

    @property
    def classes(self) -> tuple[str, ...]:
        """Gestures in alphabetical order."""
        return tuple(np.unique(self.y).tolist())

    def groups(self, by: Group) -> tuple[Any, ...]:
        """The different values of a group, sorted."""
        return tuple(np.unique(getattr(self, by)).tolist())

    def only(self, by: Group, values: Collection[Any]) -> Dataset:
        """The rows whose group is one of ``values``."""
        return self._rows(np.isin(getattr(self, by), list(values)))

    def only_classes(self, classes: Collection[str]) -> Dataset:
        """The rows of these gestures."""
        return self._rows(np.isin(self.y, list(classes)))

    def renamed(self, *, session: str) -> Dataset:
        """The same rows as part of this session."""
        return replace(self, session=np.full(len(self), session))

    def with_columns(self, columns: Sequence[int]) -> Dataset:
        """The same rows with these columns of ``x`` only."""
        return replace(self, x=self.x[:, list(columns)])

    def nothing(self) -> Dataset:
        """No rows, the same columns."""
        return self._rows(np.zeros(len(self), bool))

    @classmethod
    def joined(cls, datasets: Sequence[Dataset]) -> Dataset:
        """All rows; EmgError if there is no data set or their columns differ in number."""
        if not datasets:
            raise EmgError("There is no recording to learn from.", "Name at least one.")
        if len({d.x.shape[1] for d in datasets}) > 1:
            raise EmgError(
                "These recordings do not have the same number of channels.",
                "Train on recordings of one sensor.",
            )
        return cls(**{c: np.concatenate([getattr(d, c) for d in datasets]) for c in COLUMNS})

    def split(self, by: Group, test: Collection[Any]) -> tuple[Dataset, Dataset]:
        """(train, test): groups in ``test`` against all others."""
        tested = np.isin(getattr(self, by), list(test))
        return self._rows(~tested), self._rows(tested)

    def folds(self, by: Group, most: int = 10) -> Iterator[tuple[Dataset, Dataset]]:
        """Leave one group out in turn; beyond ``most`` groups, several at a time."""
        groups = self.groups(by)
        for first in range(min(most, len(groups))):
            yield self.split(by, groups[first::most])

    def units(self) -> Iterator[tuple[str, str, int, Dataset]]:
        """(recording, gesture, repetition, its rows): the smallest groups there are."""
        for recording in self.groups("recording"):
            whole = self.only("recording", [recording])
            for gesture in whole.classes:
                of_gesture = whole._rows(whole.y == gesture)
                for repetition in of_gesture.groups("repetition"):
                    rows = of_gesture.only("repetition", [repetition])
                    yield recording, gesture, repetition, rows

    def _rows(self, which: Mask) -> Dataset:
        if which.all():
            return self
        return replace(self, **{name: getattr(self, name)[which] for name in COLUMNS})


def build_dataset(
    parts: Iterable[LabelledSamples],
    window: WindowSpec,
    features: FeatureSpec | Describe,
    *,
    trim_start_s: float,
    trim_end_s: float,
    progress: Progress | None = None,
) -> Dataset:
    """Cut every label into windows and compute their features.

    ``features`` may be a function of windows ``(w, length, channels)`` and the rate in Hz.

    ``trim_start_s`` and ``trim_end_s`` are left out of each label, because a
    person starts after the cue and may stop before its end. A window never
    touches a gap, a label's edge, or a place with two labels.

    Raises
    ------
    EmgError
        There is not a single whole window in any label.
    """
    datasets = []
    all_parts = parts if isinstance(parts, Sequence) else list(parts)
    for done, part in enumerate(all_parts):
        if progress:
            progress.report(done / len(all_parts), part.recording)
        datasets.append(_one(part, window, features, trim_start_s, trim_end_s))
    filled = [d for d in datasets if len(d)]
    if not filled:
        raise EmgError(
            "The labels of this recording hold no whole window.",
            f"Each label must be longer than {trim_start_s + trim_end_s + window.length_s:g} s "
            "(what is trimmed and one window), without lost samples.",
        )
    return Dataset.joined(filled)


def with_thresholds(
    spec: FeatureSpec,
    parts: Iterable[LabelledSamples],
    trim: tuple[float, float],
    repetitions: Collection[int] | None = None,
) -> FeatureSpec:
    """The spec with thresholds from the noise of rest in ``parts``, if it has rows that need them.

    ``trim`` is left out at both ends of each label, in seconds; ``repetitions`` narrows
    which rest is looked at. The spec as it is where nobody rested
    or thresholds are given.
    """
    if not needs_thresholds(spec):
        return spec
    resting = [
        part.samples[max(0, span.start) : span.stop]
        for part in parts
        for span in label_spans(part.annotations, part.rate, *trim)
        if span.gesture == REST and (repetitions is None or span.repetition in repetitions)
    ]
    rested = any(np.isfinite(samples).all(axis=1).any() for samples in resting)
    return replace(spec, thresholds=noise_thresholds(np.concatenate(resting))) if rested else spec


def folds_of_unseen_rest(
    dataset: Dataset,
    spec: FeatureSpec,
    parts: Sequence[LabelledSamples],
    window: WindowSpec,
    trim: tuple[float, float],
) -> Iterator[tuple[Dataset, Dataset]]:
    """Folds by repetition whose thresholds have not seen the rest that is tested.

    ``dataset`` says which repetitions there are; ``spec`` has no thresholds yet. Where there
    is no other rest, all of it counts. Every fold costs the features of all windows anew.
    """
    for train, held in dataset.folds("repetition"):
        known, tested = train.groups("repetition"), held.groups("repetition")
        own = with_thresholds(spec, parts, trim, known)
        if not own.thresholds:
            own = with_thresholds(spec, parts, trim)
        again = build_dataset(parts, window, own, trim_start_s=trim[0], trim_end_s=trim[1])
        yield again.only("repetition", known), again.only("repetition", tested)


def label_spans(
    annotations: Sequence[Annotation], rate: float, trim_start_s: float, trim_end_s: float
) -> list[Span]:
    """Trimmed labels as sample spans at ``rate`` Hz, in order of time.

    Labels without a repetition number get the numbers after those in use, in order of time.
    """
    labels = sorted((a for a in annotations if not a.is_event), key=lambda a: (a.start, a.label))
    used: Counter[str] = Counter()
    for a in labels:
        used[a.label] = max(used[a.label], a.repetition)
    spans = []
    for a in labels:
        repetition = a.repetition
        if repetition == 0:
            used[a.label] += 1
            repetition = used[a.label]
        start = math.ceil((a.start + trim_start_s) * rate - 1e-6)
        stop = math.floor((a.stop - trim_end_s) * rate + 1e-6)
        # One that ended before the first sample would count from the end of the samples.
        if stop > max(start, 0):
            spans.append(Span(start, stop, a.label, repetition))
    return spans


def _one(
    part: LabelledSamples,
    window: WindowSpec,
    features: FeatureSpec | Describe,
    trim_start_s: float,
    trim_end_s: float,
) -> Dataset:
    length, step = window.samples(part.rate)
    spans = label_spans(part.annotations, part.rate, trim_start_s, trim_end_s)
    usable = _usable(part.samples, spans)
    rows: list[Samples] = []
    gestures: list[str] = []
    repetitions: list[int] = []
    for span in spans:
        for start, stop in _runs(usable, span.start, span.stop):
            cut = sliding(part.samples[start:stop], length, step)
            rows.append(cut)
            gestures += [span.gesture] * len(cut)
            repetitions += [span.repetition] * len(cut)
    count = len(gestures)
    describe = _by_spec(features) if isinstance(features, FeatureSpec) else features
    matrices = [describe(cut, part.rate) for cut in rows if len(cut)]
    return Dataset(
        x=np.concatenate(matrices) if matrices else np.empty((0, 0)),
        y=np.array(gestures, dtype=np.str_),
        repetition=np.array(repetitions, np.int64),
        recording=np.full(count, part.recording),
        session=np.full(count, part.session),
        subject=np.full(count, part.subject),
        amplitude=np.concatenate([amplitude(cut) for cut in rows]) if rows else np.empty(0),
    )


def _by_spec(features: FeatureSpec) -> Describe:
    return lambda windows, rate: features_of(windows, features, rate)


def amplitude(windows: Samples) -> Floats:
    """Mean over channels of the RMS of ``windows (w, length, channels)``, ``(w,)``."""
    power = np.einsum("wlc,wlc->wc", windows, windows, dtype=np.float64, casting="unsafe")
    return np.asarray(np.sqrt(power / windows.shape[1]).mean(axis=1))


def _usable(samples: FloatSamples, spans: Sequence[Span]) -> Mask:
    """True where there is a sample and exactly one label."""
    labels = np.zeros(len(samples) + 1, np.int32)
    for span in spans:
        labels[min(max(span.start, 0), len(samples))] += 1
        labels[min(max(span.stop, 0), len(samples))] -= 1
    once: Mask = np.cumsum(labels[:-1]) == 1
    return once & np.isfinite(samples).all(axis=1)


def _runs(usable: Mask, start: int, stop: int) -> Iterator[tuple[int, int]]:
    """Unbroken stretches of ``usable`` inside ``[start, stop)``."""
    start = max(start, 0)
    edges = np.flatnonzero(np.diff(usable[start:stop], prepend=False, append=False)) + start
    yield from zip(edges[::2].tolist(), edges[1::2].tolist(), strict=True)
