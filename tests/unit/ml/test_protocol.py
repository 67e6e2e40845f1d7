"""The cue protocol under a made-up clock."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from emgstudio.core.errors import EmgError
from emgstudio.ml.gestures import GESTURES, REST, gesture_title
from emgstudio.ml.protocol import CueEvent, CuePlan, CueProtocol

PLAN = CuePlan(("fist", "open"), repetitions=2, hold_s=3, pause_s=2, countdown_s=1.5, rest_s=10)


def run(protocol: CueProtocol, start: float = 100.0, tick: float = 0.01) -> list[CueEvent]:
    events = protocol.start(start)
    step = 0
    while not protocol.finished:
        step += 1
        events += protocol.advance(start + step * tick)
        assert step * tick < 1000, "never ends"
    return events


def spans(events: list[CueEvent]) -> list[tuple[str, int, float, float]]:
    out, opened = [], None
    for event in events:
        if event.kind == "begin":
            assert opened is None
            opened = event
        else:
            assert opened
            assert (opened.gesture, opened.repetition) == (event.gesture, event.repetition)
            if event.kind == "end":
                out.append((event.gesture, event.repetition, opened.time, event.time))
            opened = None
    return out


def test_known_gestures_have_rest_first_and_titles() -> None:
    assert next(iter(GESTURES)) == REST
    assert {"open", "fist", "pinch", "key", "point", "wrist_flexion"} <= set(GESTURES)
    assert gesture_title("fist") == "Fist"
    assert gesture_title("my_own move") == "my own move"


def test_every_span_once_and_exactly_as_long_as_planned() -> None:
    got = spans(run(CueProtocol(PLAN)))
    assert sorted(g[:2] for g in got) == sorted(
        (g, r) for g in ("rest", "fist", "open") for r in (1, 2)
    )
    assert [stop - start for g, _, start, stop in got if g == REST] == pytest.approx([5, 5])
    assert [stop - start for g, _, start, stop in got if g != REST] == pytest.approx([3] * 4)
    assert got[0][2] == 100
    assert got[-1][3] - 100 == pytest.approx(PLAN.duration_s)


def test_order_is_by_rounds_repeatable_and_random() -> None:
    plan = CuePlan(tuple("abcdef"), repetitions=3, seed=4)
    order = list(plan.order())
    assert order == list(plan.order())
    for k in range(3):
        assert sorted(g for g, _ in order[6 * k : 6 * k + 6]) == list("abcdef")
    assert all(a[0] != b[0] for a, b in itertools.pairwise(order))
    assert order != list(CuePlan(tuple("abcdef"), repetitions=3, seed=5).order())


def test_views_tell_what_is_and_what_comes() -> None:
    protocol = CueProtocol(PLAN)
    assert protocol.view(0).phase == "ready"
    protocol.start(0)
    view = protocol.view(4.0)
    assert (view.phase, view.gesture, view.remaining_s) == ("rest", REST, pytest.approx(6))
    assert view.fraction == pytest.approx(0.4)
    protocol.advance(5.0)
    view = protocol.view(6.0)
    assert (view.repetition, view.fraction) == (2, pytest.approx(0.6))
    first, second = [g for g, _ in PLAN.order()][:2]
    assert view.next_gesture == first
    protocol.advance(10.0)
    assert (protocol.view(10.5).phase, protocol.view(10.5).gesture) == ("countdown", first)
    assert protocol.view(10.5).remaining_s == pytest.approx(1.0)
    protocol.advance(11.5)
    assert (protocol.view(12.0).phase, protocol.view(12.0).next_gesture) == ("hold", second)
    protocol.advance(14.5)
    assert (protocol.view(15.0).phase, protocol.view(15.0).next_gesture) == ("pause", second)


def test_a_pause_cancels_the_span_and_asks_again() -> None:
    protocol = CueProtocol(PLAN)
    protocol.start(0)
    protocol.advance(5)
    protocol.advance(10)
    [begun] = protocol.advance(11.5)
    [cancelled] = protocol.pause(12.0)
    assert cancelled == CueEvent("cancelled", begun.gesture, begun.repetition, 12.0)
    assert protocol.advance(500) == []
    assert protocol.view(500).phase == "paused"
    assert protocol.resume(1000) == []
    assert protocol.view(1000).phase == "countdown"
    [again] = protocol.advance(1001.5)
    assert (again.gesture, again.repetition) == (begun.gesture, begun.repetition)


def test_redo_comes_next_and_reopens_a_finished_protocol() -> None:
    protocol = CueProtocol(PLAN)
    events = run(protocol, 0.0)
    assert protocol.view(200).phase == "done"
    assert protocol.view(200).progress == 1
    protocol.redo("fist", 2)
    protocol.redo("fist", 2)
    protocol.redo("pinch", 1)
    assert not protocol.finished
    assert protocol.advance(200) == []
    assert (protocol.view(200).phase, protocol.view(200).gesture) == ("countdown", "fist")
    later = protocol.advance(201.5) + protocol.advance(204.5)
    assert [(e.kind, e.gesture, e.repetition, e.time) for e in later] == [
        ("begin", "fist", 2, 201.5),
        ("end", "fist", 2, 204.5),
    ]
    assert protocol.finished
    assert len(spans(events)) == 6


def test_redo_in_the_middle_jumps_the_queue_in_the_order_asked() -> None:
    protocol = CueProtocol(PLAN)
    protocol.start(0)
    protocol.advance(5)
    protocol.advance(10)
    protocol.redo(REST, 1)
    protocol.redo(REST, 2)
    protocol.pause(10.5)
    protocol.resume(10.5)
    began = [e for e in run(protocol, 10.5) if e.kind == "begin"]
    assert [(e.gesture, e.repetition) for e in began[1:3]] == [(REST, 1), (REST, 2)]


def test_a_stalled_display_never_labels_a_span_nobody_saw() -> None:
    protocol = CueProtocol(PLAN)
    protocol.start(0)
    events = protocol.advance(300.0)
    assert [(e.kind, e.time) for e in events] == [("end", 5.0), ("begin", 300.0)]


@pytest.mark.parametrize(
    "bad",
    [
        {"gestures": ()},
        {"gestures": ("rest",)},
        {"gestures": ("fist", "fist")},
        {"gestures": ("fist",), "repetitions": 0},
        {"gestures": ("fist",), "hold_s": 0.0},
        {"gestures": ("fist",), "pause_s": float("nan")},
    ],
)
def test_impossible_plans_are_refused(bad: dict[str, object]) -> None:
    with pytest.raises(EmgError):
        CuePlan(**bad)  # type: ignore[arg-type]


def test_without_a_rest_period_nothing_is_labelled_rest() -> None:
    plan = CuePlan(("fist",), repetitions=1, rest_s=0)
    assert plan.classes == ("fist",)
    assert [s[:2] for s in spans(run(CueProtocol(plan)))] == [("fist", 1)]


@settings(max_examples=60, deadline=None)
@given(
    st.lists(
        st.tuples(
            st.sampled_from(["advance", "pause", "resume", "redo"]),
            st.floats(0.0, 6.0),
            st.sampled_from(["fist", "open", "rest"]),
            st.integers(1, 2),
        ),
        max_size=60,
    )
)
def test_any_order_of_actions_leaves_well_formed_spans(
    actions: list[tuple[str, float, str, int]],
) -> None:
    protocol, now = CueProtocol(PLAN), 0.0
    events = protocol.start(now)
    for what, wait, gesture, repetition in actions:
        now += wait
        if what == "redo":
            protocol.redo(gesture, repetition)
        else:
            events += getattr(protocol, what)(now)
        view = protocol.view(now)
        assert 0 <= view.fraction <= 1
        assert 0 <= view.progress <= 1
    events += protocol.resume(now)
    step = 0
    while not protocol.finished:
        step += 1
        events += protocol.advance(now + step * 0.2)
        assert step < 5000
    got = spans(events)
    assert {g[:2] for g in got} == {(g, r) for g in ("rest", "fist", "open") for r in (1, 2)}
    assert all(b[2] >= a[3] - 1e-9 for a, b in itertools.pairwise(got))
    lengths = {"rest": 5.0}
    assert all(stop - start == pytest.approx(lengths.get(g, 3.0)) for g, _, start, stop in got)
