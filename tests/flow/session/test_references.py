"""A reference taken on a running device is kept for it and written into its recordings."""

from __future__ import annotations

from collections.abc import Callable

from emgstudio.core.clock import host_time
from emgstudio.session.reference import Method
from emgstudio.session.reference_capture import EffortPlan, Phase, ReferenceCapture
from emgstudio.session.session import Session
from emgstudio.storage.recording import Recording

WaitUntil = Callable[..., None]
QUICK = EffortPlan(ready_s=0.1, ramp_s=0.3, hold_s=0.5, rest_s=0.0, trials=1)


def test_from_a_live_capture_into_the_recording(wait_until: WaitUntil) -> None:
    with Session() as session:
        session.connect("sim:gestures")
        wait_until(lambda: session.main_stream is not None)
        stream = session.main_stream
        device = session.device_of(stream)
        wait_until(lambda: stream.received > 100)
        capture = ReferenceCapture(stream, (0, 3), Method.SUBMAXIMAL, QUICK)
        capture.start(host_time())
        wait_until(lambda: len(capture.efforts) > 0 or not capture.advance(host_time()))
        capture.finish()
        assert capture.phase is Phase.DONE
        for place in (0, 1):
            capture.use_anyway(0, place)
        references = capture.references()
        assert [r.channel for r in references] == [stream.info.channels[i].name for i in (0, 3)]
        session.references.store(device.uri, stream.info, references)
        path = session.start_recording()
        wait_until(lambda: session.recorder.status.seconds > 0.2)
        session.stop_recording()
    kept = Recording.open(path).meta["references"]
    assert [(k["channel"], k["value"], k["method"]) for k in kept] == [
        (r.channel, r.value, "submaximal") for r in references
    ]
    assert {k["window_s"] for k in kept} == {0.5}


def test_without_a_reference_a_recording_says_nothing(wait_until: WaitUntil) -> None:
    with Session() as session:
        session.connect("sim:gestures")
        wait_until(lambda: session.main_stream is not None)
        path = session.start_recording()
        wait_until(lambda: session.recorder.status.seconds > 0.1)
        session.stop_recording()
    assert "references" not in Recording.open(path).meta
