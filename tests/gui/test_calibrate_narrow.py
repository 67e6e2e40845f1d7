"""Pages of the wizard where there is little room, or no sensor any more."""

from __future__ import annotations

from types import SimpleNamespace

import pytest
from PySide6.QtWidgets import QBoxLayout, QWidget
from pytestqt.qtbot import QtBot

from emgstudio.devices.worker import DeviceState
from emgstudio.gui.wizard.check_page import CheckPage
from emgstudio.gui.wizard.flow import Flow
from emgstudio.gui.wizard.header import Header
from emgstudio.gui.wizard.sites_page import SitesPage
from emgstudio.gui.wizard.try_page import NOT_YET, TryPage
from emgstudio.ml.model import GestureModel
from emgstudio.ml.trainer import train
from emgstudio.session.calibration_sites import Site, SitesReport
from emgstudio.session.session import Session
from tests.labelled_emg import CHANNELS, CONDITION, recording


@pytest.fixture(scope="module")
def model() -> GestureModel:
    return train([recording(repetitions=2)], channels=CHANNELS, condition=CONDITION)


@pytest.fixture
def flow(session: Session, model: GestureModel) -> Flow:
    made = Flow(session)
    made.model = model
    return made


def test_the_map_goes_below_the_list_before_anything_is_cut_off(flow: Flow, qtbot: QtBot) -> None:
    house = QWidget()
    qtbot.addWidget(house)
    page = CheckPage(flow)
    # Within a house it gets what room there is, not what it asks for.
    page.setParent(house)
    page.resize(1200, 700)
    house.show()
    page.refresh()
    page.frame()
    ways = QBoxLayout.Direction
    assert page.across.direction() == ways.LeftToRight
    page.resize(300, 700)
    for _ in range(3):
        page.frame()
    assert page.across.direction() == ways.TopToBottom
    page.resize(1200, 700)
    page.frame()
    assert page.across.direction() == ways.LeftToRight


def test_lamps_of_many_sites_stand_in_as_many_columns_as_have_room(
    session: Session, qtbot: QtBot
) -> None:
    names = tuple(f"EMG {n}" for n in range(1, 13))
    sites = tuple(Site(name, 20.0, "good", "answers, 20 dB") for name in names)
    look = SimpleNamespace(report=SitesReport(sites, (), True, "12 of 12", ()), stream=None)
    flow = Flow(session)
    flow.look = look  # type: ignore[assignment]
    house = QWidget()
    qtbot.addWidget(house)
    page = SitesPage(flow)
    page.setParent(house)
    page.resize(1200, 700)
    house.show()
    page.refresh()
    qtbot.waitUntil(lambda: page.frame() or page.columns == 2)
    page.resize(500, 700)
    qtbot.waitUntil(lambda: page.frame() or page.columns == 1)
    assert len(page.lamps) == 12


def test_what_was_decided_last_is_over_when_nothing_decides(flow: Flow, qtbot: QtBot) -> None:
    page = TryPage(flow)
    qtbot.addWidget(page)
    page.strength.setValue(70)
    page.bars.show_shares(("fist", "open"), (0.9, 0.1), "fist")
    page.frame()
    assert page.headline.text() == NOT_YET
    assert (page.strength.value(), page.strength_word.text()) == (0, "Strength 0 %")
    assert page.bars.shares == (0.0, 0.0, 0.0, 0.0)


def test_a_lost_sensor_is_told_in_few_words_beside_the_steps(qtbot: QtBot) -> None:
    header = Header()
    qtbot.addWidget(header)
    whole = "The armband does not answer. Trying again in 3.0 s (try 4 of 10)…"
    for state, words in (
        # It may never have been there: “lost” would be too much said.
        (DeviceState.WAITING, "Not connected"),
        (DeviceState.LOST, "Not connected"),
        (DeviceState.STALLED, "The sensor sends nothing"),
        (DeviceState.OPENING, "Connecting…"),
    ):
        device = SimpleNamespace(state=state, state_text=whole, title="Armband")
        flow = SimpleNamespace(step=0, reached=2, ready=False, device=device)
        header.refresh(flow)  # type: ignore[arg-type]
        assert (header.lamp.level, header.lamp.word.text()) == ("check", words)
        assert header.lamp.toolTip() == whole
    flow.device = None
    header.refresh(flow)  # type: ignore[arg-type]
    assert (header.lamp.word.text(), header.lamp.toolTip()) == ("No sensor", "")
