"""The window."""

from __future__ import annotations

import argparse
from pathlib import Path

from emgstudio.cli.command import Command, positive_seconds

# Rooms and traces are there by then, also on a slow computer.
PICTURE_AFTER_S = 5.0


def _arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--connect", action="append", default=[], metavar="URI", help="connect this device at start"
    )
    parser.add_argument("--room", metavar="NAME", help="open this room: home, devices, live, …")
    parser.add_argument(
        "--screenshot", type=Path, metavar="PNG", help="save a picture of the window, then quit"
    )
    parser.add_argument(
        "--quit-after", type=positive_seconds, metavar="S", help="quit after S seconds"
    )


def _run(arguments: argparse.Namespace) -> int:
    from emgstudio.gui import guard

    problem = guard.check()
    if problem is not None:
        return guard.refuse(problem)
    from emgstudio.gui.app import run_app
    from emgstudio.session.session import Session

    return run_app(
        Session(),
        connect=arguments.connect,
        room=arguments.room,
        screenshot=arguments.screenshot,
        quit_after_s=seconds_until_quit(arguments.screenshot, arguments.quit_after),
    )


def seconds_until_quit(screenshot: Path | None, wanted: float | None) -> float | None:
    """After how many seconds the window closes by itself; None keeps it open."""
    return PICTURE_AFTER_S if screenshot is not None and wanted is None else wanted


COMMANDS = (Command("app", "open the window (the default)", _arguments, _run),)
