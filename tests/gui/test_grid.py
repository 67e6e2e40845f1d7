"""The electrode array: every channel at its place, with the level that was measured there."""

from __future__ import annotations

import numpy as np
import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest

from emgstudio.core.ring import Ring
from emgstudio.gui.plots.colormaps import lookup
from emgstudio.gui.plots.grid import GridCanvas
from emgstudio.gui.plots.grid_levels import RollingRms
from emgstudio.gui.plots.grid_picture import ActivationPicture, between, coloured, filling
from emgstudio.gui.plots.grid_shape import KNOWN, GridShape, Order, likely_shape, shaped
from tests.gui.streams import HandStream

RATE = 1000.0


def test_orders_of_an_array() -> None:
    def first(order: Order) -> list[list[int]]:
        return GridShape(2, 3, order).places(range(6))[0].tolist()

    assert first(Order.ROWS) == [[0, 1, 2], [3, 4, 5]]
    assert first(Order.COLUMNS) == [[0, 2, 4], [1, 3, 5]]
    assert first(Order.SNAKE_ROWS) == [[0, 1, 2], [5, 4, 3]]
    assert first(Order.SNAKE_COLUMNS) == [[0, 3, 4], [1, 2, 5]]


def test_an_array_of_13_by_5_lacks_a_corner() -> None:
    places = GridShape(13, 5, Order.SNAKE_COLUMNS, 1).places(range(64))
    assert places.shape == (1, 13, 5)
    assert places[0, 0, 0] == -1
    assert places[0, 1, 0] == 0
    # The second column counts upwards.
    assert places[0, 12, 1] == 12
    assert sorted(places[places >= 0].tolist()) == list(range(64))


@pytest.mark.parametrize(("channels", "arrays"), [(64, 1), (384, 6), (32, 1), (40, 1), (400, 25)])
def test_every_channel_has_one_place(channels, arrays) -> None:
    shape = likely_shape(channels)
    places = shape.places(range(channels))
    assert len(places) == arrays
    assert sorted(places[places >= 0].tolist()) == list(range(channels))


@pytest.mark.parametrize("shape", [*KNOWN, GridShape(3, 7, Order.SNAKE_ROWS)])
def test_a_shape_survives_the_settings(shape) -> None:
    assert GridShape.from_text(shape.to_text()) == shape


@pytest.mark.parametrize("text", ["", "8x8", "8x8-0 diagonal", "0x8-0 rows", "2x2-4 rows"])
def test_what_is_no_shape_is_refused(text) -> None:
    with pytest.raises(ValueError, match=r"array|electrodes|Order"):
        GridShape.from_text(text)


def test_a_corner_is_missing_only_where_that_fits() -> None:
    assert shaped(13, 5, Order.COLUMNS, 64).missing == 1
    assert shaped(8, 8, Order.COLUMNS, 64).missing == 0
    assert shaped(5, 5, Order.COLUMNS, 20).missing == 0


def test_between_electrodes_the_measured_levels_are_met() -> None:
    levels = np.array([3.0, 8.0, 1.0, 5.0], np.float32)
    spread = between(4, 4 * 9) @ levels
    np.testing.assert_allclose(spread[4::9], levels, atol=1e-5)
    np.testing.assert_allclose(between(4, 36).sum(axis=1), 1.0, atol=1e-6)
    straight = between(6, 60) @ np.arange(6, dtype=np.float32)
    assert (np.diff(straight[5:-5]) > 0).all()


def test_neighbours_fill_in_for_a_bad_channel() -> None:
    picture = ActivationPicture(GridShape(3, 3).places(range(9)), 5)
    levels = np.full(9, 10.0, np.float32)
    levels[4] = 5000.0
    assert picture.between_electrodes(levels).max() > 4000
    picture.use_bad(frozenset({4}))
    np.testing.assert_allclose(picture.between_electrodes(levels), 10.0, rtol=1e-4)


def test_without_any_level_nothing_is_made_up() -> None:
    assert not filling(np.zeros((2, 2), bool)).any()


def test_colours_end_at_the_ends_of_the_scale() -> None:
    colours = lookup("viridis")
    made = coloured(np.array([-1.0, 0.0, 100.0, 1e9], np.float32), 100.0, colours)
    assert made.tolist() == [colours[0], colours[0], colours[255], colours[255]]


def test_rolling_levels_are_those_of_the_window_and_read_each_sample_once() -> None:
    ring = Ring(4000, 3, np.float32)
    rolling = RollingRms(ring, RATE)
    random = np.random.default_rng(3)
    written = []
    for _ in range(60):
        x = random.normal(0, 20, (25, 3)).astype(np.float32)
        ring.write(x)
        written.append(x)
        assert rolling.pull()
    expected = np.sqrt(np.mean(np.concatenate(written)[-250:].astype(float) ** 2, axis=0))
    np.testing.assert_allclose(rolling.rms, expected, rtol=1e-5)
    assert rolling.samples_read == 60 * 25
    assert not rolling.pull()
    ring.skip(400)
    rolling.pull()
    assert np.isnan(rolling.rms).all()


@pytest.fixture
def grid(qtbot) -> GridCanvas:
    made = GridCanvas()
    qtbot.addWidget(made)
    made.resize(900, 600)
    made.show()
    return made


def test_the_active_electrode_is_bright_and_names_itself(qtbot, grid) -> None:
    stream = HandStream(64, RATE)
    grid.show_stream(stream, range(64))
    x = np.zeros((300, 64))
    x[:, 10] = 400.0
    x[:, 20] = 100.0
    stream.push(x)
    grid.advance(1.0)
    grid.show_smooth(False)
    image = grid.grab().toImage()
    colours = lookup("viridis")

    def colour(channel: int) -> int:
        at = grid.place_of(channel).center().toPoint() + QPoint(6, 6)
        return image.pixel(at)

    assert colour(0) == colours[0]
    assert grid.full_scale >= 400
    assert colour(10) == colours[int(400 / grid.full_scale * 255)]
    assert colour(20) == colours[int(100 / grid.full_scale * 255)]
    with qtbot.waitSignal(grid.chosen) as chosen:
        QTest.mouseClick(grid, Qt.MouseButton.LeftButton, pos=grid.place_of(10).center().toPoint())
    assert chosen.args == [10]
    grid.select(10)
    assert "Muscle 11   400 µV" in grid.accessibleName()


def test_arrow_keys_walk_over_the_array(qtbot, grid) -> None:
    grid.show_stream(HandStream(128, RATE), range(128))
    grid.chosen.connect(grid.select)
    for key in (Qt.Key.Key_Right, Qt.Key.Key_Down, Qt.Key.Key_Down, Qt.Key.Key_Left):
        QTest.keyClick(grid, key)
    assert grid.selected == 16
    grid.select(7)
    QTest.keyClick(grid, Qt.Key.Key_Right)
    # Over the gap into the next array.
    assert grid.selected == 64


def test_a_frame_reads_only_what_is_new(grid) -> None:
    stream = HandStream(384, 2000.0)
    grid.show_stream(stream, range(384))
    for n in range(30):
        stream.push_noise(67)
        grid.advance(n / 30)
    assert grid._rolling.samples_read == 30 * 67
    assert sum(image.width() * image.height() for image in grid._images) <= 80_000
    frames = grid.frames_computed
    grid.advance(1.1)
    assert grid.frames_computed == frames


def test_frozen_it_stands_still_and_silence_has_no_level(grid) -> None:
    stream = HandStream(32, RATE)
    grid.show_stream(stream, range(32))
    stream.push_noise(300)
    grid.advance(1.0)
    before = grid.level_text(3)
    grid.freeze(True)
    stream.push_noise(300, level=300.0)
    grid.advance(1.1)
    assert grid.level_text(3) == before
    grid.freeze(False)
    grid.advance(1.2)
    assert grid.level_text(3) != before
    grid.forget_levels()
    assert grid.level_text(3).endswith("no signal")


def test_a_bad_channel_is_crossed_out_in_the_picture(grid) -> None:
    stream = HandStream(64, RATE)
    grid.show_stream(stream, range(64))
    stream.push_noise(300)
    grid.advance(1.0)
    whole = grid.grab().toImage()
    grid.show_bad(frozenset({27}))
    crossed = grid.grab().toImage()
    middle = grid.place_of(27).center().toPoint()
    assert whole.pixel(middle) != crossed.pixel(middle)
    assert "crossed out" in grid.level_text(27)
