"""Recognition on real recordings: the default pipeline beside the field's standard features.

    python -m benchmarks.gestures FOLDER_OF_NPZ [--split repetition]

Imports every gesture NPZ of the folder and evaluates as ``emgstudio evaluate``
does: windows of 200 ms every 50 ms, trim 1.0/0.5 s, repetitions 1–4 against 5–6
(or whole sessions or people held out). Baseline of the same run: Hudgins' four
features with the same classifier.
"""

from __future__ import annotations

import argparse
import statistics
import tempfile
from pathlib import Path
from typing import Any

from emgstudio.core.tasks import Progress
from emgstudio.core.types import FeatureSpec
from emgstudio.session.evaluation import evaluate_recordings
from emgstudio.session.files import import_recording

TRAIN, TEST = (1, 2, 3, 4), (5, 6)


def evaluated(paths: list[Path], split: Any, features: FeatureSpec) -> dict[str, Any]:
    held_out = split == "repetition"
    return evaluate_recordings(
        paths,
        split=split,
        train_repetitions=TRAIN if held_out else None,
        test_repetitions=TEST if held_out else None,
        trim_start_s=1.0,
        trim_end_s=0.5,
        progress=Progress(),
        features=features,
    )


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("folder", type=Path)
    parser.add_argument(
        "--split", choices=("repetition", "session", "subject"), default="repetition"
    )
    arguments = parser.parse_args()
    files = sorted(arguments.folder.glob("*.npz"))
    with tempfile.TemporaryDirectory() as folder:
        paths = [import_recording(f, Path(folder), progress=Progress()) for f in files]
        ours = evaluated(paths, arguments.split, FeatureSpec())
        standard = evaluated(paths, arguments.split, FeatureSpec(("hudgins",)))
    rows = zip(ours["per_recording"], standard["per_recording"], strict=True)
    print(f"{'recording':<14} {'right':>7} {'balanced':>9}   {'Hudgins':>8} {'balanced':>9}")
    for a, b in rows:
        print(
            f"{a['recording']:<14} {a['accuracy']:>7.1%} {a['balanced_accuracy']:>9.1%}   "
            f"{b['accuracy']:>8.1%} {b['balanced_accuracy']:>9.1%}"
        )
    for name in ("accuracy", "balanced_accuracy"):
        values = [r[name] for r in ours["per_recording"]]
        spread = statistics.stdev(values) if len(values) > 1 else 0.0
        print(f"{name}: {ours[name]:.1%} (sd {spread:.1%}); Hudgins {standard[name]:.1%}")


if __name__ == "__main__":
    main()
