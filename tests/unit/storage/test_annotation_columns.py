"""Annotations as columns, and the snapshot that opens a long log without replaying it."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from emgstudio.core.types import Annotation, Source
from emgstudio.storage import annotation_columns as columns_module
from emgstudio.storage import annotation_ops as ops_module
from emgstudio.storage import annotation_snapshot as snapshot_module
from emgstudio.storage import annotations as log_module
from emgstudio.storage.annotation_columns import FEW, AnnotationColumns, place
from emgstudio.storage.annotations import AnnotationLog, read_annotations, read_columns

MANY = 200


@pytest.fixture(autouse=True)
def _small_and_quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(log_module, "sync_data", lambda _handle: None)
    monkeypatch.setattr(snapshot_module, "WORTH_BYTES", 1 << 13)


@pytest.fixture
def made(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The ids of annotations of which objects were made from columns."""
    ids: list[str] = []
    make = columns_module.made_of

    def counted(row: tuple[object, ...], texts: list[str]) -> Annotation:
        item = make(row, texts)
        ids.append(item.id)
        return item

    monkeypatch.setattr(columns_module, "made_of", counted)
    return ids


@pytest.fixture
def decoded(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """The sizes of lines that were read from a log."""
    sizes: list[int] = []
    decode = ops_module.decode

    def counted(line: bytes) -> dict[str, object] | None:
        sizes.append(len(line))
        return decode(line)

    monkeypatch.setattr(ops_module, "decode", counted)
    monkeypatch.setattr(snapshot_module, "decode", counted)
    return sizes


def label(k: int, **other: object) -> Annotation:
    made = Annotation(0.5 * k, 0.5 * k + 0.3, f"label {k % 6}", "labels", id=f"{k:05}")
    return replace(made, **other)  # type: ignore[arg-type]


def drawn(draw: np.random.Generator, id: str) -> Annotation:
    start = float(draw.integers(12))
    return Annotation(
        start,
        start + float(draw.integers(3)),
        f"l{draw.integers(4)}",
        f"t{draw.integers(3)}",
        Source(draw.choice(list(Source))),
        str(draw.choice(["", "Ana"])),
        str(draw.choice(["", "nöte\nline"])),
        [None, (), (0,), (2, 11)][draw.integers(4)],
        [None, 0.0, 0.25][draw.integers(3)],
        int(draw.integers(3)),
        bool(draw.integers(2)),
        id,
        str(draw.choice(["", "onset"])),
    )


@pytest.mark.parametrize("at_once", [1, 3, 2 * FEW])
def test_changes_one_by_one_and_many_at_once_equal_a_slow_model(at_once: int) -> None:
    draw = np.random.default_rng(at_once)
    model: dict[str, Annotation] = {}
    columns = AnnotationColumns.of()
    for _ in range(20):
        ids = [f"{k:03}" for k in draw.choice(3 * at_once + 5, at_once, replace=False)]
        values = {id: drawn(draw, id) if draw.integers(3) else None for id in ids}
        before = tuple(columns)
        after = columns.changed(values)
        assert tuple(columns) == before
        columns = after
        model.update({id: item for id, item in values.items() if item is not None})
        for id in (id for id, item in values.items() if item is None):
            model.pop(id, None)
        assert tuple(columns) == tuple(sorted(model.values(), key=place))
        columns.stock.made.clear()
        assert columns == tuple(sorted(model.values(), key=place))
    assert columns.known(["001", "none"]) == {"001"} & model.keys()
    assert columns.get("none") is None
    assert columns.take(columns.having("label", "l1")) == [a for a in columns if a.label == "l1"]
    assert columns[2:5] == list(columns)[2:5]


def test_only_those_that_are_looked_at_become_objects(made: list[str]) -> None:
    columns = AnnotationColumns.of(label(k) for k in range(MANY))
    columns.stock.made.clear()
    changed = columns.changed({"00007": label(7, stop=9.0), "00008": None})
    assert len(changed) == MANY - 1
    assert changed.row_of("00009") == 8
    assert made == []
    item = changed[3]
    assert columns.get("00003") is item
    assert made == ["00003"]


def worked(folder: Path, *, close: bool = True) -> AnnotationLog:
    """A log with one large step, many small ones, undone ones and one of a device."""
    log = AnnotationLog.open(folder, author="Ana")
    log.add(*(label(k) for k in range(MANY)), text="many")
    for k in range(20):
        log.change(label(k, label="open", note="ünlike"), text=f"step {k}")
    log.remove("00100", "00101")
    log.add(label(9000, source=Source.DEVICE), undoable=False)
    log.undo()
    log.undo()
    if close:
        log.close()
    return log


def all_undone_and_redone(folder: Path) -> list[tuple[str | None, tuple[Annotation, ...]]]:
    """What every undo says and leaves, then every redo."""
    log = AnnotationLog.open(folder)
    told: list[tuple[str | None, tuple[Annotation, ...]]] = [(log.redo_text, log.items)]
    for step in (log.undo, log.redo):
        while (text := step()) is not None:
            told.append((text, log.items))
    log.close()
    return told


def test_a_snapshot_opens_without_replaying_and_undoes_as_the_log_does(
    tmp_path: Path, made: list[str], decoded: list[int]
) -> None:
    worked(tmp_path)
    log_bytes = (tmp_path / "events.jsonl").read_bytes()
    assert len(log_bytes) > snapshot_module.WORTH_BYTES
    plain = tmp_path / "plain"
    plain.mkdir()
    (plain / "events.jsonl").write_bytes(log_bytes)
    made.clear()
    decoded.clear()
    log = AnnotationLog.open(tmp_path)
    assert (log.undo_text, log.redo_text) == ("step 18", "step 19")
    assert len(log.columns) == MANY + 1
    log.undo()
    # The one that was there before is made anew to be told what has changed.
    assert (len(decoded), made) == (1, ["00018"])
    log.redo()
    log.close()
    assert read_annotations(tmp_path) == read_annotations(plain)
    assert all_undone_and_redone(tmp_path) == all_undone_and_redone(plain)
    assert all_undone_and_redone(tmp_path) == all_undone_and_redone(plain)


def test_what_came_after_the_snapshot_is_replayed(tmp_path: Path, decoded: list[int]) -> None:
    worked(tmp_path)
    kept = snapshot_module.snapshot_file(tmp_path / "events.jsonl").read_bytes()
    log = AnnotationLog.open(tmp_path)
    log.change(label(3, label="late"), text="late")
    log.close()
    assert snapshot_module.snapshot_file(tmp_path / "events.jsonl").read_bytes() == kept
    decoded.clear()
    log = AnnotationLog.open(tmp_path)
    assert len(decoded) == 1
    assert log.undo() == "late"
    assert (log.undo_text, log.redo_text) == ("step 18", "late")
    log.close()


def flipped(log: Path, kept: Path) -> None:
    data = bytearray(kept.read_bytes())
    data[len(data) // 2] ^= 1
    kept.write_bytes(data)


def shorter(log: Path, kept: Path) -> None:
    log.write_bytes(b"".join(log.read_bytes().splitlines(keepends=True)[:5]))


def other_log(log: Path, kept: Path) -> None:
    lines = log.read_bytes().splitlines(keepends=True)
    lines[3] = lines[3].replace(b"open", b"opem")
    log.write_bytes(b"".join(lines))


def newer(log: Path, kept: Path) -> None:
    head, _, body = kept.read_bytes().partition(b"\n")
    kept.write_bytes(json.dumps(json.loads(head) | {"version": 2}).encode() + b"\n" + body)


def garbage(log: Path, kept: Path) -> None:
    kept.write_bytes(b"\x00" * 100)


@pytest.mark.parametrize("harm", [flipped, shorter, other_log, newer, garbage])
def test_a_snapshot_that_does_not_fit_is_passed_over_and_made_anew(
    tmp_path: Path, harm: Callable[[Path, Path], None]
) -> None:
    worked(tmp_path)
    path = tmp_path / "events.jsonl"
    kept = snapshot_module.snapshot_file(path)
    harm(path, kept)
    plain = tmp_path / "plain"
    plain.mkdir()
    (plain / "events.jsonl").write_bytes(path.read_bytes())
    assert read_columns(tmp_path) == read_columns(plain)
    harmed = kept.read_bytes()
    AnnotationLog.open(tmp_path).close()
    assert kept.read_bytes() != harmed
    assert all_undone_and_redone(tmp_path) == all_undone_and_redone(plain)


def test_no_snapshot_without_need_or_beside_somebody_else(tmp_path: Path) -> None:
    log = AnnotationLog.open(tmp_path)
    log.add(label(20_000))
    log.close()
    kept = snapshot_module.snapshot_file(tmp_path / "events.jsonl")
    assert not kept.exists()
    one, other = worked(tmp_path, close=False), AnnotationLog.open(tmp_path)
    other.add(label(9001))
    one.close()
    assert not kept.exists()
    other.close()
    assert len(read_annotations(tmp_path)) == MANY + 3


def test_a_folder_that_cannot_be_written_has_no_snapshot(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(_path: Path, _data: bytes) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(snapshot_module, "write_atomic", full)
    worked(tmp_path)
    assert [p.name for p in tmp_path.iterdir()] == ["events.jsonl"]
    assert len(read_annotations(tmp_path)) == MANY + 1


def test_damaged_lines_are_still_counted_with_a_snapshot(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    worked(tmp_path)
    path = tmp_path / "events.jsonl"
    path.write_bytes(path.read_bytes().replace(b'"text":"step 4"', b'"text":"step x"', 1))
    AnnotationLog.open(tmp_path).close()
    with caplog.at_level("INFO"):
        AnnotationLog.open(tmp_path).close()
    assert ["1 damaged lines" in r.getMessage() for r in caplog.records] == [True]
