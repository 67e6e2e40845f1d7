"""``emgstudio``: the app, or one of its commands."""

from __future__ import annotations

import argparse
import importlib
import io
import logging
import os
import sys
from collections.abc import Sequence

from emgstudio import __version__
from emgstudio.cli.command import EXIT_FAILED, EXIT_USER, Command, complain
from emgstudio.core.errors import Cancelled, EmgError
from emgstudio.core.log import log_to_file
from emgstudio.core.paths import log_folder

log = logging.getLogger(__name__)

MODULES = (
    "app",
    "demo",
    "device",
    "emulate",
    "lsl",
    "recording",
    "report",
    "learning",
    "research",
    "models",
)
RESEARCH_USE = "For education, training and research. Not a medical device."


def commands() -> tuple[Command, ...]:
    """All commands, in the order in which the help shows them."""
    modules = (importlib.import_module(f"emgstudio.cli.{name}") for name in MODULES)
    return tuple(command for module in modules for command in module.COMMANDS)


def build_parser() -> argparse.ArgumentParser:
    """The whole command line."""
    parser = argparse.ArgumentParser(
        prog="emgstudio",
        description=f"Acquire, see, record and learn from electromyography. {RESEARCH_USE}",
    )
    parser.add_argument("--version", action="version", version=f"emgstudio {__version__}")
    words = parser.add_subparsers(dest="command", metavar="COMMAND")
    for command in commands():
        sub = words.add_parser(command.name, help=command.help, description=command.help)
        sub.add_argument("--json", action="store_true", help="print the result as JSON")
        command.add_arguments(sub)
        sub.set_defaults(run=command.run)
    return parser


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command and return its exit code: 0 done, 1 a check failed, 2 a user error."""
    words = list(sys.argv[1:] if arguments is None else arguments)
    if not words or (words[0].startswith("-") and words[0] not in ("-h", "--help", "--version")):
        words.insert(0, "app")
    _let_any_text_be_printed()
    with log_to_file(log_folder()):
        try:
            parsed = build_parser().parse_args(words)
            code = int(parsed.run(parsed))
            sys.stdout.flush()
            return code
        except EmgError as error:
            complain(error)
            return EXIT_USER
        except (KeyboardInterrupt, Cancelled):
            complain(EmgError("Stopped.", "What was recorded until now is kept."))
            return EXIT_FAILED
        except BrokenPipeError:
            # Who read our output has left, as ``head`` does. Python would say so again at exit.
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
            return EXIT_FAILED
        except OSError as error:
            if error.filename is None:
                raise
            log.info("the system refused", exc_info=True)
            complain(EmgError(f'"{error.filename}": {error.strerror}.', "Check the path."))
            return EXIT_USER


def _let_any_text_be_printed() -> None:
    """Where output goes in an old encoding, a "?" for µ is better than no output."""
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="replace")
