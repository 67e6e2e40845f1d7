"""The connection doctor: what is wrong with a connection, in plain words, and what helps.

Pure rules over figures; nothing here asks a device anything.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from emgstudio.core.errors import EmgError
from emgstudio.core.types import Level
from emgstudio.devices.health import RATE_TOLERANCE, StreamHealth
from emgstudio.devices.worker import DeviceState

# The EMG of the skin reaches to 400–500 Hz; below this rate most of it is lost or folded.
SLOW_EMG_HZ = 400.0
# Rates that devices can be set to stand in such ratios to each other.
COMMON_RATIOS = (1 / 8, 1 / 5, 1 / 4, 2 / 5, 1 / 2, 2.0, 2.5, 4.0, 5.0, 8.0)
MOST_PACKETS = 20
# FTDI chips hand on what they collected each 16 ms, unless told otherwise.
FTDI_LUMP_S = (0.0145, 0.0175)
SILENT_S = 1.0
WEAK_DBM = -85.0
LOSS_WORTH_SAYING = 0.001
LOSS_BAD = 0.01
UNEVEN_S = 0.05
BATTERY_LOW = 20.0
REPEATED_WORTH_SAYING = 5
# In per cent of what the baud rate carries. Far more than it can carry only comes over USB of
# the board itself, for which the baud rate means nothing.
FULL_PORT, MORE_THAN_FULL = 90.0, 120.0


@dataclass(frozen=True, slots=True)
class Patient:
    """What the doctor is told about one device; ``trouble`` is what went wrong last.

    ``port_load`` is how much of what a serial port can carry arrives, in per cent.
    ``wireless`` is Bluetooth or the network, ``at_usb`` a serial port of this
    computer, ``paced`` False for what is played at another speed.
    """

    title: str
    state: DeviceState
    trouble: EmgError | None = None
    streams: tuple[StreamHealth, ...] = ()
    last_packet_s: float | None = None
    rssi_dbm: float | None = None
    battery: float | None = None
    port_load: float | None = None
    wireless: bool = False
    at_usb: bool = False
    paced: bool = True


@dataclass(frozen=True, slots=True)
class Advice:
    """One finding: what it is, what to do, and how bad. ``key`` names the rule."""

    key: str
    level: Level
    text: str
    hint: str = ""


def examine(patient: Patient) -> tuple[Advice, ...]:
    """Everything worth saying about a connection, worst first; empty when all is well."""
    found = [*_connection(patient), *_power(patient), *_port(patient)]
    if patient.state in (DeviceState.STREAMING, DeviceState.STALLED):
        for stream in patient.streams:
            found += [
                *_rate(patient, stream),
                *_loss(patient, stream),
                *_times(patient, stream),
            ]
    order = (Level.ERROR, Level.WARNING, Level.INFO)
    found.sort(key=lambda advice: order.index(advice.level))
    # Streams of one device share its link: the same finding for each of them says no more.
    worst: dict[str, Advice] = {}
    for advice in found:
        worst.setdefault(advice.key, advice)
    return tuple(worst.values())


def too_slow(stream: StreamHealth) -> bool:
    """Whether this is EMG sampled too slowly for the muscles' whole band."""
    return stream.kind == "EMG" and stream.rate < SLOW_EMG_HZ


def _connection(patient: Patient) -> Iterator[Advice]:
    troubled = (DeviceState.LOST, DeviceState.WAITING, DeviceState.CLOSED)
    if patient.state in troubled and patient.trouble is not None:
        yield Advice("trouble", Level.ERROR, patient.trouble.message, patient.trouble.hint)
    elif patient.state is DeviceState.STALLED:
        silence = patient.last_packet_s or 0.0
        yield Advice(
            "asleep",
            Level.ERROR,
            f"{patient.title} is connected, but nothing has come for {max(SILENT_S, silence):.0f} s"
            " – it is asleep, or its battery is empty.",
            "Switch it off and on, move it to wake it up, or charge it.",
        )


def _power(patient: Patient) -> Iterator[Advice]:
    if patient.battery is not None and patient.battery <= BATTERY_LOW:
        yield Advice(
            "battery",
            Level.WARNING,
            f"The battery is at {patient.battery:.0f} %.",
            "Charge or change it before the next session.",
        )
    if patient.rssi_dbm is not None and patient.rssi_dbm < WEAK_DBM:
        yield Advice(
            "far",
            Level.WARNING,
            f"The radio signal is weak ({patient.rssi_dbm:.0f} dBm): the sensor is too far away, "
            "or a body is in between.",
            "Bring computer and sensor nearer, within sight of each other.",
        )


def _port(patient: Patient) -> Iterator[Advice]:
    load = patient.port_load
    if load is not None and FULL_PORT <= load <= MORE_THAN_FULL:
        yield Advice(
            "port load",
            Level.WARNING,
            f"The port is full: {load:.0f} % of what its baud rate carries arrives, "
            "so lines get lost.",
            "Set a higher baud rate in the board's program, or print fewer or shorter numbers.",
        )


def _rate(patient: Patient, stream: StreamHealth) -> Iterator[Advice]:
    if too_slow(stream):
        yield Advice(
            "slow",
            Level.WARNING,
            f"{stream.rate:g} Hz is too slow for surface EMG: its band reaches to about 450 Hz.",
            "Amplitude and gestures work; frequency analysis of the muscle does not.",
        )
    measured = stream.measured_rate
    if measured is None or not patient.paced or patient.state is DeviceState.STALLED:
        return
    ratio = measured / stream.rate
    if abs(ratio - 1.0) <= RATE_TOLERANCE:
        return
    one_of = _one_of(ratio)
    if _near_any(ratio, COMMON_RATIOS):
        yield Advice(
            "rate",
            Level.WARNING,
            f"{stream.name} comes at {measured:.0f} Hz, not at {stream.rate:g} Hz: "
            "another sampling rate is set in the device.",
            f"Set {measured:.0f} Hz in the settings here, or {stream.rate:g} Hz in the device. "
            "Data are kept with the measured rate.",
        )
    elif one_of is not None:
        yield Advice(
            "one of n",
            Level.WARNING,
            f"{stream.name} comes at {measured:.0f} Hz, not at {stream.rate:g} Hz: "
            f"one of {one_of} packets seems to be lost on the way.",
            "The device does not count its packets, so where they are missing is not known. "
            "Bring it nearer, or choose a higher baud rate or fewer channels.",
        )
    else:
        yield Advice(
            "rate",
            Level.WARNING,
            f"{stream.name} comes at {measured:.1f} Hz, not at {stream.rate:g} Hz.",
            "Data are kept with the measured rate. Check the rate that is set in the device.",
        )


def _loss(patient: Patient, stream: StreamHealth) -> Iterator[Advice]:
    if stream.lost_every is not None:
        yield Advice(
            "one of n",
            Level.WARNING,
            f"One of {stream.lost_every} packets of {stream.name} is lost, regularly.",
            "Such a rhythm is not the radio's: the link is too slow for so much data. "
            "Use a higher baud rate, or fewer channels.",
        )
    elif stream.loss >= LOSS_WORTH_SAYING:
        level = Level.WARNING if stream.loss >= LOSS_BAD else Level.INFO
        where = (
            "Bring computer and sensor nearer, and away from Wi-Fi and USB 3 devices."
            if patient.wireless
            else "Try another cable and port, without a hub."
        )
        about = "about " if stream.gaps_estimated else ""
        yield Advice(
            "loss", level, f"{stream.name} has lost {about}{stream.loss * 100:.1f} %.", where
        )
    if stream.repeated >= REPEATED_WORTH_SAYING:
        yield Advice(
            "repeated",
            Level.INFO,
            f"{stream.repeated} samples of {stream.name} came twice and were dropped.",
        )


def _times(patient: Patient, stream: StreamHealth) -> Iterator[Advice]:
    lump, samples = stream.lump_s or 0.0, stream.lump_samples or 0.0
    low, high = FTDI_LUMP_S
    if patient.at_usb and low <= lump <= high and samples >= 2:
        yield Advice(
            "ftdi",
            Level.INFO,
            "Data come in lumps of 16 ms: the latency timer of the USB cable (FTDI).",
            "Windows: Device Manager › the port › Port Settings › Advanced › Latency Timer: 1. "
            "Linux: write 1 into /sys/bus/usb-serial/devices/ttyUSB0/latency_timer. "
            "Nothing is lost; only feedback comes later.",
        )
    if patient.paced and stream.jitter_s is not None and stream.jitter_s > UNEVEN_S:
        yield Advice(
            "uneven",
            Level.INFO,
            f"Packets of {stream.name} come unevenly (± {stream.jitter_s * 1000:.0f} ms).",
            "Sample times are corrected for it; what you see is late by as much.",
        )


def _near_any(ratio: float, ratios: tuple[float, ...]) -> bool:
    return any(abs(ratio / other - 1.0) < 0.01 for other in ratios)


def _one_of(ratio: float) -> int | None:
    """n where ``ratio`` is (n - 1) / n, from 3 on: one half is rather another setting."""
    if not 0.6 < ratio < 1.0 - RATE_TOLERANCE:
        return None
    n = round(1.0 / (1.0 - ratio))
    near = abs(ratio - (n - 1) / n) < 0.15 / n**2 + 0.002
    return n if 3 <= n <= MOST_PACKETS and near else None
