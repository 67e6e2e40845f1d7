"""The filter of the conditioned view: its badge, its switch and its form."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from emgstudio.core.types import ConditionSpec
from emgstudio.dsp.conditioner import effective
from emgstudio.gui.live.page import LivePage
from emgstudio.gui.live.part import LivePart
from emgstudio.gui.panels.condition_form import ConditionForm
from emgstudio.gui.widgets import Popover, column

if TYPE_CHECKING:
    from emgstudio.devices.stream import Stream
    from emgstudio.session.session import Session

NO_FILTER = ConditionSpec(low_hz=None, high_hz=None)


class LiveFilter(LivePart):
    """Changes how the shown stream is conditioned, never what is recorded."""

    def __init__(
        self,
        session: Session,
        page: LivePage,
        attempt: Callable[[Callable[[], None]], None],
    ) -> None:
        self._session = session
        self._page = page
        self._attempt = attempt
        self._stream: Stream | None = None
        self._before = ConditionSpec()
        page.toolbar.filter_pressed.connect(self.open)

    def use_stream(self, stream: Stream | None) -> None:
        """The badge of another stream."""
        self._stream = stream
        if stream is not None and stream.condition != NO_FILTER:
            self._before = stream.condition
        self.refresh(0.0)

    def refresh(self, now: float) -> None:
        """Say what is on; a classifier may have changed it."""
        if self._stream is not None:
            spec = effective(self._stream.condition, self._stream.info.rate)
            self._page.toolbar.show_filter(spec.summary(), on=self._stream.condition != NO_FILTER)
            self._page.traces.show_note(spec.summary())

    def toggle(self) -> None:
        """The conditioned view without any filter, or with the one before."""
        if self._stream is None:
            return
        now = self._stream.condition
        if now == NO_FILTER:
            self.use(self._before)
        else:
            self._before = now
            self.use(NO_FILTER)

    def use(self, spec: ConditionSpec) -> None:
        """Filter the conditioned view in another way from now on."""
        stream = self._stream
        if stream is not None:
            self._attempt(lambda: self._session.set_condition(stream, spec))
            self.refresh(0.0)

    def open(self) -> None:
        """The form beside its badge."""
        if self._stream is None:
            return
        form = ConditionForm(self._stream.condition, self._stream.info.rate)
        form.wanted.connect(self.use)
        Popover(self._page.window(), column(form)).show_beside(self._page.toolbar.filter)
