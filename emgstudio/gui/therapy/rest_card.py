"""Ten seconds of rest with a live bar, and the level they give."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QFrame, QProgressBar, QVBoxLayout

from emgstudio.core.clock import host_time
from emgstudio.dsp.levels import rms_level
from emgstudio.gui.plots.amplitude import amount
from emgstudio.gui.therapy.flow import TherapyFlow
from emgstudio.gui.widgets import button, card, column, label, large_target
from emgstudio.session.therapy.plan import LEVEL_S
from emgstudio.session.therapy.rest import REST_S, baselines, level_at_rest

SHOWN_S = 0.25
LATE_S = 5.0


class RestCard(QFrame):
    """Puts what it measured into the flow; ``measured`` says so."""

    measured = Signal()

    def __init__(
        self, flow: TherapyFlow, attempt: Callable[[Callable[[], object]], object]
    ) -> None:
        super().__init__()
        self._flow = flow
        self._attempt = attempt
        self._first = 0
        self._begun: float | None = None
        self._strongest = 0.0
        self.words = label("", wrap=True)
        self.seconds = label("", "display")
        self.bar = QProgressBar()
        self.bar.setRange(0, 1000)
        self.bar.setTextVisible(False)
        self.bar.setAccessibleName("Level now")
        self.level = label("", "muted", wrap=True)
        self.start = button("Measure rest, 10 s", lambda: self.begin(host_time()))
        large_target(self.start)
        parts = (label("Rest", "heading"), self.words, self.seconds, self.bar, self.level)
        outer = QVBoxLayout(self)
        outer.setContentsMargins(0, 0, 0, 0)
        outer.addWidget(card(column(*parts, self.start), margin=12))
        self.refresh()

    @property
    def running(self) -> bool:
        """Whether ten seconds are being counted."""
        return self._begun is not None

    def begin(self, now: float) -> None:
        """Count ten seconds from here."""
        stream = self._flow.stream
        if stream is not None:
            self._first, self._begun, self._strongest = stream.clean.head, now, 0.0
            self.refresh()

    def cancel(self) -> None:
        """Forget the seconds that were counted; what was measured before stays."""
        self._begun = None
        self.refresh()

    def refresh(self) -> None:
        """What is there to see and to press."""
        flow, running = self._flow, self.running
        self.start.setEnabled(flow.stream is not None and not running)
        self.seconds.setVisible(running)
        self.bar.setVisible(running)
        if running:
            self.words.setText("Let the muscles go; sit still and breathe.")
        elif flow.rest and flow.stream is not None:
            parts = [
                f"{m.words} {amount(value, self._unit)}"
                for m, value in zip(flow.muscles, flow.rest, strict=False)
            ]
            self.words.setText(f"At rest: {', '.join(parts)}.")
        else:
            self.words.setText("Not measured yet. It tells noise and tension before the work.")
        self.start.setText("Measure rest again" if flow.rest else "Measure rest, 10 s")
        self.level.setVisible(running)

    def frame(self, now: float) -> None:
        """Follow the seconds at host time ``now``."""
        stream = self._flow.stream
        if self._begun is None:
            return
        if stream is None:
            self._begun = None
            self.refresh()
            return
        left = REST_S - (now - self._begun)
        self.seconds.setText(f"{max(0.0, left):.0f} s")
        self._show_level()
        wanted = self._first + round(REST_S * stream.info.rate)
        if stream.clean.head >= wanted or left < -LATE_S:
            self._begun = None
            self._attempt(lambda: self._measure(wanted))
            self.refresh()

    @property
    def _unit(self) -> str:
        stream = self._flow.stream
        assert stream is not None
        return stream.info.channels[self._columns()[0]].unit

    def _columns(self) -> list[int]:
        stream = self._flow.stream
        assert stream is not None
        names = [c.name for c in stream.info.channels]
        return [names.index(m.channel) for m in self._flow.chosen if m.channel in names]

    def _show_level(self) -> None:
        stream = self._flow.stream
        assert stream is not None
        chunk = stream.clean.latest(max(1, round(SHOWN_S * stream.info.rate)))
        levels = rms_level(chunk.data[:, self._columns()], chunk.valid)
        if not len(levels) or not (levels == levels).all():
            self.level.setText("No signal arrives.")
            return
        now = float(levels.max())
        self._strongest = max(self._strongest, now)
        self.bar.setValue(round(1000 * now / self._strongest) if self._strongest else 0)
        self.level.setText(f"now {amount(now, self._unit)}")

    def _measure(self, stop: int) -> None:
        stream = self._flow.stream
        assert stream is not None
        chunk = stream.clean.read(self._first, min(stop, stream.clean.head))
        flow, x, rate = self._flow, chunk.data[:, self._columns()], stream.info.rate
        found = level_at_rest(x, chunk.valid, rate)
        flow.rest = tuple(float(value) for value in found[: len(flow.muscles)])
        calm = baselines(x, chunk.valid, rate, LEVEL_S)
        flow.baselines = {m.channel: b for m, b in zip(flow.chosen, calm, strict=False)}
        self.measured.emit()
