"""What a client's sessions reached, on paper: the clinical report and the client's handout."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtWidgets import QWidget

from emgstudio.gui.overlay import Overlay
from emgstudio.gui.report.page import ReportPage
from emgstudio.gui.tick import Tick
from emgstudio.gui.widgets import column

if TYPE_CHECKING:
    from emgstudio.session.session import Session

WIDTH = 1500


def open_report(session: Session, tick: Tick, host: QWidget, paths: Sequence[Path]) -> Overlay:
    """Show the report of one client's recordings ``paths`` over ``host``, newest first.

    Recordings that are no therapy sessions are left out. What is still computed when the
    page is left is cancelled.
    """
    page = ReportPage(session, tick, paths)
    page.setMinimumHeight(max(360, host.height() - 230))
    made = Overlay(host, "Report", column(page), width=WIDTH)
    made.closed.connect(page.cancel)
    return made
