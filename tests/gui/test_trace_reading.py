"""What is read beside a trace: both ends in one unit, short enough for its place."""

from __future__ import annotations

import pytest

from emgstudio.gui.plots.trace_reading import reading


@pytest.mark.parametrize(
    ("lo", "hi", "unit", "words"),
    [
        (-5.44, 1.95, "µV", "−5.4 … 1.9 µV"),
        (-446.2, 98.3, "µV", "−446 … 98 µV"),
        (-446.0, 1200.0, "µV", "−0.45 … 1.2 mV"),
        (0.00031, 0.0009, "V", "0.00031 … 0.0009 V"),
        (100.0, 101.0, "µV", "100 µV"),
        (-20.0, 20.0, "a.u.", "−20 … 20 a.u."),
    ],
)
def test_a_range_is_in_one_unit_and_short(lo: float, hi: float, unit: str, words: str) -> None:
    assert reading(lo, hi, unit) == words
