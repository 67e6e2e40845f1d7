"""What can be done with one channel: the menu of its row in the channel list."""

from __future__ import annotations

from functools import partial

from PySide6.QtCore import QPoint, QSize
from PySide6.QtGui import QColor, QIcon, QPixmap
from PySide6.QtWidgets import QMenu, QWidget

from emgstudio.core.types import Channel
from emgstudio.gui.live.display import LiveDisplay
from emgstudio.gui.live.spectral import LiveSpectrogram
from emgstudio.gui.live.thresholds import LiveThresholds
from emgstudio.gui.plots.amplitude import STEPS, amount
from emgstudio.gui.theme import current, theme

SWATCH = 14
WORDS = {"kind": "Kind of signal", "side": "Side", "site": "Site", "sixteen": "Sixteen each"}
AS_THEME = "As the theme says"
AS_OTHERS = "Like the others"
# Roles of the eight trace colours, dark and light: what they are called where they are chosen.
COLOUR_NAMES = {
    True: ("Sky", "Orange", "Green", "Yellow", "Blue", "Vermillion", "Pink", "White"),
    False: ("Blue", "Brown", "Green", "Violet", "Turquoise", "Dark red", "Ochre", "Black"),
}


def channel_menu(
    parent: QWidget,
    display: LiveDisplay,
    spectrogram: LiveSpectrogram,
    thresholds: LiveThresholds,
    number: int,
    at: QPoint,
) -> QMenu:
    """A menu for channel ``number``; it opens at once and deletes itself."""
    menu = QMenu(parent)
    menu.aboutToHide.connect(menu.deleteLater)
    options, channel = display.options, display.channel(number)
    alone = "Show all channels" if options.solo is not None else f"Show only {channel.name}"
    menu.addAction(alone, partial(display.solo, number))
    word = "Show" if number in options.hidden else "Hide"
    menu.addAction(f"{word} {channel.name}", partial(display.toggle_channel, number))
    if options.hidden:
        menu.addAction("Show hidden channels", display.show_all)
    _add_groups(menu, display)
    pinned = menu.addAction("Keep its spectrogram", partial(spectrogram.pin, number))
    pinned.setCheckable(True)
    pinned.setChecked(number in spectrogram.pinned)
    _add_threshold(menu, thresholds, number)
    menu.addSeparator()
    _add_colours(menu, display, number)
    _add_scales(menu, display, number, channel)
    menu.addSeparator()
    order = display.choices.order
    place = order.index(number)
    up = menu.addAction("Move up  (Alt+↑)", partial(_swap, display, place, place - 1))
    down = menu.addAction("Move down  (Alt+↓)", partial(_swap, display, place, place + 1))
    up.setEnabled(place > 0)
    down.setEnabled(place < len(order) - 1)
    reset = menu.addAction("Order of the device", display.reset_order)
    reset.setEnabled(order != tuple(sorted(order)))
    menu.popup(at)
    return menu


def _add_threshold(menu: QMenu, thresholds: LiveThresholds, number: int) -> None:
    at = thresholds.words(number)
    line = menu.addAction(
        f"Threshold at {at}  (T)" if at else "Threshold  (T)", partial(thresholds.toggle, number)
    )
    line.setCheckable(True)
    line.setChecked(bool(at))
    if at:
        menu.addAction(f"{at} on all channels", partial(thresholds.everywhere, number))


def _add_groups(menu: QMenu, display: LiveDisplay) -> None:
    groupings = display.groupings
    if not groupings:
        return
    together = menu.addMenu("Group channels by")
    for name, words in (("", "Nothing"), *((n, WORDS[n]) for n in groupings)):
        action = together.addAction(words, partial(display.use_grouping, name))
        action.setCheckable(True)
        action.setChecked(name == display.choices.grouping)
    only = menu.addMenu("Show only a group")
    for groups in groupings.values():
        for group in groups:
            only.addAction(group.name, partial(display.show_only, group.channels))


def _add_colours(menu: QMenu, display: LiveDisplay, number: int) -> None:
    inside = menu.addMenu("Colour")
    palette = current()
    own = dict(display.choices.colours).get(number)
    choices: list[tuple[str, int | None]] = [(AS_THEME, None)]
    choices += [(name, n) for n, name in enumerate(COLOUR_NAMES[palette.dark])]
    for name, colour in choices:
        shown = palette.trace(number if colour is None else colour)
        action = inside.addAction(swatch(shown), name, partial(display.use_colour, number, colour))
        action.setCheckable(True)
        action.setChecked(colour == own)


def _add_scales(menu: QMenu, display: LiveDisplay, number: int, channel: Channel) -> None:
    inside = menu.addMenu("Amplitude")
    own = dict(display.choices.own_scales).get(number)
    choices: list[tuple[str, float | None]] = [(AS_OTHERS, None)]
    choices += [(f"±{amount(step, channel.unit)}", step) for step in STEPS]
    for name, scale in choices:
        action = inside.addAction(name, partial(display.use_own_scale, number, scale))
        action.setCheckable(True)
        action.setChecked(scale == own)


def swatch(colour: str) -> QIcon:
    """A small square in a colour."""
    side = theme().pixels(SWATCH)
    picture = QPixmap(QSize(side, side))
    picture.fill(QColor(colour))
    return QIcon(picture)


def _swap(display: LiveDisplay, one: int, other: int) -> None:
    order = list(display.choices.order)
    order[one], order[other] = order[other], order[one]
    display.use_order(tuple(order))
