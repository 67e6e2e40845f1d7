"""What is watched while somebody works: muscles that should be soft, and fatigue."""

from __future__ import annotations

import math

import numpy as np
import pytest

from emgstudio.core.types import Annotation
from emgstudio.session.therapy.exercise import Part, Phase
from emgstudio.session.therapy.protocol import Kind, Protocol, Step
from emgstudio.session.therapy.rest import baselines
from emgstudio.session.therapy.tiring import is_hold, looked_at, tired
from emgstudio.session.therapy.watch import SoftWatch, watched_measures

RATE, FRAME = 1000.0, 0.05


def run(watch: SoftWatch, seconds: float, level: float, now: float) -> tuple[float, int]:
    turns = 0
    for _ in range(round(seconds / FRAME)):
        now += FRAME
        turns += watch.update(level, now)
    return now, turns


def test_a_muscle_is_tense_after_half_a_second_and_calm_only_clearly_below() -> None:
    watch = SoftWatch("Trapezius", 10.0)
    now, turns = run(watch, 0.4, 15.0, 0.0)
    now, _ = run(watch, 0.1, 5.0, now)
    assert (turns, watch.tense) == (0, False)
    now, turns = run(watch, 1.0, 15.0, now)
    assert (turns, watch.tense, watch.count) == (1, True, 1)
    assert watch.since == pytest.approx(0.55)
    now, turns = run(watch, 1.0, 9.5, now)
    assert (turns, watch.tense) == (0, True)
    now, _ = run(watch, 0.5, 8.0, now)
    assert not watch.tense
    assert watch.count == 1


def test_an_outage_is_neither_tense_nor_calm() -> None:
    watch = SoftWatch("Trapezius", 10.0)
    now, _ = run(watch, 1.0, 15.0, 0.0)
    now, turns = run(watch, 2.0, math.nan, now)
    assert (turns, watch.tense) == (0, True)


def test_what_a_person_allows_is_no_alarm_any_more() -> None:
    watch = SoftWatch("Trapezius", 10.0)
    now, _ = run(watch, 1.0, 15.0, 0.0)
    watch.allow()
    assert watch.limit == pytest.approx(18.0)
    now, turns = run(watch, 2.0, 15.0, now)
    assert (turns, watch.tense) == (0, False)


def test_rest_never_alarms_and_a_little_work_does() -> None:
    rng = np.random.default_rng(3)
    x = rng.normal(0.0, 3.0, (20_000, 1))
    (calm,) = baselines(x[:10_000], np.ones(10_000, bool), RATE, 0.25)
    assert calm.mean == pytest.approx(3.0, rel=0.05)
    assert calm.mean < calm.limit < 2 * calm.mean

    def turns(data: np.ndarray) -> int:
        watch, found = SoftWatch("m", calm.limit), 0
        for k in range(250, len(data), 50):
            level = math.sqrt(float(np.mean(data[k - 250 : k] ** 2)))
            found += watch.update(level, k / RATE)
        return found

    assert turns(x[10_000:]) == 0
    assert turns(2.0 * x[10_000:]) == 1


def test_what_was_seen_is_counted_from_the_labels() -> None:
    def seen(start: float, stop: float, label: str, muscle: str) -> Annotation:
        return Annotation(start, stop, label, "watch", note=f'{{"muscle": "{muscle}"}}')

    rows = watched_measures(
        [
            seen(1.0, 2.5, "compensation", "Trapezius"),
            seen(5.0, 6.0, "compensation", "Trapezius"),
            seen(7.0, 7.0, "fatigue", "Deltoid"),
            Annotation(0.0, 9.0, "compensation", "exercise"),
        ]
    )
    found = {(m.channel, m.name): m.value for m in rows}
    assert found == {
        ("Trapezius", "compensations"): 2.0,
        ("Trapezius", "time tense"): 2.5,
        ("Deltoid", "fatigue warnings"): 1.0,
    }
    assert all(m.unit and m.recipe for m in rows)


def held(seconds: int, per_minute: float, seed: int) -> np.ndarray:
    """A hold whose spectrum moves down by ``per_minute`` per cent, level steady (Stulen form)."""
    rng, parts = np.random.default_rng(seed), []
    f = np.fft.rfftfreq(1000, 1 / RATE)
    for k in range(seconds):
        scale = 1.0 + per_minute / 100.0 * (k + 0.5) / 60.0
        low, high = 60.0 * scale, 120.0 * scale
        shape = np.sqrt(f**2 * high**4 / ((f**2 + low**2) * (f**2 + high**2) ** 2))
        x = np.fft.irfft(np.fft.rfft(rng.normal(size=1000)) * shape)
        parts.append(x / x.std())
    return 50.0 * np.concatenate(parts)


def test_fatigue_is_told_when_the_spectrum_falls_and_only_then() -> None:
    def told(x: np.ndarray) -> bool:
        return tired("Vastus", looked_at("Vastus", "µV", x, RATE)) is not None

    assert told(held(60, -25.0, 1))
    assert not told(held(60, 0.0, 2))
    assert not told(held(60, 25.0, 3))
    assert not told(held(8, -25.0, 4))
    # Somebody who lets go is not tired by that.
    assert not told(held(60, -25.0, 1) * np.linspace(1.0, 0.3, 60_000))


def test_only_long_enough_work_at_a_goal_is_a_hold() -> None:
    def protocol(kind: Kind, **more: object) -> Protocol:
        return Protocol("p", "P", kind, (Step("", 1, 60.0, 0.0),), goals=(40.0,), **more)

    up = protocol(Kind.UP)
    assert is_hold(up, Part(Phase.WORK, 60.0))
    assert not is_hold(up, Part(Phase.WORK, 5.0))
    assert not is_hold(up, Part(Phase.REST, 60.0))
    assert not is_hold(up, Part(Phase.WORK, math.inf))
    assert not is_hold(protocol(Kind.DOWN), Part(Phase.WORK, 60.0))
    assert is_hold(protocol(Kind.ASSESS, measures=("fatigue",)), Part(Phase.WORK, 60.0))
