"""The demo, and the self-test that is the demo made small."""

from __future__ import annotations

import argparse
import tempfile
import threading
from pathlib import Path
from typing import Any

from emgstudio.cli.command import (
    EXIT_FAILED,
    EXIT_OK,
    Command,
    percent,
    positive_seconds,
    show,
    tell,
)
from emgstudio.core.errors import EmgError
from emgstudio.session.demo import Demo, DemoResult
from emgstudio.session.demo_report import demo_facts, write_demo_report
from emgstudio.session.session import Session

DEMO_SECONDS = 60.0
SELFTEST_SECONDS = 18.0
# Chance with four classes is 0.25, and a sound installation gets above 0.9.
SELFTEST_ACCURACY = 0.7
POLL_S = 0.01


def _demo_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--headless", action="store_true", help="without a window")
    parser.add_argument(
        "--seconds", type=positive_seconds, default=DEMO_SECONDS, metavar="S",
        help="about how long it takes, 20 at least (default %(default)g)",
    )  # fmt: skip
    parser.add_argument(
        "--out", type=Path, default=Path("demo-out"), metavar="DIR",
        help="where recording, model, pictures and report go (default %(default)s)",
    )  # fmt: skip
    parser.add_argument(
        "--device", default="sim:gestures?person=A&seed=1", metavar="URI",
        help="a simulated person (default %(default)s)",
    )  # fmt: skip


def _demo(arguments: argparse.Namespace) -> int:
    result, pictures = run_demo(
        arguments.out, arguments.seconds, arguments.device, visible=not arguments.headless
    )
    page = write_demo_report(result, arguments.out, pictures)
    facts = demo_facts(result) | {"report": str(page), "pictures": [str(p) for p in pictures]}
    show(arguments, facts, _sentences(facts))
    return EXIT_OK


def run_demo(
    out: Path, seconds: float, uri: str, *, visible: bool
) -> tuple[DemoResult, list[Path]]:
    """Run the demo in the window, shown or not; without pictures where Qt cannot start."""
    out.mkdir(parents=True, exist_ok=True)
    from emgstudio.gui import guard

    problem = guard.check()
    if problem is None:
        from emgstudio.gui.demo import run_demo_in_window

        return run_demo_in_window(out, seconds, uri, visible=visible)
    if visible:
        raise EmgError(problem, "Use --headless to run it without a window.")
    return run_without_window(out, seconds, uri), []


def run_without_window(out: Path, seconds: float, uri: str) -> DemoResult:
    """The demo in a plain loop: no Qt, no pictures."""
    patience = threading.Event()
    with Session() as session:
        demo = Demo(session, out, seconds=seconds, uri=uri)
        while demo.result is None:
            demo.advance()
            for item in session.outbox.drain():
                tell(item)
            patience.wait(POLL_S)
        return demo.result


def _sentences(facts: dict[str, Any]) -> str:
    latency = facts["latency_ms"]
    return (
        f"{percent(facts['accuracy'])} of {facts['decisions']} live decisions on unseen cues right "
        f"({percent(facts['balanced_accuracy'])} balanced)\n"
        f"  lost samples: {facts['lost_samples']}\n"
        f"  sample to decision: {latency['median']:.1f} ms median, {latency['p99']:.1f} ms p99\n"
        f"  recording: {facts['session']}\n  model: {facts['model']}\n  report: {facts['report']}"
    )


def _selftest_arguments(_parser: argparse.ArgumentParser) -> None:
    pass


def _selftest(arguments: argparse.Namespace) -> int:
    with tempfile.TemporaryDirectory(prefix="emgstudio-selftest-") as folder:
        result = run_without_window(Path(folder), SELFTEST_SECONDS, "sim:gestures?person=A&seed=1")
    passed = result.accuracy >= SELFTEST_ACCURACY and result.lost_samples == 0
    facts = demo_facts(result) | {"passed": passed}
    words = "passed" if passed else "FAILED"
    text = (
        f"Self-test {words}: {percent(result.accuracy)} right, {result.lost_samples} samples lost, "
        f"{1e3 * result.latency_median_s:.1f} ms from sample to decision"
    )
    show(arguments, facts, text)
    return EXIT_OK if passed else EXIT_FAILED


COMMANDS = (
    Command("demo", "a simulated person from sensor to decoded gestures", _demo_arguments, _demo),
    Command("selftest", "check that this installation works", _selftest_arguments, _selftest),
)
