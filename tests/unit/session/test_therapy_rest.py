"""The level at rest and where electrodes go."""

from __future__ import annotations

import numpy as np
import pytest

from emgstudio.core.errors import EmgError
from emgstudio.session.therapy.placement import placement_of, placements, recorded_placement
from emgstudio.session.therapy.plan import Muscle
from emgstudio.session.therapy.rest import level_at_rest

RATE = 1000.0


def test_rest_is_the_quietest_half_and_not_disturbed_by_stirring() -> None:
    x = np.random.default_rng(1).normal(0.0, 2.0, (10_000, 2))
    x[:3000] *= 20
    found = level_at_rest(x, np.ones(len(x), bool), RATE)
    assert found == pytest.approx([2.0, 2.0], rel=0.03)


def test_too_little_signal_is_no_rest() -> None:
    x = np.zeros((10_000, 1))
    there = np.zeros(len(x), bool)
    there[:3000] = True
    with pytest.raises(EmgError, match="Too little"):
        level_at_rest(x, there, RATE)


def test_every_place_has_a_rule_and_says_how_sure_it_is() -> None:
    assert len(placements()) == 35
    assert all(p.rule and p.test and p.reference and p.source_words for p in placements())
    assert sum(not p.checked for p in placements()) == 5
    unchecked, checked = placement_of("masseter"), placement_of("upper trapezius")
    assert unchecked is not None
    assert not unchecked.checked
    assert unchecked.cited_words == unchecked.source_words
    assert checked is not None
    assert checked.cited_words == "agrees with SENIAM (seniam.org, trapezius descendens)"
    # The rule of a probe is its maker's.
    assert [p.name for p in placements() if p.checked and not p.cited] == ["Pelvic floor (probe)"]
    assert placement_of("") is None
    said = recorded_placement((Muscle("EMG 1", "Vastus medialis", "left"),))
    assert "Vastus medialis left on EMG 1" in said
    assert "SENIAM" in said
