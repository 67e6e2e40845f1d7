"""The whole river in a minute: a simulated person is cued, learnt and decoded.

A state machine that a loop or the window's tick pulls forward, so that the
demo is the app itself at work and not a show of its own.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

from emgstudio.core.clock import host_time
from emgstudio.core.errors import EmgError
from emgstudio.core.tasks import Task
from emgstudio.core.types import Annotation, Decision
from emgstudio.devices.worker import DeviceState
from emgstudio.ml.model import GestureModel
from emgstudio.ml.protocol import CuePlan
from emgstudio.ml.report import Counts, accuracy, balanced_accuracy, confusion
from emgstudio.session.files import free_name
from emgstudio.session.session import Session

# The first ones are the easiest to tell apart: a short demo has few repetitions to learn from.
GESTURES = ("fist", "open", "wrist_flexion", "wrist_extension", "point", "pinch")
SIZES = ((6, 4), (6, 3), (5, 3), (4, 3), (4, 2), (3, 2))
TRIAL = CuePlan(GESTURES, hold_s=1.6, pause_s=0.6, countdown_s=0.4, rest_s=4.0)
TEST_REST_S = 2.0
OVERHEAD_S = 3.0
LARGEST_STRETCH = 2.0
SMALLEST_STRETCH = 0.65
SETTLE_S = 1.0
CONNECT_TIMEOUT_S = 20.0
# The simulated person reacts within 0.35 s, a window is 0.2 s, five votes 0.25 s.
TEST_TRIM_S = 0.8


@dataclass(frozen=True, slots=True)
class DemoResult:
    """What the demo found. Fractions, seconds; ``confusion`` has cued gestures as rows."""

    accuracy: float
    balanced_accuracy: float
    classes: tuple[str, ...]
    confusion: tuple[tuple[int, ...], ...]
    decisions: int
    lost_samples: int
    latency_median_s: float
    latency_p99_s: float
    trained_accuracy: float | None
    session: Path
    model: Path


def demo_plans(seconds: float, seed: int) -> tuple[CuePlan, CuePlan]:
    """A calibration and an unseen test that together take about ``seconds``."""
    for n_gestures, repetitions in SIZES:
        calibration = replace(
            TRIAL, gestures=GESTURES[:n_gestures], repetitions=repetitions, seed=seed
        )
        test = replace(calibration, repetitions=1, rest_s=TEST_REST_S, seed=seed + 1)
        needed = calibration.duration_s + test.duration_s + OVERHEAD_S
        if needed <= seconds:
            break
    stretch = min(LARGEST_STRETCH, max(SMALLEST_STRETCH, seconds / needed))
    return _stretched(calibration, stretch), _stretched(test, stretch)


def _stretched(plan: CuePlan, factor: float) -> CuePlan:
    # A hold needs its reaction time and the trims whatever the hurry.
    return replace(
        plan,
        hold_s=max(1.4, plan.hold_s * factor),
        pause_s=plan.pause_s * factor,
        countdown_s=plan.countdown_s * factor,
        rest_s=plan.rest_s * factor,
    )


class Demo:
    """Call ``advance`` often until ``result`` is there.

    ``on_stage`` is told each stage as it ends: connect, calibrate, train, test.
    """

    def __init__(
        self,
        session: Session,
        out: Path,
        *,
        seconds: float,
        uri: str,
        seed: int = 1,
        on_stage: Callable[[str], None] = lambda _stage: None,
    ) -> None:
        self._session = session
        self._out = out
        self._uri = uri
        self._calibration_plan, self._test_plan = demo_plans(seconds, seed)
        self._on_stage = on_stage
        self._step: Callable[[], None] = self._connect
        self._deadline = 0.0
        self._device = ""
        self._task: Task[GestureModel] | None = None
        self._decisions: dict[int, Decision] = {}
        self.result: DemoResult | None = None

    def advance(self) -> None:
        """Do what is due now; raises EmgError when the demo cannot go on."""
        if self.result is None:
            worker = self._session.devices.get(self._device)
            if worker is not None and worker.state is DeviceState.CLOSED:
                raise EmgError("The demo's device has stopped.", worker.state_text)
            if self._session.calibration is not None:
                self._session.calibration.advance()
            self._step()

    def _connect(self) -> None:
        self._device = self._session.connect(self._uri)
        self._deadline = host_time() + CONNECT_TIMEOUT_S
        self._step = self._wait_for_samples

    def _wait_for_samples(self) -> None:
        worker = self._session.devices[self._device]
        if worker.state is DeviceState.STREAMING and worker.streams:
            if not set(self._calibration_plan.gestures) <= set(worker.gestures):
                raise EmgError(
                    f"{worker.title} does not perform gestures when asked.",
                    "Use a simulated person: sim:gestures?person=A.",
                )
            self._deadline = host_time() + SETTLE_S
            self._step = self._settle
        elif host_time() > self._deadline:
            raise EmgError("The simulated device did not start.", worker.state_text)

    def _settle(self) -> None:
        if host_time() < self._deadline:
            return
        self._on_stage("connect")
        self._session.start_recording(self._out, title="demo")
        self._session.start_calibration(self._calibration_plan)
        self._step = self._calibrate

    def _calibrate(self) -> None:
        calibration = self._session.calibration
        if calibration is not None and calibration.finished:
            self._on_stage("calibrate")
            self._task = self._session.train_calibration()
            self._step = self._train

    def _train(self) -> None:
        if self._task is None or not self._task.ended:
            return
        self._session.start_decoding(self._task.result())
        self._on_stage("train")
        self._session.start_calibration(self._test_plan, track="test")
        self._step = self._test

    def _test(self) -> None:
        decoder, run = self._session.decoder, self._session.calibration
        if decoder is None or run is None:
            raise EmgError("The demo was interrupted.", "Start it again.")
        self._decisions |= {d.index: d for d in decoder.decisions}
        if run.finished:
            self._on_stage("test")
            self._finish()

    def _finish(self) -> None:
        session, run, decoder = self._session, self._session.calibration, self._session.decoder
        if run is None or decoder is None or session.model is None:
            raise EmgError("The demo was interrupted.", "Start it again.")
        model = session.model
        median_s, p99_s = decoder.latency()
        session.stop_decoding()
        counts = self._score(model, run.takes, run.recorder.time_of)
        path = session.stop_recording()
        if path is None:
            raise EmgError("The demo was interrupted.", "Start it again.")
        model_path = free_name(self._out, "model")
        model.save(model_path)
        recording = session.open_recording(path)
        self.result = DemoResult(
            accuracy=accuracy(counts),
            balanced_accuracy=balanced_accuracy(counts),
            classes=model.classes,
            confusion=tuple(tuple(row) for row in counts.tolist()),
            decisions=int(counts.sum()),
            lost_samples=sum(s.lost for s in recording.streams.values()),
            latency_median_s=median_s,
            latency_p99_s=p99_s,
            trained_accuracy=model.report.accuracy if model.report else None,
            session=path,
            model=model_path,
        )

    def _score(
        self,
        model: GestureModel,
        takes: tuple[Annotation, ...],
        time_of: Callable[[float], float],
    ) -> Counts:
        """Live decisions against what was cued when they were made, transitions left out."""
        wanted: list[str] = []
        got: list[str] = []
        for decision in self._decisions.values():
            time = time_of(decision.time)
            for take in takes:
                if take.start + TEST_TRIM_S <= time <= take.stop:
                    wanted.append(take.label)
                    got.append(decision.gesture)
        if not wanted:
            raise EmgError("The decoder made no decision in time.", "Close other programs.")
        index = {name: i for i, name in enumerate(model.classes)}
        return confusion([index[w] for w in wanted], [index[g] for g in got], len(index))
