import numpy as np

from emgstudio.core.errors import EmgError
from emgstudio.core.types import Annotation, Channel, ConditionSpec, StreamInfo, WindowSpec

INFO = StreamInfo(
    name="emg",
    rate=1000.0,
    channels=(Channel("a", scale=0.5), Channel("b", scale=2.0, offset=-1.0)),
    dtype="int16",
    device="test",
)


def test_raw_numbers_become_channel_units() -> None:
    raw = np.array([[2, 2], [-4, 0]], np.int16)
    physical = INFO.to_physical(raw)
    assert physical.dtype == np.float32
    assert physical.tolist() == [[1.0, 3.0], [-2.0, -1.0]]


def test_lost_rows_become_nan_and_the_raw_ones_stay() -> None:
    raw = np.ones((3, 2), np.int16)
    physical = INFO.to_physical(raw, np.array([True, False, True]))
    assert np.isnan(physical).tolist() == [[False] * 2, [True] * 2, [False] * 2]
    assert (raw == 1).all()


def test_windows_in_samples_are_never_empty() -> None:
    assert WindowSpec(0.2, 0.05).samples(1000.0) == (200, 50)
    assert WindowSpec(0.2, 0.05).samples(200.0) == (40, 10)
    assert WindowSpec(0.001, 0.0001).samples(200.0) == (1, 1)


def test_a_moved_annotation_keeps_its_identity_and_the_order_of_its_edges() -> None:
    mark = Annotation(1.0, 2.0, "fist", note="n")
    moved = mark.moved(4.0, 3.0)
    assert (moved.start, moved.stop, moved.id, moved.note) == (3.0, 4.0, mark.id, "n")
    assert moved.duration == 1.0
    assert not moved.is_event
    assert Annotation(1.0, 1.0, "now").is_event


def test_identifiers_differ() -> None:
    assert len({Annotation(0, 0, "x").id for _ in range(1000)}) == 1000


def test_filters_are_told_in_a_few_words() -> None:
    assert ConditionSpec().summary() == "20–450 Hz"
    assert ConditionSpec(high_hz=None, notch_hz=50).summary() == "> 20 Hz, notch 50 Hz"
    assert ConditionSpec(low_hz=None).summary() == "< 450 Hz"
    assert ConditionSpec(30.0, ecg=True, notch_hz=50).summary() == (
        "30–450 Hz, notch 50 Hz, heartbeat out"
    )
    assert ConditionSpec(low_hz=None, high_hz=None).summary() == "no filter"


def test_notches_are_at_the_first_multiples_or_at_those_named() -> None:
    assert ConditionSpec(notch_hz=50.0).notch_multiples == (1, 2, 3)
    spec = ConditionSpec(notch_hz=50.0, notch_at=[1, 3])  # type: ignore[arg-type]
    assert spec.notch_multiples == (1, 3)
    assert spec == ConditionSpec(notch_hz=50.0, notch_at=(1, 3))


def test_an_error_says_what_happened_and_what_to_do() -> None:
    assert str(EmgError("The disk is full.", "Free some space.")) == (
        "The disk is full. Free some space."
    )
    assert str(EmgError("The disk is full.")) == "The disk is full."
