"""A dressed application and a real session for the tests of the window."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from emgstudio.core.errors import EmgError
from emgstudio.gui.theme import theme
from emgstudio.gui.tick import Tick

if TYPE_CHECKING:
    from emgstudio.gui.main_window import MainWindow
    from emgstudio.session.session import Session


@pytest.fixture(autouse=True)
def dark_theme(qapp: QApplication) -> None:
    """Every test begins in the dark theme."""
    theme().apply("dark")


@pytest.fixture(autouse=True)
def no_real_devices(monkeypatch: pytest.MonkeyPatch) -> None:
    """Ports, radio and network of the computer that runs the tests are none of their business."""
    from emgstudio.session import search

    class NoRadio:
        def __init__(self, _seconds: float) -> None:
            self.problem = EmgError("This computer has no Bluetooth adapter.")
            self.seen = ()
            self.running = False

        def stop(self) -> None: ...

    class NoPrograms:
        installed = False
        seen = ()

        def start(self) -> None: ...

        def stop(self) -> None: ...

    monkeypatch.setattr(search, "BluetoothScan", NoRadio)
    monkeypatch.setattr(search, "LslSearch", NoPrograms)
    monkeypatch.setattr(search, "serial_ports", list)


@pytest.fixture
def session() -> Iterator[Session]:
    """The real session in folders of its own, closed at the end."""
    from emgstudio.session.session import Session

    made = Session()
    yield made
    made.close()


@pytest.fixture
def tick(session: Session) -> Iterator[Tick]:
    """A running tick on the session."""
    made = Tick(session)
    made.start()
    yield made
    made.stop()


@pytest.fixture
def accepted(session: Session) -> Session:
    """The session of somebody who has read the research-use statement."""
    session.update_settings(dataclasses.replace(session.settings, accepted_statement=True))
    return session


@pytest.fixture
def window(qtbot: QtBot, accepted: Session, tick: Tick) -> Iterator[MainWindow]:
    """The whole window on a real session; closed at the end, whatever runs."""
    from emgstudio.gui.main_window import MainWindow

    made = MainWindow(accepted, tick)
    qtbot.addWidget(made)
    made.resize(1280, 720)
    made.show()
    made.activateWindow()
    qtbot.waitExposed(made)
    yield made
    made.finish_and_close()


@pytest.fixture
def streaming(qtbot: QtBot, window: MainWindow) -> MainWindow:
    """The window with the simulated armband streaming."""
    window.session.connect("sim:gestures?speed=1")
    qtbot.waitUntil(lambda: bool(window.session.streams), timeout=5000)
    qtbot.waitUntil(lambda: window.session.streams[0].received > 100, timeout=5000)
    return window
