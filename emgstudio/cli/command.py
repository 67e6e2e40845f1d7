"""What every command has in common: arguments, output as text or JSON, exit codes."""

from __future__ import annotations

import argparse
import json
import signal
import sys
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from emgstudio.core.errors import EmgError
from emgstudio.core.tasks import Progress
from emgstudio.core.types import Level, Notice

EXIT_OK = 0
EXIT_FAILED = 1
EXIT_USER = 2


@dataclass(frozen=True, slots=True)
class Command:
    """One word of the command line. ``run`` returns an exit code."""

    name: str
    help: str
    add_arguments: Callable[[argparse.ArgumentParser], None]
    run: Callable[[argparse.Namespace], int]


def show(arguments: argparse.Namespace, result: Mapping[str, Any], text: str) -> None:
    """Print a result: JSON for scripts when asked for, otherwise text for people."""
    if arguments.json:
        # Scripts read names back: escapes are exact in any encoding.
        plain = "utf" not in (sys.stdout.encoding or "").lower()
        print(json.dumps(result, indent=2, ensure_ascii=plain, default=str))
    else:
        print(text)


def complain(error: EmgError) -> None:
    """One sentence and a hint on stderr."""
    print(f"emgstudio: {error.message}", file=sys.stderr)
    if error.hint:
        print(f"  {error.hint}", file=sys.stderr)


def tell(item: object) -> None:
    """Print a notice from the Outbox on stderr; other items are for windows."""
    if isinstance(item, Notice) and item.level is not Level.INFO:
        print(f"{item.level}: {item.text} {item.hint}".rstrip(), file=sys.stderr)


@contextmanager
def stopped_politely() -> Iterator[None]:
    """Let the system's requests to end (kill, a closed terminal, ``timeout``) stop like Ctrl+C."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    wanted = [getattr(signal, name, None) for name in ("SIGTERM", "SIGHUP", "SIGBREAK")]
    before = {number: signal.signal(number, _interrupt) for number in wanted if number}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _interrupt(_number: int, _frame: object) -> None:
    raise KeyboardInterrupt


class LineProgress(Progress):
    """Progress on one line of stderr, silent when that is not a terminal."""

    def __init__(self) -> None:
        super().__init__()
        self._shown = sys.stderr.isatty()

    def report(self, fraction: float, text: str = "") -> None:
        super().report(fraction, text)
        if self._shown:
            end = "\n" if fraction >= 1 else ""
            print(f"\r{fraction:4.0%} {text:<60.60}", end=end, file=sys.stderr, flush=True)


def positive_seconds(text: str) -> float:
    """A number of seconds above zero."""
    try:
        value = float(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"'{text}' is not a number") from None
    if not 0 < value < float("inf"):
        raise argparse.ArgumentTypeError(f"{text} is not a positive number of seconds")
    return value


def trimmed_seconds(text: str) -> float:
    """A number of seconds, zero or more."""
    try:
        value = float(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"'{text}' is not a number") from None
    if not 0 <= value < float("inf"):
        raise argparse.ArgumentTypeError(f"{text} is not a number of seconds from zero")
    return value


def add_paths(parser: argparse.ArgumentParser, what: str) -> None:
    """One or more recordings, or folders that hold some."""
    parser.add_argument("recordings", nargs="+", type=Path, metavar="REC", help=what)


def add_trim(parser: argparse.ArgumentParser, start_s: float, end_s: float) -> None:
    """How much of each label's edges is left out."""
    parser.add_argument(
        "--trim-start", type=trimmed_seconds, default=start_s, metavar="S",
        help="leave out the first S seconds of each label (default %(default)s)",
    )  # fmt: skip
    parser.add_argument(
        "--trim-end", type=trimmed_seconds, default=end_s, metavar="S",
        help="leave out the last S seconds of each label (default %(default)s)",
    )  # fmt: skip


def percent(fraction: float | None) -> str:
    """A fraction as people read it."""
    return "–" if fraction is None else f"{100 * fraction:.1f} %"
