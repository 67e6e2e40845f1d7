from dataclasses import dataclass

import pytest
from hypothesis import given
from hypothesis import strategies as st

from emgstudio.core.errors import EmgError
from emgstudio.core.options import (
    OptionField,
    checked,
    option,
    option_fields,
    options_from_text,
    options_to_text,
)


@dataclass(frozen=True)
class Options:
    rate: float = option(1000.0, "Sampling rate", unit="Hz", minimum=200, maximum=4000)
    channels: int = option(8, "Channels", minimum=1, maximum=64)
    filtered: bool = option(False, "Filter")
    person: str = option("A", "Person", choices=("A", "B"))
    note: str = option("", "Note", doc="Anything.")
    hidden: int = 3


def test_a_form_can_be_made_from_the_declaration() -> None:
    fields = option_fields(Options)
    assert [f.name for f in fields] == ["rate", "channels", "filtered", "person", "note"]
    rate = fields[0]
    assert (rate.type, rate.default, rate.label, rate.unit) == (
        float,
        1000.0,
        "Sampling rate",
        "Hz",
    )
    assert (rate.minimum, rate.maximum) == (200, 4000)
    assert fields[3].choices == ("A", "B")
    assert fields[4].doc == "Anything."


@given(
    st.builds(
        Options,
        rate=st.floats(200, 4000),
        channels=st.integers(1, 64),
        filtered=st.booleans(),
        person=st.sampled_from("AB"),
        note=st.text("aZ µ&=?/%1", max_size=9),
    )
)
def test_options_read_back_what_they_wrote(options: Options) -> None:
    assert options_from_text(Options, options_to_text(options)) == options


def test_defaults_are_not_written() -> None:
    assert options_to_text(Options()) == {}
    assert options_to_text(Options(filtered=True)) == {"filtered": "1"}


@pytest.mark.parametrize(
    ("name", "text", "says"),
    [
        ("colour", "red", "no option 'colour'"),
        ("hidden", "4", "no option 'hidden'"),
        ("rate", "fast", "Sampling rate cannot be 'fast'"),
        ("rate", "100", "100.0 Hz"),
        ("rate", "nan", "cannot be nan"),
        ("channels", "8.5", "Give a whole number"),
        ("channels", "65", "1 to 64"),
        ("filtered", "perhaps", "Give yes or no"),
        ("person", "C", "Choose one of: A, B"),
    ],
)
def test_what_does_not_fit_is_refused_with_the_way_out(name: str, text: str, says: str) -> None:
    with pytest.raises(EmgError) as caught:
        options_from_text(Options, {name: text})
    assert says in str(caught.value)
    assert caught.value.hint


def test_a_special_value_has_a_word() -> None:
    @dataclass(frozen=True)
    class Port:
        baud: int = option(0, "Baud rate", choices=(0, 9600), words={0: "automatic"})

    (field,) = option_fields(Port)
    assert field.word(0) == "automatic"
    assert field.word(9600) == ""
    assert options_from_text(Port, {"baud": "Automatic"}) == Port(0)
    assert options_to_text(Port(9600)) == {"baud": "9600"}
    with pytest.raises(EmgError, match="Baud rate"):
        options_from_text(Port, {"baud": "fast"})


@pytest.mark.parametrize(
    ("minimum", "maximum", "words"),
    [
        (1200, None, "at least 1200 Hz"),
        (None, 0.5, "at most 0.5 Hz"),
        (300, 4_000_000, "300 to 4000000 Hz"),
        (0.0, 0.0, "0 to 0 Hz"),
        (None, None, ""),
    ],
)
def test_limits_are_said_as_far_as_there_are_any(
    minimum: float | None, maximum: float | None, words: str
) -> None:
    field = OptionField("rate", float, 0.0, "Rate", "Hz", minimum, maximum)
    assert field.limits == words


def test_a_value_beyond_the_only_limit_is_told_that_one() -> None:
    field = OptionField("baud", int, 9600, "Speed", minimum=1200)
    with pytest.raises(EmgError, match=r"Speed cannot be 3\. Give at least 1200\."):
        checked(field, 3)
