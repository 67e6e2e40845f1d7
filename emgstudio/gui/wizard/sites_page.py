"""Which electrodes answer when the hand opens and closes; says where to move one."""

from __future__ import annotations

import math

from PySide6.QtCore import Qt
from PySide6.QtWidgets import (
    QGridLayout,
    QHBoxLayout,
    QProgressBar,
    QSizePolicy,
    QVBoxLayout,
    QWidget,
)

from emgstudio.core.clock import host_time
from emgstudio.gui.fitted import FittedScroll
from emgstudio.gui.widgets import (
    StatusWord,
    button,
    card,
    column,
    label,
    large_target,
    restyle,
    row,
)
from emgstudio.gui.wizard.arm_picture import ArmPicture, Pad, short_name
from emgstudio.gui.wizard.cueing import MOVEMENTS
from emgstudio.gui.wizard.effort import ChannelEfforts
from emgstudio.gui.wizard.flow import Flow
from emgstudio.gui.wizard.page import WizardPage
from emgstudio.session.calibration_look import SiteLook
from emgstudio.session.calibration_sites import SitesReport

PER_COLUMN = 8
MOST_LAMPS = 16


class SitesPage(WizardPage):
    """Ten seconds of prompts over a picture that lights up, then a lamp for each site."""

    def __init__(self, flow: Flow) -> None:
        super().__init__(flow)
        self.picture = ArmPicture("Electrodes around the arm, seen from the elbow")
        self.efforts = ChannelEfforts()
        self.prompt = label("", "big", wrap=True)
        self.explain = label("", "muted", wrap=True)
        self.bar = QProgressBar()
        self.bar.setRange(0, 1000)
        self.bar.setTextVisible(False)
        self.bar.setAccessibleName("Progress of the ten seconds")
        self.verdict = StatusWord()
        self.advice = label("", wrap=True)
        self.look = button("Look", flow.look_at_sites, kind="primary")
        self.on = button("Continue", self._go_on)
        large_target(self.look, self.on)
        self.lamps: list[StatusWord] = []
        self.columns = 0
        self._grid = QGridLayout()
        self._grid.setHorizontalSpacing(20)
        self._grid.setVerticalSpacing(6)
        self._shown: SitesReport | None = None
        self._lay_out()
        self.refresh()

    def refresh(self) -> None:
        """The look has begun, has ended, or there is none yet."""
        look = self.flow.look
        report = look.report if look is not None else None
        running = look is not None and report is None
        self.bar.setVisible(running)
        self.look.setEnabled(self.flow.ready and not running)
        words = "Look" if report is None else "Look again"
        self.look.setText(words)
        self.look.setAccessibleName(words)
        on = "Skip" if report is None else ("Continue" if report.enough else "Continue anyway")
        restyle(self.on, "kind", "primary" if report is not None else "")
        restyle(self.look, "kind", "" if report is not None else "primary")
        self.on.setText(on)
        self.on.setAccessibleName(on)
        if not running:
            self.prompt.setText(
                "Open and close the hand a few times."
                if report is None
                else ("These sites will do." if report.enough else "Not enough sites answer.")
            )
        self.explain.setText(
            "Ten seconds show which sensors answer, and whether two hear the same muscle."
        )
        self.explain.setVisible(report is None)
        self._show_report(report)
        self.frame()

    def frame(self) -> None:
        """The electrodes follow the signal, the prompt follows the clock."""
        look = self.flow.look
        if look is not None and look.report is None:
            now = host_time()
            _gesture, words, left = look.prompt(now)
            self.prompt.setText(f"{words}: {math.ceil(left - 1e-6)} s" if words else "…")
            self.bar.setValue(round(look.progress(now) * 1000))
        self._light(look)
        self._arrange()

    def primary(self) -> None:
        """Look, or go on when that is done."""
        if self.flow.look is not None and self.flow.look.report is not None:
            self._go_on()
        elif self.look.isEnabled():
            self.flow.look_at_sites()

    def _go_on(self) -> None:
        self.flow.leave_look()
        self.flow.go(MOVEMENTS)

    def _light(self, look: SiteLook | None) -> None:
        stream = self.flow.session.main_stream
        if stream is None:
            return
        used = stream.info.used_columns
        shares = self.efforts.take(stream)
        report = look.report if look is not None and look.stream is stream else None
        sites = report.sites if report is not None and len(report.sites) == len(used) else None
        pads = [
            Pad(
                short_name(stream.info.channels[k].name, k),
                round(float(shares[at]), 2) if at < len(shares) else 0.0,
                sites[at].level if sites else "",
                sites[at].words if sites else "",
            )
            for at, k in enumerate(used)
        ]
        links = [(a, b) for a, b, _ in report.same] if sites and report else []
        self.picture.show_pads(pads, links)

    def _show_report(self, report: SitesReport | None) -> None:
        self.verdict.setVisible(report is not None)
        self.advice.setVisible(report is not None and bool(report.advice))
        if report is self._shown:
            return
        self._shown = report
        for lamp in self.lamps:
            lamp.setParent(None)
            lamp.deleteLater()
        self.lamps = []
        if report is None:
            return
        self.verdict.show_status("good" if report.enough else "check", report.headline)
        self.advice.setText("\n".join(report.advice))
        worst = sorted(report.sites, key=lambda site: ("stop", "check", "good").index(site.level))
        shown = report.sites if len(report.sites) <= MOST_LAMPS else tuple(worst[:MOST_LAMPS])
        self.lamps = [StatusWord(f"{site.name}  {site.words}", site.level) for site in shown]
        self.columns = 0
        self._arrange()

    def _arrange(self) -> None:
        """Two columns of lamps where there are many and both have room, else one."""
        wide = max((lamp.sizeHint().width() for lamp in self.lamps), default=0)
        room = self._fitted.viewport().width()
        fits = 2 * wide + self._grid.horizontalSpacing() <= room
        columns = 2 if fits and len(self.lamps) > PER_COLUMN else 1
        if columns == self.columns:
            return
        self.columns = columns
        high = max(1, -(-len(self.lamps) // columns))
        for at, lamp in enumerate(self.lamps):
            self._grid.addWidget(lamp, at % high, at // high)

    def _lay_out(self) -> None:
        inside = QWidget()
        words = QVBoxLayout(inside)
        words.setContentsMargins(0, 0, 0, 0)
        words.setSpacing(10)
        words.addWidget(self.prompt)
        words.addWidget(self.explain)
        words.addWidget(self.bar)
        words.addWidget(self.verdict)
        words.addLayout(self._grid)
        words.addWidget(self.advice)
        words.addStretch(1)
        legend = label(
            "Seen from the elbow, sensor 1 on top. Brighter: more effort.", "muted", wrap=True
        )
        legend.setAlignment(Qt.AlignmentFlag.AlignCenter)
        across = QHBoxLayout()
        across.setSpacing(24)
        across.addWidget(card(column(self.picture, legend, spacing=4), margin=10), 1)
        self._fitted = FittedScroll(inside)
        self._fitted.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Expanding)
        across.addWidget(self._fitted, 1)
        outer = QVBoxLayout(self)
        outer.setContentsMargins(24, 18, 24, 16)
        outer.setSpacing(12)
        outer.addLayout(across, 1)
        outer.addLayout(row(self.look, 1, self.on))
