"""The filter of the conditioned view: its badge, its switch and its form."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from PySide6.QtCore import QPoint

from emgstudio.core.types import ConditionSpec
from emgstudio.dsp.conditioner import badge, effective
from emgstudio.dsp.hum import HumReport, hum_of
from emgstudio.gui.fitted import FittedScroll
from emgstudio.gui.live.page import LivePage
from emgstudio.gui.live.part import LivePart
from emgstudio.gui.panels.condition_form import ConditionForm
from emgstudio.gui.widgets import Popover, column

if TYPE_CHECKING:
    from emgstudio.devices.stream import Stream
    from emgstudio.session.session import Session

NO_FILTER = ConditionSpec(low_hz=None, high_hz=None)
MARGIN = 90
HUM_S, HUM_EVERY_S = 2.0, 2.0
# More channels say no more about the room's hum, and 384 would be felt in the window.
HUM_CHANNELS = 32


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
        self._form: ConditionForm | None = None
        self._measured = 0.0
        page.toolbar.filter_pressed.connect(self.open)

    def use_stream(self, stream: Stream | None) -> None:
        """The badge of another stream."""
        self._stream = stream
        if stream is not None and stream.condition != NO_FILTER:
            self._before = stream.condition
        self.refresh(0.0)

    def refresh(self, now: float) -> None:
        """Say what is on; a classifier may have changed it."""
        stream = self._stream
        if stream is None:
            return
        text = badge(stream.condition, stream.info.rate)
        if effective(stream.condition, stream.info.rate).ecg and not stream.heart_learnt:
            text += " (learning)"
        self._page.toolbar.show_filter(text, on=stream.condition != NO_FILTER)
        self._page.traces.show_note(text)
        if self._form is not None:
            self._form.show_locked(self._locked(stream))
            if now - self._measured >= HUM_EVERY_S:
                self._measured = now
                self._form.show_hum(_hum(stream))

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
        stream = self._stream
        if stream is None:
            return
        form = ConditionForm(stream.condition, stream.info.rate, stream.info.channels[0].unit)
        form.wanted.connect(self._use_from_form)
        form.show_locked(self._locked(stream))
        form.show_hum(_hum(stream))
        form.destroyed.connect(self._form_gone)
        self._form = form
        scroll = FittedScroll(form)
        window = self._page.window()
        # By itself Qt gives a popup two thirds of the screen's height.
        room = window.height() - self._page.toolbar.filter.mapTo(window, QPoint(0, 0)).y() - MARGIN
        scroll.setFixedHeight(min(form.sizeHint().height(), max(200, room)))
        Popover(window, column(scroll)).show_beside(self._page.toolbar.filter)

    def _locked(self, stream: Stream) -> str:
        """Why the filter cannot be changed at present; empty: it can."""
        if self._session.decoder is None or self._session.decoded_stream is not stream:
            return ""
        return "The running classifier was trained with this filter. Stop it to change the filter."

    def _use_from_form(self, spec: ConditionSpec) -> None:
        self.use(spec)
        if self._form is not None and self._stream is not None:
            self._form.show_spec(self._stream.condition)

    def _form_gone(self) -> None:
        self._form = None


def _hum(stream: Stream) -> HumReport:
    """Hum in the newest raw samples of some channels."""
    chunk = stream.raw.latest(round(HUM_S * stream.info.rate))
    x = stream.info.to_physical(chunk.data, chunk.valid)
    return hum_of(x[:, :: -(-x.shape[1] // HUM_CHANNELS)], stream.info.rate)
