"""A trained model for other runtimes: JSON weights, a C header, ONNX."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import asdict
from pathlib import Path
from types import MappingProxyType
from typing import Any

import numpy as np

import emgstudio
from emgstudio.core.errors import EmgError
from emgstudio.core.extras import install_line
from emgstudio.core.files import write_atomic
from emgstudio.core.paths import resource
from emgstudio.dsp.conditioner import effective, sections
from emgstudio.dsp.feature_windows import MOST_TOGETHER
from emgstudio.dsp.features import expand, feature_names
from emgstudio.dsp.features_space import shrinkage
from emgstudio.ml.lda import Floats
from emgstudio.ml.model import GestureModel

JSON_FORMAT = "emgstudio-weights"
_EACH = "    for (int c = 0; c < EMG_CHANNELS; c++) "
# What each row of the feature table is in C.
C_FEATURES: Mapping[str, str] = MappingProxyType(
    {
        "logcov": "    out = emg_logcovs(EMG_LENGTH, x, out);\n",
        "logcov_diff": "    out = emg_logcovs(EMG_LENGTH - 1, slope, out);\n",
        "logrms": f"{_EACH}*out++ = emg_logged(emg_rms(x[c]));\n",
        "logwl": f"{_EACH}*out++ = emg_logged(emg_wl(x[c]));\n",
        "rms": f"{_EACH}*out++ = emg_rms(x[c]);\n",
        "mav": f"{_EACH}*out++ = emg_mav(x[c]);\n",
        "wl": f"{_EACH}*out++ = emg_wl(x[c]);\n",
        "zc": f"{_EACH}*out++ = emg_zc(x[c], EMG_THRESHOLDS[c]);\n",
        "ssc": f"{_EACH}*out++ = emg_ssc(x[c], EMG_THRESHOLDS[c]);\n",
        "ar4": f"{_EACH}{{ emg_ar4(x[c], out); out += 4; }}\n",
    }
)


def export_model(model: GestureModel, kind: str, file: Path) -> Path:
    """Write ``model`` as ``json``, ``c`` or ``onnx`` and return the file.

    Raises EmgError for another kind, a feature that it does not have, a missing
    package, or a file that cannot be written.
    """
    if kind not in EXPORTS:
        raise EmgError(f"A model cannot become “{kind}”.", f"Choose one of {', '.join(EXPORTS)}.")
    content = EXPORTS[kind](model)
    try:
        write_atomic(file, content)
    except OSError as error:
        raise EmgError(
            f"“{file}” cannot be written: {error.strerror}.", "Choose another place."
        ) from error
    return file


def weights_json(model: GestureModel) -> bytes:
    """Everything that plain numpy needs to decide; docs/learning.md says how.

    Numbers are written with all their digits: a reader reproduces the posteriors
    to 1e-9.
    """
    solution = model.lda.solution
    _check_no_heartbeat(model)
    facts = {
        "format": JSON_FORMAT,
        "schema": 1,
        "app_version": emgstudio.__version__,
        "notice": "Research use only, not a medical device.",
        "rate_hz": model.rate,
        "channels": [
            {"name": n, "unit": u} for n, u in zip(model.channels, model.units, strict=True)
        ],
        "turn": model.turn,
        "condition": asdict(model.condition),
        "sections": sections(model.condition, model.rate).tolist(),
        "length": model.window_samples[0],
        "hop": model.window_samples[1],
        "features": [feature.key for feature in expand(model.features.names)],
        "thresholds": _thresholds(model),
        "shrinkage": shrinkage(model.rate),
        "columns": list(feature_names(model.features.names, model.channels)),
        "classes": list(model.classes),
        "lowest": solution.lowest.tolist(),
        "highest": solution.highest.tolist(),
        "fading": solution.fading.tolist(),
        "centre": solution.centre.tolist(),
        "weights": solution.weights.tolist(),
        "biases": solution.biases.tolist(),
        "temperature": model.temperature,
        "efforts": {g: asdict(e) for g, e in model.efforts.items()},
        "postprocess": asdict(model.postprocess),
    }
    return (json.dumps(facts, ensure_ascii=False, allow_nan=False) + "\n").encode()


def c_header(model: GestureModel) -> bytes:
    """One C99 header with arrays of fixed size: filter, features and decision.

    EmgError for features that have no C version or a heartbeat filter.
    """
    _check_no_heartbeat(model)
    features = [feature.key for feature in expand(model.features.names)]
    for key in features:
        if key not in C_FEATURES:
            raise EmgError(
                f"The feature “{key}” has no version in C.",
                f"Train with some of: {', '.join(C_FEATURES)}.",
            )
    solution = model.lda.solution
    sos = sections(model.condition, model.rate)
    length, hop = model.window_samples
    values = {
        "TITLE": f"Gestures: {_comment(', '.join(model.classes))}",
        "VERSION": emgstudio.__version__,
        "UNITS": _comment(" ".join(dict.fromkeys(model.units))),
        "CHANNELS": _comment(", ".join(model.channels)),
        "RATE": repr(model.rate),
        "N_CHANNELS": str(len(model.channels)),
        "LENGTH": str(length),
        "HOP": str(hop),
        "N_FEATURES": str(len(solution.centre)),
        "N_CLASSES": str(len(model.classes)),
        "N_SECTIONS": str(len(sos)),
        "TURN": str(model.turn),
        "TOGETHER": str(min(MOST_TOGETHER, len(model.channels))),
        "NAMES": ", ".join(json.dumps(name) for name in model.classes),
        "SOS": _matrix(sos),
        "THRESHOLDS": _row(_thresholds(model)),
        "LOWEST": _row(solution.lowest),
        "HIGHEST": _row(solution.highest),
        "FADING": _row(solution.fading),
        "CENTRE": _row(solution.centre),
        "WEIGHTS": _matrix(solution.weights.T),
        "BIASES": _row(solution.biases),
        "TEMPERATURE": repr(model.temperature),
        "SHRINKAGE": repr(shrinkage(model.rate)),
        "FEATURES": "".join(C_FEATURES[key] for key in features),
    }
    text = resource("model.h.in").read_text(encoding="utf-8")
    for name, value in values.items():
        text = text.replace(f"@{name}@", value)
    return text.encode()


def onnx_model(model: GestureModel) -> bytes:
    """The classifier alone as ONNX: double ``features (n, d)`` to ``posteriors (n, k)``.

    What the features are is in the metadata. EmgError without the onnx package.
    """
    try:
        import onnx
        from onnx import TensorProto, helper
    except ImportError as error:
        raise EmgError(
            "ONNX files need the package onnx, which is not installed.",
            f"Install it with: {install_line('emgstudio[onnx]')}",
        ) from error
    solution = model.lda.solution
    weights = solution.weights / model.temperature
    biases = solution.biases / model.temperature

    def constant(name: str, values: Floats) -> Any:
        return helper.make_tensor(name, TensorProto.DOUBLE, values.shape, values.ravel().tolist())

    graph = helper.make_graph(
        [
            helper.make_node("Max", ["features", "lowest"], ["from_below"]),
            helper.make_node("Min", ["from_below", "highest"], ["within"]),
            helper.make_node("Sub", ["features", "within"], ["off"]),
            helper.make_node("Abs", ["off"], ["beyond"]),
            helper.make_node("Mul", ["beyond", "fading"], ["faded"]),
            helper.make_node("Sub", ["one", "faded"], ["left"]),
            helper.make_node("Max", ["left", "zero"], ["share"]),
            helper.make_node("Sub", ["within", "centre"], ["from_centre"]),
            helper.make_node("Mul", ["from_centre", "share"], ["lead"]),
            helper.make_node("Gemm", ["lead", "weights", "biases"], ["scores"]),
            helper.make_node("Softmax", ["scores"], ["posteriors"], axis=1),
        ],
        "emgstudio",
        [helper.make_tensor_value_info("features", TensorProto.DOUBLE, ["n", len(weights)])],
        [helper.make_tensor_value_info("posteriors", TensorProto.DOUBLE, ["n", len(biases)])],
        [
            constant("lowest", solution.lowest),
            constant("highest", solution.highest),
            constant("fading", solution.fading),
            constant("centre", solution.centre),
            constant("one", np.ones(1)),
            constant("zero", np.zeros(1)),
            constant("weights", weights),
            constant("biases", biases),
        ],
    )
    made = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    facts = json.loads(weights_json(model))
    for name in ("lowest", "highest", "fading", "centre", "weights", "biases"):
        del facts[name]
    helper.set_model_props(made, {k: json.dumps(v, ensure_ascii=False) for k, v in facts.items()})
    onnx.checker.check_model(made)
    return bytes(made.SerializeToString())


EXPORTS: Mapping[str, Callable[[GestureModel], bytes]] = MappingProxyType(
    {"json": weights_json, "c": c_header, "onnx": onnx_model}
)


def _check_no_heartbeat(model: GestureModel) -> None:
    if effective(model.condition, model.rate).ecg:
        raise EmgError(
            "This model was trained with the heartbeat taken out, which other runtimes cannot do.",
            "Train again without it.",
        )


def _thresholds(model: GestureModel) -> list[float]:
    return list(model.features.thresholds) or [0.0] * len(model.channels)


def _comment(text: str) -> str:
    """Text that cannot end a comment."""
    return text.replace("*/", "* /")


def _row(values: Iterable[float]) -> str:
    return "{" + ", ".join(repr(float(v)) for v in values) + "}"


def _matrix(rows: Iterable[Iterable[float]]) -> str:
    return "{\n" + ",\n".join(_row(row) for row in rows) + "}"
