"""A threshold per channel: a line that can be dragged or moved by keys, kept for the sensor."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from emgstudio.gui.live.display import LiveDisplay
from emgstudio.gui.live.page import LivePage
from emgstudio.gui.live.part import LivePart
from emgstudio.gui.plots.amplitude import amount, nice_above
from emgstudio.gui.plots.feed import View
from emgstudio.session.reference import reference_values

if TYPE_CHECKING:
    from emgstudio.devices.stream import Stream
    from emgstudio.session.session import Session

Floats = NDArray[np.float64]
# Where a new line lies, and how far a key moves it, as shares of what the lane reaches.
FIRST_SHARE, STEP_SHARE = 0.3, 0.05


class LiveThresholds(LivePart):
    """``levels`` are in the unit of each channel, NaN for none, in every view the same.

    In percent they are shown as a share of the reference. The raw view has none: there a
    signal rests anywhere.
    """

    def __init__(
        self,
        session: Session,
        page: LivePage,
        display: LiveDisplay,
        attempt: Callable[[Callable[[], None]], None],
    ) -> None:
        self._session = session
        self._page = page
        self._display = display
        self._attempt = attempt
        self._stream: Stream | None = None
        self._view: View | None = None
        self.levels: Floats = np.empty(0)
        self._references: Floats = np.empty(0)
        page.traces.threshold_moved.connect(self._moved)
        page.traces.threshold_set.connect(self._set)
        page.reference.stored.connect(self._new_references)

    def use_stream(self, stream: Stream | None) -> None:
        """The thresholds that a person left for this sensor."""
        self._stream, self._view = stream, None
        device = self._session.device_of(stream) if stream is not None else None
        if stream is None or device is None:
            self.levels = self._references = np.empty(0)
            return
        self.levels = self._session.views.thresholds(device.uri, stream.info)
        self._new_references()

    def frame(self, now: float) -> None:
        """Another view has another unit."""
        if self._page.traces.options.view is not self._view:
            self._show()

    def on(self, channel: int) -> bool:
        """Whether a channel has a threshold."""
        return channel < len(self.levels) and bool(np.isfinite(self.levels[channel]))

    def words(self, channel: int) -> str:
        """The threshold of a channel with its unit; "" for none."""
        if not self.on(channel) or self._stream is None:
            return ""
        return amount(float(self.levels[channel]), self._stream.info.channels[channel].unit)

    def toggle(self, channel: int) -> None:
        """A threshold on a channel, or away with it."""
        self._put([channel], np.nan if self.on(channel) else self._first(channel))

    def everywhere(self, channel: int) -> None:
        """The threshold of this channel on all of the same unit."""
        if self._stream is None or not self.on(channel):
            return
        channels = self._stream.info.channels
        alike = [n for n, c in enumerate(channels) if c.unit == channels[channel].unit]
        self._put(alike, float(self.levels[channel]))

    def remove_all(self) -> None:
        """No thresholds."""
        self._put(list(range(len(self.levels))), np.nan)

    def step(self, channel: int, by: int) -> None:
        """Move the line up or down by a twentieth of what the lane reaches."""
        if not self.on(channel):
            self.toggle(channel)
            return
        stride = nice_above(STEP_SHARE * self._reach(channel))
        level = float(self.levels[channel]) + by * stride
        self._put([channel], max(round(level / stride) * stride, stride))

    def _first(self, channel: int) -> float:
        return nice_above(FIRST_SHARE * self._reach(channel))

    def _reach(self, channel: int) -> float:
        """What the channel's lane reaches, in the channel's own unit."""
        traces = self._page.traces
        shown = traces.lanes_shown
        scales = traces.scales.scale
        scale = float(scales[shown.index(channel)] if channel in shown else np.max(scales))
        return scale * self._one_percent(channel) if self._percent else scale

    @property
    def _percent(self) -> bool:
        return self._page.traces.options.view is View.PERCENT

    def _one_percent(self, channel: int) -> float:
        """What one per cent of the reference is; of an unknown one, one unit."""
        value = self._references[channel] if len(self._references) else np.nan
        return float(value) / 100.0 if value > 0 else 1.0

    def _put(self, channels: list[int], level: float) -> None:
        self.levels = self.levels.copy()
        self.levels[channels] = level
        self._show()
        self._keep()

    def _moved(self, channel: int, value: float) -> None:
        """A line is dragged; what is shown is in the unit of the view."""
        self.levels = self.levels.copy()
        factor = self._one_percent(channel) if self._percent else 1.0
        least = 0.002 * self._reach(channel)
        self.levels[channel] = float(f"{max(value * factor, least):.3g}")
        self._show()

    def _set(self, channel: int, value: float) -> None:
        self._moved(channel, value)
        self._keep()

    def _keep(self) -> None:
        stream = self._stream
        device = self._session.device_of(stream) if stream is not None else None
        if stream is not None and device is not None:
            views = self._session.views
            self._attempt(lambda: views.keep_thresholds(device.uri, stream.info, self.levels))

    def _new_references(self) -> None:
        stream = self._stream
        device = self._session.device_of(stream) if stream is not None else None
        if stream is not None and device is not None:
            found = self._session.references.of(device.uri, stream.info)
            self._references = reference_values(found)
            self._show()

    def _show(self) -> None:
        traces = self._page.traces
        self._view = view = traces.options.view
        if view is View.RAW or not np.isfinite(self.levels).any():
            traces.show_thresholds(None)
            return
        shown = self.levels
        if view is View.PERCENT:
            known = np.where(self._references > 0, self._references, np.nan)
            shown = 100.0 * self.levels / known
        traces.show_thresholds(shown, movable=True)
