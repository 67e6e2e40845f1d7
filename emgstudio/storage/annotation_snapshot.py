"""What a long annotation log had come to, beside it: opened instead of replaying every operation.

The log remains the truth. A snapshot names the bytes of the log that it covers and their
checksum; what does not fit is passed over, and the log is replayed (docs/file-format.md).
"""

from __future__ import annotations

import itertools
import json
import logging
import zlib
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from emgstudio.core.files import write_atomic
from emgstudio.core.types import Annotation
from emgstudio.storage.annotation_columns import ROW, AnnotationColumns, Stock
from emgstudio.storage.annotation_ops import (
    History,
    Place,
    Step,
    Steps,
    after_of,
    annotation_from_json,
    annotation_to_json,
    decode,
)
from emgstudio.storage.format import SNAPSHOT_SUFFIX

log = logging.getLogger(__name__)

KIND, VERSION = "emgstudio-labels", 1
WORTH_BYTES = 1 << 16
"""Logs that have grown less than this since are replayed in a few milliseconds."""
STEP = np.dtype(
    [("number", "<i8"), ("at", "<i8"), ("size", "<i8"), ("before", "<i8"), ("text", "<i8")]
)
"""A step's line in the log, where what was before it ends in its part, the number of its text."""


@dataclass(frozen=True, slots=True)
class Covered:
    """How much of a log is accounted for: bytes, their CRC-32, damaged lines among them."""

    bytes: int = 0
    crc: int = 0
    bad: int = 0


class _LoggedSteps:
    """Steps of a snapshot; their operations are read from the log, which never changes there."""

    def __init__(
        self, data: bytes, records: NDArray[Any], before: bytes, texts: Sequence[str]
    ) -> None:
        self._data = data
        self.records = records
        self._before = before
        self._texts = texts

    def __len__(self) -> int:
        return len(self.records)

    def name(self, at: int) -> tuple[int, str]:
        """Number and text of a step."""
        return int(self.records["number"][at]), self._texts[int(self.records["text"][at])]

    def line(self, at: int) -> Place:
        """Where its operation is in the log."""
        return int(self.records["at"][at]), int(self.records["size"][at])

    def before(self, at: int) -> bytes:
        """The labels that were there before it and were touched, as JSON."""
        begin = int(self.records["before"][at - 1]) if at else 0
        return self._before[begin : int(self.records["before"][at])]

    def read(self, at: int) -> Step:
        """The whole step."""
        number, text = self.name(at)
        begin, size = self.line(at)
        operation = decode(self._data[begin : begin + size - 1])
        assert operation is not None, "its checksum has been compared"
        after = after_of(operation)
        were = [annotation_from_json(value) for value in json.loads(self.before(at))]
        before: dict[str, Annotation | None] = dict.fromkeys(after)
        before.update((item.id, item) for item in were)
        return Step(number, text, before, after, (begin, size))


def is_worth(grown: int) -> bool:
    """Whether so many bytes of a log take long enough to replay."""
    return grown >= WORTH_BYTES


def snapshot_file(path: Path) -> Path:
    """Where the snapshot of a log lies."""
    return path.with_suffix(SNAPSHOT_SUFFIX)


def read_snapshot(path: Path, data: bytes) -> tuple[History, Covered] | None:
    """What the beginning of the log ``path``, whose bytes are ``data``, had come to.

    None where no snapshot is worth while, and where there is none that fits.
    """
    file = snapshot_file(path)
    if not is_worth(len(data)) or not file.exists():
        return None
    try:
        head, _, body = file.read_bytes().partition(b"\n")
        about = json.loads(head)
        covered = Covered(**about["covers"])
        fits = (about["kind"], about["version"], about["crc"]) == (KIND, VERSION, zlib.crc32(body))
        if not fits or len(data) < covered.bytes:
            return None
        if zlib.crc32(memoryview(data)[: covered.bytes]) != covered.crc:
            return None
        return _history(about, body, data), covered
    except (OSError, ValueError, KeyError, TypeError) as error:
        log.info("%s is passed over: %s", file.name, error)
        return None


def write_snapshot(path: Path, history: History, covered: Covered) -> None:
    """Keep what the first bytes of the log ``path`` have come to, if there is room for it."""
    rows, words = history.columns.compact()
    texts: dict[str, int] = {}
    done, undone = _packed(history.done, texts), _packed(history.undone, texts)
    parts = [rows.tobytes(), _json(words), *done, *undone, _json(list(texts))]
    body = b"".join(parts)
    about = {
        "kind": KIND,
        "version": VERSION,
        "covers": asdict(covered),
        "next": history.next_number,
        "parts": [len(part) for part in parts],
        "crc": zlib.crc32(body),
    }
    try:
        write_atomic(snapshot_file(path), _json(about) + b"\n" + body)
    except OSError as error:
        log.info("No snapshot of %s: %s", path.name, error)


def _history(about: dict[str, Any], body: bytes, data: bytes) -> History:
    ends = np.cumsum([0, *about["parts"]]).tolist()
    parts = [body[begin:end] for begin, end in itertools.pairwise(ends)]
    rows, words, done, done_before, undone, undone_before, texts = parts
    names = json.loads(texts)
    columns = np.frombuffer(rows, ROW)
    return History(
        AnnotationColumns(columns, Stock(json.loads(words), len(columns))),
        Steps(_LoggedSteps(data, np.frombuffer(done, STEP), done_before, names)),
        Steps(_LoggedSteps(data, np.frombuffer(undone, STEP), undone_before, names)),
        int(about["next"]),
    )


def _packed(steps: Steps, texts: dict[str, int]) -> tuple[bytes, bytes]:
    """Records of STEP, and what was before each."""
    records, before, end = [], [], 0

    def add(number: int, text: str, line: Place, were: bytes) -> None:
        nonlocal end
        end += len(were)
        before.append(were)
        records.append((number, *line, end, texts.setdefault(text, len(texts))))

    stored = steps.stored
    if stored is not None:
        for at in range(steps.left):
            add(*stored.name(at), stored.line(at), stored.before(at))
    for step in steps.new:
        were = [annotation_to_json(a) for a in step.before.values() if a is not None]
        add(step.number, step.text, step.line, _json(were))
    return np.array(records, STEP).tobytes(), b"".join(before)


def _json(value: object) -> bytes:
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"), default=lambda n: n.item())
    return text.encode("utf-8", "replace")
