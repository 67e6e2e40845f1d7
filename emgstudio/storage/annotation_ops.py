"""The operations of an annotation log: their text form and what they do to the labels."""

from __future__ import annotations

import json
import zlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields
from typing import Any

from emgstudio.core.types import Annotation, Source

_DEFAULTS = {f.name: f.default for f in fields(Annotation) if f.name != "id"}
_FIELDS = {*_DEFAULTS, "id"}
_PREFIX = b'{"crc":"'
_CRC_END = len(_PREFIX) + 8
_SPLIT = b'",'


Change = Mapping[str, tuple[Annotation | None, Annotation | None]]
"""Labels before and after an operation by id; None where there was or is none."""


@dataclass(frozen=True, slots=True)
class Step:
    """One thing a person did: what the touched labels were before and are after."""

    number: int
    text: str
    before: Mapping[str, Annotation | None]
    after: Mapping[str, Annotation | None]


class History:
    """The labels that follow from a sequence of operations, and what can be undone."""

    def __init__(self) -> None:
        self.items: dict[str, Annotation] = {}
        self.undone: list[Step] = []
        self.done: list[Step] = []
        self.next_number = 1

    def apply(self, operation: Mapping[str, Any]) -> Change:
        """Apply one operation; an undo or redo of something unknown does nothing."""
        number = int(operation["n"])
        kind = operation["op"]
        change: Change = {}
        if kind == "set":
            change = self._set(number, operation)
        elif kind == "undo":
            change = self._move(self.done, self.undone, int(operation["of"]), back=True)
        elif kind == "redo":
            change = self._move(self.undone, self.done, int(operation["of"]), back=False)
        self.next_number = max(self.next_number, number + 1)
        return change

    def _set(self, number: int, operation: Mapping[str, Any]) -> Change:
        after: dict[str, Annotation | None] = dict.fromkeys(operation.get("remove", ()))
        for item in operation.get("items", ()):
            annotation = annotation_from_json(item)
            after[annotation.id] = annotation
        before = {key: self.items.get(key) for key in after}
        change = self._put(after)
        if operation.get("undoable", True):
            self.done.append(Step(number, str(operation.get("text", "")), before, after))
            self.undone.clear()
        return change

    def _move(self, source: list[Step], target: list[Step], number: int, *, back: bool) -> Change:
        for k in range(len(source) - 1, -1, -1):
            if source[k].number == number:
                step = source.pop(k)
                target.append(step)
                return self._put(step.before if back else step.after)
        return {}

    def _put(self, values: Mapping[str, Annotation | None]) -> Change:
        change = {}
        for key, annotation in values.items():
            change[key] = (self.items.get(key), annotation)
            if annotation is None:
                self.items.pop(key, None)
            else:
                self.items[key] = annotation
        return change


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


def replay(data: bytes) -> tuple[History, int, int]:
    """The state after all good lines, the bytes up to the last good line, and bad lines before."""
    history = History()
    position = good_bytes = bad = bad_since = 0
    for line in data.splitlines(keepends=True):
        position += len(line)
        operation = decode(line[:-1]) if line.endswith(b"\n") else None
        if operation is None:
            bad_since += 1
            continue
        history.apply(operation)
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
