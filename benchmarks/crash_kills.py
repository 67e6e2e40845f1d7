"""Kills writers of all formats, at a device's pace and flat out, and emulates power cuts."""

from __future__ import annotations

import json
import os
import random
import shutil
import signal
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from benchmarks.crash_formats import FORMATS, RATE, read

ROOT = Path(__file__).resolve().parent.parent
NAMES = tuple(FORMATS)
READY_S = 120.0


@dataclass
class Outcome:
    """One killed writer: what it had handed over, and what its reader found."""

    name: str
    fed: int
    exact: int
    wrong: int
    problem: str

    @property
    def lost_s(self) -> float:
        return max(0, self.fed - self.exact) / RATE


def killed(name: str, folder: Path, seed: int, span_s: tuple[float, float], *more: str) -> int:
    """Start a writer, end it by SIGKILL within ``span_s``; how many samples it had handed over."""
    command = [sys.executable, "-m", "benchmarks.crash_child", name, str(folder), *more]
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    child = subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, env=environment, cwd=ROOT
    )
    assert child.stdout is not None
    first = child.stdout.readline()
    if b"ready" not in first:
        child.kill()
        raise RuntimeError(f"the writer of {name} did not start")
    os.set_blocking(child.stdout.fileno(), False)
    said = bytearray()
    until = time.monotonic() + random.Random(seed).uniform(*span_s)
    while time.monotonic() < until:
        # A full pipe would stop the writer.
        said += child.stdout.read() or b""
        time.sleep(0.005)
    child.send_signal(signal.SIGKILL)
    child.wait()
    said += child.stdout.read() or b""
    child.stdout.close()
    lines = [line.split() for line in said.decode().splitlines()]
    return max((int(w[2]) for w in lines if len(w) == 3 and w[1] == "fed"), default=0)


def kills(
    folder: Path, runs: int, span_s: tuple[float, float], *, flat_out: bool
) -> dict[str, list[Outcome]]:
    """Each format ``runs`` times; formats side by side, so that the machine is the same."""

    def row(name: str) -> list[Outcome]:
        return [one(name, number) for number in range(runs)]

    def one(name: str, number: int) -> Outcome:
        place = folder / f"{name}-{number}"
        fed = killed(name, place, number, span_s, *(["--flat-out"] if flat_out else []))
        seen = read(name, place)
        shutil.rmtree(place)
        return Outcome(name, fed, seen.exact, seen.wrong, seen.problem)

    with ThreadPoolExecutor(1 if flat_out else len(NAMES)) as together:
        return dict(zip(NAMES, together.map(row, NAMES), strict=True))


def power_cuts(folder: Path, runs: int, span_s: tuple[float, float]) -> dict[str, list[Outcome]]:
    """Only what was synced is there, or zeros in place of the rest, or some files are newer."""
    found: dict[str, list[Outcome]] = {name: [] for name in NAMES}

    def row(name: str) -> None:
        for number in range(runs):
            place, shadow = folder / f"{name}-{number}", folder / f"{name}-{number}-shadow"
            fed = killed(name, place, number, span_s, "--shadow", str(shadow))
            for kind, image in images(place, shadow, folder / f"{name}-{number}-cut"):
                seen = read(name, image)
                found[name].append(
                    Outcome(f"{name} {kind}", fed, seen.exact, seen.wrong, seen.problem)
                )
                shutil.rmtree(image)
            shutil.rmtree(place)
            shutil.rmtree(shadow)

    with ThreadPoolExecutor(len(NAMES)) as together:
        list(together.map(row, NAMES))
    return found


def images(place: Path, shadow: Path, image: Path) -> Iterator[tuple[str, Path]]:
    """What may be on the disk after a power cut, one after the other in ``image``."""
    actual = [p for p in sorted(place.rglob("*")) if p.is_file()]
    folders = [json.loads(p.read_text()) for p in shadow.glob("names-*.json")]
    named = {(entry["folder"], name) for entry in folders for name in entry["names"]}
    yield "synced only", _image(image, folders, shadow)
    _image(image, folders, shadow)
    for file in actual:
        # A file that grew without a sync may have its new length and zeros in it.
        put = image / file.relative_to(place)
        if (str(put.parent.relative_to(image)), put.name) in named or not folders:
            put.parent.mkdir(parents=True, exist_ok=True)
            with put.open("ab") as grown:
                grown.truncate(max(put.stat().st_size, file.stat().st_size))
    yield "zeros after it", image
    for newer in actual:
        # Blocks reach the disk in any order: one file may be ahead of the others.
        _image(image, folders, shadow)
        put = image / newer.relative_to(place)
        put.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(newer, put)
        yield f"{newer.suffix} ahead", image


def _image(image: Path, folders: Sequence[dict], shadow: Path) -> Path:
    shutil.rmtree(image, ignore_errors=True)
    image.mkdir(parents=True)
    for entry in folders:
        target = image / entry["folder"]
        target.mkdir(parents=True, exist_ok=True)
        for name, inode in entry["names"].items():
            kept = shadow / f"bytes-{inode}"
            (target / name).write_bytes(kept.read_bytes() if kept.exists() else b"")
    if not folders:
        # Nobody synced the folder; let the names have survived, with what was synced of them.
        for kept in shadow.glob("bytes-*"):
            _by_ending(image, kept)
    return image


def _by_ending(image: Path, kept: Path) -> None:
    head = kept.read_bytes()[:8]
    ending = {b"\x89HDF": "h5", b"XDF:": "xdf"}.get(head[:4], "bin")
    shutil.copy(kept, image / f"emg.{ending}")


def line(title: str, outcomes: Sequence[Outcome]) -> str:
    """A row of the table."""
    good = [o for o in outcomes if o.exact and not o.wrong and not o.problem]
    lost = [o.lost_s for o in good]
    times = f"{statistics.median(lost):.2f} / {max(lost):.2f}" if lost else "–"
    wrong = sum(bool(o.wrong) for o in outcomes)
    problems = sorted({o.problem.split(":")[0] for o in outcomes if o.problem})
    return (
        f"  {title:16} readable and exact {len(good):3}/{len(outcomes):<3}  lost s {times:13}"
        f"  wrong without a word {wrong:3}  {', '.join(problems)[:70]}"
    )
