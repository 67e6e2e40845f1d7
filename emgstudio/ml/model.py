"""A trained recogniser with everything needed to use it again, and nothing that runs code."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np

from emgstudio.core.errors import EmgError
from emgstudio.core.types import ConditionSpec, FeatureSpec, Samples, WindowSpec
from emgstudio.dsp.features import features_of
from emgstudio.ml.dataset import Dataset, amplitude
from emgstudio.ml.gestures import REST
from emgstudio.ml.lda import Floats, ShrunkLDA
from emgstudio.ml.model_facts import AGAIN, MadeForStream
from emgstudio.ml.postprocess import PostprocessSpec
from emgstudio.ml.report import HeldOut, TrainingReport

# From the median on, closer where limits are usually set.
KNOWN_SHARES = (0.5, 0.6, 0.7, 0.8, 0.85, 0.9, 0.925, 0.95, 0.975, 0.99, 1.0)
REST_DEVIATIONS = 3.0


@dataclass(frozen=True, slots=True)
class Effort:
    """Amplitude (mean RMS over channels, channel unit) that counts as 0 and as 1 for a gesture."""

    low: float
    high: float

    def share(self, amplitude: float) -> float:
        """0–1; a gesture without any range is all or nothing."""
        if self.high <= self.low:
            return float(amplitude > self.low)
        return min(1.0, max(0.0, (amplitude - self.low) / (self.high - self.low)))


@dataclass(frozen=True, slots=True)
class GestureModel(MadeForStream):
    """Specs, statistics and report of one calibration.

    ``predict`` and ``predict_windows`` are the only way from samples to
    posteriors, live and offline. Columns are ``classes``, in alphabetical order.
    """

    rate: float
    channels: tuple[str, ...]
    units: tuple[str, ...]
    condition: ConditionSpec
    window: WindowSpec
    features: FeatureSpec
    lda: ShrunkLDA
    report: TrainingReport
    efforts: Mapping[str, Effort]
    postprocess: PostprocessSpec = field(default_factory=PostprocessSpec)
    provenance: Mapping[str, Any] = field(default_factory=dict)
    turn: int = 0
    """Channels to roll windows by before they are looked at: the band sits otherwise today."""
    rest_amplitude: float = 0.0
    """Amplitude (mean RMS over channels) that rest hardly exceeds; 0 if no rest was learnt."""
    familiar: Mapping[str, tuple[float, ...]] = field(default_factory=dict)
    """Per gesture, the unfamiliarity that ``KNOWN_SHARES`` of its held-out windows stay below."""
    sureness: Mapping[str, float] = field(default_factory=dict)
    """Posterior that a gesture must at least have to be believed; 0 where it is not named."""

    @property
    def classes(self) -> tuple[str, ...]:
        return self.lda.classes

    @property
    def temperature(self) -> float:
        return self.lda.temperature

    @property
    def window_samples(self) -> tuple[int, int]:
        """Length and step of a window in samples."""
        return self.window.samples(self.rate)

    def predict(self, window: Samples) -> Floats:
        """Posteriors ``(k,)`` of one conditioned window ``(length, channels)``."""
        return np.asarray(self.predict_windows(window[None])[0])

    def predict_windows(self, windows: Samples) -> Floats:
        """Posteriors ``(w, k)`` of conditioned windows ``(w, length, channels)``.

        A window with a NaN gives a row of NaN. EmgError for windows of another shape.
        """
        length, _ = self.window_samples
        if windows.shape[1:] != (length, len(self.channels)):
            raise EmgError(
                f"The model takes windows of {length} samples × {len(self.channels)} channels, "
                f"these are {windows.shape[1]} × {windows.shape[2]}.",
                AGAIN,
            )
        return self.lda.predict_proba(self.features_of(windows))

    def features_of(self, windows: Samples) -> Floats:
        """Feature rows ``(w, d)`` of windows ``(w, length, channels)``, the band's turn undone."""
        seen = np.roll(windows, self.turn, axis=2) if self.turn else windows
        return features_of(seen, self.features, self.rate)

    def limit(self, gesture: str, refuse: float) -> float:
        """Unfamiliarity above which a window of ``gesture`` is refused.

        ``refuse`` is the share of its own held-out windows given up for that; infinite
        for 0 or where nothing was held out.
        """
        known = self.familiar.get(gesture)
        if refuse <= 0 or not known:
            return math.inf
        return float(np.interp(1.0 - refuse, KNOWN_SHARES, known))

    def effort(self, gesture: str, window: Samples) -> float:
        """Proportional strength 0–1 of ``gesture`` in one window; 0 for rest."""
        if gesture == REST or gesture not in self.efforts:
            return 0.0
        return self.efforts[gesture].share(float(amplitude(window[None])[0]))

    def with_postprocess(self, spec: PostprocessSpec) -> GestureModel:
        """The same recogniser, steadier or faster."""
        return replace(self, postprocess=spec)

    def save(self, folder: Path) -> Path:
        """Write ``model.json`` and ``model.npz`` into ``folder``; returns the folder."""
        from emgstudio.ml.model_file import save_model

        return save_model(self, folder)

    @classmethod
    def load(cls, path: Path) -> GestureModel:
        """Read the folder that ``save`` wrote (or a file in it); EmgError if it is not sound."""
        from emgstudio.ml.model_file import load_model

        return load_model(path)


def efforts(dataset: Dataset) -> dict[str, Effort]:
    """Range of amplitude of each gesture, from the 5th to the 95th percentile.

    Where the person rested too, 0 is the 95th percentile of rest instead: even
    holds have hardly a range of their own, and their 5th percentile is no zero.
    """
    resting = dataset.only_classes([REST]).amplitude
    result = {}
    for gesture in dataset.classes:
        if gesture == REST:
            continue
        low, high = np.percentile(dataset.only_classes([gesture]).amplitude, [5, 95])
        if len(resting):
            low = min(low, np.percentile(resting, 95))
        result[gesture] = Effort(float(low), float(high))
    return result


def rest_amplitude(dataset: Dataset) -> float:
    """Amplitude that rest hardly exceeds: its mean and three deviations; 0 without rest."""
    resting = dataset.only_classes([REST]).amplitude
    return float(resting.mean() + REST_DEVIATIONS * resting.std()) if len(resting) else 0.0


def familiarity(held: HeldOut) -> dict[str, tuple[float, ...]]:
    """``GestureModel.familiar`` from repetitions that were recognised while held out."""
    if held.unfamiliar is None:
        return {}
    right = held.winners == held.truth
    known = {}
    for i, gesture in enumerate(held.classes):
        values = held.unfamiliar[right & (held.truth == i)]
        if len(values):
            known[gesture] = tuple(np.quantile(values, KNOWN_SHARES).tolist())
    return known
