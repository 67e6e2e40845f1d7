"""Two cursors over the traces, and what lies between them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from emgstudio.gui.live.page import LivePage
from emgstudio.gui.live.part import LivePart

if TYPE_CHECKING:
    from emgstudio.gui.plots.measure import Measurement


class LiveMeasuring(LivePart):
    """Shows the figures in the side panel while the cursors are on."""

    def __init__(self, page: LivePage) -> None:
        self._page = page
        page.traces.measured.connect(self._show)
        page.measure.closed.connect(self.toggle)

    def toggle(self) -> None:
        """The two cursors, or away with them."""
        traces = self._page.traces
        traces.measure(not traces.measuring)
        if traces.measuring:
            self._page.toolbar.panel.setChecked(True)

    def _show(self, measurement: Measurement | None) -> None:
        self._page.measure.show_measurement(measurement, self._page.traces.options.selected)
