"""Imports labelled gesture data kept as numpy archives: emg, label, rep, trial, fs, unit, names."""

from __future__ import annotations

import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from emgstudio.core.errors import EmgError
from emgstudio.core.types import ARBITRARY_UNIT, Samples, SampleType
from emgstudio.storage.importers.foreign import (
    Foreign,
    import_foreign,
    labels_from,
    table_stream,
    unit_of,
)
from emgstudio.storage.importers.imported import (
    checked_rate,
    edges_of,
    imported_session,
    known_unit,
    runs_of,
    smallest_integer_type,
    stream_info,
)
from emgstudio.storage.pyramid import Reports

CHUNK = 1 << 16
# The track on which our exporter tells holes, which the NaN in the samples tell too.
GAPS = "gaps"


def import_npz(
    file: Path,
    out: Path,
    *,
    rate: float | None = None,
    unit: str | None = None,
    progress: Reports | None = None,
) -> Path:
    """Import ``file`` into the new session folder ``out``.

    Expected are ``emg`` (n, channels) and ``fs`` in Hz (or ``rate``); optional
    ``label`` (n,) with ``names``, ``rep`` (n,) from 0, ``trial`` (n,) that
    changes where the recording is not contiguous, ``unit``, ``subject`` and
    ``session``. Raises EmgError when they do not fit together.
    """
    arrays = _load(file)
    emg = arrays.get("emg")
    if emg is None or emg.ndim != 2 or not emg.size or emg.dtype.kind not in "iuf":
        raise EmgError(
            f'"{file.name}" has no array “emg” of (samples, channels).',
            f"It holds: {', '.join(arrays) or 'nothing'}.",
        )
    if "label_onset_s" in arrays:
        return import_foreign(_own(arrays, file), file, out, progress)
    columns = {key: _column(arrays, key, len(emg), file) for key in ("label", "rep", "trial")}
    fs = float(arrays["fs"]) if "fs" in arrays else float("nan")
    true_rate = checked_rate(rate if rate is not None else fs if np.isfinite(fs) else None)
    dtype = _type_of(emg)
    file_unit = _text(arrays, "unit")
    channels = [f"EMG {k + 1}" for k in range(emg.shape[1])]
    shown = unit or known_unit(file_unit) or ARBITRARY_UNIT
    info = stream_info(channels, [shown] * len(channels), true_rate, dtype, file.name)
    meta = {
        "title": file.stem,
        "subject": _text(arrays, "subject"),
        "session": _text(arrays, "session"),
        "imported_from": file.name,
        "unit_in_file": file_unit,
    }
    with imported_session(out, info, meta) as session:
        for start in range(0, len(emg), CHUNK):
            if progress is not None:
                progress.report(start / len(emg), f"Importing {file.name}")
            part = emg[start : start + CHUNK].astype(dtype)
            session.append(part)
        label, rep, trial = columns["label"], columns["rep"], columns["trial"]
        if label is not None:
            places, names = _label_names(label, arrays.get("names"), file)
            reps = rep.astype(np.int64) + 1 if rep is not None else None
            session.label(runs_of(places, names, reps, trial), file.name)
        if trial is not None:
            session.mark(
                edges_of(trial)[1:-1], "discontinuity", "the recording is not contiguous here"
            )
    return out


def _own(arrays: Mapping[str, NDArray[Any]], file: Path) -> Foreign:
    """An archive that our own exporter wrote."""
    needed = ("channel_names", "channel_units", "fs", "label_duration_s", "label_text",
              "label_track", "label_repetition")  # fmt: skip
    missing = [key for key in needed if key not in arrays]
    if missing:
        raise EmgError(f'"{file.name}" has no array “{missing[0]}”.', "Export it again.")
    units = [unit_of(str(unit)) for unit in arrays["channel_units"]]
    names = [str(name) for name in arrays["channel_names"]]
    stream = table_stream("emg", arrays["emg"], names, units, float(arrays["fs"]), 0.0, file)
    there = arrays["label_track"] != GAPS
    columns = ("onset_s", "duration_s", "text", "track", "repetition")
    onsets, durations, texts, tracks, repetitions = (arrays[f"label_{k}"][there] for k in columns)
    labels = labels_from(onsets, durations, texts, tracks, repetitions, file.name)
    return Foreign([stream], labels, {"subject": _text(arrays, "subject")})


def _load(file: Path) -> dict[str, NDArray[Any]]:
    try:
        with np.load(file, allow_pickle=False) as archive:
            return {key: archive[key] for key in archive.files}
    except (OSError, ValueError, EOFError, KeyError, zipfile.BadZipFile) as error:
        raise EmgError(
            f'"{file.name}" cannot be read as an npz file ({error}).',
            "It may be damaged, or hold Python objects, which are refused for safety.",
        ) from error


def _column(
    arrays: Mapping[str, NDArray[Any]], key: str, samples: int, file: Path
) -> NDArray[Any] | None:
    column = arrays.get(key)
    if column is not None and column.shape != (samples,):
        raise EmgError(
            f'“{key}” in "{file.name}" has shape {column.shape}.',
            f"It needs one value for each of the {samples} samples.",
        )
    return column


def _text(arrays: Mapping[str, NDArray[Any]], key: str) -> str:
    value = arrays.get(key)
    return str(value.reshape(-1)[0]) if value is not None and value.size else ""


def _label_names(
    label: NDArray[Any], names: NDArray[Any] | None, file: Path
) -> tuple[NDArray[Any], list[str]]:
    """Each sample's place in a list of names, and the list."""
    values, places = np.unique(label, return_inverse=True)
    if names is None or label.dtype.kind not in "iu":
        return places, [str(value) for value in values]
    if values[0] < 0 or values[-1] >= len(names):
        raise EmgError(
            f'"{file.name}" has the label {values[-1]} but only {len(names)} names.',
            "Each label must be a place in “names”, from 0.",
        )
    return places, [str(name) for name in names[values]]


def _type_of(emg: Samples) -> SampleType:
    if emg.dtype.kind in "iu":
        return smallest_integer_type(float(emg.min()), float(emg.max())) or "float32"
    return "float32"
