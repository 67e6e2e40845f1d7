"""The signals of a device as they come: traces, spectrogram, levels, filter."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QPoint
from PySide6.QtGui import QHideEvent, QResizeEvent, QShowEvent
from PySide6.QtWidgets import QStackedLayout, QWidget

from emgstudio.core.types import Level, Notice
from emgstudio.gui.live.above import LiveAbove
from emgstudio.gui.live.actions import add_actions
from emgstudio.gui.live.channel_menu import channel_menu
from emgstudio.gui.live.decisions import LiveDecisions
from emgstudio.gui.live.display import LiveDisplay
from emgstudio.gui.live.filter import LiveFilter
from emgstudio.gui.live.lamps import LiveLamps
from emgstudio.gui.live.levels import DeviceTrouble, LiveLevels
from emgstudio.gui.live.marks import LiveMarks
from emgstudio.gui.live.measuring import LiveMeasuring
from emgstudio.gui.live.page import LivePage
from emgstudio.gui.live.part import LivePart
from emgstudio.gui.live.pictures import LivePictures
from emgstudio.gui.live.reference import LiveReference
from emgstudio.gui.live.saving import LiveSaving
from emgstudio.gui.live.second import LiveSecond
from emgstudio.gui.live.spectral import LiveSpectrogram
from emgstudio.gui.live.thresholds import LiveThresholds
from emgstudio.gui.panels.lamp_actions import ChannelWanted, LampActions
from emgstudio.gui.panels.no_device import NoDevice
from emgstudio.gui.plots.trace_options import TraceOptions
from emgstudio.gui.rooms.room import Room
from emgstudio.gui.theme import theme
from emgstudio.gui.tick import Tick
from emgstudio.session.state import ChannelsDescribed

if TYPE_CHECKING:
    from emgstudio.devices.stream import Stream
    from emgstudio.session.session import Session

REFRESH_S = 0.2
DEMO = "sim:gestures"
PANEL_FROM_WIDTH = 860


class LiveRoom(Room):
    """Everything is pulled at the frame; nothing is drawn or computed while the room is hidden."""

    key = "live"
    title = "Live"
    icon_name = "live"

    def __init__(self, session: Session, tick: Tick, parent: QWidget | None = None) -> None:
        super().__init__(session, tick, parent)
        self.stream: Stream | None = None
        self.page = page = LivePage(session, self.attempt)
        self.toolbar, self.traces, self.strip = page.toolbar, page.traces, page.strip
        self.side, self.chooser, self.decision = page.side, page.chooser, page.decision
        self.empty = NoDevice(self._start_demo, lambda: self.wanted.emit("devices", None))
        self._pages = QStackedLayout(self)
        self._pages.addWidget(self.empty)
        self._pages.addWidget(page)
        self.display = LiveDisplay(session, page, self.attempt)
        self.filter = LiveFilter(session, page, self.attempt)
        self.spectrogram = LiveSpectrogram(session, page, self.attempt)
        self.pictures = LivePictures(session, page, self.display, self.attempt)
        self.measuring = LiveMeasuring(page)
        self.reference = LiveReference(session, page)
        self.thresholds = LiveThresholds(session, page, self.display, self.attempt)
        self.second = LiveSecond(
            session, page, tick, self._follow_stream, lambda: self.freeze(not self.traces.frozen)
        )
        self.saving = LiveSaving(session, page, self.pictures, self.said.emit, self.attempt)
        actions = LampActions(session, self._go_to, lambda told: self.said.emit(told, ()))
        self.lamps = LiveLamps(session, page, self.display, actions)
        self.pictures.word = self.lamps.word
        self.parts: tuple[LivePart, ...] = (
            self.display,
            self.pictures,
            self.spectrogram,
            self.measuring,
            self.reference,
            self.thresholds,
            LiveAbove(session, page, self.reference),
            LiveMarks(session, page.traces),
            LiveDecisions(session, page.traces),
            self.lamps,
            self.second,
            LiveLevels(page),
            DeviceTrouble(session, page),
            self.filter,
        )
        self._drawing = False
        self._refreshed = 0.0
        self._awaited: ChannelWanted | None = None
        self._wide = True
        page.toolbar.freeze_wanted.connect(self.freeze)
        page.traces.frozen_changed.connect(self._frozen)
        page.traces.looked.connect(self._looked)
        page.traces.slowed.connect(self._slowed)
        page.side.list.menu_wanted.connect(self._channel_menu)
        tick.arrived.connect(self._arrived)
        add_actions(self)

    @property
    def options(self) -> TraceOptions:
        """How the traces are shown."""
        return self.display.options

    def entered(self) -> None:
        self.traces.setFocus()

    def close_room(self) -> None:
        self.second.close()

    def open(self, thing: object) -> None:
        """Show the channel that a lamp is about."""
        if not isinstance(thing, ChannelWanted):
            return
        self.chooser.choose(thing.stream)
        self._awaited = thing
        if thing.stream is self.stream:
            self._show_awaited()

    def _go_to(self, key: str, thing: object) -> None:
        if key == self.key:
            self.open(thing)
        else:
            self.wanted.emit(key, thing)

    def _show_awaited(self) -> None:
        """The channel that somebody asked for, as soon as its stream is shown."""
        wanted, self._awaited = self._awaited, None
        if wanted is None or wanted.stream is not self.stream:
            return
        self.display.show_channel(wanted.channel)
        if wanted.search:
            self.pictures.show_best_place()
            name = self.display.channel(wanted.channel).name
            text = f"{name} is marked: contract the muscle and move the electrode."
            hint = "The best place is where its level is highest."
            self.said.emit(Notice(Level.INFO, text, hint, "live"), ())

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        if not self._drawing:
            self.tick.frame.connect(self._frame)
        self._drawing = True

    def hideEvent(self, event: QHideEvent) -> None:
        super().hideEvent(event)
        # Qt also hides what was never shown.
        if self._drawing:
            self.tick.frame.disconnect(self._frame)
        self._drawing = False

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Where it becomes narrow the side panel makes room; a person may call it back."""
        super().resizeEvent(event)
        wide = event.size().width() >= theme().pixels(PANEL_FROM_WIDTH)
        if wide != self._wide:
            self._wide = wide
            self.toolbar.panel.setChecked(wide)

    def freeze(self, on: bool) -> None:
        """Hold the picture still, or go on with the newest."""
        self.traces.freeze(on)

    def _frozen(self, on: bool) -> None:
        self.spectrogram.freeze(on)
        self.pictures.freeze(on)
        self.toolbar.show_frozen(on)

    def _looked(self, seconds: float) -> None:
        self.spectrogram.look_back()
        self.toolbar.show_frozen(True, seconds)

    def _slowed(self, words: str) -> None:
        text = words or "The picture is drawn as chosen again: this computer keeps up."
        self.said.emit(Notice(Level.INFO, text, source="live"), ())

    def _arrived(self, item: object) -> None:
        if isinstance(item, ChannelsDescribed):
            # The same streams with other names: the next frame takes them up anew.
            self.stream = None

    def _channel_menu(self, channel: int, at: QPoint) -> None:
        if self.stream is not None:
            channel_menu(self, self.display, self.spectrogram, self.thresholds, channel, at)

    def _start_demo(self) -> None:
        self.attempt(lambda: self.session.connect(DEMO))

    def _frame(self, now: float) -> None:
        """Pull and draw what is new."""
        self._follow_stream()
        stream = self.stream
        slow = now - self._refreshed >= REFRESH_S
        if slow:
            self._refreshed = now
        if stream is None:
            if slow:
                self.empty.show_progress([w.state_text for w in self.session.devices.values()])
            return
        for part in self.parts:
            part.frame(now)
        self.decision.refresh()
        if slow:
            self.chooser.refresh()
            for part in self.parts:
                part.refresh(now)

    def _follow_stream(self) -> None:
        stream = self.chooser.stream
        if stream is not self.stream:
            self._use_stream(stream)

    def _use_stream(self, stream: Stream | None) -> None:
        self.stream = stream
        self._pages.setCurrentIndex(int(stream is not None))
        for part in self.parts:
            part.use_stream(stream)
        self.toolbar.show_frozen(False)
        self._show_awaited()
