"""What is left of a heartbeat, and what is lost of the muscle, by each way of taking it out.

Run: ``python -m benchmarks.ecg [--short]``. Synthetic EMG with a known heartbeat
(tests/heart_mix.py). Per case and way: RMS of the difference to the muscle alone,
in % of the muscle's RMS, and the RMS in rest as a multiple of what it should be;
after 20 s, in which everything has learnt. What cannot be held against a way is
not: all of them are compared with the muscle behind the same 20–450 Hz filter
but the high-pass, whose error with its own filter is told beside.
"""

from __future__ import annotations

import argparse
import os
import time
from collections.abc import Callable

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
os.environ.setdefault("OMP_NUM_THREADS", "1")

import numpy as np

from emgstudio.core.types import ConditionSpec
from emgstudio.dsp.conditioner import Conditioner
from emgstudio.dsp.ecg import AFTER_S, BEFORE_S, SEARCH_HZ, HeartbeatRemover
from emgstudio.dsp.recorded import conditioned
from tests.heart_mix import Floats, Mix, mix

LEARNT_S = 20.0
LMS_STEP = 0.1
CASES: dict[str, dict[str, object]] = {
    "75/min, R 100 µV, muscle 50 µV": {},
    "50/min": {"per_minute": 50.0},
    "120/min": {"per_minute": 120.0},
    "R 25 µV": {"ratio": 0.5},
    "R 50 µV": {"ratio": 1.0},
    "R 200 µV": {"ratio": 4.0},
    "R 100 µV, muscle 20 µV, noise 5 µV": {"muscle_uv": 20.0, "ratio": 5.0, "noise_uv": 5.0},
    "narrow QRS": {"shape": "narrow"},
    "deep S": {"shape": "deep S"},
    "wide QRS": {"shape": "wide"},
    "1 channel": {"channels": 1},
    "8 channels": {"channels": 8},
    "500 Hz": {"rate": 500.0},
    "2000 Hz": {"rate": 2000.0},
    "rest only, R 100 µV": {"muscle_uv": 0.0, "ratio": 100.0},
    "no heart": {"ratio": 0.0},
}


def live(x: Floats, spec: ConditionSpec, rate: float) -> Floats:
    conditioner = Conditioner(spec, rate, x.shape[1])
    valid = np.ones(len(x), bool)
    parts = [conditioner.process(x[i : i + 50], valid[i : i + 50]) for i in range(0, len(x), 50)]
    return np.concatenate([*parts, conditioner.finish()]).astype(np.float64)


def lms(x: Floats, spec: ConditionSpec, rate: float) -> Floats:
    """Impulse-correlated LMS filter (Laguna 1992), fed with the same beats as ours."""
    y = live(x, spec, rate)
    search = ConditionSpec(SEARCH_HZ[0], SEARCH_HZ[1], order=2)
    remover = HeartbeatRemover(rate, x.shape[1])
    remover.process(y, live(x, search, rate))
    beats = list(remover.steady)
    before, after = round(BEFORE_S * rate), round(AFTER_S * rate)
    weights, out = np.zeros((before + after, x.shape[1])), y.copy()
    for at in beats:
        rows = slice(at - before, at + after)
        if at < before or at + after > len(y):
            continue
        out[rows] = y[rows] - weights
        weights += LMS_STEP * out[rows]
    return out


WAYS: dict[str, Callable[[Floats, float], Floats]] = {
    "nothing": lambda x, rate: live(x, ConditionSpec(), rate),
    "30 Hz high-pass": lambda x, rate: live(x, ConditionSpec(30.0), rate),
    "LMS": lambda x, rate: lms(x, ConditionSpec(), rate),
    "ours live": lambda x, rate: live(x, ConditionSpec(ecg=True), rate),
    "ours recorded": lambda x, rate: np.asarray(
        conditioned(
            x.astype(np.float32), np.ones(len(x), bool), ConditionSpec(ecg=True), rate
        ).astype(np.float64)
    ),
}


def rms(x: Floats) -> float:
    return float(np.sqrt(np.square(x).mean()))


def row(made: Mix, rate: float) -> list[tuple[float, float]]:
    x = made.muscle + made.heart
    true = live(made.muscle, ConditionSpec(), rate)
    late = np.arange(len(x)) > LEARNT_S * rate
    rest = late & made.rest
    figures = []
    for way in WAYS.values():
        got = way(x, rate)
        figures.append(
            (100 * rms((got - true)[late]) / rms(true[late]), rms(got[rest]) / rms(true[rest]))
        )
    own = live(made.muscle, ConditionSpec(30.0), rate)
    got = live(x, ConditionSpec(30.0), rate)
    figures.append((100 * rms((got - own)[late]) / rms(own[late]), figures[1][1]))
    return figures


def cost(rate: float, channels: int, spec: ConditionSpec, seconds: float) -> tuple[float, float]:
    """CPU share of a core, and ms of the dearest 10 ms chunk (best of the runs)."""
    made = mix(20.0 if channels < 64 else 14.0, rate, channels=min(channels, 16))
    x = np.tile(made.muscle + made.heart, (1, -(-channels // 16)))[:, :channels]
    x = x.astype(np.float32)
    conditioner = Conditioner(spec, rate, channels)
    n = round(0.01 * rate)
    valid, times = np.ones(n, bool), []
    for i in range(0, len(x) - n, n):
        before = time.thread_time()
        conditioner.process(x[i : i + n], valid)
        times.append(time.thread_time() - before)
    late = times[-round(seconds / 0.01) :]
    return 100 * float(np.mean(late)) / 0.01, 1e3 * float(np.percentile(late, 99))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--short", action="store_true", help="one run per case instead of three")
    runs = 1 if parser.parse_args().short else 3
    names = [*WAYS, "30 Hz, own truth"]
    print("Error in % of the muscle's RMS / RMS in rest as a multiple of the truth")
    print(f"{'':36s}" + "".join(f"{name:>18s}" for name in names))
    for case, how in CASES.items():
        how = dict(how)
        rate = float(str(how.pop("rate", 1000.0)))
        rows = [row(mix(60.0, rate, seed=s, **how), rate) for s in range(runs)]  # type: ignore[arg-type]
        mean = np.mean(rows, axis=0)
        print(f"{case:36s}" + "".join(f"{e:10.1f} / ×{r:5.2f}" for e, r in mean))
    print("\nCost of the conditioner in chunks of 10 ms: % of a core, 99th percentile of a chunk")
    plain = ConditionSpec()
    for channels, rate in ((16, 2000.0), (384, 2000.0)):
        for name, spec in (
            ("20–450 Hz", plain),
            ("and 3 notches", ConditionSpec(notch_hz=50.0)),
            ("and heartbeat", ConditionSpec(ecg=True)),
        ):
            share, worst = cost(rate, channels, spec, 4.0)
            print(f"{channels:4d} ch {rate:g} Hz  {name:14s} {share:6.2f} %  {worst:7.2f} ms")


if __name__ == "__main__":
    main()
