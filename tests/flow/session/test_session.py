"""One session on the simulated device: parts are independent, nothing is lost on the way out."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest

from emgstudio.core.errors import EmgError
from emgstudio.core.types import ConditionSpec, Level, Notice, Source
from emgstudio.devices.worker import DeviceState
from emgstudio.ml.protocol import CuePlan
from emgstudio.session.calibration import Calibration
from emgstudio.session.session import Session
from emgstudio.session.state import RecordingChanged
from emgstudio.storage.annotations import AnnotationLog
from tests.flow.session.sampled_time import SampledTime

SHORT = CuePlan(
    ("fist", "open"), repetitions=2, hold_s=1.1, pause_s=0.3, countdown_s=0.1, rest_s=2.0
)
WaitUntil = Callable[..., None]
Streaming = Callable[..., str]


@pytest.fixture
def session() -> Iterator[Session]:
    """A session that must end without an error that nobody read."""
    with Session() as running:
        yield running
    errors = [n for n in running.outbox.drain() if isinstance(n, Notice) and n.level is Level.ERROR]
    assert not errors


@pytest.fixture
def streaming(made_time: SampledTime, wait_until: WaitUntil) -> Streaming:
    """Connect the simulated device, or another, and wait until it streams."""

    def connected(session: Session, uri: str = "sim:gestures") -> str:
        device_id = made_time.connect(session, uri)
        wait_until(lambda: session.devices[device_id].state is DeviceState.STREAMING)
        return device_id

    return connected


def cue_to_the_end(calibration: Calibration, made_time: SampledTime) -> None:
    """Until every cue was shown and its samples are there."""

    def cued() -> bool:
        calibration.advance()
        return calibration.finished

    made_time.until(cued)
    made_time.go(0.1)


def test_connecting_returns_at_once_and_the_same_address_is_one_device(
    session: Session, streaming: Streaming
) -> None:
    first = streaming(session)
    assert session.connect("sim:gestures") == first
    assert len(session.devices) == 1
    assert session.main_stream is session.streams[0]
    session.disconnect(first)
    assert not session.devices
    assert session.main_stream is None


def test_an_address_that_means_nothing_is_refused_with_a_hint(session: Session) -> None:
    with pytest.raises(EmgError) as refused:
        session.connect("sim:no-such-scenario")
    assert refused.value.hint


def test_recording_holds_exactly_what_streamed(
    session: Session, streaming: Streaming, made_time: SampledTime
) -> None:
    streaming(session)
    path = session.start_recording(title="grip", subject="P01")
    made_time.go(0.6)
    assert session.stop_recording() == path
    stream = session.main_stream
    assert stream is not None
    recorded = session.open_recording(path).main
    assert recorded.lost == 0
    assert recorded.samples >= 0.5 * stream.info.rate
    data, valid = recorded.raw(0, recorded.samples)
    assert valid.all()
    held = stream.raw.read(0, stream.raw.head).data
    matches = [i for i in range(len(held) - len(data) + 1) if np.array_equal(held[i], data[0])]
    assert any(np.array_equal(held[i : i + len(data)], data) for i in matches)
    assert "grip" in path.name


def test_recording_needs_a_stream_and_only_one_runs(session: Session, streaming: Streaming) -> None:
    with pytest.raises(EmgError, match="Nothing streams"):
        session.start_recording()
    device_id = streaming(session)
    session.start_recording()
    with pytest.raises(EmgError, match="already running"):
        session.start_recording()
    with pytest.raises(EmgError, match="being recorded"):
        session.disconnect(device_id)
    assert session.stop_recording() is not None
    assert session.stop_recording() is None


def test_marks_are_stored_and_undone(session: Session, streaming: Streaming) -> None:
    with pytest.raises(EmgError, match="Nothing is being recorded"):
        session.annotate("too early")
    streaming(session)
    path = session.start_recording()
    kept = session.annotate("pain", note="3 of 10")
    session.annotate("slip")
    assert session.undo() is not None
    session.stop_recording()
    annotations = session.open_recording(path).annotations
    assert [(a.label, a.note, a.source) for a in annotations] == [("pain", "3 of 10", Source.USER)]
    assert annotations[0].id == kept.id


def test_closing_finishes_a_running_recording(streaming: Streaming) -> None:
    session = Session()
    streaming(session)
    path = session.start_recording()
    session.close()
    assert session.open_recording(path).state == "finished"
    assert RecordingChanged(path, running=False) in session.outbox.drain()
    session.close()


def test_calibration_trains_and_decodes_while_recording(
    session: Session, streaming: Streaming, made_time: SampledTime
) -> None:
    streaming(session)
    path = session.start_recording()
    calibration = session.start_calibration(SHORT)
    with pytest.raises(EmgError, match="already running"):
        session.start_calibration(SHORT)

    cue_to_the_end(calibration, made_time)
    takes = {(a.label, a.repetition) for a in calibration.takes}
    assert takes == {(g, r) for g in ("rest", "fist", "open") for r in (1, 2)}
    assert session.undo() is None

    model = session.train_calibration(trim_start_s=0.45, trim_end_s=0.0).result()
    assert set(model.classes) == {"rest", "fist", "open"}
    assert session.recorder is not None
    assert session.recorder.path == path

    stream = session.main_stream
    assert stream is not None
    session.set_condition(stream, ConditionSpec(low_hz=40.0))
    before = stream.clean_since
    # Something must have been filtered in the other way for the change to be seen.
    made_time.go(0.1)
    session.start_decoding(model)
    decoder = session.decoder
    assert decoder is not None
    assert before < stream.clean_since == decoder._reader.since
    made_time.until(lambda: len(decoder.decisions) >= 10)
    with pytest.raises(EmgError, match="its own filter"):
        session.set_condition(stream, ConditionSpec(low_hz=30.0))
    session.stop_decoding()
    assert decoder.decisions[-1].gesture == "rest"
    session.set_condition(stream, ConditionSpec(low_hz=30.0))


def test_calibration_starts_its_own_recording_and_stopping_keeps_whole_takes(
    session: Session, streaming: Streaming, made_time: SampledTime
) -> None:
    streaming(session)
    calibration = session.start_calibration(SHORT)
    assert session.recorder is not None

    def one_take() -> bool:
        calibration.advance()
        return len(calibration.takes) >= 1

    made_time.until(one_take)
    session.stop_calibration()
    assert calibration.finished
    path = session.stop_recording()
    assert path is not None
    assert all(not a.is_event for a in session.open_recording(path).annotations)


def test_a_calibration_whose_first_label_is_refused_leaves_nothing_running(
    session: Session, streaming: Streaming, monkeypatch: pytest.MonkeyPatch
) -> None:
    streaming(session)

    def refuse(*_what: object, **_how: object) -> None:
        raise EmgError("The disk is full.", "Make room.")

    with monkeypatch.context() as full:
        full.setattr(AnnotationLog, "add", refuse)
        with pytest.raises(EmgError, match="disk is full"):
            session.start_calibration(SHORT)
    assert session.calibration is None
    assert session.recorder is None
    session.start_recording()
    assert not session.start_calibration(SHORT).finished
    session.stop_recording()


def test_a_model_of_another_armband_is_refused_by_name(
    session: Session, streaming: Streaming, made_time: SampledTime, own_home: Path
) -> None:
    streaming(session)
    calibration = session.start_calibration(SHORT)
    cue_to_the_end(calibration, made_time)
    model = session.train_calibration(trim_start_s=0.45, trim_end_s=0.0).result()
    saved = session.save_model(model, "right arm")
    assert session.models() == [saved]
    with pytest.raises(EmgError, match="already a model"):
        session.save_model(model, "right arm")
    device_id = next(iter(session.devices))
    session.disconnect(device_id)
    streaming(session, "sim:clean")
    with pytest.raises(EmgError) as refused:
        session.start_decoding(saved)
    assert "8" in str(refused.value)
    assert "4" in str(refused.value)
