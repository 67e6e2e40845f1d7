"""The simulated sensor itself: muscles, electrodes, amplifier and converter, tick by tick."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from emgstudio.core.types import MICROVOLT, Channel, StreamInfo
from emgstudio.devices.emulators.faults import BEHIND_ELECTRODES, FAULTS, NOISE_BAND_HZ, Fault
from emgstudio.devices.emulators.forearm import Muscles, forearm, separate_muscles
from emgstudio.devices.emulators.performer import Performer, Step, Tremor
from emgstudio.devices.emulators.scenarios import FaultSpec, Scenario
from emgstudio.devices.emulators.spectrum import EmgShaper
from emgstudio.devices.emulators.taps import Taps

FloatArray = NDArray[np.float64]

TICK_S = 0.016
FULL_EFFORT_UV = 420.0
# Half of what two electrodes see of a muscle comes from units that only one of them sees.
SHARED = 0.5
# Motor unit pulses per second: few at low effort, which makes the signal spiky there.
PULSES_AT_REST, PULSES_AT_FULL = 120.0, 1500.0
NOISE_UV = 3.0
WANDER_UV, WANDER_S = 2.0, 1.5
OFFSET_UV = 40.0
RANGE_UV = 8192.0
FULL_SCALE = 1 << 15
RECOVERY = 4.0
LEAST_SPECTRUM = 0.5


@dataclass(frozen=True, slots=True)
class SensorSetup:
    """What a person can choose about a simulated sensor; ``rate`` in Hz."""

    rate: float
    channels: int
    person: str
    seed: int
    gain: float
    noise: float


class SimulatedSensor:
    """Makes raw samples; the same setup, seed and commands give the same numbers.

    One tick is :attr:`tick_samples` rows (about 16 ms). Commands take effect at
    the next tick that is made.
    """

    def __init__(self, scenario: Scenario, setup: SensorSetup) -> None:
        self._scenario = scenario
        self._setup = setup
        self.tick_samples = max(1, round(TICK_S * setup.rate))
        self.index = 0
        seeds = np.random.SeedSequence(
            [setup.seed, *setup.person.encode(), *scenario.key.encode()]
        ).spawn(7)
        # One generator for each purpose: then the course of one does not depend on another's.
        behaviour, electrode, faults, self._white, self._firing, self._hiss, self._drift = (
            np.random.default_rng(s) for s in seeds
        )
        self._muscles = _muscles(scenario, setup)
        channels, muscles = self._muscles.mixing.shape
        self.gestures = tuple(self._muscles.actions)
        tick_s = self.tick_samples / setup.rate
        self._tick_s = tick_s
        self._performer = _performer(scenario, self._muscles.actions, tick_s, behaviour)
        self._shaper = EmgShaper(setup.rate, muscles + channels)
        noise = NOISE_UV * setup.noise * scenario.arm.get("noise", 1.0)
        self._noise_uv = noise * np.sqrt(setup.rate / 2.0 / NOISE_BAND_HZ)
        self._offset = OFFSET_UV * electrode.uniform(-1.0, 1.0, channels)
        self._wander = np.zeros(channels)
        self._faults = [
            (spec, _fault(spec, channels, faults))
            for kind in FAULTS
            for spec in scenario.faults
            if spec.kind == kind
        ]
        self._taps = Taps(channels, setup.rate)
        self._power = self._muscles.mixing**2
        self._drive = np.zeros(muscles)
        self._tired_minutes = 0.0
        self._way = np.arange(1, self.tick_samples + 1)[:, None] / self.tick_samples
        self._range_uv = scenario.range_uv or RANGE_UV
        self._scale = self._range_uv / FULL_SCALE

    @property
    def info(self) -> StreamInfo:
        scenario, setup = self._scenario, self._setup
        rails = (-float(FULL_SCALE), float(FULL_SCALE - 1))
        site = "forearm ring" if scenario.layout == "ring" else ""
        channels = tuple(
            Channel(f"EMG {k + 1}", MICROVOLT, self._scale, site=site, rails=rails)
            for k in range(setup.channels)
        )
        return StreamInfo(
            "EMG", setup.rate, channels, "int16", f"Simulated: {scenario.title}", simulated=True
        )

    def command(self, gesture: str, strength: float) -> None:
        """Perform a gesture from the next tick on (after a reaction time)."""
        self._performer.command(gesture, strength)

    def tap(self, channels: list[int]) -> None:
        """Somebody taps these electrodes, counted from 0, at the next tick."""
        self._taps.tap(self.index, channels)

    def ticks(self, count: int) -> NDArray[np.int16]:
        """The next ``(count * tick_samples, channels)`` converter numbers.

        The numbers do not depend on how many ticks are asked for at once.
        """
        signal = self._emg(count)
        signal *= self._setup.gain
        self._spoil(signal, behind_electrodes=False)
        signal += self._electrodes(count)
        self._taps.add_to(signal, self.index)
        self._spoil(signal, behind_electrodes=True)
        self.index += len(signal)
        numbers = np.rint(signal / self._scale)
        return np.clip(numbers, -FULL_SCALE, FULL_SCALE - 1).astype(np.int16)

    def skip(self, count: int) -> None:
        """Let ``count`` ticks go by without a sensor being worn."""
        self.index += count * self.tick_samples

    def _emg(self, count: int) -> FloatArray:
        """Muscles as the electrodes see them, ``(count * tick_samples, channels)`` µV."""
        drives, squeezes, growth = self._performance(count)
        power = self._power
        seen = np.sqrt(drives[1:] ** 2 @ power.T / power.sum(axis=1))
        pulses = PULSES_AT_REST + PULSES_AT_FULL * np.hstack([drives[1:], seen])
        pulses = np.repeat(pulses / self._setup.rate, self.tick_samples, axis=0)
        # Pulses of random size at random times, as motor units fire.
        firing = np.sqrt(self._firing.poisson(pulses) / pulses)
        shaped = self._shape(firing * self._white.standard_normal(pulses.shape), squeezes)
        drive = self._ramps(drives)
        muscles = drive.shape[1]
        common = (shaped[:, :muscles] * drive) @ self._muscles.mixing.T
        own = shaped[:, muscles:] * np.sqrt(drive**2 @ power.T)
        amplitude = FULL_EFFORT_UV * np.repeat(growth, self.tick_samples)[:, None]
        return np.asarray(amplitude * (np.sqrt(SHARED) * common + np.sqrt(1.0 - SHARED) * own))

    def _spoil(self, signal: FloatArray, *, behind_electrodes: bool) -> None:
        """What is wrong at present, tick by tick, on ``signal`` in place."""
        faults = [f for f in self._faults if (f[0].kind in BEHIND_ELECTRODES) == behind_electrodes]
        if not faults:
            return
        n = self.tick_samples
        seconds = (self.index + np.arange(len(signal))) / self._setup.rate
        for at in range(0, len(signal), n):
            for spec, fault in faults:
                if spec.active(seconds[at]):
                    fault.apply(signal[at : at + n], seconds[at : at + n])

    def _performance(self, count: int) -> tuple[FloatArray, list[float], list[float]]:
        """Activations at the edges of the ticks, and what fatigue does in each tick."""
        drives, squeezes, growth = [self._drive], [], []
        for _ in range(count):
            drives.append(self._performer.step())
            spectrum, size = self._fatigue()
            squeezes.append(spectrum)
            growth.append(size)
        self._drive = drives[-1]
        return np.array(drives), squeezes, growth

    def _fatigue(self) -> tuple[float, float]:
        """Factors of the spectrum and of the amplitude; both 1 when fresh."""
        rule = self._scenario.fatigue
        if rule is None:
            return 1.0, 1.0
        working = self._performer.effort > 0.1
        minutes = self._tick_s / 60.0 * (1.0 if working else -RECOVERY)
        self._tired_minutes = max(0.0, self._tired_minutes + minutes)
        left = 1.0 - rule["spectrum_per_minute"] * self._tired_minutes
        growth = 1.0 + rule["amplitude_per_minute"] * self._tired_minutes
        return max(LEAST_SPECTRUM, left), growth

    def _shape(self, white: FloatArray, squeezes: list[float]) -> FloatArray:
        if self._scenario.fatigue is None:
            return self._shaper.process(white)
        parts = []
        for part, squeeze in zip(np.split(white, len(squeezes)), squeezes, strict=True):
            self._shaper.squeeze(squeeze)
            parts.append(self._shaper.process(part))
        return np.concatenate(parts)

    def _electrodes(self, count: int) -> FloatArray:
        """Amplifier noise, the half-cell offset and its slow wander."""
        channels = len(self._wander)
        keep = np.exp(-self._tick_s / WANDER_S)
        fresh = WANDER_UV * np.sqrt(1.0 - keep**2)
        levels = [self._wander]
        for step in self._drift.standard_normal((count, channels)):
            levels.append(keep * levels[-1] + fresh * step)
        self._wander = levels[-1]
        noise = self._hiss.standard_normal((count * self.tick_samples, channels))
        return np.asarray(self._noise_uv * noise + self._ramps(np.array(levels)) + self._offset)

    def _ramps(self, edges: FloatArray) -> FloatArray:
        """Straight lines from edge to edge: ``(k + 1, m)`` to ``(k * tick_samples, m)``."""
        lines = edges[:-1, None] + self._way * np.diff(edges, axis=0)[:, None]
        return np.asarray(lines.reshape(-1, edges.shape[1]))


def _muscles(scenario: Scenario, setup: SensorSetup) -> Muscles:
    if scenario.layout == "separate":
        return separate_muscles(setup.person, setup.channels)
    arm = scenario.arm
    turn = arm.get("turn_deg", 0.0) + arm.get("turn_electrodes", 0.0) * 360.0 / setup.channels
    muscles = forearm(setup.person, setup.channels, turn)
    spread = arm.get("gain_spread", 0.0)
    if not spread:
        return muscles
    # Contact is what it is for the whole day, whatever the seed.
    rng = np.random.default_rng([2026, *setup.person.encode(), *scenario.key.encode()])
    gain = np.exp(spread * rng.standard_normal((setup.channels, 1)))
    return Muscles(muscles.mixing * gain, muscles.actions)


def _performer(
    scenario: Scenario,
    actions: Mapping[str, FloatArray],
    tick_s: float,
    rng: np.random.Generator,
) -> Performer:
    cycle = scenario.cycle
    if cycle == ("each",):
        cycle = tuple(key for key in actions if key.startswith("contract_"))
    steps = []
    for action in cycle:
        # Work first where the scenario says when it begins, rest first otherwise.
        pair = [Step("rest", scenario.rest_s), Step(action, scenario.hold_s)]
        steps += pair[::-1] if scenario.begin_s else pair
    tremor = Tremor(**scenario.tremor) if scenario.tremor else None
    return Performer(actions, scenario.begin_s, steps, tick_s, rng, tremor, scenario.variation)


def _fault(spec: FaultSpec, channels: int, rng: np.random.Generator) -> Fault:
    # A generator of its own, so that one fault does not change another one's course.
    return FAULTS[spec.kind](spec, channels, np.random.default_rng(rng.integers(1 << 62)))
