"""Suggestions on a cued session of the simulated armband whose truth is known."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from benchmarks.labels import compare, first_of_each, simulate
from emgstudio.core.errors import Cancelled, EmgError
from emgstudio.core.tasks import Progress
from emgstudio.core.types import Annotation, Source
from emgstudio.session.activity import edges_between, typical_rest
from emgstudio.session.suggest_model import _runs, _snapped
from emgstudio.session.suggesting import Suggested, Suggester, Together, Wish, suggest
from emgstudio.storage.recording import Recording

CUED = 20
RATE = 1000.0


@pytest.fixture(scope="module")
def cued(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, list[Annotation]]:
    """The recording, and when the muscles were really active."""
    return simulate(tmp_path_factory.mktemp("cued") / "session", CUED, 2)


def labels_of(path: Path) -> tuple[Annotation, ...]:
    with Recording.open(path) as recording:
        return recording.annotations


def found(path: Path, wish: Wish, labels: tuple[Annotation, ...] | None = None) -> Suggested:
    known = labels_of(path) if labels is None else labels
    return suggest(path, wish, known, progress=Progress())


def test_cues_move_to_the_muscle_and_most_need_no_correction(
    cued: tuple[Path, list[Annotation]],
) -> None:
    path, truth = cued
    made = found(path, Wish(Suggester.CUES, "auto"))
    score = compare(truth, made.annotations, False)
    assert (score.missed, score.extra, score.other_label) == (0, 0, 0)
    assert score.unchanged >= 0.5 * CUED
    assert score.seconds * 100 / CUED <= 300
    cues = labels_of(path)
    shift = np.median([m.start - c.start for m, c in zip(made.annotations, cues, strict=True)])
    assert f"start {shift * 1000:+.0f} ms" in made.said
    assert 0.15 < shift < 0.45
    first = made.annotations[0]
    assert (first.source, first.reviewed, first.track) == (Source.MODEL, False, "auto")
    assert first.recipe.startswith("cue moved")
    assert first.repetition == cues[0].repetition
    assert first.start in made.edges


def test_the_onset_detector_finds_every_contraction(cued: tuple[Path, list[Annotation]]) -> None:
    path, truth = cued
    made = found(path, Wish(Suggester.ACTIVITY, "auto", label="grip"))
    score = compare(truth, made.annotations, True)
    assert score.missed == 0
    assert score.extra <= 0.3 * CUED
    assert {a.label for a in made.annotations} == {"grip"}
    assert all(a.confidence is not None and 0.75 <= a.confidence <= 1 for a in made.annotations)
    each = found(path, Wish(Suggester.ACTIVITY, "auto", together=Together.EACH)).annotations
    assert {a.channels for a in each} == {(k,) for k in range(8)}
    both = found(path, Wish(Suggester.ACTIVITY, "auto", together=Together.ALL)).annotations
    assert sum(a.duration for a in both) < sum(a.duration for a in made.annotations)


def test_bad_data_is_left_out(cued: tuple[Path, list[Annotation]]) -> None:
    path, truth = cued
    bad = Annotation(truth[3].start - 0.5, truth[3].stop + 0.5, "bad data", "bad")
    made = found(path, Wish(Suggester.ACTIVITY, "auto"), (bad,))
    assert not [a for a in made.annotations if a.start < bad.stop and a.stop > bad.start]


def test_examples_give_their_label_to_what_looks_like_them(
    cued: tuple[Path, list[Annotation]],
) -> None:
    path, truth = cued
    with pytest.raises(EmgError, match="no labelled segments"):
        found(path, Wish(Suggester.ALIKE, "auto"))
    examples = tuple(first_of_each(truth, 2))
    score = compare(truth, found(path, Wish(Suggester.ALIKE, "auto"), examples).annotations, False)
    assert score.missed <= 3
    assert score.other_label <= 0.2 * CUED


def test_without_cues_a_sentence_says_so(cued: tuple[Path, list[Annotation]]) -> None:
    with pytest.raises(EmgError, match="no cues"):
        found(cued[0], Wish(Suggester.CUES, "auto"), ())
    with pytest.raises(EmgError, match="No classifier"):
        found(cued[0], Wish(Suggester.MODEL, "auto"))


def test_a_search_that_nobody_wants_ends(cued: tuple[Path, list[Annotation]]) -> None:
    progress = Progress()
    progress.cancel()
    with pytest.raises(Cancelled):
        suggest(cued[0], Wish(Suggester.ACTIVITY, "auto"), (), progress=progress)


def test_onsets_of_a_stretch_are_near_the_truth(cued: tuple[Path, list[Annotation]]) -> None:
    path, truth = cued
    with Recording.open(path) as recording:
        edges = edges_between(recording.main, 5000, 14000, progress=Progress())
    inside = [t for t in truth if t.start > 6 and t.stop < 13]
    assert inside
    for true in inside:
        assert np.abs(edges - true.start).min() < 0.06


def test_rest_is_told_from_activity() -> None:
    draw = np.random.default_rng(1)
    x = draw.normal(0, 5.0, 10_000)
    x[3000:5000] *= 20
    stretch, power = typical_rest(x, RATE) or pytest.fail("no rest")
    assert stretch.stop <= 3000 or stretch.start >= 5000
    assert power == pytest.approx(25.0, rel=0.1)
    assert typical_rest(x[:300], RATE) is None
    assert typical_rest(np.full(2000, np.nan), RATE) is None


def test_decisions_become_runs_with_edges_of_the_muscle() -> None:
    from emgstudio.core.types import Decision

    def decision(index: int, gesture: str) -> Decision:
        return Decision(
            time=index / RATE,
            index=index,
            gesture=gesture,
            confidence=0.8,
            raw_gesture=gesture,
            probabilities=(1.0,),
            proportional=0.0,
            latency_s=0.0,
        )

    names = ["rest", "fist", "fist", "rest", "fist", "open", "open"]
    runs = _runs([decision(50 * k, name) for k, name in enumerate(names)], 50, 100.0)
    assert [(r.gesture, r.first, r.last) for r in runs] == [("fist", 50, 200), ("open", 250, 300)]
    assert _snapped(95, [10, 100, 400], 20.0) == 100
    assert _snapped(95, [10, 400], 20.0) == 95
