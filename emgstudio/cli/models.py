"""Models from the command line: hand one over to another runtime."""

from __future__ import annotations

import argparse
from pathlib import Path

from emgstudio.cli.command import EXIT_OK, Command, show
from emgstudio.core.errors import EmgError
from emgstudio.ml.export import EXPORTS, export_model
from emgstudio.ml.model import GestureModel


def _arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("model", type=Path, metavar="MODEL", help="model folder")
    parser.add_argument("--to", required=True, choices=tuple(EXPORTS), help="what to make of it")
    parser.add_argument("--out", required=True, type=Path, metavar="FILE", help="new file")


def _run(arguments: argparse.Namespace) -> int:
    if arguments.out.exists():
        raise EmgError(f"{arguments.out} exists already.", "Choose a new name for the file.")
    model = GestureModel.load(arguments.model)
    file = export_model(model, arguments.to, arguments.out)
    result = {"file": str(file), "to": arguments.to, "classes": list(model.classes)}
    show(arguments, result, f"{len(model.classes)} gestures written to {file}")
    return EXIT_OK


COMMANDS = (
    Command("export-model", "hand a model over: JSON weights, C header, ONNX", _arguments, _run),
)
