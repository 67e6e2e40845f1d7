"""The rules of the quality lamps, read from resources/quality.toml and checked."""

from __future__ import annotations

import re
import string
import tomllib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from functools import cache, reduce
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from emgstudio.core.errors import EmgError
from emgstudio.core.paths import resource
from emgstudio.dsp.quality import MEASURES, Measures

FILE = "quality.toml"
# What the program can do at the press of a button beside a lamp.
ACTIONS = ("", "wake", "doctor", "trunk-filter", "filter-hum", "show-me-where")
_CONDITION = re.compile(r"^(\w+) ([<>]) (-?\d+(?:\.\d+)?)$")


@dataclass(frozen=True, slots=True)
class Condition:
    """``measure`` lies ``above`` the limit, or below it."""

    measure: str
    above: bool
    limit: float

    def judge(self, measures: Measures) -> NDArray[np.float64]:
        """1 where it holds, 0 where it does not, ½ where the measure cannot be told."""
        value = measures[self.measure]
        holds = value > self.limit if self.above else value < self.limit
        return np.where(np.isnan(value), 0.5, holds)


# One of these must hold as a whole.
Cases = tuple[tuple[Condition, ...], ...]


@dataclass(frozen=True, slots=True)
class LampRule:
    """One lamp; see the head of resources/quality.toml for what each part means."""

    code: str
    name: str
    sentence: str
    advice: str
    raise_s: float
    clear_s: float
    check: Cases = ()
    stop: Cases = ()
    action: str = ""
    action_text: str = ""
    forget_s: float = 10.0
    hides: tuple[str, ...] = ()
    least_rate: float = 0.0
    needs_microvolts: bool = False
    of_device: bool = False

    def possible(self, rate: float, *, microvolts: bool) -> bool:
        """Whether this lamp can light on a stream of ``rate`` Hz, in µV or another unit."""
        return rate >= self.least_rate and (microvolts or not self.needs_microvolts)


def judge(cases: Cases, measures: Measures) -> NDArray[np.float64]:
    """1 where one case holds, 0 where none does, NaN where that cannot be told."""
    # Kleene's logic: the least of "and", the largest of "or", with unknown between 0 and 1.
    found = reduce(
        np.maximum, (reduce(np.minimum, (c.judge(measures) for c in case)) for case in cases)
    )
    return np.where(found == 0.5, np.nan, found)


def read_rules(path: Path, driver: str = "") -> tuple[LampRule, ...]:
    """The lamps in a file, most important first, with the limits for ``driver``.

    Raises EmgError that names the lamp and the mistake.
    """
    try:
        loaded = tomllib.loads(path.read_text("utf-8"))
    except (OSError, ValueError) as error:
        raise EmgError(
            f"The rules of the quality lamps cannot be read ({error}).", f"Look at {path}."
        ) from error
    rules = tuple(_rule(entry, driver, path) for entry in loaded.get("lamp", ()))
    codes = [rule.code for rule in rules]
    for rule in rules:
        if codes.count(rule.code) > 1:
            raise _mistake(rule.code, "is there twice", path)
        later = codes[codes.index(rule.code) + 1 :]
        if wrong := [code for code in rule.hides if code not in later]:
            raise _mistake(rule.code, f"hides {wrong[0]}, which does not come after it", path)
    return rules


@cache
def quality_rules(driver: str = "") -> tuple[LampRule, ...]:
    """The rules that ship with the app, with the limits for the driver of this key."""
    return read_rules(resource(FILE), driver)


def _rule(entry: Mapping[str, Any], driver: str, path: Path) -> LampRule:
    code = str(entry.get("code", "?"))
    known = {f.name for f in fields(LampRule)}
    values = {key: value for key, value in entry.items() if key != "for_driver"}
    if strange := values.keys() - known:
        raise _mistake(code, f"has an unknown part “{min(strange)}”", path)
    for other in entry.get("for_driver", ()):
        if other.get("driver") == driver:
            values |= {key: other[key] for key in ("check", "stop") if key in other}
    try:
        rule = LampRule(**values)
        rule = replace(
            rule,
            check=_cases(rule.check),
            stop=_cases(rule.stop),
            hides=tuple(rule.hides),
        )
    except (TypeError, ValueError) as error:
        raise _mistake(code, f"is not complete or not right: {error}", path) from error
    if problem := _problem(rule):
        raise _mistake(code, problem, path)
    return rule


def _cases(written: Iterable[Sequence[Any]]) -> Cases:
    return tuple(tuple(_condition(str(text)) for text in case) for case in written)


def _condition(text: str) -> Condition:
    found = _CONDITION.match(text)
    if found is None:
        raise ValueError(f"“{text}” is not like “hum_uv > 20”")
    measure, sign, limit = found.groups()
    if measure not in MEASURES:
        raise ValueError(f"there is no measure “{measure}”")
    return Condition(measure, sign == ">", float(limit))


def _problem(rule: LampRule) -> str:
    if not rule.check and not rule.stop:
        return "never lights"
    if not all((*rule.check, *rule.stop)):
        return "has an empty case, which would always hold"
    if rule.action not in ACTIONS or bool(rule.action) != bool(rule.action_text):
        return f"has an unknown action “{rule.action}”, or no word for it"
    places = {field for _, field, _, _ in string.Formatter().parse(rule.sentence) if field}
    if wrong := places - {"channel", *MEASURES}:
        return f"speaks of “{min(wrong)}”, which is no measure"
    return ""


def _mistake(code: str, what: str, path: Path) -> EmgError:
    return EmgError(f"The quality lamp {code} {what}.", f"Correct it in {path}.")
