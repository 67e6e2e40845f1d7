"""Training time and time per decision, beside scikit-learn's LDA on the Hudgins features.

    python benchmarks/training.py [--json]

Eight gestures × four repetitions × eight channels of made-up EMG at 1000 Hz, holds of 3 s,
windows of 200 ms every 50 ms. Both pipelines see the same windows in the same run. "Train"
includes cutting the windows, the features and, for ours, the leave-one-repetition-out report
and the temperature; "fit only" is the classifier alone.
"""

from __future__ import annotations

import argparse
import json
import time
from collections.abc import Callable
from typing import Any

import numpy as np

from emgstudio.core.types import Annotation, Channel, ConditionSpec, FeatureSpec, WindowSpec
from emgstudio.dsp.features import feature_matrix
from emgstudio.dsp.windows import sliding
from emgstudio.ml.dataset import LabelledSamples, build_dataset
from emgstudio.ml.lda import ShrunkLDA
from emgstudio.ml.trainer import train

RATE, CHANNELS, GESTURES, REPETITIONS, HOLD_S = 1000.0, 8, 8, 4, 3.0
WINDOW, TRIM_S = WindowSpec(), 0.5
DECISIONS = 2000
RUNS = 5


def recording(seed: int = 0) -> LabelledSamples:
    """Noise mixed differently for each gesture, so that channels are correlated as on an arm."""
    rng = np.random.default_rng(seed)
    mixes = np.random.default_rng(1).normal(size=(GESTURES, CHANNELS, CHANNELS)) * 20
    pieces, labels = [], []
    for k in range(REPETITIONS * GESTURES):
        noise = rng.normal(size=(round(HOLD_S * RATE), CHANNELS))
        pieces.append(noise @ mixes[k % GESTURES])
        start = k * HOLD_S
        name = f"gesture {k % GESTURES + 1}"
        labels.append(Annotation(start, start + HOLD_S, name, repetition=k // GESTURES + 1))
    return LabelledSamples(
        np.concatenate(pieces).astype(np.float32), RATE, tuple(labels), f"made up {seed}"
    )


def seconds(work: Callable[[], object]) -> float:
    """Median wall time of several runs."""
    times = []
    for _ in range(RUNS):
        began = time.perf_counter()
        work()
        times.append(time.perf_counter() - began)
    return float(np.median(times))


def per_decision(decide: Callable[[Any], object], windows: Any) -> dict[str, float]:
    """Median and 99th percentile of one window at a time, in ms."""
    decide(windows[0])
    times = []
    for i in range(DECISIONS):
        window = np.ascontiguousarray(windows[i % len(windows)])
        began = time.perf_counter()
        decide(window)
        times.append(1e3 * (time.perf_counter() - began))
    median, p99 = np.percentile(times, [50, 99])
    return {"median": float(median), "p99": float(p99)}


def measure() -> list[dict[str, Any]]:
    """One row per pipeline."""
    from sklearn.discriminant_analysis import LinearDiscriminantAnalysis

    part, unseen = recording(0), recording(7)
    channels = tuple(Channel(f"E{i + 1}") for i in range(CHANNELS))

    def ours() -> Any:
        return train([part], channels=channels, condition=ConditionSpec(), trim_start_s=TRIM_S)

    def dataset(of: LabelledSamples, names: tuple[str, ...]) -> Any:
        return build_dataset([of], WINDOW, FeatureSpec(names), trim_start_s=TRIM_S, trim_end_s=0.1)

    def theirs() -> Any:
        data = dataset(part, hudgins)
        return LinearDiscriminantAnalysis().fit(data.x, data.y)

    default, hudgins = FeatureSpec().names, ("hudgins",)
    model, baseline = ours(), theirs()
    learnt, tested = dataset(part, default), dataset(unseen, default)
    learnt_h, tested_h = dataset(part, hudgins), dataset(unseen, hudgins)
    windows = sliding(unseen.samples, *WINDOW.samples(RATE))
    return [
        {
            "pipeline": "EMG Studio: default features + ShrunkLDA, with report",
            "windows": len(learnt),
            "features": learnt.x.shape[1],
            "train_s": seconds(ours),
            "fit_only_s": seconds(lambda: ShrunkLDA().fit(learnt.x, learnt.y).solution),
            "decision_ms": per_decision(model.predict, windows),
            "accuracy": float((model.lda.predict(tested.x) == tested.y).mean()),
        },
        {
            "pipeline": "baseline: Hudgins features + scikit-learn LDA",
            "windows": len(learnt_h),
            "features": learnt_h.x.shape[1],
            "train_s": seconds(theirs),
            "fit_only_s": seconds(lambda: LinearDiscriminantAnalysis().fit(learnt_h.x, learnt_h.y)),
            "decision_ms": per_decision(
                lambda w: baseline.predict_proba(feature_matrix(w[None], hudgins, RATE)), windows
            ),
            "accuracy": float((baseline.predict(tested_h.x) == tested_h.y).mean()),
        },
    ]


def main() -> None:
    """Print the table, or JSON for scripts."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", action="store_true")
    as_json = parser.parse_args().json
    rows = measure()
    if as_json:
        print(json.dumps(rows, indent=2))
        return
    print(f"{GESTURES} gestures × {REPETITIONS} repetitions × {CHANNELS} channels, {RATE:g} Hz")
    print(
        "| pipeline | windows | numbers | train s | fit only s | decision ms median / p99 | right |"
    )
    print("|---|---|---|---|---|---|---|")
    for r in rows:
        ms = r["decision_ms"]
        print(
            f"| {r['pipeline']} | {r['windows']} | {r['features']} | {r['train_s']:.3f} "
            f"| {r['fit_only_s']:.4f} | {ms['median']:.3f} / {ms['p99']:.3f} "
            f"| {r['accuracy']:.1%} |"
        )


if __name__ == "__main__":
    main()
