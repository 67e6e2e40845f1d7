"""Options declared once as data; forms, command line and documents follow from them.

An options class is a frozen dataclass whose fields are made with :func:`option`.
"""

from __future__ import annotations

import dataclasses
import math
import typing
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, TypeVar

from emgstudio.core.errors import EmgError


@dataclass(frozen=True, slots=True)
class OptionField:
    """One option as a form sees it. ``type`` is bool, int, float or str.

    ``words`` are values that mean something special, each with the word for it.
    """

    name: str
    type: type
    default: Any
    label: str
    unit: str = ""
    minimum: float | None = None
    maximum: float | None = None
    choices: tuple[Any, ...] = ()
    doc: str = ""
    words: tuple[tuple[Any, str], ...] = ()

    @property
    def limits(self) -> str:
        """What a value must keep to: "200 to 4000 Hz", "at least 1", "at most 2 s", or ""."""
        low, high = (None if n is None else f"{n:.12g}" for n in (self.minimum, self.maximum))
        words = f"{low} to {high}"
        if low is None or high is None:
            words = f"at least {low}" if high is None else f"at most {high}"
        return "" if low is None and high is None else f"{words} {self.unit}".strip()

    def word(self, value: Any) -> str:
        """The word that a person reads for a special value, "" for any other."""
        return next((word for special, word in self.words if special == value), "")


def option(
    default: Any,
    label: str,
    *,
    unit: str = "",
    minimum: float | None = None,
    maximum: float | None = None,
    choices: Iterable[Any] = (),
    doc: str = "",
    words: Mapping[Any, str] | None = None,
) -> Any:
    """A dataclass field that knows its label, unit, range and choices.

    ``words`` names special values, such as ``{0: "automatic"}``: forms show the
    word, and it may be typed in place of the value.
    """
    about = {
        "label": label,
        "unit": unit,
        "minimum": minimum,
        "maximum": maximum,
        "choices": tuple(choices),
        "doc": doc,
        "words": tuple((words or {}).items()),
    }
    return dataclasses.field(default=default, metadata={"option": about})


def option_fields(options_type: type) -> tuple[OptionField, ...]:
    """The options of a class, in the order they were written."""
    hints = typing.get_type_hints(options_type)
    return tuple(
        OptionField(f.name, hints[f.name], f.default, **f.metadata["option"])
        for f in dataclasses.fields(options_type)
        if "option" in f.metadata
    )


T = TypeVar("T")


def options_from_text(options_type: type[T], texts: Mapping[str, str]) -> T:
    """Build options from ``name: text`` pairs such as the query of a device URI.

    Raises
    ------
    EmgError
        A name is unknown, or a value does not fit its type, range or choices.
    """
    known = {f.name: f for f in option_fields(options_type)}
    values = {}
    for name, text in texts.items():
        if name not in known:
            raise EmgError(
                f"There is no option '{name}'.", f"Known options: {', '.join(known) or 'none'}."
            )
        values[name] = _parse(known[name], text)
    return options_type(**values)


def options_to_text(options: object) -> dict[str, str]:
    """The options that differ from their defaults, as text that reads back the same."""
    texts = {}
    for f in option_fields(type(options)):
        value = getattr(options, f.name)
        if value != f.default:
            texts[f.name] = str(int(value)) if f.type is bool else str(value)
    return texts


def checked(field: OptionField, value: Any) -> Any:
    """The value if it fits the field's range and choices, otherwise EmgError."""
    if field.choices and value not in field.choices:
        allowed = ", ".join(str(c) for c in field.choices)
        raise EmgError(f"{field.label} cannot be '{value}'.", f"Choose one of: {allowed}.")
    if isinstance(value, float) and not math.isfinite(value):
        raise EmgError(f"{field.label} cannot be {value}.", "Give a number.")
    low, high = field.minimum, field.maximum
    if (low is not None and value < low) or (high is not None and value > high):
        unit = f" {field.unit}" if field.unit else ""
        raise EmgError(f"{field.label} cannot be {value}{unit}.", f"Give {field.limits}.")
    return value


def _parse(field: OptionField, text: str) -> Any:
    value: Any = text
    special = next((v for v, word in field.words if word.lower() == text.lower()), None)
    if special is not None:
        return checked(field, special)
    try:
        if field.type is bool:
            value = {"1": True, "true": True, "yes": True, "0": False, "false": False, "no": False}[
                text.lower()
            ]
        elif field.type in (int, float):
            value = field.type(text)
    except (ValueError, KeyError):
        kind = {bool: "yes or no", int: "a whole number", float: "a number"}[field.type]
        raise EmgError(f"{field.label} cannot be '{text}'.", f"Give {kind}.") from None
    return checked(field, value)
