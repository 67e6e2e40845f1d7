"""Names beside lanes that are thinner than a line: all that fit, none over another."""

from __future__ import annotations

from dataclasses import replace
from itertools import combinations

import numpy as np
import pytest
from PySide6.QtCore import QPointF, QRect
from PySide6.QtGui import QFont, QFontMetrics

from emgstudio.gui.plots.axes import LaneLabel, narrowed, smaller
from emgstudio.gui.plots.lane_names import (
    LEFT,
    NamePlace,
    emphasised,
    line_of,
    place_names,
)
from emgstudio.gui.plots.trace_options import TraceOptions
from emgstudio.gui.plots.traces import TraceCanvas
from tests.gui.streams import HandStream
from tests.gui.test_traces import run

AREA = QRect(0, 0, 130, 420)


def labels(
    count: int, *, selected: int = 0, bad: tuple[int, ...] = (), name: str = "EMG {}"
) -> list[LaneLabel]:
    high = AREA.height() / count
    return [
        LaneLabel(
            name.format(k + 1),
            "",
            "#808080",
            k * high,
            (k + 1) * high,
            selected=k == selected,
            lamp="stop" if k in bad else "good",
        )
        for k in range(count)
    ]


def places(some: list[LaneLabel]) -> dict[int, NamePlace]:
    found = place_names(AREA, some, emphasised(QFont()), smaller(QFont()))
    assert len({place.lane for place in found}) == len(found)
    for place in found:
        assert AREA.adjusted(LEFT, 0, 0, 0).contains(place.box.toAlignedRect())
    for one, other in combinations(found, 2):
        assert not one.box.intersects(other.box)
    return {place.lane: place for place in found}


@pytest.mark.parametrize("count", [33, 64, 128, 384])
def test_names_stand_beside_their_lanes_and_never_over_one_another(qapp, count: int) -> None:
    some = labels(count, selected=count // 3)
    found = places(some)
    line = line_of(QFontMetrics(QFont()))
    # As many as lines fit below one another are there anyhow; columns bring more.
    assert len(found) >= min(count, AREA.height() // line) * 0.8
    for lane, place in found.items():
        middle = (some[lane].top + some[lane].bottom) / 2
        assert abs(place.box.center().y() - middle) <= place.box.height() / 2
    assert found[count // 3].whole
    assert found[count // 3].text == some[count // 3].name


@pytest.mark.parametrize("selected", [0, 3, 7])
def test_lanes_a_little_thinner_than_a_line_keep_all_their_names(qapp, selected: int) -> None:
    line = QFontMetrics(QFont()).height()
    high, some = line - 1.0, labels(8, selected=selected)
    some = [replace(one, top=k * high, bottom=(k + 1) * high) for k, one in enumerate(some)]
    found = places(some)
    assert sorted(found) == list(range(8))
    assert found[selected].whole


def test_numbers_alone_bring_more_names_and_leave_out_what_all_share(qapp) -> None:
    short, long = places(labels(64)), places(labels(64, name="{} of the left leg"))
    assert len(short) > 1.5 * len(long)
    assert short[33].text == "34"
    assert all(place.text == f"{lane + 1} of the left leg" for lane, place in long.items())


def test_a_bad_channel_has_its_name_whatever_its_number(qapp) -> None:
    usual = places(labels(384))
    bad = next(k for k in range(100, 384) if k not in usual)
    assert bad in places(labels(384, bad=(bad,)))


def test_the_name_of_the_thin_lane_under_the_pointer_is_shown_whole(qtbot) -> None:
    canvas, stream = TraceCanvas(), HandStream(channels=128)
    qtbot.addWidget(canvas)
    canvas.resize(700, 400)
    canvas.show()
    stream.push_noise(2000)
    canvas.show_options(TraceOptions(seconds=1))
    canvas.show_stream(stream)
    run(canvas, stream, 3)

    def gutter() -> np.ndarray:
        shot = canvas.grab().toImage()
        pixels = np.frombuffer(shot.constBits(), np.uint32).reshape(shot.height(), -1)
        return pixels[:, : canvas.gutter].copy()

    without = gutter()
    lane = canvas.picture.lanes[70]
    middle = (lane.top + lane.bottom) / 2
    canvas._point_at(QPointF(canvas.gutter / 2, middle))
    assert canvas.pointed == 70
    rows = np.flatnonzero((gutter() != without).any(axis=1))
    line = QFontMetrics(canvas.font()).height()
    assert len(rows) > line / 2
    assert abs(rows.mean() - middle) < line
    canvas._point_at(None)
    assert np.array_equal(gutter(), without)


def test_a_range_beside_a_lane_gets_narrower_letters_rather_than_losing_its_unit(qapp) -> None:
    font = smaller(QFont())
    short, long = "±800 µV", "−306 … −233 µV"
    whole = QFontMetrics(font).horizontalAdvance(long)
    assert narrowed(font, short, whole) == font
    assert narrowed(font, long, whole) == font
    for share in (0.8, 0.9):
        made = narrowed(font, long, round(share * whole))
        assert QFontMetrics(made).horizontalAdvance(long) <= share * whole + 1
        assert made.pointSizeF() == font.pointSizeF()
