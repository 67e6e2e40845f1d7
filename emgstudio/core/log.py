"""The log file: what happened, for the person who has to find out why."""

from __future__ import annotations

import logging
import logging.handlers
import platform
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import emgstudio

FILE = "emgstudio.log"
FILE_BYTES = 1_000_000
FILES_KEPT = 4
FORMAT = "%(asctime)s %(levelname)-7s %(threadName)s %(name)s: %(message)s"

log = logging.getLogger(__name__)


@contextmanager
def log_to_file(folder: Path, *, verbose: bool = False) -> Iterator[Path | None]:
    """Write the log to a rotating file in ``folder`` while the block runs.

    Exceptions that nobody caught, in any thread or Qt slot, are logged too.
    Yields the file's path, or None where the folder cannot be written: the app
    must start even then.
    """
    handler = _handler(folder)
    if handler is None:
        yield None
        return
    root = logging.getLogger()
    level, hook, thread_hook = root.level, sys.excepthook, threading.excepthook

    def uncaught(kind: type[BaseException], error: BaseException, trace: Any) -> None:
        log.critical("nobody caught this", exc_info=(kind, error, trace))
        hook(kind, error, trace)

    def uncaught_in_thread(args: threading.ExceptHookArgs) -> None:
        log.critical("nobody caught this", exc_info=args.exc_value)
        thread_hook(args)

    root.addHandler(handler)
    root.setLevel(logging.DEBUG if verbose else logging.INFO)
    sys.excepthook, threading.excepthook = uncaught, uncaught_in_thread
    try:
        log.info(
            "EMG Studio %s, Python %s, %s",
            emgstudio.__version__,
            platform.python_version(),
            platform.platform(),
        )
        yield folder / FILE
    except Exception:
        log.critical("the program ended with an error", exc_info=True)
        raise
    finally:
        sys.excepthook, threading.excepthook = hook, thread_hook
        root.setLevel(level)
        root.removeHandler(handler)
        handler.close()


def _handler(folder: Path) -> logging.Handler | None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
        handler = logging.handlers.RotatingFileHandler(
            folder / FILE, maxBytes=FILE_BYTES, backupCount=FILES_KEPT, encoding="utf-8"
        )
    except OSError as error:
        log.warning("there will be no log file: %s", error)
        return None
    handler.setFormatter(logging.Formatter(FORMAT))
    return handler
