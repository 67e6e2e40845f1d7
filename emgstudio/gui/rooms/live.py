"""The signals of a device as they come: traces, spectrogram, levels, filter."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import Qt
from PySide6.QtGui import QHideEvent, QResizeEvent, QShowEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QSplitter, QStackedLayout, QVBoxLayout, QWidget

from emgstudio.core.clock import host_time
from emgstudio.core.types import ConditionSpec
from emgstudio.devices.worker import DeviceState
from emgstudio.dsp.conditioner import effective
from emgstudio.gui.panels.condition_form import ConditionForm
from emgstudio.gui.panels.decision_panel import DecisionPanel
from emgstudio.gui.panels.live_side import LiveSide
from emgstudio.gui.panels.live_toolbar import TIMES, LiveToolbar
from emgstudio.gui.panels.no_device import NoDevice
from emgstudio.gui.panels.stream_chooser import StreamChooser
from emgstudio.gui.plots.amplitude import step
from emgstudio.gui.plots.feed import View
from emgstudio.gui.plots.marks import TraceMark
from emgstudio.gui.plots.spectrogram_strip import SpectrogramStrip
from emgstudio.gui.plots.trace_picture import TraceOptions
from emgstudio.gui.plots.traces import TraceCanvas
from emgstudio.gui.rooms.room import Room
from emgstudio.gui.theme import theme
from emgstudio.gui.tick import Tick
from emgstudio.gui.widgets import Popover, column, label, restyle

if TYPE_CHECKING:
    from emgstudio.devices.stream import Stream
    from emgstudio.session.session import Session

LEVELS_EVERY_S = 0.2
LEVEL_S = 0.25
MARKS_BACK_S = 65.0
NO_FILTER = ConditionSpec(low_hz=None, high_hz=None)
TRACK_COLOURS = {"markers": "accent", "cue": "check"}
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
        self.toolbar = LiveToolbar()
        self.traces = TraceCanvas()
        self.strip = SpectrogramStrip()
        self.chooser = StreamChooser(session)
        self.decision = DecisionPanel(session)
        self.side = LiveSide(self.decision, self.chooser)
        self.empty = NoDevice(self._start_demo, lambda: self.wanted.emit("devices", None))
        self._trouble = label("", wrap=True)
        self._banner = QFrame()
        self._drawing = False
        self._levels_shown = 0.0
        self._wide = True
        self._marks_of: tuple[object, int] | None = None
        self._filter_before = ConditionSpec()
        self._form: ConditionForm | None = None
        self._build()
        self._connect()
        self._make_actions()
        live = session.settings.live
        self._show(replace(self.options, view=View(live.view), seconds=live.seconds))
        self._show_spectrogram(live.spectrogram)

    @property
    def options(self) -> TraceOptions:
        """How the traces are shown."""
        return self.traces.options

    def entered(self) -> None:
        self.traces.setFocus()

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

    def _build(self) -> None:
        self._banner.setProperty("role", "banner")
        words = column(self._trouble)
        words.setContentsMargins(14, 8, 14, 8)
        self._banner.setLayout(words)
        self._banner.hide()
        self._split = QSplitter(Qt.Orientation.Vertical)
        self._split.setChildrenCollapsible(False)
        self._split.setHandleWidth(3)
        self._split.addWidget(self.traces)
        self._split.addWidget(self.strip)
        self._split.setStretchFactor(0, 4)
        self._split.setStretchFactor(1, 1)
        self._split.setSizes([520, 150])
        beside = QHBoxLayout()
        beside.setContentsMargins(0, 0, 0, 0)
        beside.setSpacing(0)
        beside.addWidget(self._split, 1)
        beside.addWidget(self.side)
        page = QWidget()
        whole = QVBoxLayout(page)
        whole.setContentsMargins(0, 0, 0, 0)
        whole.setSpacing(0)
        whole.addWidget(self.toolbar)
        whole.addWidget(self._banner)
        whole.addLayout(beside, 1)
        self._pages = QStackedLayout(self)
        self._pages.addWidget(self.empty)
        self._pages.addWidget(page)

    def _connect(self) -> None:
        bar, traces, side = self.toolbar, self.traces, self.side
        traces.gutter_changed.connect(self.strip.use_gutter)
        bar.view_wanted.connect(lambda view: self._show(replace(self.options, view=view)))
        bar.time_wanted.connect(lambda s: self._show(replace(self.options, seconds=s)))
        bar.scale_wanted.connect(self._use_scale)
        bar.filter_pressed.connect(self._open_filter)
        bar.spectrogram_wanted.connect(self._show_spectrogram)
        bar.freeze_wanted.connect(self.freeze)
        bar.panel_wanted.connect(side.setVisible)
        bar.panel.setChecked(True)
        traces.chosen.connect(self.select)
        traces.solo_wanted.connect(self.solo)
        traces.hide_wanted.connect(self.toggle_channel)
        traces.all_wanted.connect(self.show_all)
        traces.scale_stepped.connect(self.step_scale)
        traces.time_stepped.connect(self.step_time)
        side.list.chosen.connect(self.select)
        side.list.toggled.connect(self.toggle_channel)
        side.list.solo_wanted.connect(self.solo)
        side.all_wanted.connect(self.show_all)
        side.motion_wanted.connect(lambda on: self._show(replace(self.options, scroll=on)))
        side.colours_wanted.connect(self.strip.show_colours)
        side.fit_wanted.connect(self._fit_colours)

    def _make_actions(self) -> None:
        for text, keys, called in (
            ("Freeze or go on", "Z", lambda: self.freeze(not self.traces.frozen)),
            ("Filter on or off", "F", self.toggle_filter),
            ("Next view: raw, conditioned, envelope", "E", self._next_view),
            ("Spectrogram", "S", self.toolbar.spectrogram.toggle),
            ("Sweep or scroll", "W", self._turn_motion),
            ("Larger traces", "Shift+Up", lambda: self.step_scale(-1)),
            ("Smaller traces", "Shift+Down", lambda: self.step_scale(1)),
            ("Less time", "[", lambda: self.step_time(-1)),
            ("More time", "]", lambda: self.step_time(1)),
            ("Hide or show the channel", "H", lambda: self.toggle_channel(self.options.selected)),
            ("Only this channel, or all", "O", lambda: self.solo(self.options.selected)),
            ("Side panel", "Ctrl+\\", self.toolbar.panel.toggle),
        ):
            self.add_action(text, keys, called)
        for text, keys, by in (("Channel above", "Up", -1), ("Channel below", "Down", 1)):
            action = self.add_action(text, keys, partial(self._step_channel, by))
            # Arrow keys belong to whatever field has the focus; here only to the traces.
            action.setShortcutContext(Qt.ShortcutContext.WidgetShortcut)
            self.traces.addAction(action)

    def freeze(self, on: bool) -> None:
        """Hold the picture still, or go on with the newest."""
        self.traces.freeze(on)
        self.strip.freeze(on)
        self.toolbar.show_frozen(self.traces.frozen)

    def select(self, channel: int) -> None:
        """The channel that the spectrogram and the channel keys are about."""
        if channel != self.options.selected:
            self._show(replace(self.options, selected=channel))
            self.strip.show_stream(self.stream, channel)
            self._describe_spectrogram()

    def toggle_channel(self, channel: int) -> None:
        """Hide a channel or show it again; one always stays."""
        hidden = self.options.hidden ^ {channel}
        if self.stream is not None and len(hidden) < self.stream.info.n_channels:
            self._show(replace(self.options, hidden=hidden, solo=None))

    def solo(self, channel: int) -> None:
        """One channel alone; the same again brings the others back."""
        alone = None if self.options.solo is not None else channel
        self.select(channel)
        self._show(replace(self.options, solo=alone))

    def show_all(self) -> None:
        """No channel hidden."""
        self._show(replace(self.options, hidden=frozenset(), solo=None))

    def step_scale(self, direction: int) -> None:
        """The next larger or smaller amplitude scale, from what is shown now."""
        if len(self.traces.scales.scale):
            now = float(np.max(self.traces.scales.scale))
            self._use_scale(step(now, direction), False)

    def step_time(self, direction: int) -> None:
        """The next longer or shorter time."""
        at = min(range(len(TIMES)), key=lambda i: abs(TIMES[i] - self.options.seconds))
        seconds = TIMES[min(max(at + direction, 0), len(TIMES) - 1)]
        self._show(replace(self.options, seconds=seconds))

    def toggle_filter(self) -> None:
        """The conditioned view without any filter, or with the one before."""
        if self.stream is None:
            return
        now = self.stream.condition
        if now == NO_FILTER:
            self.condition(self._filter_before)
        else:
            self._filter_before = now
            self.condition(NO_FILTER)

    def condition(self, spec: ConditionSpec) -> None:
        """Filter the conditioned view in another way from now on."""
        stream = self.stream
        if stream is not None:
            self.attempt(lambda: self.session.set_condition(stream, spec))
            self._describe_filter()

    def _show(self, options: TraceOptions) -> None:
        before = self.options
        self.traces.show_options(options)
        self.strip.show_time(options.seconds, scrolling=options.scroll)
        self.toolbar.show_options(options)
        self.side.show_motion(options.scroll)
        if self.stream is not None:
            self.side.show_channels(options.hidden, options.selected)
        if (before.view, before.seconds) != (options.view, options.seconds):
            self._keep()

    def _keep(self) -> None:
        """Remember the way of showing for the next start."""
        settings = self.session.settings
        new = settings.changed(
            "live",
            view=self.options.view.value,
            seconds=self.options.seconds,
            spectrogram=self.toolbar.spectrogram.isChecked(),
        )
        if new != settings:
            self.attempt(lambda: self.session.update_settings(new))

    def _use_scale(self, scale: float | None, each: bool) -> None:
        self._show(replace(self.options, scale=scale, each=each))

    def _next_view(self) -> None:
        views = list(View)
        self._show(
            replace(self.options, view=views[(views.index(self.options.view) + 1) % len(views)])
        )

    def _turn_motion(self) -> None:
        self._show(replace(self.options, scroll=not self.options.scroll))

    def _step_channel(self, by: int) -> None:
        shown = self.traces.lanes_shown
        if not shown:
            return
        at = shown.index(self.options.selected) if self.options.selected in shown else 0
        self.select(shown[min(max(at + by, 0), len(shown) - 1)])

    def _show_spectrogram(self, on: bool) -> None:
        self.strip.setVisible(on)
        self.strip.show_stream(self.stream if on else None, self.options.selected)
        self.toolbar.spectrogram.setChecked(on)
        self._describe_spectrogram()
        self._keep()

    def _fit_colours(self) -> None:
        self.strip.fit_range()
        self._describe_spectrogram()

    def _describe_spectrogram(self) -> None:
        low, high = self.strip.range_db
        text = f"{low:.0f} to {high:.0f} {self.strip.scale_text}".replace("-", "−")
        self.side.show_spectrogram(self.toolbar.spectrogram.isChecked(), text)

    def _describe_filter(self) -> None:
        if self.stream is not None:
            spec = effective(self.stream.condition, self.stream.info.rate)
            self.toolbar.show_filter(spec.summary(), on=self.stream.condition != NO_FILTER)

    def _open_filter(self) -> None:
        if self.stream is None:
            return
        form = ConditionForm(self.stream.condition, self.stream.info.rate)
        form.wanted.connect(self.condition)
        Popover(self, column(form)).show_beside(self.toolbar.filter)

    def _start_demo(self) -> None:
        self.attempt(lambda: self.session.connect(DEMO))

    def _frame(self, now: float) -> None:
        """Pull and draw what is new."""
        stream = self.chooser.stream
        if stream is not self.stream:
            self._use_stream(stream)
        if stream is None:
            if now - self._levels_shown >= LEVELS_EVERY_S:
                self._levels_shown = now
                self.empty.show_progress([w.state_text for w in self.session.devices.values()])
            return
        self.traces.advance(now)
        if self.strip.isVisible():
            self.strip.advance()
        self._show_marks()
        self.decision.refresh()
        if now - self._levels_shown >= LEVELS_EVERY_S:
            self._levels_shown = now
            self.chooser.refresh()
            self._show_levels(stream)
            self._show_trouble(stream)
            self._describe_filter()

    def _use_stream(self, stream: Stream | None) -> None:
        self.stream = stream
        self._marks_of = None
        options = replace(self.options, hidden=frozenset(), solo=None, selected=0)
        if stream is not None:
            self.side.show_info(stream.info)
            self.toolbar.show_unit(stream.info.channels[0].unit)
            if self.traces.stream is None:
                self._filter_before = stream.condition
        self._pages.setCurrentIndex(int(stream is not None))
        self.traces.show_stream(stream)
        self._show(options)
        self.strip.show_stream(stream if self.strip.isVisible() else None, 0)
        self.toolbar.show_frozen(False)
        self._describe_filter()
        self._describe_spectrogram()

    def _show_levels(self, stream: Stream) -> None:
        chunk = stream.clean.latest(max(1, round(LEVEL_S * stream.info.rate)))
        x = chunk.data[chunk.valid]
        levels = np.full(stream.info.n_channels, np.nan)
        if len(x):
            levels = np.sqrt(np.mean(np.square(x, dtype=np.float64), axis=0))
        full = np.full(stream.info.n_channels, float(np.max(self.traces.scales.scale, initial=1.0)))
        full[list(self.traces.lanes_shown)] = self.traces.scales.scale
        self.side.show_levels(levels, (full / 2).tolist())

    def _show_trouble(self, stream: Stream) -> None:
        worker = self.session.device_of(stream)
        bad = worker is not None and worker.state is not DeviceState.STREAMING
        self._banner.setVisible(bad)
        if bad and worker is not None:
            self._trouble.setText(worker.state_text)
            restyle(self._banner, "level", "warning")

    def _show_marks(self) -> None:
        """Labels of the running recording, in samples of the stream."""
        recorder, stream = self.session.recorder, self.stream
        if recorder is None or stream is None:
            if self._marks_of is not None:
                self._marks_of = None
                self.traces.show_marks(())
            return
        log = recorder.annotations
        if self._marks_of == (recorder, log.version):
            return
        self._marks_of = (recorder, log.version)
        began = host_time() - recorder.now()
        since = recorder.now() - MARKS_BACK_S
        self.traces.show_marks(
            [
                TraceMark(
                    stream.clock.index(began + item.start),
                    stream.clock.index(began + item.stop),
                    item.label,
                    TRACK_COLOURS.get(item.track, "faint"),
                )
                for item in log.items
                if item.stop >= since
            ]
        )
