import itertools
import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from emgstudio.core.errors import EmgError
from emgstudio.core.types import Annotation, Source
from emgstudio.storage import annotation_snapshot as snapshot_module
from emgstudio.storage import annotations as module
from emgstudio.storage.annotations import AnnotationLog, read_annotations

A, B = (
    Annotation(2.0, 3.0, "fist", id="a"),
    Annotation(1.0, 1.0, "mark", "cue", Source.CUE, "me", "nöte\nline", (0, 2), 0.5, 3, True, "b"),
)


class SlowModel:
    """Every state since the beginning, kept whole."""

    def __init__(self) -> None:
        self.states: list[dict[str, Annotation]] = [{}]
        self.at = 0

    @property
    def now(self) -> dict[str, Annotation]:
        return self.states[self.at]

    def do(self, change: Callable[[dict[str, Annotation]], None]) -> None:
        state = dict(self.now)
        change(state)
        self.states = [*self.states[: self.at + 1], state]
        self.at += 1

    def undo(self) -> None:
        self.at = max(0, self.at - 1)

    def redo(self) -> None:
        self.at = min(len(self.states) - 1, self.at + 1)

    def items(self) -> tuple[Annotation, ...]:
        return tuple(sorted(self.now.values(), key=lambda a: (a.start, a.stop, a.id)))


def step(log: AnnotationLog, model: SlowModel, ids: Iterator[int], data: st.DataObject) -> bool:
    """One random action on both; False when there was nothing to do."""
    kind = data.draw(st.sampled_from(["add", "add", "change", "remove", "undo", "redo"]))
    known = sorted(model.now)
    if kind == "add":
        starts = data.draw(st.lists(st.integers(0, 50), min_size=1, max_size=3))
        new = [Annotation(float(s), s + 1.0, f"l{s}", id=f"{next(ids):03}") for s in starts]
        log.add(*new)
        model.do(lambda state: state.update({a.id: a for a in new}))
    elif kind in ("undo", "redo"):
        possible = log.undo_text if kind == "undo" else log.redo_text
        assert (log.undo() if kind == "undo" else log.redo()) == possible
        (model.undo if kind == "undo" else model.redo)()
        return possible is not None
    elif not known:
        return False
    else:
        key = data.draw(st.sampled_from(known))
        if kind == "change":
            other = replace(model.now[key], label="other", stop=60.0)
            log.change(other)
            model.do(lambda state: state.update({key: other}))
        else:
            log.remove(key)
            model.do(lambda state: state.pop(key) and None)
    return True


@pytest.mark.parametrize("snapshots", [False, True])
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=40)
@given(data=st.data())
def test_any_actions_restart_and_torn_end_equal_a_slow_model(
    tmp_path_factory: pytest.TempPathFactory,
    monkeypatch: pytest.MonkeyPatch,
    snapshots: bool,
    data: st.DataObject,
) -> None:
    path = tmp_path_factory.mktemp("log") / "events.jsonl"
    monkeypatch.setattr(module, "sync_data", lambda _: None)
    if snapshots:
        monkeypatch.setattr(snapshot_module, "WORTH_BYTES", 1)
    log, model, ids = AnnotationLog.open(path), SlowModel(), itertools.count()
    states = [model.items()]
    for _ in range(data.draw(st.integers(0, 12))):
        if step(log, model, ids, data):
            states.append(model.items())
        assert log.items == model.items()
        if data.draw(st.integers(0, 4)) == 0:
            log.close()
            log = AnnotationLog.open(path)
            assert log.items == model.items()
    log.close()
    raw = path.read_bytes()
    cut = len(raw) * data.draw(st.integers(0, 1000)) // 1000
    path.write_bytes(raw[:cut])
    whole_lines = raw[:cut].count(b"\n")
    assert read_annotations(path) == states[whole_lines]
    again = AnnotationLog.open(path)
    assert again.items == states[whole_lines]
    again.add(A)
    again.close()
    assert A in read_annotations(path)
    torn = path.with_name("events.jsonl.torn")
    kept = torn.read_bytes() if torn.exists() else b""
    assert kept == raw[:cut].rpartition(b"\n")[2]


def test_every_field_comes_back(tmp_path: Path) -> None:
    log = AnnotationLog.open(tmp_path, author="Ana")
    log.add(A, B)
    log.close()
    assert read_annotations(tmp_path) == (B, replace(A, author="Ana"))


def test_undo_and_redo_survive_a_restart(tmp_path: Path) -> None:
    log = AnnotationLog.open(tmp_path)
    log.add(A)
    log.change(replace(A, label="open"))
    assert log.undo() == "Change “open”"
    log.close()
    log = AnnotationLog.open(tmp_path)
    assert (log.undo_text, log.redo_text) == ("Add “fist”", "Change “open”")
    assert log.redo() == "Change “open”"
    assert log.items[0].label == "open"
    assert log.redo() is None
    log.close()


def test_what_a_device_notes_is_no_step_of_the_persons(tmp_path: Path) -> None:
    log = AnnotationLog.open(tmp_path)
    log.add(A)
    log.undo()
    log.add(B, undoable=False)
    assert log.redo() == "Add “fist”"
    assert log.undo() == "Add “fist”"
    assert log.items == (B,)
    assert log.undo() is None
    log.close()


def test_a_damaged_line_in_the_middle_costs_that_line_only(tmp_path: Path) -> None:
    log = AnnotationLog.open(tmp_path)
    for k in range(4):
        log.add(replace(A, id=str(k), start=float(k)))
    log.undo()
    log.close()
    path = tmp_path / "events.jsonl"
    lines = path.read_bytes().splitlines(keepends=True)
    lines[1] = lines[1].replace(b"fist", b"fisu")
    path.write_bytes(b"".join(lines))
    log = AnnotationLog.open(tmp_path)
    assert [a.id for a in log.items] == ["0", "2"]
    assert path.read_bytes() == b"".join(lines)
    log.close()


def test_versions_and_snapshots(tmp_path: Path) -> None:
    saved = []
    log = AnnotationLog.open(tmp_path, on_saved=lambda: saved.append(1))
    first = log.items
    assert log.items is first
    before = log.version
    log.add(A)
    assert log.version > before
    assert log.items is not first
    log.add()
    log.remove()
    assert len(saved) == 1
    log.close()


def test_mistakes_are_refused_and_leave_nothing(tmp_path: Path) -> None:
    log = AnnotationLog.open(tmp_path)
    log.add(A)
    size = (tmp_path / "events.jsonl").stat().st_size
    for wrong in (replace(A, id="x", start=float("nan")), replace(A, id="x", start=9.0), A):
        with pytest.raises(ValueError, match="annotation"):
            log.add(wrong)
    with pytest.raises(EmgError, match="no longer there"):
        log.remove("x")
    with pytest.raises(EmgError, match="no longer there"):
        log.change(B)
    assert (tmp_path / "events.jsonl").stat().st_size == size
    log.close()
    with pytest.raises(EmgError, match="closed"):
        log.add(B)


def test_numbers_from_arrays_can_be_saved(tmp_path: Path) -> None:
    log = AnnotationLog.open(tmp_path)
    log.add(replace(A, start=np.float64(1.5), repetition=np.int64(2), confidence=np.float32(0.5)))  # type: ignore[arg-type]
    log.close()
    assert read_annotations(tmp_path)[0].repetition == 2


def test_a_full_disk_is_said_and_the_log_stays_whole(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = []
    log = AnnotationLog.open(tmp_path, make_room=lambda: bool(asked.append(1)))
    log.add(A)
    whole = (tmp_path / "events.jsonl").read_bytes()

    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(module, "sync_data", full)
        with pytest.raises(EmgError, match="could not be saved"):
            log.add(B)
    assert (tmp_path / "events.jsonl").read_bytes() == whole
    assert (log.items, asked) == ((A,), [1])
    log.add(B)
    log.close()
    assert len(read_annotations(tmp_path)) == 2


def test_a_disk_that_stays_full_after_room_was_made_is_said_too(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    log = AnnotationLog.open(tmp_path, make_room=lambda: True)
    log.add(A)

    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(module, "sync_data", full)
        for change in (lambda: log.add(B), log.undo):
            with pytest.raises(EmgError, match="could not be saved"):
                change()
    assert log.items == (A,)
    assert log.undo() is not None
    log.close()


def test_several_threads_lose_nothing(tmp_path: Path) -> None:
    log = AnnotationLog.open(tmp_path)

    def work(number: int) -> None:
        for k in range(10):
            log.add(replace(A, id=f"{number}-{k}"))

    threads = [threading.Thread(target=work, args=(n,)) for n in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    log.close()
    assert len(read_annotations(tmp_path)) == 40
