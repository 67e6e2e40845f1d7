"""Offline figures over many recordings: new repetitions, new sessions, new people."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Literal

import numpy as np

from emgstudio.core.errors import EmgError
from emgstudio.core.tasks import Progress
from emgstudio.core.types import FeatureSpec, WindowSpec
from emgstudio.ml.dataset import (
    Dataset,
    Describe,
    LabelledSamples,
    build_dataset,
    folds_of_unseen_rest,
    label_spans,
    with_thresholds,
)
from emgstudio.ml.lda import Floats, ShrunkLDA
from emgstudio.ml.metrics import Metrics, calibrated, metrics, runs_of
from emgstudio.ml.report import (
    Counts,
    Estimator,
    accuracy,
    balanced_accuracy,
    confusion,
    hold_out,
)

Split = Literal["repetition", "session", "subject"]
Factory = Callable[[], Estimator]
Folds = Iterable[tuple[Dataset, Dataset]]
MOST_REPETITIONS = 100_000


@dataclass(frozen=True, slots=True)
class RecordingResult:
    """One recording, tested on ``windows`` windows; fractions."""

    recording: str
    session: str
    subject: str
    windows: int
    accuracy: float
    balanced_accuracy: float


@dataclass(frozen=True, slots=True)
class EvaluationReport:
    """Accuracies averaged over recordings; ``confusion`` pooled, rows are the true classes.

    ``metrics`` are of all windows together.
    """

    split: Split
    classes: tuple[str, ...]
    confusion: tuple[tuple[int, ...], ...]
    accuracy: float
    balanced_accuracy: float
    per_recording: tuple[RecordingResult, ...]
    metrics: Metrics

    def to_json(self) -> dict[str, Any]:
        """Plain lists, numbers and strings."""
        return {**asdict(self), "metrics": self.metrics.to_json()}


@dataclass(frozen=True, slots=True)
class Tested:
    """Rows of one recording and the gesture recognised in each.

    ``scores (n, k)`` are log posteriors of ``classes``, None where only the winner is known.
    """

    dataset: Dataset
    guess: Sequence[str]
    scores: Floats | None = None
    classes: tuple[str, ...] = ()


def evaluate(
    parts: Iterable[LabelledSamples],
    split: Split,
    *,
    window: WindowSpec,
    features: FeatureSpec | Describe,
    trim_start_s: float,
    trim_end_s: float,
    train_reps: Collection[int] | None = None,
    test_reps: Collection[int] | None = None,
    make: Factory = ShrunkLDA,
    progress: Progress | None = None,
) -> EvaluationReport:
    """Train and test on recordings; without any smoothing over time.

    ``repetition``: each recording for itself, ``train_reps`` against
    ``test_reps``; without either, each repetition against the others.
    ``session``: each recording by the person's other sessions. ``subject``:
    each by the other people. There the repetition lists only narrow what is
    trained and tested on. The same trims apply to training and test. Features that
    count take thresholds from each recording's own rest, of ``train_reps`` where given,
    else within a recording without that of what is tested.

    Raises
    ------
    EmgError
        The lists overlap, or there is nothing to train or to test on.
    """
    _check_repetitions(split, train_reps, test_reps)
    unseen = test_reps if split == "repetition" else None
    trim = (trim_start_s, trim_end_s)
    datasets = _datasets(parts, window, features, trim, train_reps, unseen, progress)
    if split == "repetition":
        return evaluation_report(
            split, (_repetitions(d, train_reps, test_reps, make, folds) for d, folds in datasets)
        )
    whole = Dataset.joined([_with_session(d) for d, _ in datasets])
    return evaluation_report(split, _across(whole, split, train_reps, test_reps, make))


def parse_repetitions(text: str) -> frozenset[int]:
    """Repetition numbers from text such as ``1-4`` or ``1,3,5-6``; EmgError if it is not."""
    numbers: set[int] = set()
    try:
        for piece in text.split(","):
            first, dash, last = piece.partition("-")
            begin, end = int(first), int(last if dash else first)
            if end > MOST_REPETITIONS:
                raise ValueError
            numbers.update(range(begin, end + 1))
    except ValueError:
        numbers = set()
    if not numbers or min(numbers) < 1:
        raise EmgError(f"“{text}” is no list of repetitions.", "Write for example 1-4 or 1,3,5.")
    return frozenset(numbers)


def _datasets(
    parts: Iterable[LabelledSamples],
    window: WindowSpec,
    features: FeatureSpec | Describe,
    trim: tuple[float, float],
    train_reps: Collection[int] | None,
    unseen: Collection[int] | None,
    progress: Progress | None,
) -> Iterator[tuple[Dataset, Folds | None]]:
    """Each recording, and its folds by repetition where those have features of their own."""
    total = len(parts) if isinstance(parts, Sequence) else 0
    for done, part in enumerate(parts):
        if progress:
            progress.report(done / total if total else 0.0, part.recording)
        how, folds = features, None
        if isinstance(features, FeatureSpec):
            seen = train_reps
            if seen is None and unseen is not None:
                spans = label_spans(part.annotations, part.rate, *trim)
                seen = {span.repetition for span in spans} - set(unseen)
            how = with_thresholds(features, [part], trim, seen)
        built = build_dataset([part], window, how, trim_start_s=trim[0], trim_end_s=trim[1])
        if isinstance(features, FeatureSpec) and how is not features:
            folds = folds_of_unseen_rest(built, features, [part], window, trim)
        yield built, folds


def _check_repetitions(
    split: Split, train: Collection[int] | None, test: Collection[int] | None
) -> None:
    both = set(train or ()) & set(test or ())
    if split == "repetition" and both:
        raise EmgError(
            f"Repetition {min(both)} would be both trained and tested on.",
            "Give different repetitions, for example 1-4 and 5-6.",
        )


def _repetitions(
    d: Dataset,
    train: Collection[int] | None,
    test: Collection[int] | None,
    make: Factory,
    folds: Folds | None,
) -> Tested:
    if train is None and test is None:
        held = hold_out(d, make, "repetition", folds)
        if not len(held.dataset):
            raise EmgError(
                f"{_name(d)} has one repetition of each gesture; none is left to test on.",
                "Record each gesture at least twice.",
            )
        guess = np.array(held.classes)[held.winners].tolist()
        return Tested(held.dataset, guess, held.scores, held.classes)
    tested = set(test) if test is not None else set(d.groups("repetition")) - set(train or ())
    others, testing = d.split("repetition", tested)
    training = others if train is None else others.only("repetition", train)
    return _test(training, testing, make, _name(d))


def _across(
    whole: Dataset,
    split: Split,
    train: Collection[int] | None,
    test: Collection[int] | None,
    make: Factory,
) -> Iterator[Tested]:
    by: Literal["session", "subject"] = "session" if split == "session" else "subject"
    pools = (
        [whole.only("subject", [s]) for s in whole.groups("subject")]
        if split == "session"
        else [whole]
    )
    for pool in pools:
        groups = pool.groups(by)
        if len(groups) < 2:
            raise EmgError(
                f"There is only one {by} ({groups[0] or 'unnamed'}) to train and test on.",
                f"Add recordings of another {by}.",
            )
        for group in groups:
            training, testing = pool.split(by, [group])
            if train is not None:
                training = training.only("repetition", train)
            if test is not None:
                testing = testing.only("repetition", test)
            estimator = _trained(training, make, str(group))
            for recording in testing.groups("recording"):
                one = testing.only("recording", [recording])
                yield _tested(estimator, one)


def _test(training: Dataset, testing: Dataset, make: Factory, name: str) -> Tested:
    if not len(testing):
        raise EmgError(f"{name} has none of the repetitions to test on.", "Choose others.")
    return _tested(_trained(training, make, name), testing)


def _trained(training: Dataset, make: Factory, name: str) -> Estimator:
    if len(training.classes) < 2:
        raise EmgError(
            f"There are fewer than two gestures to train on for {name}.",
            "Choose other repetitions or recordings.",
        )
    estimator = make()
    estimator.fit(training.x, training.y)
    return estimator


def _tested(estimator: Estimator, d: Dataset) -> Tested:
    scores = estimator.scores(d.x)
    winners: list[str] = np.array(estimator.classes)[scores.argmax(axis=1)].tolist()
    return Tested(d, winners, scores, tuple(estimator.classes))


def _with_session(d: Dataset) -> Dataset:
    """A recording without a session name is a session of its own."""
    return d if d.session[0] else d.renamed(session=_name(d))


def _name(d: Dataset) -> str:
    return str(d.recording[0])


def evaluation_report(split: Split, tested: Iterable[Tested]) -> EvaluationReport:
    """The figures of at least one tested recording."""
    all_tested = list(tested)
    if not all_tested:
        raise EmgError("There is no recording to evaluate.", "Name at least one.")
    classes = sorted({c for t in all_tested for c in (*t.dataset.classes, *t.guess)})
    pooled: Counts = np.zeros((len(classes), len(classes)), np.int64)
    results = []
    for t in all_tested:
        truth = np.searchsorted(classes, t.dataset.y)
        counts = confusion(truth, np.searchsorted(classes, list(t.guess)), len(classes))
        pooled += counts
        d = t.dataset
        results.append(
            RecordingResult(
                _name(d),
                str(d.session[0]),
                str(d.subject[0]),
                len(d),
                accuracy(counts),
                balanced_accuracy(counts),
            )
        )
    return EvaluationReport(
        split=split,
        classes=tuple(classes),
        confusion=tuple(tuple(int(n) for n in row) for row in pooled),
        accuracy=float(np.mean([r.accuracy for r in results])),
        balanced_accuracy=float(np.mean([r.balanced_accuracy for r in results])),
        per_recording=tuple(results),
        metrics=_metrics(all_tested, classes),
    )


def _metrics(tested: Sequence[Tested], classes: Sequence[str]) -> Metrics:
    """All figures of all windows; those of sureness where every classifier gave scores."""
    runs = [run for t in tested for run in runs_of(t.dataset)]
    truth = [name for t in tested for name in t.dataset.y.tolist()]
    guess = [name for t in tested for name in t.guess]
    scores = [_spread(t, classes) for t in tested]
    posteriors = None
    if len(scores) == sum(s is not None for s in scores):
        # Recordings are folds; those of one recording its repetitions.
        groups = [run[0] if len(tested) > 1 else run[2] for run in runs]
        joined = np.concatenate([s for s in scores if s is not None])
        posteriors = calibrated(joined, np.searchsorted(classes, truth), groups)
    return metrics(truth, guess, classes, runs=runs, probabilities=posteriors)


def _spread(tested: Tested, classes: Sequence[str]) -> Floats | None:
    """Scores in the columns ``classes``; what a classifier does not know is impossible."""
    if tested.scores is None:
        return None
    wide = np.full((len(tested.guess), len(classes)), -np.inf)
    wide[:, np.searchsorted(classes, tested.classes)] = tested.scores
    return wide
