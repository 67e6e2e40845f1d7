"""Envelope bars: as long as the level, with a peak that stays for a while."""

from __future__ import annotations

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QColor
from PySide6.QtTest import QTest

from emgstudio.gui.plots.bars import BarsCanvas
from emgstudio.gui.theme import current
from tests.gui.streams import HandStream

RATE = 1000.0


@pytest.fixture
def stream() -> HandStream:
    return HandStream(4, RATE)


@pytest.fixture
def bars(qtbot, stream) -> BarsCanvas:
    made = BarsCanvas()
    qtbot.addWidget(made)
    made.resize(800, 400)
    made.show_stream(stream)
    made.show_channels(range(4), [current().trace(c) for c in range(4)])
    made.show()
    return made


def push_level(stream: HandStream, levels: list[float]) -> None:
    stream.push(np.tile(levels, (200, 1)))


def length(bars: BarsCanvas, channel: int) -> int:
    """Pixels of the channel's colour along the middle of its bar."""
    image = bars.grab().toImage()
    y = round(bars.row_of(channel).center().y())
    wanted = QColor(current().trace(channel)).rgb()
    return sum(image.pixel(x, y) == wanted for x in range(image.width()))


def test_bars_are_as_long_as_the_levels(bars, stream) -> None:
    push_level(stream, [100.0, 50.0, 25.0, 0.0])
    bars.advance(1.0)
    whole = length(bars, 0)
    assert length(bars, 1) == pytest.approx(whole / 2, abs=3)
    assert length(bars, 2) == pytest.approx(whole / 4, abs=3)
    assert bars.value_text(1) == "50 µV"
    assert bars.accessibleName().startswith("Envelope bars, 4 channels")


def test_the_peak_stays_and_then_goes(bars, stream) -> None:
    push_level(stream, [100.0] * 4)
    bars.advance(1.0)
    push_level(stream, [10.0] * 4)
    bars.advance(2.0)
    assert bars._peaks[0] == pytest.approx(100.0)
    push_level(stream, [10.0] * 4)
    bars.advance(3.5)
    assert bars._peaks[0] == pytest.approx(10.0)


def test_in_percent_of_a_reference(bars, stream) -> None:
    bars.show_references(np.array([200.0, np.nan, 50.0, 100.0]))
    push_level(stream, [100.0] * 4)
    bars.advance(1.0)
    assert [bars.value_text(c) for c in range(4)] == ["50 %", "–", "200 %", "100 %"]


def test_silence_has_no_level_and_a_click_chooses(qtbot, bars, stream) -> None:
    push_level(stream, [100.0] * 4)
    bars.advance(1.0)
    bars.forget_levels()
    assert bars.value_text(0) == "–"
    with qtbot.waitSignal(bars.chosen) as chosen:
        QTest.mouseClick(bars, Qt.MouseButton.LeftButton, pos=bars.row_of(2).center().toPoint())
    assert chosen.args == [2]


def test_many_channels_stand_in_columns(bars) -> None:
    many = HandStream(384, RATE)
    bars.show_stream(many)
    bars.show_channels(range(384), [current().trace(c) for c in range(384)])
    rows = [bars.row_of(n) for n in range(384)]
    assert all(row.height() >= bars.fontMetrics().height() for row in rows)
    assert max(row.right() for row in rows) <= bars.width()
    assert max(row.bottom() for row in rows) <= bars.height()
