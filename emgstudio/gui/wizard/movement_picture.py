"""Pictures of movements wherever the wizard shows one, and where they are chosen."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import QBuffer, QByteArray, QIODevice, QSize, QStandardPaths, Qt, Signal
from PySide6.QtGui import QIcon, QImage, QImageReader, QImageWriter, QPixmap
from PySide6.QtWidgets import QFileDialog, QGridLayout, QLabel, QPushButton, QVBoxLayout

from emgstudio.core.errors import EmgError
from emgstudio.gui import theme
from emgstudio.gui.assets import gesture_picture, image_picture, set_icon
from emgstudio.gui.widgets import Popover, button, label, large_target, row
from emgstudio.ml.gestures import GESTURES, REST, gesture_title
from emgstudio.session.movement_pictures import MovementPictures

KEPT_PIXELS = 768
COLUMNS = 6
DRAWING = 40
IMAGES = "Pictures (*.png *.jpg *.jpeg *.webp *.bmp *.gif)"


def drawing_of(gesture: str) -> str:
    """The drawing's name for a gesture; made-up gestures share the open hand icon."""
    known = GESTURES.get(gesture)
    return known.picture.rsplit("/", 1)[-1].removesuffix(".svg") if known else gesture


def movement_pixmap(
    pictures: MovementPictures | None, movement: str, size: QSize, ratio: float = 1.0
) -> QPixmap:
    """A picture of any movement, of ``size`` logical pixels; an image keeps its proportions."""
    if pictures is None:
        return gesture_picture(drawing_of(movement), size, ratio)
    file = pictures.image(movement)
    own = image_picture(file, size, ratio) if file is not None else QPixmap()
    if not own.isNull():
        return own
    return gesture_picture(drawing_of(pictures.drawing(movement) or movement), size, ratio)


def png_of(file: Path) -> bytes:
    """An image file of any usual kind as a small PNG. Raises EmgError if it is none."""
    reader = QImageReader(str(file))
    reader.setAutoTransform(True)
    image: QImage = reader.read()
    if image.isNull():
        raise EmgError(
            f"“{file.name}” is no picture that can be shown.", "Choose a PNG, JPEG or WebP file."
        )
    if max(image.width(), image.height()) > KEPT_PIXELS:
        keep = Qt.AspectRatioMode.KeepAspectRatio
        smooth = Qt.TransformationMode.SmoothTransformation
        image = image.scaled(KEPT_PIXELS, KEPT_PIXELS, keep, smooth)
    made = QByteArray()
    buffer = QBuffer(made)
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    QImageWriter(buffer, QByteArray(b"png")).write(image)
    return bytes(made.data())


class MovementPicture(QLabel):
    """A label that shows a movement at a fixed size (at 100 %) and follows the theme."""

    def __init__(self, pictures: MovementPictures, movement: str, size: int) -> None:
        super().__init__()
        self._pictures, self._movement, self._size = pictures, movement, size
        theme.theme().changed.connect(self._paint)
        self._paint()

    def show_movement(self, movement: str) -> None:
        """Another movement, or another picture of it."""
        self._movement = movement
        if self._picture_now() != self._shown:
            self._paint()

    def _picture_now(self) -> tuple[str, str, Path | None]:
        name = self._movement
        return name, self._pictures.drawing(name), self._pictures.image(name)

    def _paint(self) -> None:
        self._shown = self._picture_now()
        size = QSize(self._size, self._size) * (theme.theme().scale / 100)
        self.setFixedSize(size)
        ratio = self.devicePixelRatioF()
        self.setPixmap(movement_pixmap(self._pictures, self._movement, size, ratio))


class PictureButton(QPushButton):
    """Chooses the picture of a movement of one's own; ``taken`` carries the movement.

    ``attempt`` does what may fail and tells why. Without a movement there is nothing to press.
    """

    taken = Signal(str)

    def __init__(
        self, pictures: MovementPictures, attempt: Callable[[Callable[[], object]], bool]
    ) -> None:
        super().__init__()
        self.movement = ""
        self.dialog: QFileDialog | None = None
        self.chooser: Popover | None = None
        self._pictures, self._attempt = pictures, attempt
        self._icon = set_icon(self, "hand")
        self.clicked.connect(lambda _on=False: self.choose())
        large_target(self)
        self.ask_for("")

    def ask_for(self, movement: str) -> None:
        """Which movement it is about; "" for none."""
        self.movement = movement
        words = f"Picture of “{gesture_title(movement)}”…" if movement else "Picture…"
        self.setText(words)
        self.setAccessibleName(words)
        self.setVisible(bool(movement))

    def choose(self) -> None:
        """Show our drawings, and the ways to an image of one's own and to none."""
        grid = QGridLayout()
        grid.setSpacing(6)
        for at, gesture in enumerate(g for g in GESTURES if g != REST):
            grid.addWidget(self._drawing(gesture), at // COLUMNS, at % COLUMNS)
        own = button("Picture from a file…", self.ask_for_file, icon="folder")
        none = button("No picture", lambda: self.use_drawing(""), kind="quiet")
        large_target(own, none)
        layout = QVBoxLayout()
        layout.addWidget(label(self.text().removesuffix("…"), "heading"))
        layout.addLayout(grid)
        layout.addLayout(row(own, 1, none))
        self.chooser = Popover(self, layout)
        self.chooser.destroyed.connect(self._forget_chooser)
        self.chooser.show_beside(self)

    def use_drawing(self, drawing: str) -> None:
        """Show one of our drawings; "" for none."""
        self._take(lambda: self._pictures.use_drawing(self.movement, drawing))

    def use_file(self, file: Path) -> None:
        """Show an image of one's own; it is copied, and made small."""
        self._take(lambda: self._pictures.use_image(self.movement, png_of(file)))

    def ask_for_file(self) -> None:
        """Open the dialog."""
        self._close_chooser()
        where = QStandardPaths.writableLocation(QStandardPaths.StandardLocation.PicturesLocation)
        self.dialog = QFileDialog(self, "Picture of a movement", where, IMAGES)
        self.dialog.setFileMode(QFileDialog.FileMode.ExistingFile)
        self.dialog.fileSelected.connect(lambda file: self.use_file(Path(file)))
        self.dialog.finished.connect(self.dialog.deleteLater)
        self.dialog.open()

    def _take(self, work: Callable[[], object]) -> None:
        self._close_chooser()
        if self._attempt(work):
            self.taken.emit(self.movement)

    def _close_chooser(self) -> None:
        if self.chooser is not None:
            self.chooser.close()

    def _forget_chooser(self) -> None:
        self.chooser = None

    def _drawing(self, gesture: str) -> QPushButton:
        side = theme.theme().pixels(DRAWING)
        made = QPushButton()
        made.setProperty("kind", "tile")
        made.setIcon(QIcon(gesture_picture(drawing_of(gesture), QSize(side, side), 2.0)))
        made.setIconSize(QSize(side, side))
        made.setAccessibleName(f"Drawing: {gesture_title(gesture)}")
        made.setToolTip(gesture_title(gesture))
        made.clicked.connect(lambda _on=False: self.use_drawing(gesture))
        return made
