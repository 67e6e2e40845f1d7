"""The river end to end: accuracy on unseen cues, losses, delay from sample to decision.

    python -m benchmarks.demo [--runs 3] [--seconds 60]

Each run is the demo with another simulated person or seed, without a window, so
that the delay is the river's own; the row "in the window" is the same with one.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
from typing import Any

WITHOUT_WINDOW = """
import json, sys
from pathlib import Path
from emgstudio.cli.demo import run_without_window
from emgstudio.session.demo_report import demo_facts
result = run_without_window(Path(sys.argv[1]), float(sys.argv[2]), sys.argv[3])
print(json.dumps(demo_facts(result)))
"""


def run(uri: str, seconds: float, window: bool) -> dict[str, Any]:
    with tempfile.TemporaryDirectory() as folder:
        if window:
            words = ["-m", "emgstudio", "demo", "--headless", "--json"]
            words += ["--seconds", str(seconds), "--out", folder, "--device", uri]
        else:
            words = ["-c", WITHOUT_WINDOW, folder, str(seconds), uri]
        done = subprocess.run([sys.executable, *words], check=True, capture_output=True, text=True)
    facts: dict[str, Any] = json.loads(done.stdout)
    return facts


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--seconds", type=float, default=60.0)
    arguments = parser.parse_args()
    print(
        f"{'device':<34} {'right':>7} {'balanced':>9} {'lost':>5} {'median ms':>10} {'p99 ms':>7}"
    )
    cases = [
        (f"sim:gestures?person={'AB'[i % 2]}&seed={i + 1}", False) for i in range(arguments.runs)
    ]
    cases.append(("sim:gestures?person=A&seed=1", True))
    for uri, window in cases:
        facts = run(uri, arguments.seconds, window)
        latency = facts["latency_ms"]
        name = uri.partition(":")[2] + (", in the window" if window else "")
        print(
            f"{name:<34.34} {facts['accuracy']:>7.1%} {facts['balanced_accuracy']:>9.1%} "
            f"{facts['lost_samples']:>5} {latency['median']:>10.1f} {latency['p99']:>7.1f}"
        )


if __name__ == "__main__":
    main()
