"""A reference taken on a running device is kept for it and written into its recordings."""

from __future__ import annotations

from emgstudio.core.clock import host_time
from emgstudio.session.reference import Method
from emgstudio.session.reference_capture import EffortPlan, Phase, ReferenceCapture
from emgstudio.session.session import Session
from emgstudio.storage.recording import Recording
from tests.flow.session.sampled_time import SampledTime

QUICK = EffortPlan(ready_s=0.1, ramp_s=0.3, hold_s=0.5, rest_s=0.0, trials=1)


def test_from_a_live_capture_into_the_recording(made_time: SampledTime) -> None:
    with Session() as session:
        made_time.connect(session, "sim:gestures")
        stream = session.main_stream
        device = session.device_of(stream)
        capture = ReferenceCapture(stream, (0, 3), Method.SUBMAXIMAL, QUICK)
        capture.start(host_time())
        made_time.until(lambda: capture.advance(host_time()) is Phase.DONE)
        assert len(capture.efforts) == 1
        capture.finish()
        assert capture.phase is Phase.DONE
        for place in (0, 1):
            capture.use_anyway(0, place)
        references = capture.references()
        assert [r.channel for r in references] == [stream.info.channels[i].name for i in (0, 3)]
        session.references.store(device.uri, stream.info, references)
        path = session.start_recording()
        made_time.go(0.2)
        session.stop_recording()
    kept = Recording.open(path).meta["references"]
    assert [(k["channel"], k["value"], k["method"]) for k in kept] == [
        (r.channel, r.value, "submaximal") for r in references
    ]
    assert {k["window_s"] for k in kept} == {0.5}


def test_without_a_reference_a_recording_says_nothing(made_time: SampledTime) -> None:
    with Session() as session:
        made_time.connect(session, "sim:gestures")
        path = session.start_recording()
        session.stop_recording()
    assert "references" not in Recording.open(path).meta
