"""What becomes of posteriors: wrong while steady, flicker and delay of each way to decide.

    python -m benchmarks.decisions DATA

Myo sessions: repetitions 1–4 learnt, then a decision every 50 ms over the whole recording, of
which repetitions 5 and 6 count. Steady: from 1 s after a label's beginning to 0.5 s before its
end. Flicker: share of steady decisions that differ from the one before. Delay: from a label's
beginning to the first of three right decisions running, the person's reaction included; what
counts is the difference to deciding by each window alone, over labels that both reached.
"""

from __future__ import annotations

import argparse
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from benchmarks.gesture_sets import CONDITION, myo
from emgstudio.core.types import Channel
from emgstudio.dsp.windows import sliding
from emgstudio.ml.dataset import LabelledSamples, label_spans
from emgstudio.ml.gestures import REST
from emgstudio.ml.postprocess import BALANCED, FAST, STEADY, Postprocess, PostprocessSpec
from emgstudio.ml.trainer import train

TRIM = {"trim_start_s": 1.0, "trim_end_s": 0.5}
FIRST, NEXT = (1, 2, 3, 4), (5, 6)
RUNNING = 3
PLAIN = PostprocessSpec(votes=1)
WAYS = {
    "none": PLAIN,
    "fast (average 0.5)": FAST,
    "balanced (filter)": BALANCED,
    "steady (filter)": STEADY,
    "vote of 5": PostprocessSpec(votes=5),
    "average 0.7": PostprocessSpec(votes=1, smoothing=0.7),
    "3 agreeing decisions": PostprocessSpec(votes=1, agree=3),
    "sureness 0.6": PostprocessSpec(votes=1, min_confidence=0.6),
}


@dataclass(frozen=True, slots=True)
class Counted:
    """One session decided one way; ``delays`` in seconds by label, NaN where never reached."""

    wrong: float
    flicker: float
    delays: np.ndarray


def posteriors(part: LabelledSamples) -> tuple[np.ndarray, np.ndarray, tuple[str, ...]]:
    """Last sample of each window and its posteriors; rows of NaN in gaps."""
    channels = [Channel(f"E{k + 1}") for k in range(part.samples.shape[1])]
    model = train([part], channels=channels, condition=CONDITION, repetitions=FIRST, **TRIM)
    length, hop = model.window_samples
    windows = sliding(part.samples, length, hop)
    ends = length - 1 + hop * np.arange(len(windows))
    rows = np.concatenate(
        [model.predict_windows(windows[a : a + 2000]) for a in range(0, len(windows), 2000)]
    )
    return ends, rows, model.classes


def decided(rows: np.ndarray, spec: PostprocessSpec, classes: tuple[str, ...]) -> np.ndarray:
    post = Postprocess(spec, classes)
    out = []
    for row in rows:
        if np.isfinite(row).all():
            out.append(post.step(row)[0])
        else:
            post.reset()
            out.append(REST)
    return np.array(out)


def counted(part: LabelledSamples, ends: np.ndarray, gestures: np.ndarray) -> Counted:
    wrong, changed, delays = [], [], []
    for span in label_spans(part.annotations, part.rate, 0.0, 0.0):
        if span.repetition not in NEXT:
            continue
        steady = (ends >= span.start + part.rate) & (ends < span.stop - part.rate / 2)
        at = np.flatnonzero(steady)
        wrong += (gestures[at] != span.gesture).tolist()
        changed += (gestures[at[1:]] != gestures[at[1:] - 1]).tolist()
        if span.gesture == REST:
            continue
        inside = np.flatnonzero((ends >= span.start) & (ends < span.stop))
        right = gestures[inside] == span.gesture
        runs = np.convolve(right, np.ones(RUNNING), "valid") == RUNNING
        reached = np.flatnonzero(runs)
        delays.append(
            (ends[inside[reached[0]]] - span.start) / part.rate if len(reached) else np.nan
        )
    return Counted(float(np.mean(wrong)), float(np.mean(changed)), np.array(delays))


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("data", type=Path)
    results: dict[str, list[Counted]] = {name: [] for name in WAYS}
    for part in myo(parser.parse_args().data):
        ends, rows, classes = posteriors(part)
        for name, spec in WAYS.items():
            results[name].append(counted(part, ends, decided(rows, spec, classes)))
    plain = results["none"]
    error = np.mean([c.wrong for c in plain])
    print(f"{len(plain)} sessions")
    print("| | wrong while steady | less than none | flicker | delay against none | missed |")
    print("|---|--:|--:|--:|--:|--:|")
    for name, each in results.items():
        wrong = np.mean([c.wrong for c in each])
        later = np.mean([
            np.nanmean(c.delays - p.delays) for c, p in zip(each, plain, strict=True)
        ])  # fmt: skip
        missed = np.mean([np.isnan(c.delays).mean() for c in each])
        flicker = np.mean([c.flicker for c in each])
        print(
            f"| {name} | {wrong:.2%} | {1 - wrong / error:.0%} | {flicker:.2%} "
            f"| {1000 * later:+.0f} ms | {missed:.1%} |"
        )


if __name__ == "__main__":
    main()
