"""What the decoder decided, as a band over the traces."""

from __future__ import annotations

from typing import TYPE_CHECKING

from emgstudio.gui.live.part import LivePart
from emgstudio.gui.plots.marks import DecisionSpan
from emgstudio.gui.plots.traces import TraceCanvas
from emgstudio.ml.gestures import gesture_title

if TYPE_CHECKING:
    from emgstudio.core.types import Decision
    from emgstudio.devices.stream import Stream
    from emgstudio.session.session import Session

KEPT_S = 330.0


class LiveDecisions(LivePart):
    """Follows the newest decision; equal ones in a row are one piece of the band."""

    def __init__(self, session: Session, traces: TraceCanvas) -> None:
        self._session = session
        self._traces = traces
        self._stream: Stream | None = None
        self._newest: Decision | None = None
        self._spans: list[DecisionSpan] = []

    def use_stream(self, stream: Stream | None) -> None:
        """Nothing has been decided about another stream."""
        self._stream = stream
        self._newest = None
        self._spans = []
        self._traces.show_decisions(None)

    def frame(self, now: float) -> None:
        """Show what was decided since the last frame."""
        decoder, stream = self._session.decoder, self._stream
        # Only the first stream is decoded.
        if decoder is None or stream is None or stream is not self._session.main_stream:
            if self._spans:
                self.use_stream(stream)
            return
        decision = decoder.latest
        if decision is None or decision is self._newest:
            return
        self._newest = decision
        self._add(stream, decision)
        self._traces.show_decisions(self._spans)

    def _add(self, stream: Stream, decision: Decision) -> None:
        at = float(decision.index)
        label = gesture_title(decision.gesture)
        last = self._spans[-1] if self._spans else None
        start = at if last is None else last.stop
        if last is not None and (last.label, last.held) == (label, decision.rejected):
            start = last.start
            self._spans.pop()
        self._spans.append(
            DecisionSpan(start, at, label, self._colour(decision), decision.rejected)
        )
        oldest = at - KEPT_S * stream.info.rate
        while self._spans[0].stop < oldest:
            self._spans.pop(0)

    def _colour(self, decision: Decision) -> int:
        model = self._session.model
        classes = model.classes if model is not None else ()
        return list(classes).index(decision.gesture) if decision.gesture in classes else 0
