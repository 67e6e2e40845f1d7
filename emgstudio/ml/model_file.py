"""Model files: a folder with ``model.json`` (what it is) and ``model.npz`` (the numbers).

No pickle anywhere. The manifest holds the checksum of the numbers and the
result of a probe, so that a file that was cut short, edited, mixed up, or made
by other feature definitions is refused with a sentence.
"""

from __future__ import annotations

import hashlib
import io
import json
import zipfile
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any, BinaryIO, cast

import numpy as np
from numpy.lib import format as npy

import emgstudio
from emgstudio.core.errors import EmgError
from emgstudio.core.files import write_atomic
from emgstudio.core.options import checked, option_fields
from emgstudio.core.types import ConditionSpec, FeatureSpec, WindowSpec
from emgstudio.dsp.features import feature_names, features_of
from emgstudio.ml.lda import Floats, Key, Limits, ShrunkLDA, Statistics
from emgstudio.ml.model import Effort, GestureModel
from emgstudio.ml.model_facts import ModelFacts
from emgstudio.ml.postprocess import PostprocessSpec
from emgstudio.ml.report import TrainingReport

FORMAT = "emgstudio-model"
SCHEMA = 2
MANIFEST, ARRAYS = "model.json", "model.npz"
MOST_MANIFEST_BYTES = 16 << 20
MOST_ARRAY_BYTES = 512 << 20
MOST_CHANNELS = 256
MOST_FEATURES = 20_000
# More sets than this are merged when saving: 400 sets of 136 features are 30 MB.
MOST_STATISTICS = 400
PROBE_TOLERANCE = 1e-6
# What reading a sound JSON raises that is not a model; a number may be beyond all floats.
UNSOUND = (KeyError, TypeError, ValueError, AttributeError, OverflowError)


def save_model(model: GestureModel, folder: Path) -> Path:
    """Write both files safely; a crash leaves files that either match or are refused.

    EmgError when the folder cannot be written.
    """
    lda = model.lda.compacted(MOST_STATISTICS)
    keys = sorted(lda.statistics)
    sets = [lda.statistics[key] for key in keys]
    sizes = [[*key, len(s.root)] for key, s in zip(keys, sets, strict=True)]
    buffer = io.BytesIO()
    np.savez(
        buffer,
        count=np.array([s.count for s in sets]),
        mean=np.stack([s.mean for s in sets]),
        root=np.concatenate([s.root for s in sets]),
        probe=_probe(model.features, model.rate, model.window, len(model.channels)),
    )
    numbers = buffer.getvalue()
    manifest = _manifest(model, sizes, hashlib.sha256(numbers).hexdigest())
    manifest["checksum"] = _checksum(manifest)
    text = json.dumps(manifest, indent=2, ensure_ascii=False, allow_nan=False)
    try:
        write_atomic(folder / ARRAYS, numbers)
        write_atomic(folder / MANIFEST, (text + "\n").encode())
    except OSError as error:
        raise EmgError(
            f"The model cannot be written to “{folder}”: {error.strerror}.",
            "Choose another folder.",
        ) from error
    return folder


def load_model(path: Path) -> GestureModel:
    """Read and check a model; EmgError says what is wrong with it."""
    folder = path.parent if path.name in (MANIFEST, ARRAYS) else path
    manifest = _read_manifest(folder)
    try:
        return _model(manifest, _numbers_of(folder, manifest))
    except UNSOUND as error:
        raise _damaged(folder, f"it does not make sense ({error})") from error


def load_facts(folder: Path) -> ModelFacts:
    """What a model is, for lists of many: a tenth of the time that ``load_model`` takes.

    EmgError where either file is damaged; only the numbers themselves are not looked at.
    """
    manifest = _read_manifest(folder)
    try:
        _numbers_of(folder, manifest)
        return _facts(manifest)
    except UNSOUND as error:
        raise _damaged(folder, f"it does not make sense ({error})") from error


def _numbers_of(folder: Path, manifest: Mapping[str, Any]) -> bytes:
    numbers = _read(folder / ARRAYS, MOST_ARRAY_BYTES)
    if hashlib.sha256(numbers).hexdigest() != manifest["arrays_sha256"]:
        raise ValueError("model.npz does not belong to model.json")
    return numbers


def _facts(m: Mapping[str, Any]) -> ModelFacts:
    return ModelFacts(
        rate=float(m["rate_hz"]),
        channels=tuple(str(c["name"]) for c in m["channels"]),
        units=tuple(str(c["unit"]) for c in m["channels"]),
        condition=_condition(m["condition"]),
        classes=tuple(map(str, m["classes"])),
        report=TrainingReport.from_json(m["report"]),
        provenance=dict(m["provenance"]),
    )


def _manifest(model: GestureModel, sizes: list[list[Any]], sha256: str) -> dict[str, Any]:
    columns = feature_names(model.features.names, model.channels)
    return {
        "format": FORMAT,
        "schema": SCHEMA,
        "app_version": emgstudio.__version__,
        "rate_hz": model.rate,
        "channels": [
            {"name": n, "unit": u} for n, u in zip(model.channels, model.units, strict=True)
        ],
        "condition": asdict(model.condition),
        "window": asdict(model.window),
        "features": {
            "names": list(model.features.names),
            "thresholds": list(model.features.thresholds),
            "count": len(columns),
            "sha256": _columns_hash(columns),
        },
        "classes": list(model.classes),
        "shrinkage": model.lda.shrinkage,
        "temperature": model.temperature,
        "limits": model.lda.limits,
        "postprocess": asdict(model.postprocess),
        "efforts": {gesture: asdict(effort) for gesture, effort in model.efforts.items()},
        "statistics": sizes,
        "report": model.report.to_json(),
        "provenance": dict(model.provenance),
        "turn": model.turn,
        "rest_amplitude": model.rest_amplitude,
        "familiar": {gesture: list(values) for gesture, values in model.familiar.items()},
        "sureness": dict(model.sureness),
        "arrays_sha256": sha256,
    }


def _columns_hash(columns: tuple[str, ...]) -> str:
    return hashlib.sha256("\n".join(columns).encode()).hexdigest()


def _checksum(manifest: Mapping[str, Any]) -> str:
    body = {key: value for key, value in manifest.items() if key != "checksum"}
    text = json.dumps(body, sort_keys=True, ensure_ascii=False, allow_nan=False)
    return hashlib.sha256(text.encode()).hexdigest()


def _probe(features: FeatureSpec, rate: float, window: WindowSpec, channels: int) -> Floats:
    """Features ``(1, d)`` of a fixed made-up window: the same as long as the definitions are."""
    length, _ = window.samples(rate)
    t = np.arange(length)[:, None]
    c = np.arange(1, channels + 1)[None, :]
    made_up = np.sin(t * (0.31 + 0.17 * c)) * c + np.cos(0.011 * t * t + c)
    return features_of(made_up[None], features, rate)


def _read(file: Path, most: int) -> bytes:
    try:
        if file.stat().st_size > most:
            raise _damaged(file.parent, f"{file.name} is larger than any model")
        return file.read_bytes()
    except FileNotFoundError as error:
        raise EmgError(
            f"There is no model in “{file.parent}”: {file.name} is missing.",
            "Choose a folder that holds model.json and model.npz.",
        ) from error
    except OSError as error:
        raise EmgError(f"“{file}” cannot be read: {error.strerror}.", "Check the path.") from error


def _read_manifest(folder: Path) -> dict[str, Any]:
    raw = _read(folder / MANIFEST, MOST_MANIFEST_BYTES)
    try:
        manifest = json.loads(raw)
    except (ValueError, RecursionError) as error:
        raise _damaged(folder, "model.json is cut short or not JSON") from error
    if not isinstance(manifest, dict) or manifest.get("format") != FORMAT:
        raise EmgError(f"“{folder}” holds no EMG Studio model.", "Choose another folder.")
    schema = manifest.get("schema")
    if isinstance(schema, int) and schema > SCHEMA:
        raise EmgError(
            f"This model was made by a newer EMG Studio ({manifest.get('app_version')}).",
            "Update EMG Studio, or calibrate again.",
        )
    try:
        sound = schema in (1, SCHEMA) and manifest.get("checksum") == _checksum(manifest)
    except ValueError:
        sound = False
    if not sound:
        raise _damaged(folder, "model.json was changed after it was saved")
    return manifest


def _damaged(folder: Path, what: str) -> EmgError:
    return EmgError(
        f"The model in “{folder.name}” is damaged: {what}.", "Use a copy of it, or calibrate again."
    )


def _model(m: dict[str, Any], numbers: bytes) -> GestureModel:
    features = _features(m["features"])
    window = WindowSpec(**_numbers(m["window"]))
    rate, names = float(m["rate_hz"]), tuple(c["name"] for c in m["channels"])
    keys = [Key(str(r), str(g), int(n)) for r, g, n, *_ in m["statistics"]]
    rows = [int(entry[3]) for entry in m["statistics"]] if m["schema"] > 1 else []
    length, _ = window.samples(rate)
    if not (0 < len(names) <= MOST_CHANNELS and 3 <= length <= 1_000_000 and keys):
        raise ValueError("sizes are impossible")
    columns = feature_names(features.names, names)
    if len(columns) > MOST_FEATURES:
        raise ValueError("sizes are impossible")
    d = len(columns)
    if min(rows, default=0) < 0:
        raise ValueError("sizes are impossible")
    shapes = {"count": (len(keys),), "mean": (len(keys), d), "probe": (1, d)}
    # Schema 1 kept triangles of scatter matrices, which take a square of the features each.
    shapes |= {"root": (sum(rows), d)} if rows else {"scatter": (len(keys), d * (d + 1) // 2)}
    arrays = _arrays(numbers, shapes)
    expected = _probe(features, rate, window, len(names))
    same = np.allclose(arrays["probe"], expected, rtol=PROBE_TOLERANCE, atol=PROBE_TOLERANCE)
    if _columns_hash(columns) != m["features"]["sha256"] or not same:
        raise EmgError(
            f"This model was made by EMG Studio {m['app_version']}, "
            "which computed its features differently.",
            "Calibrate again.",
        )
    kind = ShrunkLDA(float(m["shrinkage"]), float(m["temperature"]), _limits(m.get("limits")))
    lda = _lda(keys, rows, arrays, kind)
    if list(lda.classes) != m["classes"]:
        raise ValueError("gestures do not match the numbers")
    return GestureModel(
        rate=rate,
        channels=names,
        units=tuple(c["unit"] for c in m["channels"]),
        condition=_condition(m["condition"]),
        window=window,
        features=features,
        lda=lda,
        report=TrainingReport.from_json(m["report"]),
        efforts={g: Effort(**_numbers(e)) for g, e in m["efforts"].items()},
        postprocess=_postprocess(m["postprocess"]),
        provenance=m["provenance"],
        turn=int(m.get("turn", 0)),
        rest_amplitude=float(m.get("rest_amplitude", 0.0)),
        familiar={g: tuple(map(float, v)) for g, v in m.get("familiar", {}).items()},
        sureness={g: float(v) for g, v in m.get("sureness", {}).items()},
    )


def _features(values: Mapping[str, Any]) -> FeatureSpec:
    thresholds = tuple(float(v) for v in values.get("thresholds", ()))
    return FeatureSpec(tuple(values["names"]), thresholds)


def _numbers(values: Mapping[str, Any]) -> Mapping[str, Any]:
    """The values, all of them numbers or None; TypeError otherwise."""
    for name, value in values.items():
        if value is not None and type(value) not in (int, float):
            raise TypeError(f"{name} is {value!r}")
    return values


def _condition(values: Mapping[str, Any]) -> ConditionSpec:
    ecg, at = values.get("ecg", False), values.get("notch_at", [])
    if type(ecg) is not bool or not all(type(k) is int for k in at):
        raise TypeError(f"ecg is {ecg!r}, notch_at {at!r}")
    numbers = {k: v for k, v in values.items() if k not in ("ecg", "notch_at")}
    return ConditionSpec(ecg=ecg, notch_at=tuple(at), **_numbers(numbers))


def _postprocess(values: Mapping[str, Any]) -> PostprocessSpec:
    spec = PostprocessSpec(**_numbers(values))
    for about in option_fields(PostprocessSpec):
        checked(about, getattr(spec, about.name))
    return spec


def _limits(values: Sequence[float] | None) -> Limits | None:
    """None for models from before there were limits: they decide as they did."""
    if values is None:
        return None
    first, last = values
    return float(first), float(last)


def _lda(
    keys: list[Key],
    rows: list[int],
    arrays: Mapping[str, Floats],
    lda: ShrunkLDA,
) -> ShrunkLDA:
    d = arrays["mean"].shape[1]
    upper = np.triu_indices(d)
    ends = np.cumsum(rows)
    for i, key in enumerate(keys):
        count, mean = float(arrays["count"][i]), arrays["mean"][i]
        if rows:
            root = arrays["root"][ends[i] - rows[i] : ends[i]]
            lda.add_statistics(key, Statistics(count, mean, root))
            continue
        scatter = np.empty((d, d))
        scatter[upper] = scatter.T[upper] = arrays["scatter"][i]
        lda.add_statistics(key, Statistics.with_scatter(count, mean, scatter))
    return lda


def _arrays(numbers: bytes, shapes: Mapping[str, tuple[int, ...]]) -> dict[str, Floats]:
    """The arrays of an npz file, each checked by its header before its numbers are read."""
    if sum(8 * int(np.prod(shape, dtype=object)) for shape in shapes.values()) > MOST_ARRAY_BYTES:
        raise ValueError("sizes are impossible")
    arrays = {}
    try:
        with zipfile.ZipFile(io.BytesIO(numbers)) as file:
            for name, shape in shapes.items():
                with file.open(f"{name}.npy") as member:
                    arrays[name] = _array(cast(BinaryIO, member), name, shape)
    except (zipfile.BadZipFile, EOFError, NotImplementedError) as error:
        raise ValueError(f"model.npz is cut short or no npz file: {error}") from error
    return arrays


def _array(member: BinaryIO, name: str, shape: tuple[int, ...]) -> Floats:
    if npy.read_magic(member) != (1, 0):
        raise ValueError(f"{name} is stored in an unknown way")
    found, fortran, dtype = npy.read_array_header_1_0(member)
    if found != shape or dtype != np.dtype("<f8") or fortran:
        raise ValueError(f"{name} is {dtype} {found}, expected float64 {shape}")
    raw = member.read(8 * int(np.prod(shape)))
    values = np.frombuffer(raw, "<f8").reshape(shape).astype(np.float64)
    if not np.isfinite(values).all():
        raise ValueError(f"{name} holds values that are not numbers")
    return values
