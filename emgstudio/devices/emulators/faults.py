"""What goes wrong at the electrodes: hum, loose contacts, heartbeats, moving cables."""

from __future__ import annotations

from typing import ClassVar, Protocol

import numpy as np
from numpy.typing import NDArray

from emgstudio.devices.emulators.scenarios import FaultSpec

FloatArray = NDArray[np.float64]

HUM_SPREAD = 0.1
# The waves of a heartbeat: seconds from the R peak, width, height.
HEART_WAVES = (
    (-0.17, 0.025, 0.10),
    (-0.03, 0.010, -0.12),
    (0.0, 0.011, 1.0),
    (0.03, 0.012, -0.22),
    (0.28, 0.05, 0.25),
)
HEART_BEFORE_S, HEART_AFTER_S = 0.25, 0.5
CABLE_HZ = 3.0
CABLE_DAMPING = 0.5
NOISE_BAND_HZ = 500.0


class Fault(Protocol):
    """Changes ``(n, channels)`` µV in place; ``seconds`` are the times of the rows."""

    def apply(self, signal: FloatArray, seconds: FloatArray) -> None: ...


def _rate(seconds: FloatArray) -> float:
    return float((len(seconds) - 1) / (seconds[-1] - seconds[0]))


def _columns(spec: FaultSpec, channels: int) -> list[int]:
    chosen = spec.channels or range(channels)
    return [c for c in chosen if c < channels]


class Hum:
    """Mains hum of ``amplitude_uv`` RMS at ``frequency_hz`` with a ``third`` harmonic."""

    def __init__(self, spec: FaultSpec, channels: int, rng: np.random.Generator) -> None:
        self._frequency = spec.values["frequency_hz"]
        self._third = spec.values.get("third", 0.0)
        self._columns = _columns(spec, channels)
        spread = 1.0 + HUM_SPREAD * rng.uniform(-1.0, 1.0, len(self._columns))
        self._peak = spec.values["amplitude_uv"] * np.sqrt(2.0) * spread
        self._phase = 0.3 * rng.standard_normal(len(self._columns))

    def apply(self, signal: FloatArray, seconds: FloatArray) -> None:
        angle = 2.0 * np.pi * self._frequency * seconds[:, None] + self._phase
        wave = np.sin(angle)
        if self._third:
            wave += self._third * np.sin(3.0 * angle)
        signal[:, self._columns] += self._peak * wave


class Loose:
    """An electrode without contact: hardly any muscle, much hum, a wandering baseline."""

    SIGNAL_LEFT: ClassVar[float] = 0.03
    WANDER_S: ClassVar[float] = 0.6

    def __init__(self, spec: FaultSpec, channels: int, rng: np.random.Generator) -> None:
        self._columns = _columns(spec, channels)
        self._peak = spec.values["hum_uv"] * np.sqrt(2.0)
        self._amount = spec.values["wander_uv"]
        self._rng = rng
        self._level = np.zeros(len(self._columns))

    def apply(self, signal: FloatArray, seconds: FloatArray) -> None:
        span = seconds[-1] - seconds[0] + 1e-9
        keep = np.exp(-span / self.WANDER_S)
        fresh = self._amount * np.sqrt(1.0 - keep**2)
        end = keep * self._level + fresh * self._rng.standard_normal(len(self._level))
        way = np.linspace(0.0, 1.0, len(seconds) + 1)[1:, None]
        signal[:, self._columns] *= self.SIGNAL_LEFT
        signal[:, self._columns] += self._level + way * (end - self._level)
        hum = self._peak * np.sin(2.0 * np.pi * 50.0 * seconds)
        signal[:, self._columns] += hum[:, None]
        self._level = end


class Heart:
    """Heartbeats with an R peak of ``peak_uv``, in each channel of its own size."""

    VARIATION: ClassVar[float] = 0.04

    def __init__(self, spec: FaultSpec, channels: int, rng: np.random.Generator) -> None:
        self._columns = _columns(spec, channels)
        self._size = spec.values["peak_uv"] * rng.uniform(0.6, 1.2, len(self._columns))
        self._interval = 60.0 / spec.values["beats_per_minute"]
        self._rng = rng
        self._beats = [0.3]

    def apply(self, signal: FloatArray, seconds: FloatArray) -> None:
        while self._beats[-1] < seconds[-1] + HEART_BEFORE_S:
            stretch = 1.0 + self.VARIATION * self._rng.standard_normal()
            self._beats.append(self._beats[-1] + self._interval * max(0.5, stretch))
        while self._beats[0] < seconds[0] - HEART_AFTER_S:
            del self._beats[0]
        wave = np.zeros(len(seconds))
        for beat in self._beats:
            for at, width, height in HEART_WAVES:
                wave += height * np.exp(-0.5 * ((seconds - beat - at) / width) ** 2)
        signal[:, self._columns] += wave[:, None] * self._size


class Motion:
    """A cable that is pulled: slow swings around 3 Hz of ``amplitude_uv`` RMS."""

    def __init__(self, spec: FaultSpec, channels: int, rng: np.random.Generator) -> None:
        self._columns = _columns(spec, channels)
        self._amount = spec.values["amplitude_uv"]
        self._rng = rng
        self._place = np.zeros((2, len(self._columns)))

    def apply(self, signal: FloatArray, seconds: FloatArray) -> None:
        step = (seconds[-1] - seconds[0]) * len(seconds) / max(1, len(seconds) - 1)
        step = step if step > 0.0 else 1.0 / 64.0
        end = self._swing(step)
        way = np.linspace(0.0, 1.0, len(seconds) + 1)[1:, None]
        signal[:, self._columns] += self._place[0] + way * (end[0] - self._place[0])
        self._place = end

    def _swing(self, step: float) -> FloatArray:
        # A swinging mass pushed at random, exact over one step (a rotation that decays).
        decay = CABLE_DAMPING * 2.0 * np.pi * CABLE_HZ
        angle = 2.0 * np.pi * CABLE_HZ * step
        keep = np.exp(-decay * step)
        turn = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
        push = self._amount * np.sqrt(1.0 - keep**2)
        return np.asarray(
            keep * turn @ self._place + push * self._rng.standard_normal(self._place.shape)
        )


class Noise:
    """A bad contact's hiss: flat noise of ``amplitude_uv`` RMS between 0 and 500 Hz."""

    def __init__(self, spec: FaultSpec, channels: int, rng: np.random.Generator) -> None:
        self._columns = _columns(spec, channels)
        self._amount = spec.values["amplitude_uv"]
        self._rng = rng

    def apply(self, signal: FloatArray, seconds: FloatArray) -> None:
        rate = _rate(seconds)
        size = self._amount * np.sqrt(rate / 2.0 / NOISE_BAND_HZ)
        noise = self._rng.standard_normal((len(seconds), len(self._columns)))
        signal[:, self._columns] += size * noise


class Crackle:
    """A broken wire: flat noise of ``amplitude_uv`` for ``burst_s`` of every ``round_s``."""

    def __init__(self, spec: FaultSpec, channels: int, rng: np.random.Generator) -> None:
        self._noise = Noise(spec, channels, rng)
        self._burst_s = spec.values["burst_s"]
        self._round_s = spec.values["round_s"]
        self._start_s = spec.start_s

    def apply(self, signal: FloatArray, seconds: FloatArray) -> None:
        if (seconds[0] - self._start_s) % self._round_s < self._burst_s:
            self._noise.apply(signal, seconds)


class Weak:
    """A muscle of which only ``share`` is left."""

    def __init__(self, spec: FaultSpec, channels: int, _rng: np.random.Generator) -> None:
        self._columns = _columns(spec, channels)
        self._share = spec.values["share"]

    def apply(self, signal: FloatArray, seconds: FloatArray) -> None:
        signal[:, self._columns] *= self._share


class Saturation:
    """An amplifier that gives no more than ``limit_uv`` to either side."""

    def __init__(self, spec: FaultSpec, channels: int, _rng: np.random.Generator) -> None:
        self._columns = _columns(spec, channels)
        self._limit = spec.values["limit_uv"]

    def apply(self, signal: FloatArray, _seconds: FloatArray) -> None:
        signal[:, self._columns] = np.clip(signal[:, self._columns], -self._limit, self._limit)


class Dead:
    """A sensor that is off: the converter gives one number for ever."""

    def __init__(self, spec: FaultSpec, channels: int, _rng: np.random.Generator) -> None:
        self._columns = _columns(spec, channels)

    def apply(self, signal: FloatArray, _seconds: FloatArray) -> None:
        signal[:, self._columns] = 0.0


AnyFault = Hum | Loose | Heart | Motion | Noise | Crackle | Weak | Saturation | Dead

# In the order in which they act: what changes the muscle's signal before what is added to it.
FAULTS: dict[str, type[AnyFault]] = {
    "weak": Weak,
    "loose": Loose,
    "hum": Hum,
    "ecg": Heart,
    "motion": Motion,
    "noise": Noise,
    "crackle": Crackle,
    # These act behind the electrodes, on their offset and noise too.
    "saturation": Saturation,
    "dead": Dead,
}
BEHIND_ELECTRODES = ("saturation", "dead")
