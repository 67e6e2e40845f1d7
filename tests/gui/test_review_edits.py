"""Annotations by value: nudging, splitting, finding, times as text."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from emgstudio.core.types import Annotation
from emgstudio.gui.review.editing import clock, joined, nudged, seconds_of, split, with_edge_at
from emgstudio.gui.review.index import AnnotationIndex

ITEM = Annotation(1.0, 2.0, "fist", track="labels")


def test_an_edge_never_passes_the_other() -> None:
    assert nudged(ITEM, start=5.0).start == 2.0
    assert nudged(ITEM, stop=-5.0).stop == 1.0
    assert nudged(ITEM, start=-5.0).start == 0.0
    event = Annotation(3.0, 3.0, "mark")
    assert nudged(event, start=0.5).is_event


def test_dragging_an_edge_past_the_other_turns_the_span_round() -> None:
    turned = with_edge_at(ITEM, 3.0, first=True)
    assert (turned.start, turned.stop, turned.id) == (2.0, 3.0, ITEM.id)


def test_split_and_join() -> None:
    halves = split(ITEM, 1.4)
    assert halves is not None
    first, second = halves
    assert (first.start, first.stop, second.start, second.stop) == (1.0, 1.4, 1.4, 2.0)
    assert first.id == ITEM.id != second.id
    assert joined(first, second) == ITEM
    assert split(ITEM, 1.0) is None
    assert split(ITEM, 2.5) is None


@given(st.floats(0, 86_000), st.integers(0, 3))
def test_a_time_can_be_typed_as_it_is_shown(seconds: float, decimals: int) -> None:
    shown = seconds_of(clock(seconds, decimals))
    assert shown == pytest.approx(seconds, abs=0.5 * 10**-decimals + 1e-6)


@pytest.mark.parametrize("text", ["", "soon", "1:2:3:4", "1:x"])
def test_what_is_no_time(text: str) -> None:
    assert seconds_of(text) is None


@given(
    st.lists(st.tuples(st.integers(0, 50), st.integers(0, 12)), max_size=25),
    st.integers(0, 60),
    st.integers(0, 20),
)
def test_the_index_finds_what_a_plain_search_finds(
    spans: list[tuple[int, int]], start: int, length: int
) -> None:
    items = sorted(
        (Annotation(float(s), float(s + n), "a") for s, n in spans), key=lambda a: a.start
    )
    index = AnnotationIndex(items)
    stop = start + length
    expected = {a.id for a in items if a.start <= stop and a.stop >= start}
    track = index.tracks.get("markers")
    found = {a.id for a in track.within(start, stop)} if track else set()
    assert found == expected


def test_tab_order_and_the_next_of_the_same_label() -> None:
    first = Annotation(0.0, 1.0, "fist", track="labels")
    cue = Annotation(0.5, 1.5, "fist", track="cue")
    second = Annotation(2.0, 3.0, "fist", track="labels", reviewed=True)
    third = Annotation(4.0, 5.0, "open", track="labels")
    index = AnnotationIndex([first, cue, second, third])
    assert index.neighbour(first, 1) == cue
    assert index.neighbour(first, -1) is None
    assert index.following(first) == second
    assert index.following(second) is None
    assert index.after(1.0, unreviewed=True) == third
    assert index.before(2.0) == cue
