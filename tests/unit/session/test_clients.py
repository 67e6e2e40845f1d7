"""Clients as the app knows them: search with and without names, deletion, export, the trail."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime
from pathlib import Path

import numpy as np
import pytest

from emgstudio.core.errors import EmgError
from emgstudio.core.types import Annotation, Channel, StreamInfo
from emgstudio.session.clients import Clients
from emgstudio.session.therapy.goal import goal_of
from emgstudio.session.therapy.plan import Muscle, Plan
from emgstudio.session.therapy.protocol import Protocols
from emgstudio.storage.annotations import AnnotationLog
from emgstudio.storage.clients import vault
from emgstudio.storage.exporters import ExportRequest
from emgstudio.storage.importers.imported import imported_session

NAME = "Ottilie Quastenflosser"


@pytest.fixture
def clients(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Clients]:
    monkeypatch.setattr(vault, "N", 1 << 10)
    (tmp_path / "recordings").mkdir()
    made = Clients(tmp_path / "data", lambda: tmp_path / "recordings")
    yield made
    made.close()


def recorded(tmp_path: Path, code: str, name: str) -> Path:
    path = tmp_path / "recordings" / name
    info = StreamInfo("EMG", 1000.0, (Channel("a"),), "float32", "d")
    with imported_session(path, info, {"subject": code, "title": "Strengthen 5/5"}) as session:
        session.append(np.random.default_rng(1).normal(size=(2000, 1)).astype(np.float32))
    log = AnnotationLog.open(path)
    log.add(Annotation(0.5, 0.5, "note", "notes", note=f"{NAME} was tired"))
    log.close()
    return path


def test_searching_by_name_needs_the_passphrase(clients: Clients) -> None:
    pytest.importorskip("cryptography", reason="the extra secure is not installed")
    with pytest.raises(EmgError, match="locked"):
        clients.add(name=NAME)
    clients.open_names("three blue horses")
    first = clients.add(name=NAME, notes="knee", birth_year=1980)
    second = clients.add(notes="shoulder")
    assert [k.name for k in clients.search("quasten")] == [NAME]
    assert [k.line.client.code for k in clients.search("knee")] == [first.code]
    assert len(clients.search()) == 2
    clients.lock_names()
    assert clients.search("quasten") == []
    assert clients.name(first.code) == ""
    with pytest.raises(EmgError, match="locked"):
        clients.rename(second.code, "X")
    clients.open_names("three blue horses")
    assert clients.rename(first.code, "Otto") == NAME


def test_a_change_can_be_undone(clients: Clients) -> None:
    client = clients.add(notes="knee")
    before = clients.change(replace(client, consent="2026-11-21", notes="knee, left"))
    clients.change(before)
    assert clients.get(client.code) == client


def test_repeat_last_session(clients: Clients, tmp_path: Path) -> None:
    client = clients.add()
    assert clients.last_plan(client.code) is None
    protocol = Protocols(tmp_path).get("reciprocal")
    muscles = (Muscle("EMG 1", "Vastus medialis", "left"), Muscle("EMG 2", "Biceps femoris"))
    plan = Plan(protocol, muscles, goal_of(protocol).moved(5), client.code, "sim:clean")
    clients.remember_plan(plan)
    assert clients.last_plan(client.code) == plan
    clients.change(replace(clients.get(client.code), last_plan={"protocol": "torn"}))
    assert clients.last_plan(client.code) is None


def test_deleting_lists_what_goes_and_keeps_it_for_a_month(
    clients: Clients, tmp_path: Path
) -> None:
    client = clients.add()
    path = recorded(tmp_path, client.code, "one")
    other = recorded(tmp_path, "C-0999", "two")
    clients.refresh()
    leaving = clients.leaving(client.code, [("right arm", ["one"]), ("left arm", ["two"])])
    assert leaving.recordings == (path,)
    assert leaving.models == ("right arm",)
    deleted = clients.delete(leaving)
    assert clients.search() == []
    assert not path.exists()
    assert other.exists()
    assert [d.code for d in clients.binned()] == [client.code]
    clients.restore(deleted)
    assert clients.sessions(client.code) == [path]
    lines, whole = clients.audit()
    assert whole
    assert [line.split("  ")[2] for line in lines] == ["add", "delete", "restore"]
    first = datetime.fromisoformat(clients._audit.entries()[0][0].when).astimezone()
    # By the clock on this wall, as everything else on the screen.
    assert lines[0].split("  ")[0] == f"{first:%Y-%m-%d %H:%M:%S}"


def test_a_client_leaves_without_name_code_or_notes(clients: Clients, tmp_path: Path) -> None:
    pytest.importorskip("cryptography", reason="the extra secure is not installed")
    clients.open_names("three blue horses")
    client = clients.add(name=NAME, notes="knee")
    with pytest.raises(EmgError, match="no recordings yet"):
        clients.export(client.code, tmp_path / "out", ExportRequest("csv"))
    recorded(tmp_path, client.code, "one")
    recorded(tmp_path, client.code, "two")
    clients.refresh()
    reports = clients.export(client.code, tmp_path / "out", ExportRequest("csv"))
    assert len(reports) == 2
    everything = b"".join(
        str(p).encode() + (p.read_bytes() if p.is_file() else b"")
        for p in (tmp_path / "out").rglob("*")
    )
    for word in (NAME, "Quastenflosser", client.code, "knee"):
        assert word.encode() not in everything


def test_no_name_is_in_any_file_but_the_vault(clients: Clients, tmp_path: Path) -> None:
    pytest.importorskip("cryptography", reason="the extra secure is not installed")
    clients.open_names("three blue horses")
    client = clients.add(name=NAME)
    clients.delete(clients.leaving(client.code))
    clients.close()
    for path in (tmp_path / "data").rglob("*"):
        if path.is_file():
            assert b"Quasten" not in path.read_bytes(), path


def test_an_index_that_is_lost_is_made_from_the_folders(clients: Clients, tmp_path: Path) -> None:
    client = clients.add(notes="knee")
    recorded(tmp_path, client.code, "one")
    clients.close()
    (tmp_path / "data" / "clients" / "catalogue.sqlite").unlink()
    again = Clients(tmp_path / "data", lambda: tmp_path / "recordings")
    (known,) = again.search("knee")
    assert (known.line.client, known.line.sessions) == (client, 1)
    again.close()
