"""How much recording the disk can still take, and a little room kept for the end."""

from __future__ import annotations

import errno
import logging
import os
import secrets
import shutil
from collections import deque
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from emgstudio.core.errors import EmgError
from emgstudio.core.outbox import Outbox
from emgstudio.core.types import Level, StreamInfo
from emgstudio.storage.format import disk_type

log = logging.getLogger(__name__)

TEST_BYTES = 1_000_000
LOOK_EVERY_S = 2.0
LEAST_LOOK_BYTES = 200_000
# Growth is measured over this long, once it is known for as long as the least.
GROWTH_S, LEAST_GROWTH_S = 30.0, 4.0
INDEX_BYTES_PER_S = 320.0
# Minima and maxima of 16 samples, and an eighth more for each coarser level.
OVERVIEW_SHARE = 1 / 7
BALLAST_FILE = ".ballast"
_FULL = (errno.ENOSPC, getattr(errno, "EDQUOT", errno.ENOSPC))


@dataclass(frozen=True, slots=True)
class DiskPolicy:
    """When to speak and when to stop; sizes in bytes, times in seconds of recording left."""

    reserve_bytes: int = 200_000_000
    ballast_bytes: int = 8_000_000
    warn_s: float = 30 * 60.0
    strong_s: float = 5 * 60.0


# The source of notices that the disk runs full.
DISK = "disk"


def is_full(error: OSError) -> bool:
    """Whether the disk (or the person's share of it) is full."""
    return error.errno in _FULL


def free_bytes(folder: Path) -> int:
    """What an ordinary program may still write there. Raises OSError."""
    return shutil.disk_usage(folder).free


def free_where(folder: Path) -> int | None:
    """Free bytes where ``folder`` is or would be made; None where nobody may know."""
    for place in (folder, *folder.parents):
        try:
            return free_bytes(place)
        except (FileNotFoundError, NotADirectoryError):
            continue
        except OSError as error:
            log.info("free space of %s: %s", place, error)
            return None
    return None


def bytes_per_second(infos: Iterable[StreamInfo]) -> float:
    """What recording these streams writes, index and overview with it."""
    return sum(
        info.rate * info.n_channels * disk_type(info.dtype).itemsize * (1 + OVERVIEW_SHARE)
        + INDEX_BYTES_PER_S
        for info in infos
    )


def write_test(folder: Path) -> None:
    """Create, write, flush, read back and delete 1 MB, so that REC cannot be an empty promise.

    Raises EmgError when the folder cannot take a recording.
    """
    path = folder / f".emgstudio-write-test-{secrets.token_hex(4)}"
    data = secrets.token_bytes(TEST_BYTES)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        try:
            with path.open("xb") as file:
                file.write(data)
                file.flush()
                os.fsync(file.fileno())
            same = path.read_bytes() == data
        finally:
            path.unlink(missing_ok=True)
    except OSError as error:
        reason = "the disk is full" if is_full(error) else (error.strerror or str(error))
        raise EmgError(
            f'Folder cannot be written: "{folder}" ({reason}).',
            "Recording has not started. Choose another folder.",
        ) from error
    if not same:
        raise EmgError(
            f'Folder cannot be written: "{folder}" gives back other bytes than were written.',
            "Recording has not started. Choose another folder.",
        )


class Ballast:
    """A file of no use but to be deleted when the disk is full, so that labels can be saved."""

    def __init__(self, folder: Path, size: int) -> None:
        self._path = folder / BALLAST_FILE
        self._size = size

    def fill(self) -> None:
        """Take the room, at most a tenth of what is free. Raises OSError."""
        size = min(self._size, free_bytes(self._path.parent) // 10)
        with self._path.open("wb") as file:
            for at in range(0, size, 1 << 20):
                # Real bytes: a sparse or compressed file would hold no room.
                file.write(secrets.token_bytes(min(1 << 20, size - at)))
            file.flush()
            os.fsync(file.fileno())

    def release(self) -> bool:
        """Give the room back; False when that was done before."""
        try:
            self._path.unlink()
        except OSError:
            return False
        return True


class DiskWatch:
    """Looks at the free space beside a recording and says once per level when it runs short.

    ``bytes_per_s`` is what the streams write; where the folder grows faster than that,
    as with a video, its own growth counts.
    """

    def __init__(
        self, folder: Path, policy: DiskPolicy, bytes_per_s: float, outbox: Outbox
    ) -> None:
        self._folder = folder
        self._policy = policy
        self._bytes_per_s = bytes_per_s
        self._outbox = outbox
        self._said = 0
        self._looked_s = float("-inf")
        self._looked_bytes = 0
        self._sizes: deque[tuple[float, int]] = deque()
        self.left_s = float("inf")

    def must_stop(self, now: float, written: int) -> bool:
        """Look every two seconds, or sooner when much of the reserve's size was written.

        Updates ``left_s`` and warns; True when only the reserve is left.
        """
        much = max(LEAST_LOOK_BYTES, self._policy.reserve_bytes // 4)
        if now - self._looked_s < LOOK_EVERY_S and written - self._looked_bytes < much:
            return False
        self._looked_s, self._looked_bytes = now, written
        free = free_bytes(self._folder)
        pace = max(self._bytes_per_s, self._growth(now))
        self.left_s = max(0.0, free - self._policy.reserve_bytes) / pace
        if free < self._policy.reserve_bytes:
            return True
        level = (self.left_s < self._policy.warn_s) + (self.left_s < self._policy.strong_s)
        if level > self._said:
            self._outbox.notice(
                Level.ERROR if level == 2 else Level.WARNING,
                f"Disk nearly full: {in_words(self.left_s)} of recording left.",
                "Choose another folder for the next recording, or stop and save.",
                DISK,
            )
        self._said = max(self._said, level) if level else 0
        return False

    def _growth(self, now: float) -> float:
        """Bytes per second by which the folder grew of late; 0 while that is not known."""
        self._sizes.append((now, _size(self._folder)))
        while now - self._sizes[0][0] > GROWTH_S:
            self._sizes.popleft()
        began, before = self._sizes[0]
        if now - began < LEAST_GROWTH_S:
            return 0.0
        return (self._sizes[-1][1] - before) / (now - began)


def _size(folder: Path) -> int:
    """Bytes in the files of a folder, without the ballast, which goes when room is needed."""
    total = 0
    with os.scandir(folder) as entries:
        for entry in entries:
            # A file that is just renamed over is gone for a moment.
            with suppress(FileNotFoundError):
                total += Path(entry).stat().st_size if entry.name != BALLAST_FILE else 0
    return total


def in_words(seconds: float) -> str:
    """A duration as people say it: 0.8 s, 45 s, 12 min 31 s, 2 h 5 min."""
    if seconds < 10:
        return f"{seconds:.1f} s"
    whole = round(seconds)
    hours, minutes, rest = whole // 3600, whole // 60 % 60, whole % 60
    if hours:
        return f"{hours} h {minutes} min"
    return (
        f"{minutes} min {rest} s"
        if minutes and rest
        else f"{minutes} min"
        if minutes
        else f"{rest} s"
    )
