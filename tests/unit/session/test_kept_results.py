"""Kept results are those that were computed, and are computed anew when a recording changes."""

from __future__ import annotations

import json
import math
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from emgstudio.core.errors import EmgError
from emgstudio.core.tasks import Progress
from emgstudio.core.types import Annotation, Channel, Source, StreamInfo
from emgstudio.session.therapy import kept
from emgstudio.session.therapy.goal import goal_of
from emgstudio.session.therapy.kept import FILE, kept_results
from emgstudio.session.therapy.plan import META, Muscle, Plan
from emgstudio.session.therapy.protocol import Kind, Protocol, Step
from emgstudio.session.therapy.results import TherapyResult, therapy_result
from emgstudio.session.therapy.run import REST, TRACK, WORK
from emgstudio.storage.annotations import AnnotationLog
from emgstudio.storage.importers.imported import imported_session

PROTOCOL = Protocol("own", "Own", Kind.UP, (Step("", 1, 2.0, 2.0),), goals=(60.0,))


def recorded(folder: Path, name: str, *, therapy: bool = True) -> Path:
    path = folder / name
    plan = Plan(PROTOCOL, (Muscle("a", "Vastus"),), goal_of(PROTOCOL), "C-0001")
    about = {**plan.stored(), "unit": "µV", "recipe": "RMS", "stream": "EMG", "references": []}
    info = StreamInfo("EMG", 500.0, (Channel("a"),), "float32", "d")
    with imported_session(path, info, {META: about} if therapy else {}) as session:
        session.append(np.full((2500, 1), 80.0, np.float32))
    log = AnnotationLog.open(path)
    log.add(Annotation(0.5, 2.5, WORK, TRACK, Source.CUE, repetition=1))
    log.add(Annotation(2.5, 4.5, REST, TRACK, Source.CUE, repetition=1))
    log.close()
    return path


@pytest.fixture
def computed(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The names of recordings that were computed, and not read from what is kept."""
    names = []

    def counted(path: Path, progress: Progress | None = None) -> TherapyResult:
        names.append(path.name)
        return therapy_result(path, progress)

    monkeypatch.setattr(kept, "therapy_result", counted)
    return names


def test_each_session_is_computed_once(tmp_path: Path, computed: list[str]) -> None:
    paths = [recorded(tmp_path, "s1"), recorded(tmp_path, "plain", therapy=False)]
    first = kept_results(tmp_path, paths)
    again = kept_results(tmp_path, paths)
    assert computed == ["s1"]
    assert [r.path.name for r in again] == ["s1"]
    fresh = therapy_result(paths[0])
    assert len(fresh.envelopes) > 0
    # NaN is not equal to itself, but written the same.
    empty = replace(fresh, envelopes=np.empty((0, 1)))
    assert repr(again[0]) == repr(empty)
    assert any(math.isnan(m.value) for m in again[0].measures)
    assert repr(first[0].measures) == repr(again[0].measures)


def test_a_label_more_makes_it_anew(tmp_path: Path, computed: list[str]) -> None:
    path = recorded(tmp_path, "s1")
    kept_results(tmp_path, [path])
    log = AnnotationLog.open(path)
    log.add(Annotation(1.0, 1.0, "note", "notes", note="knee hurts"))
    log.close()
    (result,) = kept_results(tmp_path, [path])
    assert computed == ["s1", "s1"]
    assert result.notes == ("knee hurts",)


@pytest.mark.parametrize("text", ["{", "[]", '{"format": 99, "recordings": {}}'])
def test_a_torn_file_only_costs_time(tmp_path: Path, computed: list[str], text: str) -> None:
    path = recorded(tmp_path, "s1")
    kept_results(tmp_path, [path])
    (tmp_path / FILE).write_text(text, "utf-8")
    assert len(kept_results(tmp_path, [path])) == 1
    assert computed == ["s1", "s1"]
    stored = json.loads((tmp_path / FILE).read_text("utf-8"))
    stored["recordings"]["s1"]["result"]["plan"] = {}
    (tmp_path / FILE).write_text(json.dumps(stored), "utf-8")
    assert len(kept_results(tmp_path, [path])) == 1
    assert len(computed) == 3


def test_what_cannot_be_read_is_left_out(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    paths = [recorded(tmp_path, "s1"), recorded(tmp_path, "s2")]

    def torn(path: Path, progress: Progress | None = None) -> TherapyResult:
        if path.name == "s1":
            raise EmgError("It is damaged.")
        return therapy_result(path, progress)

    monkeypatch.setattr(kept, "therapy_result", torn)
    progress = Progress()
    assert [r.path.name for r in kept_results(tmp_path, paths, progress)] == ["s2"]
    assert progress.fraction == pytest.approx(1.0)
    assert progress.text.startswith("2 of 2")
