"""Devices from the command line: list them, record one."""

from __future__ import annotations

import argparse
import math
import threading
from pathlib import Path
from typing import Any

from emgstudio.cli.command import (
    EXIT_FAILED,
    EXIT_OK,
    Command,
    complain,
    positive_seconds,
    show,
    stopped_politely,
    tell,
)
from emgstudio.core.clock import host_time
from emgstudio.core.errors import EmgError
from emgstudio.devices.search import everything_found
from emgstudio.devices.stream import Stream
from emgstudio.devices.worker import DeviceState
from emgstudio.session.session import Session
from emgstudio.storage.recorder import Recorder

CONNECT_TIMEOUT_S = 20.0
# A stream that has brought nothing for so long is not waited for.
SILENT_S = 5.0
POLL_S = 0.05


def wait_until_streaming(session: Session, device_id: str) -> None:
    """Wait for the first samples. Raises EmgError with the device's own words if none come.

    A short recording that is played may be at its end before anybody has looked.
    """
    worker = session.devices[device_id]
    deadline = host_time() + CONNECT_TIMEOUT_S
    patience = threading.Event()
    while True:
        # Asked before the samples: those of a short recording may all come in between.
        state = worker.state
        if any(stream.raw.head for stream in worker.streams):
            return
        if state is DeviceState.CLOSED or host_time() > deadline:
            raise EmgError(
                f"{worker.title} does not stream: {worker.state_text}",
                f"Check that it is switched on and that its address is {worker.uri}.",
            )
        patience.wait(POLL_S)


def wait_seconds(session: Session, seconds: float) -> None:
    """Let things run, telling notices."""
    deadline = host_time() + seconds
    patience = threading.Event()
    while host_time() < deadline:
        for item in session.outbox.drain():
            tell(item)
        patience.wait(min(POLL_S, max(0.0, deadline - host_time())))


def wait_until_recorded(session: Session, seconds: float) -> bool:
    """Let the recording reach ``seconds``, or the device its end.

    False when the recording ended by itself before, or somebody stopped it.
    """
    recorder = session.recorder
    try:
        while recorder is not None and recorder.status.state == "recording":
            left = seconds - _arrived_s(session, recorder)
            if left <= 0 or all_closed(session):
                return True
            wait_seconds(session, min(POLL_S, left))
    except KeyboardInterrupt:
        complain(EmgError("Stopped.", "What was recorded until now is kept."))
    return False


def all_closed(session: Session) -> bool:
    """Whether every device has come to its end."""
    return all(worker.state is DeviceState.CLOSED for worker in session.devices.values())


def _arrived_s(session: Session, recorder: Recorder) -> float:
    """Recording time up to which all samples are here of what still sends.

    A computer that is too busy has them seconds later; they are waited for.
    """
    arrived = [
        recorder.time_of(stream.clock.time(stream.raw.head))
        for worker in session.devices.values()
        for stream in worker.streams
        if worker.driver.paced and _sends(stream)
    ]
    return min([recorder.status.seconds, *filter(math.isfinite, arrived)])


def _sends(stream: Stream) -> bool:
    arrivals = stream.arrivals
    return bool(arrivals) and host_time() - arrivals[-1][0] < SILENT_S


def _no_arguments(_parser: argparse.ArgumentParser) -> None:
    pass


def _devices(arguments: argparse.Namespace) -> int:
    found = everything_found()
    result = {"devices": [{"uri": d.uri, "title": d.title, "detail": d.detail} for d in found]}
    width = max((len(d.uri) for d in found), default=0)
    show(arguments, result, "\n".join(f"{d.uri:<{width}}  {d.title}: {d.detail}" for d in found))
    return EXIT_OK


def _record_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--device", required=True, metavar="URI", help="for example sim:gestures")
    parser.add_argument("--seconds", required=True, type=positive_seconds, metavar="S")
    parser.add_argument(
        "--out", required=True, type=Path, metavar="DIR",
        help="the recording becomes a new folder in DIR",
    )  # fmt: skip
    parser.add_argument("--title", default="", help="a word for the recording")
    parser.add_argument("--subject", default="", help="a code for the person, never the name")


def _record(arguments: argparse.Namespace) -> int:
    with stopped_politely(), Session() as session:
        device_id = session.connect(arguments.device)
        wait_until_streaming(session, device_id)
        session.start_recording(
            arguments.out,
            title=arguments.title,
            subject=arguments.subject,
            from_first_sample=True,
        )
        complete = wait_until_recorded(session, arguments.seconds)
        recorder = session.recorder
        state = recorder.status.state if recorder else "failed"
        path = session.stop_recording()
        for item in session.outbox.drain():
            tell(item)
    if path is None:
        raise EmgError("Nothing was recorded.")
    recording = session.open_recording(path)
    streams: list[dict[str, Any]] = [
        {
            "name": s.info.name,
            "rate": s.info.rate,
            "channels": s.info.n_channels,
            "samples": s.samples,
            "lost": s.lost,
        }
        for s in recording.streams.values()
    ]
    result = {
        "path": str(path),
        "complete": complete,
        "duration_s": recording.duration_s,
        "streams": streams,
        "lost_samples": sum(s["lost"] for s in streams),
    }
    text = [f"Recorded {recording.duration_s:.1f} s to {path}"]
    text += [
        f"  {s['name']}: {s['channels']} channels at {s['rate']:g} Hz, "
        f"{s['samples']} samples, {s['lost']} lost"
        for s in streams
    ]
    if not complete:
        text.append(f"  The recording ended early ({state}); everything before is kept.")
    show(arguments, result, "\n".join(text))
    return EXIT_OK if complete else EXIT_FAILED


COMMANDS = (
    Command("devices", "list the devices that can be connected", _no_arguments, _devices),
    Command("record", "record a device for some seconds", _record_arguments, _record),
)
