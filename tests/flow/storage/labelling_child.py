"""The process that a test kills: it labels a recording as fast as it can and tells each action."""

from __future__ import annotations

import sys
from itertools import count
from pathlib import Path

from emgstudio.core.types import Annotation
from emgstudio.storage.annotations import AnnotationLog


def act(log: AnnotationLog, k: int) -> None:
    """The action number ``k``, one operation of the log."""
    if k % 7 == 6:
        log.undo()
    elif k % 5 == 4:
        log.remove(log.items[0].id)
    elif k % 3 == 2:
        log.change(log.items[-1].moved(k, k + 0.7))
    else:
        log.add(Annotation(float(k), k + 0.5, "fist", "labels", id=f"{k:06}"))


def main() -> None:
    log = AnnotationLog.open(Path(sys.argv[1]), "Ana")
    for k in count():
        act(log, k)
        sys.stdout.write(f"{k}\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
