"""A recording as objects of libraries that scripts use, where those are installed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from emgstudio.core.errors import EmgError
from emgstudio.core.extras import install_line

if TYPE_CHECKING:
    from emgstudio.storage.recording import RecordedStream, Recording

# MNE keeps volts.
_TO_VOLT = {"V": 1.0, "mV": 1e-3, "µV": 1e-6, "nV": 1e-9}
_MNE_TYPES = {"EMG": "emg", "TRIG": "stim", "ECG": "ecg", "EEG": "eeg"}


def to_mne(recording: Recording, stream: RecordedStream) -> Any:
    """An ``mne.io.RawArray`` of one stream, in volts, with the labels as annotations.

    Lost samples are 0 and marked ``BAD_gap``, as MNE has no missing values.
    Raises EmgError when mne is not installed.
    """
    mne = _library("mne")
    channels = stream.info.channels
    data = stream.physical(0, stream.samples).T.astype(np.float64)
    data *= np.array([[_TO_VOLT.get(channel.unit, 1.0)] for channel in channels])
    np.nan_to_num(data, copy=False)
    kinds = [_MNE_TYPES.get(channel.kind.upper(), "misc") for channel in channels]
    info = mne.create_info([channel.name for channel in channels], stream.rate, kinds)
    raw = mne.io.RawArray(data, info, verbose="error")
    rows = [(a.start - stream.start_s, a.duration, a.label) for a in recording.annotations]
    rows += [(gap.at / stream.rate, gap.count / stream.rate, "BAD_gap") for gap in stream.gaps]
    if rows:
        onsets, durations, texts = zip(*sorted(rows), strict=True)
        raw.set_annotations(mne.Annotations(onsets, durations, texts), verbose="error")
    return raw


def to_pandas(stream: RecordedStream) -> Any:
    """A ``pandas.DataFrame``: a column per channel in its unit, NaN where lost.

    The index is recording time in seconds; units are in ``frame.attrs["units"]``.
    Raises EmgError when pandas is not installed.
    """
    pandas = _library("pandas")
    time = stream.start_s + np.arange(stream.samples) / stream.rate
    names = [channel.name for channel in stream.info.channels]
    frame = pandas.DataFrame(stream.physical(0, stream.samples), columns=names)
    frame.index = pandas.Index(time, name="time [s]")
    frame.attrs["units"] = {channel.name: channel.unit for channel in stream.info.channels}
    frame.attrs["rate_hz"] = stream.rate
    return frame


def labels_to_pandas(recording: Recording) -> Any:
    """A ``pandas.DataFrame`` of the labels: onset, duration, label, track, source, repetition."""
    pandas = _library("pandas")
    columns = ("onset", "duration", "label", "track", "source", "repetition", "note")
    rows = [
        (a.start, a.duration, a.label, a.track, str(a.source), a.repetition, a.note)
        for a in recording.annotations
    ]
    return pandas.DataFrame(rows, columns=list(columns))


def _library(name: str) -> Any:
    import importlib

    try:
        return importlib.import_module(name)
    except ImportError as error:
        raise EmgError(f"{name} is not installed.", f"Install it: {install_line(name)}") from error
