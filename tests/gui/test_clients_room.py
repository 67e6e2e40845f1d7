"""The Clients room: finding, changing, deleting and handing over, with names kept apart."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import (
    QAbstractButton,
    QApplication,
    QComboBox,
    QLineEdit,
    QPlainTextEdit,
    QTableView,
    QWidget,
)
from pytestqt.qtbot import QtBot

from emgstudio.core.log import log_to_file
from emgstudio.core.types import Annotation, Channel, Notice, StreamInfo
from emgstudio.gui.clients.books import BinPage, TrailPage
from emgstudio.gui.clients.chip import NOBODY, ClientChip
from emgstudio.gui.clients.delete_page import DeletePage
from emgstudio.gui.clients.export_page import ClientExportPage
from emgstudio.gui.clients.names_page import MISSING, NamesPage
from emgstudio.gui.clients.new_client import NewClientPage
from emgstudio.gui.clients.progress_strip import NONE_YET
from emgstudio.gui.rooms.clients import ClientsRoom
from emgstudio.gui.therapy.start import StartTherapy
from emgstudio.gui.tick import Tick
from emgstudio.session.clients import Clients
from emgstudio.session.session import Session
from emgstudio.session.therapy.goal import goal_of
from emgstudio.session.therapy.plan import Muscle, Plan
from emgstudio.session.therapy.protocol import Kind, Protocol, Step
from emgstudio.storage.annotations import AnnotationLog
from emgstudio.storage.clients import vault
from emgstudio.storage.importers.imported import imported_session

NAME = "Ottilie Quastenflosser"
PASSPHRASE = "three blue horses"
PROTOCOL = Protocol("own", "Own", Kind.UP, (Step("", 1, 2.0, 2.0),), goals=(60.0,))


@pytest.fixture
def clients(session: Session, monkeypatch: pytest.MonkeyPatch) -> Clients:
    monkeypatch.setattr(vault, "N", 1 << 10)
    session.recordings_folder().mkdir(parents=True)
    return session.clients


@pytest.fixture
def room(qtbot: QtBot, session: Session, clients: Clients, tick: Tick) -> Iterator[ClientsRoom]:
    made = ClientsRoom(session, tick)
    qtbot.addWidget(made)
    made.resize(1180, 640)
    made.show()
    made.activateWindow()
    made.entered()
    yield made
    made.close_room()


@pytest.fixture
def said(room: ClientsRoom) -> list[tuple[Notice, tuple[tuple[str, Callable[[], object]], ...]]]:
    heard: list[tuple[Notice, tuple[tuple[str, Callable[[], object]], ...]]] = []
    room.said.connect(lambda notice, actions: heard.append((notice, actions)))
    return heard


def recorded(session: Session, code: str, name: str = "one") -> Path:
    path = session.recordings_folder() / name
    info = StreamInfo("EMG", 500.0, (Channel("a"),), "float32", "d")
    with imported_session(path, info, {"subject": code, "title": "free"}) as made:
        made.append(np.zeros((500, 1), np.float32))
    log = AnnotationLog.open(path)
    log.add(Annotation(0.5, 0.5, "note", "notes", note="was tired"))
    log.close()
    session.clients.refresh()
    return path


def plan_for(code: str) -> Plan:
    return Plan(PROTOCOL, (Muscle("a", "Vastus"),), goal_of(PROTOCOL), code)


def codes(room: ClientsRoom) -> list[str]:
    return [known.line.client.code for known in room.list.model.rows]


def test_typing_searches_and_the_keyboard_opens(
    qtbot: QtBot, room: ClientsRoom, clients: Clients
) -> None:
    assert room.list.table.isHidden()
    assert "No clients yet" in room.list.empty.text()
    for notes in ("left knee", "shoulder", "other knee"):
        clients.add(notes=notes)
    room.entered()
    search = room.list.search
    assert room.focusWidget() is search
    QTest.keyClicks(search, "knee")
    assert codes(room) == ["C-0001", "C-0003"]
    QTest.keyClick(search, Qt.Key.Key_Down)
    QTest.keyClick(search, Qt.Key.Key_Return)
    assert room.page.isVisible()
    assert room.page.code.text() == "C-0003"
    room.escape()
    assert room.focusWidget() is search
    room.escape()
    assert codes(room) == ["C-0001", "C-0002", "C-0003"]
    QTest.keyClicks(search, "nowhere")
    assert "nowhere" in room.list.empty.text()
    QTest.keyClick(search, Qt.Key.Key_Return)
    assert room.list.isVisible()


def test_a_new_client_needs_nothing_and_can_be_taken_back(
    qtbot: QtBot, room: ClientsRoom, clients: Clients
) -> None:
    room.ask_new()
    assert isinstance(room.card, NewClientPage)
    assert room.card.form.name.isHidden()
    QTest.keyClicks(room.card.form.year, "19x")
    QTest.keyClick(room.card.form.year, Qt.Key.Key_Return)
    assert "year of birth" in room.card.problem.word.text()
    assert clients.search() == []
    room.card.form.year.clear()
    QTest.keyClick(room.card.form.year, Qt.Key.Key_Return)
    assert room.overlay is None
    assert room.page.code.text() == "C-0001"
    assert room.undo() == "new client C-0001"
    assert codes(room) == []
    assert room.redo() == "new client C-0001"
    assert codes(room) == ["C-0001"]


def test_names_open_with_the_passphrase_and_lock(
    qtbot: QtBot, room: ClientsRoom, clients: Clients
) -> None:
    pytest.importorskip("cryptography", reason="the extra secure is not installed")
    assert room.list.names_button.text() == "Keep names…"
    room.open_or_lock_names()
    assert isinstance(room.card, NamesPage)
    QTest.keyClicks(room.card.passphrase, PASSPHRASE)
    QTest.keyClicks(room.card.again, "three blue houses")
    room.card.go.click()
    assert "not the same" in room.card.problem.word.text()
    assert not clients.has_names
    QTest.keyClicks(room.card.passphrase, PASSPHRASE)
    QTest.keyClicks(room.card.again, PASSPHRASE)
    QTest.keyClick(room.card.again, Qt.Key.Key_Return)
    assert room.overlay is None
    clients.add(name=NAME)
    clients.add()
    QTest.keyClicks(room.list.search, "quasten")
    assert [known.name for known in room.list.model.rows] == [NAME]
    assert room.list.names.word.text() == "Names open"
    room.open_or_lock_names()
    assert codes(room) == []
    assert room.list.names.word.text() == "Names locked"
    room.open_or_lock_names()
    assert isinstance(room.card, NamesPage)
    QTest.keyClicks(room.card.passphrase, "three red horses")
    room.card.go.click()
    assert "not right" in room.card.problem.word.text()
    assert clients.vault is None


def test_without_the_package_there_is_a_sentence(
    qtbot: QtBot, clients: Clients, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Clients, "can_keep_names", False)
    page = NamesPage(clients)
    qtbot.addWidget(page)
    page.show()
    words = [child.text() for child in page.findChildren(QWidget) if hasattr(child, "text")]
    assert words == [MISSING]


def test_what_is_typed_is_stored_when_left_and_can_be_undone(
    room: ClientsRoom, clients: Clients, said: list[tuple[Notice, object]]
) -> None:
    code = clients.add(notes="knee").code
    room.show_client(code)
    form = room.page.form
    form.notes.setFocus()
    form.notes.setPlainText("knee, better")
    form.year.setFocus()
    assert clients.get(code).notes == "knee, better"
    form.consent.click()
    assert clients.get(code).consent == form.day.text() != ""
    assert "Consent" in room.page.consent.word.text()
    clients.remember_plan(plan_for(code))
    form.year.setText("1066")
    form.year.editingFinished.emit()
    assert "1066" in said[-1][0].text
    assert form.year.text() == ""
    assert room.undo() == f"change of {code}"
    assert room.undo() == f"change of {code}"
    assert clients.get(code) == replace(clients.get(code), notes="knee", consent="")
    assert clients.last_plan(code) is not None
    assert room.redo() == f"change of {code}"
    assert form.notes.toPlainText() == "knee, better"
    form.notes.setPlainText("not left yet")
    room.close_room()
    assert clients.get(code).notes == "not left yet"


def test_the_last_session_is_repeated_where_there_is_one(
    room: ClientsRoom, clients: Clients
) -> None:
    code = clients.add().code
    wanted: list[tuple[str, object]] = []
    room.wanted.connect(lambda key, thing: wanted.append((key, thing)))
    room.show_client(code)
    assert not room.page.repeat.isEnabled()
    assert "Nothing to repeat" in room.page.repeat_words.text()
    room.page.new.click()
    clients.remember_plan(plan_for(code))
    room.entered()
    assert "Vastus" in room.page.repeat_words.text()
    room.page.repeat.click()
    assert wanted == [
        ("therapy", StartTherapy(code)),
        ("therapy", StartTherapy(code, plan_for(code))),
    ]


def test_a_deletion_is_asked_for_twice_and_taken_back(
    room: ClientsRoom,
    session: Session,
    clients: Clients,
    said: list[tuple[Notice, tuple[tuple[str, Callable[[], object]], ...]]],
) -> None:
    code = clients.add().code
    path = recorded(session, code)
    session.client = code
    room.show_client(code)
    room.page.delete.click()
    assert isinstance(room.card, DeletePage)
    lists = room.card.findChildren(QPlainTextEdit)
    assert [one.toPlainText() for one in lists] == [path.name]
    assert room.card.second.isHidden()
    room.card.first.click()
    assert clients.get(code)
    assert room.focusWidget() is not room.card.second
    room.card.second.click()
    assert codes(room) == []
    assert not path.exists()
    assert session.client == ""
    notice, actions = said[-1]
    assert code in notice.text
    room.show_bin()
    assert isinstance(room.card, BinPage)
    assert room.card.findChildren(QAbstractButton)[0].accessibleName() == f"Restore {code}"
    ((word, undo),) = actions
    assert word == "Undo"
    undo()
    assert codes(room) == [code]
    assert path.exists()
    room.show_trail()
    assert isinstance(room.card, TrailPage)
    assert f"delete  {code}" in room.card.lines.toPlainText()
    assert room.card.state.level == "good"


def test_a_changed_trail_is_told(room: ClientsRoom, session: Session, clients: Clients) -> None:
    clients.add()
    trail = next(Path(os.environ["EMGSTUDIO_HOME"]).rglob("audit.jsonl"))
    trail.write_text(trail.read_text("utf-8").replace("C-0001", "C-0002"), "utf-8")
    room.show_trail()
    assert isinstance(room.card, TrailPage)
    assert room.card.state.level == "stop"


def test_sessions_open_in_review(
    qtbot: QtBot, room: ClientsRoom, session: Session, clients: Clients
) -> None:
    code = clients.add().code
    path = recorded(session, code)
    room.show_client(code)
    qtbot.waitUntil(lambda: not room.page.strip.work.busy)
    assert room.page.strip.words.text() == NONE_YET
    assert room.page.model.rows[0].words[1].startswith("free")
    wanted: list[tuple[str, object]] = []
    room.wanted.connect(lambda key, thing: wanted.append((key, thing)))
    room.page.table.selectRow(0)
    QTest.keyClick(room.page.table, Qt.Key.Key_Return)
    assert wanted == [("review", path)]


def test_the_chip_says_whose_recordings_come(
    qtbot: QtBot, room: ClientsRoom, session: Session, clients: Clients
) -> None:
    code = clients.add().code
    chip = ClientChip(session)
    qtbot.addWidget(chip)
    assert chip.text() == NOBODY
    menu = chip.menu_of_clients()
    assert [a.text() for a in menu.actions() if a.text()] == [NOBODY, code, "All clients…"]
    menu.actions()[1].trigger()
    assert (session.client, chip.text()) == (code, code)
    room.show_client(code)
    assert room.page.record_for.isChecked()
    room.page.record_for.click()
    chip.refresh()
    assert (session.client, chip.text()) == ("", NOBODY)
    menu.close()


def test_every_control_has_a_name(room: ClientsRoom, clients: Clients) -> None:
    code = clients.add().code
    room.show_client(code)
    room.ask_new()
    kinds = (QAbstractButton, QLineEdit, QComboBox, QPlainTextEdit, QTableView)
    controls = [w for w in room.findChildren(QWidget) if isinstance(w, kinds)]
    nameless = [w for w in controls if not w.accessibleName()]
    inner = [w for w in nameless if isinstance(w.parent(), QComboBox | QTableView)]
    assert len(controls) > 20
    # The corner button and the clear button of a field belong to Qt.
    own = [w for w in nameless if w not in inner and not isinstance(w.parent(), QLineEdit)]
    assert own == []


@pytest.fixture
def logged() -> Iterator[Path]:
    """Everything that is logged, the smallest things too."""
    with log_to_file(Path(os.environ["EMGSTUDIO_HOME"]) / "logs", verbose=True) as file:
        assert file is not None
        yield file


def test_a_planted_name_is_in_no_export_log_or_file_name(
    qtbot: QtBot, room: ClientsRoom, session: Session, clients: Clients, logged: Path
) -> None:
    pytest.importorskip("cryptography", reason="the extra secure is not installed")
    clients.open_names(PASSPHRASE)
    room.entered()
    room.ask_new()
    assert isinstance(room.card, NewClientPage)
    QTest.keyClicks(room.card.form.name, NAME)
    QTest.keyClick(room.card.form.name, Qt.Key.Key_Return)
    client = room.page.client
    assert client is not None
    assert NAME in room.page.about.text()
    recorded(session, client.code)
    room.entered()
    qtbot.waitUntil(lambda: not room.page.strip.work.busy)
    room.page.form.name.setText(NAME.upper())
    room.page.form.name.editingFinished.emit()
    assert room.undo() == f"name of {client.code}"
    assert clients.name(client.code) == NAME
    room.export()
    assert isinstance(room.card, ClientExportPage)
    room.card.format.setCurrentIndex(room.card.format.findData("csv"))
    room.card.start()
    qtbot.waitUntil(lambda: isinstance(room.card, ClientExportPage) and bool(room.card.reports))
    assert "Taken out" in room.card.told.text()
    room.show_list()
    QTest.keyClicks(room.list.search, "Quasten")
    titles = [w.windowTitle() for w in QApplication.topLevelWidgets()]
    room.show_client(client.code)
    room.ask_delete()
    assert isinstance(room.card, DeletePage)
    room.card.second.click()
    home = Path(os.environ["EMGSTUDIO_HOME"])
    files = [f for f in home.rglob("*") if f.is_file() and f.name != vault.FILE]
    assert len(files) > 10
    assert logged in files
    word = b"quasten"
    assert [f for f in files if word in f.read_bytes().lower()] == []
    assert [f for f in home.rglob("*") if "quasten" in str(f).lower()] == []
    assert not any("quasten" in title.lower() for title in titles)
