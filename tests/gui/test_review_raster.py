"""The picture of recorded traces, pixel by pixel."""

from __future__ import annotations

import numpy as np
import pytest
from PySide6.QtWidgets import QApplication

from emgstudio.gui.plots.review_raster import OVERFLOW, Look, TraceRaster

GROUND, RED, BLUE = 0xFF101010, 0xFFFF0000, 0xFF0000FF


class Given:
    """Columns as they are in an array, counted from 0."""

    def __init__(self, lo: np.ndarray, hi: np.ndarray) -> None:
        self.ends = lo.astype(np.float32), hi.astype(np.float32)

    def columns(self, first: int, stop: int, per_column: float) -> tuple[np.ndarray, np.ndarray]:
        lo, hi = self.ends
        return lo[first:stop], hi[first:stop]


def look(columns: int, rows: int, channels: int) -> Look:
    colours = ("#FF0000", "#0000FF", "#FF0000")[:channels]
    return Look((columns, rows), 1.0, 2.0, (0.5,) * channels, colours, "#101010", "x")


def naive(lo: np.ndarray, hi: np.ndarray, rows: int) -> np.ndarray:
    """Each span filled by itself, channel after channel."""
    columns, channels = lo.shape
    pixels = np.full((rows, columns), GROUND, np.uint32)
    row = np.float32(rows / channels)
    scale = np.float32(0.5 * row / 2.0)
    for k in range(channels):
        middle = np.float32((k + 0.5) * row)
        reach = row * np.float32(0.5 + OVERFLOW)
        above, below = max(0, np.floor(middle - reach)), min(rows - 1, np.floor(middle + reach))
        for x in range(columns):
            if not np.isnan(lo[x, k]):
                top, bottom = (
                    int(np.clip(middle - (np.float32(v) - np.float32(0.5)) * scale, above, below))
                    for v in (hi[x, k], lo[x, k])
                )
                pixels[top : bottom + 1, x] = (RED, BLUE, RED)[k]
    return pixels


def picture(raster: TraceRaster) -> np.ndarray:
    """The ring of columns in their order, as RGB."""
    image = raster._image.convertToFormat(raster._image.Format.Format_RGB32)
    pixels = np.frombuffer(image.constBits(), np.uint32).reshape(image.height(), -1)
    return np.roll(pixels[:, : image.width()], -(raster.first % image.width()), axis=1)


@pytest.mark.parametrize(("rows", "channels"), [(90, 3), (200, 1), (700, 2)])
def test_every_span_is_filled_and_later_channels_lie_on_top(
    qapp: QApplication, rows: int, channels: int
) -> None:
    draw = np.random.default_rng(3)
    middle = draw.normal(0.5, 1.0, (60, channels))
    half = np.abs(draw.normal(0, 1.5, (60, channels)))
    lo, hi = middle - half, middle + half
    lo[7:12, 0] = hi[7:12, 0] = np.nan
    raster = TraceRaster()
    raster.show(Given(lo, hi), 0, look(30, rows, channels))
    np.testing.assert_array_equal(picture(raster), naive(lo[:30], hi[:30], rows))
    # On by 11 columns: the ring begins elsewhere, and only those are drawn.
    raster.show(Given(lo, hi), 11, look(30, rows, channels))
    assert raster.drawn == 11
    np.testing.assert_array_equal(picture(raster), naive(lo[11:41], hi[11:41], rows))


def test_a_stretch_without_samples_is_empty(qapp: QApplication) -> None:
    nothing = np.full((20, 2), np.nan)
    raster = TraceRaster()
    raster.show(Given(nothing, nothing), 0, look(20, 100, 2))
    assert (picture(raster) == GROUND).all()
