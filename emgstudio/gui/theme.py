"""Every colour of the window, as data: a dark and a light palette, and which one is on.

Trace and status colours are told apart with colour-vision deficiency (measured); status is
shown by shape and word as well, never by colour alone.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from PySide6.QtCore import QObject, Qt, Signal
from PySide6.QtGui import QColor, QGuiApplication, QPalette
from PySide6.QtWidgets import QApplication

from emgstudio.gui import style

Mode = Literal["dark", "light", "system"]

MINIMUM_POINTS = 10.0


@dataclass(frozen=True, slots=True)
class Palette:
    """One set of colours as ``#RRGGBB``.

    ``background`` lies behind everything, ``canvas`` behind signals, ``surface``
    behind bars and cards, ``raised`` on buttons and fields. ``good``, ``check`` and
    ``stop`` colour status shapes (3:1); words beside them use ``text`` (4.5:1).
    ``scrim`` lies over what a dialog in front of it makes wait.
    """

    name: str
    dark: bool
    background: str
    canvas: str
    surface: str
    raised: str
    hover: str
    border: str
    outline: str
    grid: str
    text: str
    muted: str
    faint: str
    accent: str
    on_accent: str
    good: str
    check: str
    stop: str
    record: str
    on_record: str
    traces: tuple[str, ...]
    scrim: str = "rgba(0, 0, 0, 150)"

    def trace(self, channel: int) -> str:
        """The colour of a channel; colours repeat after eight."""
        return self.traces[channel % len(self.traces)]

    def colour(self, name: str) -> str:
        """A colour by its role, e.g. ``"accent"``; text that starts with # passes."""
        return name if name.startswith("#") else getattr(self, name)

    def tint(self, name: str, alpha: float) -> QColor:
        """A colour by its role with ``alpha`` 0–1, for fills over something else."""
        colour = QColor(self.colour(name))
        colour.setAlphaF(alpha)
        return colour


DARK = Palette(
    name="dark",
    dark=True,
    background="#0F1317",
    canvas="#14181D",
    surface="#1A2027",
    raised="#262E38",
    hover="#323C49",
    border="#2E3742",
    outline="#6E7B8A",
    grid="#262E38",
    text="#E6E9ED",
    muted="#A7B2BE",
    faint="#6E7B8A",
    accent="#4FB3FF",
    on_accent="#0B1117",
    good="#4FB3FF",
    check="#F0B429",
    stop="#FF5A5A",
    record="#D42F3A",
    on_record="#FFFFFF",
    traces=(
        "#56B4E9",
        "#E69F00",
        "#009E73",
        "#F0E442",
        "#0072B2",
        "#D55E00",
        "#CC79A7",
        "#E6E9ED",
    ),
)

LIGHT = Palette(
    name="light",
    dark=False,
    background="#F1F4F7",
    canvas="#FFFFFF",
    surface="#FFFFFF",
    raised="#F1F4F7",
    hover="#E2E8EE",
    border="#D5DCE4",
    outline="#7C8896",
    grid="#E2E8EE",
    text="#1A1F26",
    muted="#56606C",
    faint="#7C8896",
    accent="#0B6BCB",
    on_accent="#FFFFFF",
    good="#0B6BCB",
    check="#B26A00",
    stop="#7A0019",
    record="#C81E2B",
    on_record="#FFFFFF",
    traces=(
        "#002DE0",
        "#A34100",
        "#2D7668",
        "#37005C",
        "#1DA5A5",
        "#5C0000",
        "#BF8022",
        "#22272D",
    ),
)

ATTRIBUTE = "emgstudio_theme"


class Theme(QObject):
    """Which palette is on; ``changed`` carries the new :class:`Palette`."""

    changed = Signal(object)

    def __init__(self, app: QApplication) -> None:
        super().__init__(app)
        self.mode: Mode = "dark"
        self.palette = DARK
        self.scale = 100
        self._styled = False
        self._dressed_in: tuple[str, int] | None = None
        self._base_points = max(MINIMUM_POINTS, app.font().pointSizeF())
        QGuiApplication.styleHints().colorSchemeChanged.connect(self._system_changed)

    def apply(self, mode: Mode, scale: int | None = None) -> None:
        """Dress the whole application; ``system`` follows the desktop.

        ``scale`` is the size of text in percent; it stays as it is without one.
        """
        self.mode = mode
        self.scale = scale or self.scale
        hints = QGuiApplication.styleHints()
        if mode == "system":
            hints.unsetColorScheme()
            dark = hints.colorScheme() != Qt.ColorScheme.Light
        else:
            dark = mode == "dark"
            hints.setColorScheme(Qt.ColorScheme.Dark if dark else Qt.ColorScheme.Light)
        self._dress(DARK if dark else LIGHT)

    def _system_changed(self, scheme: Qt.ColorScheme) -> None:
        if self.mode == "system":
            self._dress(LIGHT if scheme == Qt.ColorScheme.Light else DARK)

    def pixels(self, size: float) -> int:
        """A length in pixels that grows with the size of text."""
        return round(size * self.scale / 100)

    def _dress(self, palette: Palette) -> None:
        wanted = (palette.name, self.scale)
        if self._dressed_in == wanted:
            return
        self._dressed_in = wanted
        self.palette = palette
        app = QApplication.instance()
        assert isinstance(app, QApplication)
        # Each of these goes through every widget, so only what changes is set.
        if not self._styled:
            app.setStyle("Fusion")
            self._styled = True
        font = app.font()
        font.setPointSizeF(self._base_points * self.scale / 100)
        if font != app.font():
            app.setFont(font)
        app.setPalette(qt_palette(palette))
        app.setStyleSheet(style.sheet(palette, self.scale))
        self.changed.emit(palette)


def theme() -> Theme:
    """The theme of the running application; made when first asked for."""
    app = QApplication.instance()
    if not isinstance(app, QApplication):
        raise RuntimeError("there is no QApplication to dress yet")
    # Asked for several times in each paint: an attribute costs a tenth of findChild.
    found: Theme | None = getattr(app, ATTRIBUTE, None)
    if found is None:
        found = Theme(app)
        setattr(app, ATTRIBUTE, found)
    return found


def current() -> Palette:
    """The palette that is on now."""
    return theme().palette


def qt_palette(palette: Palette) -> QPalette:
    """The same colours for what Fusion paints itself."""
    roles = QPalette.ColorRole
    colours = {
        roles.Window: palette.background,
        roles.WindowText: palette.text,
        roles.Base: palette.surface,
        roles.AlternateBase: palette.raised,
        roles.Text: palette.text,
        roles.Button: palette.raised,
        roles.ButtonText: palette.text,
        roles.BrightText: palette.text,
        roles.ToolTipBase: palette.raised,
        roles.ToolTipText: palette.text,
        roles.PlaceholderText: palette.muted,
        roles.Highlight: palette.accent,
        roles.HighlightedText: palette.on_accent,
        roles.Link: palette.accent,
        roles.Light: palette.hover,
        roles.Midlight: palette.raised,
        roles.Mid: palette.border,
        roles.Dark: palette.background,
        roles.Shadow: palette.background,
    }
    made = QPalette()
    for role, colour in colours.items():
        made.setColor(role, QColor(colour))
    for role in (roles.WindowText, roles.Text, roles.ButtonText):
        made.setColor(QPalette.ColorGroup.Disabled, role, QColor(palette.faint))
    return made
