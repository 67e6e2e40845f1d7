"""Fills a small disk while recording and checks that everything before is exact.

Each size is a tmpfs of its own (needs root): once with no reserve, so that the
disk itself says no, and once with a reserve, so that the recorder stops before.

    python -m benchmarks.diskfull --sizes 6 30 300
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np

from benchmarks.crash import CounterSource
from emgstudio.core.errors import EmgError
from emgstudio.core.outbox import Outbox
from emgstudio.core.types import Annotation, Notice
from emgstudio.storage.disk_space import DiskPolicy
from emgstudio.storage.recorder import Recorder
from emgstudio.storage.recording import Recording
from emgstudio.storage.recovery import verify

FEED_AT_ONCE = 4000
LONGEST_S = 60.0


@dataclass
class Filled:
    """What became of a recording on a disk that filled up."""

    disk_mb: float
    reserve_mb: float
    ended: str
    notice: str
    fed: int
    saved: int
    exact: bool
    verified: bool
    label_saved: bool


@contextmanager
def small_disk(megabytes: float) -> Iterator[Path]:
    """A tmpfs of that size; PermissionError when this process may not mount."""
    if not hasattr(os, "geteuid") or os.geteuid() != 0:
        raise PermissionError("mounting a tmpfs needs root")
    with tempfile.TemporaryDirectory() as folder:
        options = f"size={round(megabytes * 1024)}k"
        mount = ["mount", "-t", "tmpfs", "-o", options, "emgstudio-test", folder]
        if subprocess.run(mount, capture_output=True, check=False).returncode:
            raise PermissionError("mounting a tmpfs is not allowed here")
        try:
            yield Path(folder)
        finally:
            subprocess.run(["umount", folder], check=True)


def fill(folder: Path, disk_mb: float, reserve_mb: float) -> Filled:
    """Record faster than real time until the recorder stops by itself."""
    outbox, source = Outbox(), CounterSource()
    policy = DiskPolicy(reserve_bytes=round(reserve_mb * 1e6), ballast_bytes=1_000_000)
    recorder = Recorder(folder, [source.stream()], {}, outbox, policy)
    recorder.start()
    mark = Annotation(0.0, 0.0, "before it was full")
    recorder.annotations.add(mark)
    deadline = time.monotonic() + LONGEST_S
    while recorder.status.state == "recording" and time.monotonic() < deadline:
        waiting = source.ring.head - recorder.status.bytes // (4 * 16)
        if waiting < 2 * FEED_AT_ONCE:
            source.packet(FEED_AT_ONCE)
        else:
            time.sleep(0.005)
    path = recorder.stop()
    notices = [n for n in outbox.drain() if isinstance(n, Notice)]
    with Recording.open(path) as recording:
        data, valid = recording.main.raw(0, recording.main.samples)
        exact = bool(valid.all()) and np.array_equal(data[:, 0], np.arange(len(data)))
        saved, labels = len(data), recording.annotations
    return Filled(
        disk_mb,
        reserve_mb,
        str(recorder.status.state),
        notices[-1].text if notices else "",
        source.ring.head,
        saved,
        exact,
        verify(path).ok,
        any(label.id == mark.id for label in labels),
    )


def table(megabytes: float) -> bool:
    """The formats on a full disk, a row each; True when ours stopped clean and exact."""
    from benchmarks.crash_formats import CHANNELS, FORMATS, read

    most = round(3 * megabytes * 1e6 / (4 * CHANNELS))
    try:
        with small_disk(megabytes) as folder:
            ours = fill(folder, megabytes, megabytes / 5)
    except PermissionError as error:
        print(f"  Skipped: {error}.")
        return True
    good = ours.exact and ours.verified and ours.label_saved
    print(
        f"  {'ours (recorder)':16} {ours.ended}, “{ours.notice}” exact and verified: {good}, "
        f"{ours.saved * 64 / 1e6:.1f} MB saved"
    )
    for name in FORMATS:
        with small_disk(megabytes) as folder:
            command = [sys.executable, "-m", "benchmarks.crash_child", name, str(folder / "of")]
            more = ["--flat-out", "--most", str(most)]
            ended = subprocess.run([*command, *more], capture_output=True, text=True, check=False)
            said = [line.split() for line in ended.stdout.splitlines()]
            fed = max((int(w[2]) for w in said if len(w) == 3 and w[1] == "fed"), default=0)
            seen = read(name, folder / "of")
        how = "no error" if not ended.returncode else _last_word(ended)
        lost = max(0, fed - seen.exact) / max(1, fed)
        print(
            f"  {name:16} {how}; of what was taken {lost:.0%} lost, "
            f"{seen.wrong} samples wrong without a word {seen.problem[:60]}",
            flush=True,
        )
    return good


def _last_word(ended: subprocess.CompletedProcess[str]) -> str:
    if ended.returncode < 0:
        return f"died by signal {-ended.returncode}"
    return (ended.stderr.strip().splitlines() or ["failed"])[-1][:60]


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--sizes", type=float, nargs="+", default=[6, 30, 300], metavar="MB")
    parser.add_argument("--json", action="store_true")
    arguments = parser.parse_args()
    results = []
    for size in arguments.sizes:
        for reserve in (0.0, size / 5):
            try:
                with small_disk(size) as folder:
                    results.append(fill(folder, size, reserve))
            except PermissionError as error:
                print(f"Skipped: {error}.")
                return 0
            except EmgError as error:
                print(f"{size:g} MB: not started: {error}")
    if arguments.json:
        print(json.dumps([asdict(result) for result in results], indent=2))
    else:
        for r in results:
            print(
                f"{r.disk_mb:5g} MB, reserve {r.reserve_mb:4.1f} MB: {r.ended}, “{r.notice}” "
                f"saved {r.saved} samples ({r.saved * 64 / 1e6:.1f} MB), exact {r.exact}, "
                f"verified {r.verified}, label {r.label_saved}"
            )
    return 0 if all(r.exact and r.verified and r.label_saved for r in results) else 1


if __name__ == "__main__":
    sys.exit(main())
