"""The operations of an annotation log: their text form and what they do to the labels."""

from __future__ import annotations

import json
import zlib
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, fields
from typing import Any, Protocol

from emgstudio.core.types import Annotation, Source
from emgstudio.storage.annotation_columns import AnnotationColumns

_DEFAULTS = {f.name: f.default for f in fields(Annotation) if f.name != "id"}
_FIELDS = {*_DEFAULTS, "id"}
_PREFIX = b'{"crc":"'
_CRC_END = len(_PREFIX) + 8
_SPLIT = b'",'


Change = Mapping[str, tuple[Annotation | None, Annotation | None]]
"""Labels before and after an operation by id; None where there was or is none."""
Place = tuple[int, int]
"""First byte and number of bytes of an operation's line in the log."""


@dataclass(frozen=True, slots=True)
class Step:
    """One thing a person did: what the touched labels were before and are after."""

    number: int
    text: str
    before: Mapping[str, Annotation | None]
    after: Mapping[str, Annotation | None]
    line: Place = (0, 0)


class StoredSteps(Protocol):
    """Steps, oldest first, of which each is read only when it is needed."""

    def __len__(self) -> int: ...

    def name(self, at: int) -> tuple[int, str]:
        """Number and text of a step."""
        ...

    def line(self, at: int) -> Place:
        """Where its operation is in the log."""
        ...

    def before(self, at: int) -> bytes:
        """The labels that were there before it and were touched, as JSON."""
        ...

    def read(self, at: int) -> Step:
        """The whole step."""
        ...


class Steps:
    """What can be undone, or done again: the newest on top."""

    def __init__(self, stored: StoredSteps | None = None) -> None:
        self.stored = stored
        self.left = len(stored) if stored is not None else 0
        self.new: list[Step] = []

    @property
    def top(self) -> tuple[int, str] | None:
        """Number and text of the newest, None if there is none."""
        if self.new:
            return self.new[-1].number, self.new[-1].text
        return self.stored.name(self.left - 1) if self.stored and self.left else None

    def push(self, step: Step) -> None:
        """One more."""
        self.new.append(step)

    def pop(self, number: int) -> Step | None:
        """Take out the step of this number; None if it is not there."""
        for k in range(len(self.new) - 1, -1, -1):
            if self.new[k].number == number:
                return self.new.pop(k)
        if self.stored is None or not self.left:
            return None
        if self.stored.name(self.left - 1)[0] != number:
            # Damage has cost the operation in between: it may lie anywhere.
            self.new = [self.stored.read(k) for k in range(self.left)] + self.new
            self.left = 0
            return self.pop(number)
        self.left -= 1
        return self.stored.read(self.left)

    def clear(self) -> None:
        """None any more."""
        self.left = 0
        self.new = []


class History:
    """The labels that follow from a sequence of operations, and what can be undone."""

    def __init__(
        self,
        columns: AnnotationColumns | None = None,
        done: Steps | None = None,
        undone: Steps | None = None,
        next_number: int = 1,
    ) -> None:
        self._columns = columns if columns is not None else AnnotationColumns.of()
        # What differs from the columns: who never asks for them does not pay for them.
        self._since: dict[str, Annotation | None] = {}
        self.done = done if done is not None else Steps()
        self.undone = undone if undone is not None else Steps()
        self.next_number = next_number

    @property
    def columns(self) -> AnnotationColumns:
        """All labels in order of time."""
        if self._since:
            self._columns = self._columns.changed(self._since)
            self._since = {}
        return self._columns

    def get(self, id: str) -> Annotation | None:
        """The label with this id, None if there is none."""
        return self._since[id] if id in self._since else self._columns.get(id)

    def known(self, ids: Collection[str]) -> set[str]:
        """Which of these ids there are."""
        found = {id for id in ids if self._since.get(id) is not None}
        return found | self._columns.known(id for id in ids if id not in self._since)

    def apply(self, operation: Mapping[str, Any], line: Place = (0, 0)) -> Change:
        """Apply one operation; an undo or redo of something unknown does nothing."""
        number = int(operation["n"])
        kind = operation["op"]
        change: Change = {}
        if kind == "set":
            change = self._set(number, operation, line)
        elif kind == "undo":
            change = self._move(self.done, self.undone, int(operation["of"]), back=True)
        elif kind == "redo":
            change = self._move(self.undone, self.done, int(operation["of"]), back=False)
        self.next_number = max(self.next_number, number + 1)
        return change

    def _set(self, number: int, operation: Mapping[str, Any], line: Place) -> Change:
        after = after_of(operation)
        before = {key: self.get(key) for key in after}
        change = self._put(after, before)
        if operation.get("undoable", True):
            self.done.push(Step(number, str(operation.get("text", "")), before, after, line))
            self.undone.clear()
        return change

    def _move(self, source: Steps, target: Steps, number: int, *, back: bool) -> Change:
        step = source.pop(number)
        if step is None:
            return {}
        target.push(step)
        values = step.before if back else step.after
        return self._put(values, {key: self.get(key) for key in values})

    def _put(
        self,
        values: Mapping[str, Annotation | None],
        before: Mapping[str, Annotation | None],
    ) -> Change:
        self._since.update(values)
        return {key: (before[key], annotation) for key, annotation in values.items()}


def after_of(operation: Mapping[str, Any]) -> dict[str, Annotation | None]:
    """What a ``set`` makes of the labels that it touches, by id."""
    after: dict[str, Annotation | None] = dict.fromkeys(operation.get("remove", ()))
    for item in operation.get("items", ()):
        annotation = annotation_from_json(item)
        after[annotation.id] = annotation
    return after


def encode(operation: Mapping[str, Any]) -> bytes:
    """One line of JSON whose first field is the CRC-32 of the rest of the line."""
    # Labels made from arrays carry numpy numbers; .item() makes them plain.
    text = json.dumps(
        operation,
        ensure_ascii=False,
        separators=(",", ":"),
        allow_nan=False,
        default=lambda number: number.item(),
    )
    body = text.encode("utf-8", "replace")[1:]
    return _PREFIX + f"{zlib.crc32(body):08x}".encode() + _SPLIT + body + b"\n"


def decode(line: bytes) -> dict[str, Any] | None:
    """The operation in a line without its line end; None when the line is damaged."""
    value = read_line(line)
    return value if value is not None and "op" in value and "n" in value else None


def read_line(line: bytes) -> dict[str, Any] | None:
    """What :func:`encode` made a line of, without its line end; None when it is damaged."""
    body = line[_CRC_END + len(_SPLIT) :]
    if not line.startswith(_PREFIX) or line[_CRC_END : _CRC_END + len(_SPLIT)] != _SPLIT:
        return None
    if line[len(_PREFIX) : _CRC_END] != f"{zlib.crc32(body):08x}".encode():
        return None
    value = json.loads(b"{" + body)
    return value if isinstance(value, dict) else None


def replay(data: bytes, history: History | None = None, at: int = 0) -> tuple[History, int, int]:
    """The state after all good lines, the bytes up to the last good line, and bad lines before.

    ``history`` is what the first ``at`` bytes have made already.
    """
    history = history if history is not None else History()
    position = good_bytes = at
    bad = bad_since = 0
    for line in data[at:].splitlines(keepends=True):
        begin, position = position, position + len(line)
        operation = decode(line[:-1]) if line.endswith(b"\n") else None
        if operation is None:
            bad_since += 1
            continue
        history.apply(operation, (begin, len(line)))
        good_bytes, bad, bad_since = position, bad + bad_since, 0
    return history, good_bytes, bad


def annotation_to_json(annotation: Annotation) -> dict[str, Any]:
    """All fields that are not at their default."""
    value: dict[str, Any] = {"id": annotation.id}
    for name, default in _DEFAULTS.items():
        item = getattr(annotation, name)
        if item != default:
            value[name] = list(item) if isinstance(item, tuple) else item
    return value


def annotation_from_json(value: Mapping[str, Any]) -> Annotation:
    """The annotation of one item; fields this version does not know are ignored."""
    plain = dict(value)
    if not plain.keys() <= _FIELDS:
        for unknown in plain.keys() - _FIELDS:
            del plain[unknown]
    if plain.get("channels") is not None:
        plain["channels"] = tuple(plain["channels"])
    if "source" in plain:
        plain["source"] = Source(plain["source"])
    return Annotation(**plain)


def set_operation(
    number: int,
    text: str,
    items: Iterable[Annotation],
    remove: Iterable[str],
    about: Mapping[str, Any],
) -> dict[str, Any]:
    """The operation that puts ``items`` and takes away the ids in ``remove``."""
    operation: dict[str, Any] = {"n": number, "op": "set", "text": text}
    puts, gone = [annotation_to_json(a) for a in items], list(remove)
    if puts:
        operation["items"] = puts
    if gone:
        operation["remove"] = gone
    return {**operation, **about}
