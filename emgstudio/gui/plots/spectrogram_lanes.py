"""Densities as pixels: one lane per channel, the highest frequency of each on top."""

from __future__ import annotations

import numpy as np

from emgstudio.gui.plots.colormaps import LEVELS, lookup
from emgstudio.gui.plots.raster import Pixels, columns_of, rgb
from emgstudio.gui.plots.spectrogram_feed import Powers

GAP = 2
LOWEST_LANE = 4
FEW = 16


class SpectrogramLanes:
    """How ``channels`` lanes of ``lines`` frequencies share ``height`` rows of pixels.

    A row shows the mean density of the lines that lie in it, so that a picture of
    any height shows the same power.
    """

    def __init__(self, channels: int, lines: int, height: int) -> None:
        self.channels = channels
        self.lines = lines
        self.height = height
        gap = GAP if channels > 1 else 0
        self.lane = max(LOWEST_LANE, (height - gap * (channels - 1)) // max(1, channels))
        self.pitch = self.lane + gap
        self._first_lines = np.arange(self.lane) * lines // self.lane
        in_row = np.diff(np.append(self._first_lines, lines))
        self._log_count = np.log10(np.maximum(in_row, 1)).astype(np.float32)

    @property
    def _means(self) -> bool:
        """Whether a row has to show more lines than one."""
        return self.lane < self.lines

    def tops(self) -> list[int]:
        """First row of each lane."""
        return [self.pitch * i for i in range(self.channels)]

    def lane_at(self, row: float) -> int | None:
        """The lane that a row of pixels lies in."""
        lane, inside = divmod(row, self.pitch)
        return int(lane) if 0 <= lane < self.channels and inside < self.lane else None

    def line_at(self, row: float) -> int:
        """The frequency line that a row shows."""
        up = self.lane - 1 - int(row % self.pitch)
        return int(self._first_lines[min(max(up, 0), self.lane - 1)])

    def colours(
        self, powers: Powers, range_db: tuple[float, float], colours: str, empty: str
    ) -> Pixels:
        """``powers (k, channels, lines)`` as pixels ``(k, channels, lane)``, lowest row first.

        Missing frames have the colour ``empty``.
        """
        low, high = range_db
        per_db = (LEVELS - 1) / (high - low)
        if self._means:
            levels = np.log10(np.add.reduceat(powers, self._first_lines, axis=2))
            levels -= self._log_count
        else:
            levels = np.log10(powers)
        levels *= np.float32(10.0 * per_db)
        levels -= np.float32(low * per_db)
        # fmax takes the number where the other is NaN: missing frames are painted over below.
        np.fmax(levels, 0.0, out=levels)
        np.fmin(levels, LEVELS - 1, out=levels)
        index = levels.astype(np.uint8)
        if not self._means:
            index = index.take(self._first_lines, axis=2)
        pixels = lookup(colours).take(index)
        missing = np.isnan(powers[:, 0, 0])
        if missing.any():
            pixels[missing] = rgb(empty)
        return pixels

    @property
    def rows_needed(self) -> int:
        """Rows of memory for :meth:`rows`: a gap more than the lanes have."""
        return self.pitch * self.channels

    def rows(self, pixels: Pixels) -> Pixels:
        """The lanes of a picture by ``raster.blank`` as a view ``(width, channels, lane)``.

        Lowest frequency first, as :meth:`colours` gives them; rows between lanes are left out.
        """
        lanes = columns_of(pixels[: self.rows_needed])
        split = lanes.reshape(len(lanes), self.channels, self.pitch)
        return split[:, ::-1, self.pitch - self.lane :]


def frames_of(start: int, stop: int, per_column: float, length: int, hop: int) -> list[int]:
    """For columns ``[start, stop)`` of ``per_column`` samples the frame with the nearest middle."""
    half = length / 2
    if stop - start <= FEW:
        # Mostly five: a list takes a tenth of what arrays take.
        return [round(((at + 0.5) * per_column - half) / hop) for at in range(start, stop)]
    middles = (np.arange(start, stop) + 0.5) * per_column
    frames: list[int] = np.round((middles - half) / hop).astype(np.int64).tolist()
    return frames
