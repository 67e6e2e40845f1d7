"""What the pages of a therapy session share: for whom, what, on which channels, how it goes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QObject, Signal

from emgstudio.core.errors import EmgError
from emgstudio.dsp.quality_lamps import LampLevel
from emgstudio.session.quality import ChannelQuality
from emgstudio.session.reference import Reference
from emgstudio.session.therapy.goal import Goal, goal_of
from emgstudio.session.therapy.placement import recorded_placement
from emgstudio.session.therapy.plan import Muscle, Plan, Resting
from emgstudio.session.therapy.protocol import Kind, Protocol, Protocols
from emgstudio.session.therapy.rest import Baseline
from emgstudio.session.therapy.run import TherapyRun

if TYPE_CHECKING:
    from emgstudio.devices.stream import Stream
    from emgstudio.session.session import Session

PROTOCOL, PLACE, REFERENCE, RUN, END = range(5)
STEPS = ("Protocol", "Place", "Rest and reference", "Exercise", "End")
# Where a goal line begins without a reference: this many times the level at rest.
ABOVE_REST = 5.0
UNKNOWN_REST_GOAL = 30.0


@dataclass(frozen=True, slots=True)
class Missing:
    """Why it cannot start: a sentence, the words of a button and the room it leads to."""

    sentence: str
    button: str = ""
    room: str = ""


class TherapyFlow(QObject):
    """One session of one client. ``changed`` says that a page should look again."""

    changed = Signal()
    step_changed = Signal(int)

    def __init__(self, session: Session, protocols: Protocols) -> None:
        super().__init__()
        self.session = session
        self.protocols = protocols
        self.client = ""
        self.protocol = protocols.all()[0]
        self.muscles: list[Muscle] = []
        # Those that should stay soft while the others work.
        self.soft: list[Muscle] = []
        self.baselines: dict[str, Baseline] = {}
        self.goal: Goal | None = None
        # The protocol has one, and somebody goes on without.
        self.reference_skipped = False
        self.rest: tuple[float, ...] = ()
        self.run: TherapyRun | None = None
        self.path: Path | None = None
        self.step = PROTOCOL
        # An exercise that waits while a reference effort is measured anew.
        self.on_hold = False
        self._started_recording = False
        self._override: Mapping[str, Any] | None = None
        self.choose(self.protocol)

    @property
    def stream(self) -> Stream | None:
        """The sensor that is worked with."""
        return self.session.main_stream

    @property
    def chosen(self) -> list[Muscle]:
        """All muscles with electrodes: those that work, then those that should stay soft."""
        return [*self.muscles, *self.soft]

    @property
    def running(self) -> bool:
        """Whether an exercise was begun and not finished."""
        return self.run is not None and (self.step == RUN or self.on_hold)

    def go(self, step: int) -> None:
        """Show another page."""
        self.step = step
        self.step_changed.emit(step)

    def choose(self, protocol: Protocol) -> None:
        """Another protocol with its own goal; muscles stay as far as it wants them."""
        self.protocol, self.reference_skipped = protocol, False
        self.goal = None if protocol.rest_factor is not None else goal_of(protocol)
        self.fill()

    def use(self, client: str, plan: Plan | None) -> None:
        """A client, and all of an earlier session with ``plan``."""
        self.client, self.rest, self._override, self.on_hold = client, (), None, False
        self.baselines, self.soft, self.reference_skipped = {}, [], False
        if plan is not None:
            self.protocol, self.muscles, self.goal = plan.protocol, list(plan.muscles), plan.goal
            self.soft = [r.muscle for r in plan.resting]
            if self.protocol.rest_factor is not None:
                self.goal = None
        self.fill()

    def fill(self) -> None:
        """As many muscles as the protocol wants, on the next free channels."""
        wanted = max(1, self.protocol.muscles)
        fixed = self.protocol.kind in (Kind.COMPARE, Kind.RECIPROCAL)
        if len(self.muscles) > wanted and (fixed or self.protocol.kind is not Kind.FREE):
            self.muscles = self.muscles[:wanted]
        names = self.channels()
        for k, muscle in enumerate(self.muscles):
            if names and muscle.channel not in names:
                self.muscles[k] = replace(muscle, channel=self._free() or names[0])
        if names:
            self.soft = [m for m in self.soft if m.channel in names]
        while len(self.muscles) < wanted and (free := self._free()):
            self.muscles.append(self.muscle_on(free))
        self.changed.emit()

    def channels(self) -> list[str]:
        """Names of the EMG channels in use."""
        stream = self.stream
        if stream is None:
            return []
        return [c.name for c in stream.info.channels if c.used and c.kind == "EMG"]

    def muscle_on(self, channel: str) -> Muscle:
        """What the channel map says sits there."""
        stream = self.stream
        found = [c for c in stream.info.channels if c.name == channel] if stream else []
        if not found:
            return Muscle(channel)
        return Muscle(channel, found[0].site, found[0].side)

    def set_muscle(self, place: int, muscle: Muscle) -> None:
        """Another muscle or channel at a place of ``chosen``."""
        chosen = self.chosen
        before = chosen[place]
        for k, other in enumerate(chosen):
            # Two muscles on one channel: they change places.
            if k != place and other.channel == muscle.channel != before.channel:
                chosen[k] = replace(other, channel=before.channel)
        chosen[place] = muscle
        self._keep(chosen, len(self.muscles))

    def add_muscle(self) -> None:
        """One more that works, on the next free channel."""
        if free := self._free():
            self.muscles.append(self.muscle_on(free))
            self.changed.emit()

    def add_soft(self) -> None:
        """One more that should stay soft, on the next free channel."""
        if free := self._free():
            self.soft.append(self.muscle_on(free))
            self.changed.emit()

    def drop_muscle(self, place: int) -> None:
        """One less of ``chosen``; the last one that works stays."""
        working = len(self.muscles)
        if place >= working or working > 1:
            chosen = self.chosen
            del chosen[place]
            self._keep(chosen, working - (place < working))

    def _keep(self, chosen: list[Muscle], working: int) -> None:
        self.muscles, self.soft = chosen[:working], chosen[working:]
        self.changed.emit()

    def connect_last(self) -> None:
        """The sensor that was used last, when none is connected. Raises EmgError."""
        recent = self.session.settings.recent.devices
        if not self.session.devices and recent:
            self.session.connect(recent[0])

    def missing(self) -> Missing | None:
        """Why the protocol cannot be begun; None when it can."""
        stream = self.stream
        if stream is None and self.session.devices:
            return Missing("Waiting for the sensor…", "Devices", "devices")
        if stream is None:
            return Missing("No sensor is connected yet.", "Connect a sensor", "devices")
        if not self.channels():
            return Missing("The sensor has no EMG channel in use.", "Channels", "devices")
        wanted = max(1, self.protocol.muscles)
        if len(self.muscles) < wanted:
            have = len(self.muscles)
            return Missing(
                f"“{self.protocol.title}” needs {wanted} muscles; the sensor has {have} channels.",
                "Channels", "devices",
            )  # fmt: skip
        return None

    def lamps(self) -> list[ChannelQuality | None]:
        """The quality lamp of each chosen muscle's channel."""
        stream = self.stream
        known = {q.name: q for q in self.session.quality.lamps(stream)} if stream else {}
        return [known.get(m.channel) for m in self.chosen]

    def references(self) -> list[Reference | None]:
        """The reference effort of each muscle, None where there is none."""
        stream = self.stream
        device = self.session.device_of(stream) if stream is not None else None
        if stream is None or device is None:
            return [None] * len(self.muscles)
        stored = self.session.references.of(device.uri, stream.info)
        known = {c.name: r for c, r in zip(stream.info.channels, stored, strict=True)}
        return [known.get(m.channel) for m in self.muscles]

    @property
    def wants_reference(self) -> bool:
        """Whether the goal is in per cent and a muscle has nothing to be compared with."""
        return self.protocol.reference is not None and None in self.references()

    def without_reference(self) -> None:
        """Go on in the unit of the signal: the protocol's per cent mean nothing then."""
        self.reference_skipped |= self.protocol.reference is not None
        self.protocol = replace(self.protocol, reference=None)
        low = round(ABOVE_REST * max(self.rest)) if self.rest else UNKNOWN_REST_GOAL
        low = max(low, 1.0)
        match self.protocol.kind:
            case Kind.BAND:
                self.goal = Goal(Kind.BAND, low, 2 * low)
            case Kind.DOWN:
                self.goal = Goal(Kind.DOWN, high=low)
            case Kind.RECIPROCAL:
                self.goal = Goal(Kind.RECIPROCAL, low, 0.4 * low)
            case kind:
                self.goal = Goal(kind, low if kind in (Kind.UP, Kind.COMPARE) else 0.0)
        self.changed.emit()

    def start_anyway(self) -> None:
        """Keep what the lamps said when somebody went on all the same."""
        said = {
            m.channel: [lamp.name for lamp in q.lamps] if q is not None else ["not known yet"]
            for m, q in zip(self.chosen, self.lamps(), strict=True)
            if q is None or q.level is not LampLevel.GOOD
        }
        self._override = {"time": datetime.now(UTC).isoformat(), "lamps": said}

    def plan(self) -> Plan:
        """The set-up. Raises EmgError when something is missing."""
        stream = self.stream
        if stream is None:
            raise EmgError("No sensor is connected yet.", "Connect one in Devices.")
        goal = self.goal or goal_of(self.protocol, rest=max(self.rest, default=0.0))
        return Plan(
            self.protocol, tuple(self.muscles), goal, self.client, stream.info.device or "",
            resting=tuple(Resting(m, self._limit(m)) for m in self.soft),
        )  # fmt: skip

    def _limit(self, muscle: Muscle) -> float | None:
        known = self.baselines.get(muscle.channel)
        return known.limit if known is not None else None

    def begin(self, now: float, first_set: int = 1) -> TherapyRun:
        """Start the timer and the recording. Raises EmgError."""
        stream, plan = self.stream, self.plan()
        assert stream is not None
        run = TherapyRun(self.session, stream, plan, first_set)
        self._started_recording = self.session.recorder is None
        run.begin(now)
        assert self.session.recorder is not None
        self.run, self.path = run, self.session.recorder.path
        self._record_set_up(plan)
        self.go(RUN)
        return run

    def _record_set_up(self, plan: Plan) -> None:
        recorder = self.session.recorder
        assert recorder is not None
        about: dict[str, Any] = {"placement": recorded_placement(tuple(self.chosen))}
        if self.rest:
            about["rest"] = {
                m.channel: value for m, value in zip(plan.muscles, self.rest, strict=False)
            }
        if self._override is not None:
            about["placement_override"] = self._override
            said = [f"{channel}: {', '.join(w)}" for channel, w in self._override["lamps"].items()]
            self.session.annotate("started anyway", note="; ".join(said), track="placement")
        recorder.update_meta(about)

    def finish(self, now: float) -> None:
        """End the exercise and the recording that was begun for it. Raises EmgError."""
        run = self.run
        if run is None:
            return
        self.on_hold = False
        run.finish(now)
        self.goal = run.exercise.goal
        try:
            if self._started_recording:
                self.session.stop_recording()
        finally:
            self.go(END)

    def another_set(self, now: float) -> TherapyRun:
        """The same once more, one set; in a recording that goes on it counts on. EmgError."""
        self.protocol = replace(self.protocol, sets=1)
        goes_on = self.session.recorder is not None and self.run is not None
        return self.begin(now, self.run.exercise.sets + 1 if goes_on and self.run else 1)

    def measure_again(self, now: float) -> None:
        """To the reference effort; the exercise and its recording wait."""
        if self.run is not None and self.step == RUN:
            self.run.pause(now)
            self.on_hold = True
            self.go(REFERENCE)

    def back_to_exercise(self, now: float) -> None:
        """The exercise as it was left, with the references as they are now, if all are there."""
        if self.run is not None and self.on_hold:
            if not self.wants_reference:
                self.run.renew_references(now)
            self.on_hold = False
            self.go(RUN)

    def _free(self) -> str:
        taken = {m.channel for m in self.chosen}
        return next((name for name in self.channels() if name not in taken), "")
