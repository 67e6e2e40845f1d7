"""Clients by code: nothing lost, nothing given twice, no name outside the vault."""

from __future__ import annotations

import json
import sqlite3
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from emgstudio.core.errors import EmgError
from emgstudio.storage.clients import vault as vault_module
from emgstudio.storage.clients.audit import AuditTrail
from emgstudio.storage.clients.catalogue import FILE as CATALOGUE
from emgstudio.storage.clients.catalogue import Catalogue
from emgstudio.storage.clients.client import Client, read_client
from emgstudio.storage.clients.folder import BIN_DAYS, ClientFolder, new_client
from emgstudio.storage.clients.vault import Vault
from emgstudio.storage.library import RecordingSummary

TODAY = date(2026, 11, 21)
NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)
NAME = "Ottilie Quastenflosser"


@pytest.fixture
def clients(tmp_path: Path) -> ClientFolder:
    return ClientFolder(tmp_path / "clients")


def added(clients: ClientFolder, **facts: object) -> Client:
    client = replace(new_client(clients.next_code(), TODAY), **facts)
    clients.add(client)
    return client


def test_a_client_comes_back_as_it_was(clients: ClientFolder) -> None:
    client = added(
        clients, birth_year=1980, side="left", consent="2026-11-21", notes="knee, 12 weeks",
        last_plan={"protocol": "UP_5_5", "muscles": [["VM", "left"]]},
    )  # fmt: skip
    assert client.code == "C-0001"
    assert clients.get("C-0001") == client
    assert clients.all() == ([client], [])
    before = clients.change(replace(client, notes="13 weeks"))
    assert before == client
    assert clients.get("C-0001").notes == "13 weeks"


@pytest.mark.parametrize(
    "facts",
    [{"code": "Anna"}, {"code": "C-1"}, {"code": "../C-0001"}, {"birth_year": 1492},
     {"side": "up"}, {"consent": "soon"}, {"created": ""}],
)  # fmt: skip
def test_what_cannot_be_is_refused(facts: dict[str, object]) -> None:
    with pytest.raises(EmgError):
        replace(new_client("C-0001", TODAY), **facts)


def test_a_code_is_never_given_twice(clients: ClientFolder) -> None:
    first = added(clients)
    second = added(clients)
    with pytest.raises(EmgError, match="taken"):
        clients.add(first)
    clients.delete(second.code, [], NOW)
    assert clients.next_code() == "C-0003"
    clients.empty_bin(NOW + timedelta(days=BIN_DAYS + 1))
    assert clients.next_code() == "C-0003"


def test_a_damaged_client_hides_no_other(clients: ClientFolder) -> None:
    added(clients)
    added(clients)
    (clients.place("C-0001") / "client.json").write_text("{")
    found, problems = clients.all()
    assert [c.code for c in found] == ["C-0002"]
    assert "C-0001" in problems[0]
    with pytest.raises(EmgError, match="cannot be read"):
        read_client(clients.place("C-0001"))
    with pytest.raises(EmgError, match="no client C-0009"):
        clients.get("C-0009")
    stored = {"format": 99, "code": "C-0002", "created": "2026-11-21"}
    (clients.place("C-0002") / "client.json").write_text(json.dumps(stored))
    with pytest.raises(EmgError, match="newer"):
        clients.get("C-0002")


def test_deleting_keeps_everything_for_a_month_and_brings_it_back(
    clients: ClientFolder, tmp_path: Path
) -> None:
    client = added(clients, notes="knee")
    recording = tmp_path / "recordings" / "one"
    recording.mkdir(parents=True)
    (recording / "emg.bin").write_bytes(b"samples")
    deleted = clients.delete(client.code, [recording], NOW)
    assert not recording.exists()
    assert clients.all() == ([], [])
    (found,) = clients.binned()
    assert (found.code, found.days_left(NOW)) == (client.code, BIN_DAYS)
    assert clients.empty_bin(NOW + timedelta(days=BIN_DAYS - 1)) == []
    clients.restore(deleted)
    assert (recording / "emg.bin").read_bytes() == b"samples"
    assert clients.get(client.code) == client
    assert clients.binned() == []
    clients.delete(client.code, [recording], NOW)
    assert clients.empty_bin(NOW + timedelta(days=BIN_DAYS)) == [client.code]
    assert not recording.exists()


def test_a_deletion_that_fails_moves_everything_back(clients: ClientFolder, tmp_path: Path) -> None:
    client = added(clients)
    recording = tmp_path / "one"
    recording.mkdir()
    with pytest.raises(EmgError, match="everything is where it was"):
        clients.delete(client.code, [recording, tmp_path / "gone"], NOW)
    assert recording.is_dir()
    assert clients.get(client.code) == client


def test_what_exists_again_is_not_overwritten(clients: ClientFolder) -> None:
    client = added(clients)
    deleted = clients.delete(client.code, [], NOW)
    clients.place(client.code).mkdir()
    with pytest.raises(EmgError, match="exists again"):
        clients.restore(deleted)


@pytest.fixture
def quick_key(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(vault_module, "N", 1 << 10)


@pytest.mark.usefixtures("quick_key")
def test_names_are_behind_the_passphrase_and_nowhere_else(tmp_path: Path) -> None:
    pytest.importorskip("cryptography", reason="the extra secure is not installed")
    vault = Vault.create(tmp_path, "three blue horses")
    assert vault.set("C-0001", NAME) == ""
    assert NAME.encode() not in (tmp_path / "identity.vault").read_bytes()
    again = Vault.open(tmp_path, "three blue horses")
    assert again.name("C-0001") == NAME
    assert again.find("quasten") == ["C-0001"]
    assert again.find("") == []
    with pytest.raises(EmgError, match="passphrase is not right"):
        Vault.open(tmp_path, "three blue cows")
    with pytest.raises(EmgError, match="already"):
        Vault.create(tmp_path, "another passphrase")
    assert again.set("C-0001", "  ") == NAME
    assert Vault.open(tmp_path, "three blue horses").name("C-0001") == ""


@pytest.mark.usefixtures("quick_key")
def test_a_changed_vault_stays_shut(tmp_path: Path) -> None:
    pytest.importorskip("cryptography", reason="the extra secure is not installed")
    with pytest.raises(EmgError, match="shorter than"):
        Vault.create(tmp_path, "short")
    Vault.create(tmp_path, "three blue horses").set("C-0001", NAME)
    path = tmp_path / "identity.vault"
    whole = path.read_bytes()
    path.write_bytes(whole[:-1] + bytes([whole[-1] ^ 1]))
    with pytest.raises(EmgError, match="stay locked"):
        Vault.open(tmp_path, "three blue horses")
    path.write_bytes(whole[:20])
    with pytest.raises(EmgError, match="damaged"):
        Vault.open(tmp_path, "three blue horses")


def test_the_audit_trail_shows_what_was_changed(tmp_path: Path) -> None:
    trail = AuditTrail(tmp_path)
    for what in ("open", "export", "delete"):
        trail.note("therapist", what, "C-0001")
    again = AuditTrail(tmp_path)
    again.note("therapist", "open", "C-0002")
    entries, broken = again.entries()
    assert [e.what for e in entries] == ["open", "export", "delete", "open"]
    assert broken is None
    path = tmp_path / "audit.jsonl"
    lines = path.read_text().splitlines()
    path.write_text("\n".join([lines[0], lines[1].replace("export", "opened"), *lines[2:]]) + "\n")
    assert again.entries()[1] == 2
    path.write_text("\n".join([lines[0], *lines[2:]]) + "\n")
    assert again.entries()[1] == 2


def test_a_torn_line_of_the_audit_trail_swallows_no_other(tmp_path: Path) -> None:
    AuditTrail(tmp_path).note("therapist", "open", "C-0001")
    with (tmp_path / "audit.jsonl").open("a") as file:
        file.write('{"when": "20')
    AuditTrail(tmp_path).note("therapist", "export", "C-0001")
    entries, broken = AuditTrail(tmp_path).entries()
    assert [e.what for e in entries] == ["open", "export"]
    assert broken == 2


def recording(code: str, day: int, base: Path) -> RecordingSummary:
    return RecordingSummary(
        base / f"{code}-{day}", datetime(2026, 11, day, tzinfo=UTC), "knee", code, "finished"
    )


def test_the_catalogue_is_rebuilt_from_folders_and_finds_by_any_word(tmp_path: Path) -> None:
    people = [
        Client("C-0001", "2026-01-01", 1980, "left", notes="knee"),
        Client("C-0002", "2026-01-02", notes="shoulder"),
        Client("C-0042", "2026-01-03"),
    ]
    catalogue = Catalogue(tmp_path)
    assert catalogue.made_anew
    catalogue.rebuild(
        people,
        [recording("C-0002", 3, tmp_path), recording("C-0002", 9, tmp_path),
         recording("C-0001", 5, tmp_path), recording("", 7, tmp_path)],
    )  # fmt: skip
    assert [line.client.code for line in catalogue.search()] == ["C-0002", "C-0001", "C-0042"]
    assert [line.sessions for line in catalogue.search()] == [2, 1, 0]
    assert catalogue.search("KNEE")[0].client == people[0]
    assert [line.client.code for line in catalogue.search("42")] == ["C-0042"]
    assert [line.client.code for line in catalogue.search("nobody", ["C-0001"])] == ["C-0001"]
    assert catalogue.sessions("C-0002") == [tmp_path / "C-0002-9", tmp_path / "C-0002-3"]
    catalogue.put(replace(people[2], notes="wrist"))
    assert catalogue.search("wrist")[0].client.code == "C-0042"
    catalogue.forget("C-0002")
    assert catalogue.sessions("C-0002") == []
    catalogue.close()
    again = Catalogue(tmp_path)
    assert not again.made_anew
    assert len(again.search()) == 2
    again.close()


def test_a_damaged_catalogue_is_made_anew(tmp_path: Path) -> None:
    (tmp_path / CATALOGUE).write_bytes(b"not a database" * 100)
    catalogue = Catalogue(tmp_path)
    assert catalogue.made_anew
    assert catalogue.search() == []
    catalogue.close()
    database = sqlite3.connect(tmp_path / CATALOGUE)
    database.execute("PRAGMA user_version = 99")
    database.commit()
    database.close()
    newer = Catalogue(tmp_path)
    assert newer.made_anew
    newer.close()
