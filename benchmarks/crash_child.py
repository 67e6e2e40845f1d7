"""The process that benchmarks/crash.py kills: it writes one format until it is ended.

On stdout it says, with the system's clock, how many samples it has handed over.
With a shadow folder every fsync also keeps a copy of what the disk holds for sure from
then on: the bytes of a file when it is synced, the names of a folder when that is.
"""

from __future__ import annotations

import argparse
import json
import os
import stat
import sys
import time
from collections.abc import Callable
from pathlib import Path

from benchmarks.crash_formats import FORMATS, PACKET, RATE, SYNC_PACKETS, samples


def write_until_killed(name: str, folder: Path, *, flat_out: bool, most: int | None = None) -> None:
    """Hand packets over, at the pace of a device or as fast as it goes; ``most`` samples."""
    writer = FORMATS[name].make(folder)
    tell("ready")
    began, at = time.monotonic(), 0
    while most is None or at < most:
        if not flat_out:
            time.sleep(max(0.0, began + (at + PACKET) / RATE - time.monotonic()))
        writer.append(samples(at, PACKET))
        at += PACKET
        if at // PACKET % SYNC_PACKETS == 0:
            writer.sync()
        tell("fed", at)
    writer.close()
    tell("closed")


def tell(*words: object) -> None:
    """One line, written at once."""
    os.write(1, (" ".join(map(str, (time.monotonic(), *words))) + "\n").encode())


def keep_shadow(shadow: Path, root: Path) -> None:
    """From now on every fsync of something under ``root`` is also kept in ``shadow``."""
    shadow.mkdir(parents=True)
    root = root.resolve()

    def shadowed(sync: Callable[[int], None]) -> Callable[[int], None]:
        def call(handle: int) -> None:
            sync(handle)
            path = Path(os.readlink(f"/proc/self/fd/{handle}"))
            if root == path or root in path.parents:
                _keep(handle, path, shadow, root)

        return call

    os.fsync = shadowed(os.fsync)
    os.fdatasync = shadowed(os.fdatasync)


def _keep(handle: int, path: Path, shadow: Path, root: Path) -> None:
    about = os.fstat(handle)
    if stat.S_ISDIR(about.st_mode):
        names = {p.name: p.stat().st_ino for p in path.iterdir() if p.is_file()}
        place = shadow / f"names-{str(path.relative_to(root)).replace(os.sep, '%')}.json"
        data = json.dumps({"folder": str(path.relative_to(root)), "names": names}).encode()
    else:
        place = shadow / f"bytes-{about.st_ino}"
        with open(f"/proc/self/fd/{handle}", "rb") as file:
            data = file.read()
    temporary = place.with_suffix(".new")
    temporary.write_bytes(data)
    temporary.rename(place)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("name", choices=FORMATS)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--flat-out", action="store_true")
    parser.add_argument("--shadow", type=Path)
    parser.add_argument("--most", type=int)
    chosen = parser.parse_args()
    if chosen.shadow:
        chosen.folder.mkdir(parents=True)
        keep_shadow(chosen.shadow, chosen.folder)
    write_until_killed(chosen.name, chosen.folder, flat_out=chosen.flat_out, most=chosen.most)
    return 0


if __name__ == "__main__":
    sys.exit(main())
