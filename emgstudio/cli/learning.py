"""Learning from the command line: train, decode, evaluate."""

from __future__ import annotations

import argparse
import math
from collections import Counter
from pathlib import Path
from typing import Any

from emgstudio.cli.command import (
    EXIT_OK,
    Command,
    LineProgress,
    add_paths,
    add_trim,
    percent,
    positive_seconds,
    show,
    stopped_politely,
)
from emgstudio.cli.decision_options import add_decision_options, tuned
from emgstudio.cli.device import POLL_S, all_closed, wait_seconds, wait_until_streaming
from emgstudio.cli.metric_table import metric_table
from emgstudio.cli.recording import one_recording
from emgstudio.core.clock import host_time
from emgstudio.core.errors import EmgError
from emgstudio.core.types import FeatureSpec
from emgstudio.dsp.features import expand
from emgstudio.ml.decoder import Decoder, DecoderState
from emgstudio.ml.estimators import ESTIMATORS
from emgstudio.ml.evaluate import parse_repetitions
from emgstudio.ml.model import GestureModel
from emgstudio.session.evaluation import decode_recording, evaluate_recordings
from emgstudio.session.files import find_recordings
from emgstudio.session.session import Session
from emgstudio.session.training import (
    DEFAULT_TRIM_END_S,
    DEFAULT_TRIM_START_S,
    train_from_recordings,
)

SPLITS = ("repetition", "session", "subject")


def _train_arguments(parser: argparse.ArgumentParser) -> None:
    add_paths(parser, "labelled recordings, or folders of them")
    parser.add_argument("--out", required=True, type=Path, metavar="MODEL", help="new model folder")
    parser.add_argument(
        "--train-reps", type=parse_repetitions, metavar="1-4", help="repetitions to train on"
    )
    _add_features(parser)
    add_trim(parser, DEFAULT_TRIM_START_S, DEFAULT_TRIM_END_S)


def _add_features(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--features", type=feature_spec, metavar="ls4,ar4",
        help="rows and groups of the feature table (default: the live ones)",
    )  # fmt: skip


def _train(arguments: argparse.Namespace) -> int:
    if arguments.out.exists():
        raise EmgError(f"{arguments.out} exists already.", "Choose a new name for the model.")
    model = train_from_recordings(
        find_recordings(arguments.recordings),
        progress=LineProgress(),
        features=arguments.features,
        repetitions=arguments.train_reps,
        trim_start_s=arguments.trim_start,
        trim_end_s=arguments.trim_end,
    )
    model.save(arguments.out)
    report = model.report
    result = {
        "model": str(arguments.out),
        "classes": list(model.classes),
        "accuracy": report.accuracy if report else None,
        "balanced_accuracy": report.balanced_accuracy if report else None,
    }
    text = f"Model with {len(model.classes)} gestures saved to {arguments.out}\n"
    if report:
        text += (
            f"  leaving out one repetition at a time: {percent(report.accuracy)} of windows right, "
            f"{percent(report.balanced_accuracy)} balanced"
        )
    show(arguments, result, text)
    return EXIT_OK


def _decode_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--model", required=True, type=Path, metavar="M", help="model folder")
    what = parser.add_mutually_exclusive_group(required=True)
    what.add_argument("recording", nargs="?", type=Path, metavar="REC", help="a recording")
    what.add_argument("--device", metavar="URI", help="decode a live device instead")
    parser.add_argument(
        "--seconds", type=positive_seconds, default=10.0, metavar="S",
        help="how long to decode a device (default %(default)s)",
    )  # fmt: skip
    parser.add_argument(
        "--send", action="append", default=[], metavar="ADDRESS",
        help="give a device's decisions to udp://, osc://, serial:, lsl:, keyboard: or file: "
        "(repeatable)",
    )  # fmt: skip
    add_decision_options(parser)
    parser.add_argument(
        "--test-reps", type=parse_repetitions, metavar="5-6", help="count only these repetitions"
    )
    add_trim(parser, DEFAULT_TRIM_START_S, DEFAULT_TRIM_END_S)


def _decode(arguments: argparse.Namespace) -> int:
    model = tuned(GestureModel.load(arguments.model), arguments)
    if arguments.device:
        return _decode_device(arguments, model)
    result = decode_recording(
        model,
        one_recording(arguments.recording),
        repetitions=arguments.test_reps,
        trim_start_s=arguments.trim_start,
        trim_end_s=arguments.trim_end,
        progress=LineProgress(),
    )
    text = f"{result['decisions']} decisions"
    if result["accuracy"] is not None:
        text += (
            f"; {percent(result['accuracy'])} of labelled windows right, "
            f"{percent(result['balanced_accuracy'])} balanced"
            f"\n  {percent(result['raw_accuracy'])} before the filter; the decision changed "
            f"{result['changes']} times, was refused or not trusted {result['rejected']} times"
            f"\ndecisions that were not refused:\n{metric_table(result['metrics'])}"
        )
    show(arguments, result, text)
    return EXIT_OK


def _decode_device(arguments: argparse.Namespace, model: GestureModel) -> int:
    with stopped_politely(), Session() as session:
        device_id = session.connect(arguments.device)
        wait_until_streaming(session, device_id)
        session.start_decoding(model)
        decoder = session.decoder
        if decoder is None:
            raise EmgError("Decoding did not start.", "Try again.")
        for address in arguments.send:
            session.sinks.add(address)
        counts = _count_decisions(session, decoder, arguments.seconds)
        median_s, p99_s = decoder.latency()
    if math.isnan(median_s):
        raise EmgError("No decision was made.", "Give it more seconds, or check the device.")
    result = {
        "decisions": counts.total(),
        "gestures": dict(counts),
        "latency_ms": {"median": 1e3 * median_s, "p99": 1e3 * p99_s},
    }
    shares = ", ".join(f"{name} {n / counts.total():.0%}" for name, n in counts.items())
    text = (
        f"{counts.total()} decisions: {shares}\n"
        f"  latency {1e3 * median_s:.1f} ms in the median, {1e3 * p99_s:.1f} ms at p99"
    )
    show(arguments, result, text)
    return EXIT_OK


def _count_decisions(session: Session, decoder: Decoder, seconds: float) -> Counter[str]:
    """How often each gesture was decided in ``seconds``, or until the device's end or Ctrl+C.

    Raises EmgError when the decoder fails.
    """
    counts: Counter[str] = Counter()
    last, deadline = -1, host_time() + seconds
    over = False
    while not over:
        over = host_time() >= deadline or all_closed(session)
        try:
            wait_seconds(session, min(POLL_S, max(0.0, deadline - host_time())))
        except KeyboardInterrupt:
            over = True
        # The decoder keeps the newest five minutes only.
        new = [d for d in decoder.decisions if d.index > last]
        counts.update(d.gesture for d in new)
        last = max((d.index for d in new), default=last)
        if decoder.state is DecoderState.FAILED:
            raise EmgError("Recognition stopped because of a fault.", "Details are in the log.")
    return counts


def _evaluate_arguments(parser: argparse.ArgumentParser) -> None:
    add_paths(parser, "labelled recordings, or folders of them")
    parser.add_argument("--split", required=True, choices=SPLITS, help="what is held out")
    parser.add_argument("--train-reps", type=parse_repetitions, metavar="1-4")
    parser.add_argument("--test-reps", type=parse_repetitions, metavar="5-6")
    parser.add_argument(
        "--classifier", choices=tuple(ESTIMATORS), default="lda", help="default %(default)s"
    )
    _add_features(parser)
    parser.add_argument(
        "--components", type=_components, metavar="N",
        help="only the first N principal components of the features",
    )  # fmt: skip
    add_trim(parser, DEFAULT_TRIM_START_S, DEFAULT_TRIM_END_S)


def _components(text: str) -> int:
    if not text.isascii() or not text.isdigit() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"'{text}' is not a number of components")
    return int(text)


def feature_spec(text: str) -> FeatureSpec:
    """Rows and groups of the feature table from text such as ``ls4,ar4``; EmgError if unknown."""
    spec = FeatureSpec(tuple(text.split(",")))
    expand(spec.names)
    return spec


def _evaluate(arguments: argparse.Namespace) -> int:
    result = evaluate_recordings(
        find_recordings(arguments.recordings),
        split=arguments.split,
        train_repetitions=arguments.train_reps,
        test_repetitions=arguments.test_reps,
        trim_start_s=arguments.trim_start,
        trim_end_s=arguments.trim_end,
        progress=LineProgress(),
        features=arguments.features,
        classifier=arguments.classifier,
        components=arguments.components,
    )
    show(arguments, result, _evaluation_table(result))
    return EXIT_OK


def _evaluation_table(result: dict[str, Any]) -> str:
    rows = result["per_recording"]
    width = max(len(Path(r["path"]).name) for r in rows)
    lines = [f"{'recording':<{width}}  accuracy  balanced"]
    lines += [
        f"{Path(r['path']).name:<{width}}  {percent(r['accuracy']):>8}"
        f"  {percent(r['balanced_accuracy']):>8}"
        for r in rows
    ]
    lines.append(
        f"{'mean of ' + str(len(rows)):<{width}}  {percent(result['accuracy']):>8}"
        f"  {percent(result['balanced_accuracy']):>8}"
    )
    lines += ["all windows together:", metric_table(result["metrics"])]
    return "\n".join(lines)


COMMANDS = (
    Command(
        "train", "train a gesture classifier from labelled recordings", _train_arguments, _train
    ),
    Command("decode", "decode a recording or a live device", _decode_arguments, _decode),
    Command("evaluate", "how well a classifier does", _evaluate_arguments, _evaluate),
)
