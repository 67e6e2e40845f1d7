"""From recordings to labelled samples, models and evaluations.

Here storage meets learning: recordings are conditioned exactly as the live
stream is, then handed over as plain arrays.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np

from emgstudio.core.errors import EmgError
from emgstudio.core.tasks import Progress
from emgstudio.core.types import (
    Annotation,
    Channel,
    ConditionSpec,
    FeatureSpec,
    FloatSamples,
    Mask,
    WindowSpec,
)
from emgstudio.dsp.recorded import LiveAgain
from emgstudio.ml.dataset import LabelledSamples
from emgstudio.ml.model import GestureModel
from emgstudio.ml.trainer import TRIM_END_S, TRIM_START_S, train
from emgstudio.session.calibration import CUE_TRACK
from emgstudio.storage.recording import RecordedStream, Recording

LABEL_TRACKS = ("labels", CUE_TRACK)
BLOCK_S = 10.0
DEFAULT_TRIM_START_S = 1.0
DEFAULT_TRIM_END_S = 0.5


def training_labels(recording: Recording) -> tuple[Annotation, ...]:
    """The annotations to learn from: imported or hand-made labels first, otherwise cues.

    Raises EmgError when the recording has neither.
    """
    found = _labels(recording)
    if found:
        return found
    raise EmgError(
        f"{recording.path.name} has no labels to learn from.",
        f"Add annotations in the track “{LABEL_TRACKS[0]}”, or record a calibration.",
    )


def has_labels(recording: Recording) -> bool:
    """Whether there is something to learn from or to compare with."""
    return bool(_labels(recording))


def labels_of_main_stream(recording: Recording) -> tuple[Annotation, ...]:
    """The training labels in seconds of nominal rate from sample 0 of the main stream."""
    stream = recording.main
    # By sample, not by second: a device whose clock drifts would shift its labels.
    rate = stream.info.rate
    return tuple(
        a.moved(stream.sample_at(a.start) / rate, stream.sample_at(a.stop) / rate)
        for a in training_labels(recording)
    )


def _labels(recording: Recording) -> tuple[Annotation, ...]:
    for track in LABEL_TRACKS:
        found = tuple(a for a in recording.annotations if a.track == track and not a.is_event)
        if found:
            return found
    return ()


def conditioned(stream: RecordedStream, spec: ConditionSpec) -> FloatSamples:
    """The whole stream as the live clean view would have shown it, NaN where samples were lost.

    ``(n_samples, n_channels)`` in channel units.
    """
    info = stream.info

    def read(start: int, stop: int) -> tuple[FloatSamples, Mask]:
        raw, valid = stream.raw(start, stop)
        there[start:stop] = valid
        return info.to_physical(raw), valid

    there = np.ones(stream.samples, bool)
    live = LiveAgain(read, spec, info.rate, info.n_channels, 0, stream.samples)
    out = np.empty((stream.samples, info.n_channels), np.float32)
    block = max(1, round(BLOCK_S * info.rate))
    for start in range(0, stream.samples, block):
        stop = min(start + block, stream.samples)
        out[start:stop] = live.upto(stop)
    out[~there] = np.nan
    return out


def chosen(samples: FloatSamples, columns: Sequence[int]) -> FloatSamples:
    """Those columns of ``samples (n, channels)``; not a copy if that is all of them."""
    whole = len(columns) == samples.shape[1]
    return samples if whole else samples.take(np.array(columns, np.intp), axis=1)


def labelled_samples(
    recording: Recording, spec: ConditionSpec, columns: Sequence[int] | None = None
) -> LabelledSamples:
    """The main stream of a recording, conditioned, with its labels relative to sample 0.

    ``columns`` are the channels to keep, those in use if not given.
    """
    stream = recording.main
    meta = recording.meta
    return LabelledSamples(
        samples=chosen(
            conditioned(stream, spec), stream.info.used_columns if columns is None else columns
        ),
        rate=stream.info.rate,
        annotations=labels_of_main_stream(recording),
        recording=recording.path.name,
        session=str(meta.get("session") or recording.path.name),
        subject=str(meta.get("subject") or recording.path.name),
    )


def load_parts(
    paths: Sequence[Path], spec: ConditionSpec, progress: Progress
) -> tuple[list[LabelledSamples], tuple[Channel, ...]]:
    """Labelled samples of several recordings, and the channels that they hold.

    Those are the channels in use in all of them. Raises EmgError when a recording
    does not match the first one in rate, channels or units, or none is in use.
    """
    recordings = [Recording.open(path) for path in paths]
    if not recordings:
        raise EmgError("There is nothing to learn from.", "Name at least one recording.")
    for recording in recordings[1:]:
        _check_same_stream(recordings[0], recording)
    columns = _used_in_all(recordings)
    parts = []
    for i, recording in enumerate(recordings):
        progress.report(i / len(recordings), f"Reading {recording.path.name}")
        parts.append(labelled_samples(recording, spec, columns))
    channels = recordings[0].main.info.channels
    return parts, tuple(channels[k] for k in columns)


def _used_in_all(recordings: Sequence[Recording]) -> tuple[int, ...]:
    """Columns that nobody looked past in any of them; their channels are the same."""
    each = [recording.main.info.used_columns for recording in recordings]
    columns = tuple(k for k in each[0] if all(k in used for used in each))
    if not columns:
        raise EmgError(
            "There is no channel that is in use in every recording.",
            "Put channels to use in the channel map, then record again.",
        )
    return columns


def train_from_recordings(
    paths: Sequence[Path],
    *,
    progress: Progress,
    condition: ConditionSpec | None = None,
    window: WindowSpec | None = None,
    features: FeatureSpec | None = None,
    gestures: Collection[str] | None = None,
    repetitions: Collection[int] | None = None,
    trim_start_s: float = TRIM_START_S,
    trim_end_s: float = TRIM_END_S,
) -> GestureModel:
    """Train the default classifier from the labels of ``paths`` and the channels in use.

    ``condition`` defaults to the one that the first recording was made with.
    ``gestures`` and ``repetitions`` narrow what is trained on. Raises EmgError
    when there is too little to train from.
    """
    if condition is None:
        condition = Recording.open(paths[0]).main.condition
    parts, channels = load_parts(paths, condition, progress)
    if gestures is not None:
        parts = [_only(part, set(gestures)) for part in parts]
    return train(
        parts,
        channels=channels,
        condition=condition,
        window=window,
        features=features,
        repetitions=repetitions,
        trim_start_s=trim_start_s,
        trim_end_s=trim_end_s,
        progress=progress,
    )


def _only(part: LabelledSamples, gestures: Collection[str]) -> LabelledSamples:
    return replace(part, annotations=tuple(a for a in part.annotations if a.label in gestures))


def _check_same_stream(first: Recording, other: Recording) -> None:
    a, b = first.main.info, other.main.info
    same = (
        a.rate == b.rate
        and [c.name for c in a.channels] == [c.name for c in b.channels]
        and [c.unit for c in a.channels] == [c.unit for c in b.channels]
    )
    if not same:
        raise EmgError(
            f"{other.path.name} does not match {first.path.name}: "
            f"{b.n_channels} channels at {b.rate:g} Hz, not {a.n_channels} at {a.rate:g} Hz.",
            "Train from recordings of one sensor with the same settings.",
        )
