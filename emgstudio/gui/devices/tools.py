"""The buttons that open the pages of the Devices room; those without room go into a menu."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QPoint
from PySide6.QtWidgets import QMenu, QPushButton

from emgstudio.gui.folding import FoldingRow
from emgstudio.gui.widgets import button, icon_button


class DeviceTools(FoldingRow):
    """``missing`` stands by itself, beside the list; the others are in this row."""

    def __init__(
        self,
        missing: Callable[[], object],
        teach: Callable[[], object],
        sniff: Callable[[], object],
        share: Callable[[], object],
    ) -> None:
        super().__init__(spacing=8)
        self.missing = button("Why is my sensor missing?", missing, kind="link")
        self.teach = button("Teach a board", teach, icon="edit")
        self.sniff = button("Look into Bluetooth", sniff, icon="search")
        self.share = button("Send on (LSL)", share, icon="export")
        self.teach.setToolTip("Columns, names and microvolts of a board that prints numbers")
        self.sniff.setToolTip("What an unknown Bluetooth sensor offers and sends")
        self.share.setToolTip("Let other programs read streams, markers and decisions")
        self.add_stretch()
        for rank, part in enumerate((self.teach, self.sniff, self.share), start=1):
            self.add(part, rank)
        more = icon_button("more", "More tools", self._show_more)
        self.add_more(more)

    def show_sharing(self, on: bool) -> None:
        """Say on the button whether anything is sent."""
        self.share.setText("Sending on (LSL)" if on else "Send on (LSL)")
        self.share.setAccessibleName(self.share.text())
        self.fold()

    def _show_more(self) -> None:
        menu = QMenu(self)
        for part in self.folded:
            assert isinstance(part, QPushButton)
            menu.addAction(part.icon(), part.text(), part.click)
        more = self.more
        assert more is not None
        menu.popup(more.mapToGlobal(QPoint(0, more.height())))
        menu.aboutToHide.connect(menu.deleteLater)
