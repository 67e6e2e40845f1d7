"""CPU time to open an hour of 16 channels at 2 kHz: ours, EDF and BDF, beside MNE and pyedflib.

Opening is until samples can be asked for, imports done before; then the last 10 s of
all channels are read. Medians of several runs, the files in the system's cache.

    python -m benchmarks.opening
"""

from __future__ import annotations

import argparse
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.review import RATE, write_recording
from emgstudio.storage.exporters import ExportRequest, export
from emgstudio.storage.importers.edf_file import EdfReader
from emgstudio.storage.recording import Recording

LAST_S = 10.0


def cpu_ms(work: Callable[[], Any]) -> tuple[float, Any]:
    """CPU time of the process in ms, and what came out."""
    began = time.process_time()
    made = work()
    return (time.process_time() - began) * 1000, made


def measured(
    name: str, path: Path, repeats: int, opened: Callable[[Path], Any], last: Callable[[Any], Any]
) -> None:
    """Print a row: opening, and the last 10 s."""
    both = []
    for _ in range(repeats):
        first, made = cpu_ms(lambda: opened(path))
        second, data = cpu_ms(lambda made=made: last(made))
        assert len(data)
        both.append((first, second))
        if hasattr(made, "close"):
            made.close()
    opening, reading = (statistics.median(times) for times in zip(*both, strict=True))
    print(f"{name:22} open {opening:8.2f} ms   last 10 s {reading:8.2f} ms", flush=True)


def edf_last(reader: EdfReader) -> list[np.ndarray]:
    """The last 10 s of every channel."""
    records = round(LAST_S / reader.duration_s)
    stop = reader.records
    return [reader.digital(signal, stop - records, stop) for signal in reader.signals]


def pyedflib_last(reader: Any) -> list[np.ndarray]:
    n = round(LAST_S * RATE)
    length = reader.getNSamples()[0]
    return [reader.readSignal(k, length - n, n) for k in range(reader.signals_in_file)]


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--hours", type=float, default=1.0)
    parser.add_argument("--repeats", type=int, default=7)
    arguments = parser.parse_args()
    import mne
    import pyedflib

    readers = {"edf": mne.io.read_raw_edf, "bdf": mne.io.read_raw_bdf}
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "hour"
        write_recording(path, arguments.hours, 500)
        measured(
            "ours",
            path,
            arguments.repeats,
            Recording.open,
            lambda made: made.slice(made.duration_s - LAST_S, made.duration_s).data,
        )
        for kind, with_mne in readers.items():
            report = export(path, Path(folder) / kind, ExportRequest(kind))
            file = next(f for f in report.files if f.suffix == f".{kind}")
            file = report.folder / file
            measured(f"{kind}, ours", file, arguments.repeats, EdfReader, edf_last)
            measured(
                f"{kind}, pyedflib",
                file,
                arguments.repeats,
                lambda file: pyedflib.EdfReader(str(file)),
                pyedflib_last,
            )
            measured(
                f"{kind}, mne",
                file,
                3,
                lambda file, with_mne=with_mne: with_mne(file, verbose="error"),
                lambda raw: raw.get_data(start=raw.n_times - round(LAST_S * RATE)),
            )
    return 0


if __name__ == "__main__":
    sys.exit(main())
