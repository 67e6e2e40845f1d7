"""Windows from labels: where they may lie, what they are called, how they may be split."""

from __future__ import annotations

import inspect
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from emgstudio.core.errors import EmgError
from emgstudio.core.types import Annotation, FeatureSpec, WindowSpec
from emgstudio.dsp.features import noise_thresholds
from emgstudio.ml.dataset import (
    Dataset,
    Group,
    LabelledSamples,
    build_dataset,
    label_spans,
    with_thresholds,
)
from tests import labelled_emg as made

RATE = 100.0
WINDOW = WindowSpec(0.1, 0.05)
INDEX_MEAN = FeatureSpec(("mav",))


def ramp(n: int, labels: list[Annotation], holes: list[tuple[int, int]] = []) -> LabelledSamples:  # noqa: B006
    """Sample i has the value i, so a window's mean tells where it was cut."""
    samples = np.arange(n, dtype=np.float32)[:, None]
    for start, stop in holes:
        samples[start:stop] = np.nan
    return LabelledSamples(samples, RATE, tuple(labels), "r")


def cut(part: LabelledSamples, start_s: float = 0.0, end_s: float = 0.0) -> Dataset:
    return build_dataset([part], WINDOW, INDEX_MEAN, trim_start_s=start_s, trim_end_s=end_s)


def starts(d: Dataset) -> list[int]:
    return (d.x[:, 0] - 4.5).round().astype(int).tolist()


def test_windows_fill_a_label_and_never_cross_its_edge() -> None:
    d = cut(ramp(100, [Annotation(0.1, 0.4, "a"), Annotation(0.4, 0.55, "b")]))
    assert list(zip(starts(d), d.y.tolist(), strict=True)) == [
        (10, "a"), (15, "a"), (20, "a"), (25, "a"), (30, "a"), (40, "b"), (45, "b"),
    ]  # fmt: skip


def test_trims_are_left_out_at_both_ends() -> None:
    d = cut(ramp(200, [Annotation(0.0, 2.0, "a")]), 1.0, 0.5)
    assert (min(starts(d)), max(starts(d))) == (100, 140)


def test_a_gap_is_never_inside_a_window() -> None:
    d = cut(ramp(100, [Annotation(0.0, 1.0, "a")], holes=[(33, 34)]))
    assert starts(d)[:6] == [0, 5, 10, 15, 20, 34]
    assert np.isfinite(d.x).all()


def test_where_two_labels_overlap_there_is_no_window() -> None:
    d = cut(ramp(100, [Annotation(0, 0.5, "a"), Annotation(0.3, 0.9, "b")]))
    assert [s for s, y in zip(starts(d), d.y, strict=True) if y == "a"] == [0, 5, 10, 15, 20]
    assert min(s for s, y in zip(starts(d), d.y, strict=True) if y == "b") == 50


@given(
    st.lists(
        st.tuples(st.integers(0, 300), st.integers(1, 120), st.sampled_from("abc")), max_size=6
    ),
    st.lists(st.tuples(st.integers(0, 280), st.integers(1, 15)), max_size=4),
)
def test_any_labels_and_gaps_keep_the_rules(
    labels: list[tuple[int, int, str]], holes: list[tuple[int, int]]
) -> None:
    annotations = [Annotation(a / RATE, (a + n) / RATE, name) for a, n, name in labels]
    part = ramp(300, annotations, [(a, a + n) for a, n in holes])
    try:
        d = cut(part)
    except EmgError:
        return
    for first, name in zip(starts(d), d.y.tolist(), strict=True):
        inside = [(a, n, label) for a, n, label in labels if a < first + 10 and a + n > first]
        assert [label for _, _, label in inside] == [name]
        a, n, _ = inside[0]
        assert a <= first
        assert first + 10 <= a + n
        assert np.isfinite(part.samples[first : first + 10]).all()


def test_unnumbered_labels_are_counted_after_the_numbered_ones() -> None:
    labels = [
        Annotation(3, 4, "a"),
        Annotation(0, 1, "a", repetition=2),
        Annotation(1, 2, "a"),
        Annotation(2, 3, "b"),
        Annotation(5, 5, "event"),
    ]
    assert [(s.gesture, s.repetition) for s in label_spans(labels, RATE, 0, 0)] == [
        ("a", 2), ("a", 3), ("b", 1), ("a", 4),
    ]  # fmt: skip


def test_labels_outside_the_recording_and_too_short_ones_give_nothing() -> None:
    d = cut(
        ramp(50, [Annotation(-1, 0.2, "a"), Annotation(0.3, 0.38, "b"), Annotation(9, 10, "c")])
    )
    assert starts(d) == [0, 5, 10]
    with pytest.raises(EmgError, match="no whole window"):
        cut(ramp(50, [Annotation(0.0, 0.05, "a")]))


def small() -> Dataset:
    return build_dataset(
        [
            made.recording("a", subject="P", session="1"),
            made.recording("b", seed=1, subject="Q", session="1"),
        ],
        WindowSpec(), FeatureSpec(("logrms",)), trim_start_s=0.2, trim_end_s=0.1,
    )  # fmt: skip


@pytest.mark.parametrize("by", ["session", "repetition"])
def test_f7_no_window_of_the_training_shares_a_sample_with_the_test(by: Group) -> None:
    """The second recording's samples go on counting where the first one's end."""
    holds = [
        Annotation(0.5 * k, 0.5 * (k + 1), "ab"[k % 2], repetition=k // 2 + 1) for k in range(6)
    ]
    first = replace(ramp(300, holds), session="1")
    second = replace(first, samples=first.samples + 1000, recording="s", session="2")
    d = build_dataset([first, second], WINDOW, INDEX_MEAN, trim_start_s=0.0, trim_end_s=0.0)
    for train, test in d.folds(by, most=10):
        used = {start + k for start in starts(train) for k in range(10)}
        tested = {start + k for start in starts(test) for k in range(10)}
        assert used
        assert tested
        assert not used & tested


def test_splits_are_by_whole_groups_and_lose_nothing() -> None:
    d = small()
    for by in ("repetition", "recording", "session", "subject"):
        value = d.groups(by)[0]
        train, test = d.split(by, [value])
        assert len(train) + len(test) == len(d)
        assert set(test.groups(by)) == {value}
        assert value not in train.groups(by)
    assert sum(len(rows) for *_, rows in d.units()) == len(d)
    assert len(list(d.units())) == 2 * 4 * 3


def test_folds_test_every_group_once_even_if_there_are_more_than_asked() -> None:
    d = small()
    tested = [set(test.groups("repetition")) for _, test in d.folds("repetition", most=2)]
    assert sorted(r for s in tested for r in s) == [1, 2, 3]
    assert len(tested) == 2


def test_no_public_way_parts_the_windows_of_a_repetition() -> None:
    """Every method that selects rows does so by a group or a class."""
    selecting = {"only", "split", "folds", "only_classes", "units", "nothing", "with_columns"}
    public = {name for name, _ in inspect.getmembers(Dataset, inspect.isfunction) if name[0] != "_"}
    assert public == selecting | {"groups", "renamed"}


def test_amplitude_is_the_mean_rms() -> None:
    part = made.recording(repetitions=1)
    d = build_dataset([part], WindowSpec(), FeatureSpec(("rms",)), trim_start_s=0, trim_end_s=0)
    np.testing.assert_allclose(d.amplitude, d.x.mean(axis=1), rtol=1e-6)


def test_recordings_of_different_sensors_do_not_mix() -> None:
    one = made.recording("a")
    two = replace(one, samples=one.samples[:, :3], recording="b")
    with pytest.raises(EmgError, match="channels"):
        build_dataset([one, two], WindowSpec(), FeatureSpec(("mav",)), trim_start_s=0, trim_end_s=0)


def test_rows_that_count_get_thresholds_from_the_rest_that_may_be_seen() -> None:
    part = made.recording(repetitions=2)
    first, second = ((a.start, a.stop) for a in part.annotations if a.label == "rest")
    rate = part.rate
    part.samples[round(second[0] * rate) : round(second[1] * rate)] *= 10
    counting = FeatureSpec(("ls4",))
    of_first = with_thresholds(counting, [part], (0.5, 0.25), [1])
    inside = slice(round((first[0] + 0.5) * rate), round((first[1] - 0.25) * rate))
    assert of_first.thresholds == noise_thresholds(part.samples[inside])
    of_second = with_thresholds(counting, [part], (0.5, 0.25), [2])
    assert min(of_second.thresholds) > 5 * max(of_first.thresholds)


def test_thresholds_are_left_alone_where_none_are_needed_given_or_known() -> None:
    part = made.recording(repetitions=1)
    plain, given = FeatureSpec(), FeatureSpec(("wamp",), (1.0, 2.0, 3.0, 4.0))
    assert with_thresholds(plain, [part], (0, 0)) is plain
    assert with_thresholds(given, [part], (0, 0)) is given
    restless = replace(part, annotations=tuple(a for a in part.annotations if a.label != "rest"))
    counting = FeatureSpec(("myop",))
    assert with_thresholds(counting, [restless], (0, 0)) is counting


def test_a_label_before_the_first_sample_labels_nothing() -> None:
    """As of a stream that began later than its labels."""
    part = made.recording(repetitions=1)
    early = replace(part.annotations[0], start=-3.0, stop=-1.0, label="rest", id="early")
    with_early = replace(part, annotations=(early, *part.annotations))
    spec, trim = FeatureSpec(("wamp",)), (0.0, 0.0)
    unchanged = with_thresholds(spec, [part], trim)
    assert with_thresholds(spec, [with_early], trim) == unchanged
    plain, more = (
        build_dataset([p], WindowSpec(), unchanged, trim_start_s=0.0, trim_end_s=0.0)
        for p in (part, with_early)
    )
    assert len(more) == len(plain)
