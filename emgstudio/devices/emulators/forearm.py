"""Who the simulated person is: muscles around the forearm, and what electrodes see of them."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from emgstudio.core.paths import resource

FloatArray = NDArray[np.float64]

# With these, neighbours at 45° see 0.2 to 0.3 of the electrode above a superficial
# muscle and the far side 0.05, as a model of the arm in layers, a cylinder, gives.
FALL_OFF = 1.6
REFERENCE_MM = 9.0
# How much people differ: standard deviations, logarithmic where they multiply.
ANGLE_SD = 14.0
DEPTH_SD = 0.12
STRENGTH_SD = 0.2
HABIT_SD = 0.3
RADIUS_SD = 0.06
NEIGHBOUR_CROSSTALK = 0.06


@dataclass(frozen=True, slots=True)
class Muscles:
    """What can be activated and how it is seen.

    ``mixing`` is ``(channels, muscles)``; 1 is a superficial muscle right under
    the electrode. ``actions`` maps a key to activations ``(muscles,)`` in 0 to 1.
    """

    mixing: FloatArray
    actions: Mapping[str, FloatArray]


@cache
def _data() -> dict[str, Any]:
    loaded: dict[str, Any] = json.loads(resource("forearm.json").read_text(encoding="utf-8"))
    return loaded


def gesture_keys() -> tuple[str, ...]:
    """The gestures that a simulated forearm can perform, rest first."""
    return tuple(_data()["gestures"])


def forearm(person: str, channels: int, turn_deg: float = 0.0) -> Muscles:
    """The forearm of ``person`` ("A", "B"…) in a ring of ``channels`` electrodes.

    ``turn_deg`` turns the ring: at one electrode spacing, channel k sees what
    channel k + 1 saw.
    """
    data = _data()
    # The person alone decides, so that A is the same A at every seed and channel count.
    rng = np.random.default_rng([2024, *person.encode()])
    muscles = data["muscles"]
    count = len(muscles)
    radius = data["radius_mm"] * np.exp(RADIUS_SD * rng.standard_normal())
    angle = np.array([m["angle"] for m in muscles]) + ANGLE_SD * rng.standard_normal(count)
    depth = np.array([m["depth"] for m in muscles]) * np.exp(DEPTH_SD * rng.standard_normal(count))
    size = np.array([m["size"] for m in muscles]) * np.exp(STRENGTH_SD * rng.standard_normal(count))
    names = [m["key"] for m in muscles]
    actions = {}
    for key, use in data["gestures"].items():
        habit = np.exp(HABIT_SD * rng.standard_normal(count))
        actions[key] = np.clip(np.array([use.get(name, 0.0) for name in names]) * habit, 0.0, 1.0)
    electrode = 360.0 * np.arange(channels) / channels + turn_deg
    return Muscles(_ring_mixing(electrode, angle, radius - depth, radius) * size, actions)


def _ring_mixing(
    electrode_deg: FloatArray, muscle_deg: FloatArray, muscle_mm: FloatArray, radius_mm: float
) -> FloatArray:
    apart = np.radians(electrode_deg[:, None] - muscle_deg[None, :])
    distance = np.sqrt(radius_mm**2 + muscle_mm**2 - 2.0 * radius_mm * muscle_mm * np.cos(apart))
    return np.asarray((REFERENCE_MM / distance) ** FALL_OFF)


def separate_muscles(person: str, channels: int) -> Muscles:
    """One muscle under each channel: actions ``contract`` (all) and ``contract_1``…"""
    rng = np.random.default_rng([2025, *person.encode()])
    size = np.exp(STRENGTH_SD * rng.standard_normal(channels))
    mixing = np.eye(channels)
    for k in range(channels - 1):
        mixing[k, k + 1] = mixing[k + 1, k] = NEIGHBOUR_CROSSTALK
    actions = {"rest": np.zeros(channels), "contract": np.full(channels, 0.55)}
    for k in range(channels):
        actions[f"contract_{k + 1}"] = 0.55 * (np.arange(channels) == k)
    return Muscles(mixing * size, actions)
