"""Imports MAT files of version 5: our own exports, and whatever looks like samples by channels."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from emgstudio.core.errors import EmgError
from emgstudio.core.types import Annotation
from emgstudio.storage.importers.foreign import (
    Foreign,
    ForeignStream,
    labels_from,
    table_stream,
    unit_of,
)
from emgstudio.storage.importers.imported import checked_rate

# What people call the sampling rate.
RATE_NAMES = ("fs", "rate_hz", "rate", "srate", "sfreq", "samplingrate", "sampling_rate", "fsamp")
FEWEST_SAMPLES = 16


def read_mat(file: Path, *, rate: float | None = None, unit: str | None = None) -> Foreign:
    """What ``file`` holds. ``rate`` in Hz and ``unit`` where the file does not say them.

    Raises EmgError when it is of version 7.3, damaged, or holds no samples.
    """
    values = _load(file)
    own = {k: v for k, v in values.items() if isinstance(v, dict) and "data" in v}
    if own:
        streams = [_own(name, value, file) for name, value in own.items()]
        return Foreign(streams, _labels(values.get("labels"), file))
    found = {k: v for k, v in values.items() if _looks_like_samples(v)}
    if not found:
        raise EmgError(
            f'"{file.name}" holds no table of samples by channels.',
            f"It holds: {', '.join(values) or 'nothing'}.",
        )
    true_rate = checked_rate(rate if rate is not None else _rate_among(values))
    streams = []
    for name, value in found.items():
        data = value if value.shape[0] >= value.shape[1] else value.T
        channels = [f"{name} {k}" for k in range(1, data.shape[1] + 1)]
        units = [unit_of(unit or "")] * data.shape[1]
        streams.append(table_stream(name, data, channels, units, true_rate, 0.0, file))
    return Foreign(streams)


def _load(file: Path) -> dict[str, Any]:
    from scipy.io import loadmat
    from scipy.io.matlab import MatReadError

    try:
        values = loadmat(file, simplify_cells=True)
    except NotImplementedError as error:
        raise EmgError(
            f'"{file.name}" is a MAT file of version 7.3, which cannot be read.',
            "In MATLAB save it again with save(…, '-v7').",
        ) from error
    except (MatReadError, ValueError, TypeError, OSError, EOFError) as error:
        raise EmgError(
            f'"{file.name}" cannot be read as a MAT file ({error}).',
            "It may be damaged or of another kind.",
        ) from error
    return {k: v for k, v in values.items() if not k.startswith("__")}


def _own(name: str, value: Mapping[str, Any], file: Path) -> ForeignStream:
    data = np.atleast_2d(np.asarray(value["data"]))
    if data.shape[0] == 1:
        data = data.T
    names = [str(n) for n in np.atleast_1d(value["channels"])]
    units = [str(u) for u in np.atleast_1d(value["units"])]
    start = float(value.get("start_s", 0.0))
    return table_stream(name, data, names, units, float(value["rate_hz"]), start, file)


def _labels(value: Any, file: Path) -> list[Annotation]:
    if not isinstance(value, dict):
        return []
    onsets, durations, texts, tracks = (
        np.atleast_1d(value[key]) for key in ("onset_s", "duration_s", "text", "track")
    )
    repetitions = np.atleast_1d(value.get("repetition", np.zeros(len(onsets))))
    return labels_from(onsets, durations, texts, tracks, repetitions, file.name)


def _looks_like_samples(value: Any) -> bool:
    return (
        isinstance(value, np.ndarray)
        and value.ndim == 2
        and value.dtype.kind in "iuf"
        and max(value.shape) >= FEWEST_SAMPLES
        and min(value.shape) >= 1
    )


def _rate_among(values: Mapping[str, Any]) -> float | None:
    for name, value in values.items():
        if name.lower() in RATE_NAMES and np.isscalar(value):
            return float(value)  # type: ignore[arg-type]
    return None
