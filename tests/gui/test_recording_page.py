"""The page of labels, scripts, triggers and camera takes the width that its shown tab needs."""

from __future__ import annotations

from PySide6.QtWidgets import QTabWidget, QWidget

from emgstudio.gui.recording.tools import _fit_shown
from emgstudio.gui.widgets import row


def test_a_wide_tab_makes_the_page_of_no_other_wide(qtbot):
    tabs = QTabWidget()
    qtbot.addWidget(tabs)
    for width in (200, 2000):
        inside, page = QWidget(), QWidget()
        inside.setMinimumWidth(width)
        page.setLayout(row(inside))
        tabs.addTab(page, str(width))
    tabs.currentChanged.connect(lambda _tab: _fit_shown(tabs))
    _fit_shown(tabs)
    assert 200 <= tabs.minimumSizeHint().width() < 2000
    tabs.setCurrentIndex(1)
    assert tabs.minimumSizeHint().width() >= 2000
