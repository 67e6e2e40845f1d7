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

# The modules beside this one and the words of each, in the order in which the help shows them.
WORDS = {
    "app": ("app",),
    "demo": ("demo", "selftest"),
    "device": ("devices", "record"),
    "emulate": ("emulate",),
    "lsl": ("lsl",),
    "recording": ("info", "verify", "recover", "import", "export"),
    "report": ("report",),
    "learning": ("train", "decode", "evaluate"),
    "research": ("compare", "rank-features"),
    "models": ("export-model",),
}
VERSION = "--version"
RESEARCH_USE = "For education, training and research. Not a medical device."


def commands(word: str = "") -> tuple[Command, ...]:
    """The commands of the module that has ``word``; all where none has it, for help and errors.

    Each module imports what its commands run on; no other command should wait for that.
    """
    if word == VERSION:
        return ()
    names = [name for name, words in WORDS.items() if word in words] or list(WORDS)
    modules = (importlib.import_module(f"emgstudio.cli.{name}") for name in names)
    return tuple(command for module in modules for command in module.COMMANDS)


def build_parser(word: str = "") -> argparse.ArgumentParser:
    """The command line as far as its first ``word`` needs it, or all of it."""
    parser = argparse.ArgumentParser(
        prog="emgstudio",
        description=f"Acquire, see, record and learn from electromyography. {RESEARCH_USE}",
    )
    parser.add_argument(VERSION, action="version", version=f"emgstudio {__version__}")
    words = parser.add_subparsers(dest="command", metavar="COMMAND")
    for command in commands(word):
        sub = words.add_parser(command.name, help=command.help, description=command.help)
        sub.add_argument("--json", action="store_true", help="print the result as JSON")
        command.add_arguments(sub)
        sub.set_defaults(run=command.run)
    return parser


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command and return its exit code: 0 done, 1 a check failed, 2 a user error."""
    words = list(sys.argv[1:] if arguments is None else arguments)
    if not words or (words[0].startswith("-") and words[0] not in ("-h", "--help", VERSION)):
        words.insert(0, "app")
    _let_any_text_be_printed()
    with log_to_file(log_folder()):
        try:
            parsed = build_parser(words[0]).parse_args(words)
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
