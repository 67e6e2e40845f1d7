"""A trained recogniser with everything needed to use it again, and nothing that runs code."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np

from emgstudio.core.errors import EmgError
from emgstudio.core.types import (
    Channel,
    ConditionSpec,
    FeatureSpec,
    Samples,
    StreamInfo,
    WindowSpec,
)
from emgstudio.dsp.features import features_of
from emgstudio.ml.dataset import Dataset, amplitude
from emgstudio.ml.gestures import REST
from emgstudio.ml.lda import Floats, ShrunkLDA
from emgstudio.ml.postprocess import PostprocessSpec
from emgstudio.ml.report import HeldOut, TrainingReport

RATE_TOLERANCE = 0.005
# From the median on, closer where limits are usually set.
KNOWN_SHARES = (0.5, 0.6, 0.7, 0.8, 0.85, 0.9, 0.925, 0.95, 0.975, 0.99, 1.0)
REST_DEVIATIONS = 3.0
AGAIN = "Choose another model, or calibrate with this device."
MAP = "Change that in the channel map, choose another model, or calibrate again."


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
class GestureModel:
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

    def check_stream(self, info: StreamInfo, condition: ConditionSpec | None = None) -> None:
        """Refuse a stream that the model was not made for.

        Raises
        ------
        EmgError
            Count, names or units of the used channels or the rate (by more than
            0.5 %) differ, or the stream is conditioned differently; says which.
        """
        used = tuple(channel for channel in info.channels if channel.used)
        self._check_choice(info.channels)
        if len(used) != len(self.channels):
            of_all = "" if len(used) == info.n_channels else f" in use, of {info.n_channels}"
            raise EmgError(
                f"Model made with {_channels(len(self.channels))}, "
                f"this device has {len(used)}{of_all}.",
                MAP if {*self.channels} < {c.name for c in info.channels} else AGAIN,
            )
        self._check_channels(used)
        if abs(info.rate / self.rate - 1.0) > RATE_TOLERANCE:
            raise EmgError(
                f"Model made at {self.rate:g} Hz, this device samples at {info.rate:g} Hz.", AGAIN
            )
        if condition is not None and condition != self.condition:
            raise EmgError(
                f"Model made with the filter {self.condition.summary()}, "
                f"this stream is filtered with {condition.summary()}.",
                "Set the stream's filter to that of the model.",
            )

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

    def _check_choice(self, channels: tuple[Channel, ...]) -> None:
        """Refuse the same device with other channels in use; which, tells more than how many."""
        there = {channel.name: channel.used for channel in channels}
        if not set(self.channels) <= set(there) or len(set(there.values())) < 2:
            return
        for name in self.channels:
            if not there[name]:
                raise EmgError(
                    f"The model needs channel “{name}”, which is not in use on this device.", MAP
                )
        for name, used in there.items():
            if used and name not in self.channels:
                raise EmgError(
                    f"Channel “{name}” is in use on this device, the model was made without it.",
                    MAP,
                )

    def _check_channels(self, channels: tuple[Channel, ...]) -> None:
        names = tuple(c.name for c in channels)
        if names != self.channels:
            at = next(
                i for i, (a, b) in enumerate(zip(self.channels, names, strict=True)) if a != b
            )
            raise EmgError(
                f"Channel {at + 1} of the model is “{self.channels[at]}”, "
                f"on this device it is “{names[at]}”.",
                AGAIN,
            )
        for channel, unit in zip(channels, self.units, strict=True):
            if channel.unit != unit:
                raise EmgError(
                    f"Channel “{channel.name}” of the model is in {unit}, "
                    f"on this device it is in {channel.unit}.",
                    AGAIN,
                )


def _channels(count: int) -> str:
    return f"{count} channel" if count == 1 else f"{count} channels"


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
