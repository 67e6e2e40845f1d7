"""A simulated person follows a cue plan in simulated time: labelled samples without waiting."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np

from emgstudio.core.types import Annotation, Channel, ConditionSpec, SampleBlock, Source
from emgstudio.devices.emulators.scenarios import scenario
from emgstudio.devices.emulators.sensor import SensorSetup, SimulatedSensor
from emgstudio.devices.stream import Stream
from emgstudio.ml.dataset import LabelledSamples
from emgstudio.ml.gestures import REST
from emgstudio.ml.protocol import CuePlan, CueProtocol
from emgstudio.session.calibration_person import CueStyle

TICKS = 4
"""Made at once: finer steps cost more than they tell."""
Performing = Callable[[str, int], tuple[str, float]]


@dataclass
class SimulatedPerson:
    """Follows cues; ``seconds`` is the simulated time that has gone by.

    ``performing`` turns a cue (gesture, repetition) into what is done and how strongly:
    by it a person makes mistakes.
    """

    person: str = "A"
    day: str = "gestures"
    rate: float = 1000.0
    seed: int = 1
    style: CueStyle = field(default_factory=CueStyle)

    def __post_init__(self) -> None:
        setup = SensorSetup(self.rate, 8, self.person, self.seed, 1.0, 1.0)
        self.sensor = SimulatedSensor(scenario(self.day), setup)
        self.stream = Stream(self.sensor.info, ConditionSpec())
        self.seconds = 0.0
        # The armband's own cycle of movements ends with the first command.
        self.sensor.command(REST, 1.0)

    @property
    def channels(self) -> tuple[Channel, ...]:
        return self.sensor.info.channels

    def step(self) -> None:
        """About 64 ms."""
        first = self.sensor.index
        data = self.sensor.ticks(TICKS)
        self.seconds += len(data) / self.rate
        self.stream.accept(SampleBlock("EMG", first, data), self.seconds)

    def wait(self, seconds: float) -> None:
        end = self.seconds + seconds
        while self.seconds < end:
            self.step()

    def follow(self, plan: CuePlan, performing: Performing | None = None) -> LabelledSamples:
        """Everything since switching on, with the takes of the plan as labels."""
        protocol = CueProtocol(plan)
        events = protocol.start(self.seconds)
        begun: dict[tuple[str, int], float] = {}
        takes: dict[tuple[str, int], Annotation] = {}
        while True:
            for event in events:
                take = (event.gesture, event.repetition)
                if event.kind == "begin":
                    begun[take] = event.time
                    asked = (event.gesture, self.style.strength(event.repetition))
                    self.sensor.command(*(performing(*take) if performing else asked))
                else:
                    self.sensor.command(REST, 1.0)
                    takes[take] = Annotation(
                        begun[take], event.time, event.gesture, track="cue",
                        source=Source.CUE, repetition=event.repetition,
                    )  # fmt: skip
            if protocol.finished:
                break
            now = protocol.view(self.seconds)
            if now.phase == "hold" and self.style.effort == "ramp" and not performing:
                asked = self.style.strength_at(now.repetition, now.fraction)
                self.sensor.command(now.gesture, asked)
            self.step()
            events = protocol.advance(self.seconds)
        self.wait(0.2)
        return self.heard(tuple(takes.values()))

    def heard(self, takes: tuple[Annotation, ...]) -> LabelledSamples:
        """The conditioned samples so far with these labels."""
        chunk = self.stream.clean.read(0, self.stream.clean.head)
        samples = np.where(chunk.valid[:, None], chunk.data, np.nan).astype(np.float32)
        return LabelledSamples(samples, self.rate, takes, recording=f"{self.day} {self.seed}")
