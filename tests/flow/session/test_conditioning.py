"""What filters do to recordings (nothing) and to a decoder that starts with its own."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np
import pytest

from emgstudio.core.types import ConditionSpec
from emgstudio.session.session import Session
from emgstudio.storage.verification import verify

WaitUntil = Callable[..., None]
SPECS = (
    ConditionSpec(30.0, ecg=True),
    ConditionSpec(low_hz=None, high_hz=None),
    ConditionSpec(notch_hz=50.0, notch_at=(1, 3)),
    ConditionSpec(5.0, 500.0, order=2, ecg=True, notch_hz=60.0),
)


@pytest.fixture
def session() -> Iterator[Session]:
    with Session() as running:
        yield running


def test_changing_the_filter_never_touches_what_is_recorded(
    session: Session, wait_until: WaitUntil
) -> None:
    session.connect("sim:ecg?rate=2000")
    wait_until(lambda: session.main_stream is not None and session.main_stream.received > 500)
    stream = session.main_stream
    assert stream is not None
    path = session.start_recording(from_first_sample=True)
    for spec in SPECS * 3:
        session.set_condition(stream, spec)
        head = stream.raw.head
        wait_until(lambda head=head: stream.raw.head > head + 100)
    session.stop_recording()
    # The raw ring is written first.
    wait_until(lambda: stream.raw.head - stream.clean.head <= stream.clean_delay)
    main = session.open_recording(path).main
    raw, valid = main.raw(0, main.samples)
    sent = stream.raw.read(0, main.samples)
    assert len(sent) == len(raw) > 1000
    np.testing.assert_array_equal(raw, sent.data)
    np.testing.assert_array_equal(valid, sent.valid)
    report = verify(path)
    assert report.ok, report
    assert main.lost == 0
