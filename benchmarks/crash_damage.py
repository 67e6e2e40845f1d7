"""Torn tails and flipped bits: what readers make of files that a crash or a disk has damaged."""

from __future__ import annotations

import random
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from benchmarks.crash_formats import FORMATS, PACKET, read, samples
from emgstudio.core.errors import EmgError
from emgstudio.core.types import Annotation, ConditionSpec
from emgstudio.storage.new_session import NewSession
from emgstudio.storage.recording import Recording
from emgstudio.storage.recovery import recover, verify

PACKETS = 40
SECTOR = 512
LABELS = 20
Damage = Callable[[bytearray, random.Random], None]


@dataclass
class Tally:
    """How many of ``trials`` were told, and how many gave wrong samples without a word."""

    trials: int = 0
    exact: int = 0
    refused: int = 0
    wrong: int = 0
    died: int = 0
    problems: tuple[str, ...] = ()


def cut(data: bytearray, draw: random.Random) -> None:
    """The file ends somewhere."""
    del data[draw.randrange(1, len(data)) :]


def zeros(data: bytearray, draw: random.Random) -> None:
    """The end is there, but its blocks never came: zeros."""
    at = draw.randrange(1, len(data))
    data[at:] = bytes(len(data) - at)


def garbage(data: bytearray, draw: random.Random) -> None:
    """The end holds what was on the disk before."""
    at = draw.randrange(1, len(data))
    data[at:] = draw.randbytes(len(data) - at)


def longer(data: bytearray, draw: random.Random) -> None:
    """More than was ever written follows."""
    data += draw.randbytes(draw.randrange(1, 3000))


def sector(data: bytearray, draw: random.Random) -> None:
    """One of the last sectors was not written."""
    last = len(data) // SECTOR
    at = SECTOR * draw.randrange(max(0, last - 20), last + 1)
    data[at : at + SECTOR] = bytes(len(data[at : at + SECTOR]))


DAMAGES: tuple[Damage, ...] = (cut, zeros, garbage, longer, sector)


def unfinished(folder: Path) -> Path:
    """A recording of 2 s with labels as a crash leaves it."""
    made = _begun(folder)
    made.streams[0].writer.sync()
    made.annotations.close()
    made.streams[0].writer.close()
    made._lock.release()
    return folder


def finished(folder: Path) -> Path:
    """The same, ended as it should be."""
    _begun(folder).finish("benchmark")
    return folder


def _begun(folder: Path) -> NewSession:
    from benchmarks.crash_formats import _now, info

    made = NewSession(folder, [(info(), ConditionSpec())], {}, host_s=0.0, created=_now())
    for k in range(PACKETS):
        made.streams[0].writer.append(samples(k * PACKET, PACKET), k * 50_000_000)
    for k in range(LABELS):
        made.annotations.add(Annotation(k / 10, k / 10 + 0.05, f"label {k}"))
    return made


def variants(count: int) -> Iterator[tuple[str, Damage, int]]:
    """Which file is damaged how, with a seed; samples, index, both, labels, description."""
    files = ("emg.i32", "emg.idx", "emg.i32 emg.idx", "events.jsonl", "session.json")
    for number in range(count):
        yield files[number % 5], DAMAGES[number // 5 % len(DAMAGES)], number


def our_tails(folder: Path, count: int) -> Tally:
    """Damage, open, recover, verify: never a wrong sample, never another exception."""
    tally, problems = Tally(), set()
    original = unfinished(folder / "original")
    before = {p.name: p.read_bytes() for p in original.iterdir() if p.is_file()}
    for names, damage, seed in variants(count):
        place = folder / "damaged"
        shutil.copytree(original, place)
        for name in names.split():
            data = bytearray(before[name])
            damage(data, random.Random(seed))
            (place / name).write_bytes(data)
        tally.trials += 1
        try:
            bytes_there = _bytes(place)
            wrong = _wrong(place)
            report = recover(place)
            wrong = wrong or _wrong(place)
            if _bytes(place) < bytes_there:
                problems.add(f"{names} {damage.__name__} {seed}: bytes are gone")
            if not verify(place).ok and not report.problems:
                problems.add(f"{names} {damage.__name__} {seed}: not whole after recover")
            tally.exact += not wrong
            tally.wrong += wrong
        except EmgError as error:
            tally.refused += 1
            problems.add(f"{names} {damage.__name__}: {error}")
        except Exception as error:  # noqa: BLE001 - the figure is what else is raised
            tally.died += 1
            problems.add(f"{names} {damage.__name__} {seed}: {type(error).__name__} {error}")
        shutil.rmtree(place)
    tally.problems = tuple(sorted(problems))
    return tally


def _bytes(folder: Path) -> int:
    """Bytes of samples and index, wherever they have been put."""
    return sum(p.stat().st_size for p in folder.glob("emg.*") if p.suffix != ".pyr")


def _wrong(folder: Path) -> bool:
    """Whether a sample that is shown differs from what was recorded."""
    try:
        with Recording.open(folder) as recording:
            data, valid = recording.main.raw(0, recording.main.samples)
    except EmgError:
        return False
    return not np.array_equal(data[valid], samples(0, len(data))[valid])


def our_bits(folder: Path, count: int) -> Tally:
    """One bit of a finished recording flips; ``verify`` has to say so."""
    tally, problems = Tally(), set()
    original = finished(folder / "whole")
    files = [p for p in sorted(original.iterdir()) if p.is_file() and p.stat().st_size]
    draw = random.Random(5)
    for number in range(count):
        place = folder / "flipped"
        shutil.copytree(original, place)
        # Half of the trials in the samples, half in the small files, where a bit weighs more.
        file = place / (files[number % len(files)].name if number % 2 else "emg.i32")
        data = bytearray(file.read_bytes())
        at = draw.randrange(len(data))
        data[at] ^= 1 << draw.randrange(8)
        file.write_bytes(data)
        tally.trials += 1
        try:
            told = not verify(place).ok
        except EmgError:
            told = True
        tally.refused += told
        tally.wrong += not told
        if not told:
            problems.add(f"{file.name} byte {at}")
        shutil.rmtree(place)
    tally.problems = tuple(sorted(problems))
    return tally


def others(folder: Path, name: str, damages: tuple[Damage, ...], count: int) -> Tally:
    """Another format's file of 2 s, closed properly, damaged and read in a process of its own."""
    tally = Tally()
    original = folder / f"{name}-original"
    writer = FORMATS[name].make(original)
    for k in range(PACKETS):
        writer.append(samples(k * PACKET, PACKET))
    writer.close()
    file = next(original.iterdir())
    whole = file.read_bytes()
    for number in range(count):
        data = bytearray(whole)
        damages[number % len(damages)](data, random.Random(number))
        file.write_bytes(data)
        seen = read(name, original)
        tally.trials += 1
        tally.died += "died" in seen.problem
        tally.refused += bool(seen.problem) and "died" not in seen.problem
        tally.wrong += bool(seen.wrong)
        tally.exact += not seen.problem and not seen.wrong
    return tally


def line(title: str, tally: Tally) -> str:
    """A row of the table."""
    return (
        f"  {title:16} of {tally.trials:3}: exact as far as it is read {tally.exact:3}, "
        f"told or refused {tally.refused:3}, reader crashed {tally.died:2}, "
        f"wrong without a word {tally.wrong:3}"
    )


def flip(data: bytearray, draw: random.Random) -> None:
    """One bit, anywhere."""
    data[draw.randrange(len(data))] ^= 1 << draw.randrange(8)
