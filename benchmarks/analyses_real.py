"""Analyses on recordings of others, as a table and as pictures to look at.

    python -m benchmarks.analyses_real FOLDER --pictures OUT

FOLDER holds ``fatigue_plux``, ``lowerlimb_uci``, ``gestures_plux_rps`` and
``gestures_muscletracker`` with the SOURCE.md of each. What is known of them: in
``fatigue_plux`` the median frequency falls from 75 to 52 Hz (first and last three windows of
3 s); ``lowerlimb_uci`` has a goniometer at the knee, whose sign differs between subjects.
"""

from __future__ import annotations

import argparse
import os
import zipfile
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

from emgstudio.core.types import ConditionSpec
from emgstudio.dsp.analyses.coactivation import falconer_winter, rudolph
from emgstudio.dsp.analyses.fatigue import hold
from emgstudio.dsp.analyses.gait import Cycles, active_share, cycles, on_off, turning_points
from emgstudio.dsp.analyses.timing import sharp_bursts
from emgstudio.dsp.conditioner import Conditioner, sections
from emgstudio.dsp.envelope import linear_envelope
from emgstudio.dsp.filters import zero_phase
from emgstudio.dsp.onset import Interval, WhitenedDoubleThreshold, signal_to_noise_db
from emgstudio.dsp.spectrum import median_frequency, psd
from emgstudio.session.therapy.figure import Figure
from emgstudio.session.therapy.measuring_cycles import cycle_figure
from emgstudio.session.therapy.muscle_signal import resting

Floats = NDArray[np.float64]

SPEC = ConditionSpec(20.0, 450.0, order=2)
MUSCLES = ("RF", "BF", "VM", "ST")
PAIRS = ((0, 1), (2, 3))
WALKS = ("N_TXT/4Nmar.txt", "N_TXT/8Nmar.txt", "A_TXT/3Amar.txt", "A_TXT/4Amar.txt")
DRAWN_WALK = "A_TXT/4Amar.txt"
WIDE, HIGH, SCALE = 560.0, 128.0, 2.0


def clean(x: Floats, rate: float) -> Floats:
    """Band-passed without lag ``(n,)``."""
    return zero_phase(sections(SPEC, rate), x[:, None])[:, 0]


def bursts(x: Floats, rate: float) -> tuple[tuple[Interval, ...], float]:
    """Activity as in reports, and how far it is above rest in dB."""
    y = clean(x, rate)
    rest = resting(y, rate)
    there = np.ones(len(x), bool)
    ways = [
        Conditioner(SPEC, rate, 1).process64(part[:, None], there)[:, 0] for part in (x, x[::-1])
    ]
    found = sharp_bursts(WhitenedDoubleThreshold(), ways[0], ways[1][::-1], rate, rest)
    return found, signal_to_noise_db(y, rest, found)


def fatigue(folder: Path) -> list[Figure]:
    """Cyclic work of the biceps until it is tired."""
    import h5py

    with h5py.File(folder / "fatigue_plux" / "emg_fatigue.h5") as file:
        raw = file["00:07:80:4C:01:B1/raw/channel_2"][:, 0]
    rate = 1000.0
    x = zero_phase(
        sections(ConditionSpec(10.0, 450.0, order=2), rate), ((raw / 4096 - 0.5) * 3000)[:, None]
    )[:, 0]
    slow = [x[k : k + 3000] for k in range(0, len(x) - 2999, 3000)]
    size = np.array([np.sqrt(np.mean(w**2)) for w in slow])
    kept = [w for w, s in zip(slow, size, strict=True) if s > 0.3 * np.median(size)]
    mdf = [float(median_frequency(*psd(w[:, None], rate), 10, 450)[0]) for w in kept]
    print("fatigue_plux, windows of 3 s: "
          f"{np.mean(mdf[:3]):.1f} -> {np.mean(mdf[-3:]):.1f} Hz (known: 75 -> 52)")  # fmt: skip
    found = hold("Biceps", "µV", x, rate, "10-450 Hz, zero-phase")
    for row in found.measures:
        print(f"  {row.name:24s} {row.value:9.3f} {row.unit:5s} {'; '.join(row.flags)}")
    print(f"  {found.sentence} JASA: {found.trend}")
    line = found.median
    ends = tuple((t, line.start + line.slope * t) for t in (found.times[0], found.times[-1]))
    return [
        Figure("Biceps until tired: median frequency", found.times, found.median_hz, "s", "Hz",
               dots=True, line=ends),
        Figure("RMS of the same seconds", found.times, found.rms, "s", "µV", dots=True),
    ]  # fmt: skip


def limb_file(folder: Path, name: str) -> Floats:
    """``(n, 5)``: four muscles in µV and the knee in degrees, at 1000 Hz."""
    with zipfile.ZipFile(folder / "lowerlimb_uci" / "original_txt.zip") as packed:
        lines = packed.read(name).decode("latin1").splitlines()
    rows = [line.split("\t") for line in lines if line[:1] in "-0123456789"]
    data = np.array([[float(v) for v in r[:5]] for r in rows if len(r) >= 5 and "" not in r[:5]])
    data[:, :4] *= 1000.0
    return data


def walking(folder: Path, name: str) -> list[Figure]:
    """Cycles from one deepest bend of the knee to the next."""
    data, rate = limb_file(folder, name), 1000.0
    events = turning_points(data[:, 4], rate)
    envelopes = [linear_envelope(clean(data[:, k], rate)[:, None], rate)[:, 0] for k in range(4)]
    # In per cent of the peak of the mean step, the default of walking.
    made: list[Cycles] = []
    for k in range(4):
        plain = cycles(envelopes[k], rate, events)
        envelopes[k] = 100.0 * envelopes[k] / plain.mean.max()
        made.append(cycles(envelopes[k], rate, events))
    typical = made[0].typical
    print(f"{name}: {len(events)} bends of the knee, {int(typical.sum())} alike of "
          f"{len(typical)} cycles, {made[0].seconds[typical].mean():.2f} s")  # fmt: skip
    figures = [
        Figure("Knee angle, shaded where a cycle begins", np.arange(0, len(data), 10) / rate,
               data[::10, 4], "s", "degrees",
               spans=tuple((t - 0.15, t + 0.15) for t in events)),
    ]  # fmt: skip
    for k, muscle in enumerate(MUSCLES):
        active, snr = bursts(data[:, k], rate)
        share = active_share(active, rate, made[k])
        on, off = on_off(share)
        print(f"  {muscle}: on {on:3.0f} %, off {off:3.0f} % of the cycle, variability "
              f"{made[k].variability:3.0f} %, {snr:.0f} dB")  # fmt: skip
        figures.append(cycle_figure(muscle, "% of its peak", made[k], share))
    for a, b in PAIRS:
        x, y = made[a].mean, made[b].mean
        overlap = falconer_winter(x, y)
        print(f"  {MUSCLES[a]}/{MUSCLES[b]}: overlap {overlap:.0f} %, "
              f"co-activation {rudolph(x, y):.0f}")  # fmt: skip
        figures.append(
            Figure(f"{MUSCLES[a]}, shaded what it shares with {MUSCLES[b]}: overlap "
                   f"{overlap:.0f} %", np.linspace(0, 100, len(x)), x, "% of the cycle",
                   "% of its peak", low=np.zeros_like(x), high=np.minimum(x, y))
        )  # fmt: skip
    return figures


def onsets(folder: Path) -> list[Figure]:
    """What the detector finds in signals that nobody marked to the millisecond."""
    plux = folder / "gestures_plux_rps"
    leg = limb_file(folder, "N_TXT/4Nsen.txt")
    rps = (np.loadtxt(plux / "2_1.txt")[:, 2] / 2**16 - 0.5) * 3000
    bio = np.load(folder / "gestures_muscletracker" / "biopac_s01.npz")
    limb = limb_file(folder, "A_TXT/4Apie.txt")
    cases: list[tuple[str, Floats, float]] = [
        ("Knee extension sitting, VM (lowerlimb_uci 4N)", leg[:, 2], 1000.0),
        ("Standing leg flexion, BF (lowerlimb_uci 4A)", limb[:, 1], 1000.0),
        ("Hand gestures, forearm (gestures_plux_rps 2_1)", rps, 1000.0),
        (f"Hand gestures, channel 1 (biopac_s01), {float(bio['fs']):g} Hz",
         bio["emg"][: round(30 * float(bio["fs"])), 0].astype(float), float(bio["fs"])),
    ]  # fmt: skip
    figures = []
    for title, x, rate in cases:
        found, snr = bursts(x, rate)
        lengths = [(b.stop - b.start) / rate for b in found]
        print(f"{title}: {len(found)} bursts, median {np.median(lengths):.2f} s, {snr:.0f} dB")
        shown = clean(x, rate)
        shown *= 100.0 / np.abs(shown).max()
        figures.append(
            Figure(title, np.arange(len(x)) / rate, shown, "s", "% of its peak",
                   spans=tuple((b.start / rate, b.stop / rate) for b in found))
        )  # fmt: skip
    return figures


def draw(figures: Sequence[Figure], file: Path) -> None:
    """One below the other, white as paper."""
    from PySide6.QtCore import QRectF, Qt
    from PySide6.QtGui import QImage, QPainter

    from emgstudio.gui.report.figures import figure_plot

    image = QImage(
        round(WIDE * SCALE), round(HIGH * SCALE * len(figures)), QImage.Format.Format_RGB32
    )
    image.fill(Qt.GlobalColor.white)
    painter = QPainter(image)
    painter.setRenderHints(QPainter.RenderHint.Antialiasing)
    painter.scale(SCALE, SCALE)
    for k, figure in enumerate(figures):
        figure_plot(figure, painter, QRectF(0, k * HIGH, WIDE, HIGH), k)
    painter.end()
    image.save(str(file))
    print(f"  drawn: {file}")


def main() -> None:
    """All of it."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("--pictures", type=Path, metavar="OUT")
    arguments = parser.parse_args()
    parts: list[tuple[str, Callable[[Path], list[Figure]]]] = [("fatigue", fatigue)]
    for name in WALKS:
        parts.append((f"walking-{Path(name).stem}", partial(walking, name=name)))
    parts.append(("onsets", onsets))
    made = {name: work(arguments.folder) for name, work in parts}
    if arguments.pictures is not None:
        from PySide6.QtGui import QGuiApplication

        _application = QGuiApplication([])
        arguments.pictures.mkdir(parents=True, exist_ok=True)
        for name, figures in made.items():
            draw(figures, arguments.pictures / f"{name}.png")


if __name__ == "__main__":
    main()
