"""What labelling costs: keys with many labels, and suggestions on recordings whose truth is known.

    python -m benchmarks.labels                       # ten thousand labels, and a simulated session

Suggestions are right when their label is and both edges are within 30 ms of the truth. The
truth of simulated sessions is when the muscles' own signal, on the clearest channel, is twice
what there is at rest (noise and tone). The key-stroke model is that of Card, Moran and
Newell 1980 (Commun ACM 23:396): 0.28 s for a key, 1.1 s for pointing, 1.35 s for looking.
"""

from __future__ import annotations

import argparse
import math
import os
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import numpy as np

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

from benchmarks.label_actions import HOURS, actions
from emgstudio.core.tasks import Progress
from emgstudio.core.types import Annotation, ConditionSpec, Source
from emgstudio.devices.emulators import sensor as simulated
from emgstudio.devices.emulators.scenarios import scenario
from emgstudio.session.suggesting import Suggester, Wish, suggest
from emgstudio.storage.new_session import NewSession
from emgstudio.storage.recording import Recording

KEY_S, POINT_S, LOOK_S = 0.28, 1.1, 1.35
WITHIN_S = 0.030
RATE = 1000.0
GESTURES = ("fist", "open", "pinch", "point", "wrist_flexion")
HOLD_S, PAUSE_S = 2.0, 1.6
CUED = 100


@dataclass(frozen=True, slots=True)
class Score:
    """How suggestions compare with the truth, and what correcting them costs in seconds."""

    true: int
    suggested: int
    unchanged: int
    other_label: int
    missed: int
    extra: int
    seconds: float
    start_ms: float
    stop_ms: float

    def line(self, name: str) -> str:
        share = self.unchanged / max(1, self.true)
        return (
            f"{name:<26} {self.true:>5} {self.suggested:>9} {share:>10.0%} {self.other_label:>11}"
            f" {self.missed:>7} {self.extra:>6} {self.start_ms:>9.0f} {self.stop_ms:>8.0f}"
            f" {self.seconds:>8.0f}"
        )


HEADING = (
    f"{'suggestions from':<26} {'true':>5} {'suggested':>9} {'unchanged':>10} {'other label':>11}"
    f" {'missed':>7} {'extra':>6} {'start ms':>9} {'end ms':>8} {'model s':>8}"
)


def compare(truth: Sequence[Annotation], found: Sequence[Annotation], any_label: bool) -> Score:
    """Match by overlap and count what a person would have to do."""
    left = list(found)
    unchanged = other = missed = 0
    seconds = 0.0
    errors: list[tuple[float, float]] = []
    for true in truth:
        near = [a for a in left if min(a.stop, true.stop) > max(a.start, true.start)]
        if not near:
            missed += 1
            seconds += LOOK_S + 2 * (POINT_S + KEY_S) + KEY_S
            continue
        best = max(near, key=lambda a: min(a.stop, true.stop) - max(a.start, true.start))
        left.remove(best)
        shifts = (best.start - true.start, best.stop - true.stop)
        errors.append(shifts)
        wrong = not any_label and best.label != true.label
        keys = 1 + sum(nudges(shift) for shift in shifts)
        other += wrong
        unchanged += not wrong and max(map(abs, shifts)) <= WITHIN_S
        seconds += LOOK_S + keys * KEY_S
    seconds += len(left) * (LOOK_S + KEY_S)
    starts, stops = (np.median(np.abs(e)) * 1000 for e in np.array(errors or [(0, 0)]).T)
    return Score(
        len(truth), len(found), unchanged, other, missed, len(left), seconds, starts, stops
    )


def nudges(shift: float) -> int:
    """Keys for an edge that lies off by more than 30 ms: steps of 100 and of 10 ms."""
    if abs(shift) <= WITHIN_S:
        return 0
    hundreds, rest = divmod(abs(shift), 0.1)
    up = math.ceil(rest / 0.01 - 1e-9)
    return int(hundreds) + min(up, 1 + (10 - up))


def simulate(folder: Path, cued: int, seed: int) -> tuple[Path, list[Annotation]]:
    """A cued session of the simulated armband and when its muscles were really active."""
    setup = simulated.SensorSetup(RATE, 8, "A", seed, 1.0, 1.0)
    device = simulated.SimulatedSensor(scenario("gestures"), setup)
    order = np.random.default_rng(seed).permutation(np.arange(cued) % len(GESTURES))
    cues = [
        Annotation(
            3.0 + k * (HOLD_S + PAUSE_S),
            3.0 + k * (HOLD_S + PAUSE_S) + HOLD_S,
            GESTURES[which],
            "cue",
            Source.CUE,
            repetition=k // len(GESTURES) + 1,
        )
        for k, which in enumerate(order)
    ]
    made = NewSession(
        folder, [(device.info, ConditionSpec())], {}, host_s=0.0, created=datetime.now(UTC)
    )
    drives: list[np.ndarray] = []
    blocks: list[np.ndarray] = []
    step = device._performer.step

    def noted() -> np.ndarray:
        drives.append(step())
        return drives[-1]

    device._performer.step = noted  # type: ignore[method-assign]
    tick_s = device.tick_samples / RATE
    # A command holds until the next one: as many ticks at once as it lasts.
    for until, wanted in _commands(cues):
        device.command(wanted, 1.0)
        blocks.append(device.ticks(math.ceil(until / tick_s - 1e-9) - len(drives)))
    made.streams[0].writer.append(np.concatenate(blocks), 0)
    made.annotations.add(*cues)
    made.finish("benchmark")
    strength = np.sqrt(np.square(drives) @ np.square(device._muscles.mixing).T).max(axis=1)
    amplitude = simulated.FULL_EFFORT_UV * strength
    return folder, true_spans(cues, amplitude, tick_s, simulated.NOISE_UV)


def _commands(cues: Sequence[Annotation]) -> list[tuple[float, str]]:
    """Until when (s) which movement is asked for."""
    pairs = [((cue.start, "rest"), (cue.stop, cue.label)) for cue in cues]
    return [command for pair in pairs for command in pair] + [(cues[-1].stop + 3.0, "rest")]


def true_spans(
    cues: Sequence[Annotation], amplitude: np.ndarray, tick_s: float, noise: float
) -> list[Annotation]:
    """When the muscles' own signal, at the end of each tick, is twice what there is at rest."""
    ends = (np.arange(len(amplitude)) + 1) * tick_s
    tone = amplitude[ends < cues[0].start]
    level = 2.0 * float(np.sqrt(noise**2 + np.mean(np.square(tone))))
    above = amplitude > level
    spans = []
    for cue in cues:
        inside = np.flatnonzero((ends >= cue.start) & (ends <= cue.stop + 1.0) & above)
        after = np.flatnonzero((ends > cue.stop) & ~above)
        first, last = inside[0], after[0]
        spans.append(
            Annotation(
                crossing(ends, amplitude, first, level),
                crossing(ends, amplitude, last, level),
                cue.label,
                "truth",
            )
        )
    return spans


def crossing(ends: np.ndarray, amplitude: np.ndarray, at: int, level: float) -> float:
    """When a line between two ticks meets ``level``."""
    if at == 0:
        return float(ends[0])
    before, after = amplitude[at - 1], amplitude[at]
    share = (level - before) / (after - before) if after != before else 1.0
    return float(ends[at - 1] + share * (ends[at] - ends[at - 1]))


def score_recording(
    path: Path, truth: Sequence[Annotation], labels: Sequence[Annotation], name: str
) -> None:
    """Print one line for each source of suggestions that the recording has something for."""
    wishes = [("activity, any channel", Wish(Suggester.ACTIVITY, "auto"), True)]
    if any(a.source is Source.CUE for a in labels):
        wishes.append(("cues to the muscle", Wish(Suggester.CUES, "auto"), False))
    examples = first_of_each(truth, 2)
    wishes.append((f"like {len(examples)} labelled", Wish(Suggester.ALIKE, "auto"), False))
    for title, wish, any_label in wishes:
        known = [*labels, *examples] if wish.suggester is Suggester.ALIKE else labels
        began = time.process_time()
        found = suggest(path, wish, known, progress=Progress())
        spent = time.process_time() - began
        score = compare(truth, found.annotations, any_label)
        print(score.line(f"{name}{title}") + f"   {spent:.1f} s CPU; {found.said}")


def first_of_each(truth: Sequence[Annotation], count: int) -> list[Annotation]:
    """Some examples of each label, as a person would have made them."""
    made: dict[str, list[Annotation]] = {}
    for a in truth:
        made.setdefault(a.label, [])
        if len(made[a.label]) < count:
            made[a.label].append(Annotation(a.start, a.stop, a.label, "labels"))
    return [a for group in made.values() for a in group]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("--hours", type=float, default=HOURS)
    parser.add_argument("--sessions", type=int, default=3, help="simulated ones")
    parser.add_argument("--only", choices=("keys", "suggestions"))
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        if chosen.only != "keys":
            print(HEADING)
            for seed in range(1, chosen.sessions + 1):
                path, truth = simulate(Path(scratch) / f"simulated-{seed}", CUED, seed)
                with Recording.open(path) as recording:
                    labels = recording.annotations
                score_recording(path, truth, labels, f"{seed}: ")
    if chosen.only != "suggestions":
        actions(chosen.hours)


if __name__ == "__main__":
    main()
