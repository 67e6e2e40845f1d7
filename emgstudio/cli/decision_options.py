"""Arguments for how posteriors become decisions: a pace, single options, sureness per gesture."""

from __future__ import annotations

import argparse
from dataclasses import replace

from emgstudio.core.errors import EmgError
from emgstudio.core.options import option_fields, options_from_text, options_to_text
from emgstudio.ml.model import GestureModel
from emgstudio.ml.postprocess import BALANCED, FAST, STEADY, PostprocessSpec

PACES = {"none": PostprocessSpec(votes=1), "fast": FAST, "balanced": BALANCED, "steady": STEADY}


def add_decision_options(parser: argparse.ArgumentParser) -> None:
    """``--pace``, ``--set`` and ``--sure``."""
    names = ", ".join(f.name for f in option_fields(PostprocessSpec))
    parser.add_argument(
        "--pace", choices=tuple(PACES), help="how steady (default: as the model was saved)"
    )
    parser.add_argument(
        "--set", action="append", default=[], type=_pair, metavar="NAME=VALUE", dest="options",
        help=f"one option of the decisions, repeatable: {names}",
    )  # fmt: skip
    parser.add_argument(
        "--sure", action="append", default=[], type=_pair, metavar="GESTURE=0.8",
        help="posterior that a gesture needs to be believed, repeatable",
    )  # fmt: skip


def tuned(model: GestureModel, arguments: argparse.Namespace) -> GestureModel:
    """The model with the decisions that were asked for; EmgError for what cannot be."""
    spec = PACES[arguments.pace] if arguments.pace else model.postprocess
    texts = {**options_to_text(spec), **dict(arguments.options)}
    spec = options_from_text(PostprocessSpec, texts)
    sureness = {**model.sureness}
    for gesture, text in arguments.sure:
        if gesture not in model.classes:
            raise EmgError(
                f"The model has no gesture “{gesture}”.", f"It has {', '.join(model.classes)}."
            )
        try:
            share = float(text)
        except ValueError:
            share = -1.0
        if not 0 <= share <= 1:
            raise EmgError(f"“{text}” is no sureness.", "Give a share from 0 to 1.")
        sureness[gesture] = share
    return replace(model, postprocess=spec, sureness=sureness)


def _pair(text: str) -> tuple[str, str]:
    name, equals, value = text.partition("=")
    if not equals or not name:
        raise argparse.ArgumentTypeError(f"'{text}' is not NAME=VALUE")
    return name.strip(), value.strip()
