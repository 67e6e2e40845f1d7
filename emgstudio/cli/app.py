"""The window."""

from __future__ import annotations

import argparse
from pathlib import Path

from emgstudio.cli.command import Command, positive_seconds


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
        quit_after_s=arguments.quit_after,
    )


COMMANDS = (Command("app", "open the window (the default)", _arguments, _run),)
