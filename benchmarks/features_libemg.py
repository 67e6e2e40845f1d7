"""Batch features beside LibEMG on the same windows, in the same run.

    python -m venv other && other/bin/pip install "numpy<2.3" scipy scikit-learn matplotlib \
        librosa PyWavelets && other/bin/pip install --no-deps libemg
    PYTHONPATH=. other/bin/python -m benchmarks.features_libemg

LibEMG is no dependency; of it only the file with the features is loaded. CPU time of one
thread, best of several repeats, µs per window of 10 channels × 200 samples. The largest
difference is given where both compute the same definition.
"""

from __future__ import annotations

import os

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
os.environ.setdefault("OMP_NUM_THREADS", "1")

import importlib.util
import sys
import time
import types
import warnings
from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np

from emgstudio.dsp.features import feature_matrix
from emgstudio.dsp.windows import sliding

RATE, CHANNELS, LENGTH, STEP, SECONDS = 1000.0, 10, 200, 50, 10
THRESHOLD = 2e-3
# (name, theirs, ours, whether the definition is the same)
SETS: tuple[tuple[str, tuple[str, ...], tuple[str, ...], bool], ...] = (
    ("HTD", ("MAV", "ZC", "SSC", "WL"), ("htd",), False),
    ("MAV ZC WL", ("MAV", "ZC", "WL"), ("mav", "zc", "wl"), True),
    ("LS4", ("LS", "MFL", "MSR", "WAMP"), ("ls4",), True),
    ("LS9", ("LS", "MFL", "MSR", "WAMP", "ZC", "RMS", "IAV", "DASDV", "VAR"), ("ls9",), True),
    ("TDAR", ("MAV", "ZC", "SSC", "WL", "AR"), ("tdar",), False),
    ("COMB", ("WL", "SSC", "LD", "AR9"), ("comb",), False),
    ("TDPSD", ("M0", "M2", "M4", "SPARSI", "IRF", "WLF"), ("tdpsd",), False),
    ("HJORTH", ("ACT", "MOB", "COMP"), ("hjorth",), False),
    ("DFTR", ("DFTR",), ("dftr",), False),
    ("MNF MDF", ("MNF", "MDF"), ("mnf", "mdf"), False),
    ("RMSPHASOR", ("RMSPHASOR",), ("rmsphasor",), False),
    ("WLPHASOR", ("WLPHASOR",), ("wlphasor",), False),
    ("SKEW KURT", ("SKEW", "KURT"), ("skew", "kurt"), False),
    ("CC", ("CC",), ("cc4",), False),
    ("wavelets", ("WENG",), ("wpe",), False),
    ("SAMPEN", ("SAMPEN",), ("sampen",), False),
)


def their_extractor() -> Any:
    """LibEMG's class, without the rest of the package (windows, games, plots)."""
    found = importlib.util.find_spec("libemg")
    if found is None or not found.submodule_search_locations:
        raise SystemExit("LibEMG is not installed here; see the top of this file.")
    for name in ("matplotlib", "matplotlib.pyplot", "sklearn.manifold"):
        sys.modules.setdefault(name, types.ModuleType(name))
    sys.modules["sklearn.manifold"].__dict__.update(TSNE=None, Isomap=None)
    sys.modules["matplotlib"].__dict__.update(pyplot=sys.modules["matplotlib.pyplot"])
    path = f"{found.submodule_search_locations[0]}/feature_extractor.py"
    spec = importlib.util.spec_from_file_location("their_features", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        spec.loader.exec_module(module)
    return module.FeatureExtractor()


def method_of(extractor: Any, name: str) -> Callable[[Any], Any]:
    """What LibEMG calls for a feature of its groups."""
    if name == "AR9":
        return partial(extractor.getARfeat, AR_order=9)
    method: Callable[[Any], Any] = getattr(extractor, f"get{name}feat")
    return method


def cost(work: Callable[[], object], seconds: float = 0.6) -> float:
    """Best CPU seconds of several calls."""
    work()
    best, until = np.inf, time.thread_time() + seconds
    while time.thread_time() < until:
        before = time.thread_time()
        work()
        best = min(best, time.thread_time() - before)
    return float(best)


def main() -> None:
    noise = np.random.default_rng(0).standard_normal((round(SECONDS * RATE), CHANNELS))
    windows = sliding(0.01 * noise, LENGTH, STEP)
    theirs = np.ascontiguousarray(windows.transpose(0, 2, 1))
    extractor = their_extractor()
    print(f"{len(windows)} windows; µs per window")
    print(f"{'':12s}{'LibEMG':>10s}{'ours':>10s}{'ratio':>8s}   difference")
    for title, names, ours, same in SETS:
        few = theirs[:8] if title == "SAMPEN" else theirs
        methods = [method_of(extractor, name) for name in names]

        def other(m: Any = methods, x: Any = few) -> list[Any]:
            return [one(x) for one in m]

        def mine(k: Any = ours) -> Any:
            return feature_matrix(windows, k, RATE)

        try:
            slow = cost(other) / len(few)
        except (AttributeError, TypeError, ValueError) as error:
            print(f"{title:12s} LibEMG fails here: {error}")
            continue
        fast = cost(mine) / len(windows)
        gap = ""
        if same:
            got = feature_matrix(windows, ours, RATE)
            wamp = [k for k, name in enumerate(names) if name == "WAMP"]
            want = np.concatenate(other(), axis=1)
            for k in wamp:
                got[:, k * CHANNELS : (k + 1) * CHANNELS] = feature_matrix(
                    windows, ("wamp",), RATE, threshold=THRESHOLD
                )
            gap = f"{np.abs(got - want).max():.1e}"
        print(
            f"{title:12s}{1e6 * slow:10.1f}{1e6 * fast:10.1f}{slow / fast:8.1f}   {gap}", flush=True
        )


if __name__ == "__main__":
    main()
