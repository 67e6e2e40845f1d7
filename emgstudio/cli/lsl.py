"""Devices given out to other programs over the Lab Streaming Layer."""

from __future__ import annotations

import argparse
import contextlib
import math
import sys

from emgstudio.cli.command import EXIT_OK, Command, positive_seconds, show, stopped_politely
from emgstudio.cli.device import wait_seconds, wait_until_streaming
from emgstudio.session.lsl_outlet import LslOutlet
from emgstudio.session.session import Session


def _arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("uri", nargs="+", metavar="URI", help="a device, for example sim:gestures")
    parser.add_argument(
        "--seconds",
        type=positive_seconds,
        default=math.inf,
        metavar="S",
        help="end after S seconds",
    )


def _lsl(arguments: argparse.Namespace) -> int:
    with stopped_politely(), Session() as session, contextlib.suppress(KeyboardInterrupt):
        outlet = LslOutlet(session)
        for uri in arguments.uri:
            wait_until_streaming(session, session.connect(uri))
        outlet.start()
        try:
            names = outlet.names
            show(arguments, {"streams": names}, "\n  ".join(["Given out until Ctrl+C:", *names]))
            sys.stdout.flush()
            wait_seconds(session, arguments.seconds)
        finally:
            outlet.stop()
    return EXIT_OK


COMMANDS = (Command("lsl", "give devices out to other programs (LSL)", _arguments, _lsl),)
