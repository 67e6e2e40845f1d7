"""Takes the reference level of a muscle: three efforts, their result, and use it anyway."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QComboBox, QFrame, QHBoxLayout, QProgressBar, QVBoxLayout, QWidget

from emgstudio.dsp.levels import rms_level
from emgstudio.gui.fitted import FittedScroll
from emgstudio.gui.panels.reference_trials import TrialRows
from emgstudio.gui.plots.amplitude import amount
from emgstudio.gui.widgets import button, column, icon_button, label, large_target
from emgstudio.session.reference import WINDOW_S, Method, Reference, taken
from emgstudio.session.reference_capture import PACES, USUAL, Phase, ReferenceCapture

if TYPE_CHECKING:
    from emgstudio.devices.stream import Stream
    from emgstudio.session.session import Session

LEVEL_EVERY_S = 0.1
TARGET = 44
ADJUST = QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon
EXPLAINED = {
    Method.MVC: (
        "Three times as strong as you can, with rest between. Ask first about pain, "
        "recent surgery and blood pressure. Keep breathing; stop when it hurts."
    ),
    Method.SUBMAXIMAL: (
        "Three times an effort that can be repeated another day, such as holding the limb "
        "up against gravity. Percentages are then not %MVC."
    ),
    Method.BEST_OF_TODAY: (
        "Watches while you move; the strongest half second counts. "
        "Percentages then say “of today's best”."
    ),
}
DIFFER = "The best two differ by {share:.0f} %. One more would make sure."


class ReferencePanel(QFrame):
    """``stored`` tells that references changed, ``closed`` that a person is done.

    Call :meth:`refresh` once per frame while it is visible.
    """

    stored = Signal()
    closed = Signal()

    def __init__(
        self,
        session: Session,
        attempt: Callable[[Callable[[], object]], object],
        parent: QWidget | None = None,
        pace: str = USUAL,
    ) -> None:
        super().__init__(parent)
        self._session = session
        self._attempt = attempt
        self._stream: Stream | None = None
        self._channel = 0
        self._levelled = float("-inf")
        self._strongest = 0.0
        self.capture: ReferenceCapture | None = None
        self.setProperty("role", "bar")
        self.present = label("", wrap=True)
        self.method = QComboBox()
        self.method.addItems([method.words for method in Method])
        self.method.setAccessibleName("How the reference is taken")
        self.method.currentIndexChanged.connect(self._explain)
        self.pace = QComboBox()
        self.pace.addItems(list(PACES))
        self.pace.setCurrentText(pace)
        self.pace.setAccessibleName("Trials and the rest between them")
        self.which = QComboBox()
        self.which.setAccessibleName("Channels that the reference is taken of")
        self.explained = label("", "muted", wrap=True)
        self.words = label("", "heading", wrap=True)
        self.words.setAccessibleName("What to do now")
        self.seconds = label("", "display")
        self.seconds.setAlignment(Qt.AlignmentFlag.AlignHCenter)
        self.strength = QProgressBar()
        self.strength.setRange(0, 1000)
        self.strength.setTextVisible(False)
        self.strength.setAccessibleName("Effort now, against the strongest so far")
        self.level = label("", "muted")
        self.trials = TrialRows()
        self.trials.anyway_wanted.connect(self._use_anyway)
        self.result = label("", "heading", wrap=True)
        self.remark = label("", wrap=True)
        for box in (self.method, self.pace, self.which):
            # Long words must not make the panel wider than its place.
            box.setSizeAdjustPolicy(ADJUST)
            box.setMinimumContentsLength(12)
        self._make_buttons()
        self._lay_out()
        self._explain()
        self._show_state(0.0)

    @property
    def running(self) -> bool:
        """Whether a person is being led through efforts."""
        return self.capture is not None and self.capture.phase is not Phase.DONE

    def show_stream(self, stream: Stream | None, channel: int = 0) -> None:
        """Another channel; a running capture goes on with its own unless the stream changed."""
        if stream is not self._stream:
            self.capture = None
        self._stream, self._channel = stream, channel
        if not self.running:
            self._fill_channels()
        self._show_state(0.0)

    def refresh(self, now: float) -> None:
        """Follow the capture at ``now`` host seconds."""
        capture = self.capture
        if capture is None or not self.isVisible():
            return
        before = (capture.phase, len(capture.efforts))
        capture.advance(now)
        if (capture.phase, len(capture.efforts)) != before:
            # Efforts that do not count are nothing to reach for.
            used = [
                t.value
                for place in range(len(capture.channels))
                for t in capture.trials(place)
                if t.used
            ]
            self._strongest = max(used, default=0.0)
            self._show_state(now)
        if self.running:
            self._show_step(now)
            if now - self._levelled >= LEVEL_EVERY_S:
                self._levelled = now
                self._show_level(capture)

    def start(self, now: float) -> None:
        """Begin with the channels and the method that were chosen."""
        if self._stream is None:
            return
        method = list(Method)[self.method.currentIndex()]
        plan = PACES[self.pace.currentText()]
        self.capture = ReferenceCapture(self._stream, self._chosen(), method, plan)
        self.capture.start(now)
        self._strongest = 0.0
        self._show_state(now)
        self._show_step(now)

    def cancel(self) -> None:
        """Forget the efforts; what was stored before stays."""
        self.capture = None
        self._fill_channels()
        self._show_state(0.0)

    def save(self) -> None:
        """Store the result for this sensor; a running recording gets a label."""
        self._attempt(self._save)

    def _save(self) -> None:
        capture, stream = self.capture, self._stream
        device = self._session.device_of(stream) if stream is not None else None
        if capture is None or stream is None or device is None:
            return
        references = capture.references()
        self._session.references.store(device.uri, stream.info, references)
        if self._session.recorder is not None:
            for reference in references:
                self._session.annotate(
                    f"{reference.method.words} {reference.channel}: "
                    f"{amount(reference.value, reference.unit)}",
                    note=reference.recipe,
                )
        self.cancel()
        self.stored.emit()

    def _forget(self) -> None:
        stream = self._stream
        device = self._session.device_of(stream) if stream is not None else None
        if stream is not None and device is not None:
            self._attempt(lambda: self._session.references.forget(device.uri, stream.info))
            self._show_state(0.0)
            self.stored.emit()

    def _make_buttons(self) -> None:
        from emgstudio.core.clock import host_time

        def go_on() -> None:
            if self.capture is not None:
                self.capture.go_on(host_time())
                self._show_state(host_time())

        def finish() -> None:
            if self.capture is not None:
                self.capture.finish()
                self._show_state(host_time())

        self.begin = button("Start", lambda: self.start(host_time()), kind="primary")
        self.next = button("Next trial now", go_on)
        self.more = button("One more trial", go_on)
        self.enough = button("Finish", finish)
        self.keep = button("Save reference", self.save, kind="primary")
        self.drop = button("Cancel", self.cancel, kind="quiet")
        self.forget = button("Remove references", self._forget, kind="quiet")
        self._buttons = (
            self.begin,
            self.keep,
            self.next,
            self.more,
            self.enough,
            self.drop,
            self.forget,
        )
        large_target(*self._buttons)

    def _lay_out(self) -> None:
        head = QHBoxLayout()
        head.addWidget(label("Reference level", "heading"), 1)
        self.close_button = icon_button("close", "Close the reference panel  (V)", self.closed.emit)
        large_target(self.close_button, self.method, self.pace, self.which)
        self.close_button.setFixedWidth(TARGET)
        head.addWidget(self.close_button)
        content = QWidget()
        content.setLayout(
            column(
                self.present,
                self.method,
                self.pace,
                self.which,
                self.explained,
                self.words,
                self.seconds,
                self.strength,
                self.level,
                self.trials,
                self.result,
                self.remark,
                *self._buttons,
                spacing=8,
            )
        )
        layout = QVBoxLayout(self)
        layout.setContentsMargins(12, 8, 12, 12)
        layout.addLayout(head)
        layout.addWidget(FittedScroll(content))
        layout.addStretch(1)

    def _chosen(self) -> tuple[int, ...]:
        if self.which.currentIndex() <= 0 or self._stream is None:
            return (self._channel,)
        channels = self._stream.info.channels
        return tuple(n for n, c in enumerate(channels) if c.used and c.kind == "EMG")

    def _fill_channels(self) -> None:
        at = max(0, self.which.currentIndex())
        self.which.clear()
        if self._stream is not None:
            name = self._stream.info.channels[self._channel].name
            self.which.addItems([f"Only {name}", "All EMG channels at once"])
            self.which.setCurrentIndex(at)

    def _explain(self) -> None:
        method = list(Method)[self.method.currentIndex()]
        self.explained.setText(EXPLAINED[method])
        self.pace.setVisible(self.capture is None and method is not Method.BEST_OF_TODAY)

    def _show_state(self, now: float) -> None:
        """What is there to see and to press in this phase."""
        capture = self.capture
        phase = capture.phase if capture is not None else Phase.IDLE
        idle, done = phase is Phase.IDLE, phase is Phase.DONE
        reference = self._present()
        self.present.setText(self._sentence(reference))
        for widget in (self.present, self.method, self.which, self.explained, self.begin):
            widget.setVisible(idle)
        self._explain()
        self.begin.setEnabled(self._stream is not None)
        self.forget.setVisible(idle and reference is not None)
        for shown in (self.words, self.strength, self.level):
            shown.setVisible(not idle and not done)
        self.seconds.setVisible(not idle and not done and not self._open_ended)
        self.next.setVisible(phase is Phase.REST)
        self.enough.setVisible(phase is Phase.REST or (self._open_ended and not idle and not done))
        self.drop.setVisible(not idle)
        self.trials.show_capture(capture)
        self._show_result(capture if done else None)
        if capture is not None and not done:
            self._show_step(now)

    @property
    def _open_ended(self) -> bool:
        return self.capture is not None and self.capture.open_ended

    def _show_result(self, capture: ReferenceCapture | None) -> None:
        for widget in (self.result, self.remark, self.keep, self.more):
            widget.setVisible(False)
        if capture is None:
            return
        places = range(len(capture.channels))
        found = [place for place in places if any(t.used for t in capture.trials(place))]
        self.result.setVisible(True)
        self.result.setText(self._result_text(capture, found))
        self.keep.setVisible(bool(found))
        self.more.setVisible(not capture.open_ended)
        shares = [share for place in found if (share := capture.differ(place)) is not None]
        self.remark.setVisible(bool(shares))
        if shares:
            self.remark.setText(DIFFER.format(share=100 * max(shares)))
        self.keep.setText("Use it anyway" if shares else "Save reference")
        self.keep.setAccessibleName(self.keep.text())

    def _result_text(self, capture: ReferenceCapture, found: Sequence[int]) -> str:
        if not found:
            return "No trial can be used yet."
        if len(capture.channels) > 1:
            return f"A reference for {len(found)} of {len(capture.channels)} channels"
        best = max(t.value for t in capture.trials(0) if t.used)
        unit = capture.stream.info.channels[capture.channels[0]].unit
        return f"Reference: {amount(best, unit)}"

    def _show_step(self, now: float) -> None:
        assert self.capture is not None
        step = self.capture.step(now)
        number = f"Trial {step.trial}" if step.trial else "Practice"
        words = step.words if self._open_ended else f"{number}:  {step.words}"
        if words != self.words.text():
            self.words.setText(words)
        left = "" if step.remaining_s is None else str(int(np.ceil(step.remaining_s)))
        if left != self.seconds.text():
            self.seconds.setText(left)
            self.seconds.setAccessibleName(f"{left} seconds left")

    def _show_level(self, capture: ReferenceCapture) -> None:
        chunk = capture.stream.clean.latest(round(WINDOW_S * capture.stream.info.rate))
        levels = rms_level(chunk.data, chunk.valid)[list(capture.channels)]
        if np.isnan(levels).all():
            self.level.setText("No signal arrives.")
            return
        now = float(np.nanmax(levels))
        self._strongest = max(self._strongest, now)
        share = now / self._strongest if self._strongest > 0 else 0.0
        self.strength.setValue(round(1000 * share))
        unit = capture.stream.info.channels[capture.channels[0]].unit
        text = f"now {amount(now, unit)},  strongest {amount(self._strongest, unit)}"
        self.level.setText(text)

    def _use_anyway(self, number: int) -> None:
        if self.capture is not None:
            for place in range(len(self.capture.channels)):
                self.capture.use_anyway(number, place)
            self._show_state(0.0)

    def _present(self) -> Reference | None:
        stream = self._stream
        device = self._session.device_of(stream) if stream is not None else None
        if stream is None or device is None:
            return None
        return self._session.references.of(device.uri, stream.info)[self._channel]

    def _sentence(self, reference: Reference | None) -> str:
        if self._stream is None:
            return "Connect a sensor first."
        name = self._stream.info.channels[self._channel].name
        if reference is None:
            return f"{name} has no reference yet."
        when = taken(reference, datetime.now().astimezone())
        value = amount(reference.value, reference.unit)
        doubt = ", used although not good" if reference.quality else ""
        return f"{name}: {value}. {reference.recipe}, {when}{doubt}."
