"""A dressed application and a real session for the tests of the window."""

from __future__ import annotations

import dataclasses
import gc
import sys
from collections.abc import Callable, Iterator
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import pytest
from PySide6.QtCore import QEvent, SignalInstance
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot
from pytestqt.wait_signal import SignalBlocker

from emgstudio.core.errors import EmgError
from emgstudio.gui.plots.pace import Pace
from emgstudio.gui.theme import theme
from emgstudio.gui.tick import Tick
from tests.gui.led_time import LedTime, Pause

if TYPE_CHECKING:
    from emgstudio.gui.main_window import MainWindow
    from emgstudio.session.session import Session


# Conditions are waited for, not timed: the machine may be slow, and busy with other things.
GIVE_UP_MS = 60_000


class PatientBot(QtBot):
    """Waits as long as the slowest machine may need."""

    def waitUntil(self, callback: Callable[[], bool | None], *, timeout: int = GIVE_UP_MS) -> None:
        super().waitUntil(callback, timeout=timeout)

    def waitSignal(
        self, signal: SignalInstance, *, timeout: int = GIVE_UP_MS, **more: Any
    ) -> SignalBlocker:
        return super().waitSignal(signal, timeout=timeout, **more)


@pytest.fixture
def qtbot(qapp: QApplication, request: pytest.FixtureRequest) -> QtBot:
    """pytest-qt's, with more patience."""
    return PatientBot(request)


@pytest.fixture(autouse=True, scope="module")
def garbage_of_modules() -> Iterator[None]:
    """What was frozen test by test is looked through once for each module."""
    yield
    gc.unfreeze()
    gc.collect()


@pytest.fixture(autouse=True)
def dark_theme(qapp: QApplication) -> None:
    """Every test begins in the dark theme at 100 %; to go back while a window lives is dear."""
    # Windows of the test before wait for an event loop to delete them: 12 s for all rooms.
    QApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete.value)
    theme().apply("dark", 100)


@pytest.fixture(autouse=True)
def no_real_devices(monkeypatch: pytest.MonkeyPatch) -> None:
    """Ports, radio, network and loudspeaker of the tests' computer are none of their business."""
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
    monkeypatch.setitem(sys.modules, "sounddevice", None)
    monkeypatch.setitem(sys.modules, "PySide6.QtTextToSpeech", None)


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
def led_time(session: Session, tick: Tick, monkeypatch: pytest.MonkeyPatch) -> LedTime:
    """Time stands still from now on, but for what the test leads it."""
    led = LedTime(session, tick)
    monkeypatch.setattr("emgstudio.core.clock.time", led)
    monkeypatch.setattr("emgstudio.devices.links.pace.threading", SimpleNamespace(Event=Pause))
    return led


@pytest.fixture
def drawn_as_chosen(monkeypatch: pytest.MonkeyPatch) -> None:
    """However slow the machine, no trace is drawn at a lower cost than was asked for."""
    monkeypatch.setattr(Pace, "frame", lambda *_frame, **_costs: False)


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
    # Or it would ask whether to stop the recording that a test has left running.
    qtbot.addWidget(made, before_close_func=MainWindow.finish_and_close)
    made.resize(1280, 720)
    made.show()
    made.activateWindow()
    yield made
    made.finish_and_close()


@pytest.fixture
def streaming(qtbot: QtBot, window: MainWindow) -> MainWindow:
    """The window with the simulated armband streaming."""
    window.session.connect("sim:gestures?speed=1")
    qtbot.waitUntil(lambda: bool(window.session.streams))
    qtbot.waitUntil(lambda: window.session.streams[0].received > 100)
    return window
