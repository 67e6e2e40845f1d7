"""The about page: version, research-use statement, safety of people."""

from __future__ import annotations

import platform

from PySide6 import __version__ as qt_version
from PySide6.QtWidgets import QLayout

from emgstudio import __version__
from emgstudio.gui.statement import SAFETY, STATEMENT
from emgstudio.gui.widgets import column, label


def about_page() -> QLayout:
    """What the app is and is not."""
    return column(
        label(f"EMG Studio {__version__}", "heading"),
        label("Acquire, see, record and learn from electromyography. MIT licence.", wrap=True),
        label(
            f"Python {platform.python_version()}, PySide6 {qt_version}, {platform.platform()}",
            "muted",
            wrap=True,
        ),
        label("Research use", "heading"),
        label(STATEMENT, wrap=True),
        label("Safety of people", "heading"),
        *(label(sentence, wrap=True) for sentence in SAFETY),
        1,
        spacing=10,
    )
