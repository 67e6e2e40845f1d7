"""Therapy sessions from the command line: the numbers of the report, and the report itself."""

from __future__ import annotations

import argparse
import math
import os
import sys
from collections.abc import Sequence
from pathlib import Path

from emgstudio.cli.command import EXIT_OK, Command, LineProgress, show
from emgstudio.core.errors import EmgError
from emgstudio.core.files import write_atomic
from emgstudio.session.files import find_recordings
from emgstudio.session.therapy.measuring import MEASURES
from emgstudio.session.therapy.report import (
    STATEMENT,
    in_one_sentence,
    methods_line,
    numbers,
    numbers_csv,
    trends,
)
from emgstudio.session.therapy.results import TherapyResult, therapy_result


def _arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("paths", nargs="+", type=Path, metavar="PATH", help="recordings")
    parser.add_argument(
        "--measure",
        action="append",
        default=[],
        metavar="NAME",
        help=f"measure this, too (again for more): {', '.join(MEASURES)}",
    )
    parser.add_argument("--csv", type=Path, metavar="FILE", help="write every number here, too")
    parser.add_argument("--pdf", type=Path, metavar="FILE", help="write the clinical report here")
    parser.add_argument(
        "--handout", type=Path, metavar="FILE", help="write the client's page here (PDF)"
    )
    parser.add_argument(
        "--figures",
        type=Path,
        metavar="FILE",
        help="write every figure here, with its values (.zip)",
    )
    parser.add_argument(
        "--paper", choices=("A4", "Letter"), default="A4", help="default %(default)s"
    )
    parser.add_argument(
        "--spectrogram", action="store_true", help="show the best repetition's frequencies, too"
    )
    parser.add_argument(
        "--clinic", default="", metavar="TEXT", help="first lines of the report; name, then address"
    )
    parser.add_argument("--comment", default="", metavar="TEXT", help="stands in the report")


def _report(arguments: argparse.Namespace) -> int:
    drawn = (arguments.pdf, arguments.handout, arguments.figures)
    for file in (arguments.csv, *drawn):
        if file is not None:
            _must_be_free(file)
    progress = LineProgress()
    paths = find_recordings(arguments.paths)
    found = [therapy_result(path, progress, arguments.measure) for path in paths]
    results = sorted(found, key=lambda result: result.when)
    if arguments.csv is not None:
        _write(arguments.csv, numbers_csv(results))
    if any(file is not None for file in drawn):
        _print(arguments, results)
    lines: list[str] = []
    for k, result in enumerate(results):
        lines += _lines(result, results[k - 1] if k else None)
    told = [line for t in trends(results) if (line := f"{t.channel}: {t.sentence}")]
    if len(results) > 1:
        lines += ["Over the sessions:", *(f"  {line}" for line in told)]
    lines.append(STATEMENT)
    listed = [numbers(result) for result in results]
    show(arguments, listed[0] if len(listed) == 1 else {"sessions": listed}, "\n".join(lines))
    return EXIT_OK


def _print(arguments: argparse.Namespace, results: Sequence[TherapyResult]) -> None:
    """The PDFs, from the very results that are listed."""
    screen = any(os.environ.get(name) for name in ("DISPLAY", "WAYLAND_DISPLAY"))
    if sys.platform.startswith("linux") and not screen:
        os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    from PySide6.QtGui import QGuiApplication

    from emgstudio.gui.report.clinical import Words, clinical_report
    from emgstudio.gui.report.facts import facts_of
    from emgstudio.gui.report.figure_files import figures_zip
    from emgstudio.gui.report.handout import client_handout
    from emgstudio.gui.report.printing import pdf_of, save_new

    application = QGuiApplication.instance() or QGuiApplication(sys.argv[:1])
    application.setApplicationName("EMG Studio")
    facts = facts_of(results)
    words = Words(
        clinic=arguments.clinic, comment=arguments.comment, spectrogram=arguments.spectrogram
    )
    if arguments.pdf is not None:
        save_new(arguments.pdf, pdf_of(clinical_report(facts, words, arguments.paper)))
    if arguments.figures is not None:
        save_new(arguments.figures, figures_zip(facts))
    if arguments.handout is not None:
        save_new(arguments.handout, pdf_of(client_handout(facts, words, arguments.paper)))


def _lines(result: TherapyResult, before: TherapyResult | None) -> list[str]:
    demo = "  DEMO, simulated signals" if result.simulated else ""
    lines = [
        f"{result.path.name}  {result.client}  {result.plan.protocol.title}{demo}",
        f"  {in_one_sentence(result, before)}",
    ]
    for m in result.measures:
        value = "–" if math.isnan(m.value) else f"{m.value:.4g} {m.unit if m.unit != '1' else ''}"
        flags = f"  ({'; '.join(m.flags)})" if m.flags else ""
        lines.append(f"  {m.channel}: {m.name} {value.strip()}{flags}  [{m.recipe}]")
    lines += [f"  {remark}" for remark in result.remarks]
    return [*lines, f"  {methods_line(result)}", ""]


def _write(file: Path, text: str) -> None:
    _must_be_free(file)
    try:
        write_atomic(file, text.encode())
    except OSError as error:
        raise EmgError(
            f'"{file}" could not be written ({error.strerror}).', "Choose another folder."
        ) from error


def _must_be_free(file: Path) -> None:
    if file.exists():
        raise EmgError(f'"{file}" exists already.', "Choose a name that is free.")


COMMANDS = (Command("report", "say what therapy sessions reached", _arguments, _report),)
