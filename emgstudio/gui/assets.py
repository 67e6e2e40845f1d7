"""Icons and gesture pictures: line drawings in SVG, painted in the palette's colours."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

from PySide6.QtCore import QByteArray, QObject, QRectF, QSize, Qt
from PySide6.QtGui import QAction, QIcon, QImageReader, QPainter, QPixmap, QPixmapCache
from PySide6.QtSvg import QSvgRenderer
from PySide6.QtWidgets import QAbstractButton, QLabel, QPushButton

from emgstudio.core.paths import resource
from emgstudio.gui import theme

RATIOS = (1.0, 2.0)
BUTTON_ICON = 18


@lru_cache(maxsize=256)
def drawing(name: str) -> str:
    """The text of ``resources/<name>.svg``, its ink written as ``currentColor``."""
    return resource(f"{name}.svg").read_text("utf-8")


def picture(name: str, size: QSize, colour: str = "text", ratio: float = 1.0) -> QPixmap:
    """``resources/<name>.svg`` painted into ``size`` logical pixels, proportions kept.

    ``colour`` is a role of the palette or ``#RRGGBB``. Raises FileNotFoundError.
    """
    ink = theme.current().colour(colour)
    key = f"{name} {size.width()} {size.height()} {ink} {ratio}"
    pixmap = QPixmap()
    if QPixmapCache.find(key, pixmap):
        return pixmap
    renderer = QSvgRenderer(QByteArray(drawing(name).replace("currentColor", ink).encode()))
    renderer.setAspectRatioMode(Qt.AspectRatioMode.KeepAspectRatio)
    pixmap = QPixmap(size * ratio)
    pixmap.setDevicePixelRatio(ratio)
    pixmap.fill(Qt.GlobalColor.transparent)
    painter = QPainter(pixmap)
    renderer.render(painter, QRectF(0, 0, size.width(), size.height()))
    painter.end()
    QPixmapCache.insert(key, pixmap)
    return pixmap


def icon(
    name: str, colour: str = "text", checked_colour: str | None = None, size: int = BUTTON_ICON
) -> QIcon:
    """``resources/icons/<name>.svg`` in a palette colour, another one when checked.

    ``size`` is in pixels at 100 % text.
    """
    made = QIcon()
    pixels = theme.theme().pixels(size)
    area = QSize(pixels, pixels)
    states = [(QIcon.State.Off, colour)]
    if checked_colour:
        states.append((QIcon.State.On, checked_colour))
    for state, ink in states:
        for mode, shown in ((QIcon.Mode.Normal, ink), (QIcon.Mode.Disabled, "faint")):
            for ratio in RATIOS:
                made.addPixmap(picture(f"icons/{name}", area, shown, ratio), mode, state)
    return made


def gesture_picture(name: str, size: QSize, ratio: float = 1.0, colour: str = "text") -> QPixmap:
    """``resources/gestures/<name>.svg``; the open hand where there is no drawing of its own."""
    stem = name.removesuffix(".svg")
    try:
        return picture(f"gestures/{stem}", size, colour, ratio)
    except FileNotFoundError:
        return picture("icons/hand", size, colour, ratio)


def image_picture(file: Path, size: QSize, ratio: float = 1.0) -> QPixmap:
    """An image file within ``size`` logical pixels, in its proportions and in the middle.

    Null where the file is no image.
    """
    reader = QImageReader(str(file))
    fitted = reader.size().scaled(size * ratio, Qt.AspectRatioMode.KeepAspectRatio)
    reader.setScaledSize(fitted)
    image = reader.read()
    if image.isNull():
        return QPixmap()
    whole = QPixmap(size * ratio)
    whole.fill(Qt.GlobalColor.transparent)
    painter = QPainter(whole)
    left, top = (whole.width() - image.width()) // 2, (whole.height() - image.height()) // 2
    painter.drawImage(left, top, image)
    painter.end()
    whole.setDevicePixelRatio(ratio)
    return whole


class ThemedIcon(QObject):
    """Keeps the icon of a button or an action in the colours of the theme that is on."""

    def __init__(
        self,
        owner: QAbstractButton | QAction,
        name: str,
        colour: str = "text",
        checked_colour: str | None = None,
        size: int = BUTTON_ICON,
    ) -> None:
        super().__init__(owner)
        self._size = size
        # Qt leaves only four pixels between icon and words.
        self._beside_text = isinstance(owner, QPushButton)
        self._owner = owner
        self._name = name
        self._colour = colour
        self._checked_colour = checked_colour
        theme.theme().changed.connect(self._paint)
        self._paint()

    def show(self, name: str, colour: str | None = None) -> None:
        """Another drawing or colour from now on; cheap when nothing changes."""
        wanted = (name, colour or self._colour)
        if wanted != (self._name, self._colour):
            self._name, self._colour = wanted
            self._paint()

    def _paint(self) -> None:
        if isinstance(self._owner, QAbstractButton):
            pixels = theme.theme().pixels(self._size)
            beside_text = pixels // 2 if self._beside_text else 0
            self._owner.setIconSize(QSize(pixels + beside_text, pixels))
        self._owner.setIcon(icon(self._name, self._colour, self._checked_colour, self._size))


def set_icon(
    owner: QAbstractButton | QAction,
    name: str,
    colour: str = "text",
    checked_colour: str | None = None,
    size: int = BUTTON_ICON,
) -> ThemedIcon:
    """Give a button or an action an icon that follows the theme; ``size`` in pixels at 100 %."""
    return ThemedIcon(owner, name, colour, checked_colour, size)


class Picture(QLabel):
    """A label that shows a drawing at a fixed size (at 100 %) and follows the theme."""

    def __init__(self, name: str, size: QSize, colour: str = "text") -> None:
        super().__init__()
        self._name = name
        self._colour = colour
        self._wanted = size
        theme.theme().changed.connect(self._paint)
        self._paint()

    def show_picture(self, name: str, colour: str | None = None) -> None:
        """Another drawing from ``resources``, e.g. ``icons/lamp`` or ``gestures/fist``."""
        wanted = (name, colour or self._colour)
        if wanted != (self._name, self._colour):
            self._name, self._colour = wanted
            self._paint()

    def _paint(self) -> None:
        size = self._wanted * (theme.theme().scale / 100)
        self.setFixedSize(size)
        self.setPixmap(picture(self._name, size, self._colour, self.devicePixelRatioF()))
