"""Training time and time per decision, beside scikit-learn's LDA on the Hudgins features.

    OPENBLAS_NUM_THREADS=1 python -m benchmarks.training [--json]

Eight gestures × four repetitions × eight channels of made-up EMG at 1000 Hz, holds of 3 s,
windows of 200 ms every 50 ms. Both pipelines see the same windows in the same run. "Train"
includes cutting the windows, the features and, for ours, the leave-one-repetition-out report
and the temperature; "fit only" is the classifier alone. Times are of this process's
processor time and the best of several, so that other work on the machine counts little; a
decision is one window from samples to posteriors, also timed with 16 channels at 2000 Hz.
"""

from __future__ import annotations

import argparse
import json
import time
from collections.abc import Callable
from typing import Any

import numpy as np

from benchmarks.machine import speed
from emgstudio.core.types import Annotation, Channel, ConditionSpec, FeatureSpec, WindowSpec
from emgstudio.dsp.features import feature_matrix
from emgstudio.dsp.windows import sliding
from emgstudio.ml.dataset import LabelledSamples, build_dataset
from emgstudio.ml.lda import ShrunkLDA
from emgstudio.ml.trainer import train

RATE, CHANNELS, GESTURES, REPETITIONS, HOLD_S = 1000.0, 8, 8, 4, 3.0
WINDOW, TRIM_S = WindowSpec(), 0.5
DECISIONS, BLOCK = 2000, 100
RUNS = 10


def recording(seed: int = 0, channels: int = CHANNELS, rate: float = RATE) -> LabelledSamples:
    """Noise mixed differently for each gesture, so that channels are correlated as on an arm."""
    rng = np.random.default_rng(seed)
    mixes = np.random.default_rng(1).normal(size=(GESTURES, channels, channels)) * 20
    pieces, labels = [], []
    for k in range(REPETITIONS * GESTURES):
        noise = rng.normal(size=(round(HOLD_S * rate), channels))
        pieces.append(noise @ mixes[k % GESTURES])
        start = k * HOLD_S
        name = f"gesture {k % GESTURES + 1}"
        labels.append(Annotation(start, start + HOLD_S, name, repetition=k // GESTURES + 1))
    return LabelledSamples(
        np.concatenate(pieces).astype(np.float32), rate, tuple(labels), f"made up {seed}"
    )


def seconds(work: Callable[[], object]) -> float:
    """Best processor time of several runs."""
    times = []
    for _ in range(RUNS):
        began = time.process_time()
        work()
        times.append(time.process_time() - began)
    return min(times)


def per_decision(decide: Callable[[Any], object], windows: Any) -> dict[str, float]:
    """One window at a time, in ms: best median of a block, and 99th percentile of all."""
    decide(windows[0])
    times = []
    for i in range(DECISIONS):
        window = np.ascontiguousarray(windows[i % len(windows)])
        began = time.thread_time()
        decide(window)
        times.append(1e3 * (time.thread_time() - began))
    blocks = np.reshape(times, (-1, BLOCK))
    return {
        "median": float(np.median(blocks, axis=1).min()),
        "p99": float(np.percentile(times, 99)),
    }


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


def wide_decision() -> dict[str, float]:
    """Of the default pipeline with 16 channels at 2000 Hz, in ms."""
    part = recording(0, 2 * CHANNELS, 2 * RATE)
    channels = tuple(Channel(f"E{i + 1}") for i in range(2 * CHANNELS))
    model = train([part], channels=channels, condition=ConditionSpec(), trim_start_s=TRIM_S)
    return per_decision(model.predict, sliding(part.samples, *WINDOW.samples(2 * RATE)))


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
    wide = wide_decision()
    print(
        f"a decision of 16 channels at 2000 Hz: {wide['median']:.3f} / {wide['p99']:.3f} ms; "
        f"the machine at {speed():.0%} of its speed"
    )


if __name__ == "__main__":
    main()
