"""The connection doctor says the right thing, once, and nothing when all is well."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from emgstudio.core.errors import EmgError
from emgstudio.core.types import Channel, ConditionSpec, Gap, Level, SampleBlock, StreamInfo
from emgstudio.devices.doctor import Patient, examine, too_slow
from emgstudio.devices.health import StreamHealth, health_of
from emgstudio.devices.stream import Stream
from emgstudio.devices.worker import DeviceState

WELL = StreamHealth("EMG", "EMG", "µV", 1000.0, measured_rate=1000.4, received=60_000)


def patient(stream: StreamHealth = WELL, **how: object) -> Patient:
    return replace(Patient("Sensor", DeviceState.STREAMING, streams=(stream,)), **how)


def keys(stream: StreamHealth = WELL, **how: object) -> list[str]:
    return [advice.key for advice in examine(patient(stream, **how))]


def stream_of(
    rate: float,
    *,
    per_packet: int = 5,
    every_s: float | None = None,
    lose: tuple[int, ...] = (),
    packets: int = 400,
    sent_rate: float | None = None,
) -> Stream:
    """A stream that got its packets; ``every_s`` collects them into lumps."""
    stream = Stream(
        StreamInfo("EMG", rate, (Channel("1"),), "int16", "test"), ConditionSpec(low_hz=5.0)
    )
    for k in range(packets):
        if k in lose:
            continue
        host = 100.0 + (k + 1) * per_packet / (sent_rate or rate)
        if every_s is not None:
            host = np.ceil(host / every_s) * every_s
        data = np.zeros((per_packet, 1), np.int16)
        stream.accept(SampleBlock("EMG", k * per_packet, data), host)
    return stream


def test_nothing_is_said_when_all_is_well() -> None:
    assert examine(patient()) == ()
    assert examine(patient(health_of(stream_of(1000.0)))) == ()
    assert examine(Patient("Sensor", DeviceState.OPENING)) == ()


@pytest.mark.parametrize("state", [DeviceState.WAITING, DeviceState.LOST, DeviceState.CLOSED])
def test_a_port_in_use_is_said_with_what_helps(state: DeviceState) -> None:
    error = EmgError("The port COM4 is used by another program.", "Close it.")
    (advice,) = examine(patient(state=state, trouble=error))
    assert (advice.level, advice.text, advice.hint) == (Level.ERROR, error.message, error.hint)


def test_a_device_that_fell_silent_is_asleep() -> None:
    (advice,) = examine(patient(state=DeviceState.STALLED, last_packet_s=7.2))
    assert "7 s" in advice.text
    assert "asleep" in advice.text


@pytest.mark.parametrize("measured", [500.0, 2000.0, 251.0])
def test_another_rate_that_devices_have_is_a_setting(measured: float) -> None:
    (advice,) = examine(patient(replace(WELL, measured_rate=measured)))
    assert advice.key == "rate"
    assert "another sampling rate is set" in advice.text


@pytest.mark.parametrize("n", [3, 4, 5, 10])
def test_one_of_n_packets_is_told_by_the_rate_where_nothing_is_counted(n: int) -> None:
    (advice,) = examine(patient(replace(WELL, measured_rate=1000.0 * (n - 1) / n)))
    assert advice.key == "one of n"
    assert f"one of {n} packets" in advice.text


def test_a_rate_that_fits_nothing_is_only_told() -> None:
    (advice,) = examine(patient(replace(WELL, measured_rate=1040.0)))
    assert advice.key == "rate"
    assert "1040.0 Hz" in advice.text
    assert keys(replace(WELL, measured_rate=1040.0), paced=False) == []


@pytest.mark.parametrize("n", [2, 4])
def test_a_rhythm_in_the_holes_is_found(n: int) -> None:
    health = health_of(stream_of(1000.0, lose=tuple(range(n - 1, 400, n))))
    assert health.lost_every == n
    assert "one of n" in keys(health)


def test_loss_without_rhythm_is_loss() -> None:
    lose = tuple(np.random.default_rng(4).choice(np.arange(5, 395), 24, replace=False).tolist())
    health = health_of(stream_of(1000.0, lose=lose))
    assert health.lost_every is None
    assert health.loss == pytest.approx(24 / 400, rel=0.05)
    (advice,) = examine(patient(health))
    assert (advice.key, advice.level) == ("loss", Level.WARNING)
    assert "cable" in advice.hint
    (advice,) = examine(patient(health, wireless=True))
    assert "nearer" in advice.hint


def test_a_little_loss_is_no_warning_and_estimates_say_so() -> None:
    little = replace(WELL, lost=120, gaps=3, gaps_estimated=True)
    (advice,) = examine(patient(little))
    assert advice.level is Level.INFO
    assert "about 0.2 %" in advice.text


def test_lumps_of_16_ms_are_the_latency_timer() -> None:
    lumps = health_of(stream_of(250.0, per_packet=1, every_s=0.016, packets=600))
    assert lumps.lump_s == pytest.approx(0.016)
    assert lumps.lump_samples == 4
    assert "ftdi" in keys(lumps, at_usb=True)
    assert "ftdi" not in keys(lumps), "the radio has no such timer"
    assert "ftdi" not in keys(health_of(stream_of(250.0, per_packet=1)), at_usb=True)


def test_too_far_away_and_an_empty_battery() -> None:
    assert keys(rssi_dbm=-91.0) == ["far"]
    assert keys(rssi_dbm=-60.0) == []
    assert keys(battery=12.0) == ["battery"]
    assert keys(battery=80.0) == []


def test_a_full_port_is_said_but_not_one_whose_baud_rate_means_nothing() -> None:
    (advice,) = examine(patient(port_load=97.3))
    assert advice.key == "port load"
    assert "97 %" in advice.text
    assert "baud rate" in advice.hint
    assert keys(port_load=60.0) == []
    assert keys(port_load=340.0) == [], "USB of the board itself"


def test_too_slow_is_for_muscles_only() -> None:
    slow = replace(WELL, rate=250.0, measured_rate=250.0)
    assert too_slow(slow)
    assert keys(slow) == ["slow"]
    assert not too_slow(replace(slow, kind="ACC"))
    assert not too_slow(replace(slow, rate=400.0))


def test_uneven_arrivals_and_repetitions_are_mentioned() -> None:
    assert keys(replace(WELL, jitter_s=0.08)) == ["uneven"]
    assert keys(replace(WELL, repeated=40)) == ["repeated"]


def test_the_worst_comes_first() -> None:
    levels = [
        advice.level
        for advice in examine(
            patient(replace(WELL, repeated=40), state=DeviceState.STALLED, battery=5.0)
        )
    ]
    assert levels == [Level.ERROR, Level.WARNING, Level.INFO]


def test_what_holds_for_several_streams_of_a_device_is_said_once() -> None:
    little = replace(WELL, lost=100)
    much = replace(WELL, name="ACC", kind="ACC", lost=5000)
    said = examine(Patient("Board", DeviceState.STREAMING, streams=(little, much)))
    assert [(advice.key, advice.level) for advice in said] == [("loss", Level.WARNING)]
    assert "ACC" in said[0].text


def test_the_longest_hole_and_the_jitter_are_measured() -> None:
    stream = stream_of(1000.0, lose=(7, 8, 9, 50))
    stream.accept(Gap("EMG", 2000, 5, estimated=True), 103.0)
    health = health_of(stream)
    assert health.longest_gap_s == pytest.approx(0.015)
    assert health.gaps == 3
    assert health.gaps_estimated
    assert health.jitter_s == pytest.approx(0.0, abs=1e-4)
    uneven = stream_of(1000.0, every_s=0.030)
    assert health_of(uneven).jitter_s == pytest.approx(0.0, abs=0.004), "lumps come evenly"
    assert health_of(stream_of(1000.0, packets=5)).jitter_s is None
