"""The crash campaign: what is left of a recording after kills, power cuts, damage and full disks.

First the whole recorder: a child records 16 channels at 2 kHz in real time (channel 0
counts samples) and sets labels at random moments; it is ended by SIGKILL after 1-5 s.
Then the file formats alone, ours beside HDF5, pyedflib and XDF in the same run:
killed at a device's pace and while writing flat out, power cuts emulated, tails
torn, bits flipped, disks full (needs root). One table is printed.

    python -m benchmarks.crash
    python -m benchmarks.crash --parts recorder --runs 30
"""

from __future__ import annotations

import argparse
import json
import os
import random
import signal
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np

from emgstudio.core.clock import Clock, host_time
from emgstudio.core.errors import EmgError
from emgstudio.core.outbox import Outbox
from emgstudio.core.ring import Ring
from emgstudio.core.types import Annotation, Channel, ConditionSpec, StreamInfo
from emgstudio.storage.recorder import Recorder, SourceStream
from emgstudio.storage.recording import Recording
from emgstudio.storage.recovery import find_unfinished, recover, verify

RATE = 2000.0
CHANNELS = 16
PACKET = 100
PARTS = ("recorder", "kills", "flat", "power", "tails", "bits", "full")


@dataclass
class Kill:
    """What became of one killed recording.

    ``lost_s`` is what the machine had not come to write yet; ``missing`` are samples
    that the recorder had said were in the file.
    """

    after_s: float
    readable: bool
    lost_s: float
    missing: int
    labels_made: int
    labels_missing: int
    offered: bool
    recovered: bool
    problem: str = ""


class CounterSource:
    """A stream in real time whose channel 0 is the sample's own number."""

    def __init__(self) -> None:
        channels = tuple(Channel(f"EMG {k + 1}") for k in range(CHANNELS))
        self.info = StreamInfo("emg", RATE, channels, "int32", "counter", simulated=True)
        self.ring = Ring(round(60 * RATE), CHANNELS, np.int32)
        self.clock = Clock(RATE)

    def stream(self) -> SourceStream:
        return SourceStream(self.info, self.ring.reader(), self.clock, ConditionSpec())

    def packet(self, count: int = PACKET) -> None:
        first = self.ring.head
        data = np.random.default_rng(first).integers(-2000, 2000, (count, CHANNELS), np.int32)
        data[:, 0] = np.arange(first, first + count)
        self.ring.write(data)
        self.clock.update(self.ring.head - 1, host_time())


def record_until_killed(folder: Path, seed: int) -> None:
    """The child: tells on stdout what was fed, written and labelled, with the system's clock."""
    source = CounterSource()
    recorder = Recorder(folder, [source.stream()], {"title": "crash"}, Outbox())
    recorder.start()
    lock = threading.Lock()

    def tell(*words: object) -> None:
        with lock:
            os.write(1, (" ".join(map(str, (time.monotonic(), *words))) + "\n").encode())

    def label() -> None:
        chance = random.Random(seed)
        while True:
            time.sleep(chance.uniform(0.02, 0.4))
            now = recorder.now()
            annotation = Annotation(now, now, "mark")
            recorder.annotations.add(annotation)
            tell("label", annotation.id)

    threading.Thread(target=label, daemon=True).start()
    tell("ready")
    began = host_time()
    while True:
        time.sleep(max(0.0, began + (source.ring.head + PACKET) / RATE - host_time()))
        source.packet()
        tell("fed", source.ring.head)
        tell("written", recorder.written(source.ring))


def run_once(folder: Path, seed: int, shortest_s: float, longest_s: float) -> Kill:
    """Start a child, kill it, look at what it left, and recover it."""
    command = [sys.executable, str(Path(__file__).resolve()), "--child", str(folder), str(seed)]
    environment = os.environ | {"PYTHONPATH": str(Path(__file__).resolve().parent.parent)}
    child = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment)
    assert child.stdout is not None
    told = [child.stdout.readline()]
    if "ready" not in told[0]:
        raise RuntimeError("the child did not start")
    after_s = random.Random(seed).uniform(shortest_s, longest_s)
    # Counted from what was written: a busy machine may need longer for the first samples.
    enough = labelled = False
    while not (enough and labelled) and (line := child.stdout.readline()):
        told.append(line)
        enough |= _written(line) >= shortest_s * RATE
        labelled |= " label " in line
    time.sleep(after_s - shortest_s)
    killed = time.monotonic()
    child.send_signal(signal.SIGKILL)
    child.wait()
    told += child.stdout.readlines()
    child.stdout.close()
    return judge(folder, [line.split() for line in told], killed, after_s)


def _written(line: str) -> int:
    """How many samples were written when the child said this; 0 if it said something else."""
    _, what, *number = line.split()
    return int(number[0]) if what == "written" else 0


def judge(folder: Path, told: Sequence[Sequence[str]], killed: float, after_s: float) -> Kill:
    """Compare what is on the disk with what the child had said before it died."""
    fed = max((int(w[2]) for w in told if w[1] == "fed" and float(w[0]) <= killed), default=0)
    written = max((int(w[2]) for w in told if w[1] == "written"), default=0)
    due = [w[2] for w in told if w[1] == "label"]
    offered = len(find_unfinished(folder)) == 1
    kill = Kill(after_s, False, fed / RATE, written, len(due), len(due), offered, False)
    try:
        samples = exact_samples(folder)
        kill.readable = samples > 0
        kill.lost_s = max(0, fed - samples) / RATE
        kill.missing = max(0, written - samples)
        present = {a.id for a in Recording.open(folder).annotations}
        kill.labels_missing = sum(key not in present for key in due)
        recover(folder)
        kill.recovered = exact_samples(folder) == samples and verify(folder).ok
    except (EmgError, AssertionError) as error:
        kill.problem = str(error)
    return kill


def exact_samples(folder: Path) -> int:
    """How many samples can be read; raises AssertionError unless they are an exact prefix."""
    with Recording.open(folder) as recording:
        data, valid = recording.main.raw(0, recording.main.samples)
        assert valid.all()
        assert np.array_equal(data[:, 0], np.arange(len(data)))
        for at in range(0, len(data) - PACKET, PACKET):
            same = np.random.default_rng(at).integers(-2000, 2000, (PACKET, CHANNELS), np.int32)
            assert np.array_equal(data[at : at + PACKET, 1:], same[:, 1:])
        return len(data)


def summary(kills: Sequence[Kill]) -> dict[str, object]:
    """The figures of all runs."""
    lost = [kill.lost_s for kill in kills if kill.readable]
    return {
        "runs": len(kills),
        "readable": sum(kill.readable for kill in kills),
        "lost_median_s": statistics.median(lost) if lost else None,
        "lost_max_s": max(lost, default=None),
        "missing": sum(kill.missing for kill in kills),
        "labels_made": sum(kill.labels_made for kill in kills),
        "labels_missing": sum(kill.labels_missing for kill in kills),
        "offered": sum(kill.offered for kill in kills),
        "recovered": sum(kill.recovered for kill in kills),
    }


def recorder_part(runs: int, seed: int, span_s: tuple[float, float], *, as_json: bool) -> bool:
    """Kill the whole recorder; True when nothing that matters is lost."""
    kills = []
    with tempfile.TemporaryDirectory() as folder:
        for run in range(runs):
            kill = run_once(Path(folder) / str(run), seed * 1000 + run, *span_s)
            kills.append(kill)
            if not as_json:
                print(
                    f"{run + 1:3}  killed after {kill.after_s:.2f} s  "
                    f"readable {kill.readable}  lost {kill.lost_s:.3f} s  "
                    f"labels {kill.labels_made - kill.labels_missing}/{kill.labels_made}  "
                    f"recovered {kill.recovered}  {kill.problem}",
                    flush=True,
                )
    figures = summary(kills)
    if as_json:
        print(json.dumps({**figures, "kills": [asdict(kill) for kill in kills]}, indent=2))
    else:
        print("\n".join(f"{key:16} {value}" for key, value in figures.items()))
    return all(
        k.readable and k.recovered and k.offered and not k.missing and not k.labels_missing
        for k in kills
    )


def formats_part(parts: Sequence[str], runs: int, folder: Path, memory: Path) -> bool:
    """The table of the formats; True when ours kept its promises."""
    from benchmarks import crash_damage as damage
    from benchmarks import crash_kills as kills
    from benchmarks.crash_formats import import_readers
    from benchmarks.diskfull import table

    import_readers()
    good = True
    killings = {
        "kills": (
            "Killed at a device's pace",
            lambda: kills.kills(folder, runs, (1, 5), flat_out=False),
        ),
        "flat": (
            "Killed while writing flat out",
            lambda: kills.kills(folder, runs * 2 // 3, (0.2, 1.0), flat_out=True),
        ),
        "power": (
            "Power cuts, emulated",
            lambda: kills.power_cuts(folder, max(2, runs // 4), (3, 6)),
        ),
    }
    for part, (title, run) in killings.items():
        if part in parts:
            print(f"{title}:", flush=True)
            for name, outcomes in run().items():
                print(kills.line(name, outcomes), flush=True)
                good &= name != "ours" or all(o.exact and not o.wrong for o in outcomes)
    for part, title, ours, damages, count in (
        ("tails", "Torn, zeroed, garbage tails", damage.our_tails, damage.DAMAGES, runs * 20),
        ("bits", "One flipped bit", damage.our_bits, (damage.flip,), runs * 7),
    ):
        if part in parts:
            print(f"{title}:", flush=True)
            tally = ours(memory, count)
            print(damage.line("ours", tally), flush=True)
            print("\n".join(f"    {problem}" for problem in tally.problems[:20]), end="")
            good &= not tally.wrong and not tally.died
            for name in ("hdf5", "pyedflib", "xdf"):
                print(
                    damage.line(name, damage.others(memory, name, damages, count // 3)), flush=True
                )
    if "full" in parts:
        print("Disk of 6 MB full:", flush=True)
        good &= table(6.0)
    return good


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--parts", nargs="+", choices=PARTS, default=PARTS)
    parser.add_argument("--runs", type=int, default=30)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--shortest", type=float, default=1.0, metavar="S")
    parser.add_argument("--longest", type=float, default=5.0, metavar="S")
    parser.add_argument("--json", action="store_true", help="the recorder's figures as JSON")
    parser.add_argument("--child", nargs=2, metavar=("FOLDER", "SEED"), help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.child:
        record_until_killed(Path(arguments.child[0]), int(arguments.child[1]))
    good = True
    if "recorder" in arguments.parts:
        span_s = (arguments.shortest, arguments.longest)
        good = recorder_part(arguments.runs, arguments.seed, span_s, as_json=arguments.json)
    if set(arguments.parts) - {"recorder"}:
        # Hundreds of small recordings, each synced: in memory, not on somebody's disk.
        quick = Path("/dev/shm") if os.access("/dev/shm", os.W_OK) else None
        with (
            tempfile.TemporaryDirectory() as folder,
            tempfile.TemporaryDirectory(dir=quick) as memory,
        ):
            good &= formats_part(arguments.parts, arguments.runs, Path(folder), Path(memory))
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())
