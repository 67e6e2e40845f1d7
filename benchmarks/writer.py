"""What writing a recording costs: 64 channels at 4 kHz in real time, with the overview growing.

The recorder's own thread hands 100 ms to the writer each time, so that is what is timed:
data, index and overview; the flush to the disk once a second is timed apart. Beside it in
the same run, alternately, so that all meet the same load: the writer without its overview,
HDF5 by h5py as others record with it (resize and assign, flush each second), and
numpy appended to a file (no checksum, no index).

    python -m benchmarks.writer --seconds 30
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import tempfile
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np

from emgstudio.core.types import Channel, Samples, StreamInfo
from emgstudio.storage.writer import StreamWriter

CHANNELS, RATE, CHUNK_S = 64, 4000.0, 0.1
FLUSH_EVERY = 10


@dataclass(frozen=True)
class Cost:
    """``share_percent`` of one core in real time, flushes included; times in ms.

    ``append_cpu_p99_ms`` is processor time: on a busy machine the clock on the wall also counts
    what other programs did meanwhile.
    """

    writer: str
    share_percent: float
    append_median_ms: float
    append_p99_ms: float
    append_cpu_p99_ms: float
    flush_median_ms: float
    finish_ms: float
    megabytes: float


@dataclass
class Writer:
    """How to append 100 ms, flush and finish."""

    name: str
    append: Callable[[Samples], object]
    flush: Callable[[], object]
    finish: Callable[[], object]
    folder: Path


def ours(folder: Path, overview: bool) -> Writer:
    """The app's writer, one stream."""
    folder.mkdir()
    channels = tuple(Channel(f"EMG {k + 1}") for k in range(CHANNELS))
    info = StreamInfo("emg", RATE, channels, "int16", "benchmark")
    made = StreamWriter(folder, "emg", info, overview=overview)
    begun = time.perf_counter_ns()

    def finish() -> None:
        made.sync()
        made.close_samples()
        made.finish_overview()

    name = "EMG Studio" + (" with overview" if overview else ", no overview")
    return Writer(name, lambda data: made.append(data, begun), made.sync, finish, folder)


def hdf5(folder: Path) -> Writer | None:
    """HDF5 the way recorders use it; None without h5py."""
    try:
        import h5py
    except ImportError:
        return None
    folder.mkdir()
    file = h5py.File(folder / "emg.h5", "w")
    block = round(RATE)
    data = file.create_dataset(
        "emg", (0, CHANNELS), "i2", maxshape=(None, CHANNELS), chunks=(block, CHANNELS)
    )

    def append(rows: Samples) -> None:
        at = len(data)
        data.resize(at + len(rows), axis=0)
        data[at:] = rows

    def flush() -> None:
        file.flush()
        os.fsync(file.id.get_vfd_handle())

    return Writer("HDF5 (h5py)", append, flush, file.close, folder)


def plain(folder: Path) -> Writer:
    """Bytes behind bytes."""
    folder.mkdir()
    file = (folder / "emg.bin").open("wb", buffering=0)
    return Writer(
        "numpy append",
        lambda rows: file.write(rows.tobytes()),
        lambda: (
            os.fdatasync(file.fileno()) if hasattr(os, "fdatasync") else os.fsync(file.fileno())
        ),
        file.close,
        folder,
    )


def measure(folder: Path, seconds: float) -> list[Cost]:
    """All writers get the same chunks in turn."""
    writers = [ours(folder / "ours", True), ours(folder / "bare", False), plain(folder / "plain")]
    other = hdf5(folder / "hdf5")
    if other is not None:
        writers.append(other)
    random = np.random.default_rng(1)
    rows = round(RATE * CHUNK_S)
    chunks = [random.normal(0, 300, (rows, CHANNELS)).astype(np.int16) for _ in range(FLUSH_EVERY)]
    wall: dict[str, list[float]] = {w.name: [] for w in writers}
    busy: dict[str, float] = dict.fromkeys(wall, 0.0)
    spent: dict[str, list[float]] = {w.name: [] for w in writers}
    flushed: dict[str, list[float]] = {w.name: [] for w in writers}
    for turn in range(round(seconds / CHUNK_S)):
        for writer in writers:
            cpu, began = time.thread_time(), time.perf_counter()
            writer.append(chunks[turn % len(chunks)])
            wall[writer.name].append(1e3 * (time.perf_counter() - began))
            took = time.thread_time() - cpu
            busy[writer.name] += took
            spent[writer.name].append(1e3 * took)
            if turn % FLUSH_EVERY == FLUSH_EVERY - 1:
                began = time.perf_counter()
                cpu = time.thread_time()
                writer.flush()
                busy[writer.name] += time.thread_time() - cpu
                flushed[writer.name].append(1e3 * (time.perf_counter() - began))
    return [
        _cost(w, wall[w.name], spent[w.name], busy[w.name], flushed[w.name], seconds)
        for w in writers
    ]


def _cost(
    writer: Writer,
    wall: list[float],
    spent: list[float],
    busy: float,
    flushed: list[float],
    seconds: float,
) -> Cost:
    began = time.perf_counter()
    writer.finish()
    finish_ms = 1e3 * (time.perf_counter() - began)
    size = sum(path.stat().st_size for path in writer.folder.iterdir())
    return Cost(
        writer.name,
        round(100 * busy / seconds, 3),
        round(float(np.median(wall)), 3),
        round(float(np.percentile(wall, 99)), 3),
        round(float(np.percentile(spent, 99)), 3),
        round(float(np.median(flushed)), 2),
        round(finish_ms, 1),
        round(size / 1e6, 1),
    )


def main() -> None:
    """Prints a table, or JSON."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--seconds", type=float, default=30.0, help="of signal")
    parser.add_argument("--folder", type=Path, help="on the disk to be measured")
    parser.add_argument("--json", action="store_true")
    args = parser.parse_args()
    folder = Path(tempfile.mkdtemp(dir=args.folder))
    try:
        costs = measure(folder, args.seconds)
    finally:
        shutil.rmtree(folder)
    if args.json:
        print(json.dumps([asdict(cost) for cost in costs], indent=2))
        return
    print(f"{CHANNELS} channels, {RATE:g} Hz, int16, {CHUNK_S * 1e3:g} ms at a time")
    print(
        f"{'':28}{'core %':>8}{'median':>8}{'p99':>8}{'cpu p99':>8}{'flush':>8}{'end':>8}{'MB':>8}"
    )
    for c in costs:
        print(
            f"{c.writer:28}{c.share_percent:8.2f}{c.append_median_ms:8.3f}{c.append_p99_ms:8.3f}"
            f"{c.append_cpu_p99_ms:8.3f}{c.flush_median_ms:8.2f}{c.finish_ms:8.1f}{c.megabytes:8.1f}"
        )


if __name__ == "__main__":
    main()
