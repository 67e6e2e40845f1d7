"""Runs the motion test on live decisions; the page only shows what it says."""

from __future__ import annotations

from emgstudio.core.clock import host_time
from emgstudio.gui.wizard.flow import Flow
from emgstudio.ml.gestures import gesture_title
from emgstudio.session.calibration_test import MotionTest, TestResult

NEWEST = 40
"""Decisions looked at in each frame: two seconds of them, far more than come between two."""
GOOD_SHARE, SOME_SHARE = 0.9, 0.7


class MotionTestRun:
    """Begins, goes on at each frame, and keeps the last result."""

    def __init__(self, flow: Flow) -> None:
        self._flow = flow
        self._test: MotionTest | None = None
        self._seed = 0
        self.result: TestResult | None = None

    @property
    def running(self) -> bool:
        return self._test is not None

    @property
    def prompt(self) -> str:
        """What the person should do now, "" while no test runs."""
        test = self._test
        if test is None:
            return ""
        if not test.following:
            return "Done"
        if test.target == test.following:
            return f"Do: {gesture_title(test.target)}"
        return f"Relax – next: {gesture_title(test.following)}"

    @property
    def held(self) -> float | None:
        """How much of the hold is done, None while no test runs."""
        return self._test.held if self._test is not None else None

    @property
    def status(self) -> tuple[str, str]:
        """Lamp and words: how far the test is, or how the last one went."""
        test = self._test
        if test is not None:
            return "lamp-off", f"Target {test.number} of {len(test.order)}: hold it for two seconds"
        result = self.result
        if result is None:
            return "lamp-off", "Each movement twice, held for two seconds."
        share = result.reached / max(1, len(result.targets))
        level = "good" if share >= GOOD_SHARE else "check" if share >= SOME_SHARE else "stop"
        names = ", ".join(gesture_title(name) for name in result.missed)
        return level, result.words + (f". Missed: {names}" if names else "")

    def start(self) -> None:
        """Begin with the movements of the model."""
        model = self._flow.model
        if model is not None and self._flow.session.decoder is not None:
            self._seed += 1
            self._test = MotionTest(model.classes, seed=self._seed)
            self._perform("rest")

    def stop(self) -> None:
        """Leave it; nothing is kept of it."""
        if self._test is not None:
            self._test = None
            self._perform("rest")

    def frame(self) -> bool:
        """Go on; True while a test runs."""
        test, decoder = self._test, self._flow.session.decoder
        if test is None:
            return False
        if decoder is None:
            self.stop()
            return False
        before = self.prompt
        if test.advance(host_time(), decoder.decisions[-NEWEST:]):
            self._perform(test.target)
        if self.prompt != before:
            self._flow.sound.say(self.prompt)
        if test.result is not None:
            self.result = test.result
            self._test = None
        return self.running

    def _perform(self, gesture: str) -> None:
        """A simulated person follows the targets."""
        device = self._flow.device
        if device is not None and gesture in device.gestures:
            device.perform(gesture)
