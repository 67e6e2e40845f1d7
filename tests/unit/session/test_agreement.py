"""Two raters against figures computed by hand."""

from __future__ import annotations

import math

import pytest

from emgstudio.core.types import Annotation
from emgstudio.session.agreement import agreement


def segments(*spans: tuple[float, float, str]) -> list[Annotation]:
    return [Annotation(start, stop, label, "rater") for start, stop, label in spans]


def test_f10_kappa_and_edges_equal_the_example_by_hand() -> None:
    first = segments((1.0, 3.0, "fist"), (5.0, 7.0, "open"))
    second = segments((1.2, 3.0, "fist"), (5.0, 7.5, "open"))
    found = agreement(first, second, 0.0, 10.0)
    # 1000 cells. Same: 180 fist, 200 open, 550 none. First: 200, 200, 600; second: 180, 250, 570.
    chance = (200 * 180 + 200 * 250 + 600 * 570) / 1000**2
    assert found.cells == 1000
    assert found.same == pytest.approx(0.93)
    assert found.kappa == pytest.approx((0.93 - chance) / (1 - chance), abs=1e-12)
    assert found.kappa == pytest.approx(0.502 / 0.572, abs=1e-9)
    # Starts differ by 200 and 0 ms, ends by 0 and 500 ms.
    assert (found.start_s, found.stop_s) == (pytest.approx(0.1), pytest.approx(0.25))
    assert found.edge_s == pytest.approx(0.175)
    assert (found.pairs, found.only_first, found.only_second) == (2, 0, 0)
    assert "175 ms" in found.summary()


def test_a_segment_of_another_label_has_no_partner() -> None:
    found = agreement(segments((0, 1, "fist")), segments((0, 1, "open"), (2, 3, "fist")), 0, 4)
    assert (found.pairs, found.only_first, found.only_second) == (0, 1, 2)
    assert math.isnan(found.start_s)
    assert found.same == pytest.approx(0.5)
    assert "no segments in common" in found.summary()


def test_raters_who_agree_and_raters_who_say_one_thing_only() -> None:
    same = segments((0.0, 1.0, "fist"), (2.0, 3.0, "open"))
    assert agreement(same, same, 0.0, 4.0).kappa == pytest.approx(1.0)
    everywhere = segments((0.0, 4.0, "fist"))
    assert math.isnan(agreement(everywhere, everywhere, 0.0, 4.0).kappa)


def test_one_partner_each_the_one_that_overlaps_most() -> None:
    first = segments((0.0, 2.0, "fist"), (2.1, 3.0, "fist"))
    second = segments((0.1, 3.0, "fist"))
    found = agreement(first, second, 0.0, 4.0)
    assert (found.pairs, found.only_first, found.only_second) == (1, 1, 0)
    assert found.start_s == pytest.approx(0.1)
