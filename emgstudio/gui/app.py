"""Runs the window on a session until somebody closes it."""

from __future__ import annotations

import logging
import signal
import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType, TracebackType
from typing import TYPE_CHECKING, cast

from emgstudio.core.errors import EmgError
from emgstudio.core.types import Level
from emgstudio.gui import guard

if TYPE_CHECKING:
    from PySide6.QtWidgets import QApplication

    from emgstudio.gui.main_window import MainWindow
    from emgstudio.gui.theme import Mode
    from emgstudio.session.session import Session

log = logging.getLogger(__name__)

APP_ICON_SIZES = (16, 24, 32, 48, 64, 128)


def run_app(
    session: Session,
    *,
    connect: Iterable[str] = (),
    room: str | None = None,
    screenshot: Path | None = None,
    quit_after_s: float | None = None,
) -> int:
    """Show the window, connect the device addresses, and return the exit code at the end.

    With ``quit_after_s`` the run ends by itself, a running recording is
    finished, and ``screenshot`` is taken just before. The session is closed in
    every case.
    """
    problem = guard.check()
    if problem is not None:
        session.close()
        return guard.refuse(problem)
    from PySide6.QtCore import QTimer

    from emgstudio.gui.main_window import MainWindow
    from emgstudio.gui.tick import Tick

    app = make_application(session)
    tick = Tick(session)
    window = MainWindow(session, tick, unattended=quit_after_s is not None)
    for uri in connect:
        try:
            session.connect(uri)
        except EmgError as error:
            session.outbox.notice(Level.ERROR, error.message, error.hint, "connect")
    if room is not None:
        window.go_to(room)
    if quit_after_s is not None:
        QTimer.singleShot(round(quit_after_s * 1000), lambda: _finish(window, screenshot))
    try:
        with _signals_close(window), _bugs_become_notices(session):
            window.show()
            tick.start()
            window.recovery.look()
            code = app.exec()
    finally:
        tick.stop()
        session.close()
    return code


def make_application(session: Session) -> QApplication:
    """The Qt application, dressed as the settings say."""
    from PySide6.QtCore import QSize
    from PySide6.QtGui import QIcon
    from PySide6.QtWidgets import QApplication

    from emgstudio.gui.assets import picture
    from emgstudio.gui.theme import theme

    existing = QApplication.instance()
    app = existing if isinstance(existing, QApplication) else QApplication(sys.argv[:1])
    app.setApplicationName("EMG Studio")
    app.setApplicationDisplayName("EMG Studio")
    app.setDesktopFileName("emgstudio")
    look = session.settings.appearance
    theme().apply(cast("Mode", look.theme), look.scale)
    brand = QIcon()
    for size in APP_ICON_SIZES:
        brand.addPixmap(picture("icons/app", QSize(size, size)))
    app.setWindowIcon(brand)
    return app


def _finish(window: MainWindow, screenshot: Path | None) -> None:
    if screenshot is not None:
        screenshot.parent.mkdir(parents=True, exist_ok=True)
        if not window.grab().save(str(screenshot)):
            log.error("the screenshot could not be written to %s", screenshot)
    window.finish_and_close()


@contextmanager
def _signals_close(window: MainWindow) -> Iterator[None]:
    """Ctrl+C and a polite kill finish the recording and close."""

    def close(_number: int, _frame: FrameType | None) -> None:
        from PySide6.QtCore import QTimer

        QTimer.singleShot(0, window.finish_and_close)

    before = {number: signal.signal(number, close) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


@contextmanager
def _bugs_become_notices(session: Session) -> Iterator[None]:
    """A bug in a slot is logged by the hook below ours and told; streaming goes on."""
    hook = sys.excepthook

    def tell(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
        safe = "Your recording is still running and safe." if session.recorder else ""
        session.outbox.notice(Level.ERROR, "Unexpected error.", f"{safe} {error!r}".strip(), "bug")
        hook(kind, error, trace)

    sys.excepthook = tell
    try:
        yield
    finally:
        sys.excepthook = hook
