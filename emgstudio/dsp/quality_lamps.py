"""Which lamps light on which channel: rules applied to measures, steady enough to be read."""

from __future__ import annotations

import math
import re
import string
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

from emgstudio.dsp.quality import Measures
from emgstudio.dsp.quality_rules import Cases, LampRule, judge

Flags = NDArray[np.bool_]
# A hop is never exactly 0.5 s.
SLACK = 0.9


class LampLevel(StrEnum):
    """The lamp's shape and colour; ``OFF`` while nothing is known yet."""

    OFF = "lamp-off"
    GOOD = "good"
    CHECK = "check"
    STOP = "stop"


@dataclass(frozen=True, slots=True)
class Lamp:
    """One thing that is not right with a channel, in words, and what to do about it.

    ``of_device`` says that it is the same for all channels.
    """

    code: str
    level: LampLevel
    name: str
    sentence: str
    advice: str
    action: str = ""
    action_text: str = ""
    of_device: bool = False


class _Latch:
    """Lights after a finding lasted ``raise_s``; goes out after ``clear_s`` without it."""

    def __init__(self, cases: Cases, rule: LampRule, columns: int) -> None:
        self._cases = cases
        self._rule = rule
        self._found = np.zeros(columns)
        self._gone = np.zeros(columns)
        self._unknown = np.zeros(columns)
        self.lit = np.zeros(columns, bool)

    def update(self, measures: Measures, step_s: float) -> None:
        if not self._cases:
            return
        rule = self._rule
        verdict = judge(self._cases, measures)
        yes, unknown = verdict == 1.0, np.isnan(verdict)
        # The first finding already stands for what went before it.
        self._found = np.where(yes, self._found + step_s, np.where(unknown, self._found, 0.0))
        self._gone = np.where(yes, 0.0, np.where(unknown, self._gone, self._gone + step_s))
        self._unknown = np.where(unknown, self._unknown + step_s, 0.0)
        up = yes & (self._found > rule.raise_s + (1.0 - SLACK) * step_s)
        over = (self._gone > 0.0) & (self._gone > rule.clear_s + (1.0 - SLACK) * step_s)
        self.lit = (self.lit | up) & ~over & (self._unknown <= rule.forget_s)

    def put_out(self, where: Flags) -> None:
        self.lit &= ~where
        self._found[where] = 0.0


class LampBoard:
    """The lamps of ``names`` channels that are judged together."""

    def __init__(self, rules: Sequence[LampRule], names: Sequence[str]) -> None:
        self._names = tuple(names)
        self._check = [_Latch(rule.check, rule, len(names)) for rule in rules]
        self._stop = [_Latch(rule.stop, rule, len(names)) for rule in rules]
        self._rules = tuple(rules)
        self._codes = [rule.code for rule in rules]
        # What was measured when a finding was last there: the words go on saying that.
        self._said: list[dict[int, Lamp]] = [{} for _ in rules]

    def update(self, measures: Measures, step_s: float) -> None:
        """Apply the rules to measures ``(channels,)`` made ``step_s`` after the last ones."""
        hidden = {code: np.zeros(len(self._names), bool) for code in self._codes}
        for k, rule in enumerate(self._rules):
            for latch in (self._check[k], self._stop[k]):
                latch.update(measures, step_s)
                latch.put_out(hidden[rule.code])
            lit = self._check[k].lit | self._stop[k].lit
            for code in hidden.keys() & set(rule.hides):
                hidden[code] |= lit
            self._say(k, lit, measures)

    def _say(self, k: int, lit: Flags, measures: Measures) -> None:
        rule, stop = self._rules[k], self._stop[k].lit
        said = self._said[k]
        for gone in said.keys() - set(np.flatnonzero(lit).tolist()):
            del said[gone]
        if not lit.any():
            return
        new = judge((*rule.check, *rule.stop), measures) == 1.0
        for channel in np.flatnonzero(lit & new).tolist():
            level = LampLevel.STOP if stop[channel] else LampLevel.CHECK
            values = {name: float(value[channel]) for name, value in measures.items()}
            sentence = _worded(rule.sentence, self._names[channel], values)
            said[channel] = Lamp(
                rule.code,
                level,
                rule.name,
                sentence,
                rule.advice,
                rule.action,
                rule.action_text,
                rule.of_device,
            )

    def lamps(self, channel: int) -> tuple[Lamp, ...]:
        """What lights on a channel: ✖ before ▲, then in the order of the rules."""
        lit = [said[channel] for said in self._said if channel in said]
        return tuple(sorted(lit, key=lambda lamp: lamp.level != LampLevel.STOP))


def _worded(sentence: str, channel: str, values: dict[str, float]) -> str:
    """The sentence with its values; a part in [brackets] is left out where one is not known."""

    def part(found: re.Match[str]) -> str:
        inside = found.group(1)
        used = [name for _, name, _, _ in string.Formatter().parse(inside) if name]
        return inside if all(math.isfinite(values[name]) for name in used) else ""

    return re.sub(r"\[(.*?)\]", part, sentence).format(channel=channel, **values)
