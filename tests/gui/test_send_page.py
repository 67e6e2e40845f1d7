"""Where decisions go: a page alone, on a session that nothing streams into."""

from __future__ import annotations

import json
import socket
from collections.abc import Iterator

import pytest
from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

from emgstudio.core.settings import load_settings
from emgstudio.gui.rooms.calibrate import CalibrateRoom
from emgstudio.gui.status_bar import StatusBar
from emgstudio.gui.tick import Tick
from emgstudio.gui.wizard.flow import Flow
from emgstudio.gui.wizard.send_page import SendPage, status_words
from emgstudio.gui.wizard.start import SEND_DECISIONS
from emgstudio.session.session import Session
from emgstudio.session.sinks import SinkState, SinkStatus


@pytest.fixture
def listener() -> Iterator[socket.socket]:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as ours:
        ours.bind(("127.0.0.1", 0))
        ours.settimeout(60)
        yield ours


@pytest.fixture
def page(session: Session, qtbot: QtBot) -> SendPage:
    made = SendPage(Flow(session), lambda: None)
    qtbot.addWidget(made)
    made.refresh()
    return made


def choose(page: SendPage, kind: str, **values: object) -> None:
    page.kind.setCurrentIndex(page.kind.findData(kind))
    page.form.set_values(values)
    page.add.click()


def test_a_place_is_kept_but_off_until_it_is_started(
    page: SendPage, session: Session, listener: socket.socket
) -> None:
    port = listener.getsockname()[1]
    choose(page, "udp", port=port)
    address = f"udp://127.0.0.1:{port}?format=json"
    assert page.addresses == (address,)
    assert session.sinks.statuses == ()
    (row,) = page.rows
    assert row.state.word.text() == "Off"
    row.toggle.click()
    assert json.loads(listener.recv(2000))["gesture"] == "rest"
    assert row.toggle.text() == "Stop"
    row.toggle.click()
    assert row.toggle.text() == "Start"
    assert session.sinks.statuses == ()
    row.remove.click()
    assert page.rows == []
    assert not page.addresses


def test_settings_bring_places_back_switched_off(page: SendPage, session: Session) -> None:
    choose(page, "osc", path="hand/left one")
    choose(page, "serial", port="COM4")
    kept = ("osc://127.0.0.1:9000/hand/left%20one", "serial:COM4?baud=115200")
    assert load_settings(session._settings_folder, session.outbox).sending.addresses == kept
    assert session.sinks.statuses == ()


def test_what_is_missing_is_said_beside_the_form(page: SendPage) -> None:
    choose(page, "file")
    assert page.problem.isVisibleTo(page)
    assert page.problem.text().startswith("New file is missing.")
    assert page.rows == []
    choose(page, "file", path="/tmp/a b.csv")
    assert not page.problem.isVisibleTo(page)
    assert page.rows[0].address == "file:/tmp/a%20b.csv"
    choose(page, "file", path="/tmp/a b.csv")
    assert len(page.rows) == 1, "once is enough"


def test_each_state_has_a_shape_and_words() -> None:
    def status(state: SinkState, latency_s: float | None = None, problem: str = "") -> SinkStatus:
        return SinkStatus("udp://a:1", "UDP packets", state, 7, latency_s, problem)

    assert status_words(status(SinkState.SENDING, 0.031)) == (
        "good",
        "Sending · 31 ms after the signal · 7 sent",
    )
    assert status_words(status(SinkState.RESTING))[0] == "check"
    level, words = status_words(status(SinkState.FAILED, problem="No such port."))
    assert level == "stop"
    assert "No such port." in words
    assert "in front" in status_words(status(SinkState.YIELDING))[1]
    assert status_words(None) == ("lamp-off", "Off")


def test_the_page_opens_without_a_sensor_and_leads_back(
    session: Session, tick: Tick, qtbot: QtBot
) -> None:
    room = CalibrateRoom(session, tick)
    qtbot.addWidget(room)
    room.flow.model = None
    room.open(SEND_DECISIONS)
    assert room.page is room.send
    room.send.away.click()
    assert room.page is not room.send
    room.try_it.send.click()
    assert room.page is room.send
    room.header.buttons[1].click()
    assert room.page is not room.send


def test_keys_are_a_place_with_a_sign_of_its_own(
    page: SendPage, session: Session, tick: Tick, qtbot: QtBot
) -> None:
    bar = StatusBar(session, tick)
    qtbot.addWidget(bar)
    assert not bar.sending.isVisibleTo(bar)
    choose(page, "keyboard", keys="fist=ctrl")
    assert "“ctrl” is no key" in page.problem.text()
    choose(page, "keyboard", keys="fist=space")
    assert page.rows[0].address == "keyboard:fist=space?way=hold"
    assert session.sinks.statuses == ()
    bar._yield_keys(Qt.ApplicationState.ApplicationActive)
    assert session.sinks.own_window_in_front
    page.rows[0].toggle.click()
    bar.refresh()
    assert bar.sending.isVisibleTo(bar)
    assert bar.sending.text() == "PRESSES KEYS"
    assert "keyboard:fist=space" in bar.sending.details
    bar._yield_keys(Qt.ApplicationState.ApplicationInactive)
    assert not session.sinks.own_window_in_front
    page.rows[0].toggle.click()
    bar.refresh()
    assert not bar.sending.isVisibleTo(bar)
