"""Suggestions on a cued session of the simulated armband whose truth is known."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from benchmarks.labels import compare, first_of_each, simulate
from emgstudio.core.errors import Cancelled, EmgError
from emgstudio.core.tasks import Progress
from emgstudio.core.types import Annotation, Channel, Source, StreamInfo
from emgstudio.session.activity import edges_between, find_activity, typical_rest
from emgstudio.session.suggest_cues import ends_near
from emgstudio.session.suggest_model import _runs, _snapped, classifiers
from emgstudio.session.suggesting import Suggested, Suggester, Together, Wish, suggest
from emgstudio.session.training import train_from_recordings
from emgstudio.storage.annotations import AnnotationLog
from emgstudio.storage.importers.imported import imported_session
from emgstudio.storage.recording import Recording
from tests import labelled_emg

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
    assert score.unchanged >= 0.6 * CUED
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


def test_cues_move_where_muscles_hardly_rest_between_movements(tmp_path: Path) -> None:
    """As in recordings of others: a minute's quietest second is far below the rest between."""
    rate, draw = 200.0, np.random.default_rng(3)
    strength = np.full(round(90 * rate), 1.0)
    strength[round(5 * rate) :] = 6.0
    cues, truth = [], []
    for k in range(8):
        cue = Annotation(8.0 + 10 * k, 13.0 + 10 * k, "fist", "cue", Source.CUE)
        did = (cue.start + 0.05 * k, cue.stop + 0.3)
        strength[round(did[0] * rate) : round(did[1] * rate)] = 24.0
        cues.append(cue)
        truth.append(did)
    info = StreamInfo("EMG", rate, tuple(Channel(f"E{k}") for k in range(8)), "float32", "Myo")
    with imported_session(tmp_path / "myo", info, {}) as session:
        noise = draw.normal(size=(len(strength), 8)).astype(np.float32)
        session.append(noise * strength[:, None].astype(np.float32))
    made = found(tmp_path / "myo", Wish(Suggester.CUES, "auto"), tuple(cues)).annotations
    assert len(made) == 8
    away = np.array([(a.start, a.stop) for a in made]) - np.array(truth)
    assert np.abs(away).max() < 0.1
    assert np.median(np.abs(away)) < 0.03


def test_the_ends_of_one_label_are_found_near_it(cued: tuple[Path, list[Annotation]]) -> None:
    path, truth = cued
    draw = np.random.default_rng(1)
    with Recording.open(path) as recording:
        found = [
            ends_near(
                recording.main,
                true.start + draw.uniform(-0.2, 0.2),
                true.stop + draw.uniform(-0.2, 0.2),
                progress=Progress(),
            )
            for true in truth
        ]
        quiet = ends_near(recording.main, 0.8, 1.6, progress=Progress())
    starts = [
        abs(start - true.start) for (start, _), true in zip(found, truth, strict=True) if start
    ]
    stops = [abs(stop - true.stop) for (_, stop), true in zip(found, truth, strict=True) if stop]
    assert len(starts) == len(stops) == CUED
    assert np.median(starts) <= 0.015
    assert np.median(stops) <= 0.045
    assert quiet == (None, None)


def test_ends_are_looked_for_at_both_ends_of_a_recording_and_beyond(tmp_path: Path) -> None:
    rate = 200.0
    strength = np.ones(round(10 * rate))
    strength[round(4 * rate) : round(9.8 * rate)] = 20.0
    info = StreamInfo("EMG", rate, tuple(Channel(f"E{k}") for k in range(4)), "float32", "Myo")
    with imported_session(tmp_path / "myo", info, {}) as session:
        noise = np.random.default_rng(3).normal(size=(len(strength), 4))
        session.append((noise * strength[:, None]).astype(np.float32))
    with Recording.open(tmp_path / "myo") as recording:
        start, stop = ends_near(recording.main, 4.1, 9.75, progress=Progress())
        assert start == pytest.approx(4.0, abs=0.05)
        assert stop == pytest.approx(9.8, abs=0.05)
        for before, after in ((-5.0, -3.0), (20.0, 21.0)):
            assert ends_near(recording.main, before, after, progress=Progress()) == (None, None)


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


def test_where_no_channel_is_used_a_sentence_says_so(
    cued: tuple[Path, list[Annotation]],
) -> None:
    stream = Recording.open(cued[0]).main
    none = tuple(replace(channel, used=False) for channel in stream.info.channels)
    stream.info = replace(stream.info, channels=none)
    with pytest.raises(EmgError, match="set as not used"):
        find_activity(stream, bad=[], progress=Progress())


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
    progress = Progress()
    for suggester, why in (
        (Suggester.CUES, "no cues"),
        (Suggester.MODEL, "No classifier"),
        (Suggester.ALIKE, "no labelled segments"),
    ):
        with pytest.raises(EmgError, match=why):
            suggest(cued[0], Wish(suggester, "auto"), (), progress=progress)
    # It is said at once, before anybody looked through an hour of signals.
    assert progress.fraction == 0.0


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


def gestures_of(folder: Path, seed: int, channels: tuple[Channel, ...]) -> Path:
    """Three gestures in turn, three times; its labels are the truth."""
    part = labelled_emg.recording(seed=seed)
    info = StreamInfo("EMG", labelled_emg.RATE, channels, "float32", "hand")
    with imported_session(folder, info, {}) as session:
        session.append(part.samples)
    log = AnnotationLog.open(folder)
    log.add(*(replace(a, track="labels") for a in part.annotations))
    log.close()
    return folder


def test_a_saved_classifier_labels_another_recording_of_its_sensor(tmp_path: Path) -> None:
    names = labelled_emg.CHANNELS
    model = train_from_recordings(
        [gestures_of(tmp_path / "first", 0, names)], progress=Progress()
    ).save(tmp_path / "right arm")
    second = gestures_of(tmp_path / "second", 1, names)
    truth = [a for a in labels_of(second) if a.label != "rest"]
    made = found(second, Wish(Suggester.MODEL, "auto", model=model), ()).annotations
    assert [a.label for a in made] == [a.label for a in truth]
    assert all(abs(a.start - b.start) < 0.3 for a, b in zip(made, truth, strict=True))
    assert all((a.source, a.reviewed, a.track) == (Source.MODEL, False, "auto") for a in made)
    assert made[0].recipe == "classifier right arm"
    bad = Annotation(truth[1].start, truth[1].stop, "bad data", "bad")
    fewer = found(second, Wish(Suggester.MODEL, "auto", model=model), (bad,)).annotations
    assert [a.label for a in fewer] == [a.label for a in truth if a is not truth[1]]


def test_a_classifier_of_another_sensor_is_refused_in_a_sentence(tmp_path: Path) -> None:
    names = labelled_emg.CHANNELS
    model = train_from_recordings(
        [gestures_of(tmp_path / "first", 0, names)], progress=Progress()
    ).save(tmp_path / "right arm")
    others = tuple(replace(channel, name=f"ring {k}") for k, channel in enumerate(names))
    path = gestures_of(tmp_path / "other", 1, others)
    with pytest.raises(EmgError, match="ring 0") as refused:
        found(path, Wish(Suggester.MODEL, "auto", model=model), ())
    with Recording.open(path) as recording, Recording.open(tmp_path / "first") as first:
        (one,) = classifiers([model], recording.main.info)
        assert one.problem == refused.value.message
        broken = tmp_path / "no model"
        broken.mkdir()
        offered = classifiers([broken, model], first.main.info)
        assert [(one.path, bool(one.problem)) for one in offered] == [
            (model, False),
            (broken, True),
        ]
