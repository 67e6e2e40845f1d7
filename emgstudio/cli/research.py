"""For researchers: classifiers side by side, and which features are worth their place."""

from __future__ import annotations

import argparse
from typing import Any

from emgstudio.cli.command import (
    EXIT_OK,
    Command,
    LineProgress,
    add_paths,
    add_trim,
    percent,
    show,
)
from emgstudio.cli.learning import SPLITS, feature_spec
from emgstudio.ml.estimators import ESTIMATORS, estimator_kind
from emgstudio.ml.evaluate import parse_repetitions
from emgstudio.session.evaluation import RANKINGS, compare_recordings, rank_features
from emgstudio.session.files import find_recordings
from emgstudio.session.training import DEFAULT_TRIM_END_S, DEFAULT_TRIM_START_S

SIMPLE = tuple(key for key, kind in ESTIMATORS.items() if not kind.extra)


def _compare_arguments(parser: argparse.ArgumentParser) -> None:
    add_paths(parser, "labelled recordings, or folders of them")
    parser.add_argument("--split", required=True, choices=SPLITS, help="what is held out")
    parser.add_argument("--train-reps", type=parse_repetitions, metavar="1-4")
    parser.add_argument("--test-reps", type=parse_repetitions, metavar="5-6")
    parser.add_argument(
        "--classifiers", type=_keys, default=SIMPLE, metavar="lda,svm",
        help=f"any of {', '.join(ESTIMATORS)} (default: all that need no extra)",
    )  # fmt: skip
    parser.add_argument("--features", type=feature_spec, metavar="ls4,ar4")
    add_trim(parser, DEFAULT_TRIM_START_S, DEFAULT_TRIM_END_S)


def _keys(text: str) -> tuple[str, ...]:
    return tuple(estimator_kind(key).key for key in text.split(","))


def _compare(arguments: argparse.Namespace) -> int:
    rows = compare_recordings(
        find_recordings(arguments.recordings),
        arguments.classifiers,
        split=arguments.split,
        train_repetitions=arguments.train_reps,
        test_repetitions=arguments.test_reps,
        trim_start_s=arguments.trim_start,
        trim_end_s=arguments.trim_end,
        progress=LineProgress(),
        features=arguments.features,
    )
    width = max(len(row["title"]) for row in rows)
    lines = [f"{'classifier':<{width}}  accuracy  balanced  95 % interval     fit"]
    for row in rows:
        low, high = row["interval"]
        lines.append(
            f"{row['title']:<{width}}  {percent(row['accuracy']):>8}"
            f"  {percent(row['balanced_accuracy']):>8}"
            f"  {100 * low:5.1f} – {100 * high:5.1f} %  {row['fit_s']:6.2f} s"
        )
    show(arguments, {"split": arguments.split, "classifiers": rows}, "\n".join(lines))
    return EXIT_OK


def _rank_arguments(parser: argparse.ArgumentParser) -> None:
    add_paths(parser, "labelled recordings of one sensor, or folders of them")
    parser.add_argument(
        "--by", choices=tuple(RANKINGS), default="information",
        help="information: mutual information with the movement; sequential: added one by one, "
        "judged with repetitions left out (default %(default)s)",
    )  # fmt: skip
    parser.add_argument(
        "--of", choices=("features", "electrodes"), default="features",
        help="what is ranked (default %(default)s)",
    )  # fmt: skip
    parser.add_argument(
        "--most", type=int, default=8, metavar="N", help="how many at most (default %(default)s)"
    )
    parser.add_argument("--features", type=feature_spec, metavar="classic,ar4")
    add_trim(parser, DEFAULT_TRIM_START_S, DEFAULT_TRIM_END_S)


def _rank(arguments: argparse.Namespace) -> int:
    rows = rank_features(
        find_recordings(arguments.recordings),
        by=arguments.by,
        electrodes=arguments.of == "electrodes",
        most=arguments.most,
        trim_start_s=arguments.trim_start,
        trim_end_s=arguments.trim_end,
        progress=LineProgress(),
        features=arguments.features,
    )
    result: dict[str, Any] = {"by": arguments.by, "of": arguments.of, "ranked": rows}
    show(arguments, result, "\n".join(_ranked_line(row) for row in rows))
    return EXIT_OK


def _ranked_line(row: dict[str, Any]) -> str:
    if "information" in row:
        return f"{row['name']:<24} {row['information']:.3f} nats in its best number"
    return f"{row['name']:<24} {percent(row['balanced_accuracy'])} balanced with those above"


COMMANDS = (
    Command(
        "compare", "several classifiers on the same windows and folds", _compare_arguments, _compare
    ),
    Command(
        "rank-features", "which features or electrodes tell movements apart", _rank_arguments, _rank
    ),
)
