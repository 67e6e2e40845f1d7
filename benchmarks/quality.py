"""What the quality lamps say of recordings and simulated signals, and what looking costs.

python -m benchmarks.quality FOLDER     # the share of time of each lamp, per recording
python -m benchmarks.quality --cost     # CPU share at 16 and 384 channels × 2 kHz
"""

from __future__ import annotations

import argparse
import io
import time
import zipfile
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

import numpy as np

from emgstudio.core.types import ARBITRARY_UNIT, MICROVOLT, Channel, StreamInfo
from emgstudio.dsp.quality import TO_MICROVOLT, QualityMeter
from emgstudio.dsp.quality_lamps import LampBoard
from emgstudio.dsp.quality_rules import quality_rules


@dataclass(frozen=True)
class Piece:
    """A recording: raw numbers ``(n, channels)``, and what they mean."""

    name: str
    data: np.ndarray
    rate: float
    unit: str
    scale: float = 1.0
    rails: tuple[float, float] | None = None

    @property
    def info(self) -> StreamInfo:
        channels = tuple(
            Channel(f"{k + 1}", self.unit, self.scale, rails=self.rails)
            for k in range(self.data.shape[1])
        )
        return StreamInfo("EMG", self.rate, channels, "float32", "recording")


def myo(folder: Path) -> Iterator[Piece]:
    rails = (-128.0, 127.0)
    for file in sorted((folder / "gestures_myo_sessions").glob("*.npz")):
        emg = np.load(file)["emg"]
        yield Piece(f"myo {file.stem}", emg.astype(np.float32), 200.0, ARBITRARY_UNIT, 1.0, rails)
    for file in sorted((folder / "gestures_uci_myo").glob("*.npz")):
        loaded = np.load(file)
        stamps = loaded["time_ms"]
        grid = np.arange(stamps[0], stamps[-1], 5)
        held = loaded["emg"][np.searchsorted(stamps, grid, side="right") - 1]
        yield Piece(f"uci {file.stem}", held.astype(np.float32), 200.0, ARBITRARY_UNIT, 1.0, rails)


def muscle_tracker(folder: Path) -> Iterator[Piece]:
    for file in sorted((folder / "gestures_muscletracker").glob("*.npz")):
        loaded = np.load(file)
        unit = str(loaded["unit"])
        known = "mV" if "mV" in unit else MICROVOLT if "V" in unit else ARBITRARY_UNIT
        rate = float(loaded["fs"])
        yield Piece(file.stem, loaded["emg"].astype(np.float32), rate, known)


def plux(folder: Path) -> Iterator[Piece]:
    for file in sorted((folder / "gestures_plux_rps").glob("*.txt")):
        counts = np.loadtxt(file)[:, 2:4]
        yield _plux(f"rps {file.stem}", counts, 16)
    try:
        import h5py
    except ImportError:
        print("(the HDF5 recordings need h5py, which is not installed)")
        return
    with h5py.File(folder / "fatigue_plux" / "emg_fatigue.h5") as file:
        yield _plux("fatigue", _h5(file), 12)
    samples = folder / "import_samples" / "opensignals"
    with h5py.File(samples / "emg_bursts.h5") as file:
        yield _plux("emg_bursts", _h5(file), 16)


def _h5(file: object) -> np.ndarray:
    device = file[next(iter(file))]
    return device["raw"][next(n for n in device["raw"] if n.startswith("channel"))][:]


def _plux(name: str, counts: np.ndarray, bits: int) -> Piece:
    counts = np.asarray(counts, np.float32).reshape(len(counts), -1)
    return Piece(f"plux {name}", counts, 1000.0, "mV", 3.0 / 2**bits, (0.0, 2.0**bits - 1))


def lower_limb(folder: Path) -> Iterator[Piece]:
    archive = zipfile.ZipFile(folder / "lowerlimb_uci" / "original_txt.zip")
    for name in sorted(n for n in archive.namelist() if n.endswith(".txt")):
        lines = io.StringIO(archive.read(name).decode("latin1"))
        rows = [line.split("\t") for line in lines if line[:1] in "-0123456789"]
        kept = [r[:4] for r in rows if len(r) >= 5 and "" not in r[:5]]
        if kept:
            data = np.array(kept, np.float32)
            yield Piece(f"limb {Path(name).stem}", data, 1000.0, "mV")


def needle(folder: Path) -> Iterator[Piece]:
    for file in sorted((folder / "needle_emgdb").glob("*.npz")):
        loaded = np.load(file)
        yield Piece(f"needle {file.stem}", loaded["emg"], float(loaded["fs"]), "mV")


GROUPS = (myo, muscle_tracker, plux, lower_limb, needle)


def told(piece: Piece) -> tuple[Counter[str], int, list[tuple[float, int, str]]]:
    """How many channel moments each code lit, how many there were, and each of them."""
    info = piece.info
    meter = QualityMeter(info, range(info.n_channels))
    microvolts = piece.unit in TO_MICROVOLT
    rules = [r for r in quality_rules() if r.possible(piece.rate, microvolts=microvolts)]
    board = LampBoard(rules, [c.name for c in info.channels])
    counted: Counter[str] = Counter()
    moments: list[tuple[float, int, str]] = []
    hops = len(piece.data) // meter.hop
    whole = np.ones(meter.hop, bool)
    for k in range(hops):
        rows = slice(k * meter.hop, (k + 1) * meter.hop)
        measures = {**meter.add(piece.data[rows], whole), "silence_s": np.zeros(info.n_channels)}
        board.update(measures, meter.hop_s)
        for channel in range(info.n_channels):
            for lamp in board.lamps(channel):
                counted[lamp.code] += 1
                moments.append(((k + 1) * meter.hop_s, channel, lamp.code))
    return counted, hops * info.n_channels, moments


def report(folder: Path, most: int, names: list[str]) -> None:
    for group in (g for g in GROUPS if not names or g.__name__ in names):
        total: Counter[str] = Counter()
        every = 0
        for piece in islice(group(folder), most):
            counted, moments, _ = told(piece)
            total += counted
            every += moments
            shares = ", ".join(f"{c} {100 * n / moments:.0f} %" for c, n in counted.most_common())
            print(
                f"{piece.name:28} {piece.rate:6.0f} Hz {piece.unit:5} {shares or 'nothing'}",
                flush=True,
            )
        shares = ", ".join(f"{c} {100 * n / every:.1f} %" for c, n in total.most_common())
        print(f"== {group.__name__}: {shares or 'nothing'}\n")


def cost() -> None:
    for channels in (16, 64, 384):
        made = tuple(Channel(f"{k}", scale=0.25, rails=(-32768, 32767)) for k in range(channels))
        info = StreamInfo("EMG", 2000.0, made, "int16", "cost")
        meter = QualityMeter(info, range(channels))
        board = LampBoard(quality_rules(), [c.name for c in made])
        raw = np.random.default_rng(1).normal(0.0, 30.0, (meter.hop, channels)).astype(np.int16)
        whole = np.ones(meter.hop, bool)
        for _ in range(8):
            board.update(meter.add(raw, whole), meter.hop_s)
        rounds = 20
        began = time.process_time()
        for _ in range(rounds):
            board.update(meter.add(raw, whole), meter.hop_s)
        spent = (time.process_time() - began) / rounds
        print(
            f"{channels:4} ch × 2 kHz: {1e3 * spent:6.1f} ms each half second, "
            f"{100 * spent / meter.hop_s:.1f} % of a core"
        )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", nargs="?", type=Path)
    parser.add_argument("--cost", action="store_true")
    parser.add_argument("--most", type=int, default=1000, help="recordings of each kind")
    parser.add_argument("--kind", action="append", default=[], help="one of the kinds only")
    asked = parser.parse_args()
    if asked.cost:
        cost()
    if asked.folder is not None:
        report(asked.folder, asked.most, asked.kind)


if __name__ == "__main__":
    main()
