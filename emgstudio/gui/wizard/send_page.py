"""Decisions on their way out of the app: where to, whether they arrive, and how late."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TypeVar

from PySide6.QtCore import Qt
from PySide6.QtWidgets import (
    QComboBox,
    QFrame,
    QHBoxLayout,
    QSizePolicy,
    QVBoxLayout,
    QWidget,
)

from emgstudio.core.clock import host_time
from emgstudio.core.errors import EmgError
from emgstudio.gui.fitted import FittedScroll, LowPage
from emgstudio.gui.forms import OptionsForm
from emgstudio.gui.widgets import button, card, column, label, large_target, row
from emgstudio.gui.wizard.flow import Flow
from emgstudio.gui.wizard.page import WizardPage, wrapping_status
from emgstudio.ml.gestures import gesture_title
from emgstudio.session.sink_kinds import SINKS, SinkKind, address_of
from emgstudio.session.sinks import SinkState, SinkStatus

T = TypeVar("T")
REFRESH_S = 0.2
FORM_WIDTH = 400
ABOUT = (
    "Programs, games and prosthesis controllers get each new decision, 20 a second. Rest is sent "
    "when recognition stops, fails or sees nothing for half a second. Nothing is sent after a "
    "start of EMG Studio until you press Start here."
)


def status_words(status: SinkStatus | None) -> tuple[str, str]:
    """Lamp and sentence for an output, None for one that is off."""
    if status is None:
        return "lamp-off", "Off"
    if status.state is SinkState.FAILED:
        return "stop", f"Does not arrive: {status.problem} Tried again every two seconds."
    if status.state is SinkState.CLOSED:
        return "stop", "Ended. Start it again."
    if status.state is SinkState.YIELDING:
        return "check", "No key is pressed while EMG Studio is in front. Go to the other program."
    sent = f"{status.sent} sent"
    if status.latency_s is None:
        return "check", f"Rest: nothing is recognised at present · {sent}"
    return "good", f"Sending · {status.latency_s * 1000:.0f} ms after the signal · {sent}"


class PlaceRow(QFrame):
    """One address: how it goes, on or off, and away with it."""

    def __init__(
        self, address: str, toggled: Callable[[], object], removed: Callable[[], object]
    ) -> None:
        super().__init__()
        self.setProperty("role", "card")
        self.address = address
        title = SINKS[kind].title if (kind := address.partition(":")[0]) in SINKS else "Unknown"
        where = label(address, "muted", wrap=True)
        where.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self.state = wrapping_status()
        self.toggle = button("Start", toggled)
        self.remove = button("Remove", removed, icon="delete", kind="quiet")
        self.remove.setAccessibleName(f"Remove {address}")
        large_target(self.toggle, self.remove)
        across = QHBoxLayout(self)
        across.setContentsMargins(14, 12, 14, 12)
        across.setSpacing(12)
        across.addLayout(column(label(title, "heading"), where, self.state, spacing=4), 1)
        across.addWidget(self.toggle)
        across.addWidget(self.remove)

    def show_status(self, status: SinkStatus | None) -> None:
        """What has become of it since the last time."""
        level, words = status_words(status)
        if words != self.state.word.text():
            self.state.show_status(level, words)
        verb = "Start" if status is None or status.state is SinkState.CLOSED else "Stop"
        if self.toggle.text() != verb or not self.toggle.accessibleName().endswith(self.address):
            self.toggle.setText(verb)
            self.toggle.setAccessibleName(f"{verb} sending to {self.address}")


class SendPage(WizardPage):
    """The places that are kept in the settings, each switched on by hand, and a form for more."""

    def __init__(self, flow: Flow, leave: Callable[[], object]) -> None:
        super().__init__(flow)
        self.rows: list[PlaceRow] = []
        self._refreshed = 0.0
        self.kind = QComboBox()
        self.kind.setAccessibleName("Kind of place")
        for kind in SINKS.values():
            self.kind.addItem(kind.title, kind.key)
        self.kind.currentIndexChanged.connect(lambda _index: self._show_form())
        self.form = OptionsForm(next(iter(SINKS.values())).place)
        self._form_place = QVBoxLayout()
        self._form_place.addWidget(self.form)
        self.problem = label("", "problem", wrap=True)
        self.problem.setAccessibleName("What is wrong")
        self.problem.hide()
        self.add = button("Add", self.primary, icon="plus", kind="primary")
        self.away = button("Back to the wizard", leave, icon="arrow-left")
        self.source = wrapping_status()
        self._nothing = label("No place yet. Add one on the left, then start it.", "muted")
        large_target(self.kind, self.add, self.away)
        self._list = QVBoxLayout()
        self._list.setSpacing(10)
        self._lay_out()

    @property
    def addresses(self) -> tuple[str, ...]:
        """The places that are kept."""
        return self.flow.session.settings.sending.addresses

    def refresh(self) -> None:
        """Rows for the places there are, and how each goes."""
        if tuple(made.address for made in self.rows) != self.addresses:
            self._show_rows()
        for made in self.rows:
            made.show_status(self.flow.session.sinks.status(made.address))
        level, words = self._source_words()
        if words != self.source.word.text():
            self.source.show_status(level, words)

    def frame(self) -> None:
        """Sendings are counted a few times a second."""
        now = host_time()
        if now - self._refreshed >= REFRESH_S:
            self._refreshed = now
            self.refresh()

    def primary(self) -> None:
        """Add what the form says; it is off until it is started."""
        kind: SinkKind = SINKS[self.kind.currentData()]
        address = self._attempt(lambda: address_of(kind, self.form.options()))
        if address is not None and address not in self.addresses:
            self._keep((*self.addresses, address))

    def toggle(self, address: str) -> None:
        """Begin or end to send there."""
        sinks = self.flow.session.sinks
        status = sinks.status(address)
        if status is None or status.state is SinkState.CLOSED:
            self._attempt(lambda: sinks.add(address))
        else:
            sinks.remove(address)
        self.refresh()

    def remove(self, address: str) -> None:
        """Send rest there and forget it."""
        self.flow.session.sinks.remove(address)
        self._keep(tuple(kept for kept in self.addresses if kept != address))

    def _keep(self, addresses: tuple[str, ...]) -> None:
        session = self.flow.session
        settings = session.settings.changed("sending", addresses=addresses)
        self._attempt(lambda: session.update_settings(settings))
        self.refresh()

    def _attempt(self, work: Callable[[], T]) -> T | None:
        try:
            made = work()
        except EmgError as error:
            self.problem.setText(str(error))
            self.problem.show()
            return None
        self.problem.hide()
        return made

    def _source_words(self) -> tuple[str, str]:
        decoder = self.flow.session.decoder
        if decoder is None:
            return "lamp-off", "Recognition is not running: rest is all that is sent."
        latest = decoder.latest
        name = gesture_title(latest.gesture) if latest is not None else "…"
        return "good", f"Recognised now: {name}"

    def _show_form(self) -> None:
        kind = SINKS[self.kind.currentData()]
        self._form_place.removeWidget(self.form)
        self.form.hide()
        self.form.deleteLater()
        self.form = OptionsForm(kind.place)
        self._form_place.addWidget(self.form)
        self.problem.hide()

    def _show_rows(self) -> None:
        for made in self.rows:
            self._list.removeWidget(made)
            made.hide()
            made.deleteLater()
        self.rows = [
            PlaceRow(address, partial(self.toggle, address), partial(self.remove, address))
            for address in self.addresses
        ]
        for made in self.rows:
            self._list.addWidget(made)
        self._nothing.setVisible(not self.rows)

    def _lay_out(self) -> None:
        kind_label = label("Kind", "muted")
        kind_label.setBuddy(self.kind)
        form = card(
            column(
                label("Add a place", "heading"),
                kind_label,
                self.kind,
                self._form_place,
                self.problem,
                row(self.add, 1),
                spacing=10,
            )
        )
        form.setMinimumWidth(FORM_WIDTH)
        inside = QWidget()
        places = QVBoxLayout(inside)
        places.setContentsMargins(0, 0, 8, 0)
        places.setSpacing(10)
        places.addWidget(self.source)
        places.addWidget(self._nothing)
        places.addLayout(self._list)
        places.addStretch(1)
        across = QHBoxLayout()
        across.setSpacing(20)
        beside = LowPage()
        left = QVBoxLayout(beside)
        left.setContentsMargins(0, 0, 0, 0)
        left.addWidget(form)
        left.addStretch(1)
        scrolling = FittedScroll(beside)
        scrolling.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Expanding)
        across.addWidget(scrolling, 2)
        fitted = FittedScroll(inside)
        fitted.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Expanding)
        across.addWidget(fitted, 3)
        outer = QVBoxLayout(self)
        outer.setContentsMargins(24, 16, 24, 14)
        outer.setSpacing(12)
        outer.addWidget(label("Send decisions", "title"))
        outer.addWidget(label(ABOUT, "muted", wrap=True))
        outer.addLayout(across, 1)
        outer.addLayout(row(self.away, 1))
