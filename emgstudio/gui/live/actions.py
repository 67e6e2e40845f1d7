"""The keys of the Live room; the window's menu and keyboard map list the same actions."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt

from emgstudio.gui.panels.live_toolbar import Picture

if TYPE_CHECKING:
    from emgstudio.gui.rooms.live import LiveRoom


def _keys(room: LiveRoom) -> tuple[tuple[str, str, Callable[[], object]], ...]:
    """Words, key and what it does."""
    display, toolbar = room.display, room.toolbar
    return (
        ("Freeze or go on", "Z", lambda: room.freeze(not room.traces.frozen)),
        ("Filter on or off", "F", room.filter.toggle),
        ("Next view: raw, conditioned, rectified …", "E", display.next_view),
        ("Spectrogram", "S", toolbar.spectrogram.toggle),
        ("Two cursors to measure", "C", room.measuring.toggle),
        ("Reference effort for %", "V", room.reference.toggle),
        ("Power spectrum", "P", room.spectrogram.toggle_spectrum),
        ("Sweep or scroll", "W", display.turn_motion),
        ("Larger traces", "Shift+Up", lambda: display.step_scale(-1)),
        ("Smaller traces", "Shift+Down", lambda: display.step_scale(1)),
        ("Less time", "[", lambda: display.step_time(-1)),
        ("More time", "]", lambda: display.step_time(1)),
        (
            "Hide or show the channel",
            "H",
            lambda: display.toggle_channel(room.options.selected),
        ),
        ("Only this channel, or all", "O", lambda: display.solo(room.options.selected)),
        (
            "Threshold of the channel",
            "T",
            lambda: room.thresholds.toggle(room.options.selected),
        ),
        ("Threshold up", "+", lambda: room.thresholds.step(room.options.selected, 1)),
        ("Threshold down", "-", lambda: room.thresholds.step(room.options.selected, -1)),
        ("Values in a table", "F6", room.pictures.toggle_values),
        ("Bars", "F7", lambda: room.pictures.toggle(Picture.BARS)),
        ("Electrode array", "F8", lambda: room.pictures.toggle(Picture.GRID)),
        ("Signals on another screen", "F11", room.second.toggle),
        ("Channel up in the order", "Alt+Up", lambda: room.side.list.move_selected(-1)),
        ("Channel down in the order", "Alt+Down", lambda: room.side.list.move_selected(1)),
        ("Side panel", "Ctrl+\\", toolbar.panel.toggle),
    )


def add_actions(room: LiveRoom) -> None:
    """Everything that a key does in the Live room."""
    display, toolbar = room.display, room.toolbar
    saving = room.saving
    made = {}
    keep = [
        room.add_action("Save picture", "Ctrl+Shift+S", saving.save_now),
        room.add_action("Save picture as…", "", saving.ask),
    ]
    for text, keys, called in _keys(room):
        made[text] = room.add_action(text, keys, called)
    for text, keys, by in (("Channel above", "Up", -1), ("Channel below", "Down", 1)):
        action = room.add_action(text, keys, partial(display.step_channel, by))
        # Arrow keys belong to whatever field has the focus; here only to the traces.
        action.setShortcutContext(Qt.ShortcutContext.WidgetShortcut)
        room.traces.addAction(action)
    toolbar.use_further(
        (
            made["Two cursors to measure"],
            made["Power spectrum"],
            made["Reference effort for %"],
            made["Threshold of the channel"],
            room.add_action("Remove all thresholds", "", room.thresholds.remove_all),
            made["Sweep or scroll"],
            made["Signals on another screen"],
            room.add_action("Show all channels", "", display.show_all),
            room.add_action("Channels in the device's order", "", display.reset_order),
            None,
            *keep,
        )
    )
