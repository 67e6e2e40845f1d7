"""Labels of the running recording over the live traces."""

from __future__ import annotations

from typing import TYPE_CHECKING

from emgstudio.core.clock import host_time
from emgstudio.gui.live.part import LivePart
from emgstudio.gui.plots.marks import TraceMark
from emgstudio.gui.plots.traces import TraceCanvas

if TYPE_CHECKING:
    from emgstudio.devices.stream import Stream
    from emgstudio.session.session import Session

MARKS_BACK_S = 65.0
TRACK_COLOURS = {"markers": "accent", "cue": "check", "script": "check", "trigger": "stop"}


class LiveMarks(LivePart):
    """Follows the annotations of the recorder; they lie at sample indices of the stream."""

    def __init__(self, session: Session, traces: TraceCanvas) -> None:
        self._session = session
        self._traces = traces
        self._stream: Stream | None = None
        self._shown: tuple[object, int] | None = None

    def use_stream(self, stream: Stream | None) -> None:
        """The same labels on the time axis of another stream."""
        self._stream = stream
        self._shown = None

    def frame(self, now: float) -> None:
        """Show what was added or taken back."""
        recorder, stream = self._session.recorder, self._stream
        if recorder is None or stream is None:
            if self._shown is not None:
                self._shown = None
                self._traces.show_marks(())
            return
        log = recorder.annotations
        if self._shown == (recorder, log.version):
            return
        self._shown = (recorder, log.version)
        began = host_time() - recorder.now()
        since = recorder.now() - MARKS_BACK_S
        self._traces.show_marks(
            [
                TraceMark(
                    stream.clock.index(began + item.start),
                    stream.clock.index(began + item.stop),
                    item.label,
                    TRACK_COLOURS.get(item.track, "faint"),
                )
                for item in log.items
                if item.stop >= since
            ]
        )
